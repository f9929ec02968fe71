"""Two views of one log: two heads that it signed, in one file that anyone can check, whoever kept it."""

from collections.abc import Iterable
from dataclasses import dataclass

from openhaven.log.checkpoint import Checkpoint, verify_checkpoint
from openhaven.log.note import Note, VerifierKey, parse_note
from openhaven.log.text import unreadable_is_unverified
from openhaven.model.errors import BadInput, NotVerified

FORMAT = "openhaven.log.two-views/1"


@dataclass(frozen=True)
class TwoViews:
    """What was seen of a log first, and what it showed after: two signed notes, word for word. str() gives the file:
    the format, then both notes, an empty line before each."""

    seen: str
    shown: str

    def __post_init__(self) -> None:
        for note in (self.seen, self.shown):
            if parse_note(note) and note.count("\n\n") != 1:
                raise BadInput("a checkpoint has one empty line, before its signatures", where="two views of a log")

    def __str__(self) -> str:
        return f"{FORMAT}\n\n{self.seen}\n{self.shown}"


@dataclass(frozen=True)
class Compared:
    """Both heads of a log, each signed by it."""

    seen: Checkpoint
    shown: Checkpoint

    @property
    def proven(self) -> bool:
        """Whether the two heads alone show two histories: one size has one root."""
        return self.seen.size == self.shown.size

    def __str__(self) -> str:
        seen, shown = self.seen, self.shown
        if self.proven:
            return (
                f"PROVEN: {seen.origin} has two histories. It signed two roots of its first {seen.size} entries: "
                f"{seen.root.hex()} and {shown.root.hex()}."
            )
        return (
            f"NOT PROVEN by these two heads: {seen.origin} signed a head of {seen.size} entries and one of "
            f"{shown.size}, and no proof was given that the larger begins with the smaller. Ask the log for that "
            "proof. Unless it has one, it has two histories."
        )


def by_the_log_alone(note: str) -> str:
    """A signed note with the signatures under its log's own name, and no others. Raises BadInput."""
    parsed = parse_note(note)
    origin = parsed.text.partition("\n")[0]
    return str(Note(parsed.text, tuple(each for each in parsed.signatures if each.name == origin)))


def parse_two_views(text: str) -> TwoViews:
    """Read the file. Raises BadInput."""
    parts = text.split("\n\n")
    if len(parts) != 5 or parts[0] != FORMAT:
        raise BadInput(f"not {FORMAT}, with two signed notes behind it", where="two views of a log")
    return TwoViews(f"{parts[1]}\n\n{parts[2]}\n", f"{parts[3]}\n\n{parts[4]}")


def compare(text: str, trusted: Iterable[VerifierKey]) -> Compared:
    """Both heads in a file, each signed by a key that is trusted to be the log's (or was, before a rotation).

    Raises NotVerified where one is not, or where they are one view: then nothing speaks against the log."""
    keys = tuple(trusted)
    with unreadable_is_unverified():
        views = parse_two_views(text)
    seen, shown = verify_checkpoint(views.seen, keys)[0], verify_checkpoint(views.shown, keys)[0]
    if seen.origin != shown.origin:
        raise NotVerified(f"one head is of {seen.origin}, the other of {shown.origin}", where="two views of a log")
    if (seen.size, seen.root) == (shown.size, shown.root):
        raise NotVerified("both heads say the same: this is one view", where=seen.origin)
    return Compared(seen, shown)
