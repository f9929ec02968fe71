"""Some uses are for places accredited for them: finance, risk stratification, the safe havens proposed in 2014. Who
processes or stores the data is such a place too, or it is not inside."""

from collections.abc import Iterable

from openhaven.model.decision import Finding
from openhaven.model.obligation import Conditions
from openhaven.model.words import Level, Purpose

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..assurance import accepted, assured, why_not
from ..case import Case, Outline
from ..flow import ROWS, hands
from ..plainly import day, listed, many
from ..speaking import mention
from ..words import WORDS, is_one_of

FINANCE, RISK, SAFE_HAVEN = "finance", "risk stratification", "safe haven"
FOUND_AGAIN_BY = "the rules for risk stratification"
FOUND_AGAIN = (
    "only the practice that cares for a person finds that person again, and for that person's care",
    "each time is entered in a record, of which the operator is told when it asks",
)
"""What is owed where pseudonyms can be taken back to people."""


@rule(
    Question.RECIPIENT,
    "COM-02",
    from_="2013-04-01",
    to="2027-09-30",
    when=(Purpose.INVOICE_VALIDATION, Level.IDENTIFIABLE),
)
def invoices_are_checked_in_a_controlled_environment(case: Case) -> Finding | None:
    """Identifiable data for checking invoices goes only to those who pay them for the health service, into a controlled
    environment for finance that is listed, and never to shared business services."""
    found = [each for each in hands(case) if mention((each.name, *each.bodies, *each.business), WORDS.shared_services)]
    if found:
        return forbid(
            f"{listed(each.name for each in found)}: a shared business service sees no confidential information on "
            "invoices.",
            missing=[f"an application and an agreement without {listed(each.name for each in found)}"],
            used=[each.id for each in found],
        )
    recipient = case.recipient
    if recipient is not None and not is_one_of(recipient.bodies, WORDS.commissioners):
        return forbid(
            f"Commissioners check invoices, and {recipient.name} is no commissioner or commissioning support unit of "
            "record.",
            missing=["an application of those who pay the invoices, or for data that identifies nobody"],
            used=[recipient.id],
        )
    return _accredited(case, FINANCE, "Identifiable data for checking invoices", places(case))


@outline_rule(Question.RECIPIENT, "LAW-33", from_="2027-10-01", when=(Purpose.INVOICE_VALIDATION, Level.IDENTIFIABLE))
def what_follows_the_conditions_for_invoices_is_for_a_person(use: Outline) -> Finding | None:
    """The conditions under which identifiable data checks invoices were given until 30 September 2027, and other
    regulations are expected in their place: this version does not know them."""
    return refer(
        "The conditions known here for checking invoices with identifiable data ended on 30 September 2027.",
        who="the Caldicott Guardian, with legal advice",
        missing=["what regulation or support took their place, and that this use keeps to it"],
    )


@rule(Question.RECIPIENT, "COM-03", "COM-04", from_="2013-04-01", when=(Purpose.RISK_STRATIFICATION, *ROWS))
def risk_is_stratified_by_those_approved_for_it(case: Case) -> Finding | None:
    """Rows for risk stratification go only to an organisation on the list of those approved, its statement seen, and
    names leave no such place. There only the practice that cares for a person finds that person again, and each time
    is on record."""
    recipient = case.application.recipient
    inside = places(case) if case.application.level is Level.IDENTIFIABLE else (recipient,)
    refused, approved = _accredited(case, RISK, "Rows for risk stratification", inside), assured(case, recipient, RISK)
    if approved is None or refused is not None:
        return refused
    because = f"{approved.organisation} is approved for risk stratification ({approved.id})."
    owed = Conditions(
        provisions=("COM-04",), because=because, record=approved.id, set_by=FOUND_AGAIN_BY, conditions=FOUND_AGAIN
    )
    return permit(because, used=[approved.id], obligations=[owed])


@rule(Question.RECIPIENT, "ASH-01", from_="2014-06-26", only=lambda use: use.policy.safe_havens, when=ROWS)
def a_safe_haven_is_accredited_as_one(case: Case) -> Finding | None:
    """Where this installation decides for the safe havens proposed in 2014, who is on record as one is accredited."""
    recipient = case.recipient
    if recipient is None:
        return None
    if not is_one_of(recipient.bodies, WORDS.havens):
        return None
    return _accredited(case, SAFE_HAVEN, "Rows for a safe haven", places(case))


def places(case: Case) -> tuple[str, ...]:
    """The ids of all that hold the data, each once: the recipient, and who processes or stores it as agreed."""
    agreement, recipient = case.agreement, case.application.recipient
    if agreement is None:
        return (recipient,)
    return tuple(dict.fromkeys((recipient, *agreement.processors, *agreement.storage)))


def _accredited(case: Case, use: str, what: str, ids: Iterable[str]) -> Finding | None:
    without = [id for id in ids if assured(case, id, use) is None]
    if not without:
        return None
    return forbid(
        f"{what} may be held only by a place accredited for it, and {listed(why_not(case, id, use) for id in without)} "
        f"{many(without, 'is not', 'are not')}.",
        missing=[f"an accreditation of {id}, in force on {day(case.on)}: {accepted(use)}" for id in without],
        used=[case.application.recipient],
    )
