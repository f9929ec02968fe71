"""Incidents: reported by whoever signs in, dealt with by the team under the regulator's clock, each deed on a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.casework.agreeing import LADDER
from openhaven.casework.answers import read
from openhaven.casework.incidents import Deed
from openhaven.casework.questions import Choice, Input, Kind, Offered, Question, fixed
from openhaven.desk import cases
from openhaven.desk import incidents as desk
from openhaven.desk.models import Incident, Person
from openhaven.desk.offers import name_of, on_record
from openhaven.haven import Haven
from openhaven.haven.place import LONDON
from openhaven.model.errors import BadInput
from openhaven.model.record import Agreement
from openhaven.records import reads
from openhaven.web.pages import page
from openhaven.web.search import paged
from openhaven.web.staying import given_back, or_404, signed_in, typed_in

D, K = Deed, Kind
TEXT = Input("text", "What was done, and by whom", K.LONG, most=cases.LONGEST)
WHY = Input("text", "Why", K.LONG, most=cases.LONGEST)


@dataclass(frozen=True, slots=True)
class Act:
    """One deed on a page of its own."""

    deed: Deed
    title: str
    button: str
    inputs: tuple[Input, ...] = (TEXT,)
    hint: str = ""
    grave: bool = False


def _chosen(*words: str) -> Input:
    return Input(
        "what", "Which?", K.CHOICE, choices=fixed(*(Choice(each, each[:1].upper() + each[1:]) for each in words))
    )


ACTS: Mapping[str, Act] = MappingProxyType({
    "add": Act(D.ADD, "Add what is known", "Add", (Input("text", "What is known", K.LONG, most=cases.LONGEST),)),
    "contain": Act(D.CONTAIN, "It is contained", "Say so", hint="How it was stopped from going further."),
    "freeze": Act(D.FREEZE, "Freeze what it touches", "Freeze",
                  (Input("text", "What happened, in a sentence for the public", K.LONG, most=500),), grave=True,
                  hint="From now on nothing leaves, not even what is being made. A breach is shown in the public "
                       "register in these words: name nobody."),
    "regulator": Act(D.TELL_REGULATOR, "The Information Commissioner is told", "Record it",
                     hint="When, by whom, and under which reference. What is not known yet can follow in phases "
                          "(Article 33(4))."),
    "no-regulator": Act(D.NOT_TELL, "The Commissioner need not be told", "Record it", (WHY,),
                        hint="Only where a risk to people is unlikely (Article 33(1)). Write down the facts, the "
                             "effects and what was done (Article 33(5))."),
    "controllers": Act(D.TELL_CONTROLLERS, "The controllers are told", "Record it",
                       hint="Each controller whose data it touches, without delay (Article 33(2))."),
    "people": Act(D.TELL_PEOPLE, "Are the people told?", "Record it", (_chosen(*desk.Told), WHY),
                  hint="They are where the risk to them is high (Article 34)."),
    "sanction": Act(D.SANCTION, "Take a step against the organisation", "Record it", (_chosen(*LADDER), WHY),
                    grave=True,
                    hint="Step by step, or at once where it is grave (DARS-14). Agreements are suspended and ended on "
                         "their own pages."),
    "lessons": Act(D.LEARN, "Write down the lessons", "Keep",
                   (Input("text", "What is done otherwise from now on", K.LONG, most=cases.LONGEST),)),
    "close": Act(D.CLOSE, "Close this incident", "Close", (WHY,),
                 hint="What was frozen for it is freed, unless the organisation was excluded."),
})  # fmt: skip
"""Every deed that has a page, by its place in the address."""


@signed_in
def incidents(request: HttpRequest) -> HttpResponse:
    """The incidents that a person may see, what is open first, each with its clock."""
    haven = request.haven
    listed = [{"incident": each, **_clock(haven, each)} for each in desk.visible(haven, request.user)]
    return page(request, "incidents.html", **paged(request, listed))


def running_clocks(haven: Haven, person: Person) -> list[dict[str, Any]]:
    """The incidents of which it is not settled yet whether the Commissioner is told, for those who deal with them."""
    seen = [each for each in desk.visible(haven, person) if D.TELL_REGULATOR in desk.can(haven, each, person)]
    told = [{"incident": each, **_clock(haven, each)} for each in seen]
    return [each for each in told if not each["settled"]]


def _clock(haven: Haven, incident: Incident) -> dict[str, Any]:
    now, clock = haven.clock(), incident.clock
    settled = bool(desk.done(incident) & {D.TELL_REGULATOR, D.NOT_TELL})
    return {
        "until": clock.until.astimezone(LONDON),
        "left": clock.hours_left(now),
        "late": clock.late(now) and not settled,
        "settled": settled,
    }


@signed_in
def report(request: HttpRequest) -> HttpResponse:
    """Report one."""
    form = _report_form(request.haven)
    made: dict[str, Any] = {"typed": given_back(request) or {}, "wrong": {}, "problem": ""}
    if request.method == "POST":
        typed = typed_in(request)
        found = read(form, typed, Offered(), {})
        made = {"typed": typed, "wrong": dict(found.wrong), "problem": ""}
        if not found.wrong:
            try:
                incident = desk.report(request.haven, request.user, _reported(found.answer))
                return redirect("incident", incident.pk)
            except BadInput as stopped:
                made["problem"] = f"{stopped.what}."
    act = Act(D.ADD, form.title, "Report it", hint=form.hint)
    return page(request, "incident_act.html", status=422 if made["wrong"] or made["problem"] else 200, act=act,
                crumbs=_crumbs(), **_form(form), **made)  # fmt: skip


def _report_form(haven: Haven) -> Question:
    known = on_record(haven)
    agreements = [each for each in reads.records_of("agreement") if isinstance(each, Agreement)]
    unknown = Choice("", "Not known, or none")
    return Question("report", "", "Report an incident", (
        Input("title", "What happened, in a few words", K.LINE, most=desk.MOST_TITLE, hint="Name no patient."),
        Input("text", "What you know: what, when, whose data, how many people", K.LONG, most=cases.LONGEST,
              hint="Do not wait until you know everything. Name no patient."),
        Input("known", "On which day did somebody first know of it?", K.DATE),
        Input("time", "At what time?", K.LINE, most=5, hint="For example, 14:30. The 72 hours run from then."),
        Input("about", "At which organisation did it happen?", K.PICK, optional=True,
              hint="Leave it empty for the haven itself.",
              choices=fixed(unknown, *(Choice(id, name) for id, name in known.organisations.items()))),
        Input("dataset", "Which data does it touch?", K.PICK, optional=True,
              choices=fixed(unknown, *(Choice(each.id, each.title) for each in known.datasets))),
        Input("agreement", "Under which agreement?", K.PICK, optional=True,
              choices=fixed(unknown, *(Choice(each.id, f"{each.id}: {each.title}") for each in agreements))),
    ), hint="Report it at once, also where you are not sure. Nobody is blamed for a report.")  # fmt: skip


def _reported(said: Mapping[str, Any]) -> desk.Reported:
    try:
        time = dt.time.fromisoformat(said["time"])
    except ValueError:
        raise BadInput("Give the time as hours and minutes, such as 14:30") from None
    known = dt.datetime.combine(dt.date.fromisoformat(said["known"]), time.replace(tzinfo=None), tzinfo=LONDON)
    return desk.Reported(said["title"], said["text"], known, said["about"], said["dataset"], said["agreement"])


def _crumbs() -> list[dict[str, str]]:
    return [
        {"href": reverse("desk"), "text": "Your desk"},
        {"href": reverse("incidents"), "text": "Incidents"},
    ]


def _form(form: Question) -> dict[str, Any]:
    choices = {one.name: one.choices(Offered(), {}) for one in form.inputs if one.choices}
    return {"question": form, "rows": [("", "")], "choices": choices}


@signed_in
def incident(request: HttpRequest, id: str) -> HttpResponse:
    """One incident: its clock, what is missing, everything that was done, and what can be done."""
    found: Incident = or_404(desk.find(request.haven, id, request.user))
    can = desk.can(request.haven, found, request.user)
    return page(
        request,
        "incident.html",
        incident=found,
        crumbs=_crumbs(),
        acts=[(name, act) for name, act in ACTS.items() if act.deed in can],
        missing=desk.missing(found) if found.stage != "closed" else (),
        frozen=desk.frozen(found),
        about=name_of(request.haven, found.about) if found.about else "",
        whose=[name_of(request.haven, each) for each in desk.whose(request.haven, found)],
        steps=found.steps.select_related("person"),
        **_clock(request.haven, found),
    )


@signed_in
def act(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One deed, asked for and done."""
    found: Incident = or_404(desk.find(request.haven, id, request.user))
    each: Act = or_404(ACTS.get(name))
    desk.check(request.haven, found, request.user, each.deed)
    form = Question(name, "", each.title, (*_more(request.haven, found, each), *each.inputs), hint=each.hint)
    made: dict[str, Any] = {"typed": given_back(request) or {}, "wrong": {}, "problem": ""}
    if request.method == "POST":
        made = _sent(request, found, each, form)
        if not made["wrong"] and not made["problem"]:
            return redirect("incident", found.pk)
    crumbs = [*_crumbs(), {"href": reverse("incident", args=[found.pk]), "text": found.title}]
    return page(request, "incident_act.html", status=422 if made["wrong"] or made["problem"] else 200, act=each,
                incident=found, crumbs=crumbs, **_form(form), **made)  # fmt: skip


def _more(haven: Haven, incident: Incident, act: Act) -> tuple[Input, ...]:
    """What is asked beside the words, by what is known of the incident."""
    if act.deed is D.FREEZE:
        words = [Choice(each, each[:1].upper() + each[1:]) for each in desk.scopes(incident)]
        return (Input("what", "What is frozen?", K.CHOICE, choices=fixed(*words)),)
    if act.deed is D.TELL_CONTROLLERS:
        names = [Choice(each, name_of(haven, each)) for each in desk.whose(haven, incident)]
        return (Input("chosen", "Who was told?", K.CHOICES, choices=fixed(*names)),) if names else ()
    return ()


def _sent(request: HttpRequest, incident: Incident, each: Act, form: Question) -> dict[str, Any]:
    typed = typed_in(request)
    found = read(form, typed, Offered(), {})
    problem = ""
    if not found.wrong:
        seen = request.POST.get("version", "")
        incident.version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1
        said = desk.Said(found.answer["text"], found.answer.get("what", ""), tuple(found.answer.get("chosen", ())))
        try:
            desk.do(request.haven, incident, request.user, each.deed, said)
        except (BadInput, cases.Stale) as stopped:
            problem = f"{stopped.what}."
            incident.refresh_from_db()
    return {"typed": typed, "wrong": dict(found.wrong), "problem": problem}
