"""Provisions of law and policy as data: what each says in our words, its source, its dates, and how sure we are."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, read_toml

FORMAT = 1


class Confidence(StrEnum):
    """How a provision or a number is known to us."""

    READ = "read"
    SECONDARY = "secondary"
    TO_BE_CONFIRMED = "to be confirmed"


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision. `starts` and `ends` are its first and last day; `not_modelled` says why no rule states it."""

    id: str
    title: str
    gist: str
    source: str
    starts: dt.date
    confidence: Confidence
    ends: dt.date | None = None
    not_modelled: str = ""

    def __post_init__(self) -> None:
        for part in ("id", "title", "gist", "source"):
            if not getattr(self, part).strip():
                raise ValueError(f"provision {self.id}: {part} is empty")
        if self.ends is not None and self.ends < self.starts:
            raise ValueError(f"provision {self.id}: ends on {self.ends}, before it starts on {self.starts}")


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    provisions: tuple[Provision, ...]


def data_text(name: str) -> str:
    """The text of one data file of this package."""
    return files(__package__).joinpath("data", name).read_text(encoding="utf-8")


def load(text: str, *, where: str) -> Mapping[str, Provision]:
    """Provisions by id. Raises BadInput for unknown keys, wrong types, an unknown format or an id given twice."""
    read = from_plain(_File, read_toml(text, where=where), where=where)
    if read.format != FORMAT:
        raise BadInput(f"format {read.format} is not known; this version reads {FORMAT}", where=where)
    found: dict[str, Provision] = {}
    for each in read.provisions:
        if each.id in found:
            raise BadInput(f"provision {each.id} stands twice", where=where)
        found[each.id] = each
    return MappingProxyType(found)


PROVISIONS = load(data_text("provisions.toml"), where="provisions.toml")


def provision(id: str) -> Provision:
    """The provision of that id. Raises BadInput."""
    if (found := PROVISIONS.get(id)) is None:
        raise BadInput(f"there is no provision {id!r}", todo=f"Known are: {', '.join(sorted(PROVISIONS))}.")
    return found
