"""What a change of the law or of the records would do to the uses that stand: each decided before it and after it."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any

from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.facts import Facts, Policy
from openhaven.model.obligation import Obligation
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.ranges import RANGES, check_range
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.kinds import KINDS, Record

from .algebra import Rule
from .deciding import decide
from .evidence import RELIED_ON
from .numbers import NUMBERS
from .plainly import day
from .provisions import PROVISIONS
from .ruleset import RULESET, Ruleset
from .words import EXEMPTIONS, PAIRS

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A record that would be there no longer: an approval withdrawn, an agreement or an authority ended."""

    kind: str
    id: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no records are of kind {self.kind!r}; the kinds are {', '.join(sorted(KINDS))}")


@dataclass(frozen=True, slots=True)
class Change:
    """What would change, as at a day. Rules end that are named, or that state a provision that ends; of a rule that
    states several combinations of data protection, or exemptions, those end whose provision does, and the rule stays
    for the others. A number or a setting takes its new value; a record is withdrawn. Everything else stays as it is."""

    format: int
    title: str
    on: dt.date
    provisions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict, hash=False)
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"format {self.format} of a change is not known; this version reads {FORMAT}")
        _known("provisions", self.provisions, PROVISIONS)
        _known("rules", self.rules, {rule.name for rule in RULESET.rules})
        _known("numbers", self.numbers, NUMBERS)
        _known("settings", self.settings, _SETTINGS)
        if not (self.provisions or self.rules or self.withdrawn or self.numbers or self.settings):
            raise ValueError("nothing changes: name provisions, rules, withdrawn records, numbers or settings")
        for name, value in self.settings.items():
            if not _may_be(_SETTINGS[name], value):
                raise ValueError(f"settings: {name} is {_called(_SETTINGS[name])}, and {value!r} is not")
            if f"policy.{name}" in RANGES:
                check_range(f"policy.{name}", value)


_TABLES = ("numbers", "protection")  # settings that are no single value
_SETTINGS = {each.name: type(getattr(Policy(), each.name)) for each in fields(Policy) if each.name not in _TABLES}


def _may_be(kind: type, value: object) -> bool:
    if kind is tuple:
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    return type(value) is kind or (kind is float and type(value) is int)


def _called(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", tuple: "a list of words"}.get(kind, "text")


def _known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{what}: {', '.join(unknown)} is not known; known are {', '.join(sorted(known))}")


def read_change(text: str, *, where: str) -> Change:
    """A change from TOML. Raises BadInput naming the key that is wrong and what is accepted."""
    return from_plain(Change, read_toml(text, where=where), where=where)


@dataclass(frozen=True, slots=True)
class Use:
    """One use that stands: what was asked, and the facts of its dataset."""

    application: Application
    facts: Facts


@dataclass(frozen=True, slots=True)
class Moved:
    """One question whose answer changes."""

    question: str
    before: Answer
    after: Answer


@dataclass(frozen=True, slots=True)
class Affected:
    """One use whose decision changes, and how. Obligations are named by kind: `gained` and `lost`, or both where one
    stays and demands something else."""

    application: str
    agreement: str
    before: Verdict
    after: Verdict
    moved: tuple[Moved, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def affected(uses: Iterable[Use], change: Change, *, ruleset: Ruleset = RULESET) -> Iterator[Affected]:
    """The uses whose decision changes, in the order given. A use that the change cannot touch is not decided again.

    Raises BadInput where a record that the change withdraws is on record for none of the uses."""
    after_law, changed = law_after(change, ruleset), dict[int, tuple[Facts, Facts]]()
    ended = frozenset(rule.name for rule in ruleset.rules) - {rule.name for rule in after_law.rules}
    pending = {(each.kind, each.id) for each in change.withdrawn}
    for use in uses:
        if id(use.facts) not in changed:  # thousands of uses share the facts of one dataset
            changed[id(use.facts)] = use.facts, facts_after(change, use.facts)
            pending -= _named(use.facts.records)
        touches_law = bool(ended or after_law.ended or change.numbers or change.settings)
        if not touches_law and not _reaches(change.withdrawn, use):
            continue
        before = decide(use.application, use.facts, on=change.on, ruleset=ruleset)
        if _only_ends_rules(change, after_law) and ended.isdisjoint(before.spoke):
            continue
        after = decide(use.application, changed[id(use.facts)][1], on=change.on, ruleset=after_law)
        if (found := _compared(use.application, before, after)) is not None:
            yield found
    if pending:
        kind, id_ = min(pending)
        raise BadInput(f"there is no {kind} {id_} on record", where="withdrawn")


def _only_ends_rules(change: Change, after_law: Ruleset) -> bool:
    """Whether nothing changes but that rules end. One that found nothing is not missed: silence is no finding."""
    return not (change.withdrawn or change.numbers or change.settings or after_law.ended)


def _reaches(withdrawn: Iterable[Withdrawn], use: Use) -> bool:
    """Whether a record that would be gone can matter to the use: what carries a use, and an agreement, matters only
    where the application names it. Records that contradict each other are decided on as they are."""
    ask = use.application
    named = {Agreement: (ask.agreement,), **dict.fromkeys(RELIED_ON, ask.basis)}
    kinds = ((KINDS[each.kind], each.id) for each in withdrawn)
    return bool(use.facts.twice) or any(kind not in named or id in named[kind] for kind, id in kinds)


def law_after(change: Change, ruleset: Ruleset = RULESET) -> Ruleset:
    """The rules that would be left: without those named, and those that state a provision that ends; a rule that
    offers several combinations or exemptions is left without those of the provision that ends."""
    gone, provisions = set(change.rules), frozenset(change.provisions)
    kept = tuple(rule for rule in ruleset.rules if rule.name not in gone and _is_left(rule, provisions))
    ended = ruleset.ended | (provisions & _ONE_OF_SEVERAL)
    return replace(ruleset, name=f"{ruleset.name}, changed", rules=kept, numbers=change.numbers, ended=ended)


_ONE_OF_SEVERAL = frozenset(each.provision for each in PAIRS) | {each.provision for each in EXEMPTIONS.values()}


def _is_left(rule: Rule, ended: frozenset[str]) -> bool:
    """Whether it states nothing that ends, or nothing but some of the combinations or exemptions that it offers."""
    lost = ended.intersection(rule.provisions)
    return not lost or lost < _ONE_OF_SEVERAL.intersection(rule.provisions)


def facts_after(change: Change, facts: Facts) -> Facts:
    """The facts without the records withdrawn, under the settings as they would be."""
    settings: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each for name, each in change.settings.items()
    }
    gone = {(KINDS[each.kind], each.id) for each in change.withdrawn}
    records = tuple(each for each in facts.records if (type(each), each.id) not in gone)
    return replace(facts, records=records, policy=replace(facts.policy, **settings))


def as_text(change: Change, tried: int, found: Sequence[Affected]) -> str:
    """What a change does, as plain lines for a reader at a terminal."""
    head = (
        f"{change.title}, as at {day(change.on)}: of {tried} uses that stand, {len(found)} would be decided otherwise."
    )
    return "\n".join([head, *(line for each in found for line in _lines(each))])


def _lines(each: Affected) -> Iterator[str]:
    turned = f"{each.before}, then {each.after}" if each.before is not each.after else f"{each.before}, as before"
    yield ""
    yield f"{each.application} ({each.agreement or 'no agreement'}): {turned}"
    for moved in each.moved:
        yield f"  {moved.question}: {moved.before}, then {moved.after}"
    if each.before is each.after:
        for words, kinds in (("now demanded", each.gained), ("no longer demanded", each.lost)):
            if kinds:
                yield f"  {words}: {', '.join(kinds)}"


_KIND_OF = {kind: name for name, kind in KINDS.items()}


def _named(records: Iterable[Record]) -> set[tuple[str, str]]:
    return {(_KIND_OF[type(each)], each.id) for each in records}


def _compared(application: Application, before: Decision, after: Decision) -> Affected | None:
    if before.obligations == after.obligations and before.answers == after.answers:
        return None
    was, is_ = before.answers, after.answers
    moved = tuple(
        Moved(question, was[question], is_[question]) for question in was if was[question] is not is_[question]
    )
    had, has = _demanded(before.obligations), _demanded(after.obligations)
    if not moved and had == has and before.verdict is after.verdict:
        return None
    gained, lost = (tuple(sorted({kind for kind, *_ in each})) for each in (has - had, had - has))
    return Affected(application.id, application.agreement, before.verdict, after.verdict, moved, gained, lost)


def _demanded(obligations: Iterable[Obligation]) -> set[tuple[Any, ...]]:
    """The kind of each and what is demanded, apart from the reason for it and the provisions it rests on."""
    return {_PARTS[type(each)](each) for each in obligations}


class _Parts(dict[type[Obligation], Callable[[Obligation], tuple[Any, ...]]]):
    """What reads the kind of an obligation and the parts that say what is demanded, by type."""

    def __missing__(self, kind: type[Obligation]) -> Callable[[Obligation], tuple[Any, ...]]:
        names = [each.name for each in fields(kind) if each.name not in ("provisions", "because")]
        self[kind] = attrgetter("kind", *names, "kind")  # once more, so that it always gives several
        return self[kind]


_PARTS = _Parts()
