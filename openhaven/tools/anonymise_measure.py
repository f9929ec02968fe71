"""What `haven anonymise` writes, and what is measured on it: classes, people singled out, whom suppression removed."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from openhaven.disclosure.classes import Held, combine, count_people, different, is_spread, spread_over
from openhaven.disclosure.events import Shared, shared
from openhaven.disclosure.hierarchy import ALL, Hierarchy, Ints
from openhaven.disclosure.histories import small
from openhaven.disclosure.interchange import by_history, loss_for_sure, of_rows
from openhaven.disclosure.kept import associations, marginals
from openhaven.disclosure.models import Demands, EqualT, HierarchicalT, OrderedT, distance_equal, worst
from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.tools.anonymise_request import LEVELS, AnonymiseRequest
from openhaven.tools.anonymise_search import Made
from openhaven.tools.anonymise_table import Table, mask_words
from openhaven.tools.anonymised import LocalReport
from openhaven.tools.files import Replacement
from openhaven.tools.people import named_people
from openhaven.tools.removed import WhomRemoved, coarse, whom_removed


def replacements(table: Table, made: Made, request: AnonymiseRequest) -> dict[str, Replacement]:
    changes = {}
    for at, hierarchy in enumerate(table.found.hierarchies):
        labels, codes = _shown(hierarchy, table.leaves[:, at], made.levels[:, at])
        codes = np.where(made.levels[:, at] == 0, -1, codes)
        codes = np.where(made.suppressed, len(labels), codes)
        changes[hierarchy.column] = Replacement((*labels, ALL), codes, table.held.of_row)
    if request.recoding == "local":
        kinds, kind = np.unique(made.levels, axis=0, return_inverse=True)
        labels = tuple("-".join(map(str, levels)) for levels in kinds.tolist())
        changes[LEVELS] = Replacement(labels, kind.ravel(), table.held.of_row)
    return changes


def _shown(hierarchy: Hierarchy, leaves: Ints, levels: Ints) -> tuple[list[str], Ints]:
    """The labels of all levels one after the other, and the number of the one that each combination shows."""
    labels: list[str] = []
    codes = np.zeros(len(leaves), dtype=np.int64)
    for level, grouping in enumerate(hierarchy.groupings):
        codes = np.where(levels == level, grouping.codes[leaves] + len(labels), codes)
        labels += grouping.labels
    return labels, codes


def removed(table: Table, made: Made, request: AnonymiseRequest) -> WhomRemoved | None:
    """By combination where the columns are part of it, else row by row."""
    if not request.groups:
        return None
    held, of_row = table.held, table.held.of_row
    columns: dict[str, tuple[tuple[str, ...], Ints]] = {}
    by_row = any(name in held.apart for name in request.groups)
    for name in request.groups:
        if name in held.apart:
            columns[name] = (held.values[name], held.apart[name].astype(np.int64))
            continue
        values, codes = held.values[name], held.codes[:, held.columns.index(name)]
        if name in request.qi:
            at = request.qi.index(name)
            values, codes = coarse(table.found.hierarchies[at], table.leaves[:, at])
        columns[name] = (values, codes[of_row] if by_row else codes)
    rows = np.ones(len(of_row), dtype=np.int64) if by_row else held.rows
    return whom_removed(columns, rows, made.suppressed[of_row] if by_row else made.suppressed)


def measured(table: Table, made: Made, request: AnonymiseRequest) -> tuple[int, int | None, float | None]:
    """The smallest class shown, its fewest values and its greatest distance, all counted again on what is written."""
    kept = np.flatnonzero(~made.suppressed)
    if not len(kept):
        return 0, None, None
    group_of = np.full(len(table.classes), -1)
    group_of[kept] = np.unique(made.class_of[kept], return_inverse=True)[1]
    held = replace(table.classes.held.grouped(group_of), population=None)
    sizes = held.rows
    if request.person is not None:
        row_class = group_of[table.held.of_row]
        shown = row_class >= 0
        person = table.held.apart[request.person].astype(np.int64)
        sizes = count_people(row_class[shown], person[shown], classes=len(held.rows))
    if held.confidential is None:
        return int(sizes.min()), None, None
    return int(sizes.min()), int(np.bincount(held.confidential.owner).min()), _farthest(held, table.demands)


def _farthest(held: Held, demands: Demands) -> float:
    """By the distance that was asked for; by the equal one where none was."""
    close = [each for each in demands.models if isinstance(each, EqualT | OrderedT | HierarchicalT)]
    return worst(close[0], held) if close else float(distance_equal(held).max())


def warnings(table: Table, made: Made) -> Iterator[str]:
    """What nobody may overlook: that nothing is left, of all columns or of some."""
    tops = [hierarchy.top for hierarchy in table.found.hierarchies]
    rows = table.held.rows > 0
    hidden = ((made.levels == tops) | made.suppressed[:, None])[rows]
    for at, hierarchy in enumerate(table.found.hierarchies):
        hidden[:, at] &= hierarchy.levels[-1][0] == ALL or made.suppressed[rows]
    if hidden.all():
        yield "NOTHING IS LEFT: every quasi-identifier of every row is written as *"
    elif gone := [each.column for at, each in enumerate(table.found.hierarchies) if hidden[:, at].all()]:
        yield f"nothing is left of {', '.join(gone)}: written as * in every row"


def _for_sure(table: Table, made: Made, request: AnonymiseRequest) -> float:
    """The loss that stays, whoever argues back from how the file was made: rows that show the same, the value that was
    counted with them, can change places, or all rows of a person with those of another."""
    own, counted = table.own, table.classes.confidential
    value = np.zeros(own, dtype=np.int64)
    if counted is not None:
        value[counted.owner] = counted.value
    alike = combine([made.class_of, value], [int(made.class_of.max()) + 1, int(value.max()) + 1])
    line, rows = np.arange(own), table.held.rows
    if request.person is not None:
        person, line = table.held.apart[request.person].astype(np.int64), table.held.of_row.astype(np.int64)
        by_row = by_history(person, alike[line])
        if is_spread(person, words := mask_words(request)):  # who shares a bit with whom decides something too
            by_row = combine([by_row, spread_over(person, words)], [int(by_row.max()) + 1, 64 * words])
        line, alike, rows = of_rows(line, by_row)
    return loss_for_sure(table.leaves[line], alike, rows, table.found.hierarchies)


def local_report(table: Table, made: Made, request: AnonymiseRequest) -> LocalReport:
    hierarchies, rows = table.found.hierarchies, table.held.rows
    shown = [_shown(each, table.leaves[:, at], made.levels[:, at])[1] for at, each in enumerate(hierarchies)]
    cells = {
        each.column: {
            int(level): float(rows[made.levels[:, at] == level].sum() / rows.sum())
            for level in different(made.levels[:, at])
        }
        for at, each in enumerate(hierarchies)
    }
    return LocalReport(
        LEVELS,
        _for_sure(table, made, request),
        cells,
        tuple(marginals(hierarchies, table.leaves, made.levels, rows)),
        tuple(associations(hierarchies, table.leaves, np.stack(shown, axis=1), rows)),
    )


def told_apart(table: Table, made: Made, request: AnonymiseRequest) -> SingledOut | None:
    kept = ~made.suppressed[table.held.of_row]
    if request.person is None or not kept.any():
        return None
    return singled_out(table.held.apart[request.person][kept], small(made.class_of)[table.held.of_row[kept]])


def sharing(table: Table, made: Made, request: AnonymiseRequest) -> Shared | None:
    """Counted again on what is written."""
    if request.asked.events is None or request.person is None:
        return None
    kept = ~made.suppressed[table.held.of_row]
    person = named_people(table.held.apart[request.person], table.held.values[request.person])[kept]
    of_class = small(made.class_of)[table.held.of_row[kept]]
    return shared(person, of_class, events=request.asked.events, threshold=request.asked.k)
