"""haven hierarchy: make the hierarchy of a column of a known kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from openhaven.cli.listing import Listing
from openhaven.cli.opened import file_type, overwrite_option, path_type
from openhaven.cli.speak import answer, json_option
from openhaven.model.errors import BadInput


@click.group("hierarchy", cls=Listing)
def hierarchy_command() -> None:
    """How the values of a column become coarser, level by level: make."""


@hierarchy_command.command("make")
@click.argument("column")
@click.argument("kind", type=click.Choice(["date", "age", "number", "postcode", "icd10", "ethnicity"]))
@click.argument("file", type=file_type)
@click.option("--out", type=path_type, help="The folder of hierarchies; else the file's own.")
@click.option("--widths", default="5,10,20", show_default=True, help="Widths of bands, for age and number.")
@click.option("--top", type=float, help="Where the open band starts; for age, 90.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@overwrite_option
@json_option
def make_command(column: str, kind: str, file: Path, as_json: bool, **said: Any) -> None:
    """Write FILE's hierarchy of COLUMN, under the name by which risk and anonymise find it."""
    from openhaven.tools.hierarchy import HierarchyRequest, make_hierarchy

    widths = _widths(said.pop("widths"))
    done = make_hierarchy(file, HierarchyRequest(column=column, kind=kind, widths=widths, **said))
    answer(done.as_json(), done.as_text, as_json=as_json)


def _widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"{text!r} is not a list of whole numbers", todo="For example --widths 5,10,20.") from error
