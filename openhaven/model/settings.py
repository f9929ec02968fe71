"""Every setting of a haven, as haven.toml holds it. What the law leaves open, or we are unsure of, is said to be so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .facts import Policy
from .plain import from_plain

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Haven:
    """Who runs it. `contact` is where a review is asked for; `demo` admits NHS numbers of the 999 range, only then."""

    operator: str
    origin: str
    contact: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Engine:
    """Where relational work is done: `duckdb` in the process, or `spark`; `memory` as DuckDB writes it."""

    name: str = "duckdb"
    memory: str = "2GB"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.name not in ("duckdb", "spark"):
            raise ValueError(f"engine {self.name!r}: choose duckdb or spark")


@dataclass(frozen=True, slots=True)
class OptOutLists:
    """`largest_share_removed`: an answer of the national check that removes more of those asked is refused.
    `mailbox`: ours in MESH, for the names of questions. `type_1_max_age_days`: of the list with which GP data is
    taken in; as for the national check, to be confirmed."""

    largest_share_removed: float = 0.25
    mailbox: str = ""
    type_1_max_age_days: int = 21
    type_1_dissent: tuple[str, ...] = ("827241000000103",)
    type_1_withdrawn: tuple[str, ...] = ("827261000000102",)


@dataclass(frozen=True, slots=True)
class Log:
    """`witnesses`: how many independent witnesses must have signed before a package can be opened."""

    witnesses: int = 0

    def __post_init__(self) -> None:
        if self.witnesses:
            raise ValueError("witnesses are not built in this version: leave log.witnesses at 0")


@dataclass(frozen=True, slots=True)
class Register:
    """`name_refused`: the public register names who was refused or referred."""

    name_refused: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """Lookups, relative to the haven: postcode → lsoa, area, region; restricted code lists by name."""

    places: str = ""
    restricted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. `database` is a Django database setting; empty means SQLite in the haven."""

    format: int
    haven: Haven
    engine: Engine = field(default_factory=Engine)
    policy: Policy = field(default_factory=Policy)
    optouts: OptOutLists = field(default_factory=OptOutLists)
    log: Log = field(default_factory=Log)
    register: Register = field(default_factory=Register)
    files: Files = field(default_factory=Files)
    database: Mapping[str, str] = field(default_factory=dict)


def settings_from(data: Mapping[str, Any], *, where: str) -> Settings:
    """Settings from plain data. Raises BadInput naming the setting."""
    return from_plain(Settings, data, where=where)


def flat(settings: Settings, given: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Each setting by its dotted name, its value, and whether it is from haven.toml or the default. A password is
    not shown."""
    for section in fields(settings):
        value = getattr(settings, section.name)
        stated = given.get(section.name, {})
        if not hasattr(value, "__dataclass_fields__"):
            shown = (
                {**value, "password": "(not shown)"} if section.name == "database" and "password" in value else value
            )
            yield section.name, shown, "haven.toml" if section.name in given else "default"
            continue
        for each in fields(value):
            yield (
                f"{section.name}.{each.name}",
                getattr(value, each.name),
                "haven.toml" if each.name in stated else "default",
            )
