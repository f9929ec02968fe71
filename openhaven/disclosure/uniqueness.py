"""How many people are unique in the population, from how many are unique in a sample of it: three models and a rule.

n rows of the sample fall into u classes, s_i of them of size i; the population has N = n / fraction. Sources: Dankar,
El Emam, Neisa and Roffey, BMC Medical Informatics and Decision Making 12:66 (2012), appendix A and the decision rule;
Hoshino, Journal of Official Statistics 17(4) (2001) for Pitman; Zayatz, US Bureau of the Census RR-91/08 (1991);
Chen and Keller-McNulty, Journal of Official Statistics 14(1) (1998) for the slide negative binomial (SNB); Haas and
Stokes, JASA 93 (1998), for the number of classes (their Sh3, after Shlosser).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, lgamma, log

import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.model.errors import BadInput

SMALL_FRACTION = 0.1  # Dankar et al. 2012: up to here Pitman, above it SNB or Zayatz
STEPS = 200  # of a bisection
MISS = 1e-6  # relative, of a solution of the SNB equations


class UniquenessModel(StrEnum):
    """Which model an estimate comes from; `exact` where the sample is the whole population or has no uniques."""

    EXACT = "exact"
    PITMAN = "pitman"
    ZAYATZ = "zayatz"
    SNB = "snb"


@dataclass(frozen=True)
class Histogram:
    """`count[i]` classes have `size[i]` rows: sizes ascend, each at least 1."""

    size: Ints
    count: Ints

    @classmethod
    def of(cls, sizes: Ints) -> "Histogram":
        """From the size of each class."""
        if len(sizes) == 0 or int(sizes.min()) < 1:
            raise BadInput("classes hold at least one row")
        size, count = np.unique(sizes, return_counts=True)
        return cls(size.astype(np.int64), count.astype(np.int64))

    @property
    def rows(self) -> int:
        """n."""
        return int(self.size @ self.count)

    @property
    def classes(self) -> int:
        """u."""
        return int(self.count.sum())

    def of_size(self, size: int) -> int:
        """s_size."""
        return int(self.count[self.size == size].sum())


@dataclass(frozen=True)
class PopulationUniques:
    """Estimated uniques in a population of `population` rows, by each model (None where it has no solution).

    `chosen` is the model that the rule takes, `estimate` its number, `share` that number over the population;
    `of_sample` the chance that a row unique in the sample is unique in the population."""

    fraction: float
    population: int
    pitman: float | None
    zayatz: float | None
    snb: float | None
    chosen: UniquenessModel
    estimate: float
    share: float
    of_sample: float


def population_uniques(found: Histogram, fraction: float) -> PopulationUniques:
    """All three models, and the one that the rule of Dankar et al. (2012) takes. `fraction`: above 0, up to 1."""
    if not 0 < fraction <= 1:
        raise BadInput(f"a sampling fraction lies above 0 and up to 1, not {fraction:g}")
    population, ones = round(found.rows / fraction), found.of_size(1)
    if population <= found.rows or ones == 0:
        known = None if population > found.rows else float(ones)
        return _result(found, fraction, (known,) * 3, (UniquenessModel.EXACT, float(ones)))
    models = (pitman(found, population), zayatz(found, population), snb(found, population))
    return _result(found, fraction, models, dankar(fraction, *models))


def dankar(
    fraction: float, by_pitman: float | None, by_zayatz: float, by_snb: float | None
) -> tuple[UniquenessModel, float]:
    """The rule: up to a tenth Pitman (Zayatz where it has no solution); above it the smaller of SNB and Zayatz."""
    if fraction <= SMALL_FRACTION and by_pitman is not None:
        return UniquenessModel.PITMAN, by_pitman
    if fraction > SMALL_FRACTION and by_snb is not None and by_snb <= by_zayatz:
        return UniquenessModel.SNB, by_snb
    return UniquenessModel.ZAYATZ, by_zayatz


def _result(
    found: Histogram,
    fraction: float,
    models: tuple[float | None, float | None, float | None],
    taken: tuple[UniquenessModel, float],
) -> PopulationUniques:
    population, ones = max(found.rows, round(found.rows / fraction)), found.of_size(1)
    estimate = min(taken[1], float(population))
    of_sample = min(1.0, estimate * found.rows / population / ones) if ones else 0.0
    return PopulationUniques(fraction, population, *models, taken[0], estimate, estimate / population, of_sample)


def zayatz(found: Histogram, population: int) -> float:
    """Bayes: s_1 (N / n) P(F = 1 | f = 1), where classes of the population are taken to be as large as those of the
    sample, and P(f = 1 | F = j) is hypergeometric."""
    rows = found.rows
    chance = np.array([_one_of(int(size), population, rows) for size in found.size])
    of_one = chance[0] * found.count[0] if found.size[0] == 1 else 0.0
    return float(found.of_size(1) * population / rows * of_one / (chance @ found.count))


def _one_of(size: int, population: int, rows: int) -> float:
    """That just one of a class's `size` members is among `rows` drawn from the population: hypergeometric."""
    others = population - rows
    if size - 1 > others:
        return 0.0
    return exp(
        log(size)
        + log(rows)
        + (lgamma(others + 1) - lgamma(others - size + 2))
        - (lgamma(population + 1) - lgamma(population - size + 1))
    )


def pitman(found: Histogram, population: int) -> float | None:
    """The expected uniques of Pitman's sampling formula at its likeliest parameters; None where there are none."""
    parameters = pitman_parameters(found)
    if parameters is None:
        return None
    theta, alpha = parameters
    return population * exp(
        lgamma(theta + alpha + population - 1) - lgamma(theta + alpha) + lgamma(theta + 1) - lgamma(theta + population)
    )


def pitman_parameters(found: Histogram) -> tuple[float, float] | None:
    """theta and alpha (0 <= alpha < 1, theta > -alpha) that make the sample likeliest (Hoshino 2001).

    For each alpha the best theta is where its score is 0; then alpha is sought among those pairs. None where the
    likelihood has no highest point: every row is unique, or all rows are one class."""
    rows, classes = found.rows, found.classes
    if classes in (1, rows):
        return None
    grid = [at / 64 for at in range(64)]
    best = max(grid, key=lambda alpha: _profile(found, alpha))
    low, high = max(0.0, best - 1 / 64), min(1 - 1e-9, best + 1 / 64)
    alpha = _highest(lambda alpha: _profile(found, alpha), low, high)
    return _theta(found, alpha), alpha


def _profile(found: Histogram, alpha: float) -> float:
    return pitman_likelihood(found, _theta(found, alpha), alpha)


def pitman_likelihood(found: Histogram, theta: float, alpha: float) -> float:
    """The logarithm of the likelihood, without what does not depend on the parameters."""
    inner = np.array([lgamma(size - alpha) for size in found.size.tolist()]) - lgamma(1 - alpha)
    return _log_rising(theta, alpha, found.classes) - _log_rising(theta, 1.0, found.rows) + float(inner @ found.count)


def _log_rising(theta: float, step: float, count: int) -> float:
    """The sum of log(theta + i step) for i from 1 to count - 1."""
    if step < 1e-9:
        return (count - 1) * log(theta) if theta > 0 else -inf
    start = theta / step
    if start > 1e7 * count:  # where differences of lgamma would lose their digits
        return (count - 1) * log(theta + step * count / 2)
    return (count - 1) * log(step) + lgamma(start + count) - lgamma(start + 1)


def _theta(found: Histogram, alpha: float) -> float:
    """Where the score of theta is 0: positive near -alpha, negative far out, so halving finds it."""
    low, high = log(1e-12), log(1e15)
    for _ in range(STEPS):
        middle = (low + high) / 2
        theta = exp(middle) - alpha
        score = _inverses(theta, alpha, found.classes) - _inverses(theta, 1.0, found.rows)
        low, high = (middle, high) if score > 0 else (low, middle)
        if high - low < 1e-14:
            break
    return exp((low + high) / 2) - alpha


def _inverses(theta: float, step: float, count: int) -> float:
    """The sum of 1 / (theta + i step) for i from 1 to count - 1."""
    if step < 1e-9:
        return (count - 1) / theta if theta > 0 else inf
    return (_digamma(theta / step + count) - _digamma(theta / step + 1)) / step


def _digamma(x: float) -> float:
    """Abramowitz and Stegun 6.3.5 and 6.3.18; x above 0."""
    total = 0.0
    while x < 12:
        total -= 1 / x
        x += 1
    square = 1 / (x * x)
    series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return total + log(x) - 1 / (2 * x) - series


def _highest(value: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one peak between `low` and `high` is highest: golden section."""
    part = (5**0.5 - 1) / 2
    left, right = high - part * (high - low), low + part * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(60):
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - part * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + part * (high - low)
            at_right = value(right)
    return (low + high) / 2


def snb(found: Histogram, population: int) -> float | None:
    """K beta^alpha: K classes, each of 1 + a negative binomial number of rows; None where no parameters fit.

    alpha and beta are such that the expected classes of one and of two rows in a sample are those found. Where more
    than one pair does so, the one whose population is nearest in size to the true one is taken."""
    fraction, ones, twos = found.rows / population, found.of_size(1), found.of_size(2)
    classes = shlosser(found, fraction)
    if classes is None or ones == 0 or twos == 0:
        return None
    fitting = []
    for start in ((log(alpha), log(odds)) for alpha in (0.01, 0.1, 0.5, 2.0) for odds in (1e-3, 0.03, 0.5, 5.0)):
        solved = _solve(np.array(start), classes=classes, fraction=fraction, wanted=np.log([ones, twos]))
        if solved is not None:
            fitting.append(solved)
    if not fitting:
        return None
    alpha, beta = min(
        fitting, key=lambda each: abs(log(classes * (1 + each[0] * (1 - each[1]) / each[1]) / population))
    )
    return classes * exp(alpha * log(beta))


def snb_expected(alpha: float, beta: float, fraction: float) -> tuple[float, float]:
    """For one class of 1 + NB(alpha, beta) rows, of which each is drawn with this chance: the chances that one row and
    that two are drawn, the first and half the second derivative at 0 of the number's generating function."""
    odd = (1 - beta) * (1 - fraction)
    front = exp(alpha * (log(beta) - log(1 - odd)))
    one = fraction * front * (1 + alpha * odd / (1 - odd))
    two = fraction**2 * alpha * (1 - beta) * front * (2 - (1 - alpha) * odd) / (2 * (1 - odd) ** 2)
    return one, two


def shlosser(found: Histogram, fraction: float) -> float | None:
    """The number of classes in the population: Sh3 of Haas and Stokes (1998); None where it divides by zero."""
    size, count, rest = found.size.astype(np.float64), found.count, 1 - fraction
    square = fraction * fraction
    first = float((size * square * (1 - square) ** (size - 1)) @ count)
    second = float((rest**size * ((1 + fraction) ** size - 1)) @ count)
    third = float(rest**size @ count)
    fourth = float((size * fraction * rest ** (size - 1)) @ count)
    if second == 0 or fourth == 0:
        return None
    return found.classes + found.of_size(1) * first / second * (third / fourth) ** 2


def _solve(at: Floats, *, classes: float, fraction: float, wanted: Floats) -> tuple[float, float] | None:
    """Newton with halved steps on (log alpha, log odds of beta); None where it does not arrive."""

    def miss(point: Floats) -> Floats:
        alpha, beta = exp(point[0]), 1 / (1 + exp(-point[1]))
        return np.log(np.array(snb_expected(alpha, beta, fraction)) * classes) - wanted

    gap = miss(at)
    for _ in range(STEPS):
        if np.abs(gap).max() < MISS:
            return exp(at[0]), 1 / (1 + exp(-at[1]))
        slope = np.stack([(miss(at + step) - gap) / 1e-6 for step in np.eye(2) * 1e-6], axis=1)
        if not np.isfinite(slope).all() or abs(np.linalg.det(slope)) < 1e-12:
            return None
        step = np.clip(np.linalg.solve(slope, -gap), -2, 2)
        moved = _shorter(miss, at, step, gap)
        if moved is None:
            return None
        at, gap = moved, miss(moved)
    return None


def _shorter(miss: Callable[[Floats], Floats], at: Floats, step: Floats, gap: Floats) -> Floats | None:
    """The step, halved until it brings the equations nearer to being met."""
    for halvings in range(30):
        tried: Floats = np.clip(at + step / 2**halvings, (-30, -25), (12, 25))
        if np.abs(miss(tried)).sum() < np.abs(gap).sum():
            return tried
    return None
