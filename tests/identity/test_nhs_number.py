"""NHS numbers: ten digits of which the last checks the others."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.identity import nhs_number

MADE_UP = ["9990000018", "9990000026", "9990000034", "9990000042"]
ANY_TEXT = st.lists(st.none() | st.text(max_size=12) | st.text("0123456789 -", max_size=13) | st.sampled_from(MADE_UP))


@pytest.mark.parametrize("number", [*MADE_UP, "9434765919"])
def test_a_number_with_the_right_check_digit_is_valid(number):
    assert nhs_number.is_valid(number)
    assert nhs_number.check_digit(number[:9]) == int(number[9])


def test_ten_is_no_digit_so_some_nine_have_no_check_digit():
    assert nhs_number.check_digit("999000000") is None
    assert not any(nhs_number.is_valid(f"999000000{last}") for last in range(10))


def test_about_one_in_eleven_bodies_have_no_check_digit():
    bodies = [f"{number:09d}" for number in range(999_000_000, 999_011_000)]
    assert sum(nhs_number.check_digit(body) is None for body in bodies) == 1000


@pytest.mark.parametrize("digit", "0123456789")
def test_ten_equal_digits_are_not_a_number(digit):
    assert not nhs_number.is_valid(digit * 10)


@pytest.mark.parametrize("text", ["", "999000001", "99900000188", "999000001x", "٩٩٩٠٠٠٠٠١٨", "9.99E+09", "+990000018"])
def test_all_else_is_not_a_number(text):
    assert not nhs_number.is_valid(text)
    assert nhs_number.clean(text) is None


@given(st.sampled_from(MADE_UP), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, more):
    wrong = str((int(number[place]) + more) % 10)
    assert not nhs_number.is_valid(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("written", ["999 000 0018", "999-000-0018", " 9990000018 "])
def test_spaces_and_hyphens_do_not_matter(written):
    assert nhs_number.clean(written) == "9990000018"
    assert not nhs_number.is_valid(written)


def test_the_999_range_is_for_demonstrations_only():
    assert nhs_number.issued("9990000018", demo=True)
    assert not nhs_number.issued("9990000018", demo=False)


def test_numbers_are_issued_from_4_6_and_7():
    issued = {
        first
        for first in "0123456789"
        if any(nhs_number.issued(f"{first}00000001{last}", demo=False) for last in range(10))
    }
    assert issued == {"4", "6", "7"}


def test_a_number_that_fails_its_check_is_not_issued():
    assert not nhs_number.issued("4000000000", demo=True)


def twin(values, function, otherwise):
    return [otherwise if value is None else function(value) for value in values]


@given(ANY_TEXT)
def test_a_column_is_read_like_its_values(values):
    column = pa.array(values, pa.string())
    assert nhs_number.valid_mask(column).tolist() == twin(values, nhs_number.is_valid, False)
    assert nhs_number.clean_array(column).to_pylist() == twin(values, nhs_number.clean, None)
    assert nhs_number.clean_array(column).type == pa.string()


@given(ANY_TEXT, st.booleans())
def test_the_ranges_of_a_column_are_read_like_its_values(values, demo):
    column = pa.chunked_array([pa.array(values, pa.string())])
    expected = twin(values, lambda value: nhs_number.issued(value, demo=demo), False)
    assert nhs_number.issued_mask(column, demo=demo).tolist() == expected


def test_a_slice_of_a_column_is_read_from_its_own_start():
    column = pa.array(["x", *MADE_UP, "y", None])
    assert nhs_number.valid_mask(column.slice(1, 4)).all()
    assert nhs_number.clean_array(column.slice(2, 5)).to_pylist() == [*MADE_UP[1:], None, None]


WRITTEN = st.sampled_from([lambda n: n, lambda n: f"{n[:3]} {n[3:6]} {n[6:]}", lambda n: f"{n[:3]}-{n[3:6]}-{n[6:]}"])


@given(st.lists(st.tuples(st.sampled_from(MADE_UP), WRITTEN, st.sampled_from([", ", "; ", "/", " and ", ".\n"]))))
def test_every_number_in_a_text_is_found_however_it_is_written(said):
    text = "see " + "".join(f"{write(number)}{after}" for number, write, after in said)
    assert nhs_number.numbers_within([text]) == {number for number, _, _ in said}


@pytest.mark.parametrize("text", ["X9990000018", "19990000018", "99900000180", "9990000019", "999  000 0018", ""])
def test_what_only_looks_like_a_number_is_none(text):
    assert nhs_number.numbers_within([text]) == set()
