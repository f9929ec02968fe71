"""What a certificate promises and does not measure, read from a face of any format: for verify, open and status."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openhaven.model.errors import BadInput
from openhaven.model.obligation import MAY_BE_PROMISED, Promise, Promiser, Standing, promise
from openhaven.package.certificate import FORMAT

FORMATS = (1, FORMAT)
"""Format 1 said "met" of every line, promised ones too; which those are follows from their kind."""


@dataclass(frozen=True, slots=True)
class Promised:
    """One line of a certificate that is promised: its kind, what it requires in words, and the promise.

    `obligation` is the obligation as the certificate has it, in plain data."""

    kind: str
    required: str
    promise: Promise
    obligation: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def as_text(self) -> str:
        """One sentence for people."""
        made = self.promise
        return f"{self.required} Promised by {made.by_whom}, {made.by_when}; shown by {made.shown_by}."

    def as_plain(self) -> dict[str, Any]:
        """Plain data for --json."""
        due = self.promise.due
        return {
            "obligation": self.kind,
            "required": self.required,
            "by_whom": str(self.promise.by_whom),
            "by_when": self.promise.by_when,
            "shown_by": self.promise.shown_by,
            "due": None if due is None else due.isoformat(),
        }


def promised(face: Mapping[str, Any]) -> tuple[Promised, ...]:
    """The promised lines of a face. Raises BadInput for a format not known, or a line that is not as its format says.

    So does a promise where the obligation must be measured on the file: such a certificate is not to be relied on."""
    return tuple(made for line in _lines(face) if (made := _promised(line, face["format"])) is not None)


def measured(face: Mapping[str, Any]) -> int:
    """How many lines were measured on the file."""
    return len(_lines(face)) - len(promised(face))


def _lines(face: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if face.get("format") not in FORMATS:
        raise BadInput(
            f"format {str(face.get('format'))[:40]} is not known",
            where="certificate.json",
            todo=f"This version reads {' and '.join(map(str, FORMATS))}.",
        )
    lines = face.get("lines")
    if not isinstance(lines, list) or not lines:
        raise BadInput("has no line of evidence", where="certificate.json")
    return lines


def _promised(line: Mapping[str, Any], format: int) -> Promised | None:
    try:
        obligation, required = line["obligation"], str(line["required"])
        kind = str(obligation["kind"])
        made = _of_format_1(line, kind) if format == 1 else _stated(line, kind)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise BadInput(f"a line of evidence is not as it should be ({problem})", where="certificate.json") from None
    return None if made is None else Promised(kind, required, made, obligation)


def _of_format_1(line: Mapping[str, Any], kind: str) -> Promise | None:
    if line["met"] is not True:
        raise ValueError(f"{kind} is not met")
    if kind not in MAY_BE_PROMISED:
        return None
    day = line["obligation"].get("by") or line["obligation"].get("destroy_former_by")
    return promise(kind, dt.date.fromisoformat(day) if day else None)


def _stated(line: Mapping[str, Any], kind: str) -> Promise | None:
    standing = Standing(line["standing"])
    if standing is Standing.NOT_MET:
        raise ValueError(f"{kind} is not met")
    if standing is Standing.MEASURED:
        return None
    promise(kind, None)
    said = line["promise"]
    due = dt.date.fromisoformat(said["due"]) if said["due"] else None
    return Promise(Promiser(said["by_whom"]), str(said["by_when"]), str(said["shown_by"]), due)
