"""Profiles with rules of their own: case managers, accredited safe havens, the controlled environment for finance, and
risk stratification for practices. The first two were proposals of 2014 that never became law: a setting admits them."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import AuditViews
from openhaven.model.record import Accreditation
from openhaven.model.words import Kind, Level, Precision, Purpose, Route, Setting

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..case import Case, Outline
from ..evidence import Weighed, faults_of_seen, weigh
from ..plainly import day
from ..words import WORDS, is_one_of

SAFE_HAVEN, FINANCE, STRATIFIER = (
    "accredited safe haven",
    "controlled environment for finance",
    "risk stratification processor",
)
INVOICES = (Purpose.INVOICE_VALIDATION, Level.IDENTIFIABLE)
MINIMUM_OF_INVOICES = (Kind.NHS_NUMBER, Kind.DATE_OF_BIRTH, Kind.POSTCODE)


@outline_rule(Question.CONFIDENTIALITY, "CM-01", from_="2014-06-26", when=Route.CASE_MANAGER)
def case_managers_see_the_people_they_arrange_care_for(use: Outline) -> Finding | None:
    """A proposal of 2014: people of open cases only, each view recorded. Without the setting it is not a way round."""
    if not use.policy.case_managers:
        return forbid(
            "Access for case managers was proposed in 2014 and is not law.",
            missing=["consent of those whose care is arranged, or a request to those who give it"],
        )
    if use.purpose is not Purpose.CASE_MANAGEMENT:
        return forbid(
            "A case manager sees people to arrange their care, and for nothing else.",
            missing=["an application for arranging a person's care"],
        )
    because = "A case manager sees the people of open cases only, each view is recorded, and it ends with the case."
    viewed = AuditViews(provisions=("CM-01",), because=because)
    return permit(f"{because} This was a proposal, admitted by a setting.", obligations=[viewed])


@rule(Question.CONFIDENTIALITY, "ASH-01", "ASH-02", "ASH-03", "ASH-04", from_="2014-06-26", when=Route.SAFE_HAVEN)
def a_safe_haven_holds_data_under_controls(case: Case) -> Finding | None:
    """A proposal of 2014: an accredited place, purposes of its list, nothing about individuals; by the setting only."""
    if not case.facts.policy.safe_havens:
        return forbid(
            "Accredited safe havens were proposed in 2014, and no regulations were made.",
            missing=["an application that relies on consent, law or support"],
        )
    if case.application.purpose not in WORDS.safe_haven_purposes:
        return forbid(
            f"{case.application.purpose} is not among the purposes of a safe haven.",
            missing=["an application for one of its purposes"],
        )
    accredited = _accredited(case, SAFE_HAVEN)
    if not accredited.fits:
        return forbid(
            lambda: accredited.why("accreditation as a safe haven"),
            missing=[f"an accreditation of {case.application.recipient} as a safe haven, in force"],
        )
    found, *_ = accredited.fits
    return permit(
        lambda: (
            f"{found.organisation} is accredited as a safe haven until {day(found.ends)}. This was a proposal, "
            "admitted by a setting."
        ),
        used=[found.id],
    )


@rule(Question.CONFIDENTIALITY, "COM-02", from_="2013-04-01", when=INVOICES)
def invoices_are_validated_in_a_controlled_environment(case: Case) -> Finding | None:
    """Identifiable data for invoices goes to a controlled environment for finance, never to shared services."""
    recipient = case.recipient
    if recipient is not None and is_one_of((*recipient.bodies, *recipient.business), WORDS.shared_services):
        return forbid(
            f"{recipient.name} is a shared business service, which sees no confidential information on invoices.",
            used=[recipient.id],
        )
    accredited = _accredited(case, FINANCE)
    if accredited.fits:
        return None
    return forbid(
        lambda: accredited.why("statement of a controlled environment for finance"),
        missing=[f"a statement of compliance of {case.application.recipient} as a controlled environment for finance"],
    )


@rule(Question.MINIMUM, "COM-02", from_="2013-04-01", when=INVOICES)
def invoices_need_few_identifiers(case: Case) -> Finding | None:
    """To validate an invoice: the NHS number, and the date of birth or the postcode, and no other identifier."""
    named = [field.kind for asked, field in case.leaving if field.identifies and asked.precision is Precision.AS_HELD]
    both = {Kind.DATE_OF_BIRTH, Kind.POSTCODE} <= set(named)
    if not both and set(named) <= set(MINIMUM_OF_INVOICES):
        return None
    return forbid(
        "More identifiers are asked for than validating an invoice needs.",
        missing=["an application with the NHS number, and the date of birth or the postcode"],
    )


@rule(Question.CONFIDENTIALITY, "COM-03", "COM-04", from_="2013-04-01", when=Purpose.RISK_STRATIFICATION)
def who_sees_whom_in_risk_stratification(case: Case) -> Finding | None:
    """No social care data; identifiable data to the approved processor alone; others see pseudonyms or counts."""
    if case.facts.dataset.setting is Setting.COUNCIL:
        return forbid("Risk stratification takes no social care data.", missing=["an application without it"])
    recipient = case.recipient
    if case.application.level is not Level.IDENTIFIABLE or recipient is None:
        return None
    if is_one_of(recipient.bodies, WORDS.practices):
        return refer(
            "A practice sees its own patients, to care for them; which these are, a rule cannot see.",
            who="the practice's Caldicott Guardian",
            missing=["that everybody in it is a patient of the practice"],
            used=[recipient.id],
        )
    accredited = _accredited(case, STRATIFIER)
    if accredited.fits and not is_one_of(recipient.bodies, WORDS.commissioners):
        return None
    return forbid(
        lambda: (
            f"{recipient.name} sees pseudonyms or counts: identifiable data stays inside the approved processor, and "
            "only those who care for a person re-identify. " + accredited.why("approval as a processor")
        ),
        missing=["an application for de-identified data, or an approved processor as the recipient"],
        used=[recipient.id],
    )


def _accredited(case: Case, scheme: str) -> Weighed[Accreditation]:
    return case.kept((_accredited, scheme), lambda: _weighed(case, scheme))


def _weighed(case: Case, scheme: str) -> Weighed[Accreditation]:
    named = [
        each
        for each in case.facts.every(Accreditation)
        if each.organisation == case.application.recipient and each.scheme.strip().lower() == scheme
    ]
    return weigh(named, lambda each: _faults(case, each))


def _faults(case: Case, accreditation: Accreditation) -> list[str]:
    term = f"is in force from {day(accreditation.starts)} to {day(accreditation.ends)} only"
    late = [] if case.in_force(accreditation.starts, accreditation.ends) else [term]
    gone = [] if accreditation.status.strip().lower() in WORDS.in_good_standing else [f"is {accreditation.status}"]
    return late + gone + faults_of_seen(case, accreditation.seen)
