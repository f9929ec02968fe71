"""Commands on the log: show entries, prove one, write tiles, and check that all of it is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from openhaven.cli.listing import Listing
from openhaven.cli.opened import new_file_type, opened, path_type
from openhaven.cli.speak import answer, asked_number, json_option, note, say

PLACE = click.IntRange(0, 2**63 - 1)
"""Where an entry stands: what a database holds as a whole number."""


@click.group("log", cls=Listing)
def log_command() -> None:
    """The log: show, prove, tiles, fsck, looked, private-head, correct, reissue, erase, keys."""


@log_command.command("show")
@click.option("--since", type=PLACE, default=0, help="The first entry to show.")
@json_option
@click.pass_context
def show_command(ctx: click.Context, since: int, as_json: bool) -> None:
    """Every entry: when, what, and which ids."""
    opened(ctx)
    from openhaven.records import reads

    rows = [{"index": index, **json.loads(data)} for index, data in reads.entries(since)]
    answer(rows, "\n".join(_line(row) for row in rows), as_json=as_json)


def _line(row: dict[str, object]) -> str:
    ids = row["ids"]
    assert isinstance(ids, dict)
    return f"{row['index']:>6}  {row['time']}  {row['type']:<24} " + " ".join(f"{k}={v}" for k, v in ids.items())


@log_command.command("prove")
@click.argument("index", type=PLACE)
@click.option("--out", type=new_file_type, help="Where the proof goes (else standard output).")
@click.option("--private", is_flag=True, help="The entry is one of the private log, as haven log looked numbers them.")
@click.option("--because", default="", help="With --private, why it is proven: this is entered.")
@click.pass_context
def prove_command(ctx: click.Context, index: int, out: Path | None, private: bool, because: str) -> None:
    """The proof that an entry is in the log, under its latest checkpoint (a .tlog-proof file); or that a look-up is
    in the private log, as the public one says, without the name of who looked."""
    haven = opened(ctx)
    from openhaven.haven.looking import prove_look_up
    from openhaven.package.writing import write_whole
    from openhaven.records import reads

    proof = prove_look_up(haven, index, why=because) if private else reads.proof(index)
    if out:
        write_whole(out, proof.encode())
    else:
        click.echo(proof, nl=False)


@log_command.command("tiles")
@click.pass_context
def tiles_command(ctx: click.Context) -> None:
    """Write the log's public files (C2SP tlog-tiles) from the records, cosigned by the witnesses that answer."""
    haven = opened(ctx)
    from openhaven.haven.witnesses import hear
    from openhaven.records.tiles import write_tiles

    with haven.alone("haven log tiles"):
        heard = hear(haven)
        size = write_tiles(haven.folder / "tiles")
    if heard.silent:
        note(f"Not cosigned by {heard.silent}")
    if heard.todo:
        note(heard.todo)
    say(f"{size} entries in {haven.folder / 'tiles'}.")


@log_command.command("fsck")
@json_option
@click.pass_context
def fsck_command(ctx: click.Context, as_json: bool) -> None:
    """Compare entries, tree, bodies, tiles and people's tags; the first difference is named, with status 6."""
    haven = opened(ctx)
    from openhaven.haven.faces import check_faces
    from openhaven.haven.tags import check_tags
    from openhaven.records.fsck import check_records

    checked = check_records(trusted=(haven.log_key,), tiles=haven.folder / "tiles")
    check_faces(haven)
    tags = check_tags(haven)
    told = f"; the tags of people in {tags} {'release' if tags == 1 else 'releases'}" if tags else ""
    answer(_found(checked) | {"tags": tags}, f"Whole: {checked}{told}", as_json=as_json)


def _found(checked: Any) -> dict[str, Any]:
    found = {"entries": checked.entries, "bodies": checked.bodies, "erased": checked.erased, "root": checked.root.hex()}
    return found | ({"private": _found(checked.private)} if checked.private else {})


@log_command.command("looked")
@click.option(
    "--person",
    metavar="NHS-NUMBER",
    default="",
    help="Only who looked at this person's record; - asks for the number, so that it stands in no list of commands.",
)
@click.option("--because", default="", help="Why you look: this is entered.")
@json_option
@click.pass_context
def looked_command(ctx: click.Context, person: str, because: str, as_json: bool) -> None:
    """Who looked at what: the private log. To read it is a look-up too, and enters it."""
    haven = opened(ctx)
    from openhaven.haven.looking import look_up_lines, looked_up

    number = asked_number() if person == "-" else person
    found = looked_up(haven, why=because, nhs_number=number)
    answer(list(found), lambda: "\n".join(look_up_lines(found)), as_json=as_json)


@log_command.command("private-head")
@json_option
@click.pass_context
def private_head_command(ctx: click.Context, as_json: bool) -> None:
    """Enter the head of the private log in the public one, where it is time (log.private_at); for a timer."""
    haven = opened(ctx)
    from openhaven.records import reads

    before = reads.private_head_entered()
    with haven.alone("haven log private-head"):
        haven.act()
    entered = reads.private_head_entered()
    last = f" It was entered last at {before:%Y-%m-%d %H:%M} UTC." if before else ""
    text = "Entered." if entered != before else f"It is not time yet.{last}"
    answer({"entered": entered != before}, text, as_json=as_json)


@log_command.command("correct")
@click.argument("index", type=PLACE)
@click.option("--what", default="", help="What of the entry: title or purpose; without it, the correction is a remark.")
@click.option("--now", required=True, help="What it should say; this is public.")
@click.option("--because", required=True, help="Why it is corrected; this is public.")
@json_option
@click.pass_context
def correct_command(ctx: click.Context, index: int, as_json: bool, **said: str) -> None:
    """Enter what an entry should have said. The entry stays; the register shows the correction first."""
    haven = opened(ctx)
    from openhaven.haven.correcting import correct

    with haven.alone("haven log correct"):
        by = correct(haven, index, **said)
    answer({"entry": index, "by": by}, f"Corrected: entry {index}. Entry {by} says so.", as_json=as_json)


@log_command.command("reissue")
@click.argument("release")
@click.option("--out", type=path_type, required=True, help="The folder for the certificate, new or empty.")
@click.option("--package", type=path_type, help="The package as it was handed over, if it lies elsewhere now.")
@click.option("--because", required=True, help="Why it is issued again: this is entered.")
@json_option
@click.pass_context
def reissue_command(
    ctx: click.Context, release: str, out: Path, package: Path | None, because: str, as_json: bool
) -> None:
    """Issue the certificate of a release again with its corrections, signed and entered; without data and key."""
    haven = opened(ctx)
    from openhaven.haven.correcting import reissue

    with haven.alone("haven log reissue"):
        index = reissue(haven, release, package=package, out=out, because=because)
    text = f"Issued again: the certificate of {release}, entry {index} of the log. It is in {out}."
    answer({"release": release, "entry": index, "out": str(out)}, text, as_json=as_json)


@log_command.command("erase")
@click.argument("index", type=PLACE)
@click.option("--body", default="", help="Which of the entry's bodies; without it, they are named.")
@click.option("--because", default="", help="Why it is erased: this is entered.")
@click.option("--private", is_flag=True, help="The entry is one of the private log, as haven log looked numbers them.")
@json_option
@click.pass_context
def erase_command(ctx: click.Context, index: int, body: str, because: str, private: bool, as_json: bool) -> None:
    """Erase a body that an entry commits to: the entry stays, and another says that the body is gone, and why."""
    haven = opened(ctx)
    from openhaven.haven.correcting import erase
    from openhaven.haven.looking import erase_look_up

    if private:
        with haven.alone("haven log erase"):
            by = erase_look_up(haven, index, body=body, because=because)
        text = f"Erased: {body} of entry {index} of the private log. Its entry {by} says so."
        answer({"entry": index, "body": body, "by": by, "private": True}, text, as_json=as_json)
        return
    with haven.alone("haven log erase"):
        by = erase(haven, index, body=body, because=because)
    text = f"Erased: {body} of entry {index}. Entry {by} says so. Copies in backups are yours to destroy."
    answer({"entry": index, "body": body, "by": by}, text, as_json=as_json)


@log_command.command("keys")
@click.pass_context
def keys_command(ctx: click.Context) -> None:
    """The public keys that others need to verify packages of this haven."""
    haven = opened(ctx)
    from openhaven.haven.place import trust_lines

    say("\n".join(trust_lines(haven)))
