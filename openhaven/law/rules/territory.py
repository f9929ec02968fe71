"""Where was the care given? What this haven knows settles England; other territories give their own authority."""

from openhaven.model.decision import Finding
from openhaven.model.record.approvals import TerritoryAuthority
from openhaven.model.words import Route

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..case import Case, Outline
from ..evidence import Weighed, faults_of_cover, faults_of_seen, territories, weigh
from ..plainly import listed
from ..words import WORDS

OPERATOR = "the operator's senior responsible person"
STATED_WHERE = "where the care was given, in the description of the dataset"
REGULATIONS = (Route.COPI_2, Route.COPI_3, Route.COPI_5)


@outline_rule(Question.TERRITORY, "LAW-28", from_="2013-04-01")
def care_given_in_england(use: Outline) -> Finding | None:
    """The rules of this haven are about care given in England."""
    return None if _elsewhere(use) else permit("The care was given in England.")


@rule(Question.TERRITORY, "LAW-28", from_="2013-04-01", only=lambda use: bool(_elsewhere(use)))
def care_given_elsewhere_needs_its_own_authority(case: Case) -> Finding | None:
    """Care given in Scotland, Wales, Northern Ireland or elsewhere: those who answer for it there have to agree."""
    silent = [each for each in _elsewhere(case.outline) if not _given(case, each).fits]
    if not silent:
        return None
    return refer(
        lambda: (
            f"Care was given in {listed(map(_called, silent))}, and England's rules do not settle what may be done "
            f"with it.{_faults(case, silent)}"
        ),
        who=_who(silent),
        missing=[f"the authority of {_called(each)}" if each else STATED_WHERE for each in silent],
    )


@rule(Question.TERRITORY, "LAW-28", from_="2013-04-01", only=lambda use: bool(_elsewhere(use)))
def another_territory_gave_its_own_authority(case: Case) -> Finding | None:
    """The authority of each other territory is on record and covers this use."""
    elsewhere = _elsewhere(case.outline)
    found = [_given(case, each).fits for each in elsewhere]
    if not elsewhere or not all(found):
        return None
    return permit(
        lambda: "; ".join(f"{first.body} gave authority for {first.territory}" for first, *_ in found) + ".",
        used=[first.id for first, *_ in found],
    )


@outline_rule(Question.TERRITORY, "LAW-28", from_="2013-04-01", when=REGULATIONS)
def the_regulations_reach_england_and_wales_only(use: Outline) -> Finding | None:
    """The 2002 Regulations lift no duty of confidence in Scotland or Northern Ireland."""
    beyond = [each for each in territories(use.dataset) if each and each not in WORDS.regulation_territories]
    if not beyond:
        return None
    return forbid(
        lambda: f"{use.route} is law in England and Wales only, and care was given in {listed(map(_called, beyond))}.",
        missing=[
            "an application about care given in England or Wales, or one that relies on another way round the duty"
        ],
    )


def authorities(case: Case) -> list[tuple[TerritoryAuthority, ...]]:
    """For each other territory in which care was given, the authorities that cover this use."""
    elsewhere = case.outline.kept(authorities, lambda: _elsewhere(case.outline))
    return [_given(case, each).fits for each in elsewhere]


def _elsewhere(use: Outline) -> tuple[str, ...]:
    return tuple(each for each in territories(use.dataset) if each not in WORDS.opt_out_territories)


def _given(case: Case, territory: str) -> Weighed[TerritoryAuthority]:
    return case.kept(("territory", territory), lambda: _weighed(case, territory))


def _weighed(case: Case, territory: str) -> Weighed[TerritoryAuthority]:
    records = [each for each in case.relied_on(TerritoryAuthority) if each.territory.strip().lower() == territory]
    return weigh(records, lambda each: _faults_of(case, each))


def _faults_of(case: Case, authority: TerritoryAuthority) -> list[str]:
    nobody = [] if authority.body.strip() else ["does not say who gave it"]
    nobody += [] if authority.territory.strip() else ["names no territory"]
    return nobody + faults_of_cover(case, authority) + faults_of_seen(case, authority.seen)


def _faults(case: Case, territories: list[str]) -> str:
    faults = [fault for each in territories for fault in _given(case, each).faults]
    return f" What is on record does not cover this: {'; '.join(faults)}." if faults else ""


def _who(silent: list[str]) -> str:
    named = [_called(each) for each in silent if each]
    return f"those who answer for confidential information in {listed(named)}" if named else OPERATOR


def _called(territory: str) -> str:
    return territory.title() or "a territory not stated"
