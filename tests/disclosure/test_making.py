"""Hierarchies made for columns of a known kind."""

from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as some

from openhaven.disclosure.making import KINDS, ethnic_groups, icd10_blocks, make
from openhaven.model.errors import BadInput


def ladder(kind: str, value: str, **how: object) -> tuple[str, ...]:
    """One value, from level 0 up."""
    return tuple(level[0] for level in make("c", kind, [value], **how).levels)  # type: ignore[arg-type]


def test_a_date_becomes_month_quarter_year_and_ten_years() -> None:
    assert ladder("date", "2014-03-31") == ("2014-03-31", "2014-03", "2014-Q1", "2014", "2010s", "*")
    assert ladder("date", "1999-10-01T09:30:00Z")[2] == "1999-Q4"


def test_an_age_goes_into_wider_bands_and_one_open_band_at_the_top() -> None:
    assert ladder("age", "37") == ("37", "35-39", "30-39", "20-39", "*")
    assert ladder("age", "90") == ("90", "90+", "90+", "90+", "*")
    assert ladder("age", "85")[3] == "80-89"  # the band ends where the open one begins


def test_a_number_may_have_a_fraction_and_a_sign() -> None:
    assert ladder("number", "12.5", widths=(5, 10)) == ("12.5", "10-14", "10-19", "*")
    assert ladder("number", "-3", widths=(5, 10)) == ("-3", "-5 to -1", "-10 to -1", "*")


@given(some.integers(-1000, 1000), some.sampled_from([(2, 4, 8), (5, 10, 20), (7,)]))
def test_a_number_lies_within_each_of_its_bands(number: int, widths: tuple[int, ...]) -> None:
    for width, label in zip(widths, ladder("number", str(number), widths=widths)[1:], strict=False):
        start = floor(number / width) * width
        assert label in (f"{start}-{start + width - 1}", f"{start} to {start + width - 1}")


def test_a_postcode_becomes_sector_district_and_area() -> None:
    assert ladder("postcode", "SW1A 1AA") == ("SW1A 1AA", "SW1A 1", "SW1A", "SW", "*")
    assert ladder("postcode", "ls14ap") == ("ls14ap", "LS1 4", "LS1", "LS", "*")
    assert ladder("postcode", "M1 1AE")[1:] == ("M1 1", "M1", "M", "*")


@pytest.mark.parametrize(
    ("code", "category", "block", "chapter"),
    [
        ("I21.4", "I21", "I20-I25", "IX"),
        ("E119", "E11", "E10-E14", "IV"),
        ("C50", "C50", "C50-C50", "II"),
        ("D50.0", "D50", "D50-D53", "III"),
        ("H60", "H60", "H60-H62", "VIII"),
        ("Y05", "Y05", "X85-Y09", "XX"),
        ("I10X", "I10", "I10-I15", "IX"),
        ("U07.1", "U07", "U00-U49", "XXII"),
        ("G01X*", "G01", "G00-G09", "VI"),
    ],
)
def test_a_diagnosis_becomes_category_block_and_chapter(code: str, category: str, block: str, chapter: str) -> None:
    assert ladder("icd10", code) == (code, category, block, chapter, "*")


def test_blocks_do_not_overlap_and_fill_their_chapters() -> None:
    chapters = list(dict.fromkeys(chapter for _, chapter in icd10_blocks().values()))
    assert len(chapters) == 22 and chapters[0] == "I" and chapters[-1] == "XXII"
    blocks = {block for block, _ in icd10_blocks().values()}
    assert len(blocks) == 263
    assert sum(_width(block) for block in blocks) == len(icd10_blocks())  # no category lies in two


def _width(block: str) -> int:
    first, last = (100 * (ord(code[0]) - 65) + int(code[1:]) for code in block.split("-"))
    return last - first + 1


def test_ethnicity_becomes_one_of_six() -> None:
    assert set(ethnic_groups().values()) == {"Asian", "Black", "Mixed", "White", "Other", "Not stated"}
    codes = "A B C D E F G H J K L M N P R S Z".split()
    made = make("ethnicity", "ethnicity", codes)
    assert made.levels[1] == tuple(
        ["White"] * 3 + ["Mixed"] * 4 + ["Asian"] * 4 + ["Black"] * 3 + ["Asian", "Other", "Not stated"]
    )
    assert ladder("ethnicity", "White: Gypsy or Irish Traveller")[1] == "White"
    assert ladder("ethnicity", "Asian or Asian British - Chinese")[1] == "Asian"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("date", "01/03/2014"),
        ("date", "2014-13-01"),
        ("date", "2014-02-30"),
        ("age", "3.5"),
        ("age", "-1"),
        ("age", "forty"),
        ("number", "1,5"),
        ("number", "nan"),
        ("number", "inf"),
        ("postcode", "LS1"),
        ("postcode", "1LS 4AP"),
        ("icd10", "I04"),
        ("icd10", "heart"),
        ("ethnicity", "Q"),
    ],
)
def test_a_value_without_a_place_is_named(kind: str, value: str) -> None:
    good = {"date": "2014-03-01", "age": "3", "number": "1", "postcode": "LS1 4AP", "icd10": "I21", "ethnicity": "A"}
    with pytest.raises(BadInput, match=f"1 value.*{value}"):
        make("c", kind, [good[kind], value])


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_value_keeps_an_empty_label_until_the_last_level(kind: str) -> None:
    assert set(ladder(kind, "")[:-1]) == {""}


def test_widths_that_do_not_nest_and_unknown_kinds_are_refused() -> None:
    for widths in ((5, 12), (10, 5), (0,), ()):
        with pytest.raises(BadInput):
            make("age", "age", ["3"], widths=widths)
    with pytest.raises(BadInput, match="The kinds are"):
        make("age", "colour", ["3"])
    with pytest.raises(BadInput, match="no values"):
        make("age", "age", [])
