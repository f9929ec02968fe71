"""`haven tabulate --measure`: sums of a column by others, no contributor given away (p%, dominance, too few)."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import numpy as np

from openhaven.disclosure.contributors import Contributors, Inside
from openhaven.disclosure.dominance import AmountRule
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.ready import (
    EMPTY,
    LARGEST_AMOUNT,
    SAFE,
    UNSAFE,
    Amount,
    Axis,
    ProtectedAmounts,
    axis_of,
    protect_amounts,
)
from openhaven.disclosure.rules import HIDDEN
from openhaven.disclosure.tables import TOTAL
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded
from openhaven.tools.printed import GIVES_AWAY, SECOND, Line, Printed

Labels = tuple[str, ...]


def number_of(text: str) -> float | None:
    """The number that the text writes with digits and a point, as spreadsheets do; None for any other text."""
    plain = re.fullmatch(r" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *", text, re.ASCII)
    return float(text) if plain else None


def without_exponent(number: str) -> str:
    """The same number in digits alone, as a decimal of CSVW is written."""
    return format(Decimal(number.strip()), "f")


def amounts_of(name: str, column: Coded) -> Floats:
    """The amount of each row; a blank one is 0. Raises BadInput where one is none, negative, or too large."""
    found = np.zeros(len(column.values))
    for at, text in enumerate(column.values):
        amount = number_of(text) if text else 0.0
        if amount is None:
            raise BadInput(f"{text!r} is not an amount", where=name)
        if amount < 0:
            raise BadInput(f"amounts cannot be negative: {text}", where=name)
        if amount > LARGEST_AMOUNT:
            raise BadInput(f"amounts cannot be above {LARGEST_AMOUNT:g}: {text}", where=name)
        found[at] = amount
    return found[column.codes]


def summed(
    columns: Sequence[tuple[str, Coded]], amounts: Floats, rule: AmountRule, *, contributor: Ints | None
) -> tuple[list[Axis], list[tuple[Labels, Amount]], Contributors]:
    """Every cell and total with what must stay possible of it, and who contributes to it. `contributor`: who each row
    is of; None: its own."""
    axes = [axis_of(name, [*column.values, TOTAL]) for name, column in columns]
    who = np.arange(len(amounts)) if contributor is None else contributor
    least = float(min(amounts[amounts > 0], default=1.0))
    cells, given = [], []
    for cell in product(*(range(len(axis.labels) + 1) for axis in axes)):
        inside = np.ones(len(amounts), dtype=np.bool_)
        for place, axis, (_, column) in zip(cell, axes, columns, strict=True):
            if place < len(axis.labels):
                inside &= column.codes == place
        labels = tuple((*axis.labels, TOTAL)[place] for place, axis in zip(cell, axes, strict=True))
        given.append(_inside(amounts[inside], who[inside]))
        cells.append((labels, _amount(given[-1], rule, least)))
    return axes, cells, Contributors(rule, given, least)


def _inside(amounts: Floats, who: Ints) -> Inside:
    people, place = np.unique(who, return_inverse=True)
    return people, np.bincount(place, amounts, minlength=len(people)).astype(np.float64)


def _amount(inside: Inside, rule: AmountRule, least: float) -> Amount:
    """A sum of nobody always prints: a table of counts would say it, so that hiding it protects nothing."""
    each = inside[1]
    margin = rule.margin([float(value) for value in each], least=least)
    value = float(each.sum())
    status = UNSAFE if margin > 0 else SAFE if len(each) else EMPTY
    return Amount(value, status, min(margin, value), margin, cost=max(value, 1e-3))


def printed_sums(
    axes: Sequence[Axis], cells: Sequence[tuple[Labels, Amount]], contributors: Contributors, *, unit: str
) -> tuple[Printed, ProtectedAmounts]:
    """The table as it may be printed. Raises Unmet where a sum cannot be protected."""
    rule = contributors.rule
    made = protect_amounts(axes, cells, contributors=contributors)
    hidden, second = set(made.hidden.tolist()), set(made.second.tolist())
    lines = tuple(
        Line(
            labels,
            (HIDDEN if at in hidden else without_exponent(f"{amount.value:.15g}"),),
            (SECOND if at in second else GIVES_AWAY if at in hidden else "",),
        )
        for at, (labels, amount) in enumerate(cells)
    )
    says = (f"Rule {rule.name}, policy of this installation, and at least {rule.fewest} contributors.",)
    return Printed(tuple(axis.name for axis in axes), (unit,), lines, rule.name, says), made
