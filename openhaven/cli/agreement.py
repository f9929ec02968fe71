"""haven agreement: agreements of cases, drawn up, read, stopped and ended. They are signed on the pages alone."""

from __future__ import annotations

from typing import Any

import click

from openhaven.cli.at_the_desk import acting, as_option, because_option, day_of, with_desk
from openhaven.cli.listing import Listing
from openhaven.cli.opened import day_type
from openhaven.cli.speak import answer, json_option
from openhaven.model.errors import BadInput


@click.group("agreement", cls=Listing)
def agreement_command() -> None:
    """Agreements of cases: list, show, draw, suspend, end, chase. Both sides sign on the pages."""


@agreement_command.command("list")
@as_option
@click.option("--state", default="", help="Only those that stand so: agreement, 'in force', suspended, ended, …")
@json_option
@click.pass_context
def list_command(ctx: click.Context, email: str, state: str, as_json: bool) -> None:
    """The agreements that an account may read, what changed last first."""
    haven = with_desk(ctx)
    from openhaven.casework.states import AGREED, Action
    from openhaven.desk.accounts import account_of
    from openhaven.desk.plainly import agreement_in_short
    from openhaven.desk.reach import cases_for

    if state and state not in AGREED:
        raise BadInput(f"no agreement stands {state!r}", where="--state", todo=f"Say one of: {', '.join(AGREED)}.")
    person = account_of(email)
    cases = cases_for(haven, person, Action.READ_AGREEMENT).order_by("-since", "pk")
    if state:
        cases = cases.filter(state=state)
    found = [agreement_in_short(haven, each, person) for each in cases]
    lines = (f"{each['case']}  {each['id']}  {each['state']}: {each['title']}{_until(each)}" for each in found)
    answer(found, "\n".join(lines) or "There is none.", as_json=as_json)


def _until(agreement: dict[str, Any]) -> str:
    return f", until {agreement['ends']}" if agreement["ends"] else ""


@agreement_command.command("show")
@click.argument("case")
@as_option
@json_option
@click.pass_context
def show_command(ctx: click.Context, case: str, email: str, as_json: bool) -> None:
    """One agreement by its case: where it stands, its versions and signatures, and what falls due."""
    haven = with_desk(ctx)
    from openhaven.desk.accounts import account_of

    person = account_of(email)
    _tell(haven, _found(haven, case, person), person, as_json=as_json)


@agreement_command.command("draw")
@click.argument("case")
@as_option
@click.option(
    "--ends", type=day_type, help="The last day; else as it was asked. It is cut to what the decision rests on."
)
@click.option("--days", default=None, type=click.IntRange(0, 3650), help="Days left after the end to destroy the data.")
@click.option("--charge", default=0, type=click.IntRange(0, 10_000_000), help="What the work costs, in whole pounds.")
@click.option("--charge-for", default="", help="For which work.")
@json_option
@click.pass_context
def draw_command(ctx: click.Context, case: str, email: str, as_json: bool, **said: Any) -> None:
    """Draw up the next version, to be signed by both sides on the pages."""
    haven = with_desk(ctx)
    from openhaven.casework.agreeing import DESTROY_DAYS, Chosen
    from openhaven.desk.agreements.drawing import draw_up

    days = DESTROY_DAYS if said["days"] is None else said["days"]
    chosen = Chosen(day_of(said["ends"]), days, said["charge"], said["charge_for"])
    person = acting(haven, email, of=case, what="draw up the agreement")
    found = _found(haven, case, person)
    draw_up(haven, found, person, chosen)
    _tell(haven, found, person, as_json=as_json)


@agreement_command.command("suspend")
@click.argument("case")
@as_option
@because_option
@json_option
@click.pass_context
def suspend_command(ctx: click.Context, case: str, email: str, because: str, as_json: bool) -> None:
    """Stop everything under it, at once. It is taken up again on the pages, by the risk owner."""
    from_desk = _stop(ctx, case, email, "suspend", because)
    _tell(*from_desk, as_json=as_json)


@agreement_command.command("end")
@click.argument("case")
@as_option
@because_option
@json_option
@click.pass_context
def end_command(ctx: click.Context, case: str, email: str, because: str, as_json: bool) -> None:
    """End it: nothing leaves any more, and the recipient has to destroy what it holds."""
    _tell(*_stop(ctx, case, email, "end", because), as_json=as_json)


@agreement_command.command("chase")
@click.argument("case")
@as_option
@because_option
@json_option
@click.pass_context
def chase_command(ctx: click.Context, case: str, email: str, because: str, as_json: bool) -> None:
    """Record that the recipient was asked once more to certify the destruction: say how in --because."""
    _tell(*_stop(ctx, case, email, "chase", because), as_json=as_json)


def _stop(ctx: click.Context, case: str, email: str, what: str, because: str) -> tuple[Any, Any, Any]:
    haven = with_desk(ctx)
    from openhaven.desk.agreements import ending

    does = {"suspend": ending.suspend, "end": ending.end, "chase": ending.chase}[what]
    person = acting(haven, email, of=case, what=what)
    found = _found(haven, case, person)
    does(haven, found, person, because)
    return haven, found, person


def _found(haven: Any, id: str, person: Any) -> Any:
    """A case whose agreement the person may read or draw up. Raises BadInput where there is none for them."""
    from openhaven.casework.states import Action
    from openhaven.desk.cases import find

    found = find(haven, id, person, Action.READ_AGREEMENT) or find(haven, id, person, Action.DRAW_UP)
    if found is None:
        raise BadInput(f"there is no agreement of {id} for {person.email}", todo="haven agreement list names them.")
    return found


def _tell(haven: Any, case: Any, person: Any, *, as_json: bool) -> None:
    from openhaven.desk.plainly import agreement_in_full

    found = agreement_in_full(haven, case, person)
    lines = [f"{found['id']} of {found['case']}: {found['state']}{_until(found)}. {found['title']}"]
    for each in found["versions"]:
        signed = ", ".join(f"{one['by']} for {one['side']}" for one in each["signatures"]) or "nobody yet"
        lines.append(f"  version {each['number']}, {each['why']}: signed by {signed}")
    lines += [f"  due {each['by']}: {each['what']}" for each in found["due"]]
    answer(found, "\n".join(lines), as_json=as_json)
