"""The haven that a command works on, from --haven, $OPENHAVEN or the nearest parent with haven.toml."""

from __future__ import annotations

import os
from pathlib import Path

import click

from openhaven.haven import Haven, find_haven, open_haven


def opened(ctx: click.Context) -> Haven:
    """Open it. Raises BadInput saying what is wrong and what to do."""
    folder = find_haven(ctx.obj["folder"], environment=os.environ, here=Path.cwd())
    return open_haven(folder, operator=ctx.obj["operator"])


path_type = click.Path(path_type=Path)
file_type = click.Path(path_type=Path, exists=True, dir_okay=False)
