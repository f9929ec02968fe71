"""`haven tabulate --measure`: sums of a column by others, no contributor given away (p%, dominance, too few)."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from openhaven.disclosure.dominance import AmountRule
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.disclosure.ready import SAFE, UNSAFE, Amount, Axis, ProtectedAmounts, axis_of, protect_amounts
from openhaven.disclosure.rules import HIDDEN
from openhaven.disclosure.tables import TOTAL
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded
from openhaven.tools.printed import SECOND, SMALL, Line, Printed

Labels = tuple[str, ...]


def amounts_of(name: str, column: Coded) -> Floats:
    """The amount of each row; a blank one is 0. Raises BadInput where one is none, or negative."""
    found = np.zeros(len(column.values))
    for at, text in enumerate(column.values):
        try:
            found[at] = float(text) if text else 0.0
        except ValueError:
            raise BadInput(f"{text!r} is not an amount", where=name) from None
        if not 0 <= found[at] < np.inf:
            raise BadInput(f"amounts cannot be negative: {text}", where=name)
    return found[column.codes]


def summed(
    columns: Sequence[tuple[str, Coded]], amounts: Floats, rule: AmountRule, *, contributor: Ints | None
) -> tuple[list[Axis], list[tuple[Labels, Amount]]]:
    """Every cell and total with what must stay possible of it. `contributor`: who each row is of; None: its own."""
    axes = [axis_of(name, [*column.values, TOTAL]) for name, column in columns]
    who = np.arange(len(amounts)) if contributor is None else contributor
    cells = []
    for cell in product(*(range(len(axis.labels) + 1) for axis in axes)):
        inside = np.ones(len(amounts), dtype=np.bool_)
        for place, axis, (_, column) in zip(cell, axes, columns, strict=True):
            if place < len(axis.labels):
                inside &= column.codes == place
        labels = tuple((*axis.labels, TOTAL)[place] for place, axis in zip(cell, axes, strict=True))
        cells.append((labels, _amount(amounts[inside], who[inside], rule)))
    return axes, cells


def _amount(amounts: Floats, who: Ints, rule: AmountRule) -> Amount:
    people = np.unique(who, return_inverse=True)[1]
    each = np.bincount(people, amounts) if len(amounts) else np.zeros(0)
    margin = rule.margin([float(value) for value in each])
    value = float(amounts.sum())
    status = UNSAFE if margin > 0 else SAFE
    return Amount(value, status, min(margin, value), margin, cost=max(value, 1e-3))


def printed_sums(
    axes: Sequence[Axis], cells: Sequence[tuple[Labels, Amount]], rule: AmountRule, *, unit: str
) -> tuple[Printed, ProtectedAmounts]:
    """The table as it may be printed. Raises Unmet where a sum cannot be protected."""
    made = protect_amounts(axes, cells)
    hidden, second = set(made.hidden.tolist()), set(made.second.tolist())
    lines = tuple(
        Line(
            labels,
            (HIDDEN if at in hidden else f"{amount.value:.15g}",),
            (SECOND if at in second else SMALL if at in hidden else "",),
        )
        for at, (labels, amount) in enumerate(cells)
    )
    says = (f"Rule {rule.name}, policy of this installation, and at least {rule.fewest} contributors.",)
    return Printed(tuple(axis.name for axis in axes), (unit,), lines, rule.name, says), made
