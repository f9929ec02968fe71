"""Hierarchies made for any values of a kind: a tree over every value, each value where the definition puts it, what is
covered counted one by one; and every value that is not of the kind refused by its name."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.making import KINDS, ethnic_codes, icd10_blocks, make, postcode_areas
from openhaven.model.errors import BadInput
from openhaven.tools.hierarchy import as_file

Path = tuple[str, ...]


def spaced(values: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    return some.tuples(some.sampled_from(["", " "]), values, some.sampled_from(["", "  "])).map("".join)


def by_day(value: str) -> Path:
    year, month, _ = (int(part) for part in value.strip()[:10].split("-"))
    return (
        f"{year:04}-{month:02}",
        f"{year:04}-Q{[1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4][month - 1]}",
        f"{year:04}",
        f"{year:04}"[:3] + "0s",
    )


def by_band(value: str, top: int | None) -> Path:
    """Whole numbers one after the other, until the band is found that holds the number."""
    number, found = Fraction(value.strip()), []
    for width in (5, 10, 20):
        low = 0
        while low > number:
            low -= width
        while low + width <= number:
            low += width
        last = low + width - 1
        if top is not None and last >= top:
            last = top - 1
        found.append(f"{low} to {last}" if low < 0 else f"{low}-{last}")
    return (f"{top}+",) * 3 if top is not None and number >= top else tuple(found)


def by_place(value: str) -> Path:
    """The last three characters are the second half, whatever stands before."""
    letters = "".join(value.upper().split())
    first = letters[:-3]
    return f"{first} {letters[-3]}", first, first.rstrip("0123456789") if first[-1].isdigit() else _area(first)


def _area(first: str) -> str:
    """Of a first half that ends in a letter (SW1A, W1A, GIR)."""
    return "".join(letter for letter in first[:2] if not letter.isdigit()) if first != "GIR" else first


def by_cause(value: str) -> Path:
    category = value.strip().upper()[:3]
    (found,) = {place for code, place in icd10_blocks().items() if code == category}
    low, high = found[0].split("-")
    assert low <= category <= high
    return category, *found


days = some.dates(date(1, 1, 1), date(9999, 12, 31)).map(str)
ages = some.one_of(some.integers(0, 130).map(str), some.integers(0, 130).map("{}.0".format))
numbers = some.one_of(
    some.integers(-300, 300).map(str),
    some.decimals(-300, 300, places=2).map(str),
    some.sampled_from(["1e2", ".5", "5.", "+7", "-0", "1.5E-3"]),
)
inward = some.tuples(some.integers(0, 9).map(str), *[some.sampled_from("ABDEFGHJLNPQRSTUWXYZ")] * 2).map("".join)
outward = some.one_of(
    some.tuples(some.sampled_from(sorted(postcode_areas() - {"ZZ"})), some.integers(0, 99).map(str)).map("".join),
    some.sampled_from(["SW1A", "W1A", "N1C", "EC1A", "E1W", "NW1W", "GIR", "ZZ99"]),
)
postcodes = some.tuples(outward, some.sampled_from(["", " ", "  "]), inward).map("".join)
causes = some.tuples(
    some.sampled_from(sorted(icd10_blocks())),
    some.sampled_from(["", "X", ".X", ".4", "4", ".40", "40X", ".4XX"]),
    some.sampled_from(["", "-", "*", "+", "\u2020", "D", "A"]),
).map("".join)
either_case = some.sampled_from([str.upper, str.lower])

VALUES: dict[str, tuple[some.SearchStrategy[str], Callable[[str], Path]]] = {
    "date": (days, by_day),
    "age": (ages, lambda value: by_band(value, 90)),
    "number": (numbers, lambda value: by_band(value, None)),
    "postcode": (some.tuples(either_case, postcodes).map(lambda two: two[0](two[1])), by_place),
    "icd10": (some.tuples(either_case, causes).map(lambda two: two[0](two[1])), by_cause),
    "ethnicity": (some.sampled_from(sorted(ethnic_codes())), lambda value: (ethnic_codes()[value.strip()],)),
}


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", KINDS)
@given(data=some.data())
def test_each_value_stands_where_its_kind_says(kind: str, data: some.DataObject) -> None:
    strategy, expected = VALUES[kind]
    values = data.draw(some.lists(spaced(strategy), min_size=1, max_size=25))
    made = make("c", kind, values)
    assert made.leaves == tuple(dict.fromkeys(values)) and set(made.levels[-1]) == {"*"}
    assert [made.leaves[at] for at in made.encode(values)] == values
    for at, leaf in enumerate(made.leaves):
        assert tuple(level[at] for level in made.levels[1:-1]) == expected(leaf)


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", KINDS)
@given(data=some.data())
def test_it_is_a_tree_and_counts_what_it_covers(kind: str, data: some.DataObject) -> None:
    values = data.draw(some.lists(some.one_of(VALUES[kind][0], some.sampled_from(["", " "])), min_size=2, max_size=25))
    made = make("c", kind, values)
    assert Hierarchy.from_text("c", as_file(made)) == made
    for below, above in zip(made.levels, made.levels[1:], strict=False):
        for one, label in enumerate(below):
            assert {above[other] for other, same in enumerate(below) if same == label} == {above[one]}
    for level, grouping in zip(made.levels, made.groupings, strict=True):
        for leaf, label in enumerate(level):
            covered = sum(1 for other in level if other == label)
            lost = grouping.loss[grouping.codes[leaf]]
            assert grouping.labels[grouping.codes[leaf]] == label
            assert lost == (covered - 1) / (len(made.leaves) - 1) if len(made.leaves) > 1 else lost in (0, 1)


@settings(max_examples=300, deadline=None)
@given(
    some.sampled_from(KINDS), some.one_of(some.text(max_size=9), some.from_regex(r"[A-Z0-9 .:*-]{1,9}", fullmatch=True))
)
def test_whatever_is_written_is_placed_or_named(kind: str, value: str) -> None:
    try:
        made = make("c", kind, [value])
    except BadInput as refused:
        assert repr(value) in str(refused)
    else:
        assert made.leaves == (value,)


WRONG = {
    "date": (
        "2014-02-29 1900-02-29 2100-02-29 0000-01-01 2014-00-10 2014-06-31 2014-3-1 20140301 2014-03 2014 "
        "01/03/2014 1-Mar-2014 March 14-03-01 2014-W09-6 2014-060 12014-03-01 41699 -2014-03-01 2014-03-01T25:00 "
        "2014-03-01T10:99 2014-03-01T::. 2014-03-01T 2014-03-01x 2014\u201303\u201301 \u0662\u0660\u0661\u0664-03-01"
    ),
    "age": "-1 3.5 131 999 7001 7007 1e1 1_0 ten 90+ 35-39 0x1F NaN inf 3\u0663 ++3 3.. <1 P30Y",
    "number": "1,5 1_000 nan inf -inf 1e9999 0x1F 3\u0663 1/3 12% £5 -- + . 1-2 1.2.3 True",
    "postcode": (
        "LS1 LS L LS14A LS1-4AP 1LS4AP LS14APP LS1444AP LSX14AP LS1O4AP LS1C4AP LS14CP LS14PV L\u01311 QQ11AA AA11AA "
        "ZZ984AA ZZ99 ZZ99ZZ9 GIR1AAA GIRO0AA XXX1ZZ BFPO12 IV1C1AA l\u017f14ap SW1I1AA W1I1AA 12345 unknown N/A"
    ),
    "icd10": (
        "I04 I2 I 121 I21.. I21.44.4 I21.4444 I21A4 I-21 21.4 II21 U50 U90 A29 Z14 heart I21.4? \u013121 I21\u2022 "
        "S72.001A 410.9 I21,I22 I21/I22 G01** XI21 R69.XXXX"
    ),
    "ethnicity": "I O Q T U V W Y AA A* 0 1 9 16 99.0 9 A? -A- \u0391 Klingon Whiteish A,B",
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, found in WRONG.items() for value in found.split()])
def test_what_is_not_of_the_kind_is_refused_by_its_name(kind: str, value: str) -> None:
    good = {"date": "2014-03-01", "age": "3", "number": "1", "postcode": "LS1 4AP", "icd10": "I21", "ethnicity": "A"}
    with pytest.raises(BadInput, match="1 value") as refused:
        make("c", kind, [good[kind], value, good[kind]])
    assert repr(value) in str(refused.value) and repr(good[kind]) not in str(refused.value)


RIGHT = [
    ("date", "1899-12-31", ("1899-12", "1899-Q4", "1899", "1890s")),
    ("date", "2000-02-29", ("2000-02", "2000-Q1", "2000", "2000s")),
    ("date", "0999-07-01", ("0999-07", "0999-Q3", "0999", "0990s")),
    ("date", "2014-03-01 23:59:59.123456", ("2014-03", "2014-Q1", "2014", "2010s")),
    ("age", "0", ("0-4", "0-9", "0-19")),
    ("age", "89", ("85-89", "80-89", "80-89")),
    ("age", "130", ("90+", "90+", "90+")),
    ("number", "9007199254740993", ("9007199254740990-9007199254740994", "9007199254740990-9007199254740999",
                                    "9007199254740980-9007199254740999")),
    ("postcode", "gir0aa", ("GIR 0", "GIR", "GIR")),
    ("postcode", "ZZ99 3VZ", ("ZZ99 3", "ZZ99", "ZZ")),
    ("postcode", "ZZ993CZ", ("ZZ99 3", "ZZ99", "ZZ")),
    ("postcode", "BF1 2AA", ("BF1 2", "BF1", "BF")),
    ("postcode", "FIQQ 1ZZ", ("FIQQ 1", "FIQQ", "FIQQ")),
    ("postcode", "GX11 1AA", ("GX11 1", "GX11", "GX")),
    ("postcode", "je2 3ab", ("JE2 3", "JE2", "JE")),
    ("postcode", "M11AE", ("M1 1", "M1", "M")),
    ("postcode", "W1A 0AX", ("W1A 0", "W1A", "W")),
    ("postcode", "B1   1AA", ("B1 1", "B1", "B")),
    ("postcode", "EC1V\u00a09HX", ("EC1V 9", "EC1V", "EC")),
    ("icd10", "A17.0\u2020", ("A17", "A15-A19", "I")),
    ("icd10", "A170D", ("A17", "A15-A19", "I")),
    ("icd10", "G01XA", ("G01", "G00-G09", "VI")),
    ("icd10", "i10.x", ("I10", "I10-I15", "IX")),
    ("icd10", "M16.10", ("M16", "M15-M19", "XIII")),
    ("icd10", "S7200", ("S72", "S70-S79", "XIX")),
    ("icd10", "R69XX", ("R69", "R50-R69", "XVIII")),
    ("icd10", "U07.2", ("U07", "U00-U49", "XXII")),
    ("icd10", "U83.7", ("U83", "U82-U85", "XXII")),
    ("icd10", "Y98", ("Y98", "Y90-Y98", "XX")),
    ("ethnicity", "99", ("Not stated",)),
    ("ethnicity", "z", ("Not stated",)),
    ("ethnicity", "R", ("Asian",)),
    ("ethnicity", "White and Black Caribbean", ("Mixed",)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "expected"), RIGHT)
def test_values_at_the_edges(kind: str, value: str, expected: Path) -> None:
    made = make("c", kind, [value])
    assert tuple(level[0] for level in made.levels) == (value, *expected, "*")


def test_the_eighteen_codes_of_ethnicity_become_six_groups() -> None:
    codes = [*"ABCDEFGHJKLMNPRSZ", "99"]
    assert len(codes) == 18 and len(set(make("c", "ethnicity", codes).levels[1])) == 6


@settings(max_examples=100, deadline=None)
@given(some.floats(-100, 100), some.floats(-120, 120))
def test_no_band_reaches_into_the_open_one(top: float, number: float) -> None:
    label = make("c", "number", [f"{number:.3f}"], widths=(5,), top=top).levels[1][0]
    value = Fraction(f"{number:.3f}")
    if value >= top:
        assert label.endswith("+")
    else:
        low, high = (int(part) for part in (label.split(" to ") if " to " in label else label.split("-")))
        assert low <= floor(value) <= high and high < top + 1


@pytest.mark.parametrize("top", [float("nan"), float("inf"), float("-inf")])
def test_an_open_band_starts_at_a_number(top: float) -> None:
    with pytest.raises(BadInput, match="open band"):
        make("c", "age", ["3"], top=top)
