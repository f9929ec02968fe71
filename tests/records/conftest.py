"""Records of a new haven for each test, in SQLite and in a PostgreSQL that the tests start themselves."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection
from postgresql import postgres_running

from openhaven.log import VerifierKey, sign_checkpoint, verifier_key
from openhaven.records.settings import django_settings, point_at

if not settings.configured:
    settings.configure(**django_settings(database={"engine": "sqlite", "path": ":memory:"}))
    django.setup()

from openhaven.records import writes
from openhaven.records.act import Act
from openhaven.records.format import make_tables

ORIGIN = "haven.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = verifier_key(ORIGIN, PRIVATE)
START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def sign(checkpoint: Any) -> str:
    return sign_checkpoint(checkpoint, key=verifier_key(checkpoint.origin, PRIVATE), signer=PRIVATE)


@dataclass
class Haven:
    """One new haven's records, with a clock that moves a minute at each act."""

    database: dict[str, Any]
    now: dt.datetime = START
    trusted: tuple[VerifierKey, ...] = (KEY,)
    sign: Callable[[Any], str] = field(default=sign)

    def act(self, operator: str = "Olu Operator", **changed: Any) -> Act:
        self.now += dt.timedelta(minutes=1)
        given = {"operator": operator, "now": self.now, "sign": self.sign, "salts": secrets.token_bytes}
        return Act(**(given | changed))


def begin(database: dict[str, Any]) -> Haven:
    point_at(database)
    haven = Haven(database)
    make_tables()
    writes.begin(origin=ORIGIN, act=haven.act())
    connection.close()
    return haven


@pytest.fixture(scope="session")
def sqlite_begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A haven just begun, copied for each test."""
    path = tmp_path_factory.mktemp("begun") / "records.sqlite3"
    begin({"engine": "sqlite", "path": str(path)})
    return path


@pytest.fixture
def new_haven(sqlite_begun: Path, tmp_path: Path) -> Iterator[Callable[[], Haven]]:
    """Makes a new haven at each call, on SQLite."""

    def make() -> Haven:
        path = tmp_path / f"{secrets.token_hex(8)}.sqlite3"
        shutil.copyfile(sqlite_begun, path)
        database = {"engine": "sqlite", "path": str(path)}
        point_at(database)
        return Haven(database)

    yield make
    connection.close()


@pytest.fixture
def sqlite_haven(new_haven: Callable[[], Haven]) -> Haven:
    return new_haven()


@pytest.fixture(scope="session")
def postgres() -> Iterator[dict[str, Any]]:
    """A PostgreSQL of our own on a port of this machine."""
    with postgres_running() as found:
        yield found
        connection.close()


@pytest.fixture
def postgres_haven(postgres: dict[str, Any]) -> Iterator[Haven]:
    """The same database for every test, emptied."""
    point_at(postgres)
    make_tables()
    with connection.cursor() as cursor:
        names = ", ".join(name for name in connection.introspection.table_names() if name.startswith("records_"))
        cursor.execute(f"TRUNCATE {names}")
    yield begin(postgres)
    connection.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def haven(request: pytest.FixtureRequest) -> Haven:
    """A new haven on each database."""
    return request.getfixturevalue("sqlite_haven" if request.param == "sqlite" else "postgres_haven")
