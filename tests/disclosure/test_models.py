"""Each model against its definition, and the search against trying everything."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.classes import Classes, Held, ValueCounts
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.levels import at_levels
from openhaven.disclosure.local import recode_locally
from openhaven.disclosure.models import (
    DeltaPresence,
    Demands,
    DistinctL,
    EntropyL,
    EqualT,
    HierarchicalT,
    K,
    KMap,
    Model,
    OrderedT,
    RecursiveL,
    Subsets,
)
from openhaven.disclosure.recoding import recode
from openhaven.model.errors import BadInput, Unmet
from tests.disclosure import plain_checker as plain

TREE = Hierarchy("s", (("a", "b", "c", "d"), ("ab", "ab", "cd", "cd"), ("*", "*", "*", "*")))
ORDER = (2, 0, 3, 1)
AGES = Hierarchy("x", (("0", "1", "2", "3"), ("01", "01", "23", "23"), ("*", "*", "*", "*")))
SEX = Hierarchy("y", (("f", "m"), ("*", "*")))
AREA = Hierarchy("z", (("p", "q", "r"), ("pq", "pq", "r"), ("*", "*", "*")))
COLUMNS = [AGES, SEX, AREA]

models = st.one_of(
    st.builds(K, st.integers(1, 5)),
    st.builds(DistinctL, st.integers(1, 4)),
    st.builds(EntropyL, st.floats(1, 4)),
    st.builds(RecursiveL, st.sampled_from([0.5, 1.0, 2.0, 3.0]), st.integers(1, 3)),
    st.builds(EqualT, st.floats(0, 1)),
    st.builds(OrderedT, st.floats(0, 1), st.just(ORDER)),
    st.builds(HierarchicalT, st.floats(0, 1), st.just(TREE)),
)
rows_of = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=30
)


def atoms(rows: list[tuple[int, ...]]) -> Classes:
    """One input class for each distinct combination of keys and confidential value."""
    found, counts = np.unique(np.array(rows), axis=0, return_counts=True)
    values = ValueCounts.of(np.arange(len(found)), found[:, 3], count=counts, values=4)
    return Classes(found[:, :3], counts, None, values)


def holds(model: Model, rows: list[str], whole: list[str]) -> bool:
    """By definition."""
    if isinstance(model, K):
        return plain.is_k(rows, model.k)
    if isinstance(model, DistinctL):
        return plain.is_distinct(rows, model.l)
    if isinstance(model, EntropyL):
        return plain.is_entropy(rows, model.l)
    if isinstance(model, RecursiveL):
        return plain.is_recursive(rows, model.c, model.l)
    return distance(model, rows, whole) <= getattr(model, "t") + plain.NEAR  # noqa: B009 (a protocol has no t)


def distance(model: Model, rows: list[str], whole: list[str]) -> float:
    if isinstance(model, OrderedT):
        return plain.ordered_distance(rows, whole, ["b", "d", "a", "c"])
    if isinstance(model, HierarchicalT):
        return plain.hierarchical_distance(rows, whole, TREE.levels)
    return plain.equal_distance(rows, whole)


@settings(max_examples=400, deadline=None)
@given(models, st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=9), min_size=1, max_size=4))
def test_each_model_says_what_its_definition_says(model: Model, classes: list[list[int]]) -> None:
    whole = ["abcd"[value] for rows in classes for value in rows]
    owner = np.repeat(np.arange(len(classes)), [len(rows) for rows in classes])
    values = ValueCounts.of(owner, np.array([value for rows in classes for value in rows]), values=4)
    held = Held(np.array([len(rows) for rows in classes]), confidential=values)
    expected = [holds(model, ["abcd"[value] for value in rows], whole) for rows in classes]
    assert model.passes(held).tolist() == expected
    assert all(len(rows) >= model.fewest(held) for rows, passes in zip(classes, expected, strict=True) if passes)
    merged = held.grouped(np.zeros(len(classes), dtype=np.int64))
    if model.merges and all(expected):
        assert model.passes(merged).all()
    if model.joins and any(expected):
        assert model.passes(merged).all()


@settings(max_examples=200, deadline=None)
@given(models, rows_of, st.data())
def test_no_finer_recoding_keeps_more_than_the_bound_says(
    model: Model, rows: list[tuple[int, ...]], data: st.DataObject
) -> None:
    held = atoms(rows).held
    parts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(held.rows), max_size=len(held.rows))))
    finer = np.unique(parts, return_inverse=True)[1]
    passing = model.passes(held.grouped(finer))
    kept = held.grouped(finer).rows[passing].sum()
    assert kept <= model.most_kept(held.grouped(np.zeros(len(finer), dtype=np.int64)))[0]


def shown(rows: list[tuple[int, ...]], levels: tuple[int, ...]) -> list[tuple[str, ...]]:
    return [tuple(h.levels[v][leaf] for h, v, leaf in zip(COLUMNS, levels, row[:3], strict=True)) for row in rows]


def try_everything(rows: list[tuple[int, ...]], demands: Demands, most: int) -> list[float]:
    """The loss of every allowed recoding."""
    whole, losses = ["abcd"[row[3]] for row in rows], []
    for levels in product(*(range(len(h.levels)) for h in COLUMNS)):
        cells = shown(rows, levels)
        found = plain.classes(cells, whole)
        good = {key for key, values in found.items() if all(holds(each, values, whole) for each in demands.models)}
        kept = [row if row in good else ("*",) * 3 for row in cells]
        if sum(row not in good for row in cells) <= most:
            lost = sum(plain.loss([row], [h.levels for h in COLUMNS]) for row in kept)
            losses.append(lost / len(rows))
    return losses


@settings(max_examples=150, deadline=None)
@given(rows_of, st.lists(models, min_size=1, max_size=3), st.sampled_from([0.0, 0.1, 0.4]))
def test_no_combination_of_models_has_a_better_recoding(
    rows: list[tuple[int, ...]], asked: list[Model], share: float
) -> None:
    demands = Demands(tuple(asked))
    losses = try_everything(rows, demands, int(share * len(rows) + 1e-9))
    try:
        found = recode(atoms(rows), COLUMNS, demands=demands, suppression=share)
    except (Unmet, BadInput):
        assert not losses
        return
    assert found.proven and found.loss == pytest.approx(min(losses))


@settings(max_examples=150, deadline=None)
@given(rows_of, st.lists(models, min_size=1, max_size=3))
def test_a_local_recoding_satisfies_what_is_asked_and_loses_no_more_than_a_global_one(
    rows: list[tuple[int, ...]], asked: list[Model]
) -> None:
    demands, classes = Demands(tuple(asked)), atoms(rows)
    try:
        globally = recode(classes, COLUMNS, demands=demands)
    except (Unmet, BadInput):
        with pytest.raises((Unmet, BadInput)):
            recode_locally(classes, COLUMNS, demands=demands)
        return
    made = recode_locally(classes, COLUMNS, demands=demands)
    cells, secrets = [], []
    for at, leaves in enumerate(classes.codes):
        row = tuple(h.levels[v][leaf] for h, v, leaf in zip(COLUMNS, made.levels[at], leaves, strict=True))
        cells += [row] * int(classes.rows[at])
        secrets += ["abcd"[int(classes.confidential.value[at])]] * int(classes.rows[at])  # type: ignore[union-attr]
    found = plain.classes(cells, secrets)
    for model in asked:
        assert plain.all_classes(found, lambda values, model=model: holds(model, values, secrets))  # type: ignore[misc]
    assert made.loss == pytest.approx(plain.loss(cells, [h.levels for h in COLUMNS]), abs=1e-6)
    assert made.k == min(map(len, found.values()))
    if globally.loss < 1 - 1e-9:
        assert ("*", "*", "*") not in found


@settings(max_examples=100, deadline=None)
@given(rows_of, st.integers(1, 4), st.integers(1, 3), st.sampled_from([0.0, 0.2]))
def test_k_over_any_m_keys(rows: list[tuple[int, ...]], k: int, m: int, share: float) -> None:
    demands, classes = Demands((), Subsets(k, m)), atoms(rows)
    allowed = []
    for levels in product(*(range(len(h.levels)) for h in COLUMNS)):
        cells = shown(rows, levels)
        kept = largest_kept(cells, k, m)
        if len(rows) - len(kept) <= int(share * len(rows) + 1e-9):
            hidden = [("*",) * 3] * (len(rows) - len(kept))
            tables = [h.levels for h in COLUMNS]
            allowed.append(sum(plain.loss([row], tables) for row in kept + hidden) / len(rows))
    if not allowed:
        with pytest.raises((Unmet, BadInput)):
            recode(classes, COLUMNS, demands=demands, suppression=share)
        return
    found = recode(classes, COLUMNS, demands=demands, suppression=share)
    assert found.loss == pytest.approx(min(allowed))


def largest_kept(cells: list[tuple[str, ...]], k: int, m: int) -> list[tuple[str, ...]]:
    """Rows are dropped one by one while any m columns show something too rare."""
    kept = list(cells)
    while kept and not plain.every_subset(kept, k, m):
        kept = [row for row in kept if not rare(row, kept, k, m)]
    return kept


def rare(row: tuple[str, ...], rows: list[tuple[str, ...]], k: int, m: int) -> bool:
    sets = plain.combinations(range(3), min(m, 3))
    return any(sum(all(other[at] == row[at] for at in chosen) for other in rows) < k for chosen in sets)


@settings(max_examples=100, deadline=None)
@given(rows_of, st.data(), st.integers(1, 6), st.sampled_from([(0.0, 0.5), (0.0, 0.8), (0.1, 0.9), (0.3, 1.0)]))
def test_a_population(rows: list[tuple[int, ...]], data: st.DataObject, k: int, shares: tuple[float, float]) -> None:
    others = data.draw(rows_of)
    people = [row[:3] for row in rows] + [row[:3] for row in others]
    found, where = np.unique(np.array(people), axis=0, return_inverse=True)
    population = np.bincount(where.ravel())
    table = np.bincount(where.ravel()[: len(rows)], minlength=len(found))
    classes = Classes(found, table, None, None, population)
    for model in (KMap(k), DeltaPresence(*shares)):
        for levels in product((0, 1, 2), (0, 1), (0, 1, 2)):
            in_table, in_all = (plain.Counter(shown(part, levels)) for part in (rows, people))
            made = at_levels(classes, COLUMNS, levels=levels, demands=Demands((model,)))
            for at, row in enumerate(shown([(*map(int, codes), 0) for codes in found], levels)):
                share = in_table[row] / in_all[row]
                good = in_all[row] >= k if isinstance(model, KMap) else shares[0] <= share <= shares[1]
                assert made.suppressed[at] != good


@pytest.mark.parametrize(
    "make",
    [
        lambda: K(0),
        lambda: KMap(0),
        lambda: DistinctL(0),
        lambda: EntropyL(float("nan")),
        lambda: RecursiveL(0, 2),
        lambda: EqualT(-0.1),
        lambda: OrderedT(1.1, (0,)),
        lambda: HierarchicalT(float("nan"), TREE),
        lambda: DeltaPresence(0.5, 0.4),
        lambda: Subsets(2, 0),
    ],
)
def test_senseless_numbers_are_refused(make: object) -> None:
    with pytest.raises(BadInput):
        make()  # type: ignore[operator]
