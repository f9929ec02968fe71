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


@dataclass(frozen=True)
class Attackers:
    """Risks of a row, 0 to 1 (El Emam, Guide to the De-Identification of Personal Health Information, 2013, ch. 16).

    The prosecutor knows that the person is in the file; the journalist does not, and looks for anybody; the marketer
    wants as many as possible. `at_risk` is the share of rows whose risk is above 1 / threshold. Where no population is
    known, nobody outside the file is counted: the journalist's risk is then given as the prosecutor's, its upper bound.
    """

    prosecutor: "Chances"
    journalist: "Chances"
    marketer: float
    population_known: bool


@dataclass(frozen=True)
class Chances:
    """Over all rows: the highest and the mean chance of a right match, and the share of rows above the threshold."""

    highest: float
    mean: float
    at_risk: float


def attackers(rows: Ints, sizes: Ints, *, population: Ints | None = None, threshold: int = THRESHOLD) -> Attackers:
    """`rows` of each class, `sizes` what is counted in it (people or rows), `population` how many the wider table has.

    A class that the population has too few of is taken to be as large as in the file."""
    wider = sizes if population is None else np.maximum(sizes, population)
    return Attackers(
        prosecutor=_chances(rows, sizes, threshold),
        journalist=_chances(rows, wider, threshold),
        marketer=float((rows / wider).sum()) / int(rows.sum()),
        population_known=population is not None,
    )


def _chances(rows: Ints, sizes: Ints, threshold: int) -> Chances:
    total = int(rows.sum())
    return Chances(
        float((1 / sizes).max()), float((rows / sizes).sum()) / total, float(rows[sizes < threshold].sum()) / total
    )


def _people(rows: Ints, people: Ints, all_people: int) -> PeopleRisk:
    alone = people == 1
    return PeopleRisk(all_people, int(people.min()), int(alone.sum()), int(rows[alone].sum()))


@dataclass(frozen=True)
class Without:
    """Were a column left out: the rows still alone, and the classes left as a share of rows (the mean risk)."""

    uniques: int
    mean: float


def without_each(codes: Ints, rows: Ints | None = None) -> tuple[Without, ...]:
    """What each quasi-identifier does. `codes` is combinations x columns, `rows` counts each (else one each)."""
    rows = np.ones(len(codes), dtype=np.int64) if rows is None else rows
    sizes = [int(column.max()) + 1 for column in codes.T]
    return tuple(
        _without(codes, rows, sizes, [at for at in range(len(sizes)) if at != left_out])
        for left_out in range(len(sizes))
    )


def _without(codes: Ints, rows: Ints, sizes: list[int], columns: list[int]) -> Without:
    total = int(rows.sum())
    if not columns:
        return Without(int(total == 1), 1 / total)
    found = group(combine([codes[:, at] for at in columns], [sizes[at] for at in columns]))
    merged = found.sum(rows)
    return Without(int((merged == 1).sum()), len(merged) / total)
