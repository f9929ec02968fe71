"""Registers as CSV for people's spreadsheets: one line an entry, and no cell that would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from openhaven.disclosure.tables import escaped


def as_csv(listed: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The entries as CSV with these columns; what is several values is joined by semicolons (RFC 4180 line ends)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([escaped(_cell(each.get(name, ""))) for name in columns] for each in listed)
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(filter(None, map(_cell, value.values())))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_cell, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
