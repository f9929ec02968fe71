"""The haven that a command works on, from --haven, $OPENHAVEN or the nearest parent with haven.toml."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

path_type = click.Path(path_type=Path)
file_type = click.Path(path_type=Path, exists=True, dir_okay=False)


def opened(ctx: click.Context) -> Any:
    """Open the haven. Raises BadInput saying what is wrong and what to do."""
    from openhaven.haven import find_haven, open_haven  # here, so that help and tools need no Django
    from openhaven.records.trouble import told_plainly

    ctx.with_resource(told_plainly())  # for all that the command does from here
    folder = find_haven(ctx.obj["folder"], environment=os.environ, here=Path.cwd())
    return open_haven(folder, operator=ctx.obj["operator"])
