"""Where data can be: the countries and territories that records name, which lie in which, and which of them are abroad.

What is not known to lie within the United Kingdom is abroad."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from openhaven.model.plain import from_plain, read_toml

from .provisions import Confidence, data_text
from .reading import MANY, plain

FILE = "countries.toml"


@dataclass(frozen=True, slots=True)
class Adequate:
    """Places that adequacy regulations cover, from their first day on."""

    title: str
    places: tuple[str, ...]
    starts: dt.date
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    home: tuple[str, ...]
    others: tuple[str, ...]
    areas: Mapping[str, tuple[str, ...]]
    adequate: tuple[Adequate, ...]


_READ = from_plain(_File, read_toml(data_text(FILE), where=FILE), where=FILE)
COUNTRIES = (*_READ.home, *_READ.others)
"""Where one organisation can be: England, and every other country or territory."""
PLACES = tuple(dict.fromkeys((*COUNTRIES, *_READ.areas)))
"""What can be agreed on as the territory of use: a country, or several by one name."""
_WITHIN = {plain(area): frozenset(map(plain, (area, *lie))) for area, lie in _READ.areas.items()}
_HOME = frozenset(
    map(plain, (*_READ.home, *(area for area, lie in _READ.areas.items() if set(lie) <= set(_READ.home))))
)


@lru_cache(maxsize=MANY)
def lies_in(place: str, territories: tuple[str, ...]) -> bool:
    """Whether a place is one of these, or lies within one. What is not stated lies nowhere."""
    name = plain(place)
    return bool(name) and any(name in _WITHIN.get(plain(each), (plain(each),)) for each in territories)


@lru_cache(maxsize=MANY)
def is_home(place: str) -> bool:
    """Whether a place is known to lie within the United Kingdom."""
    return plain(place) in _HOME


@lru_cache(maxsize=MANY)
def adequacy(place: str, on: dt.date) -> Adequate | None:
    """The adequacy regulations that cover a place on that day (UK GDPR, Article 45), if any do."""
    return next((each for each in _READ.adequate if each.starts <= on and lies_in(place, each.places)), None)


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those whose initials the word is, else those that begin as it does, in their order."""
    said, names = plain(word), tuple(known)
    initials = tuple(each for each in names if "".join(part[0] for part in plain(each).split()) == said)
    return initials or tuple(each for each in names if said and plain(each).startswith(said[:2]))
