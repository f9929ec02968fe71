"""What is asked of a case: the rules that can speak, and what those say that need no more than its outline.

Compiled once for thousands of cases. It holds its outline, and by it the dataset and policy that it was made for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from openhaven.model import obligation as o
from openhaven.model.decision import Effect, Finding
from openhaven.model.obligation import Obligation
from openhaven.model.record import Record

from .algebra import BIT, OfOutline, Rule, Says
from .case import Case, Outline

ROAD = (
    o.OnlyControllers,
    o.OnlyCohort,
    o.OnlyConsenting,
    o.NationalOptOut,
    o.Objections,
    o.AuditViews,
    o.RestrictedCodes,
    o.OnlyFields,
    o.PseudonymScope,
    o.KAnonymity,
    o.LDiversity,
    o.TCloseness,
    o.KOverKeys,
    o.KOverEvents,
    o.NoPersonLink,
    o.LocalRecoding,
    o.SmallNumbers,
    o.AtLevel,
    o.EncryptTo,
    o.Register,
    o.Replace,
    o.DestroyIdentifiers,
    o.UsedIn,
    o.KeptAt,
    o.Within,
    o.Conditions,
    o.Review,
    o.UseUntil,
    o.DestroyBy,
)
"""The order of the road, in which a decision lists its obligations."""

_PLACE = {kind: place for place, kind in enumerate(ROAD)}
_PERMIT, _REFER = Effect.PERMIT, Effect.REFER
_PLAIN = (Effect.PERMIT, Effect.REFER, Effect.FORBID)
ALL = (1 << len(BIT)) - 1

Said = tuple[Rule, Finding]


class Agenda(NamedTuple):
    """The rules to call, each with the bit of its question; what was said of the outline alone, with the obligations
    of it; and the questions that this permits, refers and forbids, a bit for each."""

    outline: Outline
    calls: tuple[tuple[Says, Rule], ...]
    known: tuple[Said, ...]
    owed: tuple[Obligation, ...]
    permits: int
    refers: int
    forbids: int


@dataclass(frozen=True, slots=True)
class Whole:
    """The agenda of an outline, whatever records there are; and what is left of it, by the kinds that are there."""

    agenda: Agenda
    by_kinds: dict[frozenset[type[Record]], Agenda] = field(default_factory=dict)

    def narrowed(self, kinds: frozenset[type[Record]]) -> Agenda:
        """The agenda without the rules that cannot speak where there are records of these kinds only."""
        calls = tuple([(says, rule) for says, rule in self.agenda.calls if _can_speak(rule, kinds)])
        found = self.by_kinds[kinds] = self.agenda._replace(calls=calls)
        return found


def compiled(rules: Iterable[Rule], outline: Outline) -> Whole:
    """The agenda of the rules in force on the day and about that outline."""
    asked = [rule for rule in rules if rule.in_force(outline.on) and _concerned(rule, outline)]
    general = [rule for rule in asked if isinstance(rule.says, OfOutline)]
    known = tuple((rule, said) for rule in general if (said := _spoken(rule, outline)) is not None)
    calls = tuple((rule.says, rule) for rule in asked if not isinstance(rule.says, OfOutline))
    permits, refers, forbids = counted(known)
    owed = tuple(each for _, said in known for each in said.obligations)
    return Whole(Agenda(outline, calls, known, owed, permits, refers, forbids))


def hear(agenda: Agenda, case: Case) -> list[Said]:
    """What the rules say of the case, their words not yet made: `Rule.hear` for each, written out because a decision
    calls some forty of them. What is no plain finding of the rule's own provisions is looked at more closely."""
    found = []
    for says, rule in agenda.calls:
        try:
            said = says(case)
        except Exception as error:
            found.append((rule, rule.failed(error)))
        else:
            if said is None:
                continue
            if type(said) is not Finding or said.provisions or said.effect not in _PLAIN:
                said = rule.checked(said)
            found.append((rule, said))
    return found


def counted(said: Iterable[Said]) -> tuple[int, int, int]:
    """The questions to which somebody says permit, refer, and forbid or fails: a bit for each."""
    permits = refers = forbids = 0
    for rule, finding in said:
        effect = finding.effect
        if effect is _PERMIT:
            permits |= rule.bit
        elif effect is _REFER:
            refers |= rule.bit
        else:
            forbids |= rule.bit
    return permits, refers, forbids


def in_order(every: list[Obligation]) -> tuple[Obligation, ...]:
    """Each obligation once, in the order of the road."""
    placed = {_PLACE[type(each)]: each for each in every}
    if len(placed) == len(every):
        return tuple([placed[place] for place in sorted(placed)])
    kinds: dict[int, list[Obligation]] = {}
    for each in every:
        kinds.setdefault(_PLACE[type(each)], []).append(each)
    return tuple([each for place in sorted(kinds) for each in _of_one_kind(kinds[place])])


def _of_one_kind(every: list[Obligation]) -> list[Obligation]:
    """Each once; where there are several, as their words are ordered."""
    return every if len(every) == 1 else sorted(dict.fromkeys(every), key=_words)


@lru_cache(maxsize=4096)
def _words(each: Obligation) -> str:
    return repr(each)


def _concerned(rule: Rule, outline: Outline) -> bool:
    """Whether it is about the outline; one that cannot tell is called, and says what it says."""
    try:
        return rule.concerns(outline)
    except Exception:
        return True


def _spoken(rule: Rule, outline: Outline) -> Finding | None:
    assert isinstance(rule.says, OfOutline)
    try:
        said = rule.says.speaks(outline)
    except Exception as error:
        return rule.failed(error)
    return None if said is None else rule.checked(said)


def _can_speak(rule: Rule, kinds: frozenset[type[Record]]) -> bool:
    return not rule.needs or not kinds.isdisjoint(rule.needs)
