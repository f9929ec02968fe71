"""Who acts, when and by which means; and what an act leaves: its place in the log, and the proof of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from openhaven.log import Checkpoint, make_proof
from openhaven.log.tree import ReadNode
from openhaven.model.errors import BadInput


@dataclass(frozen=True, slots=True)
class Act:
    """Every write takes one. `now` is aware; `sign` makes the log's signed note of a checkpoint; `salts(n)` gives n
    fresh random bytes (secrets.token_bytes, except in tests)."""

    operator: str
    now: dt.datetime
    sign: Callable[[Checkpoint], str] = field(repr=False)
    salts: Callable[[int], bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.operator.strip():
            raise BadInput("no operator is named", todo="Say who acts: every record names its operator.")
        if self.now.tzinfo is None:
            raise ValueError("the time of an act is aware of its time zone")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A body as the log commits to it: its bytes, and the 32-byte salt that hides them."""

    body: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where an act stands: its index, its canonical bytes, and the bodies to which these commit (None: erased);
    a signed checkpoint of the log with its size, and the nodes that a proof under it needs."""

    index: int
    size: int
    entry: bytes
    bodies: Mapping[str, Sealed | None]
    note: str
    node: ReadNode = field(repr=False, compare=False)

    @property
    def proof(self) -> str:
        """The text of the `.tlog-proof` file."""
        return make_proof(self.index, checkpoint=self.note, read_node=self.node)


def instant(time: dt.datetime) -> str:
    """RFC 3339 in UTC, whole seconds, as entries have it."""
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
