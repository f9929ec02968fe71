"""Every number setting has a range, and a value outside it is refused in plain words."""

from dataclasses import fields

import pytest

from openhaven.law.numbers import NUMBERS, check_chosen
from openhaven.model.errors import BadInput
from openhaven.model.ranges import RANGES
from openhaven.model.settings import settings_from

HAVEN = {"operator": "a", "origin": "b", "contact": "c"}


def settings(**sections):
    return settings_from({"format": 1, "haven": HAVEN, **sections}, where="haven.toml")


def numbers_of(settings_made):
    for section in ("engine", "policy", "optouts", "service"):
        for each in fields(getattr(settings_made, section)):
            if each.type in ("int", "float"):
                yield f"{section}.{each.name}"


def test_every_number_setting_has_a_range_and_its_default_lies_in_it():
    made = settings()
    assert set(numbers_of(made)) == set(RANGES)
    assert all(each.why for each in RANGES.values())


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_are_allowed_and_what_is_beyond_is_refused(name):
    section, key = name.split(".")
    whole = isinstance(getattr(getattr(settings(), section), key), int)
    for end in (RANGES[name].least, RANGES[name].most):
        settings(**{section: {key: int(end) if whole else end}})
    for beyond in (RANGES[name].least - 1, RANGES[name].most + 1):
        with pytest.raises(BadInput, match=rf"{key} is .*; it may be "):
            settings(**{section: {key: int(beyond) if whole else beyond}})


def test_an_answer_of_centuries_ago_is_not_fresh():
    with pytest.raises(BadInput, match=r"haven\.toml: .*optout_max_age_days is 99999; it may be 1 to 31 \(NDO-14"):
        settings(policy={"optout_max_age_days": 99999})


def test_a_number_of_the_law_is_chosen_within_ten_times_the_largest_it_had():
    for each in NUMBERS.values():
        if not each.chosen_by_id:
            continue
        for value in (1, each.most):
            check_chosen({each.id: value}, where="haven.toml")
        for value in (0, -1, each.most + 1):
            with pytest.raises(BadInput, match=f"it may be 1 to {each.most}"):
                check_chosen({each.id: value}, where="haven.toml")
