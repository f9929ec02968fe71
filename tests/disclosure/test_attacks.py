"""Attacks: each finds what is there to find in a bad file, and no more than the measured risk in a good one."""

from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openhaven.disclosure.attacks import Column, Released, attack, linkage, wilson
from openhaven.disclosure.downcoding import downcoding, minimality
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.making import make
from openhaven.model.errors import BadInput

TENS = make("age", "age", [str(age) for age in range(40)], widths=(10,))
FIVES = make("age", "age", [str(age) for age in range(40)], widths=(5, 10))


def column(hierarchy: Hierarchy, leaves: np.ndarray, levels: np.ndarray) -> Column:
    """A column of leaves, each shown at its level."""
    labels = [hierarchy.levels[level][leaf] for leaf, level in zip(leaves, levels, strict=True)]
    names = tuple(dict.fromkeys(labels))
    covers = np.array(
        [[any(level[leaf] == name for level in hierarchy.levels) for leaf in range(40)] for name in names]
    )
    return Column(hierarchy.column, leaves, np.array([names.index(label) for label in labels]), covers)


def people(rows: int, level: int, *, seed: int = 0, secret: bool = True) -> Released:
    """Two columns at random, both at one level, and a secret of four values that goes with nothing."""
    rng = np.random.default_rng(seed)
    columns = tuple(column(TENS, rng.integers(40, size=rows), np.full(rows, level)) for _ in range(2))
    return Released(columns, rng.integers(4, size=rows) if secret else None)


@given(some.integers(0, 60), some.integers(1, 60))
def test_wilsons_interval_holds_the_shares_that_the_score_test_does_not_refuse(hits: int, more: int) -> None:
    """By its definition: p is inside where |hits / n - p| <= z sqrt(p (1 - p) / n)."""
    n = hits + more
    found = wilson(hits, n)
    for p in np.linspace(0.001, 0.999, 300):
        inside = abs(hits / n - p) <= 1.959964 * sqrt(p * (1 - p) / n)
        assert inside == (found.low <= p <= found.high) or min(abs(p - found.low), abs(p - found.high)) < 1e-3


def test_no_attempts_prove_nothing() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_a_file_that_is_not_recoded_falls_to_every_attack() -> None:
    """1,000 people in 1,600 combinations, shown as they are: most are alone, so attacks must succeed."""
    found = {each.name: each for each in attack(people(1000, 0), attempts=200, seed=1, best_guess=1.0)}
    for name, least in (("singling out", 0.9), ("linkage", 0.5), ("inference", 0.6)):
        assert found[name].attack.rate > least, name
        assert found[name].attack.low > found[name].control.high, name
    assert found["singling out"].bound is None  # classes of one promise nothing


@pytest.mark.parametrize("seed", range(4))
def test_a_file_in_large_classes_stands_up_to_every_attack(seed: int) -> None:
    """The same people in sixteen classes of sixty: no attack is better than its control, none beats the bound."""
    found = {each.name: each for each in attack(people(1000, 1, seed=seed), attempts=200, seed=seed, best_guess=0.34)}
    assert found["singling out"].attack.successes == 0
    assert found["linkage"].attack.rate < 0.08
    for each in found.values():
        assert not each.beats and each.attack.low <= each.control.high, each.name


def test_what_a_homogeneous_class_tells_is_inferred() -> None:
    """One secret to each pair of bands: k is large and the attacker still learns all."""
    released = people(1000, 1)
    bands = released.columns[0].shown * 4 + released.columns[1].shown
    found = {each.name: each for each in attack(Released(released.columns, bands), attempts=90, seed=1, best_guess=1.0)}
    assert found["inference"].attack.rate == 1.0


def test_an_attack_that_beats_a_wrong_bound_is_named() -> None:
    inference = attack(people(1000, 0), attempts=200, seed=1, best_guess=0.3)[-1]
    assert inference.name == "inference" and inference.beats


@settings(max_examples=30, deadline=None)
@given(some.integers(20, 60), some.integers(0, 2**32 - 1))
def test_no_attacker_links_more_than_one_row_a_class(rows: int, seed: int) -> None:
    """All rows attacked at once, exactly: the expected right matches over every target are at most the classes."""
    rng = np.random.default_rng(seed)
    columns = tuple(column(FIVES, rng.integers(40, size=rows), rng.integers(0, 4, size=rows)) for _ in range(2))
    released = Released(columns)
    fits = released.fits(np.arange(rows))
    assert fits[np.arange(rows), released.class_of].all()
    best = np.where(fits, released.class_loss, np.inf).argmin(axis=1)
    right = (best == released.class_of) / np.bincount(released.class_of)[released.class_of]
    assert right.sum() <= len(released.labels) + 1e-9
    assert linkage(released, 10, rng).bound == pytest.approx(len(released.labels) / rows)


def test_a_label_that_does_not_cover_its_value_and_files_without_rows_are_refused() -> None:
    with pytest.raises(BadInput):
        Column("a", np.array([0]), np.array([0]), np.array([[False, True]]))
    with pytest.raises(BadInput):
        Column("a", np.array([0, 1]), np.array([0]), np.array([[True, True]]))
    with pytest.raises(BadInput):
        Released(())
    with pytest.raises(BadInput):
        attack(people(50, 1), attempts=0, seed=1)


def leftovers() -> Released:
    """0-4 has a class of its own; what is left of 0-9 stayed at the wider band: so it must be 5-9."""
    leaves = np.array([0, 1, 2, 3, 7, 8, 9, 5, 20, 21])
    return Released((column(FIVES, leaves, np.array([1] * 4 + [2] * 4 + [1] * 2)),))


def test_leftovers_of_a_band_are_downcoded() -> None:
    found = downcoding(leftovers(), [FIVES])
    assert (found.cells, found.right.successes) == (4, 4)
    assert found.by_chance == pytest.approx(0.5)  # of the eight under 0-9, four are 5-9
    assert found.loss == pytest.approx((4 * 4 + 4 * 9 + 2 * 4) / 10 / 39)
    assert found.loss_left == pytest.approx((4 * 4 + 4 * 4 + 2 * 4) / 10 / 39)
    assert found.learned


def test_a_recoding_that_is_not_minimal_misleads_and_the_marks_say_so() -> None:
    leaves = np.array([0, 1, 2, 3, 1, 2, 3, 4, 7, 8])
    found = downcoding(Released((column(FIVES, leaves, np.array([1] * 4 + [2] * 6)),)), [FIVES])
    assert (found.cells, found.right.successes) == (6, 2) and not found.learned


def test_global_recoding_gives_no_value_away() -> None:
    for level in (0, 1, 2):
        found = downcoding(people(300, level), [TENS, TENS])
        assert found.cells == 0 and found.loss == found.loss_left


@settings(max_examples=40, deadline=None)
@given(some.integers(3, 25), some.integers(0, 2**32 - 1))
def test_what_is_ruled_out_is_what_the_definition_says(rows: int, seed: int) -> None:
    """A value is ruled out where each combination with it fits some class that leaves less open."""
    rng = np.random.default_rng(seed)
    columns = tuple(column(FIVES, rng.integers(12, size=rows), rng.integers(0, 4, size=rows)) for _ in range(3))
    released = Released(columns)
    boxes = [
        tuple(set(np.flatnonzero(each.covers[label]).tolist()) for each, label in zip(columns, labels, strict=True))
        for labels in released.labels.tolist()
    ]
    size = [sum(len(part) - 1 for part in box) for box in boxes]
    ruled = 0
    for row, at in product(range(rows), range(3)):
        own = int(released.class_of[row])
        finer = [box for box, each in zip(boxes, size, strict=True) if each < size[own]]
        left = set()
        for value in boxes[own][at]:
            parts = [{value} if other == at else boxes[own][other] for other in range(3)]
            if not all(any(_fits(cell, box) for box in finer) for cell in _cells(parts, finer)):
                left.add(value)
        ruled += bool(left) and left != boxes[own][at]
    found = downcoding(released, [FIVES] * 3)
    assert (found.cells, found.given_up) == (ruled, 0)
    assert found.loss_for_sure <= found.loss + 1e-9


def _fits(cell: tuple[int, ...], box: tuple[set[int], ...]) -> bool:
    return all(value in part for value, part in zip(cell, box, strict=True))


def _cells(parts: list[set[int]], finer: list[tuple[set[int], ...]]) -> list[tuple[int, ...]]:
    """One cell of each kind: values that the same of these boxes hold are alike."""
    alike = [
        {tuple(value in box[at] for box in finer): value for value in sorted(part)}.values()
        for at, part in enumerate(parts)
    ]
    return list(product(*alike))


def test_classes_that_reach_over_one_another_are_looked_at_together() -> None:
    """Two classes share out all that a third leaves open for one value, neither does alone: no row has it."""
    ages, wards = np.array([0, 0, 0, 0, 1, 2, 5]), np.array([0, 1, 5, 6, 0, 7, 9])
    columns = (
        column(FIVES, ages, np.array([0, 0, 0, 0, 1, 1, 1])),
        column(FIVES, wards, np.array([1, 1, 1, 1, 2, 2, 2])),
    )
    found = downcoding(Released(columns), [FIVES, FIVES])
    assert (found.cells, found.right.successes) == (2, 2), "the age 0 of 0-4, whatever ward of 0-9 stands beside it"


def test_values_on_which_too_much_bears_are_left_open_and_counted() -> None:
    rng = np.random.default_rng(2)
    columns = tuple(column(FIVES, rng.integers(12, size=60), rng.integers(0, 4, size=60)) for _ in range(2))
    whole = downcoding(Released(columns), [FIVES] * 2)
    part = downcoding(Released(columns), [FIVES] * 2, most_work=3)
    assert part.given_up > 0 == whole.given_up and part.loss_left >= whole.loss_left


def kept_coarse(classes: int) -> tuple[Released, list[Hierarchy]]:
    """In each class the two people of 0-4 share secret 1, which would be told were 0-4 apart: so it stays 0-9."""
    leaves, secret = np.tile([0, 1, 5, 6, 7, 8, 9, 5], classes), np.tile([1, 1, 2, 3, 4, 5, 6, 7], classes)
    which = np.repeat(np.arange(classes), 8)
    names = Hierarchy("ward", (tuple(map(str, range(classes))), ("*",) * classes))
    covers = np.eye(classes, dtype=np.bool_)
    columns = (column(FIVES, leaves, np.full(8 * classes, 2)), Column("ward", which, which, covers))
    return Released(columns, secret), [FIVES, names]


def test_who_was_kept_coarse_for_a_secret_is_guessed_by_minimality() -> None:
    """Only the pair can have been told, and only by the one value that two share: the attacker knows both of them."""
    released, hierarchies = kept_coarse(12)
    found = minimality(released, hierarchies, k=2, l=2, seed=1)
    assert found.classes == 12 and found.guess.attempts == 96
    assert found.plain.successes == 24  # the commonest value of the class is right for two of eight
    assert found.guess.successes >= 24 + 6  # the pair and, of the others, some


def test_where_k_forbids_the_split_minimality_tells_nothing() -> None:
    released, hierarchies = kept_coarse(3)
    assert minimality(released, hierarchies, k=3, l=2, seed=1).classes == 0
    assert minimality(released, hierarchies, k=2, l=1, seed=1).classes == 0
    assert minimality(Released(released.columns), hierarchies, k=2, l=2, seed=1).classes == 0


def test_two_lists_of_the_same_people_are_linked_by_a_file_that_shows_all() -> None:
    rng = np.random.default_rng(3)
    shown = tuple(column(TENS, rng.integers(40, size=500), np.zeros(500, dtype=int)) for _ in range(4))
    found = {each.name: each for each in attack(Released(shown), attempts=50, seed=1)}["linkability"]
    assert found.attack.rate > 0.8 and found.attack.low > found.control.high
    coarse = tuple(column(TENS, each.original, np.ones(500, dtype=int)) for each in shown)
    found = {each.name: each for each in attack(Released(coarse), attempts=50, seed=1)}["linkability"]
    assert found.attack.low <= found.control.high


def heavy_and_light() -> Released:
    """Ten people have a row each in every one of a thousand classes; a thousand others share a class in pairs."""
    classes = np.concatenate((np.repeat(np.arange(1000), 10), 1000 + np.repeat(np.arange(500), 2)))
    whose = np.concatenate((np.tile(np.arange(10), 1000), np.arange(10, 1010)))
    ward = Column("ward", classes, classes, np.eye(1500, dtype=np.bool_))
    return Released((ward,), np.minimum(whose, 10), whose, np.zeros(0, dtype=np.int64))


def test_people_count_alike_in_what_attacks_may_reach() -> None:
    """Most people attacked are one of a pair: half of them are linked, though most rows stand among ten."""
    released = heavy_and_light()
    found = linkage(released, 500, np.random.default_rng(5))
    assert found.bound == pytest.approx((10 * 0.1 + 1000 * 0.5) / 1010) and not found.beats
    assert found.attack.low > 0.3  # of all rows whoever has most in each class has 0.14
    assert released.best_guess == pytest.approx((10 * 0.1 + 1000) / 1010)  # of a pair both have the same value


@settings(max_examples=40, deadline=None)
@given(some.integers(5, 60), some.integers(1, 20), some.integers(0, 2**32 - 1))
def test_no_attacker_on_people_reaches_more_than_the_bounds(rows: int, people: int, seed: int) -> None:
    """Whatever row is picked in each class, and whatever value is guessed there: over everybody and all their rows."""
    rng = np.random.default_rng(seed)
    columns = (column(FIVES, rng.integers(40, size=rows), rng.integers(0, 4, size=rows)),)
    whose, secret = rng.integers(people, size=rows), rng.integers(3, size=rows)
    released = Released(columns, secret, whose, np.zeros(0, dtype=np.int64))
    named = sorted(set(whose.tolist()))
    linked = guessed = 0.0
    for of_class in set(released.class_of.tolist()):
        chance = dict.fromkeys(named, 0.0)
        values = dict.fromkeys(range(3), 0.0)
        for row in np.flatnonzero(released.class_of == of_class).tolist():
            mine = 1 / len(named) / int((whose == whose[row]).sum())
            chance[int(whose[row])] += mine
            values[int(secret[row])] += mine
        linked += max(chance.values())
        guessed += max(values.values())
    assert linkage(released, 10, rng).bound == pytest.approx(linked)
    assert released.best_guess == pytest.approx(guessed)
