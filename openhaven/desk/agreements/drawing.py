"""Drawing up the agreement of a case that was approved: its terms from what was asked and decided, never from memory.

An agreement that is drawn up is no record. It becomes one once both sides have signed it (`signing.py`)."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace

from django.db.models import Max, QuerySet

from openhaven.casework.agreeing import Basis, Chosen, Limit, limits, plainly, signed, terms, within
from openhaven.casework.states import Action, State
from openhaven.casework.wording import Clause, Worded, clauses
from openhaven.desk.cases import as_person, check, enter, new_id, step
from openhaven.desk.models import AgreementVersion, Case, Person, Why
from openhaven.desk.offers import controllers_of, offered_to, on_record
from openhaven.desk.provisional import application
from openhaven.desk.reach import cases_for
from openhaven.haven import Haven
from openhaven.haven.deciding import Decided, decide_on
from openhaven.haven.place import LONDON
from openhaven.law import decide
from openhaven.law.case import Case as LawCase
from openhaven.law.explaining import what_would_change_it
from openhaven.law.plainly import day
from openhaven.law.ruleset import RULESET
from openhaven.model.decision import Decision
from openhaven.model.errors import BadInput
from openhaven.model.plain import to_plain
from openhaven.model.record.agreement import Agreement, Partnership
from openhaven.model.record.seen import Seen
from openhaven.model.words import FieldType, Role
from openhaven.records import reads
from openhaven.records.logstore import canonical

NO_PARTNER = "public_bodies_form_no_partnership"
"""The rule that speaks where everybody is a public body."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An agreement as it would be signed: terms, words, what limits the term, why it was cut, and what the engine would
    say once it is signed."""

    agreement: Agreement
    clauses: tuple[Clause, ...]
    limits: tuple[Limit, ...]
    cut: str
    decision: Decision

    @property
    def missing(self) -> tuple[str, ...]:
        """What would still be missing with this agreement signed."""
        return what_would_change_it(self.decision)

    @property
    def sha256(self) -> str:
        """What both sides sign: terms and words together."""
        return hashlib.sha256(canonical([to_plain(self.agreement), plain(self.clauses)])).hexdigest()


def plain(made: tuple[Clause, ...]) -> list[list[object]]:
    """Clauses as they are kept."""
    return [[each.heading, list(each.paragraphs)] for each in made]


def agreement_id(case: Case) -> str:
    """The id of a case's agreement: that of the first case, whatever amends it. Known before anything is drawn up, so
    that an ethics committee's opinion can name it."""
    while case.amends is not None:
        case = case.amends
    return f"DSA-{case.pk.removeprefix('CASE-')}"


def agreed(case: Case) -> Agreement | None:
    """The agreement on record of a case, None where none was entered."""
    found = (each for each in reads.records_of("agreement") if isinstance(each, Agreement))
    return next((each for each in found if each.id == agreement_id(case)), None)


def waiting(case: Case) -> AgreementVersion | None:
    """The version that waits for signatures: the latest, unless both sides have signed it."""
    latest = case.versions.prefetch_related("signatures").last()
    return None if latest is None or latest.signatures.count() == 2 else latest


def to_sign(case: Case) -> Action | None:
    """By which act the version that waits is signed next: first for the recipient, then for the haven."""
    if (version := waiting(case)) is None:
        return None
    return Action.COUNTERSIGN if version.signatures.exists() else Action.SIGN


def amendments_for(haven: Haven, case: Case, person: Person) -> QuerySet[Case]:
    """What would amend it, as far as a person may read that: of a draft nobody knows but those whose it is."""
    seen = cases_for(haven, person, Action.READ) | cases_for(haven, person, Action.READ_AGREEMENT)
    found: QuerySet[Case] = seen.filter(amends=case).order_by("opened")
    return found


def propose(haven: Haven, case: Case, chosen: Chosen) -> Drawn:
    """The agreement that would be drawn up today. Raises BadInput where the answers make none, where an organisation is
    not on record, or where no term is left."""
    basis = _basis(haven, case)
    asked = terms(basis, chosen)
    found = supposed(haven, case, asked)
    law = LawCase(found.application, found.facts, found.decision.on, RULESET.numbers)
    bounds = limits(law, asked, _used(found.decision))
    cut, why = within(asked, bounds)
    if cut != asked:
        found = supposed(haven, case, cut)
    return Drawn(cut, clauses(cut, _worded(haven, case, chosen, found)), bounds, why, found.decision)


def supposed(haven: Haven, case: Case, agreement: Agreement) -> Decided:
    """What the engine would say today if this agreement were signed today. Nothing supposed is recorded."""
    today = haven.today()
    begun = replace(agreement, starts=today) if agreement.starts > today else agreement
    now = signed(begun, version=0, digest="0" * 64, by="supposed", on=today)
    asked = replace(application(case, offered_to(haven, case.organisation)), agreement=agreement.id)
    found = decide_on(haven, asked, today)
    others = (each for each in found.facts.records if not (isinstance(each, Agreement) and each.id == agreement.id))
    facts = replace(found.facts, records=(*others, now))
    return replace(found, facts=facts, decision=decide(asked, facts, on=today))


def _used(decision: Decision) -> set[str]:
    return {id for each in decision.questions for finding in each.findings for id in finding.used}


def _basis(haven: Haven, case: Case) -> Basis:
    asked = application(case, offered_to(haven, case.organisation))
    if asked.agreement:
        raise BadInput(f"The application is made under {asked.agreement}, so no other agreement is drawn up")
    minute = case.minutes.filter(says=Action.APPROVE).select_related("person").last()
    if minute is None:
        raise BadInput("The case has not been approved here")
    names = on_record(haven).organisations
    return Basis(
        id=agreement_id(case),
        application=asked,
        answers=case.answers,
        controllers=tuple(sorted(controllers_of(haven, asked.dataset))),
        today=haven.today(),
        approved=Seen(f"approval of {case.pk}, given in the service", minute.person.name, _day(minute.at)),
        ids={**{plainly(name): id for id, name in names.items()}, **{plainly(id): id for id in names}},
        dates=_dates(haven, asked.dataset),
    )


def _day(at: dt.datetime) -> dt.date:
    return at.astimezone(LONDON).date()


def _dates(haven: Haven, dataset: str) -> frozenset[str]:
    days = (FieldType.DATE, FieldType.DATETIME)
    found = (each for each in on_record(haven).datasets if each.id == dataset)
    return frozenset(field.name for each in found for field in each if field.type in days)


def _worded(haven: Haven, case: Case, chosen: Chosen, found: Decided) -> Worded:
    asked, names = found.application, on_record(haven)
    weighed = [
        each for each in found.facts.records if isinstance(each, Partnership) and each.agreement == asked.agreement
    ]
    lines = (line for each in case.minutes.all() for line in each.conditions.split("\n"))
    return Worded(
        application=asked,
        answers=case.answers,
        chosen=chosen,
        operator=haven.settings.haven.operator,
        names=names.organisations,
        dataset=next((each.title for each in names.datasets if each.id == asked.dataset), asked.dataset),
        ruleset=found.decision.ruleset,
        obligations=found.decision.obligations,
        conditions=tuple(dict.fromkeys(each for line in lines if (each := line.strip()))),
        partnership=weighed[-1] if weighed else None,
        partner=NO_PARTNER not in found.decision.spoke,
        keys=frozenset(each.name for each in found.facts.dataset if each.role in (Role.PERSON, Role.KEY)),
    )


# --- acts -------------------------------------------------------------------------------------------------------------


def draw_up(haven: Haven, case: Case, person: Person, chosen: Chosen) -> AgreementVersion:
    """Draw up the next version to be signed; signatures under an earlier one count no more. Raises BadInput."""
    check(haven, case, person, Action.DRAW_UP)
    why = Why.AMENDED if case.amends is not None else Why.FIRST
    return _kept(haven, case, person, propose(haven, case, chosen), Action.DRAW_UP, why)


def extend(haven: Haven, case: Case, person: Person, chosen: Chosen) -> AgreementVersion:
    """Propose a longer term, to be signed by both sides. Raises BadInput where it would be no longer than the term in
    force, or would outlive what the decision rests on."""
    check(haven, case, person, Action.EXTEND)
    now, wanted = agreed(case), chosen.ends
    if now is None or wanted is None or wanted <= now.ends:
        raise BadInput("Give a last day that is later than the present one")
    drawn = propose(haven, without_agreement(case), chosen)
    if drawn.agreement.ends < wanted:
        raise BadInput(f"It cannot run until {day(wanted)}. {drawn.cut}")
    return _kept(haven, case, person, drawn, Action.EXTEND, Why.EXTENDED)


def without_agreement(case: Case) -> Case:
    """The case as it was asked, before it named its own agreement. Only to be read."""
    asked: Case = Case.objects.get(pk=case.pk)
    asked.answers = {**case.answers, "agreement": {"agreement": ""}}
    return asked


def _kept(haven: Haven, case: Case, person: Person, drawn: Drawn, action: Action, why: Why) -> AgreementVersion:
    number = (case.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    with step(haven, case, person, action, what=f"version {number}"):
        return AgreementVersion.objects.create(
            case=case,
            number=number,
            why=why,
            person=person,
            at=haven.clock(),
            terms=to_plain(drawn.agreement),
            clauses=plain(drawn.clauses),
            cut=drawn.cut,
            sha256=drawn.sha256,
        )


def amend(haven: Haven, case: Case, person: Person) -> Case:
    """Begin an amendment: a new application with the same answers, of which only what differs is looked at afresh."""
    role = check(haven, case, person, Action.AMEND)
    if open_one := case.amendments.exclude(state__in=(State.REFUSED, State.WITHDRAWN, State.IN_FORCE)).first():
        raise BadInput(f"An amendment is under way already: {open_one.pk}")
    id, now = new_id(), haven.clock()
    enter(as_person(haven, person, role), id, f"begin, to amend {case.pk}")
    with step(haven, case, person, Action.AMEND, what=id):
        answers = {**case.answers, "agreement": {"agreement": ""}}
        return Case.objects.create(id=id, author=person, organisation=case.organisation, state=State.DRAFT, since=now,
                                   opened=now, answers=answers, amends=case)  # fmt: skip
