"""How long somebody may act for another: the evidence, the reviews at 13 and 16, and a life."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.casework.asking import DEAD, PROXIES, Deed, Tie, Who
from openhaven.casework.proxies import EVIDENCE, Proxy, deeds_of, last_day, review_due, reviews, tie_of
from openhaven.model.errors import BadInput

BORN = dt.date(2014, 2, 28)
SINCE, UNTIL = dt.date(2020, 1, 1), dt.date(2040, 1, 1)
PARENT = Proxy(Who.PARENT, SINCE, UNTIL, born=BORN)


def parent(**more) -> Proxy:
    return Proxy(Who.PARENT, SINCE, UNTIL, **{"born": BORN, **more})


@pytest.mark.parametrize(
    ("on", "reviewed", "tie"),
    [
        (dt.date(2027, 2, 27), None, Tie.ACTS),
        (dt.date(2027, 2, 28), None, Tie.LAPSED),  # 13
        (dt.date(2027, 2, 28), dt.date(2027, 2, 28), Tie.ACTS),
        (dt.date(2030, 2, 27), dt.date(2027, 3, 1), Tie.ACTS),
        (dt.date(2030, 2, 28), dt.date(2027, 3, 1), Tie.LAPSED),  # 16
        (dt.date(2030, 2, 28), dt.date(2027, 2, 27), Tie.LAPSED),  # looked at a day before 13: that is no review
        (dt.date(2032, 2, 27), dt.date(2030, 3, 1), Tie.ACTS),
        (dt.date(2032, 2, 28), dt.date(2032, 2, 28), Tie.LAPSED),  # 18: no review helps
    ],
)
def test_parents_are_looked_at_again_at_13_and_16_and_end_at_18(on, reviewed, tie) -> None:
    assert tie_of(parent(reviewed=reviewed), on=on) is tie


def test_the_second_age_is_to_be_confirmed_and_can_be_chosen() -> None:
    assert reviews(PARENT) == (dt.date(2027, 2, 28), dt.date(2030, 2, 28))
    chosen = {"proxy-review-age-second": 15, "proxy-review-age-first": 5}
    assert reviews(PARENT, chosen=chosen) == (dt.date(2027, 2, 28), dt.date(2029, 2, 28)), "13 was read at the source"


def test_a_child_of_14_whose_parent_is_first_recorded_then_needs_no_review_before_16() -> None:
    late = Proxy(Who.PARENT, dt.date(2028, 3, 1), UNTIL, born=BORN)
    assert review_due(late, on=dt.date(2030, 2, 27)) is None
    assert review_due(late, on=dt.date(2030, 2, 28)) == dt.date(2030, 2, 28)


def test_what_acts_for_the_living_ends_with_their_life_and_for_the_dead_begins_there() -> None:
    attorney = Proxy(Who.ATTORNEY, SINCE, UNTIL)
    died = dt.date(2026, 5, 1)
    assert tie_of(attorney, on=died - dt.timedelta(days=1), deaths=[died]) is Tie.ACTS
    assert tie_of(attorney, on=died, deaths=[died]) is Tie.LAPSED
    executor = Proxy(Who.REPRESENTATIVE, SINCE, UNTIL, died=died)
    assert tie_of(executor, on=died, deaths=[died]) is Tie.ACTS
    assert tie_of(executor, on=died - dt.timedelta(days=1)) is Tie.LAPSED


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": Who.PARENT},
        {"who": Who.ATTORNEY, "born": BORN},
        {"who": Who.REPRESENTATIVE},
        {"who": Who.ATTORNEY, "died": BORN},
        {"who": Who.PERSON},
        {"who": Who.OFFICER},
        {"who": Who.CHOSEN},
        {"who": Who.CHOSEN, "deeds": frozenset({Deed.OBJECT})},
        {"who": Who.ATTORNEY, "until": SINCE - dt.timedelta(days=1)},
    ],
)
def test_what_does_not_fit_is_refused(wrong) -> None:
    with pytest.raises(BadInput):
        Proxy(**{"since": SINCE, "until": UNTIL, **wrong})


@given(
    who=st.sampled_from(sorted(PROXIES - DEAD - {Who.PARENT, Who.CHOSEN})),
    until=st.dates(SINCE, UNTIL),
    ended=st.none() | st.dates(SINCE, UNTIL),
)
def test_once_it_has_lapsed_no_later_day_brings_it_back(who, until, ended) -> None:
    proxy = Proxy(who, SINCE, until, ended=ended)
    days = [SINCE + dt.timedelta(days=50 * each) for each in range(160)]
    ties = [tie_of(proxy, on=day) for day in days]
    assert not any(one is Tie.LAPSED and other is Tie.ACTS for one, other in pairwise(ties))
    assert all(tie is Tie.LAPSED for tie, day in zip(ties, days, strict=True) if day > last_day(proxy))


def test_each_kind_names_its_evidence_and_what_it_may_be_given() -> None:
    assert set(EVIDENCE) == PROXIES and all(deeds_of(each) for each in PROXIES)
