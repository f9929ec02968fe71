"""Commands that end a pseudonym scope, and that write the public register."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.listing import Listing
from openhaven.cli.opened import file_type, opened, path_type
from openhaven.cli.speak import answer, json_option


@click.group("scope", cls=Listing)
def scope_command() -> None:
    """Pseudonym scopes: list, destroy, certificate."""


@scope_command.command("list")
@json_option
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """Every scope in which pseudonyms were made, and whether its secret was destroyed."""
    from openhaven.haven.scopes import scopes

    found = scopes(opened(ctx))
    lines = [f"{each.scope}{'    (destroyed)' if each.destroyed else ''}" for each in found]
    answer(list(found), "\n".join(lines) or "No pseudonyms were made yet.", as_json=as_json)


@scope_command.command("destroy")
@click.argument("scope")
@click.option("--because", required=True, help="Why: this is entered.")
@json_option
@click.pass_context
def destroy_command(ctx: click.Context, scope: str, because: str, as_json: bool) -> None:
    """Destroy a scope's secret, for good: its pseudonyms cannot be made again, nor a refresh under its epoch."""
    from openhaven.haven.scopes import destroy_scope

    haven = opened(ctx)
    with haven.alone("haven scope destroy"):
        index = destroy_scope(haven, scope, because=because)
    text = f"Destroyed: {scope}. Entry {index} holds the certificate. Copies in backups are yours to destroy."
    answer({"scope": scope, "entry": index}, text, as_json=as_json)


@scope_command.command("certificate")
@click.argument("scope")
@click.option("--out", type=path_type, help="A new folder for it, with what shows to anyone that the log holds it.")
@json_option
@click.pass_context
def certificate_command(ctx: click.Context, scope: str, out: Path | None, as_json: bool) -> None:
    """The certificate that a scope's secret was destroyed: what, how, why, and what that does not cover."""
    from openhaven.haven.scopes import certificate_of, write_certificate

    haven = opened(ctx)
    found = certificate_of(haven, scope)
    if out:
        write_certificate(haven, found, out)
    lines = [*(f"{name}: {said}" for name, said in found.plain.items()), f"entry {found.index} of the log"]
    answer({**found.plain, "entry": found.index}, "\n".join(lines), as_json=as_json)


@click.command("destroyed")
@click.argument("release")
@click.option("--certificate", type=file_type, required=True, help="The recipient's certificate, as it came.")
@click.option("--said-by", required=True, help="Who certifies it: a name and a role.")
@json_option
@click.pass_context
def destroyed_command(ctx: click.Context, release: str, certificate: Path, said_by: str, as_json: bool) -> None:
    """Record that a recipient certified the file of an earlier release as destroyed."""
    from openhaven.haven.destroyed import file_destroyed

    haven = opened(ctx)
    with haven.alone("haven destroyed"):
        index = file_destroyed(haven, release, certificate=certificate, said_by=said_by)
    text = f"Recorded: the file of {release} is destroyed, as {said_by} certifies. Entry {index} of the log."
    answer({"release": release, "entry": index}, text, as_json=as_json)


@click.command("register")
@click.option("--out", type=path_type, required=True, help="The folder for the register, new or empty.")
@json_option
@click.pass_context
def register_command(ctx: click.Context, out: Path, as_json: bool) -> None:
    """Write the public register, a page and JSON, from what the log commits to: who got which data, and why."""
    from openhaven.haven.register import write_register

    haven = opened(ctx)
    with haven.alone("haven register"):
        made = write_register(haven, out)
    text = f"Releases: {len(made['releases'])}. Asked for and not released: {len(made['not_released'])}. In {out}."
    answer({"out": str(out), "releases": len(made["releases"]), "not_released": len(made["not_released"])}, text,
           as_json=as_json)  # fmt: skip
