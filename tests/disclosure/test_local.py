"""Local recoding for k over any m keys, k in a population, and presence: held to the definitions, row by row."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.classes import Classes, ValueCounts
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.local import LocalRecoding, recode_locally
from openhaven.disclosure.models import DeltaPresence, Demands, DistinctL, EqualT, K, KMap, OrderedT, Subsets
from openhaven.disclosure.recoding import recode
from openhaven.model.errors import BadInput, Unmet
from tests.disclosure import plain_checker as plain

AGES = Hierarchy("x", (("0", "1", "2", "3"), ("01", "01", "23", "23"), ("*", "*", "*", "*")))
SEX = Hierarchy("y", (("f", "m"), ("*", "*")))
AREA = Hierarchy("z", (("p", "q", "r"), ("pq", "pq", "r"), ("*", "*", "*")))
COLUMNS = [AGES, SEX, AREA]
TABLES = [hierarchy.levels for hierarchy in COLUMNS]
Rows = list[tuple[int, ...]]

rows_of = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30
)


def atoms(rows: Rows) -> Classes:
    """One input class for each distinct combination of keys and confidential value."""
    found, counts = np.unique(np.array(rows), axis=0, return_counts=True)
    values = ValueCounts.of(np.arange(len(found)), found[:, 3], count=counts, values=3)
    return Classes(found[:, :3], counts, None, values)


def cells(classes: Classes, made: LocalRecoding) -> tuple[list[tuple[str, ...]], list[str]]:
    """What each row shows, and its confidential value."""
    shown, secrets = [], []
    for at, leaves in enumerate(classes.codes):
        row = tuple(h.levels[v][leaf] for h, v, leaf in zip(COLUMNS, made.levels[at], leaves, strict=True))
        shown += [row] * int(classes.rows[at])
        secrets += ["abc"[int(value)] for value in _values(classes, at)] * int(classes.rows[at])
    return shown, secrets


def _values(classes: Classes, at: int) -> Sequence[int]:
    counted = classes.confidential
    return [] if counted is None else counted.value[counted.owner == at].tolist()


def check(classes: Classes, made: LocalRecoding, shown: list[tuple[str, ...]]) -> None:
    """What the result says of itself."""
    assert made.loss == pytest.approx(plain.loss(shown, TABLES), abs=1e-6)
    assert made.k == min(plain.Counter(shown).values())
    alike = {(row, int(number)) for row, number in zip(each_shown(classes, made), made.class_of, strict=True)}
    assert len({row for row, _ in alike}) == len(alike) or classes.population is not None


def each_shown(classes: Classes, made: LocalRecoding) -> list[tuple[str, ...]]:
    return [
        tuple(h.levels[v][leaf] for h, v, leaf in zip(COLUMNS, levels, leaves, strict=True))
        for levels, leaves in zip(made.levels, classes.codes, strict=True)
    ]


@settings(max_examples=250, deadline=None)
@given(rows_of, st.integers(1, 5), st.integers(1, 3), st.sampled_from([(), (DistinctL(2),), (EqualT(0.4),), (K(2),)]))
def test_no_m_keys_show_what_too_few_show(
    rows: Rows, k: int, m: int, models: tuple[DistinctL | EqualT | K, ...]
) -> None:
    demands, classes = Demands(models, Subsets(k, m)), atoms(rows)
    try:
        best = recode(classes, COLUMNS, demands=demands)
    except (Unmet, BadInput):
        with pytest.raises((Unmet, BadInput)):
            recode_locally(classes, COLUMNS, demands=demands)
        return
    made = recode_locally(classes, COLUMNS, demands=demands)
    shown, secrets = cells(classes, made)
    check(classes, made, shown)
    assert made.loss <= best.loss + 1e-9
    assert plain.every_subset(shown, k, m)
    found = plain.classes(shown, secrets)
    for model in models:
        if isinstance(model, DistinctL):
            assert plain.all_classes(found, lambda values: plain.is_distinct(values, 2))
        elif isinstance(model, EqualT):
            assert plain.all_classes(found, lambda values: plain.equal_distance(values, secrets) <= 0.4 + plain.NEAR)
        else:
            assert plain.all_classes(found, lambda values: plain.is_k(values, 2))
    if best.loss < 1 - 1e-9:
        assert ("*", "*", "*") not in shown


@settings(max_examples=150, deadline=None)
@given(rows_of, st.data(), st.integers(1, 4), st.integers(1, 3))
def test_people_are_counted_over_m_keys_where_they_are_known(rows: Rows, data: st.DataObject, k: int, m: int) -> None:
    people = data.draw(st.lists(st.integers(0, 9), min_size=len(rows), max_size=len(rows)))
    found, where, counts = np.unique(np.array(rows)[:, :3], axis=0, return_inverse=True, return_counts=True)
    masks = np.zeros((len(found), 1), dtype=np.uint64)
    np.bitwise_or.at(masks[:, 0], where.ravel(), np.uint64(1) << np.array(people, dtype=np.uint64))
    classes = Classes(found, counts, masks)
    try:
        made = recode_locally(classes, COLUMNS, demands=Demands((), Subsets(k, m)))
    except (Unmet, BadInput):
        assert len(set(people)) < k
        return
    each = each_shown(classes, made)
    assert plain.every_subset_of_people([each[at] for at in where.ravel()], people, k, m)


@settings(max_examples=200, deadline=None)
@given(
    rows_of,
    rows_of,
    st.sampled_from([(KMap(2),), (KMap(4), K(2)), (KMap(6), DistinctL(2)), (DeltaPresence(0, 0.5),)])
    | st.sampled_from([(DeltaPresence(0, 0.7), K(2)), (DeltaPresence(0, 0.9), KMap(3)), (KMap(3), EqualT(0.4))]),
)
def test_a_population(rows: Rows, others: Rows, models: tuple[KMap | DeltaPresence | K | DistinctL, ...]) -> None:
    own, population = atoms(rows), [row[:3] for row in rows + others]
    wider, counts = np.unique(np.array(population), axis=0, return_counts=True)
    nobody = np.zeros(len(wider), dtype=np.int64)
    classes = Classes(
        np.concatenate((own.codes, wider)),
        np.concatenate((own.rows, nobody)),
        None,
        own.confidential,
        np.concatenate((np.zeros(len(own), dtype=np.int64), counts)),
    )
    demands = Demands(models)
    try:
        best = recode(classes, COLUMNS, demands=demands)
    except (Unmet, BadInput):
        return
    made = recode_locally(classes, COLUMNS, demands=demands)
    shown, secrets = cells(classes, made)
    check(classes, made, shown)
    assert made.loss <= best.loss + 1e-9
    people = [tuple(h.leaves[leaf] for h, leaf in zip(COLUMNS, row, strict=True)) for row in population]
    found = plain.classes(shown, secrets)
    for model in models:
        if isinstance(model, KMap):
            assert all(sum(plain.fits(row, person, TABLES) for person in people) >= model.k for row in found)
        elif isinstance(model, DeltaPresence):
            assert max(plain.beliefs(list(shown), list(people), TABLES)) <= model.high + plain.NEAR
        elif isinstance(model, K):
            assert plain.all_classes(found, lambda values, k=model.k: plain.is_k(values, k))  # type: ignore[misc]
        elif isinstance(model, DistinctL):
            assert plain.all_classes(found, lambda values: plain.is_distinct(values, 2))
        else:
            assert plain.all_classes(found, lambda values: plain.equal_distance(values, secrets) <= 0.4 + plain.NEAR)


def test_a_lowest_share_of_presence_is_for_global_recoding() -> None:
    classes = Classes(np.array([[0, 0, 0]]), np.array([1]), None, None, np.array([2]))
    with pytest.raises(BadInput, match="lowest share"):
        recode_locally(classes, COLUMNS, demands=Demands((DeltaPresence(0.1, 0.9),)))


def test_a_bounded_search_for_k_over_m_keys_says_so() -> None:
    rng = np.random.default_rng(3)
    codes = np.unique(np.stack([rng.integers(0, size, 60) for size in (4, 2, 3)], axis=1), axis=0)
    classes = Classes(codes, np.ones(len(codes), dtype=np.int64))
    made = recode_locally(classes, COLUMNS, demands=Demands((), Subsets(3, 2)), most_work=1)
    assert made.gave_up and plain.every_subset(each_shown(classes, made), 3, 2)


def test_cells_are_raised_one_by_one_and_not_whole_columns() -> None:
    """Two ages too rare by themselves cost their rows a level, and nobody else."""
    rows = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1], [2, 0, 0], [3, 1, 1]])
    classes = Classes(rows, np.array([50, 50, 50, 50, 3, 2]))
    made = recode_locally(classes, COLUMNS, demands=Demands((), Subsets(5, 1)))
    assert made.levels.tolist() == [[0, 0, 0]] * 4 + [[1, 0, 0]] * 2
    assert made.loss == pytest.approx(5 * (1 / 3) / (205 * 3))


def test_values_next_to_each_other_are_close_though_they_differ() -> None:
    """In order, all even and all odd values hardly differ; by equal distance half of them do. Nothing need be lost."""
    values = np.arange(20)
    codes = np.stack((np.zeros_like(values), values % 2, np.zeros_like(values)), axis=1)
    counted = ValueCounts.of(np.arange(20), values, count=np.full(20, 3), values=20)
    classes = Classes(codes, np.full(20, 3), None, counted)
    assert recode_locally(classes, COLUMNS, demands=Demands((K(5), OrderedT(0.1, tuple(range(20)))))).loss == 0
    assert recode_locally(classes, COLUMNS, demands=Demands((K(5), EqualT(0.1)))).loss > 0
