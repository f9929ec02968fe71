"""The national check as files for MESH: the question we send and the reply that comes back (NDO-16)."""

from __future__ import annotations

import datetime as dt
import re

from openhaven.model.errors import BadInput

from .numbers import Numbers

WORKFLOW = "SPINE_NTT_UPHOLDING"
MAILBOX = "X26HC036"
_LINE = re.compile(r"[0-9]{10},?")
_MAILBOX = re.compile(r"[A-Za-z0-9]+")


def question_text(numbers: Numbers) -> str:
    """One number a line, each followed by a comma and a line feed, in ascending order."""
    return "".join(f"{number},\n" for number in numbers)


def question_name(*, mailbox: str, on: dt.date, serial: int) -> str:
    """The file's name: mailbox, day as ddmmyy, and a serial number of four digits."""
    if not _MAILBOX.fullmatch(mailbox):
        raise BadInput(f"mailbox {mailbox!r} is not letters and digits", todo="Use the mailbox's id as MESH gave it.")
    if not 0 <= serial <= 9999:
        raise BadInput(f"serial {serial} does not fit four digits", todo="Use 0 to 9999.")
    return f"{mailbox}-{on:%d%m%y}-{serial:04d}.dat"


def read_reply(text: str, *, where: str) -> Numbers:
    """The numbers that may flow. Raises BadInput for the one-line error file that answers a malformed question, and
    for any line that is not a number, naming the line and never printing what might be one."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").removesuffix("\n").split("\n")
    if lines == [""]:
        return Numbers.of([])
    if len(lines) == 1 and not _LINE.fullmatch(lines[0]):
        raise BadInput(
            f"the service refused the question: {_without_numbers(lines[0])}",
            where=where,
            todo="Put the question right and send it again; nobody flows until then.",
        )
    for place, line in enumerate(lines, start=1):
        if not _LINE.fullmatch(line):
            raise BadInput(
                f"line {place} is not a number followed by a comma",
                where=where,
                todo="The reply is damaged. Fetch it again.",
            )
    return Numbers.of(line.rstrip(",") for line in lines)


def _without_numbers(line: str) -> str:
    return re.sub(r"[0-9]{6,}", "(a number)", line)[:200]
