"""haven serve and haven work: the web service and its worker, which the process becomes."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import click

from openhaven.cli.opened import found_folder
from openhaven.model.errors import BadInput


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; put HTTPS in front of it.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--no-worker", "alone", is_flag=True, help="Only the pages; releases are made by haven work.")
@click.pass_context
def serve_command(ctx: click.Context, host: str, port: int, alone: bool) -> None:
    """Serve the haven's pages until Ctrl-C, with a worker beside them that makes the releases asked for there."""
    check_installed()
    _become("openhaven.web", str(found_folder(ctx)), host, str(port), *(["alone"] if alone else []))


@click.command("work")
@click.option("--lease", default=30.0, show_default=True, type=click.FloatRange(1, 3600),
              help="Seconds after which a worker that says nothing counts as gone.")  # fmt: skip
@click.pass_context
def work_command(ctx: click.Context, lease: float) -> None:
    """Make the releases that were asked for on the pages, one after the other, until Ctrl-C."""
    check_installed()
    _become("openhaven.desk", str(found_folder(ctx)), str(lease))


def _become(module: str, *arguments: str) -> None:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # so that signals reach it


def check_installed() -> None:
    """Raise BadInput where what the service is made with is not installed."""
    needed = ("allauth", "authlib", "csp", "ninja", "nhsuk_frontend_jinja", "waitress", "whitenoise")
    if missing := [name for name in needed if not find_spec(name)]:
        raise BadInput(
            f"the web service needs packages that are not installed ({', '.join(missing)})",
            todo="Run: pip install 'openhaven[service]'",
        )
