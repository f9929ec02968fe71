"""NDJSON, one object a line: read as text, and rewritten value by value so that all else stays as it was."""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.decoder import scanstring
from pathlib import Path

from openhaven.model.errors import BadInput
from openhaven.vault.texts import wide_encoding

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


@dataclass(frozen=True)
class Member:
    """One value of a line's object: what it is as text, and where it stands in the line."""

    text: str
    start: int
    end: int


def members(line: str, *, where: str) -> dict[str, Member]:
    """The members of the object on a line. A null is the empty text; numbers keep their digits as written."""
    found: dict[str, Member] = {}
    try:
        at = _skip(line, 0)
        if line[at] != "{":
            raise ValueError("not an object")
        at = _skip(line, at + 1)
        while line[at] != "}":
            if line[at] != '"':
                raise ValueError("a name is missing")
            name, at = scanstring(line, at + 1)
            start = _after(line, at, ":")
            value, end = _DECODER.raw_decode(line, start)
            if name in found:
                raise BadInput(f"the line has {name!r} twice", where=where)
            found[name] = Member(_text(value, line[start:end]), start, end)
            at = _skip(line, end)
            if line[at] == ",":
                at = _skip(line, at + 1)
            elif line[at] != "}":
                raise ValueError("a comma is missing")
        if line[at + 1 :].strip(_SPACE):
            raise ValueError("something follows the object")
    except (ValueError, IndexError) as error:
        raise BadInput("the line is not one JSON object", where=where, todo="Nothing is written.") from error
    if "\\u" in line and not _whole_characters(found):
        raise BadInput("the line holds half a character, as \\ud800 is", where=where, todo="Nothing is written.")
    return found


def _whole_characters(found: dict[str, Member]) -> bool:
    try:
        "".join((*found, *(member.text for member in found.values()))).encode()
    except UnicodeEncodeError:
        return False
    return True


def _skip(line: str, at: int) -> int:
    while line[at] in _SPACE:
        at += 1
    return at


def _after(line: str, at: int, mark: str) -> int:
    at = _skip(line, at)
    if line[at] != mark:
        raise ValueError(f"{mark} is missing")
    return _skip(line, at + 1)


def _text(value: object, raw: str) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else raw


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each line, its end included. Raises BadInput on NUL bytes and on what is not UTF-8."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if number == 1:
                _check_beginning(path, raw)
            if b"\0" in raw:
                raise BadInput("the line holds a NUL byte", where=f"{path}, line {number}")
            try:
                yield number, raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise BadInput("the line is not UTF-8", where=f"{path}, line {number}") from error


def _check_beginning(path: Path, raw: bytes) -> None:
    better = path.with_suffix(".utf8" + path.suffix)
    if wide := wide_encoding(raw):
        todo = f"Convert it: iconv -f {wide} -t UTF-8 '{path}' > '{better}'"
        raise BadInput(f"the file is {wide}, not UTF-8", where=str(path), todo=todo)
    if raw.startswith(BOM_UTF8):
        todo = f"Take it off: tail -c +4 '{path}' > '{better}'"
        raise BadInput("the line begins with a byte order mark, which JSON has not", where=f"{path}, line 1", todo=todo)


def replaced(line: str, found: dict[str, Member], changes: Sequence[tuple[str, str]]) -> str:
    """The line with these members' values replaced by these texts; who is not there is added at the end."""
    pieces, at = [], 0
    known = [change for change in changes if change[0] in found]
    for name, text in sorted(known, key=lambda change: found[change[0]].start):
        pieces += [line[at : found[name].start], json.dumps(text, ensure_ascii=False)]
        at = found[name].end
    last = max(member.end for member in found.values())
    added = [
        f", {json.dumps(name)}: {json.dumps(text, ensure_ascii=False)}" for name, text in changes if name not in found
    ]
    return "".join((*pieces, line[at:last], *added, line[last:]))
