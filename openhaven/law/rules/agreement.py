"""Is a signed agreement in force, and does it say what an agreement has to say: term, places, objective, benefits?"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from openhaven.model.decision import Finding
from openhaven.model.obligation import DestroyBy, Obligation, Replace
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.approvals import Support
from openhaven.model.words import Route

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case, kept
from ..evidence import Weighed, faults_of_seen, was_seen
from ..flow import ROWS, commercial
from ..owing import kept_until
from ..plainly import counted, day, listed, months_after, years_after
from ..studies import faults_of_study, state_it
from .advice import approvals
from .confidentiality import advised, consented
from .parties import OPERATOR
from .profiles import accredited_havens
from .regulations import stated, supported
from .required import ordered, required_by
from .territory import authorities

RESTS_ON: Mapping[Route, Callable[[Case], Weighed[Any]]] = {
    Route.COPI_2: supported,
    Route.COPI_5: supported,
    Route.CONSENT: consented,
    Route.CONSULTEE: advised,
    Route.STATUTORY_DUTY: required_by,
    Route.COURT_ORDER: ordered,
    Route.COPI_3: stated,
}
"""What carries a route: what another rests on, or one that does not carry this use, does not lengthen a term."""


@rule(Question.AGREEMENT, "DARS-10", "DARS-11", "DARS-03", from_="2013-04-01")
def a_signed_agreement_is_in_force(case: Case) -> Finding | None:
    """Signed, in force on the day, with this recipient, for this purpose, dataset and level."""
    ask, agreement = case.application, case.agreement
    if agreement is not None and not _faults_of_agreement(case):
        return None
    wanted = (
        f"an agreement with {ask.recipient}, signed and in force on {day(case.on)}, for {ask.purpose}, "
        f"{ask.dataset}, {ask.level}"
    )
    if agreement is None:
        named = (
            f"The agreement {ask.agreement} is not on record."
            if ask.agreement
            else "The application names no agreement."
        )
        return forbid(named, missing=[wanted])
    wrong = listed(_faults_of_agreement(case))
    say = [state_it(agreement)] if agreement.study_references and not ask.study_reference else []
    return forbid(f"{agreement.id} {wrong}.", missing=[wanted, *say], used=[agreement.id])


@rule(Question.AGREEMENT, "DARS-10", "DARS-11", "DARS-13", "ANON-07", from_="2013-04-01")
def the_agreement_binds_the_recipient(case: Case) -> Finding | None:
    """An agreement in force permits, and says when the data is destroyed and what a refresh replaces."""
    agreement = case.agreement
    if agreement is None or _faults_of_agreement(case):
        return None
    used, obligations = [agreement.id], _used_and_destroyed(case, agreement)
    if case.facts.former:
        used += [each.id for each in case.facts.former if each.agreement == agreement.id]
        obligations += _replaced(case, agreement)
    return permit(
        lambda: f"{agreement.id} is signed and in force until {day(agreement.ends)}.",
        used=used,
        obligations=obligations,
    )


@rule(Question.AGREEMENT, "DARS-08", from_="2019-01-01")
def a_long_term_is_for_a_person(case: Case) -> Finding | None:
    """An agreement longer than the longest term of its kind is for a person to judge."""
    agreement = case.agreement
    if agreement is None:
        return None
    kind, years = longest(case, agreement)
    if agreement.ends < years_after(agreement.starts, years):
        return None
    return refer(
        f"{agreement.id} runs from {day(agreement.starts)} to {day(agreement.ends)}, longer than "
        f"{counted(years, 'year')}, the longest {kind} term.",
        who=OPERATOR,
        missing=["why the term is longer"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "DARS-08", from_="2019-01-01")
def a_term_begins_after_it_is_signed_and_not_long_after(case: Case) -> Finding | None:
    """A term that began before the paper was signed, or long after, is for a person to judge, and so is a paper that
    was seen before its last signature. Where the day of that is not stated, the day on which it was seen counts."""
    agreement = case.agreement
    if agreement is None:
        return None
    signed = agreement.signed_on or agreement.signed.on
    months = case.number("agreement-start-months")
    in_time = signed <= agreement.starts <= months_after(signed, months)
    if in_time and signed <= agreement.signed.on:
        return None
    return refer(
        f"{agreement.id} begins on {day(agreement.starts)}, and is on record as signed on {day(signed)} and seen on "
        f"{day(agreement.signed.on)}: a term begins once it is signed, and within {months} months.",
        who=OPERATOR,
        missing=["the day of the last signature, or an agreement with another term"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "DARS-08", from_="2019-01-01")
def a_term_ends_no_later_than_what_it_rests_on(case: Case) -> Finding | None:
    """An agreement cannot outlast the support, the consent or the requirement on which the use relies, nor the
    approvals of the research, the authority of another territory or the accreditation of a safe haven."""
    agreement = case.agreement
    if agreement is None:
        return None
    last, id = _last_of(case)
    if last >= agreement.ends:
        return None
    return forbid(
        f"{agreement.id} runs until {day(agreement.ends)}, and what the use rests on ends on {day(last)} ({id}).",
        missing=[f"an agreement that ends no later than {day(last)}, or what it rests on extended"],
        used=[agreement.id, id],
    )


@rule(Question.AGREEMENT, "DARS-13", from_="2013-04-01", when=ROWS)
def a_late_destruction_is_for_a_person(case: Case) -> Finding | None:
    """Data kept long after the term is data kept: a person says whether so much time is needed to destroy it."""
    agreement, most = case.agreement, case.number("destroy-days-most")
    if agreement is None or agreement.destroy_within_days <= most:
        return None
    return refer(
        f"{agreement.id} leaves {agreement.destroy_within_days} days after its term to destroy the data, and {most} is "
        "the most that is usual.",
        who=OPERATOR,
        missing=["why it takes so long to destroy the data, or an agreement with less time"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "DARS-11", "DARS-03", from_="2013-04-01", when=ROWS)
def an_agreement_says_where_the_data_is_kept_and_used(case: Case) -> Finding | None:
    """Every place of storage is named, and the territory of use; what is not stated is not agreed."""
    agreement = case.agreement
    if agreement is None or (agreement.storage and agreement.territory):
        return None
    lacks = [
        words
        for stated, words in ((agreement.storage, "where it is kept"), (agreement.territory, "where it may be used"))
        if not stated
    ]
    return forbid(
        f"{agreement.id} does not say {listed(lacks)}.",
        missing=[f"an agreement that says {listed(lacks)}"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "ANON-07", "DARS-14", from_="2013-04-01", when=ROWS)
def an_agreement_says_what_follows_when_it_is_broken(case: Case) -> Finding | None:
    """Rows of people go under a contract with penalties: one that states none binds nobody."""
    agreement = case.agreement
    if agreement is None or agreement.penalties.strip():
        return None
    return forbid(
        f"{agreement.id} does not say what follows when it is broken.",
        missing=["an agreement with its penalties"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "DARS-09", from_="2019-01-01")
def passing_on_is_for_a_person(case: Case) -> Finding | None:
    """An agreement under which the recipient may pass data on is for a person to judge."""
    agreement = case.agreement
    if agreement is None or not agreement.onward_sharing.strip():
        return None
    return refer(
        f"{agreement.id} lets the recipient pass data on: {agreement.onward_sharing}.",
        who=f"independent advice first, then {OPERATOR}",
        missing=["what the recipient adds, to whom and how many it passes it on, and on which conditions"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "DARS-05", "DARS-06", from_="2019-01-01", when=ROWS)
def an_agreement_states_objective_and_benefits(case: Case) -> Finding | None:
    """The objective is stated, and at least one benefit to health or care with its measure and a date."""
    agreement = case.agreement
    if agreement is None:
        return None
    if agreement.objective.strip():
        for each in agreement.benefits:
            if each.what.strip() and each.measure.strip():
                return None
    return forbid(
        f"{agreement.id} does not state an objective and a benefit with its measure and date.",
        missing=["an agreement with its objective, and a benefit with a measure and a date"],
        used=[agreement.id],
    )


@rule(Question.AGREEMENT, "DARS-06", from_="2019-01-01", when=ROWS)
def benefits_that_are_due_are_for_a_person(case: Case) -> Finding | None:
    """Where every benefit was due by now, a person sees what it yielded before more is given."""
    agreement = case.agreement
    if agreement is None or not agreement.benefits or any(each.by >= case.on for each in agreement.benefits):
        return None
    return refer(
        f"Every benefit that {agreement.id} states was due by {day(max(each.by for each in agreement.benefits))}.",
        who=OPERATOR,
        missing=["which benefits there were, or why there were none"],
        used=[agreement.id],
    )


@kept
def _last_of(case: Case) -> tuple[dt.date, str]:
    """The last day of the term, or before that of what the use rests on; and the id of what ends then."""
    assert case.agreement is not None
    ends = case.agreement.ends
    earlier = [each for each in rests_on(case) if each[0] < ends]
    return min(earlier) if earlier else (ends, case.agreement.id)


@kept
def rests_on(case: Case) -> list[tuple[dt.date, str]]:
    """The last day and the id of each thing on which the use rests; of several of one sort that which lasts longest."""
    route = case.application.route
    carries = RESTS_ON.get(route)
    sorts: list[Iterable[Any]] = [] if carries is None else [carries(case).fits]
    sorts += [*approvals(case), *authorities(case)]
    if route is Route.SAFE_HAVEN:
        sorts += [(each,) for each in accredited_havens(case)]
    return [max([(_last_day(each), each.id) for each in sort]) for sort in sorts if sort]


def _last_day(record: Any) -> dt.date:
    """The last day on which it stands. Of what is withdrawn that is the day before."""
    ends: dt.date = record.ends
    if type(record) is not Support or record.withdrawn_on is None:
        return ends
    return min(ends, record.withdrawn_on - dt.timedelta(days=1))


def longest(case: Case, agreement: Agreement) -> tuple[str, int]:
    """Which kind of term it is, and its most years; the shortest where it is of several kinds."""
    kind, years = "ordinary", case.number("agreement-term-years")
    if agreement.archiving:
        kind, years = "archiving", case.number("agreement-term-years-archiving")
    if commercial(case):
        years, kind = min((years, kind), (case.number("agreement-term-years-commercial"), "commercial"))
    if agreement.onward_sharing.strip():
        years, kind = min((years, kind), (case.number("agreement-term-years-onward"), "passing-on"))
    return kind, years


@kept
def _faults_of_agreement(case: Case) -> list[str]:
    ask, agreement, found = case.application, case.agreement, list[str]()
    assert agreement is not None
    if case.on < agreement.starts:
        found.append(f"starts only on {day(agreement.starts)}")
    if case.on > agreement.ends:
        found.append(f"ended on {day(agreement.ends)}")
    if agreement.recipient != ask.recipient:
        found.append(f"is with {agreement.recipient}, not {ask.recipient}")
    if agreement.purpose is not ask.purpose:
        found.append(f"is for {agreement.purpose}, not {ask.purpose}")
    if agreement.dataset != ask.dataset:
        found.append(f"is about {agreement.dataset}, not {ask.dataset}")
    if agreement.level is not ask.level:
        found.append(f"agrees the level {agreement.level}, not {ask.level}")
    if agreement.study_references:
        found += faults_of_study(case, agreement)
    if not was_seen(case, agreement.signed):
        found += faults_of_seen(case, agreement.signed)
    return found


def _used_and_destroyed(case: Case, agreement: Agreement) -> list[Obligation]:
    """Data is used until the term ends, or before that what the use rests on, and destroyed within the days agreed."""
    last, id = _last_of(case)
    destroyed = DestroyBy(
        provisions=("DARS-13",),
        by=last + dt.timedelta(days=agreement.destroy_within_days),
        because=f"{id} ends on {day(last)}, and the data is destroyed within {agreement.destroy_within_days} days.",
    )
    return [kept_until(id, last), destroyed]


def _replaced(case: Case, agreement: Agreement) -> list[Obligation]:
    due = case.on + dt.timedelta(days=agreement.destroy_within_days)
    former = [
        each
        for each in case.facts.former
        if each.agreement == agreement.id and not each.replaced and each.on <= case.on
    ]
    return [
        Replace(
            provisions=("DARS-13",),
            release=each.id,
            destroy_former_by=due,
            because=f"This replaces {each.id} of {day(each.on)} in full; the former file is destroyed.",
        )
        for each in sorted(former, key=lambda each: (each.on, each.id))
    ]
