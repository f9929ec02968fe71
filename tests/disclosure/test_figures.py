"""Figures follow the counts they are made of; amounts do not give a contributor away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.disclosure.dominance import AmountRule, amount_rule_named
from openhaven.disclosure.figures import (
    directly_standardised,
    map_classes,
    percentage,
    rate,
    rate_interval,
    ratio,
    share_interval,
    standardised_rate,
    step_ends,
    survival,
)
from openhaven.disclosure.rules import HES_2018
from openhaven.model.errors import BadInput


def test_percentages_and_rates_come_from_what_prints() -> None:
    assert percentage("10", "40") == "25.0" and percentage("*", "40") == percentage("10", "*") == "*"
    assert percentage("0", "40") == "0.0" and percentage("40", "40", all_or_none=False) == "*"
    assert percentage("45", "40") == "100.0", "both were rounded"
    assert rate("10", 20_000) == "50.0" and rate("*", 20_000) == "*"
    assert [standardised_rate(5.25, events, shown="10") for events in (9, 10)] == ["*", "5.2"]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_every_survival_step_holds_more_than_few_events(events: list[int]) -> None:
    ends = step_ends(events, rule=HES_2018)
    starts = [0, *(end + 1 for end in ends)]
    held = [sum(events[start : end + 1]) for start, end in zip(starts, ends, strict=False)]
    assert all(count > HES_2018.small for count in held)
    assert not ends or sum(events) - sum(held) > HES_2018.small, "nor does a step end at the time of one of the last"
    assert bool(ends) or sum(events) <= 3 * HES_2018.small + 5


def test_survival_is_made_of_printed_counts_and_stops_where_one_is_hidden() -> None:
    assert survival(["10", "20"], ["10", "60"], at_risk="100") == ["0.900", "0.675"]
    assert survival(["10", "*", "10"], ["10", "60", "0"], at_risk="100") == ["0.900", "*", "*"]
    assert survival(["10"], ["10"], at_risk="*") == ["*"]
    assert survival(["20"], ["0"], at_risk="15") == ["0.000"], "both were rounded"


def test_intervals_ratios_and_standardised_rates_come_from_what_prints() -> None:
    low, high = share_interval("10", "40") or (0, 0)
    assert (round(low, 1), round(high, 1)) == (14.2, 40.2) and share_interval("*", "40") is None
    low, high = rate_interval("10", 100_000) or (0, 0)
    assert (round(low, 1), round(high, 1)) == (4.8, 18.4) and rate_interval("*", 1) is None
    assert rate_interval("0", 100_000) is not None
    assert ratio("10", "40") == "0.25" and ratio("*", "40") == ratio("10", "*") == ratio("10", "0") == "*"
    assert directly_standardised(["10", "20"], [100, 100], [3, 1]) == "12500.0"
    assert directly_standardised(["5", "4"], [100, 100], [1, 1]) == "*", "fewer than ten events"
    assert directly_standardised(["10", "*"], [100, 100], [1, 1]) == "*"


@given(st.lists(st.sampled_from(["*", "", "5", "10", "20", "35", "80"]), max_size=12), st.integers(2, 5))
def test_map_classes_are_ordered_and_bounded_by_printed_values(values: list[str], classes: int) -> None:
    found, ends = map_classes(values, classes)
    assert all((each == "*") == (value in ("*", "")) for each, value in zip(found, values, strict=True))
    assert len(ends) <= classes and {str(int(end)) for pair in ends for end in pair} <= set(values)
    pairs = [(float(value), int(each)) for value, each in zip(values, found, strict=True) if each != "*"]
    assert all(one[1] <= two[1] for one in pairs for two in pairs if one[0] <= two[0])


def test_p_percent_and_dominance_ask_for_room_above_the_cell() -> None:
    assert amount_rule_named("p-10").margin([100, 20, 4, 1]) == pytest.approx(5)
    assert amount_rule_named("p-10").margin([100, 20, 40, 30]) == 0
    assert amount_rule_named("dominance-2-80").margin([80, 10, 5, 5]) == pytest.approx(12.5)
    assert amount_rule_named("dominance-2-95").margin([80, 10, 5, 5]) == 0
    assert AmountRule("few").margin([100, 100]) == pytest.approx(10), "two know each other's"
    assert AmountRule("few").margin([0, 0], least=3) == 3 and AmountRule("few").margin([], least=3) == 0
    with pytest.raises(BadInput):
        amount_rule_named("p-0")
    with pytest.raises(BadInput):
        amount_rule_named("most")


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8), st.integers(1, 100))
def test_within_the_margin_the_second_cannot_tell_the_first(amounts: list[float], p: int) -> None:
    """Who gives second most takes away its own and all it knows: what is left bounds the first within p%."""
    ordered = sorted(amounts, reverse=True)
    margin = AmountRule("p", p=p, fewest=2).margin(amounts)
    second = ordered[1] if len(ordered) > 1 else 0.0
    tells_at_most = sum(ordered) + margin - second
    assert tells_at_most - ordered[0] >= p / 100 * ordered[0] - 1e-6
