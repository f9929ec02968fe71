"""haven serve: the web service, which the process becomes."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec

import click

from openhaven.cli.opened import opened
from openhaven.model.errors import BadInput


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; put HTTPS in front of it.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.pass_context
def serve_command(ctx: click.Context, host: str, port: int) -> None:
    """Serve the haven's pages until Ctrl-C: what is held, who used it, and the log."""
    check_installed()
    folder = opened(ctx).folder  # what is wrong with a haven is said here, before the service is started
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "openhaven.web", str(folder), host, str(port)])  # signals reach it


def check_installed() -> None:
    """Raise BadInput where what the service is made with is not installed."""
    needed = ("allauth", "csp", "nhsuk_frontend_jinja", "waitress", "whitenoise")
    if missing := [name for name in needed if not find_spec(name)]:
        raise BadInput(
            f"the web service needs packages that are not installed ({', '.join(missing)})",
            todo="Run: pip install 'openhaven[service]'",
        )
