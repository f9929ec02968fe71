"""Does the national data opt-out apply? By what will leave and what is on record, never by what the applicant says.

It applies unless an exception is established; that it does not apply is an obligation too, with the reason. Each
exception has its rule, and the first that stands, in the order below, is the reason given."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import NationalOptOut
from openhaven.model.record.advice import Classification
from openhaven.model.record.approvals import Exemption, Support
from openhaven.model.words import Route

from ..algebra import Question, outline_rule, permit, refer, rule
from ..case import Case, Outline, kept
from ..evidence import RELIED_ON, Weighed, classification, faults_of_exemption, territories, weigh
from ..words import EXEMPTIONS, WORDS

WHY_NOT = {
    Route.CONSENT: "people agreed to this use",
    Route.STATUTORY_DUTY: "a law requires this disclosure",
    Route.COURT_ORDER: "a court orders this disclosure",
    Route.COPI_3: "the use is for communicable disease or another risk to public health under regulation 3",
}
BEFORE = "The national data opt-out began on 25 May 2018"


@outline_rule(Question.OPT_OUT, "NDO-BEFORE", from_="2013-04-01", to="2018-05-24")
def there_was_no_national_opt_out(use: Outline) -> Finding | None:
    """Before 25 May 2018 there was no national data opt-out; objections of that time are a question of their own."""
    because = f"{BEFORE}; objections of the time before it are asked about apart."
    left = NationalOptOut(provisions=("NDO-BEFORE",), because=because, applies=False, max_age_days=_days(use))
    return permit(because, obligations=[left])


@outline_rule(Question.OPT_OUT, "NDO-04", from_="2018-05-25", when=tuple(WHY_NOT))
def the_opt_out_does_not_reach_this_route(use: Outline) -> Finding | None:
    """Consent, a requirement of law, a court's order and regulation 3 stand outside the opt-out."""
    return _left_off(use, WHY_NOT[use.route], "NDO-04")


@outline_rule(Question.OPT_OUT, "NDO-01", from_="2018-05-25")
def the_opt_out_is_about_care_in_england(use: Outline) -> Finding | None:
    """Care given in Scotland, Wales or Northern Ireland is not under it; where England is among them, it applies."""
    if _of_outline(use) != "territory":
        return None
    return _left_off(use, f"the care was given in {use.dataset.territory}", "NDO-01")


@rule(Question.OPT_OUT, "NDO-04", "LAW-18", from_="2018-05-25", needs=Classification)
def the_opt_out_is_about_confidential_information(case: Case) -> Finding | None:
    """Where a named person has classified the release, no confidential patient information leaves."""
    found = classification(case)
    if found is None or _exception(case) != "not confidential":
        return None
    why = f"no confidential patient information leaves ({found.id}, classified by {found.by})"
    return _left_off(case.outline, why, "NDO-04", "LAW-18", used=(found.id,))


@rule(Question.OPT_OUT, "NDO-05", "NDO-06", "NDO-07", "NDO-08", from_="2018-05-25", needs=Exemption)
def national_policy_exempts_some_flows(case: Case) -> Finding | None:
    """Payments, national surveys and other flows that policy exempts: by a record, and only as far as we accept it."""
    if not _exemptions(case).fits or _exception(case) != "exemption":
        return None
    found, *_ = _exemptions(case).fits
    coded = EXEMPTIONS[found.code]
    why = f"national policy exempts {coded.title} ({found.id}, checked by {found.seen.by})"
    return _left_off(case.outline, why, coded.provision, used=(found.id,), unsure=coded.unsure)


@rule(Question.OPT_OUT, "NDO-03", "NDO-21", from_="2018-05-25", when=(Route.COPI_2, Route.COPI_5), needs=Support)
def support_may_be_exempt(case: Case) -> Finding | None:
    """Support under regulation 2 or 5 is exempt only where every approval relied on is on record and says so, with the
    evidence seen."""
    supports = case.relied_on(Support)
    if not supports or _exception(case) != "support":
        return None
    why = "; ".join(f"{each.id} is exempt: {each.exemption}" for each in supports)
    return _left_off(case.outline, why, "NDO-03", "NDO-21", used=tuple(each.id for each in supports))


@rule(Question.OPT_OUT, "NDO-01", "NDO-02", "NDO-03", "NDO-11", "NDO-12", "NDO-14", "NDO-21", from_="2018-05-25")
def else_the_opt_out_applies(case: Case) -> Finding | None:
    """Where no exception is established, everyone who opted out is left out, whole records."""
    if _exception(case):
        return None
    wider = classification(case) is not None and case.facts.policy.optout_wider
    because = (
        "It is applied more widely than national policy asks, as a choice of this installation."
        if wider
        else "No exception is established, so people who opted out are left out, whole records."
    )
    applied = NationalOptOut(
        provisions=("NDO-12", "NDO-14"), because=because, applies=True, max_age_days=_days(case.outline)
    )
    return permit(
        lambda: f"The national data opt-out applies. {because}{_faults(case)}",
        obligations=[applied],
        unsure=case.caveat("opt-out-answer-days"),
    )


@outline_rule(Question.OPT_OUT, "NDO-04", "LAW-17", from_="2018-05-25", when=Route.PUBLIC_INTEREST)
def who_weighs_the_public_interest_settles_the_opt_out(use: Outline) -> Finding | None:
    """With overriding public interest the opt-out goes the way of that decision."""
    return refer(
        "Whether the opt-out applies follows from the decision on the public interest.",
        who="the Caldicott Guardian",
        missing=["a documented test of the public interest"],
    )


@kept
def _exception(case: Case) -> str:
    """The first exception that stands; empty where the opt-out applies."""
    return _of_outline(case.outline) or _of_record(case)


def _of_outline(use: Outline) -> str:
    return use.kept(_of_outline, lambda: _without_records(use))


def _without_records(use: Outline) -> str:
    if use.route in WHY_NOT:
        return "route"
    if use.route is Route.PUBLIC_INTEREST:
        return "public interest"
    return "territory" if set(territories(use.dataset)) <= set(WORDS.other_territories) else ""


def _of_record(case: Case) -> str:
    if classification(case) is not None and not case.facts.policy.optout_wider:
        return "not confidential"
    if Exemption in case.facts.kinds and _exemptions(case).fits:
        return "exemption"
    return "support" if _exempt(case) else ""


def _exempt(case: Case) -> bool:
    if case.application.route not in (Route.COPI_2, Route.COPI_5):
        return False
    supports = case.relied_on(Support)
    if not supports or not _all_on_record(case):
        return False
    return all(each.national_opt_out == "exempt" and each.exemption.strip() for each in supports)


def _all_on_record(case: Case) -> bool:
    """Whether all that the application relies on is there: what is not could be an approval by which the opt-out
    applies, and taking that off the record lifts it from nobody."""
    return all(any(case.facts.called(kind, id) for kind in RELIED_ON) for id in case.application.basis)


@kept
def _exemptions(case: Case) -> Weighed[Exemption]:
    """The exemptions relied on that stand on the day, and what is wrong with the others."""
    relied = [each for each in case.relied_on(Exemption) if each.code in EXEMPTIONS]
    if ended := case.outline.ended:
        relied = [each for each in relied if EXEMPTIONS[each.code].provision not in ended]
    return weigh(relied, lambda each: faults_of_exemption(case, each, EXEMPTIONS) + _not_accepted(case, each))


def _not_accepted(case: Case, exemption: Exemption) -> list[str]:
    """What we are not sure of counts only where this installation has confirmed it."""
    accepted = exemption.code in case.facts.policy.optout_exemptions
    return [] if accepted else [f"is an exemption ({exemption.code}) that this installation has not confirmed"]


def _faults(case: Case) -> str:
    faults = _exemptions(case).faults
    return f" No exemption relied on stands: {'; '.join(faults)}." if faults else ""


def _days(use: Outline) -> int:
    return use.policy.optout_max_age_days


def _left_off(use: Outline, why: str, *cites: str, used: tuple[str, ...] = (), unsure: tuple[str, ...] = ()) -> Finding:
    because = f"The national data opt-out does not apply, because {why}."
    left = NationalOptOut(provisions=cites, because=because, applies=False, max_age_days=_days(use))
    return permit(because, used=used, obligations=[left], cites=cites, unsure=unsure)
