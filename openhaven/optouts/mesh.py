"""The national check as files for MESH: the question we send and the reply that comes back (NDO-16).

Each message has a control file beside it, in which the sender states a local id: the service states it again in what
it sends back, so that a reply can be matched to its question. The numbers alone cannot be."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from xml.etree import ElementTree

from openhaven.model.errors import BadInput

from .numbers import Numbers

WORKFLOW = "SPINE_NTT_UPHOLDING"
MAILBOX = "X26HC036"
_LINE = re.compile(r"[0-9]{10},?")
_MAILBOX = re.compile(r"[A-Za-z0-9]+")
_CONTROL = (
    ("Version", "1.0"),
    ("AddressType", "DTS"),
    ("MessageType", "Data"),
    ("WorkflowId", WORKFLOW),
    ("To_DTS", MAILBOX),
)


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


def control_text(*, mailbox: str, local_id: str) -> str:
    """The control file of a question. `mailbox` is ours, empty where it is not known; no value may hold a colon."""
    root = ElementTree.Element("DTSControl")
    own = (("From_DTS", mailbox), ("Subject", local_id), ("LocalId", local_id))
    for name, value in (*_CONTROL, *own):
        ElementTree.SubElement(root, name).text = value
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def control_names(text: str, *, where: str) -> tuple[str, ...]:
    """The local id and the subject that a control file states, those of them that it does. Raises BadInput."""
    try:
        if "<!" in text:
            raise ElementTree.ParseError("it declares a document type")
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise BadInput(f"this is not a control file of MESH ({error})", where=where) from None
    stated = ((root.findtext(name) or "").strip() for name in ("LocalId", "Subject"))
    return tuple(each for each in stated if each)


def named_question(local_ids: Sequence[str], *, control: Sequence[str], file_name: str) -> str | None:
    """Which of our questions, by local id, a reply says that it answers: in its control file, else in its name.

    None where it says nothing. Raises BadInput where its control file names only what we never asked."""
    ours = [each for each in local_ids if each]
    if control:
        if found := [each for each in ours if each in control]:
            return found[0]
        raise BadInput(
            "its control file names no question of this haven",
            where=file_name,
            todo="Load the reply that came to the question, with the control file that came with it.",
        )
    return next((each for each in ours if each in file_name), None)


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
    return re.sub(r"[0-9](?:[ -]?[0-9]){5,}", "(a number)", line)[:200]
