"""Releases asked for: which can be, the page that asks once more, and how far each has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from openhaven.desk import jobs, sight
from openhaven.desk.models import Job
from openhaven.desk.models.jobs import State
from openhaven.haven import faces
from openhaven.haven.catalogue import titles
from openhaven.model.errors import BadInput
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page
from openhaven.web.staying import filled, signed_in, wrong_in

STEPS = {
    "decide": "Deciding once more, on the facts of today",
    "cohort": "Finding whose records were asked for",
    "opt-outs": "Leaving out people who opted out",
    "restricted codes": "Looking for what the law restricts",
    "pseudonyms": "Putting pseudonyms in the place of identifiers",
    "protect": "Making the records safe",
    "write": "Writing the file",
    "count and protect": "Counting, and protecting small numbers",
    "earlier releases": "Comparing with what was released before",
    "certify": "Measuring every obligation on the file",
    "tags": "Noting whose records it holds, so that each person can be told",
    "package": "Encrypting and packing",
    "hand over": "Entering it in the log, then giving the key",
}
TODO = {
    1: "Try again. If it stops again, tell whoever looks after this service.",
    2: "Put right what it says, then try again.",
    3: "Read in the decision what is missing, have it recorded, then start a release again.",
    4: "A person has to decide. Once that is on record, start a release again.",
    5: "Something that the decision demands could not be met. Do what it says, then try again.",
    6: "The records are not what the log says. Nothing leaves until somebody has looked: haven log fsck.",
}
"""What to do, by the exit status that the command would have."""


class Confirm(forms.Form):
    """Whether somebody accepts what a release would tell beside an earlier one: empty unless a release said so."""

    exposed = forms.IntegerField(
        label="How many people are accepted", min_value=0, max_value=10**9, required=False, widget=forms.TextInput
    )
    by = forms.CharField(label="Who accepts it: a name and a role", max_length=200, required=False)
    because = forms.CharField(label="Why", max_length=1000, required=False)

    def clean(self) -> None:
        """All of it, or nothing."""
        given = self.cleaned_data
        if given.get("exposed") is None and not (given.get("by") or given.get("because")):
            return
        for name, todo in (
            ("exposed", "Enter the number that the release said"),
            ("by", "Enter who accepts it"),
            ("because", "Enter why"),
        ):
            if given.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, todo)

    @property
    def accepted(self) -> Mapping[str, Any]:
        """What was accepted, empty where nothing was."""
        return dict(self.cleaned_data) if self.cleaned_data.get("exposed") is not None else {}


@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """What was permitted, and can be released."""
    _check_starts(request)
    shown = [(each, jobs.under_way(each.application.id)) for each in jobs.releasable()]
    return page(request, "release_choose.html", shown=shown, titles=as_of_now(titles, request.haven))


@signed_in
def start(request: HttpRequest, decision: str) -> HttpResponse:
    """The page that asks once more, and what it then does."""
    found = next((each for each in jobs.releasable() if each.decision.id == decision), None)
    _check_starts(request, found)
    if found is None:
        raise Http404(decision)
    form = filled(request, Confirm)
    if request.method == "POST" and form.is_valid():
        with wrong_in(form):
            job = jobs.ask(request.haven, decision, by=request.user, accepted=form.accepted)
            return redirect("job", job.number)
    return page(request, "release_start.html", found=found, form=form, titles=as_of_now(titles, request.haven))


@login_required
@never_cache
def job(request: HttpRequest, number: int) -> HttpResponse:
    """How far a release has come, and what can be done."""
    found = _job(request, number)
    return page(request, "job.html", job=found, **_shown(request, found), may=jobs.may_start(request.user),
                may_call_off=jobs.may_call_off(found))  # fmt: skip


@login_required
@never_cache
def progress(request: HttpRequest, number: int) -> JsonResponse:
    """The same for the script of the page."""
    found = _job(request, number)
    shown = _shown(request, found)
    return JsonResponse(
        {
            "state": found.state,
            "said": found.said,
            "steps": [each["words"] for each in shown["steps"]],
            "over": not found.under_way,
        }
    )


@login_required
@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Have a job that stopped go on."""
    _check_starts(request)
    return _changed(request, number, lambda found: jobs.again(request.haven, found))


@login_required
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Call a job off."""
    _check_starts(request)
    return _changed(request, number, lambda found: jobs.withdraw(found, now=request.haven.clock()))


def _changed(request: HttpRequest, number: int, change: Any) -> HttpResponse:
    found = _job(request, number)
    try:
        change(found)
    except BadInput as error:
        return page(request, "wrong.html", status=409, title="That cannot be done now", todo=str(error))
    return redirect("job", number)


def _job(request: HttpRequest, number: int) -> Job:
    if not sight.is_staff(request.user):
        raise PermissionDenied
    return get_object_or_404(Job.objects.select_related("asked_by"), number=number)


def _shown(request: HttpRequest, found: Job) -> dict[str, Any]:
    entered = jobs.released_by(found) if found.out else None
    id = entered.release.id if entered else ""
    return {
        "steps": [{"words": STEPS.get(each["step"], each["step"]), "at": each["at"]} for each in found.steps],
        "counts": faces.counts_so_far(request.haven, id) if id else (),
        "release": id if found.state == State.DONE else "",
        "todo": TODO.get(found.status or 1, TODO[1]) if found.state == State.STOPPED else "",
        "seen": jobs.worker_seen(),
        "silent": _silent(request),
    }


def _silent(request: HttpRequest) -> bool:
    """Whether no worker has said for a while that it is there."""
    seen = jobs.worker_seen()
    return seen is None or request.haven.clock() - seen > 2 * jobs.LEASE


def _check_starts(request: HttpRequest, found: jobs.Releasable | None = None) -> None:
    if not jobs.may_start(request.user, found.application if found else None):
        raise PermissionDenied
