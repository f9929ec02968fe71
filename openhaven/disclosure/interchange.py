"""What nobody can rule out of a recoded file, however they reason: rows that can change places.

Recoding looks at what rows hold, not at where they stand. So where two rows show the same labels (and the same
confidential value, where that counted), a file in which they had each other's values would have been recoded to the
very same file. Whoever has nothing but the file, the hierarchies and the program cannot tell the two apart: each value
that some row of those alike has stays possible for all of them. Joint attacks are no exception (Cohen, "Attacks on
Deidentification's Defenses", USENIX Security 2022, takes one class beside another).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openhaven.disclosure.classes import combine, different, group
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.histories import NOBODY, people_of


def loss_for_sure(leaves: Ints, alike: Ints, rows: Ints, hierarchies: Sequence[Hierarchy]) -> float:
    """The least loss (0 to 1) that is left on the values that anybody can rule out none of.

    `leaves` is lines x columns, `rows` how many rows each line stands for, `alike` a number that is the same for lines
    whose rows can change places."""
    found = group(alike)
    weight, lost = found.sum(rows), 0.0
    for column, hierarchy in zip(leaves.T, hierarchies, strict=True):
        width = len(hierarchy.leaves)
        if width > 1:
            pairs = different(found.of_each * width + column)
            lost += float((np.bincount(pairs // width) - 1) @ weight) / (width - 1)
    return lost / (float(rows.sum()) * len(hierarchies))


def by_history(person: Ints, shown: Ints) -> Ints:
    """A number for each row, equal where rows can change places together with all other rows of their people: those
    have as many rows in each of what is `shown` (a number of each row). Rows of NOBODY stand for themselves."""
    alike = shown.astype(np.int64)
    people = people_of(person, shown)
    if people is None:
        return alike
    lengths = np.diff(people.first, append=len(people.order))
    history = np.zeros(len(person), dtype=np.int64)
    history[people.order] = np.repeat(people.of_person, lengths) + 1
    assert (history[person == NOBODY] == 0).all()
    return combine([history, alike], [int(history.max()) + 1, int(alike.max()) + 1])


def of_rows(line: Ints, alike: Ints) -> tuple[Ints, Ints, Ints]:
    """The lines, how rows of them are alike, and how many rows: each pair of both once."""
    size = int(alike.max()) + 1
    found = group(combine([line, alike], [int(line.max()) + 1, size]))
    return line[found.members], alike[found.members], np.diff(found.starts, append=len(found.order))
