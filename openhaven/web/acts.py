"""What those who review and decide can do with a case: each act with its words and what is typed for it, as one table.
Pages and programs both go by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from openhaven.casework.questions import Choice, Input, Kind, Question, coded, fixed, pairs_offered
from openhaven.casework.reading import Typed, read
from openhaven.casework.states import Action
from openhaven.desk import cases, reviewing, settling
from openhaven.desk.models import Case, Person
from openhaven.desk.offers import offered_to
from openhaven.desk.reviewing import Heard
from openhaven.desk.settling import Open
from openhaven.haven import Haven
from openhaven.haven.deciding import Decided
from openhaven.model.errors import BadInput
from openhaven.model.record.advice import Advice
from openhaven.model.record.controllers import Say

K = Kind
WHY = Input("text", "Why", K.LONG, most=cases.LONGEST)
TO_APPLICANT = Input("text", "What you ask the applicant", K.LONG, most=cases.LONGEST)
CONDITIONS = Input("conditions", "Conditions, one on each line", K.LONG, most=cases.LONGEST, optional=True)
OPINES = Input("says", "What do you think?", K.CHOICE, choices=coded(dict.fromkeys(reviewing.Opines, "")))
ADVISES = Input("says", "What is the advice?", K.CHOICE, choices=coded(dict.fromkeys(Advice, "")))
GUARDIAN = Input("says", "What do you recommend?", K.CHOICE, choices=coded(dict.fromkeys(Advice, "")))
SAYS = Input("says", "What does the controller say?", K.CHOICE, choices=fixed(
    Choice(Say.YES, "Yes", "Data of this controller may leave for this application"),
    Choice(Say.DECLINES, "It declines", "Data of this controller is left out")))  # fmt: skip
UNTIL = Input("until", "Until when does this stand?", K.DATE)
PAIR = Input("pair", "On which grounds does the controller give its data out?", K.PICK, choices=pairs_offered)

ANSWERS = Input("says", "What do you answer?", K.CHOICE, choices=fixed(
    Choice(Advice.SUPPORTS, "I have read these words, and I recommend this use",
           "It is for health or care, and serves neither insurance nor marketing nor selling"),
    Choice(Advice.OPPOSES, "I do not recommend it")))  # fmt: skip
READ = "Which of these have you read?"

Does = Callable[[Haven, Case, Person, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a page of its own: what it asks, what it says of itself, and what it does."""

    action: Action
    title: str
    button: str
    does: Does
    inputs: tuple[Input, ...] = ()
    hint: str = ""
    grave: bool = False


def _takes(action: Action) -> Does:
    return lambda haven, case, person, said: cases.take(haven, case, person, action, text=said.get("text", ""))


def _hears(act: Callable[[Haven, Case, Person, Heard], None]) -> Does:
    return lambda haven, case, person, said: act(haven, case, person, Heard(**said))


def _decides(action: Action) -> Does:
    return lambda haven, case, person, said: reviewing.decide(haven, case, person, action, Heard(**said))


def _minutes(routine: bool) -> Does:
    return lambda haven, case, person, said: reviewing.minute(haven, case, person, Heard(**said), routine=routine)


def _authorises(haven: Haven, case: Case, person: Person, said: Mapping[str, Any]) -> None:
    until = dt.date.fromisoformat(said["until"])
    reviewing.authorise(haven, case, person, reviewing.Answered(said["says"], until, said["pair"]))


def _settles(haven: Haven, case: Case, person: Person, said: Mapping[str, Any]) -> None:
    settling.settle(haven, case, person, Heard(said["text"], says=said["says"]), tuple(said["read"]))


A = Action
RECORDED = "This becomes a record, under your name, and cannot be taken back; a later one takes its place."
ACTS: Mapping[str, Act] = MappingProxyType({
    "check": Act(A.CHECK, "Is the application complete?", "Yes, pass it on", _takes(A.CHECK),
                 hint="Legal basis, security, feasibility, purpose and benefit are there to be judged (DARS-02)."),
    "ask": Act(A.ASK, "Send it back with questions", "Send back", _takes(A.ASK), (TO_APPLICANT,)),
    "advisers": Act(A.TO_ADVISERS, "Send it to the advisers?", "Send", _takes(A.TO_ADVISERS)),
    "opinion": Act(A.ADVISE, "Your opinion", "Give it",
                   _hears(reviewing.advise), (OPINES, WHY),
                   hint="The others' opinions are shown once you have given yours."),
    "minute": Act(A.MINUTE, "Minute the discussion", "Record the advice", _minutes(False), (ADVISES, WHY, CONDITIONS),
                  hint="The advice becomes a record that the engine reads."),
    "routine": Act(A.MINUTE_ROUTINE, "Minute it as routine", "Record", _minutes(True), (ADVISES, WHY, CONDITIONS),
                   hint="Only for a table with small numbers suppressed: it needs no advisers (DARS-12)."),
    "recommend": Act(A.RECOMMEND, "Your recommendation as Caldicott Guardian", "Record it",
                     _hears(reviewing.recommend), (GUARDIAN, WHY, CONDITIONS), hint=RECORDED),
    "authority": Act(A.AUTHORISE, "The controller's answer", "Record it", _authorises, (SAYS, UNTIL, PAIR),
                     hint=RECORDED),
    "answer": Act(A.SETTLE, "Answer what the law leaves to two people", "Record it", _settles, (ANSWERS, WHY),
                  hint="A rule cannot say what these words mean, so two people do: the senior information risk owner, "
                       "and the Caldicott Guardian of an organisation that gives the data. Each answer is a "
                       "recommendation of this application, under your name, for these very words; a guardian's counts "
                       "once their controller gives its data for the use. A later one takes its place, and the "
                       "decision is made again."),
    "approve": Act(A.APPROVE, "Approve this use", "Approve", _decides(A.APPROVE), (WHY, CONDITIONS), hint=RECORDED),
    "refuse": Act(A.REFUSE, "Refuse this use", "Refuse", _decides(A.REFUSE), (WHY,), hint=RECORDED, grave=True),
    "refer": Act(A.REFER_ON, "Refer it elsewhere", "Refer", _decides(A.REFER_ON), (WHY,),
                 hint="Say to whom: a committee, another body, the courts."),
    "take-up": Act(A.TAKE_UP, "Take it up again", "Take up", _takes(A.TAKE_UP), (WHY,)),
    "withdraw": Act(A.WITHDRAW, "Withdraw this application?", "Withdraw", _takes(A.WITHDRAW), grave=True,
                    hint="It stays on record, and nothing more is done with it. You can begin another."),
})  # fmt: skip
"""Every act that has a page, by its place in the address."""


def attempt(haven: Haven, case: Case, person: Person, act: Act, typed: Typed) -> Mapping[str, str]:
    """Do what was filled in. Returns what is wrong with it by the input's name, nothing where it was done.

    Raises BadInput, NotAllowed, and Stale where the case is another than the person saw."""
    found = read(form_of(haven, case, act), typed, offered_to(haven, case.organisation), case.answers)
    if not found.wrong:
        act.does(haven, case, person, found.answer)
    return found.wrong


def form_of(haven: Haven, case: Case, act: Act) -> Question:
    """What is typed for an act, as a page of one question."""
    return Question(act.action.name, "", act.title, inputs_of(haven, case, act), hint=act.hint)


def inputs_of(haven: Haven, case: Case, act: Act) -> tuple[Input, ...]:
    """What is typed for an act: where two people answer, also which of the texts they have read, ticked one by one."""
    if act.action is not A.SETTLE:
        return act.inputs
    texts = fixed(*(
        Choice(each.mark, f"{place}. {each.where[:1].upper()}{each.where[1:]}")
        for place, each in enumerate(left_in(haven, case).left, start=1)
    ))  # fmt: skip
    return (Input("read", READ, K.CHOICES, choices=texts, optional=True), *act.inputs)


def acts_open(can: frozenset[Action], left: Callable[[], Open]) -> list[tuple[str, Act]]:
    """What a person can do now who `can` do this: answer only where something is `left` to them as one of two."""
    idle = {A.SETTLE} if A.SETTLE in can and not left().left else set()
    return [(name, act) for name, act in ACTS.items() if act.action in can - idle]


def left_in(haven: Haven, case: Case) -> Open:
    """What the law leaves to two people in a case; nothing where the answers make no application."""
    try:
        return settling.open_in(haven, case)
    except BadInput:
        return Open()


def left_to(haven: Haven, case: Case, person: Person, found: Decided | None = None) -> Open:
    """The same for this person, who may be one of the two: nothing where their answer would be refused."""
    try:
        return settling.open_to(haven, case, person, found)
    except BadInput:
        return Open()
