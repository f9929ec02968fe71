"""Commands for whoever receives a package, or doubts it: verify and open. They need files only, no haven."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.opened import file_type, secret_type
from openhaven.cli.speak import answer, json_option
from openhaven.model.errors import BadInput

folder_type = click.Path(path_type=Path, exists=True, file_okay=False)


trust_option = click.option(
    "--trust",
    type=file_type,
    metavar="KEYFILE",
    help="Public keys from a place that you trust: the operator's, and those of witnesses.",
)
witnesses_option = click.option(
    "--witnesses",
    type=click.IntRange(min=0),
    default=0,
    help="How many of the witnesses in KEYFILE must have cosigned the log.",
)


@click.command("verify")
@click.argument("package", type=folder_type)
@trust_option
@witnesses_option
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True),
    metavar="OPENED",
    help="Data that you opened from this package, to be measured again.",
)
@json_option
@click.pass_context
def verify_command(
    ctx: click.Context, package: Path, trust: Path | None, against: Path | None, witnesses: int, as_json: bool
) -> None:
    """Check a package offline: signature, files, log entry and proof; with --against, also the opened data."""
    from openhaven.package.verify import read_trust, verify

    report = verify(package, trust=read_trust(trust) if trust else None, witnesses=witnesses, against=against)
    answer(report.as_plain(), report.as_text, as_json=as_json)
    ctx.exit(report.status)


@click.command("open")
@click.argument("package", type=folder_type)
@click.option(
    "--key",
    required=True,
    type=secret_type,
    help="Your age identity (AGE-SECRET-KEY-1…), the one whose public half is on record.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder for the opened data.")
@trust_option
@witnesses_option
@json_option
def open_command(package: Path, key: Path, out: Path, trust: Path | None, witnesses: int, as_json: bool) -> None:
    """Open a package with the recipient's key; with --trust, only where it verifies."""
    from openhaven.package.open import check_permitted, open_package, promised_by_recipient
    from openhaven.package.verify import read_trust, verify

    if witnesses and trust is None:
        raise BadInput("whose witnesses?", where="--witnesses", todo="Name their keys: --trust KEYFILE")
    check_permitted(package)
    if trust is not None:
        verify(package, trust=read_trust(trust), witnesses=witnesses).require()
    promises = promised_by_recipient(package)
    files = open_package(package, key_file=key, out=out)
    lines = [*(f"Opened {each}" for each in files), *(each.as_text() for each in promises)]
    plain = {"files": [str(each) for each in files], "promised": [each.as_plain() for each in promises]}
    answer(plain, "\n".join(lines), as_json=as_json)
