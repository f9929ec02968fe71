"""Hierarchies made for columns of a known kind: dates, ages, numbers, postcodes, ICD-10 codes, ethnicity.

Each kind names the value that it cannot place: a hierarchy that misses a value is never made. An empty value keeps
an empty label until the last level, `*`.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import floor, isfinite
from typing import Any

from openhaven.disclosure.hierarchy import ALL, Hierarchy
from openhaven.model.errors import BadInput

KINDS = ("date", "age", "number", "postcode", "icd10", "ethnicity")
WIDTHS = (5, 10, 20)
TOP_AGE = 90  # ages from here up share one band (FIELD-01)
Climb = Callable[[str], tuple[str, ...]]

_POSTCODE = re.compile(r"([A-Z]{1,2})([0-9][A-Z0-9]?) ?([0-9])[A-Z]{2}")
_ICD10 = re.compile(r"([A-Z][0-9]{2})(\.?[0-9X][0-9A-Z]{0,2})?[-+*†]?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9:.]+Z?)?")


def make(
    column: str, kind: str, values: Sequence[str], *, widths: Sequence[int] = WIDTHS, top: float | None = None
) -> Hierarchy:
    """The hierarchy of these values. `widths` (of bands) and `top` (where the open band starts) are for age and number.

    Raises BadInput naming the values that have no place, and where widths do not nest.
    """
    climb = _climb(kind, tuple(widths), TOP_AGE if kind == "age" and top is None else top)
    leaves = tuple(dict.fromkeys(values))
    if not leaves:
        raise BadInput("the column has no values", where=column)
    placed = {leaf: climb(leaf.strip()) for leaf in leaves if leaf.strip()}
    _refuse(column, kind, [leaf for leaf, labels in placed.items() if not labels])
    height = max((len(labels) for labels in placed.values()), default=0)
    rows = [(leaf, *placed.get(leaf, ("",) * height), ALL) for leaf in leaves]
    return Hierarchy.from_rows(column, rows)


def _climb(kind: str, widths: tuple[int, ...], top: float | None) -> Climb:
    """What a value becomes at each level above its own and below `*`; nothing where it has no place."""
    if kind in ("age", "number"):
        _check_widths(widths)
        return lambda value: _bands(value, widths, top, whole=kind == "age")
    known: dict[str, Climb] = {"date": _date, "postcode": _postcode, "icd10": _icd10, "ethnicity": _ethnicity}
    if kind not in known:
        raise BadInput(f"there is no kind of hierarchy {kind!r}", todo=f"The kinds are: {', '.join(KINDS)}.")
    return known[kind]


def _refuse(column: str, kind: str, lost: Sequence[str]) -> None:
    if lost:
        shown = ", ".join(repr(value) for value in lost[:3])
        raise BadInput(
            f"{len(lost)} value(s) have no place in a hierarchy of kind {kind}, such as {shown}",
            where=column,
            todo=_TODO[kind],
        )


_TODO = {
    "date": "Write dates as 2014-03-01.",
    "age": "Ages are whole years.",
    "number": "Write plain numbers, such as 3.5.",
    "postcode": "Write whole postcodes, such as LS1 4AP.",
    "icd10": "Write ICD-10 codes, such as I21.4 or I214.",
    "ethnicity": "Use the codes A to Z of the NHS Data Dictionary, or the words of the census.",
}


def _check_widths(widths: Sequence[int]) -> None:
    if not widths or min(widths) < 1:
        raise BadInput("the widths of bands are whole numbers from 1 up", todo="For example --widths 5,10,20.")
    for narrow, wide in pairwise(widths):
        if wide <= narrow or wide % narrow:
            raise BadInput(f"bands of {narrow} do not fit into bands of {wide}", todo="Make each a multiple.")


def _bands(value: str, widths: tuple[int, ...], top: float | None, *, whole: bool) -> tuple[str, ...]:
    """Bands of each width; of numbers with a fraction, 35-39 holds all from 35 up to, and not, 40."""
    try:
        number = float(value)
    except ValueError:
        return ()
    if (
        not isfinite(number)
        or (whole and (number != floor(number) or number < 0))
        or not re.match(r"[-+]?[0-9.]", value)
    ):
        return ()
    if top is not None and number >= top:
        return (f"{top:g}+",) * len(widths)
    starts = [floor(number / width) * width for width in widths]
    ends = [start + width - 1 for start, width in zip(starts, widths, strict=True)]
    capped = [end if top is None or end < top else floor(top) - 1 for end in ends]
    return tuple(
        f"{start} to {end}" if start < 0 else f"{start}-{end}" for start, end in zip(starts, capped, strict=True)
    )


def _date(value: str) -> tuple[str, ...]:
    """Month, quarter, year, ten years."""
    found = _DATE.fullmatch(value)
    try:
        day = dt.date.fromisoformat(found[1] if found else "")
    except ValueError:
        return ()
    year = f"{day.year:04}"
    return f"{year}-{day.month:02}", f"{year}-Q{(day.month + 2) // 3}", year, f"{year[:3]}0s"


def _postcode(value: str) -> tuple[str, ...]:
    """Unit, sector, district, area: LS1 4AP, LS1 4, LS1, LS."""
    found = _POSTCODE.fullmatch(re.sub(r"\s+", " ", value.upper()))
    if not found:
        return ()
    area, rest, sector = found.groups()
    return f"{area}{rest} {sector}", f"{area}{rest}", area


def _icd10(value: str) -> tuple[str, ...]:
    """Category (three characters), block, chapter: I21, I20-I25, IX."""
    found = _ICD10.fullmatch(value.upper())
    if not found or found[1] not in icd10_blocks():
        return ()
    return (found[1], *icd10_blocks()[found[1]])


def _ethnicity(value: str) -> tuple[str, ...]:
    """One of six groups: the five of the 2021 census, and not stated."""
    group = ethnic_groups().get(_plain(value))
    return (group,) if group else ()


@cache
def icd10_blocks() -> Mapping[str, tuple[str, str]]:
    """Each three-character category's block and chapter, both from the WHO's list of ICD-10."""
    placed: dict[str, tuple[str, str]] = {}
    for chapter, blocks in _data("icd10.toml")["chapters"].items():
        for block in blocks.split():
            for category in _categories(block):
                placed[category] = (block, chapter)
    return placed


def _categories(block: str) -> list[str]:
    """A00-A09 as A00, A01, … A09; X85-Y09 goes over two letters."""
    first, last = block.split("-")
    start, end = (100 * (ord(code[0]) - ord("A")) + int(code[1:]) for code in (first, last))
    return [f"{chr(ord('A') + at // 100)}{at % 100:02}" for at in range(start, end + 1)]


@cache
def ethnic_groups() -> Mapping[str, str]:
    """The group of each code of the NHS Data Dictionary and of each census title, in plain letters."""
    groups = _data("ethnicity.toml")["groups"]
    return {_plain(each): group for group, named in groups.items() for each in (*named["codes"], *named["titles"])}


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", words.lower()).split())


def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("openhaven.disclosure") / "data" / name).read_text(encoding="utf-8"))
