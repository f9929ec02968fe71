"""Figures made from protected counts: a percentage, a rate, a mean or a percentile tells of counts what it is made of.

So each is made from what prints, or is hidden: never from a true count beside a hidden one (SDC-HES-2018,
SDC-OPENSAFELY). Under a rule for small numbers a standardised rate wants ten events.
"""

from collections.abc import Sequence

from openhaven.disclosure.rules import HIDDEN, Rule

FEWEST_EVENTS = 10  # of a standardised rate; policy of this installation


def percentage(part: str, whole: str, *, decimals: int = 1, all_or_none: bool = True) -> str:
    """From two printed counts; `*` where either is. `all_or_none`: 0% and 100% print `*` too, since they tell of each
    person in the whole."""
    if HIDDEN in (part, whole) or int(whole) == 0:
        return HIDDEN
    if not all_or_none and int(part) in (0, int(whole)):
        return HIDDEN
    return f"{100 * min(int(part) / int(whole), 1):.{decimals}f}"


def rate(events: str, population: float, *, per: int = 100_000, decimals: int = 1) -> str:
    """Crude, from a printed count and a population that is not confidential; it gives the count back, no more."""
    return HIDDEN if events == HIDDEN or population <= 0 else f"{int(events) / population * per:.{decimals}f}"


def standardised_rate(rate_: float, events: int, *, shown: str, decimals: int = 1) -> str:
    """A rate standardised elsewhere: `*` where its events are hidden or fewer than ten."""
    return HIDDEN if shown == HIDDEN or events < FEWEST_EVENTS else f"{rate_:.{decimals}f}"


def mean(amounts: Sequence[float], *, shown: str, rule: Rule, decimals: int = 1) -> str:
    """`*` where the count prints so, or is small: a mean and a count give the sum."""
    if shown == HIDDEN or len(amounts) <= rule.small:
        return HIDDEN
    return f"{sum(amounts) / len(amounts):.{decimals}f}"


def percentile(amounts: Sequence[float], share: float, *, shown: str, rule: Rule, decimals: int = 1) -> str:
    """The value below which this share lies, where more people than the rule calls small lie on either side of it:
    otherwise it is somebody's own value. The least and the greatest (share 0 and 1) so always print `*`."""
    ordered = sorted(amounts)
    place = round(share * (len(ordered) - 1)) if ordered else 0
    beside = min(place, len(ordered) - 1 - place)
    if shown == HIDDEN or beside < rule.small:
        return HIDDEN
    return f"{ordered[place]:.{decimals}f}"


def steps(at_risk: Sequence[int], events: Sequence[int], *, rule: Rule) -> list[tuple[int, int]]:
    """Steps of a survival curve joined until each holds more events than the rule calls small: (events, at risk at its
    start); the last events that are too few stand with the step before them, or not at all."""
    found: list[tuple[int, int]] = []
    held, start = 0, None
    for risk, count in zip(at_risk, events, strict=True):
        start = risk if start is None else start
        held += count
        if held > rule.small:
            found.append((held, start))
            held, start = 0, None
    if held and found:
        found[-1] = (found[-1][0] + held, found[-1][1])
    return found
