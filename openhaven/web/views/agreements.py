"""Agreements: what is drawn up, what it says, who signs it, and what falls due of it, each act on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.casework.agreeing import DESTROY_DAYS, destroy_by
from openhaven.casework.questions import Offered
from openhaven.casework.states import Action, State, is_in_person
from openhaven.desk import cases
from openhaven.desk.agreements import drawing, ending, falling_due
from openhaven.desk.models import Case, Reminder
from openhaven.desk.offers import name_of
from openhaven.desk.reach import cases_for, states_for
from openhaven.model.errors import BadInput
from openhaven.web.agreement_acts import ACTS, DAYS, Act, acts_open, attempt, form_of
from openhaven.web.pages import page
from openhaven.web.search import ROWS, chosen_of, paged
from openhaven.web.signing_in import second_factor_first
from openhaven.web.staying import given_back, or_404, signed_in, typed_in
from openhaven.web.views.apply import as_seen

A = Action


@signed_in
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements that a person may read, those that are to be drawn up, and what falls due."""
    haven, states = request.haven, states_for(request.user, A.READ_AGREEMENT)
    state = chosen_of(request, states)
    found = cases_for(haven, request.user, A.READ_AGREEMENT)
    part = paged(request, (found.filter(state=state) if state else found).order_by("-since", "pk"), each=ROWS)
    listed = [
        {
            "case": each,
            "id": drawing.agreement_id(each),
            "of": name_of(haven, each.organisation),
            "waits": any(act.signs for _, act in acts_open(each, cases.can(haven, each, request.user))),
        }
        for each in part["shown"]
    ]
    return page(
        request,
        "agreements.html",
        listed=listed,
        states=states,
        state=state,
        **_first(_ready(request), "ready"),
        **_first(_reminders(request), "reminders"),
        today=haven.today(),
        **part,
    )


def _reminders(request: HttpRequest) -> QuerySet[Reminder]:
    found = cases_for(request.haven, request.user, A.READ_AGREEMENT)
    return Reminder.objects.filter(case__in=found.values("pk")).select_related("case")


def _ready(request: HttpRequest) -> QuerySet[Case]:
    found = cases_for(request.haven, request.user, A.DRAW_UP)
    return found.filter(state=State.APPROVED).order_by("since", "pk")


def _first(found: QuerySet[Any], name: str) -> dict[str, Any]:
    """The first of something, and how many there are beside them."""
    first = list(found[:ROWS])
    return {name: first, f"more_{name}": found.count() - len(first) if len(first) == ROWS else 0}


@signed_in
def falls_due(request: HttpRequest) -> HttpResponse:
    """All that falls due of the agreements that a person may read, the first first."""
    crumbs = [{"href": reverse("desk"), "text": "Your desk"}, {"href": reverse("agreements"), "text": "Agreements"}]
    part = paged(request, _reminders(request), each=ROWS)
    return page(request, "falls_due.html", crumbs=crumbs, today=request.haven.today(), **part)


@signed_in
def to_draw_up(request: HttpRequest) -> HttpResponse:
    """All approved cases whose agreement is to be drawn up, what waits longest first."""
    crumbs = [{"href": reverse("desk"), "text": "Your desk"}, {"href": reverse("agreements"), "text": "Agreements"}]
    return page(request, "to_draw_up.html", crumbs=crumbs, **paged(request, _ready(request), each=ROWS))


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
        acts=acts_open(case, cases.can(request.haven, case, request.user)),
        due=falling_due.due(request.haven, case),
        today=request.haven.today(),
        destructions=case.destructions.select_related("person"),
        still_there=ending.still_there(case) if case.destructions.exists() else (),
        minutes=case.minutes.filter(says__in=(A.SUSPEND, A.LIFT, A.END, A.CHASE)).select_related("person"),
        amends=case.amends,
        amendments=drawing.amendments_for(request.haven, case, request.user),
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
    if is_in_person(each.action, case.stands) and (asked_for_code := second_factor_first(request)):
        return asked_for_code
    form = form_of(request.haven, case, name)
    made: dict[str, Any] = {"typed": given_back(request) or _usual(each), "wrong": {}, "problem": ""}
    if request.method == "POST":
        made = _sent(request, case, name)
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
        choices={one.name: one.choices(Offered(), {}) for one in form.inputs if one.choices},
        version=waits if each.signs else None,
        **made,
    )


def _usual(act: Act) -> dict[str, Sequence[str]]:
    """What stands in a form before anybody typed."""
    return {"days": [str(DESTROY_DAYS)]} if DAYS in act.inputs else {}


def _sent(request: HttpRequest, case: Case, name: str) -> dict[str, Any]:
    """What became of a form that was sent: what was typed, and what is wrong, if anything."""
    typed, seen = typed_in(request), request.POST.get("seen", "")
    wrong: Mapping[str, str] = {}
    problem = ""
    as_seen(request, case)
    try:
        wrong = attempt(request.haven, case, request.user, name, typed, seen=seen)
    except (BadInput, cases.Stale) as stopped:
        problem = f"{stopped.what}{'' if stopped.what.endswith('.') else '.'}"
        case.refresh_from_db()
    return {"typed": typed, "wrong": dict(wrong), "problem": problem}
