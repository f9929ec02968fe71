"""Has the national body the power to give this out? Section 261 binds it alone; a setting says whether we are it."""

from collections.abc import Callable, Mapping

from openhaven.model.decision import Finding
from openhaven.model.record.approvals import Requirement
from openhaven.model.words import Level, Power, Purpose, Route

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..case import Case, Outline
from ..evidence import Weighed, classification, faults_of_cover, faults_of_seen, weigh
from ..plainly import listed
from ..words import ENACTMENTS, WORDS

WHO = "the operator's senior responsible person, with legal advice"
OWN_POWER = "hsca-2012-s261"
ON_STATISTICS = ("", "srsa-2007-s42", "srsa-2007-s45c")
SUPPORTED = (Route.COPI_2, Route.COPI_5)
NOTICED = (Route.COPI_3, Route.STATUTORY_DUTY)


@outline_rule(Question.POWER, "LAW-44", from_="2013-04-01")
def others_need_no_power_to_disseminate(use: Outline) -> Finding | None:
    """Section 261 is about the national body. Anyone else gives data out under its controllers' authority alone."""
    if use.policy.national_body:
        return None
    return permit("The operator is not the national body, to which section 261 speaks.")


@outline_rule(Question.POWER, "LAW-45-2014", from_="2014-10-01", to="2022-06-30")
def data_is_given_out_for_care_or_health(use: Outline) -> Finding | None:
    """As section 261(1A) first stood: for providing care or promoting health, and not for what is only near to it."""
    if not use.policy.national_body or use.purpose in WORDS.for_care_or_health or _under_its_own_power(use):
        return None
    if use.purpose not in WORDS.medical_purposes:
        return _not_for_care(use)
    if use.power in (Power.WITH_SUPPORT, Power.NOTICE):
        return None  # section 261(7): what the Regulations allow they allow for medical purposes, near to care or not
    return refer(
        lambda: (
            f"{_called(use)} is near to providing care, and section 261(1A) then wanted a purpose of care or health "
            "itself."
        ),
        who=WHO,
        missing=["why this is for providing care or promoting health"],
    )


@outline_rule(Question.POWER, "LAW-45", from_="2022-07-01")
def data_is_given_out_for_what_is_connected_with_care_or_health(use: Outline) -> Finding | None:
    """As section 261(1A) stands: for purposes connected with providing care or promoting health."""
    purpose = use.purpose
    if not use.policy.national_body or purpose in WORDS.medical_purposes or _under_its_own_power(use):
        return None
    return _not_for_care(use)


@outline_rule(Question.POWER, "LAW-44", "LAW-49", from_="2013-04-01")
def the_national_body_names_its_power(use: Outline) -> Finding | None:
    """The national body gives nothing out without naming the power on which it does."""
    if not use.policy.national_body or use.power is not None:
        return None
    return forbid(
        "The application names no power of the national body.",
        missing=[lambda: f"the power relied on, one of: {listed(Power, last='or')}"],
    )


@rule(
    Question.POWER,
    "LAW-44",
    "LAW-46",
    "LAW-47",
    "LAW-49",
    from_="2013-04-01",
    only=lambda use: use.policy.national_body,
)
def the_power_named_reaches_this(case: Case) -> Finding | None:
    """Each part of section 261 reaches some disclosures only; what it rests on is on record."""
    power = case.application.power
    if power is None or power in FOR_A_PERSON:
        return None
    reaches, wanted = REACHES[power]
    if reaches(case):
        return permit(lambda: f"{power} reaches this.", unsure=())
    return forbid(lambda: f"{power} does not reach this: it needs {wanted}.", missing=[f"{wanted}, or another power"])


@outline_rule(Question.POWER, "LAW-44", "LAW-46", from_="2013-04-01")
def some_powers_are_weighed_by_a_person(use: Outline) -> Finding | None:
    """A provider's interest, a direction, a person's welfare and crime are weighed by people, one case at a time."""
    power = use.power
    if not use.policy.national_body or power not in FOR_A_PERSON:
        return None
    return refer(f"{power}: people weigh it, one case at a time.", who=WHO, missing=[FOR_A_PERSON[power]])


FOR_A_PERSON: Mapping[Power | None, str] = {
    Power.RELEVANT_PERSON: "the provider's consent, or how its interest and the public's were weighed",
    Power.DIRECTION: "the direction, and where it allows this to be given out",
    Power.WELFARE: "why the individual's welfare needs it",
    Power.CRIME: "the request, and why it is needed",
}


def _not_for_care(use: Outline) -> Finding:
    return forbid(
        lambda: f"{_called(use)} is not a purpose of care or health, which section 261(1A) asks for.",
        missing=["an application for a purpose of care or health, or another power"],
    )


def _under_its_own_power(use: Outline) -> bool:
    """Section 261(1A) narrows section 261(1); what flows under other powers it leaves alone (LAW-46, LAW-47)."""
    return use.power in (Power.STATUTORY_FUNCTION, Power.COURT_ORDER, Power.STATISTICS, Power.CRIME)


def _called(use: Outline) -> str:
    return use.purpose.capitalize()


def _named_law(case: Case) -> bool:
    """A function that a law gives the recipient: no order of a court, not the national body's own power to give data
    out, and no enactment that was not law on the day."""
    return any(
        each.route is not Route.COURT_ORDER
        and each.law.strip() != OWN_POWER
        and ((coded := ENACTMENTS.get(each.law.strip())) is None or coded.in_force(case.on))
        for each in _weighed(case).fits
    )


def _weighed(case: Case) -> Weighed[Requirement]:
    """What a law says of this use, whether it requires the disclosure or only gives the recipient a function."""
    return case.kept(
        _weighed,
        lambda: weigh(
            case.relied_on(Requirement), lambda each: faults_of_cover(case, each) + faults_of_seen(case, each.seen)
        ),
    )


def _notice(case: Case) -> bool:
    return case.application.route in NOTICED and any(each.law == "copi-3-4" for each in _weighed(case).fits)


def _not_identifying(case: Case) -> bool:
    return case.application.level is not Level.IDENTIFIABLE and classification(case) is not None


def _statistics(case: Case) -> bool:
    """Where the record names a coded enactment, it is one on statistics."""
    laws = {each.law.strip() for each in _weighed(case).fits if each.route is not Route.COURT_ORDER}
    return case.application.purpose is Purpose.OFFICIAL_STATISTICS and not laws.isdisjoint(ON_STATISTICS)


REACHES: Mapping[Power, tuple[Callable[[Case], bool], str]] = {
    Power.NOT_IDENTIFYING: (_not_identifying, "data that identifies nobody, in a classification in date"),
    Power.INDIVIDUAL_CONSENT: (
        lambda case: case.application.route is Route.CONSENT,
        "the consent of those whom it identifies as the way round the duty of confidence",
    ),
    Power.COURT_ORDER: (lambda case: case.application.route is Route.COURT_ORDER, "an order of a court"),
    Power.STATUTORY_FUNCTION: (_named_law, "a record of the recipient's statutory function that covers this use"),
    Power.WITH_SUPPORT: (lambda case: case.application.route in SUPPORTED, "support under regulation 2 or 5"),
    Power.NOTICE: (_notice, "a notice under regulation 3(4) on record that covers this use"),
    Power.STATISTICS: (_statistics, "official statistics, and a record of the enactment that covers them"),
}
