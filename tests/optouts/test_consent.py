"""Consent, person by person."""

import dataclasses
import datetime as dt

import pytest

from openhaven.optouts.consent import Age, Consent, GivenBy, NotCovered, consent_covers

GIVEN = Consent(
    "S001", "9990000018", dt.date(2024, 3, 1), "v2", ("diagnoses", "dates"), dt.date(2024, 3, 1), dt.date(2027, 2, 28)
)


GROWN = Age(dt.date(1960, 5, 17), 16)


def asked(consent=GIVEN, wordings=("v2", "v3"), items=("dates",), on=dt.date(2026, 11, 1), age=GROWN):
    return consent_covers(consent, wordings=wordings, items=items, on=on, age=age)


def test_consent_covers_what_was_agreed():
    assert asked() is None


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        (dt.date(2024, 2, 29), NotCovered.NOT_YET),
        (dt.date(2024, 3, 1), None),
        (dt.date(2027, 2, 28), None),
        (dt.date(2027, 3, 1), NotCovered.ENDED),
    ],
)
def test_the_term_includes_its_first_and_last_day(on, reason):
    assert asked(on=on) is reason


def test_consent_without_an_end_lasts():
    assert asked(dataclasses.replace(GIVEN, valid_to=None), on=dt.date(2090, 1, 1)) is None


def test_a_wording_that_does_not_cover_the_use_is_no_consent():
    assert asked(wordings=("v1",)) is NotCovered.WORDING
    assert asked(wordings=()) is NotCovered.WORDING


def test_one_item_too_many_is_no_consent():
    assert asked(items=("dates", "genome")) is NotCovered.ITEMS


def test_who_withdrew_is_out_from_that_day_and_the_withdrawal_is_named_first():
    withdrawn = dataclasses.replace(GIVEN, withdrawn_on=dt.date(2026, 11, 1), valid_to=dt.date(2026, 10, 1))
    assert asked(withdrawn) is NotCovered.WITHDRAWN
    assert asked(withdrawn, on=dt.date(2026, 9, 30)) is None


def test_consent_given_only_later_does_not_count():
    assert asked(dataclasses.replace(GIVEN, consented_on=dt.date(2026, 12, 1))) is NotCovered.NOT_YET


def test_a_term_that_ends_before_it_starts_cannot_be_made():
    with pytest.raises(ValueError, match="before it is valid from"):
        dataclasses.replace(GIVEN, valid_to=dt.date(2020, 1, 1))


class TestWhoAgreed:
    """A parent until the person is old enough; an attorney or deputy; never a consultee."""

    BORN = dt.date(2010, 11, 2)

    def said(self, given_by, *, on, consented_on=dt.date(2024, 3, 1)):
        given = dataclasses.replace(GIVEN, given_by=given_by, consented_on=consented_on)
        return asked(given, on=on, age=Age(self.BORN, 16))

    def test_a_parents_consent_ends_on_the_birthday(self):
        assert self.said(GivenBy.PARENT, on=dt.date(2026, 11, 1)) is None
        assert self.said(GivenBy.PARENT, on=dt.date(2026, 11, 2)) is NotCovered.OUTGROWN

    def test_the_age_is_the_one_that_was_decided(self):
        given = dataclasses.replace(GIVEN, given_by=GivenBy.PARENT)
        assert asked(given, age=Age(self.BORN, 13)) is NotCovered.OUTGROWN

    def test_a_child_agrees_where_it_was_found_able_to(self):
        assert self.said(GivenBy.CHILD, on=dt.date(2026, 11, 1)) is None
        assert self.said(GivenBy.PERSON, on=dt.date(2026, 11, 1)) is NotCovered.TOO_YOUNG

    def test_the_person_agrees_once_old_enough(self):
        assert self.said(GivenBy.PERSON, on=dt.date(2026, 11, 2), consented_on=dt.date(2026, 11, 2)) is None

    def test_an_attorney_or_deputy_agrees_for_an_adult(self):
        assert asked(dataclasses.replace(GIVEN, given_by=GivenBy.PROXY)) is None

    def test_a_consultees_advice_is_not_consent(self):
        assert asked(dataclasses.replace(GIVEN, given_by=GivenBy.CONSULTEE)) is NotCovered.ADVICE

    def test_who_was_born_on_29_february_is_old_enough_on_1_march(self):
        leap = Age(dt.date(2008, 2, 29), 13)
        assert not leap.old_enough(dt.date(2021, 2, 28))
        assert leap.old_enough(dt.date(2021, 3, 1))
