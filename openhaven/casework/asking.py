"""What people ask about their own data, or for another: who may do what, in which state, as one table.

Staff answer; the person, or who acts for them on evidence in date, asks and collects. A proxy may less than the person,
and who acts for somebody who has died only what the Act of 1990 gives: data protection law ends with a life, the duty
of confidence does not (SAR-07)."""

from dataclasses import dataclass
from enum import StrEnum

from openhaven.casework.exemptions import Regime


class Who(StrEnum):
    """As what somebody comes."""

    PERSON = "the person"
    PARENT = "parent"
    ATTORNEY = "attorney"
    DEPUTY = "court deputy"
    CHOSEN = "somebody they chose"
    REPRESENTATIVE = "personal representative"
    CLAIMANT = "claimant"
    OFFICER = "case officer"
    GUARDIAN = "Caldicott Guardian"
    OTHER_STAFF = "other staff"


class Tie(StrEnum):
    """What ties somebody to the person whom it is about."""

    OWN = "it is about them"
    ACTS = "acts for them, on evidence in date"
    LAPSED = "the evidence has ended, or a review is due"
    APART = "no part in it"


class Stage(StrEnum):
    """Where a request stands; `NONE` where there is none yet."""

    NONE = "no request"
    UNPROVEN = "who asks is to be proven"
    RUNNING = "being worked on"
    STOPPED = "waiting for the person"
    MAKING = "the copy is being made"
    READY = "the copy is ready"
    ANSWERED = "answered"


class Deed(StrEnum):
    """What somebody does."""

    SEE_USES = "see where data was used"
    PROVE = "take the proof of a use"
    SEE_YES = "see what was said yes to"
    ASK_COPY = "ask for a copy"
    OBJECT = "object"
    SAY_YES = "say yes to a study"
    TAKE_BACK = "take back a yes"
    COMPLAIN = "complain"
    COLLECT = "collect the copy"
    END_PROXY = "end what a proxy may do"
    READ = "read a request"
    SHOW_WHO = "record who asks"
    ASK_BACK = "ask the person what they mean"
    GO_ON = "record their answer"
    EXTEND = "take longer"
    LEAVE_OUT = "leave something out"
    PUT_BACK = "put it back"
    MAKE = "have the copy made"
    SEND = "take the copy, to send it"
    DECIDE = "decide on an objection"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `to` is None where the stage stays."""

    deed: Deed
    who: frozenset[Who]
    ties: frozenset[Tie]
    stages: frozenset[Stage]
    to: Stage | None = None


W, T, G, D = Who, Tie, Stage, Deed
SPEAK = (W.PARENT, W.ATTORNEY, W.DEPUTY)
"""Who stands in the person's place while they live."""
DEAD = frozenset({W.REPRESENTATIVE, W.CLAIMANT})
"""Who acts for somebody who has died."""
PROXIES = frozenset({*SPEAK, W.CHOSEN, *DEAD})
STAFF = (W.OFFICER, W.GUARDIAN)
OPEN = (G.UNPROVEN, G.RUNNING, G.STOPPED, G.READY)
ALREADY = tuple(each for each in Stage if each is not G.NONE)


def _person(deed: Deed, *stages: Stage) -> Line:
    return Line(deed, frozenset({W.PERSON}), frozenset({T.OWN}), frozenset(stages))


def _proxy(deed: Deed, who: tuple[Who, ...], *stages: Stage) -> Line:
    return Line(deed, frozenset(who), frozenset({T.ACTS}), frozenset(stages))


def _staff(deed: Deed, who: tuple[Who, ...], stages: tuple[Stage, ...], to: Stage | None = None) -> Line:
    return Line(deed, frozenset(who), frozenset({T.APART}), frozenset(stages), to)


TABLE = (
    *(
        _person(each, G.NONE)
        for each in (
            D.SEE_USES,
            D.PROVE,
            D.SEE_YES,
            D.ASK_COPY,
            D.OBJECT,
            D.SAY_YES,
            D.TAKE_BACK,
            D.COMPLAIN,
            D.END_PROXY,
        )
    ),
    _person(D.COLLECT, G.READY, G.ANSWERED),
    _proxy(D.SEE_USES, (*SPEAK, W.CHOSEN, W.REPRESENTATIVE), G.NONE),
    _proxy(D.PROVE, SPEAK, G.NONE),
    _proxy(D.ASK_COPY, (*SPEAK, W.CHOSEN, W.REPRESENTATIVE, W.CLAIMANT), G.NONE),
    _proxy(D.OBJECT, SPEAK, G.NONE),
    _proxy(D.SAY_YES, (W.PARENT,), G.NONE),
    _proxy(D.TAKE_BACK, SPEAK, G.NONE),
    _proxy(D.COMPLAIN, tuple(PROXIES), G.NONE),
    _proxy(D.COLLECT, (*SPEAK, W.CHOSEN, W.REPRESENTATIVE), G.READY, G.ANSWERED),
    _staff(D.READ, STAFF, ALREADY),
    _staff(D.SHOW_WHO, (W.OFFICER,), (G.UNPROVEN,), G.RUNNING),
    _staff(D.ASK_BACK, (W.OFFICER,), (G.RUNNING,), G.STOPPED),
    _staff(D.GO_ON, (W.OFFICER,), (G.STOPPED,), G.RUNNING),
    _staff(D.EXTEND, (W.OFFICER,), (G.RUNNING, G.STOPPED)),
    _staff(D.LEAVE_OUT, (W.GUARDIAN,), (G.UNPROVEN, G.RUNNING, G.STOPPED)),
    _staff(D.PUT_BACK, (W.GUARDIAN,), (G.UNPROVEN, G.RUNNING, G.STOPPED)),
    _staff(D.MAKE, (W.OFFICER,), (G.RUNNING, G.READY), G.MAKING),
    _staff(D.SEND, (W.OFFICER,), (G.READY,)),
    _staff(D.DECIDE, (W.GUARDIAN,), (G.RUNNING, G.STOPPED)),
    _staff(D.ANSWER, STAFF, OPEN, G.ANSWERED),
)


IN_PERSON = frozenset({D.READ, D.LEAVE_OUT, D.PUT_BACK, D.DECIDE, D.ANSWER})
"""Who it is and what they wrote, what is kept from them, and what ends their request: by a program only for who shows
that they are there."""
ON_PAGES = frozenset({D.SEND})
"""All that is held of a person: it goes through no program."""


def may(who: Who, tie: Tie, deed: Deed, stage: Stage) -> bool:
    """Whether somebody may do this now."""
    return not why_not(who, tie, deed, stage)


def why_not(who: Who, tie: Tie, deed: Deed, stage: Stage) -> str:
    """Why somebody may not do this now, for them to read; empty where they may."""
    lines = [each for each in TABLE if each.deed is deed and who in each.who]
    if not lines:
        return "this is not yours to do"
    if not (lines := [each for each in lines if tie in each.ties]):
        return _WHY_TIED[tie]
    return "" if any(stage in each.stages for each in lines) else f"it stands so: {stage}"


_WHY_TIED = {
    Tie.OWN: "it is about yourself",
    Tie.ACTS: "you act for the person whom it is about",
    Tie.LAPSED: "what shows that you may act for them has ended, or has to be looked at again",
    Tie.APART: "you have no part in it",
}


def stage_after(deed: Deed, stage: Stage) -> Stage:
    """Where a request stands after a deed."""
    found = next((each.to for each in TABLE if each.deed is deed and stage in each.stages), None)
    return found or stage


def regime_of(who: Who) -> Regime:
    """The law under which who asks is given a copy."""
    return Regime.DEAD if who in DEAD else Regime.LIVING
