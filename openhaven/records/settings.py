"""Django's settings for the records: SQLite in the haven's folder, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from openhaven.model.errors import BadInput

WAIT_SECONDS = 60
"""How long one command waits for another that is writing."""

_STAYS = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
"""A connection serves the requests of a minute, in seconds: opening one takes as long as a small page."""

_SQLITE = {"engine", "path"}
_POSTGRESQL = {"engine", "name", "host", "port", "user", "password", "sslmode"}


def django_settings(*, database: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for Django's settings.configure.

    `database` is {engine: "sqlite", path} or {engine: "postgresql", name, host, port, user, password, sslmode}, all
    but the engine and the name optional. Raises BadInput for another engine or key.
    """
    return {
        "INSTALLED_APPS": ["openhaven.records"],
        "DATABASES": {DEFAULT_DB_ALIAS: _connection(database)},
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
    }


def point_at(database: Mapping[str, Any]) -> None:
    """Let this process, already set up, work on the records of another haven."""
    settings = connections.configure_settings({DEFAULT_DB_ALIAS: _connection(database)})
    connections[DEFAULT_DB_ALIAS].close()
    del connections[DEFAULT_DB_ALIAS]
    connections.settings[DEFAULT_DB_ALIAS] = settings[DEFAULT_DB_ALIAS]


def _connection(database: Mapping[str, Any]) -> dict[str, Any]:
    match database.get("engine"):
        case "sqlite":
            return _sqlite(database)
        case "postgresql":
            return _postgresql(database)
        case other:
            raise BadInput(
                f"the engine {other!r} is not known", where="settings, database", todo='Use "sqlite" or "postgresql".'
            )


def _sqlite(database: Mapping[str, Any]) -> dict[str, Any]:
    """Durable through power loss (synchronous=FULL); a write takes the lock when it begins, so none is redone; what
    is erased is overwritten."""
    _check_keys(database, allowed=_SQLITE, needed="path")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(database["path"]),
        **_STAYS,
        "OPTIONS": {
            "timeout": WAIT_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON;",
        },
    }


def _postgresql(database: Mapping[str, Any]) -> dict[str, Any]:
    _check_keys(database, allowed=_POSTGRESQL, needed="name")
    if find_spec("psycopg") is None:
        raise BadInput(
            "PostgreSQL needs the package psycopg, which is not installed",
            where="settings, database",
            todo="Run: pip install 'openhaven[postgres]'",
        )
    options = {"sslmode": database["sslmode"]} if "sslmode" in database else {}
    where = {key.upper(): str(database[key]) for key in ("name", "host", "port", "user", "password") if key in database}
    return {"ENGINE": "django.db.backends.postgresql", **where, **_STAYS, "OPTIONS": {"connect_timeout": 10, **options}}


def _check_keys(database: Mapping[str, Any], *, allowed: set[str], needed: str) -> None:
    if unknown := sorted(set(database) - allowed):
        raise BadInput(f"not known: {', '.join(unknown)}", where="settings, database")
    if not database.get(needed):
        raise BadInput(f"{needed} is missing", where="settings, database")
