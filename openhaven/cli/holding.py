"""Commands that make and fill a haven: init, status, settings, record, dataset, deliver, demo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from openhaven.cli.opened import file_type, found_folder, opened, path_type
from openhaven.cli.speak import answer, json_option, say, steps
from openhaven.model.record.kinds import KINDS


@click.command("init")
@click.argument("folder", type=path_type)
@click.option("--operator-name", required=True, help="The organisation that runs this haven.")
@click.option("--origin", required=True, help="The log's name, like a domain: haven.example.nhs.uk")
@click.option("--contact", required=True, help="Where a person asks for a review: an address or a mailbox.")
@click.option("--demo", is_flag=True, help="Admit NHS numbers of the 999 range, which belong to nobody.")
@click.option(
    "--database", default="", metavar="URL", help="PostgreSQL for the records: postgresql://user@host:5432/name"
)
@click.option(
    "--more", type=file_type, help="Further sections of haven.toml: [keys], say, where a token is to hold the keys."
)
@click.pass_context
def init_command(
    ctx: click.Context, folder: Path, operator_name: str, database: str, more: Path | None, **said: Any
) -> None:
    """Make a haven: its folder, keys, settings, and a log that begins now."""
    from openhaven.haven import init_haven
    from openhaven.haven.toml import database_section, first_settings
    from openhaven.records.trouble import told_plainly
    from openhaven.vault.texts import read_text

    sections = [database_section(database), read_text(more) if more else ""]
    toml = first_settings(operator=operator_name, more="\n".join(sections), **said)
    with told_plainly():
        haven = init_haven(folder, toml=toml, operator=ctx.obj["operator"])
    say(f"A haven stands in {haven.folder}.")
    say("Give this to whoever shall verify your packages (it is also in trust.txt):")
    say(f"{haven.signing_key}\n{haven.log_key}")


@click.command("status")
@json_option
@click.pass_context
def status_command(ctx: click.Context, as_json: bool) -> None:
    """What is held, how fresh the opt-out lists are, and what is unfinished."""
    from openhaven.haven.status import as_text, status

    found = status(opened(ctx))
    answer(found, lambda: as_text(found), as_json=as_json)


@click.command("settings")
@json_option
@click.pass_context
def settings_command(ctx: click.Context, as_json: bool) -> None:
    """Every setting, its value, where it comes from, what of it is to be confirmed, and what is not in the log yet."""
    from openhaven.haven.choices import settings_of
    from openhaven.haven.in_force import not_entered, not_entered_lines

    haven = opened(ctx)
    found, changed = settings_of(haven), not_entered(haven.folder, haven.settings)
    lines = [*map(str, found), *not_entered_lines(changed)]
    answer({"settings": list(found), "not_entered": list(changed)}, "\n".join(lines), as_json=as_json)


RECORDED = [kind for kind in KINDS if kind != "dataset"]


@click.command(
    "record", epilog=f"KIND is one of {', '.join(RECORDED)}. What the file holds of each: docs/reference/records.md"
)
@click.argument("kind", metavar="KIND", type=click.Choice(RECORDED))
@click.argument("file", type=file_type)
@json_option
@click.pass_context
def record_command(ctx: click.Context, kind: str, file: Path, as_json: bool) -> None:
    """Record a fact that you have seen and checked: an agreement, support, authority, hold, consent, …"""
    from openhaven.haven.recording import record

    haven = opened(ctx)
    with haven.alone(f"haven record {kind}"):
        position = record(haven, kind, file)
    done = {"kind": kind, "id": position.id, "entry": position.index}
    answer(done, f"Recorded {kind} {position.id}: entry {position.index} of the log.", as_json=as_json)


@click.command("dataset")
@click.argument("package", type=file_type)
@click.pass_context
def dataset_command(ctx: click.Context, package: Path) -> None:
    """Describe a dataset: a Frictionless datapackage.json whose fields carry roles."""
    from openhaven.haven.describing import describe

    haven = opened(ctx)
    with haven.alone("haven dataset"):
        made = describe(haven, package)
    say(f"Dataset {made.id}: {len(made.fields)} fields. Deliver with: haven deliver {made.id} FILE")


@click.command("deliver")
@click.argument("dataset")
@click.argument("files", nargs=-1, required=True, type=file_type)
@click.option("--controller", required=True, help="Whose data this is: an organisation of record.")
@click.option("--route", required=True, help="Under which law the sender disclosed it to you.")
@click.option(
    "--screened", multiple=True, help='Which opt-outs the sender applied: "type 1", "national". May be repeated.'
)
@click.option("--screened-by", default="", help="Who says so.")
@click.option("--replaces", metavar="ID", help="The delivery that this one supersedes.")
@click.option("--quarantine", is_flag=True, help="Keep good rows, set bad ones aside, counted.")
@click.option(
    "--required-by", metavar="ID", default="", help="The record of a law that requires this flow of GP data (T1-02)."
)
@click.option("--separator", default="", help="Of a CSV file, where it is not found in the heading.")
@json_option
@click.pass_context
def deliver_command(ctx: click.Context, dataset: str, files: tuple[Path, ...], as_json: bool, **said: Any) -> None:
    """Take files in: validated against the description, identifiers parted from content; refused whole if wrong."""
    from openhaven.haven.delivering import Sent, deliver

    haven = opened(ctx)
    sent = Sent(
        said["controller"],
        said["route"],
        said["screened"],
        said["screened_by"] or haven.operator,
        said["replaces"],
        said["quarantine"],
        said["separator"],
        said["required_by"],
    )
    with haven.alone(f"haven deliver {dataset}"), steps(f"deliver {dataset}") as tell:
        done = deliver(haven, dataset, files, sent=sent, progress=lambda step, at, of: tell(step))
    taken = done.delivery
    people = "1 person" if taken.people == 1 else f"{taken.people:,} people"
    text = (
        f"The same bytes were delivered before, as {taken.id}. Nothing changed."
        if done.again
        else f"Delivery {taken.id}: {_rows(taken.rows)} about {people}; {_rows(taken.quarantined)} set aside; "
        f"{_rows(taken.dissenting)} of Type 1 objectors not taken."
    )
    answer({"again": done.again, "delivery": taken}, text, as_json=as_json)


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


@click.command("demo")
@click.argument("folder", type=path_type, default=Path("demo-haven"))
@click.option("--small", is_flag=True, help="5,000 people instead of 100,000.")
@click.option("--seed", default=251, show_default=True, help="Another seed, another made-up population.")
def demo_command(folder: Path, small: bool, seed: int) -> None:
    """A small haven and the main job, start to finish, each step explained. Everybody in it is made up."""
    from openhaven.demo.story import tell_story

    tell_story(folder, small=small, seed=seed, say=say, steps=steps)


@click.command("backup")
@click.argument("out", type=path_type)
@click.pass_context
def backup_command(ctx: click.Context, out: Path) -> None:
    """Copy the haven, whole and consistent, into one file. It holds the keys: guard it like the haven."""
    from openhaven.haven.backup import backup

    haven = opened(ctx)
    with haven.alone("haven backup"), steps("backup") as tell:
        size = backup(haven, out, tell=tell)
    say(f"{out}: {size:,} bytes. It holds the haven's keys and records: keep it as safe as the haven itself.")


@click.command("restore")
@click.argument("file", type=file_type)
@click.argument("folder", type=path_type)
def restore_command(file: Path, folder: Path) -> None:
    """Bring a haven back from a backup, into a folder that is new; what came back is checked against its log."""
    from openhaven.haven.backup import restore

    with steps("restore") as tell:
        checked = restore(file, folder, tell=tell, settle=_end_at_the_desk)
    say(f"The haven stands in {folder}. Its log is whole: {checked}")


def _end_at_the_desk(folder: Path) -> None:
    """End what a backup would bring back to life at the desk, where there was one: in a process that knows its tables,
    as this one does not."""
    from django.db import connection

    if "desk_job" in connection.introspection.table_names():
        subprocess.run([sys.executable, "-m", "openhaven.desk.restored", folder], check=True)


@click.command("upgrade")
@click.pass_context
def upgrade_command(ctx: click.Context) -> None:
    """Bring a haven of an earlier version up to date, after a backup beside its folder."""
    from openhaven.haven.upgrading import upgrade
    from openhaven.records.trouble import told_plainly

    folder = found_folder(ctx)
    with told_plainly(), steps("upgrade") as tell:
        kept = upgrade(folder, operator=ctx.obj["operator"], tell=tell)
    before = f" As it was before, it lies in {kept}: keep that as safe as the haven." if kept else ""
    say(f"The haven in {folder} is in the format of this version.{before}")
