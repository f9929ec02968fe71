"""The haven that a command works on, from --haven, $OPENHAVEN or the nearest parent with haven.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from openhaven.model.errors import BadInput

TOML = "haven.toml"
path_type = click.Path(path_type=Path)
secret_type = click.Path(path_type=Path, exists=True, dir_okay=False)  # also a pipe: a secret need not lie on a disk
new_file_type = click.Path(path_type=Path, dir_okay=False)


class PlainFile(click.Path):
    """A file that is there. A pipe or device is refused: most are read more than once, and one may never end."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not Path(found).is_file():
            self.fail(f"{str(found)!r} is not a plain file. Save what it holds in a file first.", param, ctx)
        return found


file_type = PlainFile()


class Moment(click.DateTime):
    """A day, or a day and time. What is written otherwise is answered with an example."""

    def __init__(self, form: str, *, example: str) -> None:
        super().__init__([form])
        self.example = example

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return self.example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not written as {self.example} is", param, ctx)


day_type = Moment("%Y-%m-%d", example="2026-11-30")
overwrite_option = click.option("--overwrite", is_flag=True, help="Write over a file that is there already.")


def opened(ctx: click.Context) -> Any:
    """Open the haven. Raises BadInput saying what is wrong and what to do."""
    from openhaven.haven import open_haven  # here, so that help and tools need no Django
    from openhaven.records.trouble import told_plainly

    ctx.with_resource(told_plainly())  # for all that the command does from here
    return open_haven(found_folder(ctx), operator=ctx.obj["operator"])


def found_folder(ctx: click.Context) -> Path:
    """The haven's folder: `--haven`, else $OPENHAVEN, else the nearest parent with haven.toml. Raises BadInput."""
    named = ctx.obj["folder"] or os.environ.get("OPENHAVEN")
    if named:
        if (Path(named) / TOML).is_file():
            return Path(named).resolve()
        raise BadInput(
            f"there is no {TOML} in it, so it is not a haven", where=named, todo=f"Begin with: haven init {named}"
        )
    here = Path.cwd()
    for place in (here, *here.parents):
        if (place / TOML).is_file():
            return place.resolve()
    raise BadInput(
        "no haven is named and none is here", todo="Use --haven DIR, set OPENHAVEN, or begin with: haven init DIR"
    )
