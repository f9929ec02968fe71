"""The keys that a reader trusts, brought up to date by announcements of rotations; files only, no haven needed."""

from collections.abc import Sequence
from pathlib import Path

from openhaven.log.rotation import HEADER, follow
from openhaven.model.errors import BadInput
from openhaven.package.manifest import parse_trusted_lines


def followed(lines: Sequence[str], announcements: Sequence[Path]) -> tuple[str, ...]:
    """The lines of a file of keys with announcements followed, one after the other.

    Raises BadInput where a file cannot be read, NotVerified where what it announces is not signed by a trusted key."""
    trusted = parse_trusted_lines(lines)
    for path in announcements:
        try:
            note = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise BadInput(f"cannot be read as an announcement ({problem})", where=str(path)) from None
        for each in announcements_in(note, where=str(path)):
            trusted = follow(trusted, each)
    return tuple(map(str, trusted))


def announcements_in(text: str, *, where: str) -> list[str]:
    """The announcements in a file, as the commands print them: words before the first are passed over."""
    found = [f"{HEADER}{rest.rstrip()}\n" for rest in text.split(HEADER)[1:]]
    if not found:
        raise BadInput(f"no announcement is in it: one begins with {HEADER}", where=where)
    return found
