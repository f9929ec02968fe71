"""Who objects by Type 1, from the coded events of a GP register."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.errors import BadInput
from openhaven.optouts.type1 import Events, Means, default_codes, objectors, read_codes

DISSENT, WITHDRAWAL, OTHER = "827241000000103", "827261000000102", "881561000000100"
ON = dt.date(2026, 11, 1)
A, B = "9990000018", "9990000026"


def day(n):
    return dt.date(2020, 1, 1) + dt.timedelta(days=n)


def found(*rows, codes=None):
    return set(objectors(Events.of(rows), on=ON, codes=codes))


def test_who_dissented_objects_and_who_did_not_does_not():
    assert found((A, DISSENT, day(1)), (B, OTHER, day(1))) == {A}


def test_the_latest_of_dissent_and_withdrawal_wins():
    assert found((A, DISSENT, day(1)), (A, WITHDRAWAL, day(2))) == set()
    assert found((A, WITHDRAWAL, day(2)), (A, DISSENT, day(3)), (A, DISSENT, day(1))) == {A}


def test_on_the_same_day_the_dissent_wins_whatever_the_order():
    assert found((A, DISSENT, day(1)), (A, WITHDRAWAL, day(1))) == {A}
    assert found((A, WITHDRAWAL, day(1)), (A, DISSENT, day(1))) == {A}


def test_a_dissent_without_a_day_stands_and_a_withdrawal_without_one_does_not_count():
    assert found((A, DISSENT, None), (A, WITHDRAWAL, day(9))) == {A}
    assert found((A, DISSENT, day(1)), (A, WITHDRAWAL, None)) == {A}


def test_a_withdrawal_dated_later_than_today_does_not_count_yet():
    assert found((A, DISSENT, day(1)), (A, WITHDRAWAL, ON + dt.timedelta(days=1))) == {A}


def test_type_2_codes_are_not_type_1():
    assert found((A, OTHER, day(1))) == set()


def test_an_installation_may_give_its_own_codes():
    mine = read_codes('[[code]]\ncode = "XaZ89"\nmeans = "dissent"\n', where="codes.toml")
    assert found((A, "XaZ89", day(1)), (B, DISSENT, day(1)), codes=mine) == {A}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[code]]\ncode = "X"\nmeans = "withdrawal"\n', "no code in the list means dissent"),
        ('[[code]]\ncode = "X"\nmeans = "maybe"\n', "maybe"),
        ('[[code]]\ncode = "X"\nmeans = "dissent"\n[[code]]\ncode = "X"\nmeans = "withdrawal"\n', "twice"),
        ("codes = 1", "codes"),
    ],
)
def test_a_code_list_that_cannot_work_is_refused(text, says):
    with pytest.raises(BadInput, match=says):
        read_codes(text, where="codes.toml")


def test_the_codes_that_ship_say_which_of_them_was_confirmed():
    listed = {code.means: code for code in default_codes().code}
    assert (listed[Means.DISSENT].code, listed[Means.DISSENT].verified) == (DISSENT, "seen")
    assert (listed[Means.WITHDRAWAL].code, listed[Means.WITHDRAWAL].verified) == (WITHDRAWAL, "not seen")


def test_an_event_without_a_number_of_ten_digits_is_refused():
    with pytest.raises(BadInput, match="event 1"):
        Events.of([("999", DISSENT, day(1))])


def slowly(rows):
    """The rule read aloud, person by person."""
    answer = set()
    for person in {number for number, _, _ in rows}:
        mine = [(code, on) for number, code, on in rows if number == person]
        dissents = [on or dt.date.max for code, on in mine if code == DISSENT]
        withdrawals = [on for code, on in mine if code == WITHDRAWAL and on is not None and on <= ON]
        if dissents and not any(each > max(dissents) for each in withdrawals):
            answer.add(person)
    return answer


events = st.lists(
    st.tuples(
        st.sampled_from([A, B, "9990000034"]),
        st.sampled_from([DISSENT, WITHDRAWAL, OTHER]),
        st.none() | st.integers(0, 5).map(day) | st.just(ON + dt.timedelta(days=3)),
    )
)


@given(events)
def test_the_quick_way_agrees_with_the_rule_read_aloud(rows):
    assert found(*rows) == slowly(rows)


@given(events, st.randoms())
def test_the_order_of_events_in_the_file_changes_nothing(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert found(*shuffled) == found(*rows)
