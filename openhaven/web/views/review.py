"""What those who review and decide see and do: the queue, a case with its decision explained, each act on a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.casework.answers import Changed, changes, finding_changes, read, shown
from openhaven.casework.clocks import due
from openhaven.casework.questions import (
    SECTIONS,
    Choice,
    Input,
    Kind,
    Offered,
    Question,
    asked,
    coded,
    fixed,
    pairs_offered,
)
from openhaven.casework.states import Action, State
from openhaven.desk import cases, documents, reviewing
from openhaven.desk.drawing import agreement_id
from openhaven.desk.models import Case, Person
from openhaven.desk.offers import name_of, offered_to
from openhaven.desk.provisional import application as asked_for
from openhaven.desk.provisional import decided, refused_beyond_agreement, turned
from openhaven.desk.reviewing import Heard
from openhaven.haven import Haven
from openhaven.haven.place import LONDON
from openhaven.model.errors import BadInput
from openhaven.model.record import Advice, Say
from openhaven.web.explained import explained
from openhaven.web.pages import page
from openhaven.web.search import paged
from openhaven.web.staying import given_back, or_404, signed_in, typed_in
from openhaven.web.views.apply import _as_seen as as_seen

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
    "approve": Act(A.APPROVE, "Approve this use", "Approve", _decides(A.APPROVE), (WHY, CONDITIONS), hint=RECORDED),
    "refuse": Act(A.REFUSE, "Refuse this use", "Refuse", _decides(A.REFUSE), (WHY,), hint=RECORDED, grave=True),
    "refer": Act(A.REFER_ON, "Refer it elsewhere", "Refer", _decides(A.REFER_ON), (WHY,),
                 hint="Say to whom: a committee, another body, the courts."),
    "take-up": Act(A.TAKE_UP, "Take it up again", "Take up", _takes(A.TAKE_UP), (WHY,)),
    "withdraw": Act(A.WITHDRAW, "Withdraw this application?", "Withdraw", _takes(A.WITHDRAW), grave=True,
                    hint="It stays on record, and nothing more is done with it. You can begin another."),
})  # fmt: skip
"""Every act that has a page, by its place in the address."""


@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """The cases that a person may look at, with what is due."""
    haven, today = request.haven, request.haven.today()
    found = cases.visible(haven, request.user, Action.READ_REVIEW)
    listed = [{"case": each, "due": _due(each, today), "of": name_of(haven, each.organisation)} for each in found]
    listed.sort(key=lambda each: each["due"]["by"] if each["due"] else dt.date.max)
    return page(request, "queue.html", **paged(request, listed))


def _due(case: Case, today: dt.date) -> dict[str, Any] | None:
    found = due(case.stands, since=case.since.astimezone(LONDON).date(), on=today)
    if found is None:
        return None
    clock, by = found
    return {"what": clock.what, "by": by, "late": by < today, "citation": clock.citation}


def _reviewed(request: HttpRequest, id: str) -> Case:
    case: Case = or_404(cases.find(request.haven, id, request.user, Action.READ_REVIEW))
    return case


def _frame(request: HttpRequest, case: Case) -> dict[str, Any]:
    can = cases.can(request.haven, case, request.user)
    return {
        "case": case,
        "can": can,
        "acts": [(name, act) for name, act in ACTS.items() if act.action in can],
        "crumbs": [
            {"href": reverse("review_queue"), "text": "Cases"},
            {"href": reverse("review", args=[case.pk]), "text": case.title},
        ],
    }


@signed_in
def review(request: HttpRequest, id: str) -> HttpResponse:
    """One case: where it stands, what was answered, what was said, and what can be done."""
    case = _reviewed(request, id)
    offered = offered_to(request.haven, case.organisation)
    told = [(each, shown(each, case.answers.get(each.id), offered, case.answers)) for each in
            asked(offered, case.answers)]  # fmt: skip
    found, wrong = _decided(request, case)
    return page(
        request,
        "review.html",
        **_frame(request, case),
        of=name_of(request.haven, case.organisation),
        due=_due(case, request.haven.today()),
        sections=[(name, [each for each in told if each[0].section == name]) for name in SECTIONS],
        told=None if found is None else explained(found.decision),
        wrong=wrong,
        stop=found is not None and refused_beyond_agreement(found),
        opinions=reviewing.opinions_for(case, request.user),
        minutes=case.minutes.select_related("person"),
        attached=documents.attached(case),
        steps=case.steps.select_related("person"),
        submissions=case.submissions.count(),
        amends_id=agreement_id(case),
        amended=_amended(case, offered),
    )


def _amended(case: Case, offered: Offered) -> tuple[Changed, ...]:
    """What an amendment asks otherwise than the case that it amends."""
    if case.amends is None:
        return ()
    return changes({**case.amends.answers, "agreement": case.answers.get("agreement")}, case.answers, offered)


def _decided(request: HttpRequest, case: Case) -> Any:
    try:
        return decided(request.haven, asked_for(case, offered_to(request.haven, case.organisation))), ""
    except BadInput as problem:
        return None, str(problem)


@signed_in
def decision(request: HttpRequest, id: str) -> HttpResponse:
    """What the engine says today, provision by provision, with what would turn it."""
    case = _reviewed(request, id)
    found, wrong = _decided(request, case)
    told = None if found is None else explained(found.decision, turned(found))
    return page(request, "reviewed_decision.html", **_frame(request, case), told=told, wrong=wrong)


@signed_in
def changed(request: HttpRequest, id: str) -> HttpResponse:
    """What is another since it was submitted last: answers, and what the engine found."""
    case = _reviewed(request, id)
    offered = offered_to(request.haven, case.organisation)
    every = list(case.submissions.order_by("-number")[:2])
    told = {"answers": (), "findings": (), "now": ()}
    if every:
        found, _ = _decided(request, case)
        now = () if found is None else finding_changes(every[0].decision, found.decision.as_plain())
        told = {"answers": (), "findings": (), "now": now}
    if len(every) == 2:
        told["answers"] = changes(every[1].answers, every[0].answers, offered)
        told["findings"] = finding_changes(every[1].decision, every[0].decision)
    return page(request, "changes.html", **_frame(request, case), submissions=every, **told)


@signed_in
def act(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One act, asked for and done."""
    case: Case = or_404(cases.find(request.haven, id, request.user))
    each: Act = or_404(ACTS.get(name))
    cases.check(request.haven, case, request.user, each.action)
    offered = offered_to(request.haven, case.organisation)
    form = Question(name, "", each.title, each.inputs, hint=each.hint)
    typed: Any = given_back(request) or {}
    wrong: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        typed = typed_in(request)
        found = read(form, typed, offered, case.answers)
        wrong = dict(found.wrong)
        if not wrong:
            as_seen(request, case)
            try:
                each.does(request.haven, case, request.user, found.answer)
                return redirect(_back(each, case))
            except (BadInput, cases.Stale) as stopped:
                problem = f"{stopped.what}."
                case.refresh_from_db()
    return page(
        request,
        "act.html",
        status=422 if wrong or problem else 200,
        **_framed(request, case),
        act=each,
        question=form,
        rows=[("", "")],
        choices={one.name: one.choices(offered, case.answers) for one in each.inputs if one.choices},
        typed=typed,
        wrong=wrong,
        problem=problem,
        returned=bool(typed) and request.method == "GET",
    )


def _framed(request: HttpRequest, case: Case) -> dict[str, Any]:
    frame = _frame(request, case)
    if Action.READ_REVIEW not in frame["can"]:
        frame["crumbs"] = [
            {"href": reverse("applications"), "text": "Your applications"},
            {"href": reverse("application", args=[case.pk]), "text": case.title},
        ]
    return frame


def _back(act: Act, case: Case) -> str:
    """Where a person goes after an act: the applicant to the application, others to the case, or the queue where they
    see it no more."""
    if act.action is Action.WITHDRAW:
        return reverse("application", args=[case.pk])
    return reverse("review_queue") if case.stands is State.QUESTIONS else reverse("review", args=[case.pk])
