"""haven incident: incidents reported, read, written on, and closed once everything is settled."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from openhaven.cli.at_the_desk import acting, as_option, because_option, with_desk
from openhaven.cli.listing import Listing
from openhaven.cli.opened import Moment
from openhaven.cli.speak import answer, json_option

moment_type = Moment("%Y-%m-%dT%H:%M", example="2026-11-30T14:30")


@click.group("incident", cls=Listing)
def incident_command() -> None:
    """Incidents: report, list, show, add, close. What is decided on the way is decided on the pages."""


@incident_command.command("report")
@as_option
@click.option("--title", required=True, help="What happened, in a few words. Name no patient.")
@click.option("--text", required=True, help="What is known: what, when, whose data, how many people.")
@click.option("--known", required=True, type=moment_type, help="When somebody first knew, in London.")
@click.option("--about", default="", metavar="ID", help="At which organisation of record; else the haven itself.")
@click.option("--dataset", default="", metavar="ID", help="Which data it touches, where that is known.")
@click.option("--agreement", default="", metavar="ID", help="Under which agreement, where that is known.")
@json_option
@click.pass_context
def report_command(ctx: click.Context, email: str, known: dt.datetime, as_json: bool, **said: str) -> None:
    """Report an incident, at once, also where you are not sure. The 72 hours run from when somebody first knew."""
    haven = with_desk(ctx)
    from openhaven.desk.incidents import Reported, check_known, report
    from openhaven.haven.place import LONDON

    reported = Reported(known=known.replace(tzinfo=LONDON), **said)
    check_known(haven, reported)
    person = acting(haven, email, of="incidents", what="report one")
    _tell(haven, report(haven, person, reported), person, as_json=as_json)


@incident_command.command("list")
@as_option
@click.option("--open", "only_open", is_flag=True, help="Only those that are not closed.")
@json_option
@click.pass_context
def list_command(ctx: click.Context, email: str, only_open: bool, as_json: bool) -> None:
    """The incidents that an account may see, what is open first, by its clock."""
    haven = with_desk(ctx)
    from openhaven.casework.incidents import Stage
    from openhaven.desk.accounts import account_of
    from openhaven.desk.incidents import visible
    from openhaven.desk.plainly import incident_in_short

    every = visible(haven, account_of(email))
    found = [incident_in_short(haven, each) for each in (every.exclude(stage=Stage.CLOSED) if only_open else every)]
    lines = (f"{each['id']}  {each['stage']}: {each['title']}{_clock(each)}" for each in found)
    answer(found, "\n".join(lines) or "There is none.", as_json=as_json)


def _clock(incident: dict[str, Any]) -> str:
    if incident["settled"]:
        return ""
    late = "; late" if incident["late"] else ""
    return f" (the Commissioner by {incident['until']:%Y-%m-%d %H:%M} UTC{late})"


@incident_command.command("show")
@click.argument("incident")
@as_option
@json_option
@click.pass_context
def show_command(ctx: click.Context, incident: str, email: str, as_json: bool) -> None:
    """One incident with all that was done, and what is missing before it can be closed."""
    haven = with_desk(ctx)
    from openhaven.desk.accounts import account_of

    person = account_of(email)
    _tell(haven, _found(haven, incident, person), person, as_json=as_json)


WHAT = {
    "known": "ADD",
    "contained": "CONTAIN",
    "commissioner-told": "TELL_REGULATOR",
    "controllers-told": "TELL_CONTROLLERS",
    "lessons": "LEARN",
}
"""What is written down by a command, as by a program: each a deed of the table, and none that is decided."""


@incident_command.command("add")
@click.argument("incident")
@click.argument("what", type=click.Choice(list(WHAT)))
@as_option
@click.option("--text", required=True, help="What is known, was done, or is done otherwise from now on.")
@click.option("--told", multiple=True, metavar="ID", help="With controllers-told: a controller that was. Repeat it.")
@json_option
@click.pass_context
def add_command(ctx: click.Context, incident: str, what: str, email: str, as_json: bool, **said: Any) -> None:
    """Write down what is known, that it is contained, who was told, or the lessons. What is decided, and what the
    public reads, is done on the pages."""
    haven = with_desk(ctx)
    from openhaven.casework.incidents import Deed
    from openhaven.desk.incidents import Said, do

    deed = Deed[WHAT[what]]
    person = acting(haven, email, of=incident, what=deed)
    found = _found(haven, incident, person)
    do(haven, found, person, deed, Said(said["text"], chosen=said["told"]))
    _tell(haven, found, person, as_json=as_json)


@incident_command.command("close")
@click.argument("incident")
@as_option
@because_option
@json_option
@click.pass_context
def close_command(ctx: click.Context, incident: str, email: str, because: str, as_json: bool) -> None:
    """Close one, as the risk owner, once everything is settled. What was frozen for it is freed."""
    haven = with_desk(ctx)
    from openhaven.casework.incidents import Deed
    from openhaven.desk.incidents import Said, do

    person = acting(haven, email, of=incident, what="close it")
    found = _found(haven, incident, person)
    do(haven, found, person, Deed.CLOSE, Said(because))
    _tell(haven, found, person, as_json=as_json)


def _found(haven: Any, id: str, person: Any) -> Any:
    from openhaven.desk.incidents import find
    from openhaven.model.errors import BadInput

    if (found := find(haven, id, person)) is None:
        raise BadInput(f"there is no incident {id} for {person.email}", todo="haven incident list names them.")
    return found


def _tell(haven: Any, incident: Any, person: Any, *, as_json: bool) -> None:
    from openhaven.desk.plainly import incident_in_full

    found = incident_in_full(haven, incident, person)
    lines = [f"{found['id']}: {found['stage']}{_clock(found)}. {found['title']}"]
    lines += [f"  {each['at']:%Y-%m-%d} {each['deed']}, {each['by']} ({each['role']})" for each in found["steps"]]
    lines += [f"  missing: {each}" for each in found["missing"]]
    answer(found, "\n".join(lines), as_json=as_json)
