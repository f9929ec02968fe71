"""Tables of counts: the rules as published, and an attacker who must not get through."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.audit import audit
from openhaven.disclosure.protection import protect, publish
from openhaven.disclosure.rules import HES_2013, HES_2018, LARGEST, Rule, rule_named, threshold
from openhaven.disclosure.tables import Table, cells_of, count_by, from_cells
from openhaven.model.errors import BadInput
from tests.disclosure.small_tables import from_parts, infer

RULES = [HES_2018, HES_2013, threshold(5), threshold(10)]


def table(parts: list[list[int]] | list[int], unit: str = "rows") -> Table:
    shape = np.array(parts).shape
    return from_parts(
        unit,
        "ab"[: len(shape)],
        [[f"{'ab'[i]}{n}" for n in range(size)] for i, size in enumerate(shape)],
        np.array(parts),
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0"),
        (1, "*"),
        (2, "*"),
        (5, "*"),
        (7, "*"),
        (8, "10"),
        (16, "15"),
        (57, "55"),
        (10023, "10025"),
        (LARGEST, "100000000"),
    ],
)
def test_hes_2018_prints_counts_as_its_published_vectors_do(count: int, shown: str) -> None:
    assert HES_2018.show(count) == shown


@pytest.mark.parametrize("count", [-1, LARGEST + 1, 2.0, "3", True, None])
def test_what_is_not_a_count_is_refused(count: object) -> None:
    with pytest.raises(BadInput):
        HES_2018.show(count)  # type: ignore[arg-type]


def test_older_and_threshold_rules_print_exact_counts() -> None:
    assert [HES_2013.show(count) for count in (0, 1, 5, 6, 57)] == ["0", "*", "*", "6", "57"]
    assert [rule_named("threshold-10").show(count) for count in (0, 9, 10, 11)] == ["0", "*", "10", "11"]


def test_national_totals_print_exactly_only_where_the_rule_exempts_them() -> None:
    assert HES_2018.show(3, exact=True) == "3"
    assert HES_2013.show(3, exact=True) == "*"


@pytest.mark.parametrize("name", ["HES-1999", "threshold-", "threshold-0", "threshold-3", "threshold-x", ""])
def test_unknown_and_useless_rules_are_refused(name: str) -> None:
    with pytest.raises(BadInput):
        rule_named(name)


def test_every_rule_says_whose_policy_it_is_and_what_it_rests_on() -> None:
    for rule in RULES:
        assert rule.status == "policy of this installation" and rule.citation


@given(st.sampled_from(RULES), st.integers(0, 5000))
def test_a_printed_count_could_be_the_true_one(rule: Rule, count: int) -> None:
    low, high = rule.possible(rule.show(count))
    assert low <= count <= high
    assert all(rule.show(other) == rule.show(count) for other in range(low, high + 1))
    assert rule.show(high + 1) != rule.show(count)
    assert low == 0 or rule.show(low - 1) != rule.show(count)


def test_one_hidden_cell_beside_an_exact_total_is_exposed() -> None:
    [exposure] = audit([publish(table([12, 3, 20]), HES_2013)])
    assert (exposure.cell, exposure.low, exposure.high) == ((1,), 3, 3)


def test_rounding_leaves_room_but_not_always_enough() -> None:
    assert audit([publish(table([12, 3, 20]), HES_2018)]) == []
    exposed = audit([publish(table([7, 7, 0]), HES_2018)])  # the total prints as 15: at least 13, so 6 or 7 each
    assert {(each.low, each.high) for each in exposed} == {(6, 7)}


def test_a_group_seen_to_be_all_alike_is_exposed() -> None:
    [exposure] = audit([publish(table([[0, 4, 0], [9, 8, 30], [20, 50, 60]]), HES_2018)])
    assert exposure.cell == (0, 1)
    assert "all of its total" in exposure.why


def test_a_cell_that_only_all_equations_together_determine_is_found() -> None:
    """Two hidden in every line, and yet rows 1 and 2 less columns 1 and 2 give the cell at (1, 2)."""
    hidden = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=bool)
    counts = np.where(hidden, 50, 20)
    counts[1, 2] = 4
    second = np.zeros((5, 5), dtype=bool)
    second[:4, :4] = hidden
    second[1, 2] = False
    [exposure] = audit([publish(table(counts.tolist()), threshold(6), second=second)])
    assert (exposure.cell, exposure.low, exposure.high) == ((1, 2), 4, 4)


def test_people_are_never_more_than_rows_and_the_attacker_knows() -> None:
    labels = [["x", "y"]]
    rows = from_cells("rows", ["a"], {("x",): 9, ("y",): 40, (None,): 49}, labels=labels)
    people = from_cells("people", ["a"], {("x",): 6, ("y",): 12, (None,): 15}, labels=labels)
    alone = infer([publish(people, threshold(8))])[0]
    assert (alone.low[0], alone.high[0]) == (3, 7)
    small_rows = from_cells("rows", ["a"], {("x",): 4, ("y",): 40, (None,): 44}, labels=labels)
    few = from_cells("people", ["a"], {("x",): 3, ("y",): 13, (None,): 15}, labels=labels)
    both = infer([publish(few, threshold(8)), publish(small_rows, threshold(8))], people_of=[(0, 1)])
    assert both[0].high[0] == 4
    assert protect([people, rows], threshold(8), people_of=[(0, 1)]).second == (0, 2), "9 rows of 6 people, and 40"
    assert protect([few, small_rows], threshold(8), people_of=[(0, 1)]).second[1] > 0


def test_rows_of_nobody_known_do_not_set_people_and_rows_against_each_other() -> None:
    """Two of the rows at y name no person. Whoever took it that rows mean people would find that nothing fits."""
    labels = [["x", "y", "z"]]
    rows = from_cells("rows", ["a"], {("x",): 30, ("y",): 2, ("z",): 44, (None,): 76}, labels=labels)
    people = from_cells("people", ["a"], {("x",): 20, ("y",): 0, ("z",): 13, (None,): 25}, labels=labels)
    result = protect([people, rows], HES_2018, people_of=[(0, 1)])
    assert result.second == (0, 0) and result.tables[0].nobody_known
    for bound, made in zip(infer(result.tables, people_of=[(0, 1)]), (people, rows), strict=True):
        assert (bound.low <= made.counts).all() and (made.counts <= bound.high).all()
    with pytest.raises(BadInput, match="no people fit"):
        audit([replace(result.tables[0], nobody_known=False), result.tables[1]], people_of=[(0, 1)])


def test_people_and_rows_that_cannot_belong_together_are_refused() -> None:
    with pytest.raises(BadInput, match="more people than rows"):
        protect([table([5, 20], "people"), table([4, 20])], HES_2018, people_of=[(0, 1)])
    with pytest.raises(BadInput, match="same cells"):
        protect([table([5, 20], "people"), table([5, 20, 1])], HES_2018, people_of=[(0, 1)])


@st.composite
def small_tables(draw: st.DrawFn) -> Table:
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    count = st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 200))
    size = int(np.prod(shape))
    parts = np.array(draw(st.lists(count, min_size=size, max_size=size))).reshape(shape)
    return from_parts(
        "rows", [f"c{i}" for i in range(len(shape))], [[str(n) for n in range(size)] for size in shape], parts
    )


@settings(max_examples=20, deadline=None)
@given(small_tables(), st.sampled_from(RULES))
def test_protected_tables_pass_the_audit_and_print_nothing_false(made: Table, rule: Rule) -> None:
    [published] = protect([made], rule).tables
    assert audit([published]) == []
    for count, text in zip(made.counts.flat, published.shown, strict=True):
        assert text in ("*", rule.show(int(count)))
        assert not (rule.is_small(int(count)) and text != "*")


@settings(max_examples=100, deadline=None)
@given(small_tables(), st.sampled_from(RULES), st.data())
def test_the_bounds_always_hold_the_truth(made: Table, rule: Rule, data: st.DataObject) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=made.counts.size, max_size=made.counts.size))
    [bound] = infer([publish(made, rule, second=np.array(flags).reshape(made.counts.shape))])
    assert (bound.low <= made.counts).all() and (made.counts <= bound.high).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=3), st.sampled_from([HES_2018, threshold(4)]), st.data())
def test_the_attackers_bounds_are_those_of_trying_every_table(
    counts: list[int], rule: Rule, data: st.DataObject
) -> None:
    """On one line nothing narrower can be told than by listing every table that would print so."""
    made = table(counts)
    second = np.array(data.draw(st.lists(st.booleans(), min_size=len(counts) + 1, max_size=len(counts) + 1)))
    published = publish(made, rule, second=second & ~np.array([rule.is_small(int(c)) for c in made.counts]))
    hidden = published.hidden & ~published.small
    ranges = [(0, 30) if hidden[i] else rule.possible(published.shown[i]) for i in range(len(counts))]
    total = (0, LARGEST) if hidden[-1] else rule.possible(published.shown[-1])
    fits = [
        parts
        for parts in product(*(range(low, high + 1) for low, high in ranges))
        if total[0] <= sum(parts) <= total[1]
    ]
    [bound] = infer([published])
    for place in range(len(counts)):
        assert bound.low[place] == min(parts[place] for parts in fits)
        assert bound.high[place] >= max(parts[place] for parts in fits)
        if bound.high[place] <= 30:
            assert bound.high[place] == max(parts[place] for parts in fits)


Events = list[tuple[int, int, int]]
events_of_people = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=60)


def cubes(events: Events, *, unknown: set[int]) -> tuple[Table, Table]:
    """Events of (person, a, b) by a and b, counted one by one: people, without the unknown ones, and rows."""
    cells_rows: dict[tuple[str | None, ...], int] = {}
    cells_people: dict[tuple[str | None, ...], int] = {}
    for a, b in product((None, 0, 1, 2), (None, 0, 1, 2, 3)):
        inside = [who for who, *at in events if all(want in (None, got) for want, got in zip((a, b), at, strict=True))]
        key = (None if a is None else str(a), None if b is None else str(b))
        cells_rows[key], cells_people[key] = len(inside), len(set(inside) - unknown)
    rows = from_cells("rows", ["a", "b"], cells_rows)
    return from_cells("people", ["a", "b"], cells_people, labels=rows.labels), rows


@settings(max_examples=100, deadline=None)
@given(events_of_people)
def test_people_are_counted_once_in_each_total(events: Events) -> None:
    people, rows = cubes(events, unknown=set())
    who, *at = np.array(events).T
    labels = [["0", "1", "2"], ["0", "1", "2", "3"]]
    for made, person in ((rows, None), (people, who)):
        counted = count_by("ab", labels, np.stack(at, axis=1), person=person)
        for cell in cells_of(made):
            place = [(*each, "Total").index(label) for each, label in zip(labels, made.name(cell), strict=True)]
            assert counted.counts[tuple(place)] == made.counts[cell]


@settings(max_examples=20, deadline=None)
@given(events_of_people, st.sampled_from([set(), {0}, {0, 1, 2}]), st.sampled_from(RULES))
def test_rows_and_people_leave_together(events: Events, unknown: set[int], rule: Rule) -> None:
    """Some rows may name no person that is known: nothing false is told even then."""
    made = cubes(events, unknown=unknown)
    result = protect(made, rule, people_of=[(0, 1)])
    assert audit(result.tables, people_of=[(0, 1)]) == []
    for table, bound in zip(made, infer(result.tables, people_of=[(0, 1)]), strict=True):
        assert (bound.low <= table.counts).all() and (table.counts <= bound.high).all()


def test_small_counts_that_fill_a_small_total_are_withheld_with_their_line() -> None:
    """Seven areas of 1 make 7: whoever knew that each `*` is 1 to 7 would know them all."""
    [published] = protect([table([[1] * 7, [20] * 7])], HES_2018).tables
    assert published.withheld[0].all()
    assert audit([published]) == []


def test_totals_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="do not fit"):
        from_cells("rows", ["a"], {("x",): 9, (None,): 8})
    with pytest.raises(BadInput, match="no rows"):
        from_cells("rows", ["a"], {})
    with pytest.raises(BadInput, match="4,004,001 cells"):
        from_cells("rows", ["a", "b"], {("x", "y"): 9}, labels=[[str(n) for n in range(2000)]] * 2)
