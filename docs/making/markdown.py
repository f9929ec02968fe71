"""How the made pages are written: tables, lists, what a docstring says."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any


def words_of(settings: Mapping[str, str], names: Iterable[str]) -> None:
    """Raises ValueError where a table of words and the code name different things."""
    if different := set(settings) ^ set(names):
        raise ValueError(f"docs/making and the code differ on: {', '.join(sorted(different))}")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(cell(each) for each in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def docstring(kind: type) -> str:
    return " ".join(part for part in inspect.cleandoc(kind.__doc__ or "").split("\n") if part)


def listed(values: Iterable[Any]) -> str:
    return ", ".join(f"`{each}`" for each in values)
