"""Coded words that rules compare with records: lines of business, kinds of body, who decides, which pairs fit."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from openhaven.model.plain import from_plain, read_toml
from openhaven.model.words import Purpose, Route

from .provisions import data_text


@dataclass(frozen=True, slots=True)
class Circumstance:
    """One circumstance of the Schedule to the 2002 Regulations (LAW-20)."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Words:
    """Lists of words, each explained where it stands in words.toml."""

    format: int
    insurance: tuple[str, ...]
    marketing: tuple[str, ...]
    consultancy: tuple[str, ...]
    public_bodies: tuple[str, ...]
    public_health_bodies: tuple[str, ...]
    health_service_bodies: tuple[str, ...]
    regulators: tuple[str, ...]
    decides_research: tuple[str, ...]
    decides_other: tuple[str, ...]
    neoplasms: tuple[str, ...]
    opt_out_territories: tuple[str, ...]
    circumstances: tuple[Circumstance, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A combination of Article 6, Article 9 and Schedule 1, and the uses it fits (GDPR-01)."""

    provision: str
    article_6: str
    article_9: str
    schedule_1: str
    recipient: str
    purposes: tuple[Purpose, ...] = ()
    routes: tuple[Route, ...] = ()
    person: str = ""

    def __post_init__(self) -> None:
        if self.recipient not in ("public", "not public", "regulator", "any"):
            raise ValueError(f"pair of {self.provision}: recipient {self.recipient!r} is not known")

    def __str__(self) -> str:
        schedule = f" and Schedule 1 {self.schedule_1}" if self.schedule_1 else ""
        return f"Article {self.article_6} with Article {self.article_9}{schedule}"


@dataclass(frozen=True, slots=True)
class _Pairs:
    format: int
    pairs: tuple[Pair, ...]


WORDS = from_plain(Words, read_toml(data_text("words.toml"), where="words.toml"), where="words.toml")
PAIRS = from_plain(_Pairs, read_toml(data_text("pairs.toml"), where="pairs.toml"), where="pairs.toml").pairs


def mention(texts: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a text holds one of the words, matched from the start of a word: "insur" finds "an insurer"."""
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + ")", re.IGNORECASE)
    return any(pattern.search(text) for text in texts)


def is_one_of(bodies: Iterable[str], words: Iterable[str]) -> bool:
    """Whether a body of record is, whole and in any case, one of these kinds."""
    return not {re.sub(r"[\s_-]+", " ", body).strip().lower() for body in bodies}.isdisjoint(words)
