"""The rules of this version, gathered once: checked against the provisions, dated, and named by a digest."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType, ModuleType

from openhaven.model.application import Application
from openhaven.model.facts import Facts

from .agenda import MOST, Before, Whole, compiled
from .algebra import Question, Rule
from .case import outlined
from .numbers import NUMBERS
from .provisions import NOT_YET, PROVISIONS, data_names, data_text
from .rules import (
    advice,
    agreement,
    anew,
    assessment,
    cohort,
    confidentiality,
    data_protection,
    finely,
    havens,
    minimum,
    objections,
    openness,
    opt_out,
    parties,
    partnership,
    payers,
    power,
    profiles,
    protection,
    purpose,
    regulations,
    required,
    restricted,
    security,
    setting,
    territory,
    transfer,
)
from .words import PAIRS

VERSION = "2026.11"
_MODULES = (
    purpose,
    payers,
    power,
    confidentiality,
    required,
    regulations,
    profiles,
    data_protection,
    opt_out,
    objections,
    restricted,
    territory,
    transfer,
    minimum,
    cohort,
    finely,
    protection,
    parties,
    havens,
    agreement,
    security,
    assessment,
    advice,
    partnership,
    setting,
    anew,
    openness,
)
_CODE = (
    "agenda.py",
    "algebra.py",
    "assurance.py",
    "bodies.py",
    "case.py",
    "coding.py",
    "cohorts.py",
    "countries.py",
    "deciding.py",
    "denying.py",
    "evidence.py",
    "flow.py",
    "glancing.py",
    "references.py",
    "table_rules.py",
    "matching.py",
    "nearby.py",
    "numbers.py",
    "objecting.py",
    "owing.py",
    "owning.py",
    "paying.py",
    "plainly.py",
    "reading.py",
    "settling.py",
    "speaking.py",
    "spelling.py",
    "studies.py",
    "supports.py",
    "whom.py",
    "words.py",
)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """Rules under a name that a decision quotes. `numbers` holds values that differ from those of numbers.toml, `ended`
    the provisions of combinations and exemptions that stand no longer."""

    name: str
    rules: tuple[Rule, ...]
    numbers: Mapping[str, int] = field(default_factory=dict, hash=False)
    ended: frozenset[str] = frozenset()
    _agendas: dict[tuple[object, ...], Whole] = field(default_factory=dict, init=False, repr=False, compare=False)
    _changed: tuple[tuple[str, int], ...] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_changed", tuple(sorted(self.numbers.items())))
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules are called {', '.join(twice)}")

    def of(self, question: Question, *, on: dt.date) -> tuple[Rule, ...]:
        """The rules of a question that are in force on that day."""
        return tuple(rule for rule in self.rules if rule.question is question and rule.in_force(on))

    def agenda(self, application: Application, facts: Facts, on: dt.date) -> Before:
        """What is asked of a case: compiled once for its outline and the kinds of record that are there, since
        thousands of cases share both. The dataset and the policy are told apart by which objects they are."""
        ask, pair = application, application.data_protection
        key = (
            on,
            ask.route,
            ask.purpose,
            ask.level,
            ask.power,
            pair.article_6,
            pair.article_9,
            pair.schedule_1,
            id(facts.dataset),
            id(facts.policy),
        )
        whole = self._agendas.get(key)
        if whole is None:
            if len(self._agendas) >= MOST:
                self._agendas.clear()
            outline = outlined(application, facts, on, self.numbers, self.ended)
            whole = self._agendas[key] = compiled(self.rules, outline)
        return facts.remembered.get(whole) or whole.before(facts, self._changed)

    def stated_by(self) -> Mapping[str, tuple[str, ...]]:
        """For every provision the names of the rules that state it, empty where none does."""
        return MappingProxyType(
            {id: tuple(rule.name for rule in self.rules if id in rule.provisions) for id in PROVISIONS}
        )


def rules_of(module: ModuleType) -> tuple[Rule, ...]:
    """The rules that a module holds, in the order in which it states them."""
    return tuple(each for each in vars(module).values() if isinstance(each, Rule))


def gaps(ruleset: Ruleset) -> list[str]:
    """What is wrong between provisions, numbers, pairs and rules; empty where each provision has one answer."""
    stated = {id for id, names in ruleset.stated_by().items() if names}
    cited = {number.citation for number in NUMBERS.values()} | {pair.provision for pair in PAIRS}
    silent = [
        f"{id} is stated by no rule and does not say why"
        for id, each in PROVISIONS.items()
        if id not in stated and not each.held_in and not each.not_modelled
    ]
    refused = {id for id, each in PROVISIONS.items() if each.not_modelled and not each.not_modelled.startswith(NOT_YET)}
    both = [f"{id} is stated by a rule and also not modelled" for id in stated & refused]
    unknown = [f"{id} is cited by a number or a pair and not known" for id in cited - set(PROVISIONS)]
    return sorted(silent + both + unknown)


def _digest(modules: Iterable[ModuleType]) -> str:
    """SHA-256 over the data and the text of the rules, so that a change of either changes the name."""
    here = files(__package__)
    parts = {name: data_text(name) for name in data_names()}
    parts |= {name: here.joinpath(name).read_text(encoding="utf-8") for name in _CODE}
    for module in modules:
        name = module.__name__.rpartition(".")[2] + ".py"
        parts[f"rules/{name}"] = here.joinpath("rules", name).read_text(encoding="utf-8")
    text = "".join(f"{len(name)}:{name}{len(part)}:{part}" for name, part in sorted(parts.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _gathered() -> Ruleset:
    rules = tuple(rule for module in _MODULES for rule in rules_of(module))
    ruleset = Ruleset(name=f"openhaven-law {VERSION} sha256:{_digest(_MODULES)[:16]}", rules=rules)
    if found := gaps(ruleset):
        raise ValueError("; ".join(found))
    return ruleset


RULESET = _gathered()
