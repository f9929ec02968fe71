"""The built-in lists are sound: codes well formed, names that need no escaping, sums that add up."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.demo.chance import draw_by_group, generators
from openhaven.demo.episodes import AGE_PROFILES, _diagnosis_weights, _procedure_weights
from openhaven.demo.lists import listing

# The check digit of SNOMED CT is Verhoeff's: a product and a permutation of the dihedral group of ten elements.
PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def product(left: int, right: int) -> int:
    """In the dihedral group of a pentagon: 0-4 are turns, 5-9 are reflections."""
    turned = (left + right) % 5 if left < 5 else (left - right) % 5
    return turned + 5 * ((left >= 5) != (right >= 5))


def verhoeff_holds(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = PERMUTATION[value]
        total = product(total, value)
    return total == 0


def test_the_verhoeff_reading_knows_a_good_number_from_a_bad_one() -> None:
    assert verhoeff_holds("2363") and not verhoeff_holds("2364") and not verhoeff_holds("3263")


def test_snomed_codes_pass_their_check_digit() -> None:
    codes = (*listing("snomed").texts("code"), "827241000000103", "827261000000102")
    assert [code for code in codes if not verhoeff_holds(code)] == []


@pytest.mark.parametrize("name", ["diagnoses", "snomed", "ages", "ethnicities", "areas", "heritages"])
def test_no_entry_stands_twice(name: str) -> None:
    first = next(iter(listing(name).columns.values()))
    assert len(set(first)) == len(first)


def test_codes_have_the_form_of_their_classification() -> None:
    assert all(re.fullmatch(r"[A-Z]\d\d(\.\d)?", code) for code in listing("diagnoses").texts("code"))
    assert all(re.fullmatch(r"[A-Z]\d\d\.\d", code) for code in listing("procedures").texts("code"))
    assert set(listing("diagnoses").texts("ages")) == set(AGE_PROFILES)


@pytest.mark.parametrize(("name", "column"), [("given_names", "name"), ("family_names", "name"), ("areas", "area")])
def test_names_need_no_escaping_in_csv_or_json(name: str, column: str) -> None:
    assert all(re.fullmatch(r"[^\W\d_][\w '’.-]*", value) for value in listing(name).texts(column))


def test_every_procedure_follows_some_diagnosis() -> None:
    codes = listing("diagnoses").texts("code")
    for code, after in zip(listing("procedures").texts("code"), listing("procedures").texts("after"), strict=True):
        assert all(prefix == "*" or any(each.startswith(prefix) for each in codes) for prefix in after.split()), code


def test_every_age_and_sex_has_diagnoses_and_every_diagnosis_may_go_without_procedure() -> None:
    assert bool((_diagnosis_weights().sum(axis=1) > 0).all())
    assert bool((_diagnosis_weights().sum(axis=0) > 0).all())
    assert bool((_procedure_weights() >= 0).all()) and np.allclose(_procedure_weights().sum(axis=1), 1)
    assert bool((_procedure_weights()[:, -1] > 0.2).all())


@given(
    weights=st.integers(1, 6).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([0.0, 0.0, 1e-6, 1.0, 50.0]), min_size=width, max_size=width).filter(any),
            min_size=1,
            max_size=5,
        )
    ),
    seed=st.integers(0, 2**32),
)
def test_a_draw_falls_only_where_there_is_weight(weights: list[list[float]], seed: int) -> None:
    rng = generators(seed, ["any"])["any"]
    group = np.arange(200) % len(weights)
    drawn = draw_by_group(rng, group, weights=np.array(weights))
    assert all(weights[row][choice] > 0 for row, choice in zip(group, drawn, strict=True))


def test_draws_come_in_proportion_to_their_weights() -> None:
    rng = generators(5, ["any"])["any"]
    drawn = draw_by_group(rng, np.repeat([0, 1], 20_000), weights=np.array([[1.0, 3.0, 0.0], [0.0, 1.0, 1.0]]))
    assert abs((drawn[:20_000] == 1).mean() - 0.75) < 0.02 and abs((drawn[20_000:] == 2).mean() - 0.5) < 0.02
