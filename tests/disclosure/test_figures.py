"""Figures follow the counts they are made of; amounts do not give a contributor away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.disclosure.dominance import AmountRule, amount_rule_named
from openhaven.disclosure.figures import mean, percentage, percentile, rate, standardised_rate, steps
from openhaven.disclosure.rules import HES_2018, OPENSAFELY
from openhaven.model.errors import BadInput


def test_percentages_and_rates_come_from_what_prints() -> None:
    assert percentage("10", "40") == "25.0" and percentage("*", "40") == percentage("10", "*") == "*"
    assert percentage("0", "40") == "0.0" and percentage("40", "40", all_or_none=False) == "*"
    assert percentage("45", "40") == "100.0", "both were rounded"
    assert rate("10", 20_000) == "50.0" and rate("*", 20_000) == "*"
    assert [standardised_rate(5.25, events, shown="10") for events in (9, 10)] == ["*", "5.2"]


def test_a_mean_or_percentile_of_few_is_hidden_and_the_least_and_greatest_always() -> None:
    few, many = [1.0] * 7, [float(at) for at in range(101)]
    assert mean(few, shown="5", rule=HES_2018) == "*" and mean(many, shown="100", rule=HES_2018) == "50.0"
    assert mean(many, shown="*", rule=HES_2018) == "*"
    shown = [percentile(many, share, shown="100", rule=OPENSAFELY) for share in (0, 0.05, 0.1, 0.5, 1)]
    assert shown == ["*", "*", "10.0", "50.0", "*"]


@given(st.lists(st.integers(0, 5), max_size=40))
def test_every_survival_step_holds_more_than_few_events(events: list[int]) -> None:
    left = [sum(events[at:]) + 50 for at in range(len(events))]
    found = steps(left, events, rule=HES_2018)
    assert all(count > HES_2018.small for count, _ in found)
    assert sum(count for count, _ in found) in (sum(events), 0)


def test_p_percent_and_dominance_ask_for_room_above_the_cell() -> None:
    assert amount_rule_named("p-10").margin([100, 20, 4, 1]) == pytest.approx(5)
    assert amount_rule_named("p-10").margin([100, 20, 40, 30]) == 0
    assert amount_rule_named("dominance-2-80").margin([80, 10, 5, 5]) == pytest.approx(12.5)
    assert amount_rule_named("dominance-2-95").margin([80, 10, 5, 5]) == 0
    assert AmountRule("few").margin([100, 100]) == pytest.approx(10), "two know each other's"
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
