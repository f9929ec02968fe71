"""Is a no escaped by asking for the same anew? Ids are for the applicant to choose: what was refused is told by who
asked, who would receive, what for, which data, and how finely it names people."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from openhaven.model.decision import Finding
from openhaven.model.facts import SaidNo
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.words import Level, Purpose

from ..algebra import Question, refer, rule
from ..bodies import titled
from ..case import Case, Register, of_register
from ..flow import given, receiving
from ..plainly import day, listed
from ..reading import bare

OPERATOR = "the operator's senior responsible person"
_FINEST_FIRST = (Level.IDENTIFIABLE, Level.DE_IDENTIFIED, Level.AGGREGATE)
_IS_NO: Mapping[str, tuple[type[Any], Callable[[Any], bool]]] = {
    "advice": (Recommendation, lambda said: said.says is Advice.OPPOSES),
    "answer": (Authority, lambda said: said.says is Say.DECLINES and bool(said.application)),
    "hold": (Hold, lambda said: bool(said.agreement)),
}
"""What is a no, of each sort."""
No = Recommendation | Authority | Hold
Same = tuple[str, Purpose, str]
"""Who asks or receives, by letters and digits alone, what for, and which data."""
ANYTHING: Same = ("", Purpose.INDIVIDUAL_CARE, "")
"""What a no to an agreement that is not on record may be about; nothing is given here for individual care."""


class Refused(NamedTuple):
    """A no, the id that it names, and the level that was refused."""

    no: Any  # of the kind that was looked for
    named: str
    level: Level


@rule(Question.GUARDIAN, "CAL-1", "DARS-12", from_="2013-04-01", needs=SaidNo)
def advice_against_the_same_asked_before_stands(case: Case) -> Finding | None:
    """Advice against an application, or against what was done under an agreement, is not escaped by asking for the same
    under other ids: a person looks, until whoever said no says yes to what is asked now."""
    found = [each for each in _to_the_same(case, "advice") if not _taken_back(case, each.no)]
    if not found:
        return None
    said = listed(f"{each.no.by}, {each.no.role} ({each.no.id}, {day(each.no.on)}, of {each.named})" for each in found)
    return refer(
        f"The same was asked for before, and not recommended by {said}.",
        who=OPERATOR,
        missing=[
            f"the recommendation of the {each.no.role} who did not recommend {each.named}, for {case.application.id}"
            for each in found
        ],
        used=[each.no.id for each in found],
    )


@rule(Question.AUTHORITY, "LAW-31", from_="2013-04-01", needs=SaidNo)
def a_controllers_no_to_the_same_asked_before_stands(case: Case) -> Finding | None:
    """A controller that declined an application, and gives its data to others by a standing authority, is asked before
    the same leaves under another id."""
    found = [each for each in _to_the_same(case, "answer") if _gives_unasked(case, each.no)]
    if not found:
        return None
    who = [titled(case, each.no.controller) for each in found]
    return refer(
        f"The same was asked for before, and declined by {listed(who)} "
        f"({listed(f'{each.no.id}, of {each.named}' for each in found)}).",
        who=listed(dict.fromkeys(who)),
        missing=[f"the answer of {name} to {case.application.id}" for name in dict.fromkeys(who)],
        used=[each.no.id for each in found],
    )


@rule(Question.HOLD, "COM-01", "DARS-14", from_="2013-04-01", needs=Hold)
def a_hold_on_an_agreement_about_the_same_is_for_a_person(case: Case) -> Finding | None:
    """While one agreement is on hold, the same does not leave under another unless a person says so. An agreement whose
    term is over binds no other."""
    found = _to_the_same(case, "hold")
    if not found:
        return None
    return refer(
        f"An agreement about the same is on hold: {listed(f'{each.named} ({each.no.id})' for each in found)}.",
        who=OPERATOR,
        missing=["the end of the hold, which those who set it decide"],
        used=[each.no.id for each in found],
    )


def _to_the_same(case: Case, sort: str) -> list[Refused]:
    """The noes of that sort that stand on the day, and were said of the same under ids that are not those of the
    case."""
    noes = _noes(case, sort)
    if not noes:
        return []
    ask = case.application
    own, level = {bare(ask.id), bare(ask.agreement)}, _FINEST_FIRST.index(ask.level)
    found = {
        each.no.id: each
        for party in receiving(case)
        for each in (*noes.get((bare(party), ask.purpose, bare(ask.dataset)), ()), *noes.get(ANYTHING, ()))
        if bare(each.named) not in own and level <= _FINEST_FIRST.index(each.level) and _stands(case, each.no)
    }
    return [found[id] for id in sorted(found)]


@of_register
def _noes(case: Register, sort: str) -> Mapping[Same, list[Refused]]:
    """Every no of that sort by what it was said of, as far as that is known."""
    found: dict[Same, list[Refused]] = {}
    kind, is_no = _IS_NO[sort]
    for no in filter(is_no, case.facts.every(kind)):
        for same, refused in _said_of(case, no):
            found.setdefault(same, []).append(refused)
    return found


def _said_of(case: Register, no: No) -> Iterator[tuple[Same, Refused]]:
    """What was asked under each id that a no names."""
    application, agreement = getattr(no, "application", ""), getattr(no, "agreement", "")
    for asked in _called(case, "applications").get(bare(application), ()) if application else ():
        for party in {bare(asked.applicant), bare(asked.recipient)}:
            yield (party, asked.purpose, bare(asked.dataset)), Refused(no, asked.id, asked.level)
    about = _called(case, "agreements").get(bare(agreement), ()) if agreement else ()
    if agreement and not about:
        yield ANYTHING, Refused(no, agreement, Level.AGGREGATE)
    for agreed in about:
        if case.on <= agreed.ends or not isinstance(no, Hold):
            yield (bare(agreed.recipient), agreed.purpose, bare(agreed.dataset)), Refused(no, agreed.id, agreed.level)


@of_register
def _called(case: Register, kind: str) -> Mapping[str, list[Any]]:
    """The applications that were refused, or the agreements, by the letters and digits of their ids."""
    found: dict[str, list[Any]] = {}
    for each in case.facts.refused if kind == "applications" else case.facts.every(Agreement):
        found.setdefault(bare(each.id), []).append(each)
    return found


def _stands(case: Case, no: No) -> bool:
    return no.on <= case.on if isinstance(no, Recommendation) else case.in_force(no.starts, no.ends)


def _taken_back(case: Case, no: No) -> bool:
    """Whether whoever said no, in the same role for the same organisation, said yes to what is asked now, no sooner."""
    ask = case.application
    return isinstance(no, Recommendation) and any(
        each.says is Advice.SUPPORTS
        and no.on <= each.on <= case.on
        and (bare(each.role), bare(each.organisation)) == (bare(no.role), bare(no.organisation))
        and each.agreement in ("", ask.agreement)
        for each in case.facts.having(Recommendation, "application", ask.id)
    )


def _gives_unasked(case: Case, no: No) -> bool:
    """Whether the controller that said no gives its data now, and not by an answer to this application."""
    found = given(case)
    return isinstance(no, Authority) and any(
        bare(name) == bare(no.controller) and case.application.id not in [each.application for each in said]
        for name, said in zip(found.yes, found.said, strict=True)
    )
