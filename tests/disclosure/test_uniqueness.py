"""Uniques of the population from those of a sample: each formula against a slow twin."""

from collections import Counter
from collections.abc import Iterator
from math import comb, exp, factorial, log, prod

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from openhaven.disclosure.uniqueness import (
    Histogram,
    UniquenessModel,
    dankar,
    pitman,
    pitman_likelihood,
    pitman_parameters,
    population_uniques,
    shlosser,
    snb,
    snb_expected,
    zayatz,
)
from openhaven.model.errors import BadInput

SIZES = some.lists(some.integers(1, 12), min_size=2, max_size=12)


def partitions(rows: int, largest: int | None = None) -> Iterator[tuple[int, ...]]:
    """Every way of parting so many rows into classes."""
    if rows == 0:
        yield ()
    for first in range(min(rows, largest or rows), 0, -1):
        yield from ((first, *rest) for rest in partitions(rows - first, first))


def chance(sizes: tuple[int, ...], theta: float, alpha: float) -> float:
    """Pitman's sampling formula, as Dankar et al. (2012) print it, product by product."""
    rows, classes = sum(sizes), len(sizes)
    front = prod(theta + i * alpha for i in range(1, classes)) / prod(theta + i for i in range(1, rows))
    each = [
        (prod(1 - alpha + i for i in range(size - 1)) / factorial(size)) ** count / factorial(count)
        for size, count in Counter(sizes).items()
    ]
    return factorial(rows) * front * prod(each)


def factorials(sizes: tuple[int, ...]) -> int:
    """The divisors in the formula that theta and alpha do not touch."""
    return prod(factorial(size) for size in sizes) * prod(factorial(count) for count in Counter(sizes).values())


def log_chance(sizes: list[int], theta: float, alpha: float) -> float:
    """The same, as a sum of logarithms, without the factorials that do not depend on theta and alpha."""
    front = sum(log(theta + i * alpha) for i in range(1, len(sizes)))
    return (
        front
        - sum(log(theta + i) for i in range(1, sum(sizes)))
        + sum(log(1 - alpha + i) for size in sizes for i in range(size - 1))
    )


@pytest.mark.parametrize(("theta", "alpha"), [(1.5, 0.0), (0.7, 0.4), (-0.2, 0.5), (9.0, 0.1)])
def test_pitmans_formula_counts_every_partition_once_and_gives_the_expected_uniques(theta: float, alpha: float) -> None:
    rows = 8
    chances = {sizes: chance(sizes, theta, alpha) for sizes in partitions(rows)}
    assert sum(chances.values()) == pytest.approx(1)
    expected = sum(each * sizes.count(1) for sizes, each in chances.items())
    by_formula = rows * prod((theta + alpha + i) / (theta + 1 + i) for i in range(rows - 1))
    assert by_formula == pytest.approx(expected)
    least = (2,) * 4
    for sizes, each in chances.items():  # the sum of logarithms is the same formula
        constant = log(factorials(sizes)) - log(factorials(least))
        assert log(each / chances[least]) == pytest.approx(
            log_chance(list(sizes), theta, alpha) - log_chance(list(least), theta, alpha) - constant
        )


@given(SIZES, some.floats(0, 0.95), some.floats(0.05, 50))
def test_the_likelihood_is_that_of_the_formula(sizes: list[int], alpha: float, theta: float) -> None:
    """Up to a constant: so differences from another pair of parameters are compared."""
    found = Histogram.of(np.array(sizes))
    difference = pitman_likelihood(found, theta, alpha) - pitman_likelihood(found, 1.0, 0.5)
    direct = log_chance(sizes, theta, alpha) - log_chance(sizes, 1.0, 0.5)
    assert difference == pytest.approx(direct, abs=1e-7)


@settings(max_examples=15, deadline=None)
@given(SIZES)
def test_no_parameters_make_the_sample_likelier(sizes: list[int]) -> None:
    found = Histogram.of(np.array(sizes))
    parameters = pitman_parameters(found)
    assert (parameters is None) == (len(sizes) in (1, sum(sizes)))
    if parameters is None:
        return
    best = log_chance(sizes, *parameters)
    for alpha in np.linspace(0, 0.98, 12).tolist():
        for theta in (np.geomspace(0.01, 1000, 15) - alpha).tolist():
            if alpha or theta > 0:
                assert log_chance(sizes, theta, alpha) <= best + 1e-6


def test_pitman_with_alpha_nought_is_ewens() -> None:
    """N theta / (theta + N - 1) uniques (Ewens 1972): here many large classes leave alpha at 0."""
    found = Histogram.of(np.array([30, 31, 29, 1, 30]))
    parameters = pitman_parameters(found)
    assert parameters is not None and parameters[1] < 1e-6
    theta = parameters[0]
    assert pitman(found, 500) == pytest.approx(500 * theta / (theta + 499), rel=1e-4)


@given(SIZES, some.integers(1, 300))
def test_zayatz_is_bayes_with_the_hypergeometric(sizes: list[int], more: int) -> None:
    rows, population = sum(sizes), sum(sizes) + more
    count = Counter(sizes)
    assume(count[1])

    def one_of(size: int) -> float:
        return comb(size, 1) * comb(population - size, rows - 1) / comb(population, rows)

    whole = sum(number / len(sizes) * one_of(size) for size, number in count.items())
    unique = count[1] / len(sizes) * one_of(1) / whole
    assert zayatz(Histogram.of(np.array(sizes)), population) == pytest.approx(count[1] * unique * population / rows)


@given(some.floats(0.05, 5), some.floats(0.05, 0.95), some.floats(0.02, 0.9))
def test_the_expected_classes_of_one_and_two_are_those_of_the_distribution(
    alpha: float, beta: float, fraction: float
) -> None:
    """Row by row: a class has 1 + x rows, x negative binomial, and each is drawn by itself."""
    one = two = 0.0
    x, weight = 0, beta**alpha
    while x < 2000:
        rows = x + 1
        one += weight * rows * fraction * (1 - fraction) ** x
        two += weight * comb(rows, 2) * fraction**2 * (1 - fraction) ** (rows - 2) if rows > 1 else 0
        weight *= (alpha + x) / (x + 1) * (1 - beta)
        x += 1
    assert snb_expected(alpha, beta, fraction) == pytest.approx((one, two), rel=1e-6)


@given(SIZES, some.floats(0.05, 0.9))
def test_the_number_of_classes_is_sh3(sizes: list[int], fraction: float) -> None:
    ones, rest = sizes.count(1), 1 - fraction
    first = sum(i * fraction**2 * (1 - fraction**2) ** (i - 1) for i in sizes)
    second = sum(rest**i * ((1 + fraction) ** i - 1) for i in sizes)
    squared = (sum(rest**i for i in sizes) / sum(i * fraction * rest ** (i - 1) for i in sizes)) ** 2
    expected = len(sizes) + ones * first / second * squared
    assert shlosser(Histogram.of(np.array(sizes)), fraction) == pytest.approx(expected)


def drawn(class_sizes: np.ndarray, fraction: float, *, seed: int) -> np.ndarray:
    """The sizes of the classes in a sample of a population."""
    person_class = np.repeat(np.arange(len(class_sizes)), class_sizes)
    rng = np.random.default_rng(seed)
    sample = rng.choice(person_class, size=round(fraction * len(person_class)), replace=False)
    return np.unique(sample, return_counts=True)[1]


def test_snb_finds_the_uniques_of_a_population_of_its_kind() -> None:
    population = 1 + np.random.default_rng(4).negative_binomial(0.5, 0.2, size=20_000)
    sample = Histogram.of(drawn(population, 0.3, seed=5))
    truth = int((population == 1).sum())
    found = snb(sample, int(population.sum()))
    assert found == pytest.approx(truth, rel=0.25)


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.3])
def test_the_rule_comes_near_the_truth_on_people_with_a_long_tail(fraction: float) -> None:
    """Classes as real quasi-identifiers make them: few large, many small (Pitman's own process)."""
    population = pitman_people(20_000, theta=300.0, alpha=0.5, seed=7)
    sample = Histogram.of(drawn(population, fraction, seed=8))
    found = population_uniques(sample, fraction)
    assert found.estimate == pytest.approx(int((population == 1).sum()), rel=0.35)


def pitman_people(rows: int, *, theta: float, alpha: float, seed: int) -> np.ndarray:
    """The sizes of classes: who comes founds a new one, or joins that of an earlier person (Pitman 1995)."""
    rng, sizes, of_row = np.random.default_rng(seed), [], []
    for row in range(rows):
        joins = row > 0 and rng.random() * (row + theta) >= theta + alpha * len(sizes)
        while joins:  # a class with chance (size - alpha) / (rows - alpha x classes)
            at = of_row[rng.integers(row)]
            if rng.random() * sizes[at] >= alpha:
                break
        if not joins:
            at = len(sizes)
            sizes.append(0)
        sizes[at] += 1
        of_row.append(at)
    return np.array(sizes)


@pytest.mark.parametrize(
    ("fraction", "models", "taken"),
    [
        (0.05, (10.0, 20.0, 5.0), (UniquenessModel.PITMAN, 10.0)),
        (0.1, (10.0, 20.0, 5.0), (UniquenessModel.PITMAN, 10.0)),
        (0.05, (None, 20.0, 5.0), (UniquenessModel.ZAYATZ, 20.0)),
        (0.2, (10.0, 20.0, 5.0), (UniquenessModel.SNB, 5.0)),
        (0.2, (10.0, 4.0, 5.0), (UniquenessModel.ZAYATZ, 4.0)),
        (0.2, (10.0, 4.0, None), (UniquenessModel.ZAYATZ, 4.0)),
    ],
)
def test_the_rule_of_dankar(fraction: float, models: tuple, taken: tuple) -> None:
    assert dankar(fraction, *models) == taken


def test_a_sample_that_is_everybody_is_counted_not_estimated() -> None:
    found = population_uniques(Histogram.of(np.array([1, 1, 3])), 1.0)
    assert (found.chosen, found.estimate, found.of_sample) == (UniquenessModel.EXACT, 2.0, 1.0)
    none = population_uniques(Histogram.of(np.array([2, 3])), 0.1)
    assert (none.chosen, none.estimate, none.of_sample) == (UniquenessModel.EXACT, 0.0, 0.0)


def test_what_has_no_solution_says_so_and_the_rule_goes_on() -> None:
    found = population_uniques(Histogram.of(np.ones(20, dtype=np.int64)), 0.05)
    assert found.pitman is None and found.snb is None and found.chosen is UniquenessModel.ZAYATZ
    for fraction in (0.0, 1.5, -1.0):
        with pytest.raises(BadInput):
            population_uniques(Histogram.of(np.array([1])), fraction)


@settings(max_examples=40, deadline=None)
@given(some.lists(some.integers(1, 30), min_size=1, max_size=40), some.floats(0.01, 1))
def test_an_estimate_is_never_more_than_the_population(sizes: list[int], fraction: float) -> None:
    found = population_uniques(Histogram.of(np.array(sizes)), fraction)
    assert 0 <= found.estimate <= found.population and 0 <= found.of_sample <= 1 and exp(found.share) >= 1
