"""The service started: Django configured for one haven, and a server of threads in front of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler

from openhaven.desk.setup import configure as set_up
from openhaven.desk.setup import make_tables
from openhaven.keys import Keys
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.settings import Keys as KeySettings
from openhaven.model.settings import Service
from openhaven.web.settings import chosen_settings, web_settings

THREADS = 8  # requests at once; each reads for milliseconds


def configure(folder: Path) -> None:
    """Make this process serve the haven in a folder: once, before anything that needs Django is imported.

    Raises BadInput or HavenError where there is no haven that could be served."""
    service = from_plain(Service, _section(folder, "service"), where="service")
    held = from_plain(KeySettings, _section(folder, "keys"), where="keys")
    secret = Keys.open(folder / "keys", held).service_secret().hex()
    chosen = web_settings(secret=secret, hosts=service.hosts, secure=service.https)
    chosen |= chosen_settings(service, operator=_section(folder, "haven").get("operator", ""), folder=folder)
    set_up({**chosen, "OPENHAVEN_FOLDER": folder})
    from openhaven.web.pages import the_haven  # only now: this imports the records, which need Django

    the_haven()
    make_tables(folder)
    from openhaven.web.recovery import forget_sealed

    forget_sealed()


def _section(folder: Path, name: str) -> dict[str, Any]:
    """A section of haven.toml, read before the haven is opened, which checks it."""
    where = folder / "haven.toml"
    found = read_toml(where.read_text(encoding="utf-8"), where=str(where)).get(name, {})
    return found if isinstance(found, dict) else {}


def application(folder: str) -> WSGIHandler:
    """What another server of WSGI calls, for the haven in a folder: gunicorn, say. Nobody works beside it."""
    configure(Path(folder))
    return WSGIHandler()


def serve(*, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve until interrupted. `say` is told the address once it answers; port 0 takes a free one."""
    from waitress.server import create_server

    kept = {"clear_untrusted_proxy_headers": False}  # Django believes those that the settings name, and no others
    server = create_server(WSGIHandler(), host=host, port=port, threads=THREADS, ident=None, **kept)
    say(f"http://{host}:{server.effective_port}")
    server.run()
