"""What applicants do: a task list, one question a page, documents, the check of all answers, and the thread."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from openhaven.casework.answers import Standing, open_questions, shown, standing, typed_of
from openhaven.casework.documents import MOST, TYPES
from openhaven.casework.policy import Post
from openhaven.casework.questions import SECTIONS, Offered, Question, asked
from openhaven.casework.roles import Role
from openhaven.casework.states import Action
from openhaven.desk import cases, documents, people_lists
from openhaven.desk.models import Case
from openhaven.desk.offers import name_of, offered_to, one_reading
from openhaven.desk.provisional import provisional, turned
from openhaven.model.errors import BadInput
from openhaven.web.explained import explained
from openhaven.web.pages import page
from openhaven.web.search import paged
from openhaven.web.sending import document_as_file
from openhaven.web.slowing import Often, as_often
from openhaven.web.staying import given_back, or_404, signed_in, typed_in

TAG = {Standing.DONE: "", Standing.LEFT: "", Standing.TO_DO: "blue", Standing.AGAIN: "red"}
OUTCOMES = (Action.APPROVE, Action.REFUSE, Action.REFER_ON)
"""What an applicant is told of the minutes: decisions, and nothing of what led to them."""


@signed_in
@as_often(Often.BEGIN)
def applications(request: HttpRequest) -> HttpResponse:
    """The applications of those for whom a person applies, and the way to begin one."""
    organisations = _applies_for(request)
    if request.method == "POST":
        case = cases.open_case(request.haven, request.user, request.POST.get("organisation", ""))
        return redirect("application", case.pk)
    found = Case.objects.filter(organisation__in=organisations).select_related("author").order_by("-since")
    names = {each: name_of(request.haven, each) for each in organisations}
    return page(request, "applications.html", organisations=names, **paged(request, found))


def _applies_for(request: HttpRequest) -> list[str]:
    posts: tuple[Post, ...] = cases.someone(request.user).posts
    return sorted(each.organisation for each in posts if each.role is Role.APPLICANT)


def _own(request: HttpRequest, id: str) -> Case:
    """A case of the person's own organisation."""
    case: Case = or_404(cases.find(request.haven, id, request.user))
    if case.organisation not in _applies_for(request):
        or_404(None)
    return case


def _frame(request: HttpRequest, case: Case) -> dict[str, Any]:
    """What every page of an application shows."""
    return {
        "case": case,
        "can": cases.can(request.haven, case, request.user),
        "crumbs": [
            {"href": reverse("applications"), "text": "Your applications"},
            {"href": reverse("application", args=[case.pk]), "text": case.title},
        ],
    }


@signed_in
def application(request: HttpRequest, id: str) -> HttpResponse:
    """The task list, with what the engine says so far."""
    case = _own(request, id)
    offered = offered_to(request.haven, case.organisation)
    left = open_questions(offered, case.answers)
    return page(
        request,
        "application.html",
        **_frame(request, case),
        sections=[(name, _tasks(case, offered, name)) for name in SECTIONS],
        left=len(left),
        documents=len(documents.attached(case)),
        messages=case.messages.count(),
        needs_list=people_lists.needs_list(case),
        outcome=case.minutes.filter(says__in=OUTCOMES).select_related("person"),
        provisional=provisional(request.haven, case),
    )


def _tasks(case: Case, offered: Offered, section: str) -> list[dict[str, Any]]:
    return [_task(case, offered, each) for each in asked(offered, case.answers) if each.section == section]


def _task(case: Case, offered: Offered, question: Question) -> dict[str, Any]:
    stands = standing(question, offered, case.answers)
    return {
        "heading": question.title,
        "href": reverse("question", args=[case.pk, question.id]),
        "status": stands[:1].upper() + stands[1:],
        "colour": TAG[stands],
    }


@signed_in
@one_reading()
def question(request: HttpRequest, id: str, name: str) -> HttpResponse:
    """One question, and its answer kept."""
    case = _own(request, id)
    cases.check(request.haven, case, request.user, Action.WRITE)
    offered = offered_to(request.haven, case.organisation)
    each: Question = or_404(cases.question_of(name, offered, case))
    made: dict[str, Any] = {"typed": typed_of(each, case.answers.get(each.id)), "wrong": {}}
    if request.method == "POST":
        typed = typed_in(request)
        seen = request.POST.get("seen", "")
        saved = cases.save(request.haven, case, request.user, each, typed=typed, seen=seen)
        if saved.done:
            return redirect(_after(request, case, each))
        theirs = shown(each, saved.theirs, offered, case.answers)
        made = {"typed": typed, "wrong": saved.read.wrong, "by": saved.by, "theirs": theirs}
    elif kept := given_back(request):
        made = {"typed": kept, "wrong": {}, "returned": True}
    return page(
        request,
        "question.html",
        status=200 if request.method == "GET" else 422,
        **_frame(request, case),
        question=each,
        rows=_rows(each, offered, case),
        seen=cases.seen_as(case, each),
        choices={one.name: one.choices(offered, case.answers) for one in each.inputs if one.choices},
        provisional=provisional(request.haven, case),
        **made,
    )


def _rows(question: Question, offered: Offered, case: Case) -> list[tuple[str, str]]:
    """The names of the rows of a question that repeats, each with its heading."""
    if question.rows is None:
        return [("", "")]
    titles = {each.name: each.title for each in offered.fields.get(_dataset(case), ())}
    names = question.rows(offered, case.answers)
    return [(name, f"{name}" if question.numbered else titles.get(name, name)) for name in names]


def _dataset(case: Case) -> str:
    return case.answers.get("dataset", {}).get("dataset", "")


def _after(request: HttpRequest, case: Case, question: Question) -> str:
    """The next question that is not answered yet, or the task list; back to the check where a person came from it."""
    if request.GET.get("back") == "check":
        return reverse("application_check", args=[case.pk])
    offered = offered_to(request.haven, case.organisation)
    ordered = asked(offered, case.answers)
    place = next((at for at, each in enumerate(ordered) if each.id == question.id), -1)
    left = {each.id for each in open_questions(offered, case.answers)}
    for each in ordered[place + 1 :]:
        if each.id in left or each.id not in case.answers:
            return reverse("question", args=[case.pk, each.id])
    return reverse("application", args=[case.pk])


@signed_in
def check(request: HttpRequest, id: str) -> HttpResponse:
    """All answers, to be looked over and submitted."""
    case = _own(request, id)
    offered = offered_to(request.haven, case.organisation)
    wrong = ""
    if request.method == "POST":
        try:
            as_seen(request, case)
            cases.submit(request.haven, case, request.user)
            return redirect("application", case.pk)
        except (BadInput, cases.Stale) as problem:
            wrong = f"{problem.what}."
            case.refresh_from_db()
    questions = asked(offered, case.answers)
    told = [(each, shown(each, case.answers.get(each.id), offered, case.answers)) for each in questions]
    return page(
        request,
        "check.html",
        status=422 if wrong else 200,
        **_frame(request, case),
        sections=[(name, [each for each in told if each[0].section == name]) for name in SECTIONS],
        left=open_questions(offered, case.answers),
        wrong=wrong,
        documents=documents.attached(case),
        provisional=provisional(request.haven, case),
    )


def as_seen(request: HttpRequest, case: Case) -> None:
    """Take the case as the person saw it: where it is another by now, the step is refused."""
    seen = request.POST.get("version", "")
    case.version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else -1


@signed_in
def decision(request: HttpRequest, id: str) -> HttpResponse:
    """What the engine says so far, provision by provision, and what would change it."""
    case = _own(request, id)
    found = provisional(request.haven, case)
    known = found.decided
    told = None if known is None else explained(known.decision, turned(known), agreed=found.agreed)
    return page(request, "provisional.html", **_frame(request, case), provisional=found, told=told)


@signed_in
@as_often(Often.ATTACH)
def evidence(request: HttpRequest, id: str) -> HttpResponse:
    """The documents of an application, and the way to add one."""
    case = _own(request, id)
    wrong = ""
    if request.method == "POST":
        cases.check(request.haven, case, request.user, Action.ATTACH)
        try:
            file = request.FILES.get("file")
            if file is None:
                raise BadInput(f"Choose a file of at most {MOST // 1_000_000} MB")
            documents.attach(request.haven, case, request.user, name=file.name, content=file.read())
            return redirect("evidence", case.pk)
        except (BadInput, cases.Stale) as problem:
            wrong = problem.what
    return page(
        request,
        "evidence.html",
        status=422 if wrong else 200,
        **_frame(request, case),
        attached=documents.attached(case),
        wrong=wrong,
        endings=sorted(TYPES),
        most=MOST // 1_000_000,
    )


@signed_in
def people_list(request: HttpRequest, id: str) -> HttpResponse:
    """The list of people that an approved application asks for, sent; it is never shown again."""
    case = _own(request, id)
    if not people_lists.needs_list(case):
        or_404(None)
    cases.check(request.haven, case, request.user, Action.SEND_LIST)
    wrong = ""
    if request.method == "POST":
        try:
            if (file := request.FILES.get("file")) is None:
                raise BadInput("Choose the file with your list")
            people_lists.send_list(request.haven, case, request.user, file.read())
            return redirect("people_list", case.pk)
        except (BadInput, cases.Stale) as problem:
            wrong = str(problem)
    return page(
        request,
        "people_list.html",
        status=422 if wrong else 200,
        **_frame(request, case),
        wrong=wrong,
        here=people_lists.list_lies_here(request.haven, case),
        most=people_lists.LARGEST // 1_000_000,
    )


@signed_in
def document(request: HttpRequest, id: str, number: int) -> HttpResponse:
    """A document given back, to be saved and never shown in the browser."""
    case: Case = or_404(cases.find(request.haven, id, request.user))
    each = or_404(case.uploads.filter(pk=number, removal__isnull=True).first())
    return document_as_file(request.haven, each)


@require_POST
@signed_in
def take_back(request: HttpRequest, id: str, number: int) -> HttpResponse:
    """A document taken back."""
    case = _own(request, id)
    each = or_404(case.uploads.filter(pk=number, removal__isnull=True).first())
    each.case = case
    documents.take_back(request.haven, each, request.user)
    return redirect("evidence", case.pk)


@signed_in
@as_often(Often.TALK)
def thread(request: HttpRequest, id: str) -> HttpResponse:
    """Questions and answers between the applicant and the team."""
    case: Case = or_404(cases.find(request.haven, id, request.user))
    own = case.organisation in _applies_for(request)
    wrong, typed = "", ""
    if request.method == "POST":
        typed = request.POST.get("text", "")
        try:
            cases.talk(request.haven, case, request.user, typed)
            return redirect("thread", case.pk)
        except (BadInput, cases.Stale) as problem:
            wrong = problem.what
    elif kept := given_back(request):
        typed = next(iter(kept.get("text", ())), "")
    frame = _frame(request, case)
    if not own:
        crumbs = [("review_queue", [], "Cases"), ("review", [case.pk], case.title)]
        frame["crumbs"] = [{"href": reverse(name, args=given), "text": text} for name, given, text in crumbs]
    return page(
        request,
        "thread.html",
        status=422 if wrong else 200,
        **frame,
        messages=case.messages.select_related("person"),
        wrong=wrong,
        typed=typed,
    )
