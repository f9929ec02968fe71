"""What staff do with what people asked about their own data: each deed with its words and what it does, as one table.
Pages and programs both go by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openhaven.casework.asking import Deed, Stage, Tie, Who, why_not
from openhaven.desk.models import Person, Request
from openhaven.desk.patients import copies
from openhaven.desk.patients import requests as desk
from openhaven.desk.patients.requests import Kind, Staff
from openhaven.desk.roles import Role
from openhaven.haven import Haven

ANSWERS = {Role.CASE_OFFICER: Who.OFFICER, Role.GUARDIAN: Who.GUARDIAN}
Does = Callable[[Haven, Request, Staff, str], object]


@dataclass(frozen=True, slots=True)
class Doing:
    """One deed on a page of its own: what it is called, what it asks, and what it does."""

    deed: Deed
    title: str
    label: str
    does: Does
    hint: str = ""
    kinds: frozenset[Kind] = frozenset(Kind)
    button: str = "Go on"


def _decide(upheld: bool) -> Does:
    return lambda haven, request, staff, words: desk.decide(haven, request, staff, upheld=upheld, words=words)


OBJECTION, A_COPY = frozenset({Kind.OBJECTION}), frozenset({Kind.COPY})
READ = "The person reads this. Do not write who they are."
DOINGS = {
    "who": Doing(
        Deed.SHOW_WHO,
        "Record who asks",
        "What showed who they are, and for whom they may ask?",
        lambda haven, request, staff, words: desk.show_who(haven, request, staff, how=words),
        "For example: passport seen, photograph compared. Write no numbers. The time for an answer begins with this.",
    ),
    "back": Doing(
        Deed.ASK_BACK,
        "Ask the person what they mean",
        "What do you ask them?",
        lambda haven, request, staff, words: desk.ask_back(haven, request, staff, words=words),
        f"{READ} The clock stands until they answer.",
    ),
    "on": Doing(
        Deed.GO_ON,
        "Record their answer",
        "What did they answer?",
        lambda haven, request, staff, words: desk.go_on(haven, request, staff, words=words),
        "The clock goes on.",
    ),
    "longer": Doing(
        Deed.EXTEND,
        "Take two months longer",
        "Why does it take longer?",
        lambda haven, request, staff, words: desk.extend(haven, request, staff, words=words),
        f"{READ} Only where it is complex, or they asked for several things; and within the first month.",
    ),
    "make": Doing(
        Deed.MAKE,
        "Have the copy made",
        "",
        lambda haven, request, staff, words: copies.have_made(haven, request, staff),
        "First look whether anything has to be left out. The worker makes the copy, and it waits here for the person.",
        A_COPY,
        "Have it made",
    ),
    "send": Doing(
        Deed.SEND,
        "Take the copy, to send it",
        "How do you send it, and how is it protected on the way?",
        lambda haven, request, staff, words: copies.send(haven, request, staff, words=words),
        "It is saved on your computer. Wipe it there once it is sent. Do not write the address here.",
        A_COPY,
        "Take it",
    ),
    "uphold": Doing(
        Deed.DECIDE,
        "Uphold the objection",
        "Why?",
        _decide(True),
        f"{READ} They stay left out.",
        OBJECTION,
        "Uphold it",
    ),
    "overrule": Doing(
        Deed.DECIDE,
        "Do not uphold the objection",
        "Which compelling grounds override theirs?",
        _decide(False),
        f"{READ} From then on their data is in new uses again.",
        OBJECTION,
        "Do not uphold it",
    ),
    "answer": Doing(
        Deed.ANSWER,
        "Answer it",
        "What you did, and what you told the person",
        lambda haven, request, staff, words: desk.answer(haven, request, staff, outcome=words),
        "They read this. Do not write who they are: that is wiped when you send this.",
        button="Answer it",
    ),
}


def answers_as(person: Person) -> frozenset[Who]:
    """As what somebody answers; nothing where they do not."""
    return frozenset(ANSWERS[post.role] for post in person.posts.all() if post.role in ANSWERS)


def staff_for(person: Person, found: Request, deed: Deed) -> Staff | None:
    """As what somebody does this now; None where they may not."""
    may = [who for who in sorted(answers_as(person)) if not why_not(who, Tie.APART, deed, Stage(found.stage))]
    return Staff(may[0], person.email) if may else None


def is_open(person: Person, found: Request, doing: Doing) -> bool:
    """Whether somebody can do this with a request now."""
    if found.kind not in doing.kinds or staff_for(person, found, doing.deed) is None:
        return False
    return doing.deed is not Deed.SEND or copies.has_copy(found)
