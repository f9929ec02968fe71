"""Does a law or a court require it? An enactment that only permits a disclosure lifts no duty of confidence."""

from openhaven.model.decision import Finding
from openhaven.model.record.approvals import Requirement
from openhaven.model.words import Route

from ..algebra import Question, permit, refer, rule
from ..case import Case, kept
from ..evidence import Weighed, faults, faults_of_requirement, none_fits, weigh
from ..plainly import day, listed
from ..whom import faults_of_whom, says_whom
from ..words import ENACTMENTS, Coded, is_one_of

LAWYER = "the operator's senior responsible person, with legal advice"
_NO_MORE = (
    "an application for no more than was ordered: the same people, and the records of those whom the order names",
)


@rule(Question.CONFIDENTIALITY, "LAW-12", "LAW-42", "LAW-02", from_="2013-04-01", when=Route.STATUTORY_DUTY)
def a_law_requires_it(case: Case) -> Finding | None:
    """An enactment that requires the disclosure, in force, covering this use. A permission is not enough."""
    weighed = required_by(case)
    if not weighed.fits:
        return none_fits(case, weighed, "law that requires it", one="a law that requires it")
    found, *_ = weighed.fits
    coded = ENACTMENTS.get(found.law)
    return permit(
        lambda: f"{found.enactment} requires this disclosure, until {day(found.ends)}.",
        used=[found.id],
        unsure=() if coded is None else coded.unsure,
    )


@rule(Question.CONFIDENTIALITY, "LAW-12", from_="2013-04-01", when=Route.STATUTORY_DUTY, needs=Requirement)
def an_enactment_that_is_not_coded_is_for_a_person(case: Case) -> Finding | None:
    """An enactment that this version does not know is read by a lawyer before it is taken to require anything."""
    found = [
        each for each in case.relied_on(Requirement) if each.route is Route.STATUTORY_DUTY and not each.law.strip()
    ]
    if not found:
        return None
    return refer(
        lambda: (
            f"{'; '.join(each.enactment for each in found)}: no code says which enactment this is, so a rule cannot "
            "see whether it requires or only permits."
        ),
        who=LAWYER,
        missing=["the code of an enactment in the record, or legal advice that the enactment requires the disclosure"],
        used=[each.id for each in found],
    )


@rule(Question.CONFIDENTIALITY, "LAW-13", "LAW-02", from_="2013-04-01", when=Route.COURT_ORDER)
def a_court_orders_it(case: Case) -> Finding | None:
    """An order of a court, with its court and reference, in force, and no more than it says."""
    weighed = ordered(case)
    if not weighed.fits:
        return none_fits(case, weighed, "order of a court", one="an order of a court", more=_NO_MORE)
    found = next(filter(says_whom, weighed.fits), weighed.fits[0])
    return permit(
        lambda: (
            f"{found.court} ordered this disclosure ({found.reference}: {found.enactment}), until {day(found.ends)}."
        ),
        used=[found.id],
    )


@rule(Question.CONFIDENTIALITY, "LAW-13", from_="2013-04-01", when=Route.COURT_ORDER, needs=Requirement)
def an_order_says_whom_it_covers(case: Case) -> Finding | None:
    """No more is disclosed than ordered: an order about one person's records is none about a dataset. What its record
    does not say of whom it covers, a person reads in the order; one order that says it is enough."""
    silent = ordered(case).fits
    if not silent or any(map(says_whom, silent)):
        return None
    ask = case.application
    everybody = "records of everybody held are asked for"
    return refer(
        f"{listed(each.id for each in silent)} does not say whom it covers, and "
        f"{'a rule cannot see whether that is who is asked for' if ask.cohort or ask.people_file else everybody}.",
        who=LAWYER,
        missing=["whom the order covers, in its record: a cohort, or the words by which it covers everybody"],
        used=[each.id for each in silent],
    )


@kept
def required_by(case: Case) -> Weighed[Requirement]:
    """The laws relied on that require this disclosure, and what is wrong with the others."""
    return weigh(
        case.relied_on(Requirement),
        lambda each: faults_of_requirement(case, each) + faults_of_permission(case, each) + faults_of_whom(case, each),
    )


@kept
def ordered(case: Case) -> Weighed[Requirement]:
    """The orders of a court relied on that reach this disclosure, and what is wrong with the others."""
    return weigh(
        case.relied_on(Requirement),
        lambda each: faults_of_requirement(case, each) + _faults_of_order(each) + faults_of_whom(case, each),
    )


def faults_of_permission(case: Case, requirement: Requirement) -> list[str]:
    """Where what is on record as a requirement is none, or its enactment was not law on the day."""
    said = [] if requirement.requires else ["permits the disclosure but does not require it"]
    law = requirement.law.strip()
    coded = ENACTMENTS.get(law)
    if coded is None:
        return said + ([f"names the enactment {law}, which has no code here"] if law else [])
    if not coded.requires:
        said.append(f"rests on {coded.title}, which permits a disclosure and requires none")
    if not coded.in_force(case.on):
        said.append(f"rests on {coded.title}, which was not law on {day(case.on)}")
    return said + (_faults_of_demand(case, coded) if coded.requires else [])


def _faults_of_demand(case: Case, law: Coded) -> list[str]:
    """Where an enactment requires a disclosure, and not this one: of another body, for another purpose, of other
    records."""
    recipient, dataset = case.recipient, case.facts.dataset
    return faults(
        (
            recipient is None or not is_one_of(recipient.bodies, law.bodies),
            lambda: (
                f"rests on {law.title}, by which {law.demands} can be demanded by {listed(law.bodies, last='or')} "
                f"only, and {case.application.recipient} is not on record as one"
            ),
        ),
        (
            bool(law.purposes) and case.application.purpose not in law.purposes,
            lambda: (
                f"rests on {law.title}, which is for {listed(law.purposes, last='or')}, not {case.application.purpose}"
            ),
        ),
        (
            bool(law.settings) and dataset.setting not in law.settings,
            lambda: (
                f"rests on {law.title}, which reaches records of {listed(law.settings, last='or')} settings, and "
                f"{dataset.id} is of the setting {dataset.setting}"
            ),
        ),
    )


def _faults_of_order(requirement: Requirement) -> list[str]:
    found = list[str]()
    if not requirement.requires:
        found.append("permits the disclosure but does not require it")
    if not requirement.court.strip():
        found.append("does not say which court made the order")
    if not requirement.reference.strip():
        found.append("gives no reference of the order")
    return found
