"""Small files of text as they are sent: what they are written in, and the rows of a CSV that is read by Python."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path

from openhaven.model.errors import BadInput

_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_LOOKED_AT = 64


def wide_encoding(beginning: bytes) -> str:
    """What the text is written in, where its first bytes show that it takes two or four bytes a letter; else nothing.
    Without a mark, every other byte of a heading is then nothing."""
    for mark, encoding in _MARKS.items():
        if beginning.startswith(mark):
            return encoding
    looked = beginning[:_LOOKED_AT]
    even, odd = looked[::2], looked[1::2]
    if len(looked) > 3 and any(even) != any(odd):
        return "UTF-16LE" if any(even) and all(even) else "UTF-16BE" if any(odd) and all(odd) else ""
    return ""


def read_text(path: Path) -> str:
    """A text file, without its byte-order mark. Raises BadInput where it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("this is not UTF-8 text", where=str(path), todo="Save it as UTF-8.") from None


def csv_rows(text: str, *, where: str) -> Iterator[tuple[int, list[str]]]:
    """The heading, then each row that is not empty, with the line on which it ends. Raises BadInput for a row that has
    not just as many values as the heading: they would be read under each other's names."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    width = 0
    try:
        for row in filter(None, rows):
            line, width = rows.line_num, width or len(row)
            if "\0" in "".join(row):
                raise BadInput(f"line {line} has a NUL byte, which no text has", where=where)
            if len(row) != width:
                raise BadInput(f"line {line} has {len(row)} values, the heading has {width}", where=where)
            yield line, row
    except csv.Error as error:
        todo = "Look for a quote that is not closed."
        raise BadInput(f"line {rows.line_num} cannot be read as CSV ({error})", where=where, todo=todo) from None
