"""The national body gives nothing out without naming a power (LAW-44), so whoever applies there is asked for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from openhaven.casework.answers import open_questions
from openhaven.casework.filling import application_of
from openhaven.casework.questions import BY_ID, asked
from openhaven.casework.reading import read
from openhaven.model.words import Power

from .offers import ANSWERS, OFFERED

NATIONAL = replace(OFFERED, national_body=True)


def test_it_is_asked_where_the_haven_is_the_national_body_and_nowhere_else() -> None:
    assert BY_ID["power"] in asked(NATIONAL, ANSWERS) and BY_ID["power"] not in asked(OFFERED, ANSWERS)
    assert [each.id for each in open_questions(NATIONAL, ANSWERS)] == ["power"]
    assert open_questions(OFFERED, ANSWERS) == ()


@pytest.mark.parametrize("power", Power)
def test_whichever_is_chosen_stands_in_the_application(power: Power) -> None:
    found = read(BY_ID["power"], {"power": [power.value]}, NATIONAL, ANSWERS)
    assert not found.wrong
    made = application_of({**ANSWERS, "power": found.answer}, NATIONAL, id="CASE-1", applicant="UNIVERSITY")
    assert made.power is power


@pytest.mark.parametrize("typed", [{}, {"power": [""]}, {"power": ["s262"]}, {"power": [p.value for p in Power]}])
def test_none_and_several_are_no_answer(typed) -> None:
    assert read(BY_ID["power"], typed, NATIONAL, ANSWERS).wrong
