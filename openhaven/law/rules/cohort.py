"""Whose records are asked for, and is that the minimum? A cohort rule within the one agreed, that tells nothing by
itself, and leaves somebody out or says why not."""

from openhaven.model.decision import Finding
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import Level, Precision, Role, Route

from ..algebra import Question, forbid, refer, rule
from ..case import Case, Outline
from ..cohorts import in_words, narrows, outside, tells_finer
from ..flow import ROWS
from ..plainly import listed, years_after

KEYS = (Role.PERSON, Role.KEY)
BELOW_IDENTIFIABLE = (Level.DE_IDENTIFIED, Level.AGGREGATE)
WITHOUT_CONSENT = tuple(route for route in Route if route is not Route.CONSENT)
OPERATOR = "the operator's senior responsible person"


@rule(Question.MINIMUM, "ANON-08", "FIELD-01", from_="2013-04-01", when=BELOW_IDENTIFIABLE)
def no_cohort_picks_people_out(case: Case) -> Finding | None:
    """Below the identifiable level the cohort rule uses nothing that identifies: who is picked by number is named."""
    if not case.application.cohort:
        return None
    barred = _picking_out(case.outline)
    found = [*dict.fromkeys([clause.field for clause in case.application.cohort if clause.field in barred])]
    if not found:
        return None
    return forbid(
        f"The cohort rule picks people by {listed(found)}, which identifies them, and the level asked is "
        f"{case.application.level}.",
        missing=[f"an application whose cohort rule does not use {listed(found)}"],
    )


@rule(Question.MINIMUM, "CAL-3", "DARS-11", from_="2013-04-01")
def nobody_beyond_the_cohort_agreed(case: Case) -> Finding | None:
    """The people and years asked for lie within those that the agreement is about."""
    agreement = case.agreement
    if agreement is None or case.application.cohort == agreement.cohort:
        return None
    beyond = outside(case.facts.dataset, case.application.cohort, agreement.cohort)
    if not beyond:
        return None
    agreed = listed(map(in_words, beyond))
    return forbid(
        f"{agreement.id} is about people of whom {agreed}, and the application does not keep to that.",
        used=[agreement.id],
        missing=[f"an application whose cohort rule says that {agreed}, or an amended agreement"],
    )


@rule(Question.MINIMUM, "CAL-3", "DARS-11", "FIELD-01", from_="2013-04-01")
def a_cohort_rule_tells_no_more_than_agreed(case: Case) -> Finding | None:
    """A cohort rule uses only fields that the agreement covers, or its own cohort rule does, and draws its lines where
    the precision agreed draws them: whoever gets the records of those with one diagnosis, or admitted on one day, knows
    the diagnosis and the day of each, asked for or not. A clause that was agreed tells nothing more."""
    agreement = case.agreement
    if agreement is None or not case.application.cohort or case.application.cohort == agreement.cohort:
        return None
    agreed = {each.name for each in agreement.fields} | {clause.field for clause in agreement.cohort}
    beyond = [*dict.fromkeys(each.field for each in case.application.cohort if each.field not in agreed)]
    if beyond:
        return forbid(
            f"The cohort rule uses {listed(beyond)}, which {agreement.id} does not cover: who is in it would be told.",
            used=[agreement.id],
            missing=[f"an application whose cohort rule does not use {listed(beyond)}, or an amended agreement"],
        )
    return _finer_than_agreed(case, agreement)


def _finer_than_agreed(case: Case, agreement: Agreement) -> Finding | None:
    agreed = {each.name: each.precision for each in agreement.fields}
    beyond = [
        clause
        for clause in case.application.cohort
        if (precision := agreed.get(clause.field, Precision.AS_HELD)) is not Precision.AS_HELD
        and clause not in agreement.cohort
        and tells_finer(case.facts.dataset.named[clause.field], clause, precision)
    ]
    if not beyond:
        return None
    finer = listed(f"{in_words(clause)} (agreed is {agreed[clause.field]})" for clause in beyond)
    fields = listed(dict.fromkeys(clause.field for clause in beyond))
    return forbid(
        f"The cohort rule tells more finely than {agreement.id} does: {finer}.",
        used=[agreement.id],
        missing=[f"an application whose cohort rule keeps to whole steps of {fields}, or an amended agreement"],
    )


@rule(Question.MINIMUM, "DARS-11", from_="2013-04-01", when=(*ROWS, *WITHOUT_CONSENT))
def an_agreement_says_whom_the_data_is_about(case: Case) -> Finding | None:
    """An agreement names its cohort, or says why the data may be about everybody held. What it is silent on was not
    agreed, and a person says so. Where people consented, they are the cohort."""
    agreement = case.agreement
    if agreement is None or agreement.cohort or agreement.everyone.strip():
        return None
    return refer(
        f"{agreement.id} does not say whom the data may be about.",
        who=OPERATOR,
        missing=["an agreement that states its cohort, or why it is about everybody held"],
        used=[agreement.id],
    )


@rule(Question.MINIMUM, "CAL-3", from_="2013-04-01", when=(*ROWS, *WITHOUT_CONSENT))
def everybody_is_asked_for_with_a_reason(case: Case) -> Finding | None:
    """Record-level data of everybody held, of all years, is asked for with a reason; without one a person looks. A rule
    that leaves hardly anybody out, such as events since 1900, asks for everybody."""
    ask = case.application
    if ask.people_file or ask.everyone.strip() or _narrow(case):
        return None
    return refer(
        "Records of everybody held, of all years, are asked for, and nothing says why no narrower cohort would do.",
        who="the Caldicott Guardian",
        missing=["a cohort rule by years or condition, or why everybody is needed"],
    )


def _narrow(case: Case) -> bool:
    """Whether the cohort leaves somebody out who is likely to be held."""
    cohort = case.application.cohort
    if not cohort:
        return False
    since = years_after(case.on, -case.number("cohort-years"))
    return narrows(case.facts.dataset, cohort, since=since, until=case.on)


def _picking_out(use: Outline) -> frozenset[str]:
    """The fields that a cohort rule does not use below the identifiable level."""
    return use.kept(
        _picking_out, lambda: frozenset(each.name for each in use.dataset if each.identifies or each.role in KEYS)
    )
