"""What is done about an incident: each deed is allowed first, entered in the private log, and kept.

A breach by an organisation, and a hold, become records, and the engine refuses with them at once. The public register
of breaches is made from those records: it shows an incident only where such a record was entered."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Q, QuerySet

from openhaven.casework.agreeing import LADDER
from openhaven.casework.incidents import SETTLES, Deed, Need, Stage, Tie, lacks, line_for
from openhaven.casework.roles import Role
from openhaven.desk.cases import LETTERS, NotAllowed, Stale, as_person, enter, words
from openhaven.desk.models import Incident, IncidentStep, Person
from openhaven.desk.offers import controllers_of, on_record
from openhaven.desk.reach import incidents_for
from openhaven.haven import Haven
from openhaven.haven.recording import record_noun
from openhaven.law.plainly import listed
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Hold
from openhaven.model.record.organisations import Breach
from openhaven.records import reads

MOST_TITLE = 120
EXCLUDED = LADDER[3]
"""The step after which the breach stays open when the incident is closed."""


class Scope(StrEnum):
    """What is frozen."""

    ORGANISATION = "the organisation: a breach of terms, which is public"
    AGREEMENT = "everything under the agreement"
    DATASET = "everything of the data"
    EVERYTHING = "every release"


class Told(StrEnum):
    """Whether the people whom the data is about are told (UK GDPR, Article 34)."""

    YES = "they are told, since the risk to them is high"
    NO = "they are not told, and here is why"


@dataclass(frozen=True, slots=True)
class Reported:
    """What is reported: in a few words, in full, when somebody first knew, and what it is about, where known."""

    title: str
    text: str
    known: dt.datetime
    about: str = ""
    dataset: str = ""
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a deed: words, and a coded word where the deed has one. `chosen` are controllers told."""

    text: str
    what: str = ""
    chosen: tuple[str, ...] = field(default=())


# --- who --------------------------------------------------------------------------------------------------------------


def tie(haven: Haven, incident: Incident, person: Person) -> Tie:
    """The tie that counts. Whoever holds a post of the organisation is of it first."""
    organisations = {each.organisation for each in person.posts.all()} - {""}
    if incident.about in organisations:
        return Tie.CONCERNED
    if incident.reporter_id == person.pk:
        return Tie.REPORTER
    return Tie.GIVER if organisations & set(whose(haven, incident)) else Tie.APART


def whose(haven: Haven, incident: Incident) -> tuple[str, ...]:
    """The controllers whose data it touches, or may touch: all of them where the data is not known."""
    if (agreement := _agreement(incident.agreement)) is not None:
        return agreement.controllers
    if incident.dataset:
        return controllers_of(haven, incident.dataset)
    return tuple(sorted({each for every in on_record(haven).controllers.values() for each in every}))


def _agreement(id: str) -> Agreement | None:
    found = (each for each in reads.records_of("agreement") if isinstance(each, Agreement))
    return next((each for each in found if each.id == id), None) if id else None


def role_for(haven: Haven, incident: Incident, person: Person, deed: Deed) -> Role | None:
    """The role in which a person does this now; None where they may not."""
    found, stage = tie(haven, incident, person), incident.stands
    roles = sorted(Role(each.role) for each in person.posts.all())
    return next((each for each in roles if line_for(each, found, deed, stage)), None)


def check(haven: Haven, incident: Incident, person: Person, deed: Deed) -> Role:
    """The role in which a person does this. Raises NotAllowed."""
    role = role_for(haven, incident, person, deed)
    if role is None:
        found = tie(haven, incident, person)
        because = f"you are {found}" if found is Tie.CONCERNED else "no post of yours lets you do it now"
        raise NotAllowed(f"You cannot {deed} here: {because}")
    return role


def can(haven: Haven, incident: Incident, person: Person) -> frozenset[Deed]:
    """All that a person may do with it now."""
    found, roles = tie(haven, incident, person), [Role(each.role) for each in person.posts.all()]
    return frozenset(deed for deed in Deed if any(line_for(each, found, deed, incident.stands) for each in roles))


def find(haven: Haven, id: str, person: Person) -> Incident | None:
    """An incident that a person may see, None where there is none for them."""
    found: Incident | None = Incident.objects.filter(pk=id).first()
    return found if found is not None and role_for(haven, found, person, Deed.READ) else None


def visible(haven: Haven, person: Person) -> QuerySet[Incident]:
    """Those that a person may see: what is open first, by its clock."""
    found = incidents_for(haven, person, Deed.READ)
    return found.annotate(is_closed=Q(stage=Stage.CLOSED)).order_by("is_closed", "known", "pk")


def unsettled(haven: Haven, person: Person) -> QuerySet[Incident]:
    """Those of which a person has to see to it that the Commissioner is told, or that it is decided why not."""
    settled = IncidentStep.objects.filter(deed__in=SETTLES[Need.REGULATOR]).values("incident_id")
    return incidents_for(haven, person, Deed.TELL_REGULATOR).exclude(pk__in=settled).order_by("known", "pk")


# --- deeds ------------------------------------------------------------------------------------------------------------


def check_known(haven: Haven, reported: Reported) -> None:
    """Raises BadInput where what it names is not on record."""
    agreements = {each.id for each in reads.records_of("agreement")}
    known = on_record(haven)
    for said, ids, what in (
        (reported.about, known.organisations, "organisation"),
        (reported.dataset, known.controllers, "dataset"),
        (reported.agreement, agreements, "agreement"),
    ):
        if said and said not in ids:
            raise BadInput(f"there is no {what} {said!r} on record", todo="Leave it out where it is not known.")


def report(haven: Haven, person: Person, reported: Reported) -> Incident:
    """Report an incident. Whoever holds a post may. Raises BadInput where it says nothing, or speaks of the future."""
    roles = sorted(Role(each.role) for each in person.posts.all())
    if not roles:
        raise NotAllowed("You hold no post here: tell us by telephone")
    title, text = " ".join(words(reported.title).split()), words(reported.text)
    if len(title) > MOST_TITLE:
        raise BadInput(f"Say it in {MOST_TITLE} letters or fewer")
    if reported.known > haven.clock():
        raise BadInput("It cannot have become known in the future")
    id = f"INC-{''.join(secrets.choice(LETTERS) for _ in range(6))}"
    enter(as_person(haven, person, roles[0]), id, "report")
    with transaction.atomic():
        made = Incident.objects.create(
            id=id,
            reporter=person,
            title=title,
            about=reported.about,
            dataset=reported.dataset,
            agreement=reported.agreement,
            known=reported.known,
            reported=haven.clock(),
            stage=Stage.REPORTED,
        )
        IncidentStep.objects.create(incident=made, person=person, role=roles[0], deed="report", text=text,
                                    at=haven.clock())  # fmt: skip
    return made


def do(haven: Haven, incident: Incident, person: Person, deed: Deed, said: Said) -> None:
    """One deed. Raises NotAllowed, Stale, or BadInput where something is missing for it."""
    role, text = check(haven, incident, person, deed), words(said.text)
    acting = as_person(haven, person, role)
    if not Incident.objects.filter(pk=incident.pk, version=incident.version).exists():
        raise Stale("Somebody else changed this while you had it open")
    what = said.what
    if deed is Deed.FREEZE:
        _freeze(acting, incident, _scope(said.what), text)
    elif deed is Deed.TELL_CONTROLLERS:
        what = _all_controllers(haven, incident, said.chosen)
    elif deed is Deed.SANCTION:
        _check_step(incident, said.what)
    elif deed is Deed.TELL_PEOPLE and said.what not in list(Told):
        raise BadInput("Choose one of the answers")
    elif deed is Deed.CLOSE:
        check_settled(incident)
        _thaw(acting, incident)
    _kept(acting, incident, person, deed, Said(text, what))


def _check_step(incident: Incident, step: str) -> None:
    if step not in LADDER:
        raise BadInput("Choose one of the answers")
    if step == EXCLUDED and incident.pk not in frozen(incident):
        raise BadInput("Freeze the organisation first: it is excluded by a breach that stays open")


def _kept(acting: Haven, incident: Incident, person: Person, deed: Deed, said: Said) -> None:
    role = check(acting, incident, person, deed)
    line = line_for(role, tie(acting, incident, person), deed, incident.stands)
    assert line is not None
    enter(acting, incident.pk, deed.value)
    with transaction.atomic():
        moved = {"stage": line.to} if line.to else {}
        same = Incident.objects.filter(pk=incident.pk, version=incident.version)
        if not same.update(version=F("version") + 1, **moved):
            raise Stale("Somebody else changed this while you had it open")
        IncidentStep.objects.create(incident=incident, person=person, role=role, deed=deed, what=said.what,
                                    text=said.text, at=acting.clock())  # fmt: skip
    incident.refresh_from_db()


def done(incident: Incident) -> frozenset[Deed]:
    """The deeds that were done so far."""
    return frozenset(Deed(each) for each in incident.steps.values_list("deed", flat=True) if each in list(Deed))


def missing(incident: Incident) -> tuple[Need, ...]:
    """What is missing before it can be closed."""
    return lacks(done(incident), incident.stands)


def check_settled(incident: Incident) -> None:
    """Raises BadInput with what is missing before it can be closed."""
    if left := missing(incident):
        raise BadInput(f"It cannot be closed until {listed(left)}")


def _all_controllers(haven: Haven, incident: Incident, chosen: Iterable[str]) -> str:
    if left := sorted(set(whose(haven, incident)) - set(chosen)):
        raise BadInput(f"Tell every controller whose data it touches: not told yet {listed(left)}")
    return ", ".join(sorted(chosen))[:200]


# --- holds and breaches -----------------------------------------------------------------------------------------------


def _scope(said: str) -> Scope:
    try:
        return Scope(said)
    except ValueError:
        raise BadInput("Choose one of the answers") from None


def scopes(incident: Incident) -> tuple[Scope, ...]:
    """What can be frozen, by what is known of the incident."""
    known: Mapping[Scope, str] = {
        Scope.ORGANISATION: incident.about,
        Scope.AGREEMENT: incident.agreement,
        Scope.DATASET: incident.dataset,
    }
    return tuple(each for each in Scope if known.get(each, "everything"))


def _freeze(acting: Haven, incident: Incident, scope: Scope, text: str) -> None:
    """Entered without waiting for a release that is under way: that one reads it before anything leaves."""
    if scope not in scopes(incident):
        raise BadInput("It is not known what that would be")
    today = acting.today()
    if scope is Scope.ORGANISATION:
        record_noun(acting, "breach", Breach(incident.pk, incident.about, text, today))
        return
    record_noun(acting, "hold", Hold(
        f"{incident.pk}-{scope.name.lower()}",
        f"incident {incident.pk}",
        acting.operator.rpartition(", ")[2],
        today,
        dataset=incident.dataset if scope is Scope.DATASET else "",
        agreement=incident.agreement if scope is Scope.AGREEMENT else "",
    ))  # fmt: skip


def _thaw(acting: Haven, incident: Incident) -> None:
    """The end of what was frozen for this incident. A person looks first at what the organisation asks for afterwards:
    the law says so of a breach that was closed. A breach for which the organisation is excluded stays open."""
    today, excluded = acting.today(), incident.steps.filter(deed=Deed.SANCTION, what=EXCLUDED).exists()
    for each in reads.records_of("hold"):
        if isinstance(each, Hold) and each.id.startswith(f"{incident.pk}-") and each.ends is None:
            record_noun(acting, "hold", replace(each, ends=max(each.starts, today - dt.timedelta(days=1))))
    for one in reads.records_of("breach"):
        if isinstance(one, Breach) and one.id == incident.pk and one.closed is None and not excluded:
            record_noun(acting, "breach", replace(one, closed=today))


def frozen(incident: Incident) -> tuple[str, ...]:
    """The holds and breaches on record for this incident that still stand."""
    holds = [each for each in reads.records_of("hold") if isinstance(each, Hold) and each.ends is None]
    breaches = [each for each in reads.records_of("breach") if isinstance(each, Breach) and each.closed is None]
    found = [each.id for each in holds if each.id.startswith(f"{incident.pk}-")]
    return (*found, *(each.id for each in breaches if each.id == incident.pk))
