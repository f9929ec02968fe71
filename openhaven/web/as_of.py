"""What is made from the log is made anew only when the log has grown, or the day has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from openhaven.haven import Haven
from openhaven.records import reads

T = TypeVar("T")
_latest: dict[Callable[[Haven], object], tuple[object, object]] = {}


def as_of_now(make: Callable[[Haven], T], haven: Haven) -> T:
    """What `make` gives for the haven as the log stands. `make` reads nothing but the log and the day."""
    now = (reads.checkpoint(), haven.today())
    found = _latest.get(make)
    if found is None or found[0] != now:
        found = _latest[make] = (now, make(haven))
    return found[1]  # type: ignore[return-value]
