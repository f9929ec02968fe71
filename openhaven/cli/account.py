"""haven account: who may sign in to the service, and as what; and tokens for programs."""

from __future__ import annotations

import click

from openhaven.cli.at_the_desk import with_desk
from openhaven.cli.listing import Listing
from openhaven.cli.speak import answer, json_option


@click.group("account", cls=Listing)
def account_command() -> None:
    """Accounts of the service: invite, list, close; tokens for programs."""


@account_command.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--role", required=True, help="As what: 'case officer', 'applicant', … (a wrong one lists them all).")
@click.option("--organisation", default="", metavar="ID", help="For which organisation of record.")
@json_option
@click.pass_context
def invite_command(ctx: click.Context, email: str, name: str, role: str, organisation: str, as_json: bool) -> None:
    """Invite a person, or give one who is here another post. Prints the end of a link that works once, for a week."""
    haven = with_desk(ctx)
    from openhaven.desk.accounts import Invited, invite
    from openhaven.desk.roles import role_named

    token = invite(haven, Invited(email, name, role_named(role), organisation))
    link = f"/join/{token}" if token else ""
    text = f"Send {name} this link, after the service's address: {link}" if token else f"{email} has the post now."
    answer({"email": email, "link": link}, text, as_json=as_json)


@account_command.command("link")
@click.argument("email")
@json_option
@click.pass_context
def link_command(ctx: click.Context, email: str, as_json: bool) -> None:
    """A new link for a person who is here and has lost their password. It works once, for a week."""
    haven = with_desk(ctx)
    from openhaven.desk.accounts import Invited, account_of, invite

    person = account_of(email)
    link = f"/join/{invite(haven, Invited(person.email, person.name))}"
    answer({"email": email, "link": link}, f"Send {person.name} this link, after the service's address: {link}",
           as_json=as_json)  # fmt: skip


@account_command.command("letter")
@click.argument("email")
@json_option
@click.pass_context
def letter_command(ctx: click.Context, email: str, as_json: bool) -> None:
    """Send a person a letter, to see that letters arrive."""
    haven = with_desk(ctx)
    from openhaven.desk.accounts import account_of
    from openhaven.desk.telling import send_first

    send_first(haven, account_of(email))
    answer({"email": email}, f"The mail server has taken a letter to {email}.", as_json=as_json)


@account_command.command("list")
@json_option
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """Everyone who may sign in, with their posts."""
    with_desk(ctx)
    from openhaven.desk.accounts import listed

    found = listed()
    lines = (
        f"{each['number']}  {each['email']}  {each['name']}: {', '.join(each['posts']) or 'no post'}" for each in found
    )
    answer(found, "\n".join(lines) or "Nobody has an account yet.", as_json=as_json)


@account_command.command("close")
@click.argument("email")
@json_option
@click.pass_context
def close_command(ctx: click.Context, email: str, as_json: bool) -> None:
    """Shut an account: the person is signed out, and can sign in no more."""
    haven = with_desk(ctx)
    from openhaven.desk.accounts import close

    person = close(haven, email)
    answer({"email": person.email, "closed": True}, f"Closed: {person.email}.", as_json=as_json)


@account_command.command("token")
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="decide, cases, write, agreements, agree, incidents, report, requests, answer, assist, sign, jobs or metrics; "
    "may be repeated.",
)
@click.option("--days", default=90, show_default=True, help="How long it lasts, at most 366.")
@json_option
@click.pass_context
def token_command(ctx: click.Context, email: str, name: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a token with which a program does what a person may. It is shown once, and kept nowhere."""
    haven = with_desk(ctx)
    from openhaven.desk.tokens import make

    row, token = make(haven, email, name=name, scopes=scopes, days=days)
    text = f"Token {row.number}, until {row.ends:%Y-%m-%d}. Keep it as you would a password: {token}"
    answer({"number": row.number, "token": token, "ends": row.ends.isoformat()}, text, as_json=as_json)


@account_command.command("tokens")
@json_option
@click.pass_context
def tokens_command(ctx: click.Context, as_json: bool) -> None:
    """Every token that works, with its person, its scopes and its end."""
    with_desk(ctx)
    from openhaven.desk.tokens import listed as tokens

    found = [
        {"number": each.number, "email": each.person.email, "name": each.name, "scopes": each.scopes,
         "ends": each.ends.isoformat()}
        for each in tokens()
    ]  # fmt: skip
    lines = (
        f"{each['number']}  {each['email']}  {each['name']}: {' '.join(each['scopes'])}, until {each['ends'][:10]}"
        for each in found
    )
    answer(found, "\n".join(lines) or "There is no token.", as_json=as_json)


@account_command.command("end-token")
@click.argument("number", type=int)
@json_option
@click.pass_context
def end_token_command(ctx: click.Context, number: int, as_json: bool) -> None:
    """End a token at once."""
    haven = with_desk(ctx)
    from openhaven.desk.tokens import end

    found = end(haven, number)
    answer({"number": number, "email": found.person.email}, f"Ended: token {number} of {found.person.email}.",
           as_json=as_json)  # fmt: skip
