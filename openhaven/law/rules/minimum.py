"""Is it the minimum necessary? Field by field: a reason, within the agreement, no finer than agreed, and nothing
identifying beyond the level. The obligations say how it leaves."""

from functools import lru_cache
from typing import NamedTuple

from openhaven.model.dataset import Field
from openhaven.model.decision import Finding
from openhaven.model.obligation import (
    AtLevel,
    Figures,
    KAnonymity,
    Obligation,
    OnlyCohort,
    OnlyFields,
    PseudonymScope,
    SmallNumbers,
)
from openhaven.model.precision import no_finer
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import Kind, Level, Precision, Role, Route

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case, Outline, kept
from ..flow import ROWS
from ..plainly import listed
from ..reading import MANY
from ..table_rules import stated_in, strength
from .cohort import BELOW_IDENTIFIABLE, KEYS, WITHOUT_CONSENT
from .protection import protections
from .restricted import admitted

COARSE_ENOUGH = {Kind.DATE_OF_BIRTH: Precision.MONTH, Kind.POSTCODE: Precision.AREA}
DIRECT = (Kind.NAME, Kind.ADDRESS, Kind.PHONE, Kind.EMAIL, Kind.NHS_NUMBER, Kind.LOCAL_ID)


@rule(Question.MINIMUM, "CAL-3", "DARS-03", from_="2013-04-01")
def every_field_has_a_reason(case: Case) -> Finding | None:
    """A field is asked for with a reason of its own."""
    bare = _looked_at(case).without_reason
    if not bare:
        return None
    return forbid(f"No reason is given for {listed(bare)}.", missing=[f"why the purpose needs {listed(bare)}"])


@rule(Question.MINIMUM, "CAL-3", "LAW-11", from_="2013-04-01", when=WITHOUT_CONSENT)
def a_file_of_people_comes_with_consent(case: Case) -> Finding | None:
    """An applicant's own file of people is matched only where those people consented; else it would be passed over."""
    if not case.application.people_file:
        return None
    return forbid(
        "The application brings a file of people, and this version matches one only where the people consented.",
        missing=["an application that relies on consent, or one with a cohort rule instead of a file"],
    )


@rule(Question.MINIMUM, "FIELD-02", from_="2013-04-01")
def free_text_does_not_leave(case: Case) -> Finding | None:
    """Free text is never released, at any level."""
    text = _looked_at(case).free_text
    if not text:
        return None
    return forbid(f"{listed(text)} is free text.", missing=[f"an application without {listed(text)}"])


@rule(Question.MINIMUM, "ANON-08", "FIELD-01", from_="2013-04-01", when=BELOW_IDENTIFIABLE)
def nothing_identifying_below_the_identifiable_level(case: Case) -> Finding | None:
    """De-identified rows and tables hold no identifier; dates of birth and postcodes leave coarsened."""
    found = _looked_at(case).identifying
    if not found:
        return None
    return forbid(
        f"{listed(found)} would identify people, and the level asked is {case.application.level}.",
        missing=[
            f"an application without {listed(found)}, or with a date of birth as month or coarser and a postcode as "
            "area or region"
        ],
    )


@rule(Question.MINIMUM, "CAL-3", "DARS-11", from_="2013-04-01")
def without_an_agreement_nothing_is_agreed(case: Case) -> Finding | None:
    """What is necessary is held against what was agreed; where there is no agreement, nothing was."""
    if case.agreement is not None:
        return None
    return forbid(
        "There is no agreement on record that says which fields may leave, and of whom.",
        missing=[f"an agreement that covers {listed(sorted(case.names))}"],
    )


@rule(Question.MINIMUM, "CAL-3", "DARS-11", from_="2013-04-01")
def no_more_than_agreed(case: Case) -> Finding | None:
    """No field outside the agreement, and none finer than agreed."""
    agreement = case.agreement
    if agreement is None:
        return None
    beyond = _beyond(case)
    if not beyond:
        return None
    return forbid(
        f"{agreement.id} does not cover {listed(beyond)}.",
        used=[agreement.id],
        missing=[f"an application without it, or an amended agreement that covers {listed(beyond)}"],
    )


@rule(Question.MINIMUM, "ANON-03", from_="2013-04-01", when=Level.DE_IDENTIFIED)
def a_small_k_is_for_a_person(case: Case) -> Finding | None:
    """A k under the least value commonly used, or under that of this installation, is for a person to accept."""
    agreement, least = case.agreement, max(case.number("k-limited"), case.facts.policy.k_limited)
    if agreement is None or _k(case, agreement) >= least:
        return None
    return refer(
        f"Classes of {_k(case, agreement)} people are agreed, and {least} is the least of this installation.",
        who="the Caldicott Guardian",
        missing=["an assessment of the risk"],
        used=[agreement.id],
    )


@rule(
    Question.MINIMUM,
    "CAL-3",
    "DARS-11",
    "ANON-03",
    "ANON-08",
    "ANON-09",
    "FIELD-01",
    "LAW-01",
    from_="2013-04-01",
    when=ROWS,
)
def rows_leave_as_agreed(case: Case) -> Finding | None:
    """Rows leave with the fields agreed, at the precision and level agreed."""
    agreement = case.agreement
    if agreement is None or _beyond(case):
        return None
    obligations, unsure = [*_fields_and_level(case), *_cohort(case)], tuple[str, ...]()
    if case.application.level is Level.DE_IDENTIFIED:
        obligations += [*_scope(case, agreement), *_classes(case, agreement)]
        unsure = case.caveat("k-limited")
    return permit(
        lambda: f"The fields asked for are within {agreement.id}, each with its reason.",
        used=[agreement.id],
        obligations=obligations,
        unsure=unsure,
    )


@rule(
    Question.MINIMUM,
    "CAL-3",
    "DARS-11",
    "SDC-HES-old",
    "LAW-01",
    "ANON-08",
    from_="2013-04-01",
    to="2018-09-12",
    when=Level.AGGREGATE,
)
def tables_left_as_agreed(case: Case) -> Finding | None:
    """As now, small numbers protected by the rule of that time."""
    return _counts(case, "SDC-HES-old", "HES-2013")


@rule(
    Question.MINIMUM, "CAL-3", "DARS-11", "SDC-HES-2018", "LAW-01", "ANON-08", from_="2018-09-13", when=Level.AGGREGATE
)
def tables_leave_as_agreed(case: Case) -> Finding | None:
    """Counts leave by the fields agreed, small numbers protected."""
    return _counts(case, "SDC-HES-2018", case.facts.policy.table_rule)


@rule(Question.MINIMUM, "SDC-HES-old", from_="2013-04-01", to="2018-09-12", when=Level.AGGREGATE)
def a_weaker_rule_for_small_numbers_was_for_a_person(case: Case) -> Finding | None:
    """As now: an agreement under which a table shows more than the rule of that time is for a person to accept."""
    return _weaker(case, "HES-2013")


@rule(Question.MINIMUM, "SDC-HES-2018", from_="2018-09-13", when=Level.AGGREGATE)
def a_weaker_rule_for_small_numbers_is_for_a_person(case: Case) -> Finding | None:
    """An agreement under which a table shows more than the installation's own rule is for a person to accept."""
    return _weaker(case, case.facts.policy.table_rule)


def _counts(case: Case, provision: str, usual: str) -> Finding | None:
    agreement = case.agreement
    if agreement is None or _beyond(case):
        return None
    named = _table_rule(case, agreement, usual)
    as_agreed = named == agreement.table_rule
    whose = f"as agreed in {agreement.id}" if as_agreed else "policy of this installation"
    small = SmallNumbers(
        provisions=(stated_in(named) or ("DARS-11" if as_agreed else provision),),
        rule=named,
        because=f"Small numbers are protected by {named}, {whose}.",
    )
    return permit(
        lambda: f"The counts asked for are within {agreement.id}.",
        used=[agreement.id],
        obligations=[*_fields_and_level(case), *_cohort(case), small, *_figures(case)],
    )


def _figures(case: Case) -> list[Obligation]:
    """What stands beside the counts, and of which fields' amounts it is made."""
    table = case.application.table
    if table is None or not table.figures:
        return []
    return [
        Figures(
            provisions=("CAL-3", "DARS-11"),
            figures=table.figures,
            fields=tuple(
                (each.name, each.precision) for each in case.application.fields if each.name in table.measures
            ),
            intervals=table.intervals,
            population=table.population,
            because="The figures asked for, made of protected counts and of no field that was not agreed.",
        )
    ]


def _weaker(case: Case, usual: str) -> Finding | None:
    agreement = case.agreement
    if agreement is None or not agreement.table_rule or admitted(case) or _protects(agreement, usual):
        return None
    return refer(
        f"{agreement.id} agrees the rule {agreement.table_rule} for small numbers, which shows more than {usual}, the "
        "rule of this installation.",
        who="the Caldicott Guardian",
        missing=["an assessment of what the table could tell about a person"],
        used=[agreement.id],
    )


def _table_rule(case: Case, agreement: Agreement, usual: str) -> str:
    """The rule agreed, or else the usual one. Where codes sensitive by policy may leave, no less than theirs."""
    sensitive = case.facts.policy.sensitive_table_rule
    if admitted(case) and not (agreement.table_rule and _protects(agreement, sensitive)):
        return sensitive
    return agreement.table_rule or usual


def _protects(agreement: Agreement, other: str) -> bool:
    """Whether the rule agreed keeps back no less than another. Raises BadInput for a name that is no rule's."""
    own = strength(agreement.table_rule, where=f"agreement {agreement.id}: table_rule")
    return own.no_less_than(strength(other, where="policy.table_rule"))


class _Told(NamedTuple):
    """What a field tells at a precision, as the dataset describes it and for the level asked."""

    free_text: bool
    identifies: bool
    quasi: bool
    key: bool
    person: bool


_PLAIN = _Told(free_text=False, identifies=False, quasi=False, key=False, person=False)
"""What most fields tell: nothing of that."""


class _Looked(NamedTuple):
    """What is asked for, field by field: which fields give no reason or are free text; and of those that leave, which
    identify people, by which people can be put in classes, which are keys, and which is the key to a person."""

    without_reason: list[str]
    free_text: list[str]
    leaving: list[tuple[str, Precision]]
    identifying: list[str]
    quasi: list[str]
    keys: list[str]
    person: list[str]


@kept
def _looked_at(case: Case) -> _Looked:
    """Every field looked at once, for all rules."""
    known = case.outline.kept(_told, dict[tuple[str, Precision], _Told])
    table, found = case.application.table, _Looked([], [], [], [], [], [], [])
    for asked in case.application.fields:
        name, reason, key = asked.name, asked.reason, (asked.name, asked.precision)
        told = known.get(key)
        if told is None:
            told = known[key] = _told(case.outline, *key)
        if not reason or reason.isspace():
            found.without_reason.append(name)
        if told is not _PLAIN and told.free_text:
            found.free_text.append(name)
        if table is None or name in table.by:
            found.leaving.append(key)
        if told is not _PLAIN and (table is None or name in table.fields):
            _note(found, told, name)
    return found


def _note(found: _Looked, told: _Told, name: str) -> None:
    _, identifies, quasi, key, person = told
    if identifies:
        found.identifying.append(name)
    if quasi:
        found.quasi.append(name)
    if key:
        found.keys.append(name)
    if person:
        found.person.append(name)


def _told(use: Outline, name: str, precision: Precision) -> _Told:
    field = use.dataset.field(name)
    coarsened = field.kind in COARSE_ENOUGH
    told = _Told(
        free_text=field.role is Role.FREE_TEXT,
        identifies=precision is not Precision.ALL and _identifies(use.level, precision, field),
        quasi=precision is not Precision.ALL and (field.role is Role.QUASI or coarsened),
        key=field.role is Role.KEY or bool(field.refers_to),
        person=field.role is Role.PERSON,
    )
    return told if any(told) else _PLAIN


def _identifies(level: Level, precision: Precision, field: Field) -> bool:
    counts_only = level is Level.AGGREGATE
    if field.role in KEYS or (field.refers_to and counts_only):  # rows leave with a pseudonym; a line has a label
        return counts_only
    if field.kind in COARSE_ENOUGH:
        return not no_finer(field, precision, COARSE_ENOUGH[field.kind])
    return field.role is Role.IDENTIFIER or field.kind in DIRECT


@kept
def _beyond(case: Case) -> list[str]:
    """What is asked for beyond the agreement: fields outside it, and those finer than agreed."""
    outside, finer = list[str](), list[str]()
    agreed = {} if case.agreement is None else {field.name: field.precision for field in case.agreement.fields}
    for asked in case.application.fields:
        most = agreed.get(asked.name)
        if most is None:
            outside.append(asked.name)
        elif most is not asked.precision and not case.no_finer(asked, most):
            at = asked.precision if asked.precision is Precision.AS_HELD else f"at {asked.precision}"
            finer.append(f"{asked.name} {at}, where {'nothing of it' if most is Precision.ALL else most} is agreed")
    return outside + finer


def _k(case: Case, agreement: Agreement) -> int:
    """As agreed, or as policy has it; never less than what codes sensitive by policy ask for, where they may leave."""
    agreed = case.facts.policy.k_limited if agreement.k is None else agreement.k
    return max(agreed, case.number("k-sensitive")) if admitted(case) else agreed


def _fields_and_level(case: Case) -> list[Obligation]:
    return [
        OnlyFields(
            provisions=("CAL-3", "DARS-11"),
            fields=tuple(_looked_at(case).leaving),
            because="No more than the purpose needs and was agreed.",
        ),
        _measured_at(case.application.level),
    ]


@lru_cache(maxsize=MANY)
def _measured_at(level: Level) -> AtLevel:
    return AtLevel(provisions=("LAW-01",), level=level, because=f"The data is {level}, measured on what leaves.")


def _cohort(case: Case) -> list[Obligation]:
    conditions = case.application.cohort
    because = "Only the people and years that the purpose needs."
    return [OnlyCohort(provisions=("CAL-3", "DARS-11"), conditions=conditions, because=because)] if conditions else []


def _scope(case: Case, agreement: Agreement) -> list[Obligation]:
    looked, by_study_id = _looked_at(case), case.application.route is Route.CONSENT and case.application.people_file
    hidden = looked.keys if by_study_id else [*looked.keys, *looked.person]
    if not hidden:
        return []
    keys = [name for name, _ in looked.leaving if name in hidden]
    epoch = f"{agreement.epoch}.{case.on.isoformat()}" if agreement.one_pseudonym_per_delivery else agreement.epoch
    return [
        PseudonymScope(
            provisions=("ANON-08", "ANON-09"),
            recipient=case.application.recipient,
            agreement=agreement.id,
            epoch=epoch,
            because=f"{listed(keys)} leave as pseudonyms of this recipient and agreement.",
        )
    ]


def _classes(case: Case, agreement: Agreement) -> list[Obligation]:
    quasi = tuple(_looked_at(case).quasi)
    share = case.facts.policy.suppression if agreement.suppression is None else agreement.suppression
    source = "policy of this installation" if agreement.k is None else f"as agreed in {agreement.id}"
    return [
        KAnonymity(
            provisions=("ANON-03", "FIELD-01"),
            k=_k(case, agreement),
            quasi=quasi,
            suppression=share,
            because=f"Nobody stands in a class of fewer people by these fields; k is {source}.",
        ),
        *protections(case, quasi),
    ]
