"""What tries the law: the project's scenarios and tests, gathered as data so that an installed copy can name them.

`python docs/make_tried.py` gathers them. They lie apart from the law's own data: a new test is no new law."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from openhaven.model.decision import Verdict
from openhaven.model.plain import from_plain, read_toml

from .provisions import data_text

FORMAT = 1
FILE = "handbook/tried.toml"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A use told in words, decided on a day. `provisions` and `rules` are those by which it turned out so, and
    `because` is why. `chapter` and `file` say where it is told."""

    name: str
    chapter: str
    file: str
    on: dt.date
    verdict: Verdict
    because: str
    provisions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A test that names a provision or a rule. `name` is the test's own, `file` where it stands in the source."""

    name: str
    file: str
    provisions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """What the test says, in words."""
        return self.name.removeprefix("test_").replace("_", " ")


@dataclass(frozen=True, slots=True)
class Tried:
    """All that tries the law."""

    format: int
    scenarios: tuple[Scenario, ...] = ()
    trials: tuple[Trial, ...] = ()


Told = TypeVar("Told", Scenario, Trial)


def _index(told: Iterable[Told], names: Callable[[Told], Iterable[str]]) -> Mapping[str, tuple[Told, ...]]:
    found: dict[str, list[Told]] = {}
    for each in told:
        for name in names(each):
            found.setdefault(name, []).append(each)
    return {name: tuple(kept) for name, kept in found.items()}


@cache
def tried() -> Tried:
    """What was gathered. Raises BadInput where the file is not as it should be."""
    return from_plain(Tried, read_toml(data_text(FILE), where=FILE), where=FILE)


@cache
def _scenarios_of() -> Mapping[str, tuple[Scenario, ...]]:
    return _index(tried().scenarios, lambda each: each.provisions)


@cache
def _scenarios_by() -> Mapping[str, tuple[Scenario, ...]]:
    return _index(tried().scenarios, lambda each: each.rules)


@cache
def _trials_of() -> Mapping[str, tuple[Trial, ...]]:
    return _index(tried().trials, lambda each: each.provisions)


@cache
def _trials_by() -> Mapping[str, tuple[Trial, ...]]:
    return _index(tried().trials, lambda each: each.rules)


def scenarios_of(id: str) -> tuple[Scenario, ...]:
    """The scenarios that turn on a provision."""
    return _scenarios_of().get(id, ())


def scenarios_by(rule: str) -> tuple[Scenario, ...]:
    """The scenarios that a rule settles."""
    return _scenarios_by().get(rule, ())


def trials_of(id: str, rules: Iterable[str]) -> tuple[Trial, ...]:
    """The tests that name a provision or one of these rules, each once."""
    named = (each for rule in rules for each in trials_by(rule))
    return tuple(dict.fromkeys([*_trials_of().get(id, ()), *named]))


def trials_by(rule: str) -> tuple[Trial, ...]:
    """The tests that name a rule."""
    return _trials_by().get(rule, ())
