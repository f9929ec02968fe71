"""What is noted of a dataset when it is described; nobody writes this record by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Description:
    """That a dataset was described, and how: the SHA-256 of its data package, and its fields with their roles."""

    id: str
    sha256: str
    fields: tuple[tuple[str, str], ...]
