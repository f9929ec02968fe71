"""Profiles with rules of their own: case managers, accredited safe havens, checking invoices, and risk stratification
for practices. The first two were proposals of 2014 that never became law: a setting admits them. Which places have to
be accredited for such uses is in `havens`."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import AuditViews, Conditions
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.words import Kind, Level, Precision, Purpose, Route, Setting

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..assurance import assured, why_not
from ..case import Case, Outline
from ..flow import hands
from ..plainly import day, listed, many
from ..words import WORDS, is_one_of
from .havens import SAFE_HAVEN, places

INVOICES = (Purpose.INVOICE_VALIDATION, Level.IDENTIFIABLE)
CONTROLS = (
    "identity is taken out wherever the purpose can do without it",
    "nobody is found again by anybody who is not meant to",
    "data is passed on to nobody but as agreed",
    "nothing is decided with it about a particular person",
    "a breach is reported at once",
)
"""What was proposed in 2014 that a safe haven keeps to, beside the right to opt out."""
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


@rule(Question.CONFIDENTIALITY, "CM-01", from_="2014-06-26", when=Route.CASE_MANAGER)
def case_managers_are_of_the_health_service_or_social_care(case: Case) -> Finding | None:
    """Those who arrange a person's care, in the health service or in social care, and nobody else."""
    recipient = case.recipient
    if recipient is not None and is_one_of(recipient.bodies, WORDS.arrange_care):
        return None
    return forbid(
        f"{case.application.recipient} is not on record as part of the health service or of social care.",
        missing=[f"a record that says what {case.application.recipient} is in law"],
    )


@rule(Question.CONFIDENTIALITY, "ASH-01", "ASH-02", "ASH-03", "ASH-04", from_="2014-06-26", when=Route.SAFE_HAVEN)
def a_safe_haven_holds_data_under_controls(case: Case) -> Finding | None:
    """A proposal of 2014: an accredited place, purposes of its list, its controls owed; by the setting only."""
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
    without = [id for id in places(case) if assured(case, id, SAFE_HAVEN) is None]
    if without:
        return forbid(
            f"No accreditation as a safe haven counts for {listed(why_not(case, id, SAFE_HAVEN) for id in without)}.",
            missing=[f"an accreditation of {id} as a safe haven, in force" for id in without],
        )
    found, *others = accredited_havens(case)
    because = (
        f"{found.organisation} is accredited as a safe haven until {day(found.ends)}. This was a proposal, admitted by "
        "a setting."
    )
    owed = Conditions(
        provisions=("ASH-03",), because=because, record=found.id, set_by="the proposal of 2014", conditions=CONTROLS
    )
    return permit(because, used=[found.id, *(each.id for each in others)], obligations=[owed])


def accredited_havens(case: Case) -> tuple[Accreditation, ...]:
    """What the accreditation of a safe haven rests on: that of the recipient, and of each that processes or stores."""
    return tuple(each for id in places(case) if (each := assured(case, id, SAFE_HAVEN)) is not None)


@rule(Question.MINIMUM, "COM-02", from_="2013-04-01", to="2027-09-30", when=INVOICES)
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
    others = [each for each in hands(case) if each is not recipient]
    if found := [each for each in (recipient, *others) if is_one_of(each.bodies, WORDS.commissioners)]:
        held_by = places(case)
        return _sees_no_names(found) if any(each.id in held_by for each in found) else _asks_for_another(found)
    if is_one_of(recipient.bodies, WORDS.practices):
        return refer(
            "A practice sees its own patients, to care for them; which these are, a rule cannot see.",
            who="the practice's Caldicott Guardian",
            missing=["that everybody in it is a patient of the practice"],
            used=[recipient.id],
        )
    return None  # whether it is approved for it, COM-03 asks of every recipient of rows


def _asks_for_another(found: list[Organisation]) -> Finding:
    names = listed(each.name for each in found)
    return refer(
        f"{names} asks, and the data goes to somebody else: a commissioner sees pseudonyms or counts, and what it is "
        "shown of the data a rule cannot see.",
        who="the Caldicott Guardian",
        missing=[f"that {names} is shown pseudonyms or counts, and nobody's name"],
        used=[each.id for each in found],
    )


def _sees_no_names(found: list[Organisation]) -> Finding:
    names = [each.name for each in found]
    return forbid(
        f"{listed(names)} {many(names, 'sees', 'see')} pseudonyms or counts: identifiable data "
        "stays inside the approved processor, and only those who care for a person re-identify.",
        missing=["an application for de-identified data, or an approved processor as the recipient"],
        used=[each.id for each in found],
    )
