"""Releases made: who may see which, the certificate, what differs from last time, and the package for its recipient."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from openhaven.desk import jobs, sight
from openhaven.haven import Haven, faces
from openhaven.haven.catalogue import titles
from openhaven.haven.looking import look_up
from openhaven.model.errors import BadInput
from openhaven.model.record.organisations import Organisation
from openhaven.package.archive import Archive, files_of
from openhaven.records import kept, reads
from openhaven.web.as_of import as_of_now
from openhaven.web.pages import page
from openhaven.web.ranges import Sent, send
from openhaven.web.search import found_in, paged
from openhaven.web.signing_in import second_factor_first

View = Callable[..., HttpResponse]


@login_required
@never_cache
def releases(request: HttpRequest) -> HttpResponse:
    """The releases that a person may see, and for staff the jobs that are not over or stopped."""
    asked = request.GET.get("q", "").strip()
    seen = [each for each in sight.seen_by(request.haven, request.user) if found_in(_words(each), asked)]
    staff = sight.is_staff(request.user)
    open_jobs = [each for each in jobs.jobs_of() if each.under_way or each.state == "stopped"] if staff else []
    return page(
        request,
        "releases.html",
        asked=asked,
        **paged(request, seen),
        titles=as_of_now(titles, request.haven),
        names=as_of_now(_names, request.haven),
        jobs=open_jobs[:20],
        may=jobs.may_start(request.user),
    )


@login_required
@never_cache
def release(request: HttpRequest, id: str) -> HttpResponse:
    """One release: where it stands, and what can be done with it."""
    found, face = _release(request, id)
    folder = Path(found.release.out)
    mine = sight.may_download(request.user, found.release)
    return page(
        request,
        "release.html",
        release=found.release,
        state=found.state,
        entered=found.entered_at,
        titles=as_of_now(titles, request.haven),
        names=as_of_now(_names, request.haven),
        mine=mine,
        files=_files(folder) if mine and _is_there(found) else (),
        size=_archive(found).size if mine and _is_there(found) else 0,
        former=_former(found),
        face=face,
        decision=_latest_decision(request, found),
    )


@login_required
@never_cache
def certificate(request: HttpRequest, id: str) -> HttpResponse:
    """The certificate: the controllers' face for who serves one of them, else the recipient's."""
    found, face = _release(request, id)
    return page(
        request,
        "certificate.html",
        release=found.release,
        face=_read(request, found, face),
        full=face is sight.Face.FULL,
        names=as_of_now(_names, request.haven),
    )


@login_required
@never_cache
def compare(request: HttpRequest, id: str) -> HttpResponse:
    """Which lines of the certificate differ from those of the release before."""
    found, face = _release(request, id)
    former = _former(found)
    if former is None:
        raise Http404(id)
    _, former_face = _release(request, former.release.id)
    same = sight.Face.FULL if face is former_face is sight.Face.FULL else sight.Face.RECIPIENT
    differing = faces.differences(_read(request, former, same), _read(request, found, same))
    return page(request, "compare.html", release=found.release, former=former.release, differing=differing)


def with_second_factor(view: View) -> View:
    """Only for who has shown the second factor in this session; others are asked for it, then come back."""

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        return second_factor_first(request) or view(request, *given, **named)

    return asked


@login_required
@with_second_factor
@require_safe
@never_cache
def package(request: HttpRequest, id: str) -> HttpResponse:
    """The whole package as one tar file, for the recipient's people."""
    found = _for_recipient(request, id)
    archive = _archive(found)
    _enter_download(request, id, "the package")
    tag = f"{found.release.manifest_sha256}-{archive.size}"
    return send(request, Sent(io.BufferedReader(archive, 1 << 16), f"{id}.tar", tag))


@login_required
@with_second_factor
@require_safe
@never_cache
def file(request: HttpRequest, id: str, path: str) -> HttpResponse:
    """One file of the package, for the recipient's people."""
    found = _for_recipient(request, id)
    folder = Path(found.release.out)
    if path not in files_of(folder):
        raise Http404(path)
    _enter_download(request, id, path)
    tag = f"{found.release.manifest_sha256}-{path}"
    return send(request, Sent((folder / path).open("rb"), Path(path).name, tag))


def _enter_download(request: HttpRequest, id: str, what: str) -> None:
    """The download stands in the private log before its first byte leaves; a question of headers alone is none."""
    if request.method == "GET":
        who = replace(request.haven, operator=request.user.email)
        look_up(who, kept.Looked.PACKAGE, of=f"release {id}", why=f"{what} downloaded by its recipient")


def _for_recipient(request: HttpRequest, id: str) -> kept.ReleaseKept:
    found, _ = _release(request, id)
    if not sight.may_download(request.user, found.release):
        raise PermissionDenied
    if not _is_there(found):
        raise Http404(id)
    return found


def _release(request: HttpRequest, id: str) -> tuple[kept.ReleaseKept, sight.Face]:
    """A release and the face of it that the person sees. One that they may not see is no other than one that is not."""
    found = reads.release(id)
    face = sight.Face.NONE if found is None else sight.face_for(request.haven, request.user, found.release)
    if found is None or face is sight.Face.NONE:
        raise PermissionDenied
    return found, face


def _read(request: HttpRequest, found: kept.ReleaseKept, face: sight.Face) -> Any:
    try:
        if face is sight.Face.FULL:
            return faces.controllers_face(request.haven, found.release.id)
        return faces.recipients_face(found.release)
    except BadInput:
        raise Http404(found.release.id) from None


def _is_there(found: kept.ReleaseKept) -> bool:
    return found.state is kept.ReleaseState.FINISHED and Path(found.release.out).is_dir()


def _archive(found: kept.ReleaseKept) -> Archive:
    folder = Path(found.release.out)
    return Archive(folder, files_of(folder), name=found.release.id)


def _files(folder: Path) -> list[tuple[str, int]]:
    return [(name, (folder / name).stat().st_size) for name in files_of(folder)]


def _former(found: kept.ReleaseKept) -> kept.ReleaseKept | None:
    """The release that was handed over before this one, under the same application, else the same agreement."""
    earlier = [
        each
        for each in reads.releases()
        if each.index < found.index
        and each.state is kept.ReleaseState.FINISHED
        and (each.release.agreement, each.release.dataset) == (found.release.agreement, found.release.dataset)
    ]
    same = [each for each in earlier if each.release.application == found.release.application]
    return (same or earlier or [None])[-1]


def _latest_decision(request: HttpRequest, found: kept.ReleaseKept) -> str:
    """The permit under which it can be released again; empty where there is none, or the person may not."""
    if not jobs.may_start(request.user):
        return ""
    by_id = {each.application.id: each.decision.id for each in jobs.releasable()}
    return by_id.get(found.release.application, "")


def _names(haven: Haven) -> dict[str, str]:
    return {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}


def _words(each: kept.ReleaseKept) -> list[str]:
    release = each.release
    return [release.id, release.application, release.agreement, release.recipient, release.dataset]
