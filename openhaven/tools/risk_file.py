"""The rows of a file as `haven risk` sees them: those that are shown, as combinations, classes and people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from openhaven.disclosure.alone import holder_of, row_holders
from openhaven.disclosure.classes import Bools, combine, count_people, group
from openhaven.disclosure.hierarchy import ALL, Ints
from openhaven.tools.combinations import Combinations
from openhaven.tools.files import Coded
from openhaven.tools.risk_request import RiskRequest


@dataclass(frozen=True)
class RiskFile:
    """The rows that are shown. `codes` is combinations x (quasi-identifiers, then the confidential column), `rows`
    counts each, `class_of` is each one's class of quasi-identifiers; `members` stands for each class. `of_row` and
    `person` go over rows, and are None where nobody is named."""

    held: Combinations
    hidden_rows: int
    codes: Ints
    rows: Ints
    class_of: Ints
    members: Ints
    of_row: Ints | None
    person: Ints | None

    @property
    def class_rows(self) -> Ints:
        return np.bincount(self.class_of, self.rows).astype(np.int64)

    def people(self, part_of: Ints) -> Ints | None:
        """How many people each part holds, given the part of each combination."""
        if self.of_row is None or self.person is None:
            return None
        return count_people(part_of[self.of_row], self.person, classes=int(part_of.max()) + 1)

    def one(self, part_of: Ints, rows: Ints) -> Ints:
        """Who holds each part, as in disclosure.alone."""
        if self.of_row is None or self.person is None:
            return row_holders(rows)
        return holder_of(part_of[self.of_row], self.person, combinations=len(rows))


def shown(held: Combinations, request: RiskRequest) -> RiskFile:
    """Without the rows that are `*` in every quasi-identifier, unless every row is."""
    hidden: Bools = np.ones(len(held.rows), dtype=np.bool_)
    for at, name in enumerate(request.qi):
        values = held.values[name]
        hidden &= held.codes[:, at] == (values.index(ALL) if ALL in values else -1)
    if hidden.all():
        hidden[:] = False
    kept = np.flatnonzero(~hidden)
    codes = held.codes[kept]
    found = group(_keys(held, codes, request.qi))
    of_row = person = None
    if request.person is not None:
        number = np.full(len(hidden), -1)
        number[kept] = np.arange(len(kept))
        place = number[held.of_row]
        of_row, person = place[place >= 0], held.apart[request.person].astype(np.int64)[place >= 0]
    rows = held.rows[kept]
    return RiskFile(held, int(held.rows[hidden].sum()), codes, rows, found.of_each, found.members, of_row, person)


def _keys(held: Combinations, codes: Ints, qi: Sequence[str]) -> Ints:
    return combine([codes[:, at] for at in range(len(qi))], [len(held.values[name]) for name in qi])


def shown_values(values: tuple[str, ...], codes: Ints) -> Coded:
    """Without the values that only suppressed rows have."""
    present, numbers = np.unique(codes, return_inverse=True)
    return Coded(tuple(values[at] for at in present.tolist()), numbers.ravel())
