"""The command that makes a person's folder: which releases held their record."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.opened import opened, path_type
from openhaven.cli.speak import answer, asked_number, json_option


@click.command("my-uses")
@click.option("--out", type=path_type, required=True, help="The person's folder, new or empty.")
@click.option("--because", required=True, help="Who asked, and how they showed who they are: this is logged.")
@click.option(
    "--proof", "prove", metavar="RELEASE", default="", help="Prove of this release that it held them, or not."
)
@click.option(
    "--nhs-number", default="", help="Asked for where it is left out, so that it stands in no list of commands."
)
@json_option
@click.pass_context
def my_uses_command(ctx: click.Context, out: Path, because: str, prove: str, nhs_number: str, as_json: bool) -> None:
    """Give a person a folder: each release that held their record, in plain English; with a proof of one of them."""
    from openhaven.haven.my_uses import write_my_uses

    haven = opened(ctx)
    nhs_number = nhs_number or asked_number()
    with haven.alone("haven my-uses"):
        found = write_my_uses(haven, nhs_number, out=out, because=because, prove=prove)
    held = [each.release for each in found.uses]
    text = f"{len(held)} of {len(held) + len(found.others)} releases held this person's record. The folder: {out}"
    answer({"out": str(out), "held_now": found.held, "releases": held, "not_known": found.unknown}, text,
           as_json=as_json)  # fmt: skip
