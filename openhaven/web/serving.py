"""The service started: Django configured for one haven, and a server of threads in front of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from openhaven.web.settings import web_settings

NOWHERE = {"engine": "sqlite", "path": ":memory:"}
THREADS = 8  # requests at once; each reads for milliseconds


def configure(folder: Path) -> None:
    """Make this process serve the haven in a folder: once, before anything that needs Django is imported.

    Raises BadInput or HavenError where there is no haven that could be served."""
    from openhaven.model.plain import read_toml

    named = read_toml((folder / "haven.toml").read_text(encoding="utf-8"), where=str(folder / "haven.toml"))
    service = named.get("service", {})
    chosen = web_settings(
        database=NOWHERE,  # until the haven is opened, below: it says where its records are
        secret=secrets.token_urlsafe(48),  # signs nothing that outlives the process: nobody signs in yet
        hosts=service.get("hosts", ()),
        secure=service.get("https", False),
    )
    settings.configure(**chosen, OPENHAVEN_FOLDER=folder)
    from openhaven.web.pages import the_haven  # only now: this imports the records, which need Django

    the_haven()


def serve(*, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until interrupted. `say` is told the address once it answers; port 0 takes a free one."""
    from waitress.server import create_server

    server = create_server(WSGIHandler(), host=host, port=port, threads=THREADS, ident=None)
    say(f"http://{host}:{server.effective_port}")
    server.run()
