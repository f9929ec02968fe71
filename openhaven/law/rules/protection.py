"""What protects the rows that leave beyond k people in each class: as agreed, as the installation's policy has it, and
of both together the stricter.

Called by the rule on the minimum necessary; the rules here say where what is agreed cannot be kept."""

from collections.abc import Iterator

from openhaven.model.dataset import Dataset, Field
from openhaven.model.decision import Finding
from openhaven.model.obligation import (
    KOverEvents,
    KOverKeys,
    LDiversity,
    LocalRecoding,
    NoPersonLink,
    Obligation,
    TCloseness,
)
from openhaven.model.precision import ladder
from openhaven.model.protection import NONE, Closeness, Distance, Diversity, Protection, Recoding, stricter
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import FieldType, Kind, Level, Precision, Role

from ..algebra import Question, forbid, rule
from ..case import Case, kept
from ..plainly import listed

_CITED = ("ANON-03", "FIELD-01")
_IN_ORDER = (FieldType.INTEGER, FieldType.NUMBER, FieldType.DATE, FieldType.DATETIME)


@rule(Question.MINIMUM, "ANON-03", "DARS-11", from_="2013-04-01", when=Level.DE_IDENTIFIED)
def what_is_protected_is_described_as_confidential(case: Case) -> Finding | None:
    """l-diversity and t-closeness are agreed of fields that the dataset calls confidential, and can be counted."""
    agreed = NONE if case.agreement is None else case.agreement.protection
    policy, dataset = case.facts.policy.protection, case.facts.dataset
    if agreed.is_none and policy.is_none:
        return None
    found = [*_not_to_be_counted(agreed, dataset), *_not_to_be_counted(_about(policy, dataset), dataset)]
    if not found:
        return None
    return forbid(
        f"A protection is asked for that cannot be measured: {listed(found)}.",
        missing=["an agreement whose l-diversity and t-closeness are of confidential fields of the dataset"],
        used=[case.agreement.id] if case.agreement is not None else (),
    )


@rule(Question.MINIMUM, "ANON-08", "ANON-05", from_="2013-04-01", when=Level.DE_IDENTIFIED)
def no_key_leaves_where_rows_are_not_linked(case: Case) -> Finding | None:
    """Where rows of one person must not be linked, no key to a person is asked for, nor a reference to one."""
    if not protection_of(case).no_person_link:
        return None
    keys = [each.name for each, field in case.leaving if each.precision is not Precision.ALL and _links(case, field)]
    if not keys:
        return None
    return forbid(
        f"{listed(keys)} would tell which rows are of one person, and rows leave without such a link.",
        missing=[f"an application without {listed(keys)}"],
    )


@rule(Question.MINIMUM, "ANON-03", "DARS-11", from_="2013-04-01", when=Level.DE_IDENTIFIED)
def local_recoding_keeps_few_demands(case: Case) -> Finding | None:
    """Rows coarsened class by class can hold k, l and t of one field; k over a few characteristics or events cannot
    be reached so."""
    agreement, asked = case.agreement, protection_of(case)
    if agreement is None or asked.recoding is not Recoding.LOCAL:
        return None
    fields = _confidential(case, asked)
    if not asked.keys and not asked.events and not fields[1:]:
        return None
    return forbid(
        "Rows are to be coarsened class by class, and that cannot keep k over some characteristics or events, nor "
        "l and t of several fields.",
        missing=["an agreement that asks for global recoding, or for k, and l and t of one field"],
        used=[agreement.id],
    )


@kept
def protection_of(case: Case) -> Protection:
    """As agreed and as policy has it, the stricter of both. How rows are coarsened is agreed alone."""
    agreed = NONE if case.agreement is None else case.agreement.protection
    policy = case.facts.policy.protection
    return agreed if policy.is_none else stricter(agreed, policy)


def protections(case: Case, quasi: tuple[str, ...]) -> list[Obligation]:
    """What must hold beside k in each class, of these quasi-identifiers. Nothing where nobody asks for more."""
    asked = protection_of(case)
    return [] if asked.is_none else [*_obligations(case, asked, quasi)]


def _obligations(case: Case, asked: Protection, quasi: tuple[str, ...]) -> Iterator[Obligation]:
    because = _source(case.agreement)
    for name in [each for each in _confidential(case, asked) if each not in quasi]:
        for each in [each for each in asked.diversity if each.field in ("", name)]:
            yield LDiversity(
                provisions=_CITED,
                field=name,
                l=each.l,
                spread=each.spread,
                c=each.c,
                at=each.at,
                quasi=quasi,
                because=because,
            )
        for close in asked.closeness:
            if close.field in ("", name):
                distance = _distance(case.facts.dataset.named[name], close.distance)
                yield TCloseness(
                    provisions=_CITED, field=name, t=close.t, distance=distance, quasi=quasi, because=because
                )
    for over in asked.keys:
        yield KOverKeys(provisions=_CITED, k=over.k, keys=over.keys, quasi=quasi, because=because)
    for known in asked.events:
        yield KOverEvents(provisions=_CITED, k=known.k, events=known.events, quasi=quasi, because=because)
    if asked.no_person_link:
        yield NoPersonLink(provisions=("ANON-08",), because=because)
    if asked.recoding is Recoding.LOCAL:
        yield LocalRecoding(provisions=("ANON-03", "DARS-11"), quasi=quasi, because=because)


def _of_values(asked: Protection) -> tuple[Diversity | Closeness, ...]:
    return (*asked.diversity, *asked.closeness)


def _source(agreement: Agreement | None) -> str:
    if agreement is None or agreement.protection.is_none:
        return "Policy of this installation."
    return f"As agreed in {agreement.id}, or stricter where policy of this installation asks for more."


def _confidential(case: Case, asked: Protection) -> list[str]:
    """The confidential fields that leave and of which something is asked."""
    named = {each.field for each in _of_values(asked)}
    leaving = [
        each.name
        for each, field in case.leaving
        if field.role is Role.CONFIDENTIAL and each.precision is not Precision.ALL
    ]
    return [name for name in leaving if name in named or "" in named]


def _distance(field: Field, asked: Distance) -> Distance:
    """Where all fields are meant, those without an order are held to the equal distance, which is never less."""
    return Distance.EQUAL if asked is Distance.ORDERED and field.type not in _IN_ORDER else asked


def _about(policy: Protection, dataset: Dataset) -> Protection:
    """What policy asks of fields of this dataset by name; it speaks of other datasets too."""
    return Protection(
        diversity=tuple(each for each in policy.diversity if each.field in dataset.named),
        closeness=tuple(each for each in policy.closeness if each.field in dataset.named),
    )


def _links(case: Case, field: Field) -> bool:
    person = case.facts.dataset.person
    return (
        field.role is Role.PERSON
        or field.kind in (Kind.NHS_NUMBER, Kind.LOCAL_ID)
        or bool(person and field.refers_to == person.name)
    )


def _not_to_be_counted(asked: Protection, dataset: Dataset) -> Iterator[str]:
    for each in _of_values(asked):
        field = dataset.named.get(each.field)
        if not each.field:
            continue
        if field is None or field.role is not Role.CONFIDENTIAL:
            yield f"{each.field} is no confidential field of {dataset.id}"
        elif isinstance(each, Diversity):
            if each.at not in ladder(field):
                yield f"{each.field} is not told by its {each.at}"
        elif each.distance is Distance.ORDERED and field.type not in _IN_ORDER:
            yield f"the values of {each.field} have no order"
