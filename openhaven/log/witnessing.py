"""What a witness does with a checkpoint (c2sp.org/tlog-witness): pure, so that a request, a state and a day decide.

A witness remembers, for each log, the largest checkpoint that it cosigned, and cosigns only what extends it."""

from collections.abc import Mapping
from dataclasses import dataclass

from openhaven.log.checkpoint import Checkpoint, verify_checkpoint
from openhaven.log.note import VerifierKey, parse_note
from openhaven.log.text import decode_decimal, decode_hash, encode_base64
from openhaven.log.tree import verify_consistency
from openhaven.model.errors import BadInput, NotVerified

MOST_HASHES = 63
Logs = Mapping[str, tuple[VerifierKey, ...]]
"""The logs that a witness follows: their keys, by origin."""


@dataclass(frozen=True)
class Request:
    """What a log asks to have cosigned: the size that the witness saw last, the proof from there, the signed note."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (f"old {self.old}", *map(encode_base64, self.proof), "")) + self.note


class Declined(Exception):
    """The witness does not cosign. `status` is that of HTTP, `size` what it saw last where that is the reason; `shown`
    is a head that the log signed, where it was not shown to continue what was seen."""

    def __init__(self, status: int, says: str, *, size: int | None = None, shown: str = "") -> None:
        super().__init__(says)
        self.status, self.says, self.size, self.shown = status, says, size, shown


def parse_request(text: str) -> Request:
    """Read a request. Raises BadInput that says what is wrong."""
    head, gap, note = text.partition("\n\n")
    old, *hashes = head.split("\n")
    if not gap or not old.startswith("old "):
        raise BadInput("a request is `old N`, hashes, an empty line and a checkpoint", where="request to a witness")
    if len(hashes) > MOST_HASHES:
        raise BadInput(f"{len(hashes)} hashes; at most {MOST_HASHES} are read", where="request to a witness")
    return Request(
        old=decode_decimal(old.removeprefix("old "), where="request to a witness"),
        proof=tuple(decode_hash(line, where="request to a witness") for line in hashes),
        note=note,
    )


def consider(text: str, *, logs: Logs, last: Mapping[str, Checkpoint]) -> Checkpoint:
    """The checkpoint that may be cosigned; it becomes the last one of its log. Raises Declined as the protocol says.

    The caller must hold `last` still until the new checkpoint is kept: else two requests could roll it back."""
    request, checkpoint = _read(text, logs)
    seen = last.get(checkpoint.origin)
    size = seen.size if seen else 0
    if request.old > checkpoint.size:
        raise Declined(400, f"the old size {request.old} is larger than the checkpoint's {checkpoint.size}")
    if seen and checkpoint.size == size and checkpoint.root != seen.root:
        says = f"another root is known for size {size}: the log shows two views"
        raise Declined(409, says, size=size, shown=request.note)
    if request.old != size:
        raise Declined(409, f"the last checkpoint seen here has size {size}", size=size)
    _check_consistent(seen, checkpoint, request)
    return checkpoint


def _read(text: str, logs: Logs) -> tuple[Request, Checkpoint]:
    try:
        request = parse_request(text)
        origin = parse_note(request.note).text.partition("\n")[0]
    except BadInput as problem:
        raise Declined(400, problem.what) from problem
    if origin not in logs:
        raise Declined(404, "this log is not followed here")
    try:
        return request, verify_checkpoint(request.note, logs[origin])[0]
    except NotVerified as problem:
        raise Declined(403, problem.what) from problem


def _check_consistent(seen: Checkpoint | None, checkpoint: Checkpoint, request: Request) -> None:
    if seen is None or seen.size == 0:
        if request.proof:
            raise Declined(422, "nothing was seen before, so the proof must be empty")
        return
    try:
        verify_consistency(
            request.proof, first=seen.size, second=checkpoint.size, first_root=seen.root, second_root=checkpoint.root
        )
    except NotVerified as problem:
        raise Declined(422, problem.what, shown=request.note) from problem
