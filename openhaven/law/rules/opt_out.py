"""Does the national data opt-out apply? By what will leave and what is on record, never by what the applicant says.

It applies unless an exception is established; that it does not apply is an obligation too, with the reason."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import NationalOptOut
from openhaven.model.record import Support
from openhaven.model.words import Route

from ..algebra import Question, permit, refer, rule
from ..case import Case
from ..evidence import classification
from ..numbers import caveat
from ..words import WORDS

WHY_NOT = {
    Route.CONSENT: "people agreed to this use",
    Route.STATUTORY_DUTY: "a law requires this disclosure",
    Route.COURT_ORDER: "a court orders this disclosure",
    Route.COPI_3: "the use is for communicable disease or another risk to public health under regulation 3",
}


@rule(Question.OPT_OUT, "LAW-28", "NDO-01", from_="2018-05-25")
def care_given_elsewhere_needs_its_own_authority(case: Case) -> Finding | None:
    """The opt-out and the Regulations are about care in England; other territories decide for themselves."""
    territory = case.facts.dataset.territory
    if territory.strip().lower() in WORDS.opt_out_territories:
        return None
    return refer(
        f"The dataset is of care given in {territory or 'a territory not stated'}; "
        "England's opt-out does not settle what may be done with it.",
        who=f"those who answer for confidential information in {territory or 'that territory'}",
        missing=["the authority of that territory"],
    )


@rule(Question.OPT_OUT, "NDO-04", from_="2018-05-25")
def the_opt_out_does_not_reach_this_route(case: Case) -> Finding | None:
    """Consent, a requirement of law, a court's order and regulation 3 stand outside the opt-out."""
    why = WHY_NOT.get(case.application.route)
    return None if why is None else _left_off(case, why, "NDO-04")


@rule(Question.OPT_OUT, "NDO-04", "LAW-18", from_="2018-05-25")
def the_opt_out_is_about_confidential_information(case: Case) -> Finding | None:
    """Where a named person has classified the release, no confidential patient information leaves."""
    found = classification(case)
    if found is None or case.facts.policy.optout_wider or case.application.route in (*WHY_NOT, Route.PUBLIC_INTEREST):
        return None
    why = f"no confidential patient information leaves ({found.id}, classified by {found.by})"
    return _left_off(case, why, "NDO-04", "LAW-18", used=(found.id,))


@rule(Question.OPT_OUT, "NDO-03", "NDO-21", from_="2018-05-25")
def support_may_be_exempt(case: Case) -> Finding | None:
    """Support under regulation 2 or 5 is exempt only where every approval relied on says so, with the evidence seen."""
    if not _exempt(case) or _nothing_confidential(case):
        return None
    supports = case.relied_on(Support)
    why = "; ".join(f"{each.id} is exempt: {each.exemption}" for each in supports)
    return _left_off(case, why, "NDO-03", "NDO-21", used=tuple(each.id for each in supports))


@rule(Question.OPT_OUT, "NDO-01", "NDO-03", "NDO-11", "NDO-12", "NDO-14", "NDO-21", from_="2018-05-25")
def else_the_opt_out_applies(case: Case) -> Finding | None:
    """Where no exception is established, everyone who opted out is left out, whole records."""
    route = case.application.route
    if route in (*WHY_NOT, Route.PUBLIC_INTEREST) or _nothing_confidential(case) or _exempt(case):
        return None
    wider = classification(case) is not None and case.facts.policy.optout_wider
    because = (
        "It is applied more widely than national policy asks, as a choice of this installation."
        if wider
        else "No exception is established, so people who opted out are left out, whole records."
    )
    age = case.facts.policy.optout_max_age_days
    applied = NationalOptOut(provisions=("NDO-12", "NDO-14"), because=because, applies=True, max_age_days=age)
    return permit(
        f"The national data opt-out applies. {because}",
        obligations=[applied],
        unsure=caveat("opt-out-answer-days", on=case.on),
    )


@rule(Question.OPT_OUT, "NDO-04", "LAW-17", from_="2018-05-25")
def who_weighs_the_public_interest_settles_the_opt_out(case: Case) -> Finding | None:
    """With overriding public interest the opt-out goes the way of that decision."""
    if case.application.route is not Route.PUBLIC_INTEREST:
        return None
    return refer(
        "Whether the opt-out applies follows from the decision on the public interest.",
        who="the Caldicott Guardian",
        missing=["a documented test of the public interest"],
    )


def _nothing_confidential(case: Case) -> bool:
    return classification(case) is not None and not case.facts.policy.optout_wider


def _exempt(case: Case) -> bool:
    supports = case.relied_on(Support)
    if case.application.route not in (Route.COPI_2, Route.COPI_5) or not supports:
        return False
    return all(each.national_opt_out == "exempt" and each.exemption.strip() for each in supports)


def _left_off(case: Case, why: str, *cites: str, used: tuple[str, ...] = ()) -> Finding:
    because = f"The national data opt-out does not apply, because {why}."
    left = NationalOptOut(
        provisions=cites, because=because, applies=False, max_age_days=case.facts.policy.optout_max_age_days
    )
    return permit(because, used=used, obligations=[left], cites=cites)
