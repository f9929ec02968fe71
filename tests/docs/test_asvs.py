"""The list by OWASP ASVS 5.0 leaves no number out, and every test that it names is there."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from make_reference import asvs_page
from making.asvs import items, level_3, order

from .pages import ROOT

LEVELS_1_AND_2 = 253
HELD = [(id, named) for id, (stands, words) in items().items() if stands == "held" for named in words[1:]]


def test_every_number_of_levels_1_and_2_stands_there_once() -> None:
    assert len(items()) == LEVELS_1_AND_2 and not set(items()) & set(level_3())


def test_the_numbers_of_every_section_are_without_a_gap() -> None:
    """With those of level 3 each section counts from 1, and each chapter too: a number left out would be seen."""
    sections = defaultdict(set)
    for id in [*items(), *level_3()]:
        chapter, section, place = order(id)
        sections[chapter, section].add(place)
    for (chapter, section), places in sections.items():
        assert places == set(range(1, len(places) + 1)), f"{chapter}.{section}"
        assert section == 1 or (chapter, section - 1) in sections, f"{chapter}.{section}"
    assert {chapter for chapter, _ in sections} == set(range(1, 18))


@pytest.mark.parametrize(("id", "named"), HELD)
def test_every_test_that_is_named_is_there(id: str, named: str) -> None:
    file, name = named.split("::")
    names = re.findall(r"^def (test_\w+)", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert names and (name == "*" or name in names), id


def test_what_no_test_holds_has_a_reason_and_what_is_not_met_is_told() -> None:
    for id, (stands, words) in items().items():
        assert len(words) >= 2 and all(words), id
        assert stands == "held" or len(words) == 2, id
    assert "**not met**" in asvs_page()
