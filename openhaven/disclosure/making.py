"""Hierarchies made for columns of a known kind: dates, ages, numbers, postcodes, ICD-10 codes, ethnicity.

Each kind names the value that it cannot place: a hierarchy that misses a value is never made. An empty value keeps
an empty label until the last level, `*`.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import ceil, floor, isfinite
from typing import Any

from openhaven.disclosure.hierarchy import ALL, Hierarchy
from openhaven.model.errors import BadInput
from openhaven.model.precision import OLDEST, TOP_AGE

KINDS = ("date", "age", "number", "postcode", "icd10", "ethnicity")
WIDTHS = (5, 10, 20)
Climb = Callable[[str], tuple[str, ...]]

_OUTWARD = "[0-9]|[0-9]{2}|(?<=^[A-Z])[0-9][A-HJKPSTUW]|(?<=^[A-Z]{2})[0-9][ABEHMNPRVWXY]"
_POSTCODE = re.compile(
    rf"(?!ZZ)([A-Z]{{1,2}})({_OUTWARD}) ?([0-9][ABD-HJLNP-UW-Z]{{2}})"
)  # no C, I, K, M, O, V at the end
_NHS_POSTCODE = re.compile("(ZZ)(99) ?([0-9][A-Z]{2})")
_ALONE = re.compile("([A-Z]{3,4})() ?([0-9][A-Z]{2})")
_ICD10 = re.compile(r"([A-Z][0-9]{2})(?:\.?X{1,3}|\.?[0-9]{1,2}X{0,2})?(?:[-+*\u2020]|[DA])?")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)Z?)?")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_AGE = re.compile(r"[0-9]{1,3}(?:\.0*)?")


def make(
    column: str, kind: str, values: Sequence[str], *, widths: Sequence[int] = WIDTHS, top: float | None = None
) -> Hierarchy:
    """The hierarchy of these values. `widths` (of bands) and `top` (where the open band starts) are for age and number.

    Raises BadInput naming the values that have no place, and where widths do not nest.
    """
    climb = _climb(kind, tuple(widths), TOP_AGE if kind == "age" and top is None else top)
    if top is not None and not isfinite(top):
        raise BadInput(f"the open band starts at a number, not at {top}")
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
        read = _age if kind == "age" else _number
        return lambda value: _bands(read(value), widths, top)
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
    "date": "Write days that there are, as 2014-03-01.",
    "age": f"Ages are whole years, 0 to {OLDEST}; write codes (7001 to 7007 of hospital episodes) as 0 or as nothing.",
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


def _age(value: str) -> Fraction | None:
    return Fraction(value) if _AGE.fullmatch(value) and Fraction(value) <= OLDEST else None


def _number(value: str) -> Fraction | None:
    return Fraction(value) if _NUMBER.fullmatch(value) else None


def _bands(number: Fraction | None, widths: tuple[int, ...], top: float | None) -> tuple[str, ...]:
    """Bands of each width; of numbers with a fraction, 35-39 holds all from 35 up to, and not, 40."""
    if number is None:
        return ()
    if top is not None and number >= top:
        return (f"{floor(top) if top == floor(top) else top}+",) * len(widths)
    starts = [floor(number / width) * width for width in widths]
    ends = [start + width - 1 for start, width in zip(starts, widths, strict=True)]
    capped = [end if top is None or end < top else ceil(top) - 1 for end in ends]
    return tuple(
        f"{start} to {end}" if start < 0 else f"{start}-{end}" for start, end in zip(starts, capped, strict=True)
    )


def _date(value: str) -> tuple[str, ...]:
    """Month, quarter, year, ten years."""
    found = _DATE.fullmatch(value)
    try:
        day = dt.date.fromisoformat(found[1] if found else "")
        dt.time.fromisoformat((found[2] if found else None) or "00:00")
    except ValueError:
        return ()
    year = f"{day.year:04}"
    return f"{year}-{day.month:02}", f"{year}-Q{(day.month + 2) // 3}", year, f"{year[:3]}0s"


def _postcode(value: str) -> tuple[str, ...]:
    """Unit, sector, district, area: LS1 4AP, LS1 4, LS1, LS. What stands for no area (GIR 0AA, ZZ99 of the NHS,
    forces, territories) keeps to itself."""
    written = _upper(re.sub(r"\s+", " ", value))
    found = _NHS_POSTCODE.fullmatch(written) or _POSTCODE.fullmatch(written) or _ALONE.fullmatch(written)
    if not found or found[1] not in (postcode_areas() if found[2] else first_halves()):
        return ()
    area, rest, inward = found.groups()
    return f"{area}{rest} {inward[0]}", f"{area}{rest}", area


def _icd10(value: str) -> tuple[str, ...]:
    """Category (three characters), block, chapter: I21, I20-I25, IX. After the category may stand, with or without a
    dot, a fourth and a fifth character or X in their place, and dagger or asterisk (in hospital episodes D or A)."""
    found = _ICD10.fullmatch(_upper(value))
    if not found or found[1] not in icd10_blocks():
        return ()
    return (found[1], *icd10_blocks()[found[1]])


def _ethnicity(value: str) -> tuple[str, ...]:
    """One of six groups: the five of the 2021 census, and not stated."""
    group = ethnic_codes().get(_upper(value)) or ethnic_groups().get(_plain(value))
    return (group,) if group else ()


def _upper(value: str) -> str:
    """Letters that only look like those of a code (a dotless i) stay what they are."""
    return value.upper() if value.replace("\u2020", "").isascii() else ""


@cache
def postcode_areas() -> frozenset[str]:
    """The letters that a postcode can begin with."""
    found = _data("postcodes.toml")
    return frozenset((found["areas"] + " " + found["apart"]).split())


@cache
def first_halves() -> frozenset[str]:
    """First halves of postcodes that hold no number."""
    return frozenset(_data("postcodes.toml")["alone"].split())


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
def ethnic_codes() -> Mapping[str, str]:
    """The group of each code of the NHS Data Dictionary."""
    groups = _data("ethnicity.toml")["groups"]
    return {code: group for group, named in groups.items() for code in named["codes"]}


@cache
def ethnic_groups() -> Mapping[str, str]:
    """The group of each census title, in plain letters."""
    groups = _data("ethnicity.toml")["groups"]
    return {_plain(title): group for group, named in groups.items() for title in named["titles"]}


def _plain(words: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", words.lower()).split())


def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads((files("openhaven.disclosure") / "data" / name).read_text(encoding="utf-8"))
