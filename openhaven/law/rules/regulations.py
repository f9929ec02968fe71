"""The 2002 Regulations: cancer (2), communicable disease and risks to public health (3), and support (5)."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

from openhaven.model.application import Comparison
from openhaven.model.decision import Finding
from openhaven.model.obligation import Obligation
from openhaven.model.record.approvals import Requirement, Support
from openhaven.model.words import Purpose, Route

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..bodies import is_called
from ..case import Case, Outline, kept
from ..evidence import Weighed, faults_of_cover, faults_of_requirement, faults_of_seen, none_fits, weigh
from ..flow import ROWS
from ..owing import conditional, restricted, reviewed, standard
from ..plainly import day, listed, months_after
from ..provisions import PROVISIONS
from ..reading import MANY
from ..studies import faults_of_study, says_no_study
from ..supports import REPORTS, review_due
from ..whom import faults_of_whom
from ..words import WORDS, is_one_of, tells_neoplasms
from .required import faults_of_permission

SUPPORTED = (Route.COPI_2, Route.COPI_5)
NOTICE = "copi-3-4"
CIRCUMSTANCES = frozenset(each.number for each in WORDS.circumstances)
_SINCE = PROVISIONS["LAW-21"].starts
LETTER = "the Caldicott Guardian, with the approval letter"
MAY_USE_REGULATION_3 = (
    *WORDS.public_health_bodies,
    *WORDS.health_service_bodies,
    *WORDS.commissioners,
    *WORDS.practices,
    *WORDS.surveillance_bodies,
)


@rule(Question.CONFIDENTIALITY, "LAW-15", "LAW-26", from_="2002-06-01", when=Route.COPI_3)
def regulation_3_for_public_health(case: Case) -> Finding | None:
    """A body that may act under it, a purpose of public health, and a statement of items, level, service and end."""
    ask, recipient = case.application, case.recipient
    if recipient is None or not is_one_of(recipient.bodies, MAY_USE_REGULATION_3):
        return forbid(
            f"{ask.recipient} is not on record as a public health body, part of the health service, or an authority in "
            "the surveillance of communicable disease.",
            missing=[f"a record that says what {ask.recipient} is in law"],
        )
    if ask.purpose is not Purpose.PUBLIC_HEALTH:
        return forbid(
            f"Regulation 3 is for public health, and the purpose is {ask.purpose}.",
            missing=["an application for public health, or another way round the duty"],
        )
    weighed = stated(case)
    if not weighed.fits:
        return none_fits(case, weighed, "statement under regulation 3", one="a statement under regulation 3")
    found, *_ = weighed.fits
    notice = " It is a notice under regulation 3(4), which requires the processing." if found.law == NOTICE else ""
    return permit(
        lambda: (
            f"{found.enactment} covers these items at the level {found.level} until {day(found.ends)}, for "
            f"{listed(found.serves)}.{notice}"
        ),
        used=[found.id, recipient.id],
        obligations=_restrictions(case),
    )


@rule(
    Question.CONFIDENTIALITY,
    "LAW-14",
    "LAW-21",
    "LAW-26",
    "LAW-29",
    "LAW-30",
    "CAG-07",
    "CAG-08",
    from_="2013-04-01",
    when=Route.COPI_2,
)
def regulation_2_for_neoplasia(case: Case) -> Finding | None:
    """Support under regulation 2, for people referred for neoplasia only, and for the purposes it names."""
    if case.application.purpose not in WORDS.cancer_purposes:
        return forbid(
            f"{case.application.purpose} is not among the purposes of regulation 2.",
            missing=["an application for one of its purposes, or another way round the duty"],
        )
    found = supported(case)
    if not found.fits or _only_neoplasia(case):
        return _permit_support(case, found, "support under regulation 2")
    return refer(
        "Regulation 2 reaches patients referred for neoplasia only, and the cohort rule does not say so.",
        who="the Caldicott Guardian",
        missing=["a cohort rule that admits only codes of neoplasms"],
        used=[each.id for each in found.fits],
    )


@rule(
    Question.CONFIDENTIALITY,
    "LAW-16",
    "LAW-20",
    "LAW-21",
    "LAW-26",
    "LAW-29",
    "LAW-30",
    "DEF-05",
    "CAG-07",
    "CAG-08",
    from_="2013-04-01",
    when=Route.COPI_5,
)
def regulation_5_support(case: Case) -> Finding | None:
    """Support under regulation 5 in force on the day, its letter seen, for a medical purpose, in a circumstance of the
    Schedule."""
    if case.application.purpose not in WORDS.medical_purposes:
        return forbid(
            f"{case.application.purpose} is not a medical purpose, and support is given for those only.",
            missing=["an application for a medical purpose, or another way round the duty"],
        )
    return _permit_support(case, supported(case), "support under regulation 5")


@outline_rule(Question.CONFIDENTIALITY, "LAW-23", from_="2013-04-01", when=(*SUPPORTED, Purpose.CASE_MANAGEMENT))
def support_decides_nobodys_care(use: Outline) -> Finding | None:
    """Support is not for deciding about the care or treatment of particular people."""
    return forbid(
        "Support is not for determining the care or treatment of particular individuals, and arranging a person's care "
        "does.",
        missing=["consent of those whose care is arranged, or a request to those who give it"],
    )


@rule(Question.CONFIDENTIALITY, "LAW-16", "LAW-14", "LAW-21", from_="2013-04-01", when=SUPPORTED, needs=Support)
def support_is_decided_by_the_right_body(case: Case) -> Finding | None:
    """The Health Research Authority decides on research, the Secretary of State on everything else."""
    odd = [each for each in case.relied_on(Support) if not _rightly_decided(each)]
    if not odd or _in_order(case):
        return None
    return refer(
        lambda: "; ".join(f"{each.id} is on record as decided by {each.decided_by or 'nobody'}" for each in odd) + ".",
        who=LETTER,
        missing=["the decision of the body that decides on this kind of support"],
        used=[each.id for each in odd],
    )


@rule(Question.CONFIDENTIALITY, "LAW-03", from_="2013-04-01", when=SUPPORTED, needs=Support)
def consent_was_not_practicable(case: Case) -> Finding | None:
    """Those who gave support found that consent was not practicable; our copy says why, or a person looks."""
    silent = [each for each in case.relied_on(Support) if not each.practicability.strip()]
    if not silent or _in_order(case):
        return None
    return refer(
        lambda: f"The record of {listed(each.id for each in silent)} does not say why consent was not practicable.",
        who=LETTER,
        missing=["why consent was impossible, or out of proportion in cost or technically, as the letter has it"],
        used=[each.id for each in silent],
    )


@rule(Question.CONFIDENTIALITY, "LAW-29", from_="2013-04-01", when=SUPPORTED, needs=Support)
def conditions_of_support_are_met(case: Case) -> Finding | None:
    """Support with conditions counts once a named person has seen them met, within the year of its annual review."""
    open_ = [each for each in case.relied_on(Support) if not _conditions_met(case, each)]
    if not open_ or _in_order(case):
        return None
    return refer(
        lambda: (
            f"Nobody has seen, within the last {case.number('support-conditions-months')} months, that the conditions "
            f"of {listed(each.id for each in open_)} are met."
        ),
        who=LETTER,
        missing=[f"who saw that the conditions of {each.id} are met, and when" for each in open_],
        used=[each.id for each in open_],
    )


@rule(Question.CONFIDENTIALITY, "LAW-16", "CAG-05", "CAG-06", from_="2013-04-01", when=SUPPORTED, needs=Support)
def support_says_for_which_study_it_is(case: Case) -> Finding | None:
    """Support is given for one study. Where the application names its study, and our copy does not say for which it is,
    a person reads the letter."""
    if not case.application.study_reference:
        return None
    silent = [each for each in case.relied_on(Support) if says_no_study(case, each)]
    if not silent or _in_order(case):
        return None
    return refer(
        f"{listed(each.id for each in silent)} does not say for which study it is, and {case.application.id} asks for "
        f"{case.application.study_reference}.",
        who=LETTER,
        missing=[f"the study_references of {each.id}, as its letter has them" for each in silent],
        used=[each.id for each in silent],
    )


@kept
def _in_order(case: Case) -> tuple[Support, ...]:
    """The support that carries the case and leaves nothing for a person. One such is enough: a second approval that is
    not in order, named beside it, makes a use no worse, and taking it off the record makes it no better."""
    return tuple([each for each in supported(case).fits if _asks_nobody(case, each)])


def _asks_nobody(case: Case, support: Support) -> bool:
    if case.application.study_reference and not support.study_references:
        return False
    return _rightly_decided(support) and bool(support.practicability.strip()) and _conditions_met(case, support)


def _conditions_met(case: Case, support: Support) -> bool:
    """Whether a named person has seen, in time, that its conditions are met; or it has none."""
    if not support.conditions:
        return True
    met = support.conditions_met
    if met is None or faults_of_seen(case, met):
        return False
    return case.on <= months_after(met.on, case.number("support-conditions-months"))


def _faults_under_3(case: Case, record: Requirement) -> list[str]:
    unknown = [each for each in record.serves if each not in WORDS.regulation_3]
    checks = (
        (not record.serves, "does not say which purpose of regulation 3 it serves"),
        (bool(unknown), f"serves {listed(unknown)}, which regulation 3 does not name"),
    )
    notice = faults_of_permission(case, record) if record.law == NOTICE else []
    said = [words for wrong, words in checks if wrong]
    whom = faults_of_whom(case, record) if record.cohort or record.controllers else []
    return said + notice + faults_of_requirement(case, record) + whom


@kept
def stated(case: Case) -> Weighed[Requirement]:
    """The statements under regulation 3 relied on that carry the case, and what is wrong with the others."""
    return weigh(case.relied_on(Requirement), lambda each: _faults_under_3(case, each))


@kept
def supported(case: Case) -> Weighed[Support]:
    """The support relied on that carries the case, and what is wrong with the other."""
    return weigh(case.relied_on(Support), lambda each: _faults_of_support(case, each))


def _faults_of_support(case: Case, support: Support) -> list[str]:
    research = support.research or case.application.purpose is Purpose.RESEARCH
    withdrawn, found = support.withdrawn_on, list[str]()
    if _route_of(support.regulation) is not case.application.route:
        found.append(f"is support under regulation {support.regulation}")
    if not is_called(case, support.applicant, case.application.applicant):
        found.append(f"was given to {support.applicant}, not {case.application.applicant}")
    if withdrawn is not None and case.on >= withdrawn:
        found.append(f"was withdrawn or closed on {day(withdrawn)}")
    if not support.schedule or not CIRCUMSTANCES.issuperset(support.schedule):
        found.append("names no circumstance of the Schedule")
    elif not _in_a_circumstance(support.schedule, support.purpose):
        found.append(f"names a circumstance of the Schedule that is not for {support.purpose}")
    if support.study_references:
        found += faults_of_study(case, support)
    if research and not support.ethics_opinion.strip():
        found.append("is for research and has no favourable ethics opinion")
    due = _due(case, support)
    if case.on > due and case.on > _last_day_of_grace(case, due):
        yearly = "" if due == support.review else ", a year after anybody last saw its papers"
        found.append(f"was due for review on {day(due)}{yearly}, and the grace is over")
    return found + faults_of_cover(case, support) + faults_of_seen(case, support.letter)


@lru_cache(maxsize=MANY)
def _in_a_circumstance(schedule: tuple[int, ...], purpose: Purpose) -> bool:
    """Whether one of those named is for that purpose: the second is for medical research alone."""
    named = (each for each in WORDS.circumstances if each.number in schedule)
    return any(not each.purposes or purpose in each.purposes for each in named)


@lru_cache(maxsize=MANY)
def _route_of(regulation: int) -> Route:
    return Route(f"COPI regulation {regulation}")


def _last_day_of_grace(case: Case, due: dt.date) -> dt.date:
    return due + dt.timedelta(days=case.facts.policy.support_review_grace_days)


def _due(case: Case, support: Support) -> dt.date:
    return review_due(support, on=case.on, months=case.number(REPORTS))


def _permit_support(case: Case, weighed: Weighed[Support], what: str) -> Finding:
    if not weighed.fits:
        return none_fits(case, weighed, what)
    fits = _in_order(case) or weighed.fits
    found = max(fits, key=lambda each: (_due(case, each), each.id)) if fits[1:] else fits[0]
    due = _due(case, found)
    late = case.on > due
    return permit(
        lambda: _says_of_support(case, found, what, due),
        used=[found.id],
        obligations=[
            *_restrictions(case),
            *standard(found.id),
            *conditional(found.id, found.decided_by or "those who gave support", found.conditions, "LAW-29"),
            *reviewed(Support, found.id, _last_day_of_grace(case, due) if late else due, "LAW-29"),
        ],
        unsure=case.caveat("support-review-grace-days") if late else (),
    )


def _restrictions(case: Case) -> tuple[Obligation, ...]:
    """What regulation 7 asks of who gets rows; a table tells of nobody, and is not processed under it."""
    return restricted(case.number("regulation-7-review-months")) if case.application.level in ROWS else ()


def _says_of_support(case: Case, found: Support, what: str, due: dt.date) -> str:
    says = f"{found.id} ({found.title}) gives {what}, decided by {found.decided_by}, until {day(found.ends)}."
    says += f" Its conditions: {'; '.join(found.conditions)}." if found.conditions else ""
    if case.on <= due:
        return says
    return (
        f"{says} Warning: its review was due on {day(due)}; it is relied on until "
        f"{day(_last_day_of_grace(case, due))} and no longer."
    )


def _rightly_decided(support: Support) -> bool:
    if support.starts < _SINCE:
        return bool(support.decided_by.strip())
    return _decides(support.decided_by, support.research or support.purpose is Purpose.RESEARCH)


@lru_cache(maxsize=MANY)
def _decides(body: str, research: bool) -> bool:
    return is_one_of([body], WORDS.decides_research if research else WORDS.decides_other)


def _only_neoplasia(case: Case) -> bool:
    coded = {field.name for field in case.facts.dataset if tells_neoplasms(field.codes)}
    lists: Sequence[tuple[str, ...]] = [
        clause.values
        for clause in case.application.cohort
        if clause.field in coded and clause.test in (Comparison.IS, Comparison.IN, Comparison.STARTS)
    ]
    return any(all(value.upper().startswith(WORDS.neoplasms) for value in values) for values in lists)
