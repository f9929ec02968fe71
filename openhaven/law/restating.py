"""What a record could say otherwise: its days, its state, who saw it, and that it covers what is asked.

By the name of what is said: a record is described by its parts, and parts of one name mean the same in every kind."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from openhaven.model.application import Condition, DataProtection
from openhaven.model.protection import NONE
from openhaven.model.record.advice import Classification, Recommendation
from openhaven.model.record.agreement import Agreement, Benefit, FieldAgreed
from openhaven.model.record.approvals import Approves, Opinion, Requirement, Support, TerritoryAuthority
from openhaven.model.record.choices import ConsentMaterial, Objection
from openhaven.model.record.controllers import Authority
from openhaven.model.record.data_protection import Assessment
from openhaven.model.record.description import Description
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Route

from .case import Case
from .cohorts import in_words
from .evidence import setting_of
from .lacking import HOME, STATED, grounds_supposed, seen
from .moves import Does, Move, Step, kind_of
from .plainly import day, listed, years_after
from .rules.agreement import rests_on
from .words import ENACTMENTS, WORDS

Values = Callable[[Case, Any, Any], Iterable[Any]]
"""From the case, the record and what it says: what it could say instead."""


def restating(case: Case, record: Record) -> Iterator[Move]:
    """Each way in which one statement of the record could be otherwise, as far as a record can say it."""
    for each in fields(record):
        values = _VALUES.get(each.name)
        if values is None or isinstance(record, Description):
            continue
        for value in values(case, record, getattr(record, each.name)):
            made = _stating(each.name, value)
            if _stands(made, record):
                yield Move(Step(Does.STATES, kind_of(record), record.id, each.name, said(value)), None, record, made)


def said(value: Any) -> str:
    """A value in words."""
    if isinstance(value, Condition):
        return in_words(value)
    if isinstance(value, dt.date):
        return day(value)
    if isinstance(value, Seen):
        return f"seen by a named person by {day(value.on)}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):  # which has a name too, in capitals
        return str(value.value)
    if isinstance(value, tuple):
        return listed(said(_short(each)) for each in value)
    return "none" if value in (None, "", NONE) else str(value)


def _short(part: Any) -> Any:
    """What stands for a part of a list: its id or name, or all of it."""
    if isinstance(part, Enum):
        return part
    return getattr(part, "id", getattr(part, "name", getattr(part, "what", part)))


def _stating(name: str, value: Any) -> Callable[[Any], Record]:
    def made(record: Any) -> Record:
        if isinstance(record, Objection) and name == "state":
            return replace(record, state=value, decided=seen(record.received))
        return replace(record, **{name: value})  # type: ignore[no-any-return]

    return made


def _stands(made: Callable[[Any], Record], record: Record) -> bool:
    """Whether a record can say that at all (one cannot end before it starts), and does not say it already."""
    try:
        return made(record) != record
    except ValueError:
        return False


def _from_today(case: Case, _: Any, __: Any) -> Iterable[Any]:
    return (case.on,)


_RESTED_ON = (Support, Requirement, ConsentMaterial, Opinion, TerritoryAuthority)


def _is_rested_on(case: Case, record: Any) -> bool:
    """Whether an agreement may not outlast a record of that kind; a safe haven's not its accreditation."""
    of_haven = case.application.route is Route.SAFE_HAVEN
    return isinstance(record, _RESTED_ON) or (of_haven and isinstance(record, Accreditation))


def _until(case: Case, record: Any, value: dt.date | None) -> Iterable[Any]:
    """Until the day, where it was over; what an agreement rests on as long as that; and an agreement also for the
    longest terms, or as long as what it rests on."""
    if _is_rested_on(case, record) and case.agreement is not None:
        return (max(case.on, case.agreement.ends),)
    if value is None or value < case.on:
        return (case.on,)
    if not isinstance(record, Agreement):
        return ()
    last = [years_after(record.starts, years) - dt.timedelta(days=1) for years in _terms(case)]
    relied = [
        *(each.ends for each in case.relied_on(Support)),
        *(each.ends for each in case.relied_on(Requirement)),
        *(each.ends for each in case.relied_on(ConsentMaterial)),
        *(last for last, _ in rests_on(case)),
    ]
    return sorted(each for each in {*last, *relied} if case.on <= each < record.ends)


def _terms(case: Case) -> list[int]:
    kinds = ("", "-commercial", "-onward", "-archiving")
    try:
        return [case.number(f"agreement-term-years{kind}") for kind in kinds]
    except LookupError:  # before there was a longest term
        return []


def _seen(case: Case, _: Any, __: Any) -> Iterable[Any]:
    return (seen(case.on),)


def _more(get: Callable[[Case], Iterable[Any]]) -> Values:
    """A list that also holds what is asked for."""

    def values(case: Case, _: Any, value: tuple[Any, ...]) -> Iterable[Any]:
        return ((*value, *(each for each in get(case) if each not in value)),)

    return values


def _as_asked(get: Callable[[Case], Any]) -> Values:
    return lambda case, _, __: (get(case),)


def _where_empty(*stated: Any) -> Values:
    """Something stated where nothing is."""
    return lambda _, __, value: () if value else stated


def _any_of(*words: Any) -> Values:
    return lambda _, __, ___: words


def _not(_: Case, __: Any, value: bool) -> Iterable[Any]:
    return (not value,)


def _another(_: Case, record: Any, value: Any) -> Iterable[Any]:
    """Every other word that this may be."""
    return type(value) if isinstance(value, Enum) else ()


def _purposes(case: Case, record: Any, value: tuple[Any, ...]) -> Iterable[Any]:
    named = value or isinstance(record, Authority)  # an authority is for those that it names, an objection for all
    return _more(lambda case: (case.application.purpose,))(case, record, value) if named else ()


def _fields(case: Case, record: Any, value: tuple[Any, ...]) -> Iterable[Any]:
    if not isinstance(record, Agreement | Classification):
        return _more(lambda case: sorted(case.names))(case, record, value)
    asked = {each.name: FieldAgreed(each.name, each.precision) for each in case.application.fields}
    return ((*(each for each in value if each.name not in asked), *asked.values()),)


def _principles(_: Case, __: Any, value: tuple[Any, ...]) -> Iterable[Any]:
    return (tuple(replace(each, met=True, because=each.because.strip() or STATED) for each in value),)


def _status(_: Case, record: Accreditation, __: str) -> Iterable[Any]:
    return [each.statuses[0] for each in WORDS.schemes if each.name == record.scheme]


def _ods(case: Case, record: Any, value: str) -> Iterable[Any]:
    of = case.sole(Organisation, record.organisation) if isinstance(record, Accreditation) else None
    return () if of is None else (of.ods,)


def _benefits(case: Case, _: Any, value: tuple[Benefit, ...]) -> Iterable[Any]:
    return ((*value, Benefit(STATED, STATED, case.on)),)


def _party(case: Case, record: Any, _: str) -> Iterable[Any]:
    """A controller, for whom one who recommends or assesses may speak."""
    return case.facts.controllers[:1] if isinstance(record, Recommendation | Assessment) else ()


def _setting(_: Case, record: Any, value: Access | None) -> Iterable[Any]:
    return Access


def _soon(case: Case, _: Any, value: int) -> Iterable[Any]:
    most = case.number("destroy-days-most")
    return (most,) if value > most else ()


def _law(case: Case, record: Requirement, _: str) -> Iterable[Any]:
    return [each.code for each in ENACTMENTS.values() if each.requires and each.in_force(case.on)]


def _decided_by(_: Case, record: Support, __: str) -> Iterable[Any]:
    return ("Health Research Authority",) if record.research else ("Secretary of State",)


def _grounds(case: Case, record: Any, value: tuple[DataProtection, ...]) -> Iterable[Any]:
    """With a combination more that stands for the controller."""
    return ((*value, *(each for each in grounds_supposed(case, record.controller) if each not in value)),)


def _study(case: Case, _: Any, value: tuple[str, ...]) -> Iterable[Any]:
    """With the study that is asked for; or none, where the application names none."""
    asked = case.application.study_reference
    return ((*value, asked),) if asked and asked not in value else () if asked else ((),)


def _controllers(case: Case) -> Iterable[str]:
    return (*case.facts.controllers, case.application.recipient)


_VALUES: Mapping[str, Values] = MappingProxyType(
    {
        "starts": _from_today,
        "on": _from_today,
        "ends": _until,
        "review": _until,
        "closed": _from_today,
        "withdrawn_on": _any_of(None),
        "signed_on": lambda _, record, __: (record.starts,),
        **dict.fromkeys(("seen", "letter", "signed", "approved", "board", "checked"), _seen),
        **dict.fromkeys(("extract_agreed", "sensitive_approved", "conditions_met"), _seen),
        "purpose": _as_asked(lambda case: case.application.purpose),
        "level": _as_asked(lambda case: case.application.level),
        "dataset": _as_asked(lambda case: case.application.dataset),
        "recipient": _as_asked(lambda case: case.application.recipient),
        "agreement": _as_asked(lambda case: case.application.agreement),
        "application": _as_asked(lambda case: case.application.id),
        "route": _as_asked(lambda case: case.application.route),
        "purposes": _purposes,
        "levels": _more(lambda case: (case.application.level,)),
        "datasets": _more(lambda case: (case.application.dataset,)),
        "recipients": _more(lambda case: (case.application.recipient,)),
        "agreements": _more(lambda case: (case.application.agreement,)),
        "controllers": _more(lambda case: case.facts.controllers),
        "organisations": _more(_controllers),
        "fields": _fields,
        "grounds": _grounds,
        "principles": _principles,
        "benefits": _benefits,
        "says": _another,
        "state": _another,
        "setting": _setting,
        "settings": _more(lambda case: (setting_of(case),)),
        "cohort": _as_asked(lambda case: case.application.cohort),
        "everyone": _where_empty(STATED),
        "table_rule": _any_of(""),
        "applicant": _as_asked(lambda case: case.application.applicant),
        "what": lambda _, record, __: Approves if isinstance(record, Opinion) else (),
        "people": _where_empty("people.csv"),
        "status": _status,
        "ods": _ods,
        "controller": _party,
        "organisation": _party,
        "role": _any_of(*WORDS.guardians),
        "law": _law,
        "decided_by": _decided_by,
        "serves": _any_of(WORDS.regulation_3[:1]),
        "schedule": _any_of(tuple(each.number for each in WORDS.circumstances[:1])),
        "conditions": _any_of(()),
        "sensitive": _any_of(()),
        "processors": _any_of(()),
        "onward_sharing": lambda _, __, value: (True,) if isinstance(value, bool) else ("",),
        "k": _any_of(None),
        "destroy_within_days": _soon,
        "protection": _any_of(NONE),
        "territory": lambda _, record, __: ((HOME,),) if isinstance(record, Agreement) else (),
        "country": _where_empty(HOME),
        "storage": _as_asked(lambda case: (case.application.recipient,)),
        "study_references": _study,
        "paid_by": _any_of(()),
        "programmes": _more(lambda case: (case.application.programme,) if case.application.programme else ()),
        **dict.fromkeys(("requires", "research", "high_residual_risk", "how_to_object", "commercial"), _not),
        "archiving": _not,
        "age_key": _where_empty("age1"),
        "bodies": _where_empty(*((each,) for each in (WORDS.public_health_bodies[0], "university", *WORDS.regulators))),
        **dict.fromkeys(("by", "document", "practicability", "ethics_opinion", "exemption"), _where_empty(STATED)),
        **dict.fromkeys(("court", "reference", "scope", "where", "objective"), _where_empty(STATED)),
        **dict.fromkeys(("why_extract", "why_days", "penalties"), _where_empty(STATED)),
        **dict.fromkeys(("wordings", "items"), _where_empty((STATED,))),
        **dict.fromkeys(("body", "reasons", "release_model", "enactment"), _where_empty(STATED)),
    }
)
