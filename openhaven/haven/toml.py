"""The haven.toml that a new haven begins with: what must be set, and what may be."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, unquote, urlsplit

from openhaven.model.errors import BadInput

_ASKED_FOR = ("sslmode", "host", "port")


def first_settings(*, operator: str, origin: str, contact: str, demo: bool, more: str = "") -> str:
    """The text of a first haven.toml; `more` is appended (further sections, as TOML)."""
    text = f"""# Settings of this haven. `haven settings` prints every setting with its value and where it comes from.
format = 1

[haven]
operator = {json.dumps(operator)}
origin = {json.dumps(origin)}
contact = {json.dumps(contact)}
demo = {json.dumps(demo)}
"""
    return f"{text}\n{more.strip()}\n" if more.strip() else text


def database_section(url: str) -> str:
    """The section of haven.toml that says where the records lie, from postgresql://user:password@host:port/name, with
    ?sslmode=… and, for a socket's folder, ?host=…; empty for an empty URL. Raises BadInput."""
    if not url:
        return ""
    found = {"engine": "postgresql", **_parts(url)}
    return "[database]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in found.items() if value)


def _parts(url: str) -> dict[str, str]:
    todo = "Write postgresql://user@host:5432/name?sslmode=verify-full"
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else str(parts.port)
    except ValueError:
        raise BadInput("this is not the address of a database", where="--database", todo=todo) from None
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgresql", "postgres") or not name or "/" in name:
        raise BadInput("this is not the address of a PostgreSQL database", where="--database", todo=todo)
    more = dict(parse_qsl(parts.query))
    if unknown := sorted(set(more) - set(_ASKED_FOR)):
        raise BadInput(f"not known: {', '.join(unknown)}", where="--database", todo=todo)
    known = {"name": name, "host": unquote(parts.hostname or ""), "port": port, "user": unquote(parts.username or "")}
    return known | {"password": unquote(parts.password or "")} | more
