"""Figures made from protected counts: a percentage, a rate, a mean or a percentile tells of counts what it is made of.

So each is made from what prints, or is hidden: never from a true count beside a hidden one (SDC-HES-2018,
SDC-OPENSAFELY). What is made of printed counts alone tells no more than they do. What is made of each row's own amount
(means, percentiles) is attacked together with the counts, in `measured`.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, sqrt

from openhaven.disclosure.rules import HIDDEN, Rule

FEWEST_EVENTS = 10  # of a standardised rate; policy of this installation
SURE = 1.96  # 95% intervals
NOTHING = ""  # a figure of nobody
Interval = tuple[float, float]


def percentage(part: str, whole: str, *, decimals: int = 1, all_or_none: bool = True) -> str:
    """From two printed counts; `*` where either is. `all_or_none`: 0% and 100% print `*` too, since they tell of each
    person in the whole."""
    if HIDDEN in (part, whole) or int(whole) == 0:
        return HIDDEN
    if not all_or_none and int(part) in (0, int(whole)):
        return HIDDEN
    return f"{100 * min(int(part) / int(whole), 1):.{decimals}f}"


def ratio(count: str, other: str, *, decimals: int = 2) -> str:
    """Of two printed counts; `*` where either is, or the other is 0."""
    return HIDDEN if HIDDEN in (count, other) or int(other) == 0 else f"{int(count) / int(other):.{decimals}f}"


def rate(events: str, population: float, *, per: int = 100_000, decimals: int = 1) -> str:
    """Crude, from a printed count and a population that is not confidential; it gives the count back, no more."""
    return HIDDEN if events == HIDDEN or population <= 0 else f"{int(events) / population * per:.{decimals}f}"


def share_interval(part: str, whole: str) -> Interval | None:
    """95% interval of a percentage, from printed counts (Wilson, 1927)."""
    if HIDDEN in (part, whole) or int(whole) == 0:
        return None
    n, p = int(whole), min(int(part) / int(whole), 1.0)
    middle, width = p + SURE**2 / (2 * n), SURE * sqrt(p * (1 - p) / n + SURE**2 / (4 * n * n))
    wide = 1 + SURE**2 / n
    return 100 * max((middle - width) / wide, 0), 100 * min((middle + width) / wide, 1)


def rate_interval(events: str, population: float, *, per: int = 100_000) -> Interval | None:
    """95% interval of a crude rate, from a printed count (Byar's approximation)."""
    if events == HIDDEN or population <= 0:
        return None
    low, high = _byar(int(events))
    return low / population * per, high / population * per


def _byar(events: int) -> Interval:
    low = events * (1 - 1 / (9 * events) - SURE / (3 * sqrt(events))) ** 3 if events else 0.0
    more = events + 1
    return max(low, 0.0), more * (1 - 1 / (9 * more) + SURE / (3 * sqrt(more))) ** 3


def standardised_rate(rate_: float, events: int, *, shown: str, decimals: int = 1) -> str:
    """A rate standardised elsewhere: `*` where its events are hidden or fewer than ten."""
    return HIDDEN if shown == HIDDEN or events < FEWEST_EVENTS else f"{rate_:.{decimals}f}"


def directly_standardised(
    events: Sequence[str], populations: Sequence[float], standard: Sequence[float], *, per: int = 100_000
) -> str:
    """From the printed counts of each stratum, their populations and a standard one; `*` where a count is hidden, a
    population is empty, or the printed events are fewer than ten together."""
    if HIDDEN in events or min(populations, default=0) <= 0 or sum(standard) <= 0:
        return HIDDEN
    total = sum(int(count) for count in events)
    found = sum(weight * int(count) / size for count, size, weight in zip(events, populations, standard, strict=True))
    return standardised_rate(found / sum(standard) * per, total, shown=str(total))


def place_of(share: float, count: int) -> int:
    """Where, among so many amounts in order, the least one stands at or below which this share of them lies."""
    return max(ceil(Fraction(str(share)) * count) - 1, 0)


def step_ends(events: Sequence[int], *, rule: Rule) -> list[int]:
    """Where steps of a survival curve end, of events in the order of time, so that each step holds more than the rule
    calls small. The last step has no end: it would be the time of one of the last few, or the greatest of all."""
    ends: list[int] = []
    held = 0
    for at, count in enumerate(events):
        held += count
        if held > rule.small:
            ends.append(at)
            held = 0
    return ends[:-1]


def survival(events: Sequence[str], others: Sequence[str], *, at_risk: str, decimals: int = 3) -> list[str]:
    """The share that is without the event at the end of each step, from printed counts: of all `at_risk` at the start,
    of those with the event in each step, and of those last seen in it without one. `*` from the first step on in which
    a count is hidden, since who is at risk later follows from it."""
    left, share = (0 if at_risk == HIDDEN else int(at_risk)), 1.0
    found: list[str] = []
    for count, other in zip(events, others, strict=True):
        if HIDDEN in (at_risk, count, other):
            return [*found, *[HIDDEN] * (len(events) - len(found))]
        share *= 1 - min(int(count) / left, 1) if left > 0 else 1
        found.append(f"{share:.{decimals}f}")
        left -= int(count) + int(other)
    return found


def map_classes(values: Sequence[str], classes: int) -> tuple[list[str], list[Interval]]:
    """The class of each printed value, from 1 up, and the least and greatest printed value of each class; `*` where
    the value is. Values alike stand in one class, classes hold about as many values each; bounds are printed values,
    so they tell no more."""
    numbers = sorted(float(value) for value in values if value not in (HIDDEN, NOTHING))
    cuts = sorted({numbers[len(numbers) * at // classes] for at in range(1, classes)}) if numbers else []
    place = [
        HIDDEN if value in (HIDDEN, NOTHING) else str(1 + sum(float(value) >= cut for cut in cuts)) for value in values
    ]
    used = sorted({int(each) for each in place if each != HIDDEN})
    again = {str(each): str(at) for at, each in enumerate(used, start=1)}
    found = [again.get(each, HIDDEN) for each in place]
    ends = []
    for at in range(1, len(used) + 1):
        inside = [float(value) for value, each in zip(values, found, strict=True) if each == str(at)]
        ends.append((min(inside), max(inside)))
    return found, ends
