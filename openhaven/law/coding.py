"""Is everything that is stated in coded words one of those words? Else bad input, with the words that are accepted.

What a record states is checked when it is written down, what an application and its agreement state before every
decision, so that a slip of the pen is never taken for a fact and refused as one."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from openhaven.model.application import Application, Condition, FieldAsked
from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput
from openhaven.model.facts import Policy
from openhaven.model.precision import ladder
from openhaven.model.protection import Protection
from openhaven.model.record.advice import Classification, Recommendation
from openhaven.model.record.agreement import Agreement, FieldAgreed
from openhaven.model.record.approvals import Exemption, Requirement, Support, TerritoryAuthority
from openhaven.model.record.controllers import Authority
from openhaven.model.record.data_protection import DataProtectionDocument
from openhaven.model.record.kinds import KINDS, Record
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.words import FieldType, Precision

from .case import Case
from .cohorts import misfit
from .countries import COUNTRIES, PLACES, nearest
from .evidence import territories
from .plainly import listed
from .reading import plain, says_nothing
from .references import check
from .studies import check_reference
from .table_rules import strength
from .words import ENACTMENTS, EXCEPTIONS, EXEMPTIONS, WORDS

Words = Callable[[Any], Iterable[object]]
"""The words that a part of a record may state, some of which depend on what else it states."""

_SCHEMES = tuple(dict.fromkeys(each.name for each in WORDS.schemes))
_SPOKEN_OF = (
    WORDS.public_bodies,
    WORDS.public_health_bodies,
    WORDS.health_service_bodies,
    WORDS.regulators,
    WORDS.surveillance_bodies,
    WORDS.commissioners,
    WORDS.practices,
    WORDS.arrange_care,
    WORDS.charities,
    WORDS.havens,
    *(each.bodies for each in (*ENACTMENTS.values(), *EXEMPTIONS.values())),
)
BODIES = tuple(sorted({*WORDS.other_bodies, *(word for words in _SPOKEN_OF for word in words)}))
"""What an organisation can be on record: every kind of body that a rule or an enactment speaks of, and some more."""
MANY_WORDS = 60
"""Of more words than these a message names the nearest; all of them stand in the reference."""


def _statuses(each: Accreditation) -> Iterable[str]:
    own = [scheme.statuses for scheme in WORDS.schemes if plain(scheme.name) == plain(each.scheme)]
    return dict.fromkeys([*(word for words in own for word in words), *WORDS.in_bad_standing])


CODED: Mapping[tuple[type, str], Words] = MappingProxyType(
    {
        (Accreditation, "scheme"): lambda _: _SCHEMES,
        (Accreditation, "status"): _statuses,
        (Agreement, "territory"): lambda _: PLACES,
        (Classification, "role"): lambda _: WORDS.roles,
        (DataProtectionDocument, "what"): lambda _: (*WORDS.documents, *WORDS.transfer_documents),
        (Exemption, "code"): lambda _: (*EXEMPTIONS, *EXCEPTIONS),
        (Organisation, "bodies"): lambda _: BODIES,
        (Organisation, "business"): lambda _: WORDS.lines_of_business,
        (Organisation, "country"): lambda _: COUNTRIES,
        (Recommendation, "role"): lambda _: WORDS.roles,
        (Requirement, "law"): lambda _: ENACTMENTS,
        (Requirement, "serves"): lambda _: WORDS.regulation_3,
        (Support, "decided_by"): lambda _: (*WORDS.decides_research, *WORDS.decides_other),
        (Support, "schedule"): lambda _: (each.number for each in WORDS.circumstances),
        (TerritoryAuthority, "territory"): lambda _: COUNTRIES,
    }
)
"""Coded words that are no kind of their own in the model: what each part of a record may state, where it states any."""

FIRST_DAY, LAST_DAY = dt.date(1948, 7, 5), dt.date(2099, 12, 31)
"""The days that a record may state: from the first of the health service on."""
UNREAD = frozenset(("fields", "values", "items", "wordings", "epoch", "figures", "labels"))
"""Texts that are no prose: names of fields, figures, values and versions."""
NAMES = frozenset(
    "id organisation organisations controller controllers applicant recipient recipients dataset datasets agreement "
    "agreements application basis programme programmes processors storage ods age_key study_reference study_references "
    "owners acts_for".split()
)
"""Parts that name something by its id or its code, which has no space before or after it."""


def check_record(record: Record, *, where: str) -> None:
    """Raises BadInput naming the field and the accepted words where a record states something else."""
    _check_names(record, where)
    for (kind, name), words in CODED.items():
        if isinstance(record, kind):
            _check_words(getattr(record, name), words(record), f"{where}: {name}")
    if isinstance(record, Agreement) and record.table_rule:
        strength(record.table_rule, where=f"{where}: table_rule")
    _check_said(record, where)
    for reference in getattr(record, "study_references", ()):
        check_reference(reference, where=f"{where}: study_references")
    if isinstance(record, Agreement) and not record.epoch.strip():
        raise BadInput("an epoch is needed", where=f"{where}: epoch", todo="Write 1 for the first.")
    if isinstance(record, Accreditation) and record.seen.on < record.starts:
        raise BadInput(
            f"seen on {record.seen.on}, before it was given on {record.starts}",
            where=f"{where}: seen.on",
            todo=f"Accepted is a day from {record.starts} on; starts is the day on which it was published or given.",
        )
    if isinstance(record, Authority):
        for each in record.grounds:
            check(each, where=f"{where}: grounds")


def check_application(application: Application, *, where: str) -> None:
    """Raises BadInput where an application fills a space with what says nothing, or names a study in a known form and
    not in its shape."""
    _check_said(application, where)
    check_reference(application.study_reference, where=f"{where}: study_reference")


def _check_said(noun: Any, where: str) -> None:
    """Every text that people read says something, and every day is one for which this law could be."""
    for each in fields(noun):
        value = getattr(noun, each.name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Condition | Protection):
                continue
            if is_dataclass(one):
                _check_said(one, f"{where}: {each.name}")
            elif isinstance(one, dt.date) and not FIRST_DAY <= one <= LAST_DAY:
                raise BadInput(f"{one} is out of range", where=f"{where}: {each.name}",
                               todo=f"Accepted is a day from {FIRST_DAY} to {LAST_DAY}.")  # fmt: skip
            elif type(one) is str and each.name not in UNREAD and says_nothing(one):
                raise BadInput(f"{one!r} says nothing", where=f"{where}: {each.name}",
                               todo="Say what is meant, or leave it out.")  # fmt: skip


def check_dataset(dataset: Dataset, *, where: str) -> None:
    """The same of where care was given, as a description states it; one that does not state it is for a person."""
    _check_words(tuple(filter(None, territories(dataset))), PLACES, f"{where}: territory")


def check_policy(policy: Policy, *, where: str) -> None:
    """The same of the settings."""
    for name in ("table_rule", "sensitive_table_rule"):
        strength(getattr(policy, name), where=f"{where}: policy.{name}")
    _check_words(policy.optout_exemptions, EXEMPTIONS, f"{where}: policy.optout_exemptions")


def check_asked(case: Case) -> None:
    """The same of a case: it asks for what the dataset has, its records are one of each kind and id, and its
    application and agreement state what can be stated."""
    application, facts, stated = case.application, case.facts, case.outline.stated
    unread = [each for each in application.fields if (each.name, each.precision) not in stated]
    for each in unread:
        facts.dataset.field(each.name)
    for clause in application.cohort:
        field = facts.dataset.named.get(clause.field) or facts.dataset.field(clause.field)
        if field.type is not FieldType.STRING and (wrong := misfit(field.type, clause)):
            raise BadInput(f"{field.name}: {wrong}", where=f"application {application.id}: cohort")
    if facts.twice:
        raise _two_records(*facts.twice[0])
    where = f"application {application.id}"
    _check_names(application, where)
    case.outline.kept(check, lambda: check(application.data_protection, where=where))
    if unread:
        _check_precisions(case, unread, where)
    if application.table is not None and application.table.figures:
        _check_measured(application, facts.dataset, f"{where}: table.figures")
    for agreement in facts.called(Agreement, application.agreement):
        _check_agreed(case, agreement)


def _check_measured(application: Application, dataset: Dataset, where: str) -> None:
    """What is measured has amounts, and is asked for as it is held."""
    assert application.table is not None
    for asked in application.fields:
        if asked.name not in application.table.measures:
            continue
        if dataset.field(asked.name).type not in (FieldType.INTEGER, FieldType.NUMBER):
            raise BadInput(f"{asked.name} has no amounts", where=where, todo="Measure a field of numbers.")
        if asked.precision is not Precision.AS_HELD:
            raise BadInput(
                f"{asked.name} has no amounts at {asked.precision.value!r}",
                where=where,
                todo=f"Ask for {asked.name} as held: only the figures made of it leave.",
            )


def _check_agreed(case: Case, agreement: Agreement) -> None:
    if agreement.table_rule:
        strength(agreement.table_rule, where=f"agreement {agreement.id}: table_rule")
    stated = case.outline.stated
    if unread := [each for each in agreement.fields if (each.name, each.precision) not in stated]:
        named = case.facts.dataset.named
        _check_precisions(case, [each for each in unread if each.name in named], f"agreement {agreement.id}")


def _two_records(kind: type, id: str) -> BadInput:
    name = next(name for name, each in KINDS.items() if each is kind)
    return BadInput(f"there are two records of kind {name} with the id {id}", where="records", todo="Keep one.")


def _check_names(stated: Application | Record, where: str) -> None:
    for value in _named(type(stated))(stated):
        for text in value if type(value) is tuple else (value,):
            if text and text != text.strip():
                raise _with_a_space(stated, text, where)


def _with_a_space(stated: Application | Record, text: str, where: str) -> BadInput:
    names = [each.name for each in fields(stated) if each.name in NAMES]
    said = {name: getattr(stated, name) for name in names}
    name = next(name for name, value in said.items() if text == value or (type(value) is tuple and text in value))
    return BadInput(f"{text!r} begins or ends with a space", where=f"{where}: {name}", todo=f"Write {text.strip()!r}.")


_NAMED: dict[type, Callable[[Any], tuple[Any, ...]]] = {}


def _named(kind: type) -> Callable[[Application | Record], tuple[Any, ...]]:
    """What reads the parts of a kind that name something."""
    if kind not in _NAMED:
        names = [each.name for each in fields(kind) if each.name in NAMES]
        _NAMED[kind] = attrgetter(*names, names[0])  # one more than there are, so that it always gives several
    return _NAMED[kind]


def _check_words(stated: Any, words: Iterable[object], where: str) -> None:
    known = {plain(str(each)): each for each in words}
    for each in stated if isinstance(stated, tuple) else (stated,):
        if each != "" and plain(str(each)) not in known:
            raise BadInput(f"{each!r} is not known", where=where, todo=_accepted(str(each), tuple(known.values())))


def _accepted(said: str, known: tuple[object, ...]) -> str:
    if len(known) <= MANY_WORDS:
        return f"Accepted is {listed(map(repr, known), last='or')}."
    near = nearest(said, map(str, known)) or tuple(map(str, known[:5]))
    return (
        f"Accepted is {listed(map(repr, near), last='or')}, or another of the {len(known)} words that docs/reference/"
        "records.md lists."
    )


def _check_precisions(case: Case, unread: Iterable[FieldAsked | FieldAgreed], where: str) -> None:
    """Each once for an outline, however many applications and agreements state it."""
    for each in unread:
        _check_precision(case.facts.dataset, each.name, each.precision, where=where)
        case.outline.stated.add((each.name, each.precision))


def _check_precision(dataset: Dataset, name: str, precision: Precision, *, where: str) -> None:
    steps = ladder(dataset.field(name))
    if precision not in steps:
        accepted = listed((repr(each.value) for each in steps), last="or")
        raise BadInput(
            f"{name} cannot leave at {precision.value!r}", where=f"{where}: fields", todo=f"Accepted is {accepted}."
        )
