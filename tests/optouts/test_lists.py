"""What an opt-out list lets flow, and when it is refused."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.errors import BadInput
from openhaven.optouts.lists import Answer, ObjectorList, Sense, Source, is_fresh, who_flows
from openhaven.optouts.numbers import Numbers

ASKED_AT = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
A, B, C, D, E = "9990000018", "9990000026", "9990000034", "9990000042", "9990000050"

numbers = st.sets(st.integers(9990000000, 9990000040).map(str), max_size=20)


def answer(asked, returned, most_removed=1.0):
    return Answer("q1", Numbers.of(asked), Numbers.of(returned), ASKED_AT, most_removed)


def objecting(*objectors):
    return ObjectorList("t1", Source.TYPE_1, Numbers.of(objectors), ASKED_AT, controller="practice-1")


def test_only_who_came_back_flows():
    given_back = answer([A, B, C], [A, C])
    assert set(who_flows(Numbers.of([A, B, C]), given_back)) == {A, C}
    assert (given_back.removed, given_back.sense) == (1, Sense.MAY_FLOW)


def test_a_number_not_asked_about_does_not_flow():
    assert set(who_flows(Numbers.of([A, D]), answer([A, B], [A, B]))) == {A}


def test_who_objects_does_not_flow_and_everyone_else_does():
    given_list = objecting(B)
    assert set(who_flows(Numbers.of([A, B, C]), given_list)) == {A, C}
    assert given_list.sense is Sense.OBJECTS


def test_an_answer_that_is_not_part_of_the_question_is_refused():
    with pytest.raises(BadInput, match="1 of the numbers returned were never asked about"):
        answer([A, B], [A, C])


def test_an_empty_answer_to_a_question_is_refused():
    with pytest.raises(BadInput, match="answer q1: the answer is empty"):
        answer([A, B], [])


def test_an_empty_answer_to_an_empty_question_stands():
    assert len(who_flows(Numbers.of([A]), answer([], []))) == 0


def test_an_answer_that_removes_more_than_the_set_share_is_refused():
    with pytest.raises(BadInput, match=r"leaves out 2 of 4 people, more than the share of 0\.25"):
        answer([A, B, C, D], [A, B], most_removed=0.25)
    assert answer([A, B, C, D], [A, B, C], most_removed=0.25).removed == 1


@pytest.mark.parametrize(
    ("on", "fresh"),
    [
        (dt.date(2026, 11, 1), True),
        (dt.date(2026, 11, 22), True),
        (dt.date(2026, 11, 23), False),
        (dt.date(2026, 10, 31), False),
    ],
)
@pytest.mark.parametrize("made", [answer([A], [A]), objecting(A)])
def test_a_list_may_be_relied_on_for_21_days_and_not_before_it_was_made(made, on, fresh):
    assert is_fresh(made, on=on) is fresh
    if not fresh:
        with pytest.raises(BadInput, match=r"days old|which is after"):
            made.check_fresh(on=on)


def test_the_days_a_list_may_be_relied_on_are_a_setting():
    assert not is_fresh(objecting(A), on=dt.date(2026, 11, 9), max_age_days=7)


def test_an_hour_past_midnight_in_summer_makes_a_list_older_not_younger():
    late = ObjectorList("n", Source.NATIONAL, Numbers.of([A]), dt.datetime(2026, 7, 1, 23, 30, tzinfo=dt.UTC))
    assert is_fresh(late, on=dt.date(2026, 7, 22)) and not is_fresh(late, on=dt.date(2026, 7, 23))


def test_an_instant_without_a_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        Answer("q", Numbers.of([A]), Numbers.of([A]), dt.datetime(2026, 11, 1))


@pytest.mark.parametrize(("source", "controller"), [(Source.TYPE_1, ""), (Source.NATIONAL, "practice-1")])
def test_a_type_1_list_belongs_to_one_controller_and_a_national_one_to_none(source, controller):
    with pytest.raises(ValueError, match="belongs to one controller"):
        ObjectorList("l", source, Numbers.of([A]), ASKED_AT, controller)


@given(people=numbers, asked=numbers, kept=numbers)
def test_an_answer_lets_flow_what_sets_say(people, asked, kept):
    back = asked & kept or asked
    assert set(who_flows(Numbers.of(people), answer(asked, back))) == people & back


@given(people=numbers, objectors=numbers, more=numbers)
def test_one_more_objection_never_lets_anyone_flow(people, objectors, more):
    before = set(who_flows(Numbers.of(people), objecting(*objectors)))
    assert before == people - objectors
    assert set(who_flows(Numbers.of(people), objecting(*objectors | more))) <= before


@given(left=numbers, right=numbers)
def test_numbers_are_sets(left, right):
    a, b = Numbers.of(left), Numbers.of(right)
    assert set(a.both(b)) == left & right and set(a.without(b)) == left - right
    assert a.within(b) == (left <= right) and (a == b) == (left == right) and (a.digest == b.digest) == (left == right)
    assert all(one in a for one in left) and not any(one in a for one in right - left)
    assert len(a) == len(left)


@pytest.mark.parametrize("text", ["999000001", "99900000188", "999 000 0018", "999000001X", "٩٩٩٠٠٠٠٠١٨", ""])
def test_what_is_not_ten_digits_is_refused_and_not_printed(text):
    with pytest.raises(BadInput, match="entry 2 is not an NHS number") as refused:
        Numbers.of([A, text], where="list.csv")
    assert not text or text not in str(refused.value)


def test_numbers_keep_their_leading_zeros():
    assert list(Numbers.of(["0000000013"])) == ["0000000013"] and "0000000013" in Numbers.of(["0000000013"])


def test_numbers_out_of_order_cannot_be_made():
    import numpy as np

    with pytest.raises(ValueError, match="ascending"):
        Numbers(np.array([2, 1], dtype=np.int64))
    with pytest.raises(ValueError, match="ten digits"):
        Numbers(np.array([10**10], dtype=np.int64))
