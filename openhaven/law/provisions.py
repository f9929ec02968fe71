"""Provisions of law and policy as data: what each says in our words, its source, its dates, and how sure we are.

They lie in data/provisions/, one file for each group as a lawyer would read them. How to add one is said there."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType

from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, read_toml

from .plainly import listed

FORMAT = 2
FOLDER = "provisions"
NOT_YET = "not yet: "


class Confidence(StrEnum):
    """How a provision or a number is known to us."""

    READ = "read"
    SECONDARY = "secondary"
    TO_BE_CONFIRMED = "to be confirmed"


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision. `starts` and `ends` are its first and last day.

    `doubt` says which part is to be confirmed, where the rest was read. `held_in` names modules of other rooms that
    state it; `not_modelled` says why nothing does ("not yet: …" where a rule is due). `settings` are those by which
    an installation chooses. `version_of` names the provision of which this is an earlier text."""

    id: str
    title: str
    gist: str
    source: str
    starts: dt.date
    confidence: Confidence
    ends: dt.date | None = None
    doubt: str = ""
    held_in: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    not_modelled: str = ""
    version_of: str = ""

    def __post_init__(self) -> None:
        for part in ("id", "title", "gist", "source"):
            if not getattr(self, part).strip():
                raise ValueError(f"provision {self.id}: {part} is empty")
        if self.ends is not None and self.ends < self.starts:
            raise ValueError(f"provision {self.id}: ends on {self.ends}, before it starts on {self.starts}")
        if self.doubt and self.confidence is not Confidence.TO_BE_CONFIRMED:
            raise ValueError(f"provision {self.id}: says what is in doubt, and that it is {self.confidence}")
        if self.held_in and self.not_modelled:
            raise ValueError(f"provision {self.id}: is held in a module and also not modelled")
        if self.version_of and self.ends is None:
            raise ValueError(f"provision {self.id}: is an earlier text of {self.version_of} and has no last day")

    @property
    def caveat(self) -> str:
        """What a decision that relies on it has to say; empty where nothing is to be confirmed."""
        if self.confidence is not Confidence.TO_BE_CONFIRMED:
            return ""
        return f"{self.id}: {self.title}" + (f" (to be confirmed: {self.doubt})" if self.doubt else "")


@dataclass(frozen=True, slots=True)
class Group:
    """Provisions that a lawyer would read together. `place` orders the groups."""

    format: int
    title: str
    place: int
    provisions: tuple[Provision, ...] = field(default=())


def data_text(name: str) -> str:
    """The text of one data file of this package."""
    return files(__package__).joinpath("data", name).read_text(encoding="utf-8")


def data_names() -> tuple[str, ...]:
    """The names of all data files of this package, for `data_text`, in order."""
    data = files(__package__).joinpath("data")
    inside = [f"{FOLDER}/{each.name}" for each in data.joinpath(FOLDER).iterdir()]
    beside = [each.name for each in data.iterdir() if each.is_file()]
    return tuple(sorted(name for name in (*beside, *inside) if name.endswith(".toml")))


def load(texts: Mapping[str, str]) -> tuple[Group, ...]:
    """Groups from the texts of their files, in reading order.

    Raises BadInput for unknown keys, wrong types, an unknown format, or an id given twice."""
    groups = [_group(text, where=where) for where, text in texts.items()]
    index(groups)
    return tuple(sorted(groups, key=lambda group: group.place))


def index(groups: Iterable[Group]) -> Mapping[str, Provision]:
    """Provisions by id. Raises BadInput for an id given twice, or an earlier text of a provision that is not there."""
    found: dict[str, Provision] = {}
    for each in (each for group in groups for each in group.provisions):
        if each.id in found:
            raise BadInput(f"provision {each.id} stands twice", where=FOLDER)
        found[each.id] = each
    for each in found.values():
        if each.version_of and each.version_of not in found:
            raise BadInput(f"provision {each.id} is an earlier text of {each.version_of}, which is not there")
    return MappingProxyType(found)


def _group(text: str, *, where: str) -> Group:
    group = from_plain(Group, read_toml(text, where=where), where=where)
    if group.format != FORMAT:
        raise BadInput(f"format {group.format} is not known; this version reads {FORMAT}", where=where)
    return group


GROUPS = load({name: data_text(name) for name in data_names() if name.startswith(FOLDER)})
PROVISIONS = index(GROUPS)


def provision(id: str) -> Provision:
    """The provision of that id, in capitals or not. Raises BadInput."""
    found = next((each for name, each in PROVISIONS.items() if name.casefold() == id.casefold()), None)
    if found is None:
        near = get_close_matches(id.upper(), PROVISIONS, n=3)
        nearest = f"Nearest are {listed(near)}. " if near else ""
        raise BadInput(f"there is no provision {id!r}", todo=f"{nearest}All of them: haven law")
    return found


def earlier_texts(id: str) -> tuple[Provision, ...]:
    """The earlier texts of a provision, oldest first."""
    found = (each for each in PROVISIONS.values() if each.version_of == id)
    return tuple(sorted(found, key=lambda each: each.starts))
