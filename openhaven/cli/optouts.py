"""Commands for opt-out lists: ask the national check, load its answer or a Type 1 list, and see how fresh they are."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.listing import Listing
from openhaven.cli.opened import file_type, opened, path_type
from openhaven.cli.speak import answer, json_option
from openhaven.model.errors import BadInput


@click.group("optouts", cls=Listing)
def optouts_command() -> None:
    """Opt-outs: ask, load, check."""


@optouts_command.command("ask")
@click.argument("out", type=path_type)
@json_option
@click.pass_context
def ask_command(ctx: click.Context, out: Path, as_json: bool) -> None:
    """Write the question of the national check, every NHS number held, one a line; and its control file (.ctl)."""
    from openhaven.haven.national import ask

    haven = opened(ctx)
    with haven.alone("haven optouts ask"):
        question = ask(haven, out)
    answer(
        question,
        f"Question {question.id}: {question.count:,} NHS numbers, in {question.file}. Send it by MESH with the local "
        f"id {question.local_id} (its control file says it); load the reply, with the control file that comes with "
        "it, by: haven optouts load REPLY",
        as_json=as_json,
    )


@optouts_command.command("load")
@click.argument("file", type=file_type)
@click.option("--type-1", "type_1", is_flag=True, help="A controller's Type 1 objectors: numbers, or coded events.")
@click.option("--controller", default="", help="Whose Type 1 list it is.")
@click.option(
    "--question", default="", help="The question that a reply answers, on your word: where no control file says it."
)
@json_option
@click.pass_context
def load_command(ctx: click.Context, file: Path, type_1: bool, controller: str, question: str, as_json: bool) -> None:
    """Load the reply of the national check, or a Type 1 list. It overwrites the list before."""
    from openhaven.haven.lists import listed_before, load_type_1
    from openhaven.haven.national import load_answer

    haven = opened(ctx)
    if type_1 != bool(controller):
        raise BadInput("a Type 1 list belongs to a controller", todo="Use --type-1 and --controller together.")
    if type_1 and question:
        raise BadInput("a Type 1 list answers no question", todo="Leave --question out.")
    with haven.alone("haven optouts load"):
        if type_1:
            before = listed_before(controller)
            listed = load_type_1(haven, file, controller=controller)
            many = len(listed.numbers)
            replaced = "" if before is None else f" It replaces the list before, of {before:,}."
            answer(
                {"list": listed.id, "objectors": many, "before": before},
                f"Type 1 list {listed.id}: {many:,} {'person objects' if many == 1 else 'people object'}.{replaced}",
                as_json=as_json,
            )
            return
        reply = load_answer(haven, file, answers=question)
    answer(
        {"question": reply.id, "asked": len(reply.asked), "returned": len(reply.returned)},
        f"Of {len(reply.asked):,} people asked about, {len(reply.returned):,} may flow.",
        as_json=as_json,
    )


@optouts_command.command("check")
@json_option
@click.pass_context
def check_command(ctx: click.Context, as_json: bool) -> None:
    """Which lists are loaded, how old they are, and whether they may still be relied on."""
    from openhaven.haven.status import list_lines, lists

    found = lists(opened(ctx))
    answer(found, lambda: "\n".join(list_lines(found)), as_json=as_json)
