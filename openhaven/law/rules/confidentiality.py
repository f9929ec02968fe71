"""Which way round the duty of confidence is open? Each route needs a record that carries this very use."""

import datetime as dt
from collections.abc import Sequence

from openhaven.model.application import Comparison
from openhaven.model.decision import Finding
from openhaven.model.obligation import DestroyIdentifiers, Obligation, OnlyConsenting
from openhaven.model.record import ConsentMaterial, Requirement, Support
from openhaven.model.words import Level, Purpose, Route

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case
from ..evidence import (
    Weighed,
    classification,
    faults_of_cover,
    faults_of_requirement,
    faults_of_seen,
    weigh,
)
from ..numbers import caveat
from ..plainly import day
from ..provisions import PROVISIONS
from ..words import WORDS, is_one_of, mention

GUARDIAN = "the Caldicott Guardian and the operator's senior responsible person, with legal advice"


@rule(Question.CONFIDENTIALITY, "LAW-01", "LAW-02", "CAL-2", from_="2013-04-01")
def identifying_detail_is_taken_out_unless_a_route_is_open(case: Case) -> Finding | None:
    """Identifiable data needs a way round the duty of confidence; de-identified is the default."""
    ask = case.application
    if ask.level is not Level.IDENTIFIABLE or ask.route is not Route.NOT_CONFIDENTIAL:
        return None
    return forbid(
        "Identifiable data is asked for, and no way round the duty of confidence.",
        missing=["an application for de-identified data, or one that relies on consent, law or support"],
    )


@rule(Question.CONFIDENTIALITY, "LAW-18", "ANON-07", from_="2013-04-01")
def no_confidential_information_leaves(case: Case) -> Finding | None:
    """What leaves carries no confidential patient information, as a named person has found for this kind of release."""
    ask = case.application
    if ask.route is not Route.NOT_CONFIDENTIAL or ask.level is Level.IDENTIFIABLE:
        return None
    found = classification(case)
    if found is None:
        return forbid(
            f"No named person has found, in a classification in date, that {ask.dataset} released as "
            f"{ask.level} carries no confidential patient information.",
            missing=[f"a classification of {ask.dataset} at the level {ask.level}, in date on {day(case.on)}"],
        )
    return permit(
        f"{found.by}, {found.role}, found on {day(found.on)} that this kind of release carries no confidential patient "
        f"information (review due {day(found.review)}).",
        used=[found.id],
    )


@rule(Question.CONFIDENTIALITY, "LAW-11", "LAW-02", from_="2013-04-01")
def consent_covers_this_use(case: Case) -> Finding | None:
    """People agreed to this purpose, recipient, items and period; each one's consent is checked when data leaves."""
    if case.application.route is not Route.CONSENT:
        return None
    weighed = weigh(case.relied_on(ConsentMaterial), lambda each: _faults_of_consent(case, each))
    if not weighed.fits:
        return _none_fits(case, weighed, "consent material")
    found, *_ = weighed.fits
    return permit(
        f"What people agreed to in {found.study} covers this use until {day(found.ends)}; "
        "consent is checked person by person.",
        used=[found.id],
        obligations=_of_consent(found),
    )


@rule(Question.CONFIDENTIALITY, "LAW-12", "LAW-02", from_="2013-04-01")
def a_law_requires_it(case: Case) -> Finding | None:
    """An enactment that requires the disclosure, in force, covering this use. A permission is not enough."""
    return _required(case, "law that requires it") if case.application.route is Route.STATUTORY_DUTY else None


@rule(Question.CONFIDENTIALITY, "LAW-13", "LAW-02", from_="2013-04-01")
def a_court_orders_it(case: Case) -> Finding | None:
    """An order of a court, in force, and no more than it says."""
    return _required(case, "order of a court") if case.application.route is Route.COURT_ORDER else None


@rule(Question.CONFIDENTIALITY, "LAW-15", "LAW-26", from_="2002-06-01")
def regulation_3_for_public_health(case: Case) -> Finding | None:
    """A public health body of record, a purpose of public health, and a statement of items, level and end."""
    ask, recipient = case.application, case.recipient
    if ask.route is not Route.COPI_3:
        return None
    bodies = (*WORDS.public_health_bodies, *WORDS.health_service_bodies)
    if recipient is None or not is_one_of(recipient.bodies, bodies):
        return forbid(
            f"{ask.recipient} is not on record as a public health body or part of the health service.",
            missing=[f"a record that says what {ask.recipient} is in law"],
        )
    if ask.purpose is not Purpose.PUBLIC_HEALTH:
        return forbid(
            f"Regulation 3 is for public health, and the purpose is {ask.purpose}.",
            missing=["an application for public health, or another way round the duty"],
        )
    weighed = weigh(case.relied_on(Requirement), lambda each: faults_of_requirement(case, each))
    if not weighed.fits:
        return _none_fits(case, weighed, "statement under regulation 3")
    found, *_ = weighed.fits
    return permit(
        f"{found.enactment} covers these items at the level {found.level} until {day(found.ends)}.",
        used=[found.id, recipient.id],
    )


@rule(Question.CONFIDENTIALITY, "LAW-14", "LAW-21", "LAW-26", "CAG-07", "CAG-08", from_="2013-04-01")
def regulation_2_for_neoplasia(case: Case) -> Finding | None:
    """Support under regulation 2, for people referred for neoplasia only."""
    if case.application.route is not Route.COPI_2:
        return None
    supported = _supported(case)
    if not supported.fits or _only_neoplasia(case):
        return _permit_support(case, supported, "support under regulation 2")
    return refer(
        "Regulation 2 reaches patients referred for neoplasia only, and the cohort rule does not say so.",
        who="the Caldicott Guardian",
        missing=["a cohort rule that admits only codes of neoplasms"],
        used=[each.id for each in supported.fits],
    )


@rule(Question.CONFIDENTIALITY, "LAW-16", "LAW-20", "LAW-21", "LAW-26", "CAG-07", "CAG-08", from_="2013-04-01")
def regulation_5_support(case: Case) -> Finding | None:
    """Support under regulation 5 in force on the day, its letter seen, in a circumstance of the Schedule."""
    if case.application.route is not Route.COPI_5:
        return None
    return _permit_support(case, _supported(case), "support under regulation 5")


@rule(Question.CONFIDENTIALITY, "LAW-16", "LAW-14", "LAW-21", from_="2013-04-01")
def support_is_decided_by_the_right_body(case: Case) -> Finding | None:
    """The Health Research Authority decides on research, the Secretary of State on everything else."""
    if case.application.route not in (Route.COPI_2, Route.COPI_5):
        return None
    odd = [each for each in case.relied_on(Support) if not _rightly_decided(each)]
    if not odd:
        return None
    return refer(
        "; ".join(f"{each.id} is on record as decided by {each.decided_by or 'nobody'}" for each in odd) + ".",
        who="the Caldicott Guardian, with the approval letter",
        missing=["the decision of the body that decides on this kind of support"],
        used=[each.id for each in odd],
    )


@rule(Question.CONFIDENTIALITY, "LAW-17", from_="2013-04-01")
def public_interest_is_always_for_a_person(case: Case) -> Finding | None:
    """Overriding public interest is weighed by people, one case at a time, never by a rule."""
    if case.application.route is not Route.PUBLIC_INTEREST:
        return None
    return refer(
        "Whether the public interest overrides confidence is weighed by people, one case at a time.",
        who=GUARDIAN,
        missing=["a documented test of the public interest"],
    )


def _none_fits(
    case: Case, weighed: Weighed[Support] | Weighed[Requirement] | Weighed[ConsentMaterial], what: str
) -> Finding:
    ask = case.application
    wanted = (
        f"{what}, on record and named in the application, in force on {day(case.on)}, for {ask.purpose}, covering "
        f"{ask.dataset}, {ask.recipient} and every field asked"
    )
    return forbid(weighed.why(what), missing=[wanted])


def _faults_of_consent(case: Case, material: ConsentMaterial) -> list[str]:
    faults = faults_of_cover(case, material) + faults_of_seen(case, material.seen)
    checks = (
        (not material.wordings or not material.items, "names no wording or no items that people agreed to"),
        (
            not case.application.people_file,
            "cannot be checked without the applicant's file of the people who consented",
        ),
    )
    return faults + [words for wrong, words in checks if wrong]


def _of_consent(material: ConsentMaterial) -> list[Obligation]:
    checked = OnlyConsenting(
        provisions=("LAW-11",),
        consent=material.id,
        wordings=material.wordings,
        items=material.items,
        because="Only people whose own consent covers this release are in it.",
    )
    destroyed = DestroyIdentifiers(
        provisions=("LAW-11",), because="Identifiers sent for matching are for matching only."
    )
    return [checked, destroyed]


def _required(case: Case, what: str) -> Finding:
    records = case.relied_on(Requirement)
    weighed = weigh(records, lambda each: faults_of_requirement(case, each) + _faults_of_permission(each))
    if not weighed.fits:
        return _none_fits(case, weighed, what)
    found, *_ = weighed.fits
    return permit(f"{found.enactment} requires this disclosure, until {day(found.ends)}.", used=[found.id])


def _faults_of_permission(requirement: Requirement) -> list[str]:
    return [] if requirement.requires else ["permits the disclosure but does not require it"]


def _supported(case: Case) -> Weighed[Support]:
    return weigh(case.relied_on(Support), lambda each: _faults_of_support(case, each))


def _faults_of_support(case: Case, support: Support) -> list[str]:
    known = {each.number for each in WORDS.circumstances}
    research = support.research or case.application.purpose is Purpose.RESEARCH
    checks = (
        (_route_of(support) is not case.application.route, f"is support under regulation {support.regulation}"),
        (not support.schedule or not set(support.schedule) <= known, "names no circumstance of the Schedule"),
        (research and not support.ethics_opinion.strip(), "is for research and has no favourable ethics opinion"),
        (
            case.on > _last_day_of_grace(case, support),
            f"was due for review on {day(support.review)}, and the grace is over",
        ),
    )
    faults = [words for wrong, words in checks if wrong]
    return faults + faults_of_cover(case, support) + faults_of_seen(case, support.letter)


def _route_of(support: Support) -> Route:
    return Route(f"COPI regulation {support.regulation}")


def _last_day_of_grace(case: Case, support: Support) -> dt.date:
    return support.review + dt.timedelta(days=case.facts.policy.support_review_grace_days)


def _permit_support(case: Case, supported: Weighed[Support], what: str) -> Finding:
    if not supported.fits:
        return _none_fits(case, supported, what)
    found = max(supported.fits, key=lambda each: (each.review, each.id))
    says = f"{found.id} ({found.title}) gives {what}, decided by {found.decided_by}, until {day(found.ends)}."
    says += f" Its conditions: {'; '.join(found.conditions)}." if found.conditions else ""
    if case.on <= found.review:
        return permit(says, used=[found.id])
    late = (
        f" Warning: its review was due on {day(found.review)}; it is relied on until "
        f"{day(_last_day_of_grace(case, found))} and no longer."
    )
    return permit(says + late, used=[found.id], unsure=caveat("support-review-grace-days", on=case.on))


def _rightly_decided(support: Support) -> bool:
    if support.starts < PROVISIONS["LAW-21"].starts:
        return bool(support.decided_by.strip())
    return mention([support.decided_by], WORDS.decides_research if support.research else WORDS.decides_other)


def _only_neoplasia(case: Case) -> bool:
    coded = {field.name for field in case.facts.dataset if field.codes}
    lists: Sequence[tuple[str, ...]] = [
        clause.values
        for clause in case.application.cohort
        if clause.field in coded and clause.test in (Comparison.IS, Comparison.IN, Comparison.STARTS)
    ]
    return any(all(value.upper().startswith(WORDS.neoplasms) for value in values) for values in lists)
