"""haven proxy: who acts for another, on evidence that was seen: recorded, listed without names, and ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from openhaven.cli.at_the_desk import acting, as_option, because_option, day_of, with_desk
from openhaven.cli.listing import Listing
from openhaven.cli.opened import day_type
from openhaven.cli.speak import answer, asked_number, json_option
from openhaven.model.errors import BadInput


@click.group("proxy", cls=Listing)
def proxy_command() -> None:
    """Who acts for a patient: record, list, end. An account that is a case officer's does it."""


@proxy_command.command("record")
@as_option
@click.option("--who", required=True, help="As what they act: parent, attorney, … (a wrong one lists them all).")
@click.option("--name", required=True, help="What the proxy calls the person: they see it.")
@click.option("--evidence", required=True, help="What was seen, without numbers.")
@click.option("--until", required=True, type=day_type, help="The last day of the evidence.")
@click.option("--born", type=day_type, help="The child's day of birth, for a parent.")
@click.option("--died", type=day_type, help="The day of the death, for who acts for somebody who has died.")
@click.option("--lets", multiple=True, help="What somebody they chose may do; may be repeated (a wrong one lists all).")
@click.option("--of", default="", help="The person's NHS number; asked for where it is left out.")
@click.option("--by", default="", help="The proxy's own NHS number, where they sign in.")
@json_option
@click.pass_context
def record_command(ctx: click.Context, as_json: bool, **said: Any) -> None:
    """Record who acts for a patient, on evidence that was seen. The NHS number is best left out here, and asked for."""
    haven = with_desk(ctx)
    from openhaven.desk.patients.proxies import record

    new = _new(said, said["of"] or asked_number("NHS number of whom they act for"))
    person = _officer(haven, said["email"], "record one")
    row = record(haven, new, staff=person.email)
    _tell(haven, [row], as_json=as_json)


def _new(said: dict[str, Any], number: str) -> Any:
    from openhaven.casework.asking import PROXIES, Deed
    from openhaven.casework.proxies import deeds_of
    from openhaven.desk.patients.proxies import NewProxy

    who = _word(said["who"], PROXIES, "--who")
    return NewProxy(
        of=number,
        name=said["name"],
        who=who,
        evidence=said["evidence"],
        until=said["until"].date(),
        by=said["by"],
        born=day_of(said["born"]),
        died=day_of(said["died"]),
        deeds=frozenset(Deed(_word(each, deeds_of(who), "--lets")) for each in said["lets"]),
    )


def _word(said: str, words: Any, where: str) -> Any:
    """One of the words, however it is written. Raises BadInput with all of them."""
    found = next((each for each in words if each.casefold() == said.casefold()), None)
    if found is None:
        raise BadInput(
            f"{said!r} is none of the words here", where=where, todo=f"Say one of: {', '.join(sorted(words))}."
        )
    return found


@proxy_command.command("list")
@json_option
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """Everybody who acts for another, by number, kind and end. It names nobody."""
    haven = with_desk(ctx)
    from openhaven.desk.patients.proxies import on_record

    _tell(haven, on_record(), as_json=as_json)


@proxy_command.command("end")
@click.argument("number", type=int)
@as_option
@because_option
@json_option
@click.pass_context
def end_command(ctx: click.Context, number: int, email: str, because: str, as_json: bool) -> None:
    """End what a proxy may do, now; who it was is wiped."""
    haven = with_desk(ctx)
    from openhaven.desk.models import Proxy
    from openhaven.desk.patients.proxies import end

    row = Proxy.objects.filter(pk=number).first()
    if row is None:
        raise BadInput(f"there is no proxy {number}", todo="haven proxy list names them.")
    person = _officer(haven, email, f"end proxy {number}")
    end(haven, row, why=because, by=person.email)
    row.refresh_from_db()
    _tell(haven, [row], as_json=as_json)


def _officer(haven: Any, email: str, what: str) -> Any:
    """The account, where it is a case officer's. Raises BadInput."""
    from openhaven.desk.roles import Role

    person = acting(haven, email, of="proxies", what=what)
    if not person.holds(Role.CASE_OFFICER):
        raise BadInput(f"{person.email} is no case officer", todo="Who looks at the evidence is one.")
    return person


def _tell(haven: Any, rows: Any, *, as_json: bool) -> None:
    from openhaven.desk.patients.proxies import review_due, tie

    found = [
        {
            "proxy": each.pk,
            "who": each.who,
            "since": each.since,
            "until": each.until,
            "ended": each.ended,
            "stands": str(tie(haven, each)),
            "review_due": review_due(haven, each) if each.ended is None else None,
        }
        for each in rows
    ]
    answer(found, "\n".join(map(_line, found)) or "Nobody acts for another.", as_json=as_json)


def _line(proxy: dict[str, Any]) -> str:
    ended = f", ended {_day(proxy['ended'])}" if proxy["ended"] else ""
    review = f", to be looked at again since {_day(proxy['review_due'])}" if proxy["review_due"] else ""
    return f"{proxy['proxy']}  {proxy['who']}, from {_day(proxy['since'])} until {_day(proxy['until'])}{ended}{review}"


def _day(given: dt.date) -> str:
    return given.isoformat()
