"""What a rule left to a person, and persons have answered: the very words or names that they looked at, on record."""

from collections.abc import Iterable
from dataclasses import dataclass

from openhaven.model.record.advice import Advice, Recommendation

from .case import Case, kept
from .flow import given, in_hand
from .reading import bare
from .words import WORDS, is_one_of

TWO = "the senior information risk owner and the Caldicott Guardian of an organisation that gives the data"


@kept
def answers(case: Case) -> tuple[Recommendation, ...]:
    """The recommendations of this application that say to which words and names they are the answer: of a guardian who
    may speak for the data, and of the risk owner, who are two people; none unless both did. Nobody in whose hands the
    data will be answers for it."""
    owners, guardians = by_office(case)
    return tuple(
        each for these, others in ((owners, guardians), (guardians, owners)) for each in these if _another(each, others)
    )


def by_office(case: Case) -> tuple[tuple[Recommendation, ...], tuple[Recommendation, ...]]:
    """What risk owners, and what guardians, have answered of this application and still counts, each office by
    itself."""
    ask, hands = case.application, in_hand(case)
    said = [
        each
        for each in case.facts.having(Recommendation, "application", ask.id)
        if each.says is Advice.SUPPORTS
        and each.settles
        and each.on <= case.on <= each.review
        and each.agreement in ("", ask.agreement)
        and each.organisation not in hands
    ]
    owners = (each for each in said if is_one_of([each.role], WORDS.risk_owners))
    guardians = (
        each for each in said if is_one_of([each.role], WORDS.guardians) and each.organisation in given(case).yes
    )
    return tuple(owners), tuple(guardians)


def _another(each: Recommendation, others: Iterable[Recommendation]) -> bool:
    return any(bare(other.by) != bare(each.by) for other in others)


def settled(case: Case, what: str) -> bool:
    """Whether both offices answered to these very words, or to this name."""
    roles = {is_one_of([each.role], WORDS.guardians) for each in answers(case) if what in each.settles}
    return len(roles) == 2


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A text or a name that a rule leaves to two people, word for word; where it stands; and who has answered to it."""

    words: str
    where: tuple[str, ...]
    answered: tuple[Recommendation, ...] = ()


def left_open(case: Case, doubted: Iterable[tuple[str, str]]) -> tuple[LeftOpen, ...]:
    """Each doubted text once, given as where it stands and its words, unless both offices have answered to it."""
    found: dict[str, list[str]] = {}
    for where, words in doubted:
        if words and not settled(case, words):
            found.setdefault(words, []).append(where)
    owners, guardians = by_office(case) if found else ((), ())
    return tuple(
        LeftOpen(
            words, tuple(dict.fromkeys(where)), tuple(each for each in (*owners, *guardians) if words in each.settles)
        )
        for words, where in found.items()
    )
