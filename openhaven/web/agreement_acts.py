"""What people can do with an agreement: each act with its words and what is typed for it, as one table. Pages and
programs both go by it, and programs do none that is a person's own word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from openhaven.casework.agreeing import DESTROY_DAYS, Chosen
from openhaven.casework.questions import YES, YES_NO, Choice, Input, Kind, Offered, Question, fixed
from openhaven.casework.reading import Typed, read
from openhaven.casework.states import Action
from openhaven.desk import cases
from openhaven.desk.agreements import drawing, ending, signing
from openhaven.desk.models import Case, Person
from openhaven.desk.offers import name_of
from openhaven.haven import Haven
from openhaven.model.errors import BadInput

A, K = Action, Kind
MOST_DAYS, MOST_POUNDS = 3_650, 10_000_000
WHY = Input("text", "Why", K.LONG, most=cases.LONGEST)
ASKED = Input("text", "How you asked: which letter was sent, when, and to whom", K.LONG, most=cases.LONGEST)
ENDS = Input("ends", "Last day", K.DATE, hint="Leave it empty for the day that was asked for. It is cut where it would "
             "outlive what the decision rests on.", optional=True)  # fmt: skip
LATER = Input("ends", "The new last day", K.DATE)
DAYS = Input("days", "Days left after the end for the destruction", K.LINE, most=4)
CHARGE = Input("charge", "What our work costs, in whole pounds", K.LINE, most=8, optional=True,
               hint="Leave it empty where nothing is charged. The data has no price (DARS-15).")  # fmt: skip
CHARGE_FOR = Input("charge_for", "For which work", K.LINE, optional=True, most=500)
READ_IT = Input("read", "Your signature", K.CHOICE, choices=fixed(
    Choice(YES, "I have read this version, and I sign it for those whom I stand for")))  # fmt: skip
DONE = Input("done", "On which day was it destroyed?", K.DATE, hint="For example, 27 3 2026")
HOW = Input("how", "How was it destroyed?", K.LONG, most=cases.LONGEST)
BACKUPS = Input("backups", "Are the backups destroyed too?", K.CHOICE, choices=fixed(*YES_NO))
LEFT = Input("left", "What is still there, and why", K.LONG, most=cases.LONGEST, optional=True,
             hint="Leave it empty where nothing is.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Done:
    """An act asked for: by whom, on which case, what was said in the form, and the version that was seen."""

    haven: Haven
    case: Case
    person: Person
    said: Mapping[str, Any]
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a page of its own."""

    action: Action
    title: str
    button: str
    does: Callable[[Done], object]
    inputs: tuple[Input, ...] = ()
    hint: str = ""
    grave: bool = False
    signs: bool = False


def _number(said: str, *, most: int, what: str) -> int:
    if not said.isascii() or not said.isdecimal() or int(said) > most:
        raise BadInput(f"Give {what} as a whole number, at most {most:,}")
    return int(said)


def _chosen(said: Mapping[str, Any]) -> Chosen:
    charge = _number(said.get("charge") or "0", most=MOST_POUNDS, what="the charge")
    days = _number(said.get("days") or str(DESTROY_DAYS), most=MOST_DAYS, what="the days")
    ends = dt.date.fromisoformat(said["ends"]) if said.get("ends") else None
    return Chosen(ends, days, charge, said.get("charge_for", ""))


def _certifies(done: Done) -> None:
    said = done.said
    ending.certify(done.haven, done.case, done.person, ending.Certified(
        dt.date.fromisoformat(said["done"]), said["how"], said["backups"] == YES, tuple(said["holders"]), said["left"]
    ))  # fmt: skip


def _with_reason(does: Callable[[Haven, Case, Person, str], None]) -> Callable[[Done], None]:
    return lambda done: does(done.haven, done.case, done.person, done.said["text"])


def _signing(does: Callable[[Haven, Case, Person, signing.Shown], object]) -> Callable[[Done], object]:
    return lambda done: does(done.haven, done.case, done.person, signing.Shown(done.seen))


ACTS: Mapping[str, Act] = MappingProxyType({
    "draw-up": Act(A.DRAW_UP, "Draw up the agreement", "Draw up",
                   lambda done: drawing.draw_up(done.haven, done.case, done.person, _chosen(done.said)),
                   (ENDS, DAYS, CHARGE, CHARGE_FOR),
                   hint="All other terms come from the application and the decision. A new version takes the place of "
                        "one that is not signed by both sides yet."),
    "sign": Act(A.SIGN, "Sign for the recipient", "Sign", _signing(signing.sign), (READ_IT,), signs=True,
                hint="It is in force once the haven has signed too."),
    "countersign": Act(A.COUNTERSIGN, "Sign for the haven", "Sign", _signing(signing.countersign), (READ_IT,),
                       signs=True, hint="Then it is in force: it enters the log, and the engine decides with it."),
    "extend": Act(A.EXTEND, "Propose a longer term", "Propose",
                  lambda done: drawing.extend(done.haven, done.case, done.person, _chosen(done.said)),
                  (LATER, DAYS, CHARGE, CHARGE_FOR),
                  hint="Both sides sign it. Until then the present term stands."),
    "amend": Act(A.AMEND, "Ask for an amendment", "Begin",
                 lambda done: drawing.amend(done.haven, done.case, done.person),
                 hint="A new application begins with your answers. Change what shall be another, and submit it: it is "
                      "decided afresh, and those who review it look at what differs. Until it is signed, this "
                      "agreement stands."),
    "suspend": Act(A.SUSPEND, "Suspend this agreement", "Suspend", _with_reason(ending.suspend), (WHY,), grave=True,
                   hint="From now on nothing leaves under it, not even a release that is being made."),
    "lift": Act(A.LIFT, "Lift the suspension", "Lift it", _with_reason(ending.lift), (WHY,),
                hint="What was suspended today stays so until tomorrow."),
    "end": Act(A.END, "End this agreement", "End it", _with_reason(ending.end), (WHY,), grave=True,
               hint="Nothing leaves under it any more, and the recipient has to destroy what it holds."),
    "chase": Act(A.CHASE, "Ask for the destruction once more", "Keep it", _with_reason(ending.chase), (ASKED,),
                 hint="Those who sign for the recipient are told by mail that it waits for them, and read this here."),
    "destroy": Act(A.DESTROY, "Certify the destruction", "Certify", _certifies, (DONE, HOW, BACKUPS, LEFT),
                   hint="You certify it for your organisation, and for those who held the data for it."),
    "destroyed": Act(A.CERTIFY, "Record the destruction", "Record",
                     lambda done: ending.record_destruction(done.haven, done.case, done.person),
                     hint="Each file released under the agreement enters the log as destroyed."),
})  # fmt: skip
"""Every act that has a page, by its place in the address."""


def acts_open(case: Case, can: frozenset[Action]) -> list[tuple[str, Act]]:
    """What a person can do now: of signing only what waits for them."""
    left_out = {A.SIGN, A.COUNTERSIGN} - {drawing.to_sign(case)}
    return [(name, act) for name, act in ACTS.items() if act.action in can - left_out]


def inputs_of(haven: Haven, case: Case, act: Act) -> tuple[Input, ...]:
    """What is typed for an act: of a destruction also who held the data, to be ticked one by one."""
    now = drawing.agreed(case)
    if act.action is not A.DESTROY or now is None:
        return act.inputs
    named = fixed(*(Choice(each, name_of(haven, each)) for each in ending.holders(now)))
    return (*act.inputs, Input("holders", "Who has destroyed what they held?", K.CHOICES, choices=named))


def form_of(haven: Haven, case: Case, name: str) -> Question:
    """What is typed for an act, as a page of one question."""
    each = ACTS[name]
    return Question(name, "", each.title, inputs_of(haven, case, each), hint=each.hint)


def attempt(haven: Haven, case: Case, person: Person, name: str, typed: Typed, *, seen: str = "") -> Mapping[str, str]:
    """Do what was filled in. `seen` is the digest of the version that was read, where it is signed. Returns what is
    wrong with it by the input's name, nothing where it was done.

    Raises BadInput, NotAllowed, and Stale where the case or the version is another than the person saw."""
    found = read(form_of(haven, case, name), typed, Offered(), {})
    if not found.wrong:
        ACTS[name].does(Done(haven, case, person, found.answer, seen))
    return found.wrong
