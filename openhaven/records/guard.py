"""Nothing is written by the way: rows change only while a write of records/writes.py is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import connection, models

MOST_VALUES = 999
"""So many values one statement has at most: every SQLite takes as many."""

_open = ContextVar("a write is open", default=False)


@contextmanager
def write_open() -> Iterator[None]:
    """Within this, rows may be written."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def check_open(what: object) -> None:
    """Raise RuntimeError unless a write is open: a mistake of ours, never of an operator."""
    if not _open.get():
        raise RuntimeError(f"{what} changes only in a write of openhaven.records.writes, with its entry in the log")


class KeptRows(models.QuerySet):
    """Rows that change only inside a write."""

    def update(self, **values: Any) -> int:
        """As Django's, inside a write."""
        check_open(self.model.__name__)
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Never: what is kept is ended or erased by an entry."""
        raise RuntimeError(f"{self.model.__name__}: rows are never deleted")

    def bulk_create(self, rows: Any, *options: Any, **more: Any) -> Any:
        """As Django's, inside a write. (Django's create, get_or_create and bulk_update come through here or save.)"""
        check_open(self.model.__name__)
        return super().bulk_create(rows, *options, **more)

    def insert(self, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows of these columns as the database takes them, inside a write: many by one statement, and none
        through bulk_create, which makes an object and an expression of each."""
        check_open(self.model.__name__)
        together = MOST_VALUES // len(columns)
        with connection.cursor() as cursor:
            for start in range(0, len(rows), together):
                some = rows[start : start + together]
                statement = _insert(connection.vendor, self.model._meta.db_table, columns, len(some))
                cursor.execute(statement, [*chain.from_iterable(some)])

    def held(self, columns: tuple[str, ...], *, id: int) -> Sequence[Any] | None:
        """These columns of the row with this id as the database gives them, locked until the write ends; None where
        there is none."""
        check_open(self.model.__name__)
        with connection.cursor() as cursor:
            cursor.execute(_held(connection.vendor, self.model._meta.db_table, columns), [id])
            found: Sequence[Any] | None = cursor.fetchone()
        return found

    def rewrite(self, columns: tuple[str, ...], values: Sequence[Any], *, id: int) -> None:
        """Set these columns of the row with this id, as the database takes them, inside a write."""
        check_open(self.model.__name__)
        with connection.cursor() as cursor:
            cursor.execute(_rewrite(connection.vendor, self.model._meta.db_table, columns), [*values, id])


def mark(vendor: str) -> str:
    """What stands for a value in SQL. (SQLite's own Django leaves as it is; the other it looks for, and replaces, in
    each statement each time.)"""
    return "?" if vendor == "sqlite" else "%s"


@lru_cache
def _insert(vendor: str, table: str, columns: tuple[str, ...], rows: int) -> str:
    """Written once for each kind of database: names come from the models alone."""
    row = f"({', '.join([mark(vendor)] * len(columns))})"
    return f"INSERT INTO {_quoted(table)} ({', '.join(map(_quoted, columns))}) VALUES {', '.join([row] * rows)}"


@lru_cache
def _held(vendor: str, table: str, columns: tuple[str, ...]) -> str:
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    return f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(table)} WHERE id = %s{lock}"


@lru_cache
def _rewrite(vendor: str, table: str, columns: tuple[str, ...]) -> str:
    set_to = ", ".join(f"{_quoted(name)} = %s" for name in columns)
    return f"UPDATE {_quoted(table)} SET {set_to} WHERE id = %s"


def _quoted(name: str) -> str:
    quoted: str = connection.ops.quote_name(name)
    return quoted


class Kept(models.Model):
    """A row that changes only inside a write, and is never deleted."""

    objects = KeptRows.as_manager()

    class Meta:
        abstract = True

    def save(self, *options: Any, **more: Any) -> None:
        """As Django's, inside a write."""
        check_open(type(self).__name__)
        super().save(*options, **more)

    def delete(self, *options: Any, **more: Any) -> Any:
        """Never: what is kept is ended or erased by an entry."""
        raise RuntimeError(f"{type(self).__name__}: rows are never deleted")
