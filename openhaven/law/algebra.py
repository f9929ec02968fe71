"""The algebra of a decision: what a rule may say, how findings settle a question, how questions settle the whole.

Forbid beats refer beats permit; silence and failure refuse; order and repetition do not matter."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from openhaven.model.decision import Answer, Effect, Finding, Settled, Verdict
from openhaven.model.facts import Mark
from openhaven.model.obligation import Obligation
from openhaven.model.record.kinds import Record
from openhaven.model.words import Level, Purpose, Route

from .case import Case, Outline
from .provisions import PROVISIONS


class Question(StrEnum):
    """The questions of law, in the order in which a decision answers them. All are needed."""

    PURPOSE = "purpose"
    POWER = "power to give out"
    CONFIDENTIALITY = "confidentiality"
    DATA_PROTECTION = "data protection"
    OPT_OUT = "national opt-out"
    OBJECTIONS = "other objections"
    RESTRICTED = "restricted codes"
    TERRITORY = "territory"
    MINIMUM = "minimum necessary"
    AUTHORITY = "authority"
    AGREEMENT = "agreement"
    RECIPIENT = "recipient"
    SECURITY = "security assurance"
    ASSESSMENT = "impact assessment"
    ETHICS = "ethics"
    GUARDIAN = "guardian"
    PARTNERSHIP = "partnership"
    SETTING = "setting"
    HOLD = "programme hold"
    TRANSPARENCY = "transparency"


BIT = {question: 1 << place for place, question in enumerate(Question)}
"""One bit for each question, so that the questions answered so far are a number."""

Says = Callable[[Case], Finding | None]
Speaks = Callable[[Outline], Finding | None]
Words = str | Callable[[], str]
Code = Route | Purpose | Level

_PERMIT = Effect.PERMIT  # the name of a member looked up in its class costs as much as making a small tuple
_SEVERITY = (Effect.FAILED, Effect.FORBID, Effect.REFER, Effect.PERMIT)


@dataclass(frozen=True, slots=True)
class OfOutline:
    """What a rule says that looks at no more than the outline of a case."""

    speaks: Speaks

    def __call__(self, case: Case) -> Finding | None:
        return self.speaks(case.outline)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one question, with the provisions it states and its first and last day.

    `when` holds the routes, purposes and levels that it is about; where it names none of a sort, it is about all.
    `only` says about which outlines it is. Without records of the kinds in `needs` it is known to be silent."""

    name: str
    question: Question
    provisions: tuple[str, ...]
    starts: dt.date
    ends: dt.date | None
    says: Says
    gist: str
    when: tuple[Code, ...] = ()
    only: Callable[[Outline], bool] | None = None
    needs: tuple[type[Record] | type[Mark], ...] = ()
    bit: int = field(init=False, repr=False, compare=False)
    call: "tuple[Says, Rule]" = field(init=False, repr=False, compare=False)
    _cited: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.provisions:
            raise ValueError(f"rule {self.name} cites no provision")
        if unknown := [id for id in self.provisions if id not in PROVISIONS]:
            raise ValueError(f"rule {self.name} cites unknown provisions: {', '.join(unknown)}")
        object.__setattr__(self, "_cited", frozenset(self.provisions))
        object.__setattr__(self, "bit", BIT[self.question])
        object.__setattr__(self, "call", (self.says, self))

    def in_force(self, on: dt.date) -> bool:
        """Whether the rule is law on that day."""
        return self.starts <= on and (self.ends is None or on <= self.ends)

    def is_about(self, *codes: Code) -> bool:
        """Whether the rule is about a use with this route, purpose and level."""
        sorts = {type(each) for each in self.when}
        return all(code in self.when for code in codes if type(code) in sorts)

    def concerns(self, outline: Outline) -> bool:
        """Whether the rule is about a use of this outline."""
        if not self.is_about(outline.route, outline.purpose, outline.level):
            return False
        return self.only is None or self.only(outline)

    def find(self, case: Case) -> Finding | None:
        """What the rule finds, in words; None where it is silent. It is called whatever records there are."""
        said = self.hear(case) if self.concerns(case.outline) else None
        return None if said is None else self.in_words(said)

    def hear(self, case: Case) -> Finding | None:
        """What the rule says, its words not yet made. A rule that raises, or speaks nonsense, has failed."""
        try:
            said = self.says(case)
        except Exception as error:
            return self.failed(error)
        return None if said is None else self.checked(said)

    def checked(self, said: Finding) -> Finding:
        """What the rule said, if it is a finding that a rule may make and cites nothing but its own provisions."""
        if (
            type(said) is Finding
            and said.effect in _SEVERITY
            and (not said.provisions or self._cited.issuperset(said.provisions))
        ):
            return said
        return self.failed(ValueError(f"it says {said}"))

    def failed(self, error: Exception) -> Finding:
        """A rule that could not be applied; it refuses."""
        return Finding(
            rule=self.name,
            effect=Effect.FAILED,
            provisions=self.provisions,
            because=f"The rule could not be applied ({type(error).__name__}: {error}).",
            missing=("records that the rule can be applied to",),
        )

    def in_words(self, said: Finding) -> Finding:
        """The finding with its words made, the rule's name, what it cites and what of that is to be confirmed."""
        cited = said.provisions or self.provisions
        return said._replace(
            rule=self.name,
            because=self._words(said.because),
            provisions=cited,
            missing=tuple(map(self._words, said.missing)),
            to_be_confirmed=(*said.to_be_confirmed, *unsure(cited)),
        )

    def _words(self, words: Words) -> str:
        """Words that cannot be made change no answer: the rule's gist stands in for them."""
        try:
            return words if isinstance(words, str) else words()
        except Exception:
            return self.gist


@lru_cache(maxsize=4096)
def unsure(provisions: tuple[str, ...]) -> tuple[str, ...]:
    """What has to be said of the provisions that are still to be confirmed."""
    return tuple(filter(None, (PROVISIONS[id].caveat for id in provisions)))


def rule(
    question: Question,
    *provisions: str,
    from_: str,
    to: str | None = None,
    when: Code | tuple[Code, ...] = (),
    only: Callable[[Outline], bool] | None = None,
    needs: type[Record] | type[Mark] | tuple[type[Record], ...] = (),
) -> Callable[[Says], Rule]:
    """Make a rule of a function. Its first and last day are ISO dates; its docstring is its gist.

    `when` says which routes, purposes and levels it is about, and `only` about which outlines; it is silent on others,
    and is not even called. Nor is it where no record is there of a kind in `needs`."""

    def made(says: Says) -> Rule:
        return Rule(
            name=says.__name__,
            question=question,
            provisions=provisions,
            says=says,
            gist=" ".join((says.__doc__ or "").split()),
            starts=dt.date.fromisoformat(from_),
            ends=None if to is None else dt.date.fromisoformat(to),
            when=when if isinstance(when, tuple) else (when,),
            only=only,
            needs=needs if isinstance(needs, tuple) else (needs,),
        )

    return made


def outline_rule(
    question: Question,
    *provisions: str,
    from_: str,
    to: str | None = None,
    when: Code | tuple[Code, ...] = (),
    only: Callable[[Outline], bool] | None = None,
) -> Callable[[Speaks], Rule]:
    """Make a rule of a function that sees no more than the outline of a case, and is asked once for each outline."""
    make = rule(question, *provisions, from_=from_, to=to, when=when, only=only)

    def made(speaks: Speaks) -> Rule:
        named = make(speaks)  # type: ignore[arg-type]
        return replace(named, says=OfOutline(speaks))

    return made


def permit(
    because: Words,
    *,
    used: Iterable[str] = (),
    obligations: Iterable[Obligation] = (),
    unsure: Iterable[str] = (),
    cites: Iterable[str] = (),
) -> Finding:
    """A rule says yes, with what it demands. `cites` narrows the provisions of the rule.

    Words that cost something are given as a function (`lambda: f"…"`), and made when somebody reads them."""
    parts = ("", _PERMIT, because, tuple(cites), tuple(used), (), "", tuple(obligations), tuple(unsure))
    return tuple.__new__(Finding, parts)  # a third of the cost of Finding(…)


def forbid(
    because: Words, *, missing: Iterable[Words] = (), used: Iterable[str] = (), cites: Iterable[str] = ()
) -> Finding:
    """A rule says no. `missing` says what record or change would help; empty where nothing would."""
    parts = ("", Effect.FORBID, because, tuple(cites), tuple(used), tuple(missing), "", (), ())
    return tuple.__new__(Finding, parts)


def refer(
    because: Words,
    *,
    who: str,
    missing: Iterable[Words] = (),
    used: Iterable[str] = (),
    cites: Iterable[str] = (),
) -> Finding:
    """A rule needs a person: `who` must decide, `missing` is what they need. `cites` narrows the provisions."""
    if not who.strip():
        raise ValueError("a referral names who must decide")
    parts = ("", Effect.REFER, because, tuple(cites), tuple(used), tuple(missing), who, (), ())
    return tuple.__new__(Finding, parts)


def answer(effects: Iterable[Effect]) -> Answer:
    """A forbid or a failed rule: not met. Else a referral: referred. Else a permit: met. Else, silence: not met."""
    said = set(effects)
    if said & {Effect.FORBID, Effect.FAILED}:
        return Answer.NOT_MET
    if Effect.REFER in said:
        return Answer.REFERRED
    return Answer.MET if Effect.PERMIT in said else Answer.NOT_MET


def settle(question: Question, rules: Iterable[Rule], case: Case) -> Settled:
    """One question with its answer and findings, gravest first, whatever the order of the rules."""
    return settled(question, (finding for each in rules if (finding := each.find(case)) is not None))


def settled(question: Question, findings: Iterable[Finding]) -> Settled:
    """One question with its answer, and what rules found in words: each once, gravest first."""
    ordered = sorted(set(findings), key=lambda each: (_SEVERITY.index(each.effect), each.rule, each.because))
    return Settled(question.value, answer(finding.effect for finding in ordered), tuple(ordered))


def overall(answers: Iterable[Answer]) -> Verdict:
    """Refuse if any question is not met, or none was asked; else refer if any is referred; else permit."""
    given = set(answers)
    if Answer.NOT_MET in given or not given:
        return Verdict.REFUSE
    return Verdict.REFER if Answer.REFERRED in given else Verdict.PERMIT
