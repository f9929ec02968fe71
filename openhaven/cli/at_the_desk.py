"""Commands that work at the desk: the haven with the desk's tables, and the account as which somebody acts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from openhaven.cli.opened import opened
from openhaven.cli.serving import check_installed

as_option = click.option(
    "--as", "email", required=True, metavar="EMAIL", help="As which account: its posts decide what may be done."
)
because_option = click.option("--because", required=True, help="Why: it is kept, and names no patient.")


def with_desk(ctx: click.Context) -> Any:
    """The haven, opened in a process that knows the desk's tables, which are made where they are not there yet."""
    check_installed()
    from openhaven.desk.setup import configure, desk_settings, make_tables

    configure(desk_settings())
    haven = opened(ctx)
    make_tables(haven.folder)
    return haven


def acting(haven: Any, email: str, *, of: str, what: str) -> Any:
    """The person as whom somebody acts. Who typed the command, and as whom, is entered first: the act itself is entered
    under the account's name. Raises BadInput where there is no such account."""
    from openhaven.desk.accounts import account_of
    from openhaven.haven.looking import look_up, seen_by
    from openhaven.records.kept import Looked

    person = account_of(email)
    look_up(seen_by(haven, f"{haven.operator}, as {person.email}"), Looked.CASE, of=of, why=f"by a command: {what}")
    return person


def day_of(given: dt.datetime | None) -> dt.date | None:
    """A day that was typed."""
    return given.date() if given else None
