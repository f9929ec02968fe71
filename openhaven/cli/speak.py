"""How commands speak: one JSON document or plain lines on standard output, messages and progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from openhaven.model.errors import BadInput
from openhaven.model.plain import to_plain

Tell = Callable[[str], None]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")


def say(text: str) -> None:
    """A line of the answer, on standard output."""
    click.echo(text)


def note(text: str) -> None:
    """A remark beside the answer, on standard error."""
    click.echo(text, err=True)


def answer(data: Any, text: str | Callable[[], str], *, as_json: bool) -> None:
    """The answer, as one JSON document or as text."""
    if as_json:
        click.echo(json.dumps(to_plain(data), indent=2, ensure_ascii=False, default=str))
    else:
        click.echo(text if isinstance(text, str) else text())


def asked_number(whose: str = "NHS number") -> str:
    """An NHS number, typed unseen at a terminal; else a line of standard input. Raises BadInput where there is none."""
    if sys.stdin.isatty():
        return str(click.prompt(whose, hide_input=True, err=True))
    if given := sys.stdin.readline().strip():
        return given
    raise BadInput("no NHS number was given", todo="Type it at a terminal, or send it as a line of standard input.")


@contextmanager
def steps(title: str, total: int | None = None) -> Iterator[Tell]:
    """A progress bar on standard error; each call names the step that begins. Silent where there is no screen."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console  # slow to load, and most commands draw no bar
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)

        def tell(step: str) -> None:
            progress.update(task, description=f"{title}: {step}", advance=1)

        yield tell
