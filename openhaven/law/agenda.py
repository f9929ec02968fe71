"""What is asked of a case: the rules that can speak, and what those say that need no more than its outline.

Compiled once for thousands of cases. It holds its outline, and by it the dataset and policy that it was made for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from openhaven.model import obligation as o
from openhaven.model.decision import Answer, Effect, Finding, Settled, Verdict
from openhaven.model.facts import Facts
from openhaven.model.obligation import Obligation
from openhaven.model.record.kinds import Record

from .algebra import BIT, OfOutline, Question, Rule, Says, settled
from .case import Case, Known, Outline

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
    o.Figures,
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
MOST = 4096
"""How many agendas are remembered, by a ruleset and by facts."""

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


class Heard(NamedTuple):
    """What every rule said of a case, what those that permit demand, and the questions to which one says permit, refer
    or forbid (or fails), a bit for each. Questions that the outline settled are among them."""

    agenda: Agenda
    said: list[Said]
    owed: list[Obligation]
    permits: int
    refers: int
    forbids: int

    def verdict(self) -> Verdict:
        """`overall` of the answers: a forbid, or a question to which nobody speaks, refuses; else a referral refers."""
        if self.forbids or self.permits | self.refers != ALL:
            return Verdict.REFUSE
        return Verdict.REFER if self.refers else Verdict.PERMIT

    def answers(self) -> dict[str, Answer]:
        """The answer to each question."""
        return {**_answers(self.permits, self.refers, self.forbids)}

    def spoke(self) -> frozenset[str]:
        """The names of the rules that found something."""
        return frozenset([rule.name for rule, _ in (*self.agenda.known, *self.said)])

    def in_words(self) -> tuple[Settled, ...]:
        """Every question with its reasons."""
        every = (*self.agenda.known, *self.said)
        return tuple(
            settled(question, (rule.in_words(said) for rule, said in every if rule.question is question))
            for question in Question
        )


@lru_cache(maxsize=MOST)
def _answers(permits: int, refers: int, forbids: int) -> Mapping[str, Answer]:
    return {question.value: _answer(bit, permits, refers, forbids) for question, bit in BIT.items()}


def _answer(bit: int, permits: int, refers: int, forbids: int) -> Answer:
    if forbids & bit:
        return Answer.NOT_MET
    if refers & bit:
        return Answer.REFERRED
    return Answer.MET if permits & bit else Answer.NOT_MET


class Before(NamedTuple):
    """The agenda of an outline before some facts, and what was read of these for all cases of it."""

    agenda: Agenda
    of_standing: Known
    of_register: Known


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """The agenda of an outline, whatever records there are; and what is left of it, by the kinds that are there."""

    agenda: Agenda
    by_kinds: dict[frozenset[type[Record]], Agenda] = field(default_factory=dict)

    def before(self, facts: Facts, numbers: tuple[tuple[str, int], ...]) -> Before:
        """The agenda before these facts, with what will be read of them, kept with the facts. The register is shared by
        all outlines of that day and those numbers."""
        remembered, kinds = facts.remembered, facts.kinds
        if len(remembered) >= MOST:
            remembered.clear()
        agenda = self.by_kinds.get(kinds) or self._narrowed(kinds)
        found = remembered[self] = Before(agenda, {}, remembered.setdefault((agenda.outline.on, numbers), {}))
        return found

    def _narrowed(self, kinds: frozenset[type[Record]]) -> Agenda:
        """The agenda without the rules that cannot speak where there are records of these kinds only."""
        calls = tuple([(says, rule) for says, rule in self.agenda.calls if _can_speak(rule, kinds)])
        found = self.by_kinds[kinds] = self.agenda._replace(calls=calls)
        return found


def compiled(rules: Iterable[Rule], outline: Outline) -> Whole:
    """The agenda of the rules in force on the day and about that outline."""
    asked = [rule for rule in rules if rule.in_force(outline.on) and _concerned(rule, outline)]
    general = [rule for rule in asked if isinstance(rule.says, OfOutline)]
    known = tuple((rule, said) for rule in general if (said := _spoken(rule, outline)) is not None)
    calls = tuple(rule.call for rule in asked if not isinstance(rule.says, OfOutline))
    owed = tuple(each for _, said in known for each in said.obligations)
    bits = [_said_of(known, effects) for effects in ((_PERMIT,), (_REFER,), (Effect.FORBID, Effect.FAILED))]
    return Whole(Agenda(outline, calls, known, owed, *bits))


def _said_of(known: Iterable[Said], effects: tuple[Effect, ...]) -> int:
    """The questions to which somebody says one of these: a bit for each."""
    bits = 0
    for rule, finding in known:
        bits |= rule.bit if finding.effect in effects else 0
    return bits


def hear(agenda: Agenda, case: Case) -> Heard:
    """What the rules say of the case, their words not yet made: `Rule.hear` for each, written out because a decision
    calls some forty of them. What is no plain finding of the rule's own provisions is looked at more closely."""
    heard, owed = list[Said](), [*agenda.owed]
    permits, refers, forbids = agenda.permits, agenda.refers, agenda.forbids
    for says, rule in agenda.calls:
        try:
            said = says(case)
        except Exception as error:
            said = rule.failed(error)
        if said is None:
            continue
        if type(said) is not Finding or said.provisions or said.effect not in _PLAIN:
            said = rule.checked(said)
        heard.append((rule, said))
        if said.effect is _PERMIT:
            permits |= rule.bit
            owed += said.obligations
        elif said.effect is _REFER:
            refers |= rule.bit
        else:
            forbids |= rule.bit
    return Heard(agenda, heard, owed, permits, refers, forbids)


def in_order(every: list[Obligation]) -> tuple[Obligation, ...]:
    """Each obligation once, in the order of the road; those of one kind in the order of their reasons, and of all their
    words where these agree."""
    ordered = sorted(every, key=lambda each: _PLACE[type(each)])
    if len({*map(type, every)}) < len(every):
        ordered = [each for _, same in groupby(ordered, key=type) for each in _by_reason([*same])]
    return tuple(ordered)


def _by_reason(same: list[Obligation]) -> Iterable[Obligation]:
    if len(same) == 1:
        return same
    reasons = {each.because: each for each in same}
    if len(reasons) == len(same):
        return map(reasons.__getitem__, sorted(reasons))
    return sorted(set(same), key=lambda each: (each.because, repr(each)))


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
