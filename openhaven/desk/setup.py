"""Django set up with the tables of the desk: once in a process, before anything that knows the records is imported."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from openhaven.records.settings import django_settings

NOWHERE = {"engine": "sqlite", "path": ":memory:"}  # until a haven is opened: it says where its records are
LEAST_PASSWORD = 12  # characters; longer words beat odder ones (NCSC)


def desk_settings() -> dict[str, Any]:
    """Keyword arguments for Django's settings.configure: those of the records, with accounts."""
    records = django_settings(database=NOWHERE)
    return {
        **records,
        "INSTALLED_APPS": [
            *records["INSTALLED_APPS"],
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "openhaven.desk",
        ],
        "AUTH_USER_MODEL": "desk.Person",
        "AUTH_PASSWORD_VALIDATORS": password_checks(),
    }


def password_checks(*, names: Sequence[str] = (), stolen: str = "") -> list[dict[str, Any]]:
    """What a new password has to pass. `names` are those of the haven; `stolen` is a file of hashes, empty for none."""
    of_django, ours = "django.contrib.auth.password_validation", "openhaven.desk.passwords"
    alike = {"user_attributes": ("email", "name")}
    found: list[tuple[str, dict[str, Any]]] = [
        (f"{of_django}.MinimumLengthValidator", {"min_length": LEAST_PASSWORD}),
        (f"{of_django}.CommonPasswordValidator", {}),
        (f"{of_django}.UserAttributeSimilarityValidator", alike),
        (f"{ours}.Dressed", {}),
        (f"{ours}.OwnWords", {"names": list(names), "least": LEAST_PASSWORD}),
        *([("openhaven.desk.stolen.Stolen", {"file": stolen})] if stolen else []),
    ]
    return [{"NAME": name, "OPTIONS": options} for name, options in found]


def configure(chosen: Mapping[str, Any]) -> None:
    """Set Django up with these settings. Raises RuntimeError where it was set up otherwise before: a fault of ours."""
    settings.configure(**chosen)
    import openhaven.haven  # noqa: F401  (the only caller of django.setup)


def make_tables(folder: Path) -> None:
    """Make the tables of the desk of the haven in a folder, or bring them up to date.

    Processes that start together wait for each other: Django's own migrations do not."""
    with (folder / "haven.toml").open("rb") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        call_command("migrate", verbosity=0, interactive=False)
