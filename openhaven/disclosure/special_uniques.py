"""Special uniques (SUDA2): who is alone already by few columns, and which columns do it.

A minimal sample unique (MSU) of a person is a set of columns by which they are alone, while no part of it suffices
(Manning, Haglin and Keane, Data Mining and Knowledge Discovery 16, 2008). Every set up to a size is looked at, small
ones first. Scores after Elliot, Manning and Ford (International Journal of Uncertainty, Fuzziness and Knowledge-Based
Systems 10(5), 2002): an MSU of k columns out of c, looked for up to m, adds (c - k)(c - k - 1)...(c - m).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod

import numpy as np
import numpy.typing as npt

from openhaven.disclosure.alone import alone, joined, keys_of, packed
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Floats, Ints
from openhaven.model.errors import BadInput

MOST_COLUMNS = 3
MOST_WORK = 150_000_000  # combinations looked at, once for each set of columns: some seconds
Columns = tuple[int, ...]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ColumnSet:
    """`columns` (by number) by which `count` combinations are alone, and by no part of them."""

    columns: Columns
    count: int


@dataclass(frozen=True)
class SpecialUniques:
    """`found` numbers the combinations that are alone on all columns; `score`, `dis` and `smallest` go with them.

    `score` is SUDA's; `dis` the chance, by the file's own, that a match to it is right (None without a sampling
    fraction); `smallest` the size of the smallest MSU, 0 where none up to `most` was found. `by_size[i]` counts MSUs
    of i + 1 columns; `share[j]` is the share of all score that comes from MSUs with column j. `file_dis` is the chance
    for the whole file. `looked_at` of `sets` sets of columns were looked at: where fewer, all figures are lower bounds.
    """

    most: int
    found: Ints
    score: Floats
    dis: Floats | None
    smallest: Ints
    by_size: tuple[int, ...]
    share: tuple[float, ...]
    column_sets: tuple[ColumnSet, ...]
    file_dis: float | None
    looked_at: int
    sets: int

    @property
    def special(self) -> int:
        """Combinations that are alone already by at most `most` columns."""
        return int((self.smallest > 0).sum())


def special_uniques(
    codes: Ints,
    one: Ints,
    sizes: Ints,
    *,
    most: int = MOST_COLUMNS,
    fraction: float | None = None,
    most_work: int = MOST_WORK,
) -> SpecialUniques:
    """`codes` is combinations x columns; `one` as in alone.py; `sizes` how many people (or rows) each combination has.

    `most` is the largest set of columns; `fraction` the share of the population that is in the file, for `dis`."""
    columns = codes.shape[1]
    if most < 1:
        raise BadInput(f"sets of columns have at least 1, not {most}")
    most = min(most, columns)
    search = _Search(codes, one, most)
    for size in range(1, most + 1):
        search.look(size, most_work)
    file_dis = None if fraction is None else match_chance(sizes, fraction)
    total = float(search.score.sum())
    return SpecialUniques(
        most=most,
        found=search.candidates,
        score=search.score,
        dis=None if file_dis is None else dis_scores(search.score, file_dis, columns),
        smallest=search.smallest,
        by_size=tuple(search.by_size),
        share=tuple((search.by_column / total if total else search.by_column).tolist()),
        column_sets=tuple(sorted(search.column_sets, key=lambda each: (-each.count, each.columns))),
        file_dis=file_dis,
        looked_at=search.looked_at,
        sets=sum(comb(columns, size) for size in range(1, most + 1)),
    )


def weight(size: int, columns: int, most: int) -> int:
    """What an MSU of this size adds to the score; `most` counts for at most all columns but one."""
    return prod(columns - at for at in range(size, min(most, columns - 1) + 1))


def match_chance(sizes: Ints, fraction: float) -> float:
    """DIS of the file: that a match of a unique with the population is right, from the file's uniques and pairs
    (Skinner and Elliot, Journal of the Royal Statistical Society B 64(4), 2002)."""
    ones, twos = int((sizes == 1).sum()), int((sizes == 2).sum())
    right, wrong = fraction * ones, (1 - fraction) * 2 * twos
    return right / (right + wrong) if right + wrong else 0.0


def dis_scores(score: Floats, file_dis: float, columns: int) -> Floats:
    """DIS-SUDA: the file's chance, spread over the uniques by their score (Elliot 2005, as sdcMicro computes it)."""
    chance: Floats = np.zeros(len(score))
    scored = score > 0
    if file_dis == 0 or not scored.any():
        return chance
    powered = score[scored] ** max(0.0, 1 + (8 - columns) / 20)
    against = len(score) * (1 / file_dis - 1)
    chance[scored] = 1 / (1 + against / (powered * (1 / powered).sum()))
    return chance


class _Search:
    """Sets of columns size by size; for those of the last size, whom each singles out, one bit a candidate."""

    def __init__(self, codes: Ints, one: Ints, most: int) -> None:
        self.codes, self.one, self.most = codes, one, most
        self.sizes = [int(column.max()) + 1 for column in codes.T]
        keys, span = keys_of(codes, range(len(self.sizes)), self.sizes)
        self.candidates = np.flatnonzero(alone(keys, span, one))
        self.score = np.zeros(len(self.candidates))
        self.smallest = np.zeros(len(self.candidates), dtype=np.int64)
        self.by_column = np.zeros(len(self.sizes))
        self.by_size: list[int] = []
        self.column_sets: list[ColumnSet] = []
        self.looked_at = self.work = 0
        self.before: dict[Columns, Bytes] = {}

    def look(self, size: int, most_work: int) -> None:
        """Look at every set of this size, as long as there is work left."""
        singled: dict[Columns, Bytes] = {}
        count = 0
        for columns, keys, span in self._sets(size):
            if self.work > most_work:
                break
            self.looked_at += 1
            self.work += len(self.codes)
            here = alone(keys, span, self.one)[self.candidates]
            if size < self.most:
                singled[columns] = np.packbits(here)
            count += self._score(columns, here & ~self._smaller(columns))
        self.by_size.append(count)
        self.before = singled

    def _sets(self, size: int) -> Iterator[tuple[Columns, Ints, int]]:
        """Every set of columns with its keys; those that begin alike share the keys of their beginning."""
        if not len(self.candidates):
            return
        begun: list[tuple[int, Ints, int]] = []
        for columns in combinations(range(len(self.sizes)), size):
            same = 0
            while same < len(begun) and begun[same][0] == columns[same] and same < size - 1:
                same += 1
            del begun[same:]
            for at in columns[same:]:
                keys, span = begun[-1][1:] if begun else (np.zeros(len(self.codes), dtype=np.int64), 1)
                keys, span = joined(keys, span, self.codes[:, at], self.sizes[at])
                begun.append((at, *(packed(keys, span) if len(begun) < size - 1 else (keys, span))))
            yield columns, *begun[-1][1:]

    def _smaller(self, columns: Columns) -> Bools:
        """Whom a part of these columns singles out already."""
        found = np.zeros(len(self.candidates), dtype=np.bool_)
        for left_out in range(len(columns)):
            bits = self.before.get((*columns[:left_out], *columns[left_out + 1 :]))
            if bits is not None:
                found |= np.unpackbits(bits, count=len(found)).astype(np.bool_)
        return found

    def _score(self, columns: Columns, minimal: Bools) -> int:
        count = int(minimal.sum())
        if count:
            worth = weight(len(columns), len(self.sizes), self.most)
            self.score[minimal] += worth
            self.by_column[list(columns)] += worth * count
            self.smallest[minimal & (self.smallest == 0)] = len(columns)
            self.column_sets.append(ColumnSet(columns, count))
        return count
