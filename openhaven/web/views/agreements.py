"""Agreements: what is drawn up, what it says, who signs it, and what falls due of it, each act on a page of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.casework.agreeing import DESTROY_DAYS, Chosen, destroy_by
from openhaven.casework.answers import read
from openhaven.casework.questions import YES, YES_NO, Choice, Choices, Input, Kind, Offered, Question, fixed
from openhaven.casework.states import Action, State
from openhaven.desk import cases
from openhaven.desk.agreements import drawing, ending, falling_due, signing
from openhaven.desk.models import Case, Person, Reminder
from openhaven.desk.offers import name_of
from openhaven.haven import Haven
from openhaven.model.errors import BadInput
from openhaven.model.record import Agreement
from openhaven.web.pages import page
from openhaven.web.search import paged
from openhaven.web.staying import given_back, or_404, signed_in, typed_in
from openhaven.web.views.apply import as_seen

A, K = Action, Kind
MOST_DAYS, MOST_POUNDS = 3_650, 10_000_000
WHY = Input("text", "Why", K.LONG, most=cases.LONGEST)
ENDS = Input("ends", "Last day", K.DATE, hint="Leave it empty for the day that was asked for. It is cut where it would "
             "outlive what the decision rests on.", optional=True)  # fmt: skip
LATER = Input("ends", "The new last day", K.DATE)
DAYS = Input("days", "Days left after the end for the destruction", K.LINE, most=4)
CHARGE = Input("charge", "What our work costs, in whole pounds", K.LINE, most=8, optional=True,
               hint="Leave it empty where nothing is charged. The data has no price (DARS-15).")  # fmt: skip
CHARGE_FOR = Input("charge_for", "For which work", K.LINE, optional=True, most=500)
READ_IT = Input("read", "Your signature", K.CHOICE, choices=fixed(
    Choice(YES, "I have read this version, and I sign it for those whom I stand for")))  # fmt: skip
DONE = Input("done", "On which day was it destroyed?", K.DATE)
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
    "destroy": Act(A.DESTROY, "Certify the destruction", "Certify", _certifies, (DONE, HOW, BACKUPS, LEFT),
                   hint="You certify it for your organisation, and for those who held the data for it."),
    "destroyed": Act(A.CERTIFY, "Record the destruction", "Record",
                     lambda done: ending.record_destruction(done.haven, done.case, done.person),
                     hint="Each file released under the agreement enters the log as destroyed."),
})  # fmt: skip
"""Every act that has a page, by its place in the address."""


@signed_in
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that a person may read, those that are to be drawn up, and what falls due."""
    haven = request.haven
    found = cases.visible(haven, request.user, A.READ_AGREEMENT)
    ready = [each for each in cases.visible(haven, request.user, A.DRAW_UP) if each.stands is State.APPROVED]
    reminders = Reminder.objects.filter(case__in=found).select_related("case")
    listed = [
        {
            "case": each,
            "id": drawing.agreement_id(each),
            "of": name_of(haven, each.organisation),
            "waits": any(act.signs for _, act in _acts(each, cases.can(haven, each, request.user))),
        }
        for each in found
    ]
    return page(
        request, "agreements.html", ready=ready, reminders=reminders, today=haven.today(), **paged(request, listed)
    )


def _seen(request: HttpRequest, id: str) -> Case:
    """A case whose agreement a person may read, or may draw up."""
    found = cases.find(request.haven, id, request.user, A.READ_AGREEMENT)
    case: Case = or_404(found or cases.find(request.haven, id, request.user, A.DRAW_UP))
    return case


def _frame(request: HttpRequest, case: Case) -> dict[str, Any]:
    crumbs = [("desk", [], "Your desk"), ("agreements", [], "Agreements")]
    crumbs.append(("agreement", [case.pk], f"{drawing.agreement_id(case)}"))
    return {
        "case": case,
        "id": drawing.agreement_id(case),
        "crumbs": [{"href": reverse(name, args=given), "text": text} for name, given, text in crumbs],
    }


def _acts(case: Case, can: frozenset[Action]) -> list[tuple[str, Act]]:
    """What a person can do now: of signing only what waits for them."""
    waits = drawing.waiting(case)
    signed = waits is not None and waits.signatures.exists()
    left_out = set()
    if waits is None or signed:
        left_out.add(A.SIGN)
    if waits is None or not signed:
        left_out.add(A.COUNTERSIGN)
    return [(name, act) for name, act in ACTS.items() if act.action in can and act.action not in left_out]


@signed_in
def agreement(request: HttpRequest, id: str) -> HttpResponse:
    """One agreement: where it stands, what it says, its versions and signatures, and what can be done."""
    case = _seen(request, id)
    now, latest = drawing.agreed(case), case.versions.last()
    return page(
        request,
        "agreement.html",
        **_frame(request, case),
        now=now,
        destroy_by=destroy_by(now) if now else None,
        latest=latest,
        waiting=drawing.waiting(case),
        versions=case.versions.prefetch_related("signatures__person"),
        acts=_acts(case, cases.can(request.haven, case, request.user)),
        due=falling_due.due(request.haven, case),
        today=request.haven.today(),
        destructions=case.destructions.select_related("person"),
        still_there=ending.still_there(case) if case.destructions.exists() else (),
        minutes=case.minutes.filter(says__in=(A.SUSPEND, A.LIFT, A.END)).select_related("person"),
        amends=case.amends,
        amendments=case.amendments.all(),
    )


@signed_in
def version(request: HttpRequest, id: str, number: int) -> HttpResponse:
    """One version as it is signed, clause by clause."""
    case = _seen(request, id)
    each = or_404(case.versions.filter(number=number).prefetch_related("signatures__person").first())
    return page(request, "agreement_version.html", **_frame(request, case), version=each)


@signed_in
def certificate(request: HttpRequest, id: str) -> HttpResponse:
    """The recipient's latest certificate of destruction, as a text to keep."""
    case = _seen(request, id)
    if not case.destructions.exists():
        or_404(None)
    answer = HttpResponse(ending.certificate_text(request.haven, case), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{drawing.agreement_id(case)}-destruction.txt"'
    return answer


@signed_in
def act(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One act, asked for and done."""
    case, each = _seen(request, id), or_404(ACTS.get(name))
    cases.check(request.haven, case, request.user, each.action)
    inputs = (*each.inputs, *_holders(request.haven, case, each))
    form = Question(name, "", each.title, inputs, hint=each.hint)
    made: dict[str, Any] = {"typed": given_back(request) or _usual(each), "wrong": {}, "problem": ""}
    if request.method == "POST":
        made = _sent(request, case, each, form)
        if not made["wrong"] and not made["problem"]:
            return redirect("agreement", case.pk)
    waits = drawing.waiting(case)
    return page(
        request,
        "agreement_act.html",
        status=422 if made["wrong"] or made["problem"] else 200,
        **_frame(request, case),
        act=each,
        question=form,
        rows=[("", "")],
        choices={one.name: one.choices(Offered(), {}) for one in inputs if one.choices},
        version=waits if each.signs else None,
        **made,
    )


def _usual(act: Act) -> dict[str, Sequence[str]]:
    """What stands in a form before anybody typed."""
    return {"days": [str(DESTROY_DAYS)]} if DAYS in act.inputs else {}


def _sent(request: HttpRequest, case: Case, each: Act, form: Question) -> dict[str, Any]:
    """What became of a form that was sent: what was typed, and what is wrong, if anything."""
    typed = typed_in(request)
    found = read(form, typed, Offered(), {})
    problem = ""
    if not found.wrong:
        as_seen(request, case)
        try:
            each.does(Done(request.haven, case, request.user, found.answer, request.POST.get("seen", "")))
        except (BadInput, cases.Stale) as stopped:
            problem = f"{stopped.what}{'' if stopped.what.endswith('.') else '.'}"
            case.refresh_from_db()
    return {"typed": typed, "wrong": dict(found.wrong), "problem": problem}


def _holders(haven: Haven, case: Case, act: Act) -> tuple[Input, ...]:
    """Who held the data, to be ticked one by one."""
    now = drawing.agreed(case)
    if act.action is not A.DESTROY or now is None:
        return ()
    return (Input("holders", "Who has destroyed what they held?", K.CHOICES, choices=_named(haven, now)),)


def _named(haven: Haven, now: Agreement) -> Choices:
    return fixed(*(Choice(each, name_of(haven, each)) for each in ending.holders(now)))
