"""Copies of what is held about a person: what is left out, made by the worker, kept sealed, collected, and wiped.

A copy lies in the records alone, sealed; it goes to the person or who acts for them, or is taken once by staff who send
it. A day after it was collected it is wiped, and after a month in any case (SAR-09)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import QuerySet

from openhaven.casework.asking import Deed, Stage
from openhaven.casework.exemptions import LeftOut, Opinion, check_left_out
from openhaven.desk.models import Omission, OwnCopy, Request
from openhaven.desk.patients.hiding import hidden
from openhaven.desk.patients.requests import Kind, Staff, act, note, put_on_record, regime, unrecorded
from openhaven.desk.patients.sealed import seal, seal_bytes, unsealed, unsealed_bytes
from openhaven.haven import Haven
from openhaven.haven.copying import CopyAsked, check_held, files_of, make_copy, zipped
from openhaven.haven.looking import look_up, seen_by
from openhaven.haven.own_records import OwnRecords, own_records
from openhaven.haven.place import InUse
from openhaven.model.errors import BadInput, HavenError
from openhaven.records.kept import Looked

KEPT = dt.timedelta(days=30)
KEPT_COLLECTED = dt.timedelta(days=1)
"""Our own choices: time to collect a copy, and to collect it again where that broke off."""
WORKER = "the worker"
MOST = 50_000_000  # bytes
NOT_MADE = "not made"


@dataclass(frozen=True, slots=True)
class OmissionKept:
    """Something left out, as it is on record."""

    id: int
    left: LeftOut
    by: str


def look_at(haven: Haven, request: Request, *, by: str) -> tuple[OwnRecords, ...]:
    """The records that a copy would hold, for who says what is left out of it. Entered first. Raises BadInput."""
    number = _number(haven, request)
    why = "read, to see what to leave out"
    look_up(seen_by(haven, by), Looked.PERSON, of=f"request {request.pk}", why=why, nhs_number=number)
    return own_records(haven, number)


def leave_out(haven: Haven, request: Request, left: LeftOut, staff: Staff, *, held: Sequence[OwnRecords]) -> None:
    """Leave something out of what is `held`, under an exemption. Raises BadInput where that does not hold under the
    request's law, or it is not there."""
    check_held([left], held)
    check_left_out(left, regime=regime(request), on=haven.today(), chosen=haven.settings.policy.numbers)
    plain = {**asdict(left), "because": ""}
    if left.opinion:
        plain["opinion"] = {"by": left.opinion.by, "on": left.opinion.on.isoformat()}

    def keep() -> None:
        because = seal(haven, left.because)
        Omission.objects.create(request=request, what=plain, sealed=because, by=staff.by, at=haven.clock())

    act(haven, request, Deed.LEAVE_OUT, staff, words=left.known.provision, also=keep)


def put_back(haven: Haven, request: Request, id: int, staff: Staff) -> None:
    """Leave something in after all. Raises BadInput where it is not left out."""
    found = Omission.objects.filter(request=request, pk=id)
    if not found.exists():
        raise BadInput("this is not left out")
    act(haven, request, Deed.PUT_BACK, staff, also=lambda: _gone(found))


def _gone(found: QuerySet[Omission]) -> None:
    found.delete()


def left_out_of(haven: Haven, request: Request) -> tuple[OmissionKept, ...]:
    """All that is left out of the copy for a request."""
    return tuple(OmissionKept(each.pk, _left(haven, each), each.by) for each in request.omissions.order_by("pk"))


def _left(haven: Haven, row: Omission) -> LeftOut:
    what = dict(row.what)
    opinion = what.pop("opinion")
    made = Opinion(opinion["by"], dt.date.fromisoformat(opinion["on"])) if opinion else None
    what |= {"because": unsealed(haven, row.sealed), "fields": tuple(what["fields"]), "records": tuple(what["records"])}
    return LeftOut(**what, opinion=made)


def have_made(haven: Haven, request: Request, staff: Staff) -> None:
    """Have the worker make the copy. Raises BadInput."""
    if request.kind != Kind.COPY:
        raise BadInput("this request is not for a copy")
    act(haven, request, Deed.MAKE, staff)


def anything_waits() -> bool:
    """Whether `make_next` has anything to do."""
    return Request.objects.filter(stage=Stage.MAKING).exists() or bool(unrecorded())


def make_next(haven: Haven) -> bool:
    """Make the first copy that was asked for, and record what could not be recorded when it came. Whether there was
    anything to do."""
    for each in unrecorded():
        if put_on_record(haven, each):
            return True
    request = Request.objects.filter(stage=Stage.MAKING).order_by("pk").first()
    if request is None:
        return False
    try:
        with haven.locked(f"the copy for request {request.pk}"):
            make(haven, request)
    except InUse:
        return False
    except HavenError as error:
        _not_made(haven, request, str(error))
    return True


def make(haven: Haven, request: Request) -> None:
    """Make the copy now. Raises HavenError where something does not fit; nothing is kept then."""
    asked = _asked(haven, request)
    content = zipped(files_of(haven, make_copy(haven, asked)), on=haven.today())
    if len(content) > MOST:
        raise BadInput(f"the copy has more than {MOST:,} bytes", todo="Make it with haven my-copy.")
    sealed = seal_bytes(haven, content, of=f"request {request.pk}")
    with transaction.atomic():
        if not Request.objects.filter(pk=request.pk, stage=Stage.MAKING).update(stage=Stage.READY):
            return
        OwnCopy.objects.update_or_create(
            request=request, defaults={"made": haven.clock(), "sealed": sealed, "collected": None}
        )
        note(haven, request, Stage.READY, by=WORKER)


def _asked(haven: Haven, request: Request) -> CopyAsked:
    proxy, number = request.proxy, _number(haven, request)
    shown = request.steps.filter(deed__in=(Deed.SHOW_WHO, Deed.ASK_COPY)).exclude(words="")
    return CopyAsked(
        number,
        f"for request {request.pk}",
        regime(request),
        tuple((each.at.date(), each.words) for each in shown),
        tuple(each.left for each in left_out_of(haven, request)),
        f"{proxy.who}; {proxy.evidence}" if proxy else "",
        hidden(haven, number) if proxy else frozenset(),
    )


def _not_made(haven: Haven, request: Request, said: str) -> None:
    with transaction.atomic():
        if Request.objects.filter(pk=request.pk, stage=Stage.MAKING).update(stage=Stage.RUNNING):
            note(haven, request, NOT_MADE, by=WORKER, words=said[:2000])


def collect(haven: Haven, request: Request, *, nhs_number: str, why: str) -> bytes:
    """The copy, for who asked for it; entered first. `nhs_number` is whose data it is. Raises BadInput where there is
    none."""
    row = _copy(request)
    look_up(haven, Looked.PERSON, of=f"the copy for request {request.pk}", why=why, nhs_number=nhs_number)
    return _given(haven, row)


def send(haven: Haven, request: Request, staff: Staff, *, words: str) -> bytes:
    """The copy, for staff who send it: `words` say where to and how it is protected. Raises BadInput."""
    if not words.strip():
        raise BadInput("say how you send it, and how it is protected on the way")
    row = _copy(request)
    act(haven, request, Deed.SEND, staff, words=words)
    return _given(haven, row)


def _given(haven: Haven, row: OwnCopy) -> bytes:
    content = unsealed_bytes(haven, bytes(row.sealed), of=f"request {row.request_id}")
    OwnCopy.objects.filter(pk=row.pk, collected=None).update(collected=haven.clock())
    return content


def has_copy(request: Request) -> bool:
    """Whether a copy waits."""
    return hasattr(request, "copy")


def wipe(haven: Haven, request: Request) -> None:
    """Wipe the copy now: who asked has it."""
    OwnCopy.objects.filter(request=request).delete()


def wipe_old(now: dt.datetime) -> int:
    """Wipe copies that were collected a day ago, and those that nobody collected in a month. Returns how many."""
    collected = OwnCopy.objects.filter(collected__lt=now - KEPT_COLLECTED)
    waited = OwnCopy.objects.filter(made__lt=now - KEPT)
    return int(collected.delete()[0]) + int(waited.delete()[0])


def forget_copies() -> None:
    """Wipe every copy, as after a restore: they may have been collected and wiped since. Those not answered yet are
    made anew by who answers."""
    OwnCopy.objects.all().delete()
    Request.objects.filter(stage__in=(Stage.MAKING, Stage.READY)).update(stage=Stage.RUNNING)


def _copy(request: Request) -> OwnCopy:
    found = OwnCopy.objects.filter(request=request).first()
    if found is None or request.stage not in (Stage.READY, Stage.ANSWERED):
        raise BadInput("there is no copy here", todo="It may have been wiped since. Ask for it again.")
    return found


def _number(haven: Haven, request: Request) -> str:
    if not request.sealed:
        raise BadInput("it was answered, and who asked is wiped")
    return str(unsealed(haven, request.sealed)[0])
