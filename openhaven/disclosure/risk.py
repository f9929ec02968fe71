"""What an attacker who knows somebody's quasi-identifiers, and that they are in the file, can hope for
(the rating of risk in ANON-02; the motivated intruder of ANON-05).

Prosecutor risk of a row is 1 / (size of its class). Sizes are people where people are counted, else rows.
k protects a row, not a person's history: see trajectories.py for people with several rows.
"""

from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.classes import combine, group
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.model.errors import BadInput

THRESHOLD = 5  # ANON-03: k for high risk as commonly quoted; policy of this installation


@dataclass(frozen=True)
class PeopleRisk:
    """Counted exactly: `people` in all, `k` the fewest in a class, `classes_of_one` and the rows in them."""

    people: int
    k: int
    classes_of_one: int
    rows_of_one: int


@dataclass(frozen=True)
class Risk:
    """`uniques` are rows alone in their class; `rows_at_risk` are rows in classes below `threshold`."""

    rows: int
    classes: int
    k: int
    uniques: int
    average_class: float
    highest: float
    average: float
    threshold: int
    rows_at_risk: int
    people: PeopleRisk | None


def measure(
    rows: Ints, *, people: Ints | None = None, all_people: int | None = None, threshold: int = THRESHOLD
) -> Risk:
    """`rows` and `people`: exact counts for each class; `all_people`: how many people there are in all.

    People must come with `all_people`, since counts of people cannot be added over classes.
    """
    if len(rows) == 0 or int(rows.min()) < 1:
        raise BadInput("there are no rows", todo="Give a file that holds at least one row.")
    if (people is None) != (all_people is None):
        raise BadInput("people in each class and people in all go together")
    sizes = rows if people is None else people
    risk_of_row: Floats = 1 / sizes
    total = int(rows.sum())
    return Risk(
        rows=total,
        classes=len(rows),
        k=int(rows.min()),
        uniques=int((rows == 1).sum()),
        average_class=total / len(rows),
        highest=float(risk_of_row.max()),
        average=float(risk_of_row @ rows) / total,
        threshold=threshold,
        rows_at_risk=int(rows[sizes < threshold].sum()),
        people=None if people is None or all_people is None else _people(rows, people, all_people),
    )


def _people(rows: Ints, people: Ints, all_people: int) -> PeopleRisk:
    alone = people == 1
    return PeopleRisk(all_people, int(people.min()), int(alone.sum()), int(rows[alone].sum()))


def without_each(codes: Ints) -> tuple[int, ...]:
    """For each quasi-identifier: how many rows would still be unique were it left out. codes: rows x columns."""
    sizes = [int(column.max()) + 1 for column in codes.T]
    return tuple(
        _uniques(codes, sizes, [at for at in range(len(sizes)) if at != left_out]) for left_out in range(len(sizes))
    )


def _uniques(codes: Ints, sizes: list[int], columns: list[int]) -> int:
    if not columns:
        return int(len(codes) == 1)
    found = group(combine([codes[:, at] for at in columns], [sizes[at] for at in columns]))
    return int((np.diff(found.starts, append=len(codes)) == 1).sum())
