"""Requests of people about their own data: taken in, found by staff by the day they are due, answered, and wiped.

Who looks at one is entered in the private log first. Nothing that names the person stays once it is answered. The
month (SAR-02) runs once it is known who asks, stands while something is asked of them (SAR-06), and is made longer by
a reason that they are told (SAR-03)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from openhaven.casework.asking import Deed, Stage, Tie, Who, regime_of, stage_after, why_not
from openhaven.casework.exemptions import Regime
from openhaven.desk.models import Proxy, Request, RequestStep
from openhaven.desk.patients.sealed import mark, seal, unsealed
from openhaven.haven import Haven
from openhaven.haven.looking import look_up, seen_by
from openhaven.haven.own_choices import object_to, settle, take_back
from openhaven.haven.place import InUse
from openhaven.identity.nhs_number import numbers_within
from openhaven.law.answering import Received, Stop, answer_for_the_dead_by, due, tell_extension_by
from openhaven.law.plainly import day
from openhaven.model.errors import BadInput
from openhaven.model.record.choices import Heard, Objection
from openhaven.model.record.seen import Seen
from openhaven.records import reads
from openhaven.records.kept import Looked

LONGEST = 4000  # characters
SHORTER = 2000  # characters, of what staff write
HERE = "these pages"


class Kind(StrEnum):
    """What can be asked."""

    COPY = "a copy of my data"
    OBJECTION = "stop using my data"
    CONSENT = "say yes to a study"
    WITHDRAWAL = "take back my yes"
    COMPLAINT = "a complaint"


DEEDS: Mapping[Kind, Deed] = {
    Kind.COPY: Deed.ASK_COPY,
    Kind.OBJECTION: Deed.OBJECT,
    Kind.CONSENT: Deed.SAY_YES,
    Kind.WITHDRAWAL: Deed.TAKE_BACK,
    Kind.COMPLAINT: Deed.COMPLAIN,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a person asked, and whom it is about by their NHS number."""

    nhs_number: str
    words: str


@dataclass(frozen=True, slots=True)
class How:
    """How a request came: by which way, `shown` what showed who asks (empty where nothing did yet), who took it in, and
    for which proxy."""

    shown: str
    by: str = "the person"
    channel: str = HERE
    proxy: Proxy | None = None


SIGNED_IN = How("signed in with proven identity")


def ask(haven: Haven, kind: Kind, said: Said, how: How = SIGNED_IN, *, on_record: str = "") -> Request:
    """Take a request in, due by the law. Raises BadInput where it says nothing, or too much, or is not theirs to ask.

    An objection counts at once: it is on record, open, before anybody has answered."""
    if not said.words.strip() or len(said.words) > LONGEST:
        raise BadInput(f"say it in your own words, in {LONGEST:,} letters or fewer")
    who = Who(how.proxy.who) if how.proxy else Who.PERSON
    if refused := why_not(who, Tie.ACTS if how.proxy else Tie.OWN, DEEDS[kind], Stage.NONE):
        raise BadInput(refused)
    entered = haven if how.channel == HERE else seen_by(haven, how.by)
    _enter(entered, said.nhs_number, of="request", why=f"{for_whom(how)} asked for: {kind}")
    today = haven.today()
    with transaction.atomic():
        made = Request.objects.create(
            kind=kind,
            received=today,
            mark=mark(haven, said.nhs_number),
            sealed=seal(haven, [said.nhs_number, said.words.strip()]),
            stage=Stage.RUNNING if how.shown else Stage.UNPROVEN,
            proxy=how.proxy,
            channel=how.channel,
            proven=today if how.shown else None,
            on_record=on_record,
        )
        made.due = due_of(haven, made)
        made.save(update_fields=["due"])
        note(haven, made, DEEDS[kind], by=how.by, words=how.shown)
    put_on_record(haven, made)
    return made


def for_whom(how: How) -> str:
    """Who asks, for the private log: it names nobody."""
    whose = f"{how.proxy.who}, proxy {how.proxy.pk}, for the person" if how.proxy else "the person"
    return whose if how.channel == HERE else f"by {how.channel}, for {whose}"


def due_of(haven: Haven, request: Request) -> dt.date | None:
    """By when it is to be answered; None while the clock stands."""
    stops = tuple(Stop(*(dt.date.fromisoformat(each) if each else None for each in stop)) for stop in request.stops)
    received = Received(request.received, request.proven, stops, request.extended)
    if regime(request) is Regime.DEAD:
        chosen = haven.settings.policy.numbers
        return answer_for_the_dead_by(received, recent=request.recent, chosen=chosen)
    return due(received)


def regime(request: Request) -> Regime:
    """The law under which it is answered."""
    return regime_of(Who(request.proxy.who)) if request.proxy else Regime.LIVING


def told(request: Request) -> Mapping[str, str]:
    """What staff wrote for the person to read, the last of each kind: what they are asked, why it takes longer, and
    what was decided."""
    steps = request.steps.filter(deed__in=(Deed.ASK_BACK, Deed.EXTEND, Deed.DECIDE))
    return {each.deed: each.words for each in steps}


def asked_by(haven: Haven, nhs_number: str) -> Sequence[Request]:
    """A person's own requests, the latest first; those of proxies are not among them."""
    own = Request.objects.filter(mark=mark(haven, nhs_number), proxy=None)
    return list(own.select_related("copy").order_by("-id"))


def asked_for(proxy: Proxy) -> Sequence[Request]:
    """What a proxy asked, the latest first."""
    return list(proxy.requests.select_related("copy").order_by("-id"))


def waiting() -> Sequence[Request]:
    """What is not answered yet, by the day on which it is due; those whose clock stands come last."""
    found = Request.objects.filter(answered=None).select_related("proxy")
    return sorted(found, key=lambda each: (each.due or dt.date.max, each.pk))


def opened(haven: Haven, request: Request, *, by: str) -> Said | None:
    """What was asked, once it is entered that somebody looks; None where it was answered and wiped."""
    if not request.sealed:
        return None
    number, words = unsealed(haven, request.sealed)
    _enter(seen_by(haven, by), number, of=f"request {request.pk}", why="read, to answer it")
    return Said(number, words)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who of the staff acts: as what, and under which address."""

    who: Who
    by: str


def nothing_more() -> None:
    """What is done beside most deeds."""


def act(
    haven: Haven,
    request: Request,
    deed: Deed,
    staff: Staff,
    *,
    words: str = "",
    also: Callable[[], None] = nothing_more,
) -> None:
    """One deed of staff on a request: allowed by the table, entered in the private log, and made at once with what is
    `also` done. Raises BadInput with the reason where it may not be, or somebody else was quicker."""
    stage = Stage(request.stage)
    if refused := why_not(staff.who, Tie.APART, deed, stage):
        raise BadInput(f"you cannot {deed}: {refused}")
    if numbers_within([words]):
        raise BadInput("take the NHS number out", todo="It stands in no step of a request.")
    look_up(seen_by(haven, staff.by), Looked.ACCOUNTS, of=f"request {request.pk}", why=str(deed))
    with transaction.atomic():
        request.stage = stage_after(deed, stage)
        request.due = due_of(haven, request)
        changed = Request.objects.filter(pk=request.pk, stage=stage).update(
            stage=request.stage,
            due=request.due,
            proven=request.proven,
            stops=request.stops,
            extended=request.extended,
            recent=request.recent,
        )
        if not changed:
            raise BadInput("somebody else has changed this already", todo="Load the page again.")
        note(haven, request, deed, by=staff.by, words=words)
        also()


def note(haven: Haven, request: Request, deed: Deed | str, *, by: str, words: str = "") -> None:
    """Keep one step. It names nobody."""
    RequestStep.objects.create(request=request, at=haven.clock(), deed=deed, by=by, words=words)


def show_who(haven: Haven, request: Request, staff: Staff, *, how: str) -> None:
    """Record what showed who asks; the clock begins. Raises BadInput."""
    _said(how, "say what you saw, and who saw it")
    request.proven = haven.today()
    act(haven, request, Deed.SHOW_WHO, staff, words=how)
    put_on_record(haven, request)


def ask_back(haven: Haven, request: Request, staff: Staff, *, words: str) -> None:
    """Ask the person what they mean; the clock stands until they answer (SAR-06). Raises BadInput."""
    _said(words, "say what you ask them")
    request.stops = [*request.stops, [haven.today().isoformat(), None]]
    act(haven, request, Deed.ASK_BACK, staff, words=words)


def go_on(haven: Haven, request: Request, staff: Staff, *, words: str) -> None:
    """Record that they answered; the clock goes on. Raises BadInput."""
    _said(words, "say what they answered, without naming them")
    if request.stops:
        request.stops = [*request.stops[:-1], [request.stops[-1][0], haven.today().isoformat()]]
    act(haven, request, Deed.GO_ON, staff, words=words)


def extend(haven: Haven, request: Request, staff: Staff, *, words: str) -> None:
    """Take two months more, with a reason that the person is told within the first (SAR-03). Raises BadInput where it
    is too late, was done before, or the law gives no more time."""
    _said(words, "say why it takes longer: the person reads this")
    if regime(request) is Regime.DEAD:
        raise BadInput("the Act of 1990 gives no more time")
    if request.extended:
        raise BadInput("it was made longer already, and that is done once")
    last = tell_extension_by(Received(request.received, request.proven)) if request.proven else None
    if last is not None and haven.today() > last:
        raise BadInput(f"the person had to be told of it by {day(last)}")
    request.extended = True
    act(haven, request, Deed.EXTEND, staff, words=words)


def put_on_record(haven: Haven, request: Request) -> bool:
    """Record what a request makes at once: an objection is open from now on, a yes is taken back. Whether it is done;
    where another command holds the haven the worker does it, as soon as it can."""
    if request.entered or request.proven is None or not _makes_a_record(request):
        return True
    number, _ = unsealed(haven, request.sealed)
    try:
        with haven.locked(f"request {request.pk}"):
            _record(haven, request, number)
    except InUse:
        return False
    Request.objects.filter(pk=request.pk).update(entered=True, on_record=request.on_record)
    request.entered = True
    return True


def _makes_a_record(request: Request) -> bool:
    return request.kind == Kind.OBJECTION or (request.kind == Kind.WITHDRAWAL and bool(request.on_record))


def _record(haven: Haven, request: Request, number: str) -> None:
    if request.kind == Kind.OBJECTION:
        request.on_record = f"ART21-{request.pk}"
        object_to(haven, request.on_record, number)
        return
    try:
        take_back(haven, request.on_record, number)
    except BadInput as error:  # it was taken back by other means since
        note(haven, request, "not recorded", by="the service", words=error.what)


def unrecorded() -> Sequence[Request]:
    """Requests of which the record could not be made when they came."""
    found = Request.objects.filter(entered=False, answered=None).exclude(proven=None)
    return [each for each in found.order_by("id") if _makes_a_record(each)]


def decide(haven: Haven, request: Request, staff: Staff, *, upheld: bool, words: str) -> None:
    """Record what a person decided on an objection, for which reason (Article 21). Raises BadInput."""
    _said(words, "say why: the person reads this")
    if request.kind != Kind.OBJECTION or not request.entered:
        raise BadInput("there is no objection on record to decide on")
    number, _ = unsealed(haven, request.sealed)
    seen = Seen(f"request {request.pk}", staff.by, haven.today())
    try:
        with haven.locked(f"request {request.pk}"):
            act(haven, request, Deed.DECIDE, staff, words=words)
            settle(haven, request.on_record, number, upheld=upheld, seen=seen)
    except InUse:
        raise BadInput("the haven is at work now", todo="Try again in a while.") from None


def answer(haven: Haven, request: Request, staff: Staff, *, outcome: str) -> None:
    """Record what came of it; who asked and their words are wiped. Raises BadInput where it was answered before, or a
    record that it makes is not made yet, or nobody decided on an objection."""
    _said(outcome, "say what you did")
    if not put_on_record(haven, request):
        raise BadInput("it is not on record yet, since the haven is at work", todo="Try again in a while.")
    if request.kind == Kind.OBJECTION and request.entered and _is_open(request):
        raise BadInput("nobody has decided on the objection", todo="A Caldicott Guardian does.")

    def wipe() -> None:
        Request.objects.filter(pk=request.pk).update(
            answered=haven.today(), outcome=outcome.strip(), sealed="", due=None
        )

    act(haven, request, Deed.ANSWER, staff, also=wipe)


def _is_open(request: Request) -> bool:
    found = next((each for each in reads.records_of("objection") if each.id == request.on_record), None)
    return isinstance(found, Objection) and found.state is Heard.OPEN


def _said(words: str, otherwise: str) -> None:
    if not words.strip():
        raise BadInput(otherwise)
    if len(words) > SHORTER:
        raise BadInput(f"say it in {SHORTER:,} letters or fewer")


def _enter(haven: Haven, nhs_number: str, *, of: str, why: str) -> None:
    look_up(haven, Looked.PERSON, of=of, why=why, nhs_number=nhs_number)
