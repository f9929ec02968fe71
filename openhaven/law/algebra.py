"""The algebra of a decision: what a rule may say, how findings settle a question, how questions settle the whole.

Forbid beats refer beats permit; silence and failure refuse; order and repetition do not matter."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from openhaven.model.decision import Answer, Effect, Finding, Settled, Verdict
from openhaven.model.obligation import Obligation

from .case import Case
from .provisions import PROVISIONS, Confidence


class Question(StrEnum):
    """The questions of law, in the order in which a decision answers them. All are needed."""

    PURPOSE = "purpose"
    CONFIDENTIALITY = "confidentiality"
    DATA_PROTECTION = "data protection"
    OPT_OUT = "national opt-out"
    MINIMUM = "minimum necessary"
    RESTRICTED = "restricted codes"
    AUTHORITY = "authority"
    AGREEMENT = "agreement"
    RECIPIENT = "recipient"
    HOLD = "programme hold"
    TRANSPARENCY = "transparency"


Says = Callable[[Case], Finding | None]

_SEVERITY = (Effect.FAILED, Effect.FORBID, Effect.REFER, Effect.PERMIT)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one question, with the provisions it states and its first and last day."""

    name: str
    question: Question
    provisions: tuple[str, ...]
    starts: dt.date
    ends: dt.date | None
    says: Says
    gist: str

    def __post_init__(self) -> None:
        if not self.provisions:
            raise ValueError(f"rule {self.name} cites no provision")
        if unknown := [id for id in self.provisions if id not in PROVISIONS]:
            raise ValueError(f"rule {self.name} cites unknown provisions: {', '.join(unknown)}")

    def in_force(self, on: dt.date) -> bool:
        """Whether the rule is law on that day."""
        return self.starts <= on and (self.ends is None or on <= self.ends)

    def find(self, case: Case) -> Finding | None:
        """What the rule finds; None where it is silent. A rule that raises, or speaks nonsense, has failed."""
        try:
            found = self.says(case)
            return None if found is None else self._signed(found)
        except Exception as error:
            return Finding(
                rule=self.name,
                effect=Effect.FAILED,
                provisions=self.provisions,
                because=f"The rule could not be applied ({type(error).__name__}: {error}).",
                missing=("records that the rule can be applied to",),
            )

    def _signed(self, found: Finding) -> Finding:
        cited = found.provisions or self.provisions
        if not set(cited) <= set(self.provisions) or found.effect not in _SEVERITY:
            raise ValueError(f"it cites {', '.join(cited)} and says {found.effect}")
        return replace(
            found, rule=self.name, provisions=cited, to_be_confirmed=(*found.to_be_confirmed, *unsure(cited))
        )


def unsure(provisions: Iterable[str]) -> tuple[str, ...]:
    """What has to be said of the provisions that are still to be confirmed."""
    known = (PROVISIONS[id] for id in provisions)
    return tuple(f"{p.id}: {p.title}" for p in known if p.confidence is Confidence.TO_BE_CONFIRMED)


def rule(question: Question, *provisions: str, from_: str, to: str | None = None) -> Callable[[Says], Rule]:
    """Make a rule of a function. Its first and last day are ISO dates; its docstring is its gist."""

    def made(says: Says) -> Rule:
        ends = None if to is None else dt.date.fromisoformat(to)
        gist = " ".join((says.__doc__ or "").split())
        return Rule(
            name=says.__name__,
            question=question,
            provisions=provisions,
            says=says,
            gist=gist,
            starts=dt.date.fromisoformat(from_),
            ends=ends,
        )

    return made


def permit(
    because: str,
    *,
    used: Iterable[str] = (),
    obligations: Iterable[Obligation] = (),
    unsure: Iterable[str] = (),
    cites: Iterable[str] = (),
) -> Finding:
    """A rule says yes, with what it demands. `cites` narrows the provisions of the rule."""
    return Finding(
        rule="",
        effect=Effect.PERMIT,
        because=because,
        provisions=tuple(cites),
        used=tuple(used),
        obligations=tuple(obligations),
        to_be_confirmed=tuple(unsure),
    )


def forbid(
    because: str, *, missing: Iterable[str] = (), used: Iterable[str] = (), cites: Iterable[str] = ()
) -> Finding:
    """A rule says no. `missing` says what record or change would help; empty where nothing would."""
    return Finding(
        rule="",
        effect=Effect.FORBID,
        because=because,
        provisions=tuple(cites),
        used=tuple(used),
        missing=tuple(missing),
    )


def refer(because: str, *, who: str, missing: Iterable[str] = (), used: Iterable[str] = ()) -> Finding:
    """A rule needs a person: `who` must decide, `missing` is what they need."""
    if not who.strip():
        raise ValueError("a referral names who must decide")
    return Finding(
        rule="", effect=Effect.REFER, because=because, provisions=(), used=tuple(used), missing=tuple(missing), who=who
    )


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
    found = {finding for each in rules if (finding := each.find(case)) is not None}
    ordered = sorted(found, key=lambda finding: (_SEVERITY.index(finding.effect), finding.rule, finding.because))
    return Settled(question.value, answer(finding.effect for finding in ordered), tuple(ordered))


def overall(answers: Iterable[Answer]) -> Verdict:
    """Refuse if any question is not met, or none was asked; else refer if any is referred; else permit."""
    given = set(answers)
    if Answer.NOT_MET in given or not given:
        return Verdict.REFUSE
    return Verdict.REFER if Answer.REFERRED in given else Verdict.PERMIT
