"""How finely is it told? The days of events, those who treat, how few people stand behind many episodes."""

from collections.abc import Callable

from openhaven.model.decision import Finding
from openhaven.model.naming import named_like_identifier
from openhaven.model.words import FieldType, Kind, Level, Precision, Role

from ..algebra import Question, forbid, refer, rule
from ..case import Case, Outline
from ..plainly import listed, many
from ..speaking import mention
from ..words import WORDS

GUARDIAN = "the Caldicott Guardian"
BELOW = (Level.DE_IDENTIFIED, Level.AGGREGATE)
DAYS = (FieldType.DATE, FieldType.DATETIME)
Sort = Callable[[Outline], frozenset[str]]
"""The names of the fields of a sort."""


def _days(use: Outline) -> frozenset[str]:
    apart = (Role.PERSON, Role.KEY, Role.IDENTIFIER)
    return frozenset(
        each.name
        for each in use.dataset
        if each.type in DAYS and each.kind is not Kind.DATE_OF_BIRTH and each.role not in apart
    )


def _clinicians(use: Outline) -> frozenset[str]:
    return frozenset(each.name for each in use.dataset if each.kind is Kind.CLINICIAN)


def _called_after_identifiers(use: Outline) -> frozenset[str]:
    described = (Role.QUASI, Role.CONFIDENTIAL, Role.CONTENT)
    return frozenset(
        each.name
        for each in use.dataset
        if each.role in described and each.kind is None and not each.enum and named_like_identifier(each.name)
    )


def _called_after_clinicians(use: Outline) -> frozenset[str]:
    return frozenset(
        each.name
        for each in use.dataset
        if each.type is FieldType.STRING
        and each.kind is None
        and not each.enum
        and mention((each.name, each.title), WORDS.clinicians)
    )


def _named(use: Outline, sort: Sort) -> frozenset[str]:
    return use.kept(sort, lambda: sort(use))


def _holding(sort: Sort) -> Callable[[Outline], bool]:
    """Whether the dataset has a field of that sort: a rule about such fields is silent on every other dataset."""
    return lambda use: bool(_named(use, sort))


@rule(Question.MINIMUM, "FIELD-03", from_="2013-04-01", when=Level.DE_IDENTIFIED, only=_holding(_days))
def days_of_events_leave_as_months_or_with_a_reason(case: Case) -> Finding | None:
    """In rows without names an event is told by its month: who knows a day knows the person. Where the agreement says
    why the very day is needed, that is agreed; else a person looks."""
    exact, agreement = _as_held(case, _days), case.agreement
    if not exact or (agreement is not None and agreement.why_days.strip()):
        return None
    return refer(
        f"{listed(exact)} {many(exact, 'tells', 'tell')} the very day, where a month usually does, and no agreement "
        "says why it is needed.",
        who=GUARDIAN,
        missing=[
            f"an application for {listed(exact)} as month or coarser, or an agreement that says why the day is needed"
        ],
        used=[] if agreement is None else [agreement.id],
    )


@rule(Question.MINIMUM, "FIELD-04", from_="2013-04-01", when=BELOW, only=_holding(_clinicians))
def who_treats_is_not_named_below_the_identifiable_level(case: Case) -> Finding | None:
    """A column that names those who treat leaves in no rows without names and in no table: the only consultant of a
    specialty is a person in the data, and tells of the patients."""
    named = _as_held(case, _clinicians)
    if not named:
        return None
    return forbid(
        f"{listed(named)} {many(named, 'names', 'name')} those who treat.",
        missing=[f"an application without {listed(named)}, or for identifiable data"],
    )


@rule(Question.MINIMUM, "FIELD-04", from_="2013-04-01", when=BELOW, only=_holding(_called_after_clinicians))
def what_may_name_who_treats_is_for_a_person(case: Case) -> Finding | None:
    """A column of texts that is called after those who treat, and of which the description does not say what it is or
    which values it takes, may name them: a person looks."""
    could = _as_held(case, _called_after_clinicians)
    if not could:
        return None
    return refer(
        f"{listed(could)} may name those who treat, by what {many(could, 'it is', 'they are')} called.",
        who=GUARDIAN,
        missing=[
            f"an application without {listed(could)}, or a description that says what it holds: the kind clinician, or "
            "the values that it takes"
        ],
    )


@rule(Question.MINIMUM, "ANON-08", from_="2013-04-01", when=BELOW, only=_holding(_called_after_identifiers))
def what_is_called_like_an_identifier_is_for_a_person(case: Case) -> Finding | None:
    """A column that is called as names, addresses, numbers and days of birth of people are, and is described as
    something else, may be that all the same: a slip in a description would let names leave. A person looks."""
    could = _as_held(case, _called_after_identifiers)
    if not could:
        return None
    return refer(
        f"{listed(could)} {many(could, 'is', 'are')} called like an identifier and described as none.",
        who=GUARDIAN,
        missing=[
            f"an application without {listed(could)}, or a description with the role identifier, or the values that it "
            "takes"
        ],
    )


@rule(Question.MINIMUM, "ANON-02", from_="2013-04-01", when=Level.AGGREGATE)
def a_table_counts_people_too(case: Case) -> Finding | None:
    """Many episodes can be of few people, so a table of episodes alone hides no small number of people."""
    table = case.application.table
    if table is None or table.people or case.facts.dataset.person is None:
        return None
    return forbid(
        "The table counts episodes alone, and many of them can be of one person, whom no rule for small numbers then "
        "protects.",
        missing=["an application for a table that counts people too"],
    )


def _as_held(case: Case, sort: Sort) -> list[str]:
    """The fields of that sort that leave as they are held."""
    names = _named(case.outline, sort)
    return [asked.name for asked, _ in case.leaving if asked.name in names and asked.precision is Precision.AS_HELD]
