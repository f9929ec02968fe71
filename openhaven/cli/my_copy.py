"""The command that makes the copy of all that is held about one person."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.opened import file_type, opened, path_type
from openhaven.cli.speak import answer, asked_number, json_option
from openhaven.model.errors import BadInput
from openhaven.model.plain import read_toml
from openhaven.vault.texts import read_text


@click.command("my-copy")
@click.option("--out", type=path_type, required=True, help="The person's folder, new or empty.")
@click.option("--because", required=True, help="Who asked, and how they showed who they are: this is logged.")
@click.option("--leave-out", type=file_type, help="What is left out, each with its exemption: a TOML file.")
@click.option("--proxy", default="", metavar="WORDS", help="Who gets it for the person; then less is in it.")
@click.option("--dead", is_flag=True, help="The person has died: the records alone, under the Act of 1990.")
@click.option(
    "--nhs-number", default="", help="Asked for where it is left out, so that it stands in no list of commands."
)
@json_option
@click.pass_context
def my_copy_command(
    ctx: click.Context,
    out: Path,
    because: str,
    leave_out: Path | None,
    proxy: str,
    dead: bool,
    nhs_number: str,
    as_json: bool,
) -> None:
    """Give a person a copy of all that is held about them, or who acts for them what the law gives them."""
    from openhaven.casework.exemptions import LeftOut, Regime
    from openhaven.haven.copying import CopyAsked, write_copy
    from openhaven.law.plainly import counted
    from openhaven.model.plain import from_plain

    if dead and not proxy:
        raise BadInput("who gets the record of somebody who has died?", todo="Say it: --proxy WORDS")
    haven = opened(ctx)
    left_out = tuple(from_plain(LeftOut, each, where=str(leave_out)) for each in _listed(leave_out))
    nhs_number = nhs_number or asked_number()
    regime = Regime.DEAD if dead else Regime.LIVING
    asked = CopyAsked(nhs_number, because, regime, ((haven.today(), because),), left_out, proxy)
    with haven.alone("haven my-copy"):
        made = write_copy(haven, asked, out=out)
    counts = {each.dataset.id: len(each.records) for each in made.records}
    text = f"{counted(sum(counts.values()), 'record')} of {counted(len(counts), 'dataset')}. The folder: {out}"
    if made.unsure:
        text += f"\n{made.unsure} more come with this number in a way that is not sure: look at them yourself."
    answer({"out": str(out), "records": counts, "not_sure": made.unsure}, text, as_json=as_json)


def _listed(file: Path | None) -> list[object]:
    """The tables [[left_out]] of a file. Raises BadInput where there are none."""
    if file is None:
        return []
    found = read_toml(read_text(file), where=str(file))
    listed = found.get("left_out")
    if set(found) != {"left_out"} or not isinstance(listed, list) or not listed:
        raise BadInput("name what is left out, each in a table [[left_out]], and nothing else", where=str(file))
    return listed
