"""The index of the handbook, by subjects, and its table of sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openhaven.model.plain import from_plain, read_toml

from .provisions import PROVISIONS, Provision, data_text

FILE = "handbook/subjects.toml"
ENACTED = re.compile(r"\b(?:Act|Regulations|Order|Directions) \d{4}|\bSI \d{4}|UK GDPR|[Cc]ommon law")
PIECE = re.compile(r"; (?![^(]*\))")
ASIDE = re.compile(
    r"^(?:in force|its |for example|section \d+ in|terms of|contract terms|worked through"
    r"|the (?:first day|day|grace|tie|seventh|parallel))"
)
FIRST_SMALL = re.compile(r"^(?:common|practice|departmental|the fifth)")


@dataclass(frozen=True, slots=True)
class _File:
    format: int
    subjects: Mapping[str, tuple[str, ...]]


def index() -> Mapping[str, tuple[str, ...]]:
    """Subjects in order, each with the ids of the provisions about it."""
    subjects = from_plain(_File, read_toml(data_text(FILE), where=FILE), where=FILE).subjects
    found = {subject: _about(words) for subject, words in subjects.items()}
    return {subject: found[subject] for subject in sorted(found, key=str.lower)}


def _about(words: tuple[str, ...]) -> tuple[str, ...]:
    begins = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})")
    return tuple(id for id, each in PROVISIONS.items() if begins.search(_text(each)))


def _text(each: Provision) -> str:
    return f"{each.title}: {each.gist} ".lower()


def sources() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]]]:
    """What was enacted or held by courts, and all other sources, in order, each with the provisions read there."""
    found: dict[str, list[str]] = {}
    for id, each in PROVISIONS.items():
        for source in _pieces(each.source):
            found.setdefault(source, []).append(id)
    ordered = {source: tuple(found[source]) for source in sorted(found, key=_place)}
    enacted = {source: ids for source, ids in ordered.items() if ENACTED.search(source)}
    return enacted, {source: ids for source, ids in ordered.items() if source not in enacted}


def _pieces(source: str) -> Iterator[str]:
    for piece in PIECE.split(source):
        if not ASIDE.match(piece):
            yield piece[0].upper() + piece[1:] if FIRST_SMALL.match(piece) else piece


def _place(source: str) -> list[tuple[int, str]]:
    """Numbers in order of size: regulation 9 stands before regulation 10."""
    return [(int(part or 0), text.lower()) for text, part in re.findall(r"(\D+)(\d*)", source)]
