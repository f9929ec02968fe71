"""What those who review and decide see and do: the queue, a case with its decision explained, each act on a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.casework.answers import Changed, changes, finding_changes, shown
from openhaven.casework.clocks import due
from openhaven.casework.questions import (
    SECTIONS,
    Offered,
    asked,
)
from openhaven.casework.states import Action, State, is_in_person
from openhaven.desk import cases, documents, reviewing
from openhaven.desk.agreements.drawing import agreement_id
from openhaven.desk.models import Case
from openhaven.desk.offers import name_of, offered_to
from openhaven.desk.provisional import application as asked_for
from openhaven.desk.provisional import decided, once_agreed, refused_beyond_agreement, turned
from openhaven.desk.queue import Queue
from openhaven.desk.reach import cases_for, states_for
from openhaven.desk.settling import Open
from openhaven.haven.deciding import Decided
from openhaven.haven.place import LONDON
from openhaven.model.errors import BadInput
from openhaven.web import agreement_acts
from openhaven.web.acts import ACTS, Act, acts_open, attempt, form_of, left_in, left_to
from openhaven.web.explained import explained
from openhaven.web.pages import page
from openhaven.web.search import ROWS, chosen_of, paged
from openhaven.web.signing_in import second_factor_first
from openhaven.web.staying import given_back, or_404, signed_in, typed_in
from openhaven.web.views.apply import as_seen


@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """The cases that a person may look at, with what is due."""
    haven, today = request.haven, request.haven.today()
    states = states_for(request.user, Action.READ_REVIEW)
    state = chosen_of(request, states)
    found = cases_for(haven, request.user, Action.READ_REVIEW)
    part = paged(request, Queue(found.filter(state=state) if state else found, today), each=ROWS)
    listed = [
        {"case": each, "due": _due(each, today), "of": name_of(haven, each.organisation)} for each in part["shown"]
    ]
    return page(request, "queue.html", listed=listed, states=states, state=state, **part)


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
    frame = _frame(request, case)
    return page(
        request,
        "review.html",
        **frame,
        acts=acts_open(frame["can"], lambda: _left(request, case, found)),
        of_agreement=agreement_acts.acts_open(case, frame["can"]),
        of=name_of(request.haven, case.organisation),
        due=_due(case, request.haven.today()),
        sections=[(name, [each for each in told if each[0].section == name]) for name in SECTIONS],
        told=None if found is None else explained(found.decision, agreed=once_agreed(found)),
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


def _left(request: HttpRequest, case: Case, found: Decided | None) -> Open:
    """What is left to this person, by the decision that was made for this page where no agreement is drawn up."""
    drawn_up = case.stands in (State.AGREEMENT, State.IN_FORCE)
    return left_to(request.haven, case, request.user, None if drawn_up else found)


def _amended(case: Case, offered: Offered) -> tuple[Changed, ...]:
    """What an amendment asks otherwise than the case that it amends."""
    if case.amends is None:
        return ()
    return changes({**case.amends.answers, "agreement": case.answers.get("agreement")}, case.answers, offered)


def _decided(request: HttpRequest, case: Case) -> tuple[Decided | None, str]:
    try:
        return decided(request.haven, asked_for(case, offered_to(request.haven, case.organisation))), ""
    except BadInput as problem:
        return None, str(problem)


@signed_in
def decision(request: HttpRequest, id: str) -> HttpResponse:
    """What the engine says today, provision by provision, with what would turn it."""
    case = _reviewed(request, id)
    found, wrong = _decided(request, case)
    told = None if found is None else explained(found.decision, turned(found), agreed=once_agreed(found))
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
    if is_in_person(each.action, case.stands) and (asked_for_code := second_factor_first(request)):
        return asked_for_code
    offered = offered_to(request.haven, case.organisation)
    left = left_in(request.haven, case) if each.action is Action.SETTLE else None
    typed: Any = given_back(request) or {}
    wrong: Mapping[str, str] = {}
    problem = ""
    if request.method == "POST":
        typed = typed_in(request)
        as_seen(request, case)
        try:
            if not (wrong := attempt(request.haven, case, request.user, each, typed)):
                return redirect(_back(each, case))
        except (BadInput, cases.Stale) as stopped:
            problem = f"{stopped.what}."
            case.refresh_from_db()
    form = form_of(request.haven, case, each)
    return page(
        request,
        "act.html",
        status=422 if wrong or problem else 200,
        **_framed(request, case),
        act=each,
        question=form,
        left=left,
        rows=[("", "")],
        choices={one.name: one.choices(offered, case.answers) for one in form.inputs if one.choices},
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
