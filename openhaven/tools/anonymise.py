"""`haven anonymise`: recode the quasi-identifiers of a file until every class that is shown satisfies what is asked.

The result is still personal data wherever a person can be singled out by other columns or by several rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import (
    Bools,
    Classes,
    Groups,
    Masks,
    ValueCounts,
    count_people,
    different,
    group,
    people_masks,
    roll_up,
)
from openhaven.disclosure.events import Shared, shared
from openhaven.disclosure.hierarchy import ALL, Hierarchy, Ints
from openhaven.disclosure.kept import associations, marginals
from openhaven.disclosure.known_events import Known, Levels, kept_rows, lowest
from openhaven.disclosure.levels import at_levels, level_loss, row_loss
from openhaven.disclosure.local import recode_locally
from openhaven.disclosure.models import Demands, distance_equal
from openhaven.disclosure.recoding import Recoding, recode
from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.model.errors import BadInput, Unmet
from openhaven.tools.anonymised import AnonymiseReport, LocalReport
from openhaven.tools.combinations import Combinations, read_combinations
from openhaven.tools.demands import Asked, order_of
from openhaven.tools.files import Coded, Replacement, Source, check_columns, kind_of, open_source
from openhaven.tools.hierarchies import Found, hierarchies_for, hierarchy_file, leaf_codes, read_hierarchy
from openhaven.tools.identifiers import holds_nhs_number, named_like_identifier
from openhaven.tools.removed import WhomRemoved, coarse, whom_removed
from openhaven.tools.risk import check_known_events, check_qi, named_people

MASK_WORDS = (
    4  # of 64 bits: at k = 5 one class of just 5 people in 25 is taken for smaller, and counted again at the end
)
LEVELS = "recoding_levels"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class AnonymiseRequest:
    """`suppression` is the largest share of rows (0 to 1) that may become `*`; `hierarchies` is a folder.

    `person` names the column of the person: k then counts people. `keep` names columns known to be safe. `groups` names
    columns by which to say whom suppression removed.
    """

    qi: tuple[str, ...]
    asked: Asked
    suppression: float = 0.0
    hierarchies: Path | None = None
    person: str | None = None
    keep: tuple[str, ...] = ()
    separator: str | None = None
    recoding: str = "global"
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_qi(self.qi, self.person)
        if self.recoding not in ("global", "local"):
            raise BadInput(f"recoding is global or local, not {self.recoding!r}")
        if self.asked.confidential in (*self.qi, *([self.person] if self.person else [])):
            raise BadInput(f"{self.asked.confidential!r} is named as confidential and as something else too")
        if self.asked.events is not None:
            check_known_events(self.asked.events, self.person)
            if self.recoding == "local":
                raise BadInput("known events go with global recoding", todo="Leave out --recoding local.")
            if not 0 <= self.suppression <= 1:
                raise BadInput(f"the share of rows to suppress lies between 0 and 1, not {self.suppression:g}")


@dataclass(frozen=True)
class _Table:
    """The file as combinations: `leaves` combinations x quasi-identifiers. After those of the file may come those
    that only the population has."""

    held: Combinations
    found: Found
    leaves: Ints
    classes: Classes
    demands: Demands

    @property
    def own(self) -> int:
        """How many combinations the file itself has."""
        return len(self.held.rows)


@dataclass(frozen=True)
class _Made:
    """`levels` and `class_of` of each combination of the file, and which are suppressed; `column_levels` where each
    column has one level."""

    levels: Ints
    class_of: Ints
    suppressed: Bools
    loss: float
    chosen: Recoding | None
    gave_up: tuple[str, ...]
    column_levels: Levels | None = None


def anonymise(
    path: Path | str, out: Path | str, request: AnonymiseRequest, *, tell: Tell = lambda step: None
) -> AnonymiseReport:
    """Write `out`: every row and column in order, quasi-identifiers recoded. Raises BadInput or Unmet."""
    path, out = Path(path), Path(out)
    if kind_of(path) != kind_of(out) or path.resolve() == out.resolve():
        raise BadInput("the output must be another file of the same kind", where=str(out))
    source = open_source(path, separator=request.separator)
    tell("reading")
    table = _table(source, request)
    tell("searching")
    if request.asked.events is not None:
        table, made = _for_known_events(table, request)
    else:
        made = _locally(table) if request.recoding == "local" else _globally(table, request)
    tell("writing")
    source.rewrite(out, _replacements(source, table, made, request))
    return _report(table, made, request=request, path=path, out=out)


def _table(source: Source, request: AnonymiseRequest) -> _Table:
    held = _read(source, request)
    population = _read_population(request)
    columns = {name: Coded(held.values[name], held.codes[:, at]) for at, name in enumerate(held.columns)}
    known = {name: Coded(_both(name, held, population), columns[name].codes) for name in request.qi}
    found = hierarchies_for(source.path, known, folder=request.hierarchies)
    leaves = np.stack([each.codes for each in leaf_codes(found.hierarchies, columns)], axis=1)
    confidential = columns.get(request.asked.confidential or "")
    demands, confidential = _demands(source.path, request, confidential)
    classes = _classes(held, leaves, confidential, request)
    if population is not None:
        classes = _with_population(classes, found.hierarchies, population)
    table = _Table(held, found, leaves, classes, demands)
    _check_sizes(table, request)
    return table


def _read(source: Source, request: AnonymiseRequest) -> Combinations:
    """Combinations of what is recoded or counted; every other column is looked at for what identifies directly."""
    named = [*request.qi, *([request.asked.confidential] if request.asked.confidential else [])]
    apart = [*([request.person] if request.person else []), *(name for name in request.groups if name not in named)]
    check_columns(source, [*named, *request.keep, *apart])
    if request.recoding == "local" and LEVELS in source.columns:
        raise BadInput(f"the file has a column {LEVELS!r} already", where=str(source.path), todo="Rename it.")
    others = [name for name in source.columns if name not in (*request.qi, *request.keep)]
    _refuse_names(source, others)

    def look(name: str, values: pa.Array) -> None:
        if holds_nhs_number(values):
            raise BadInput(
                f"column {name!r} holds valid NHS numbers",
                where=str(source.path),
                todo=f"Remove it, or say --keep {name} if it holds something else.",
            )

    return read_combinations(source, named, apart=apart, look_at=others, look=look)


def _refuse_names(source: Source, others: Sequence[str]) -> None:
    if named := [name for name in others if named_like_identifier(name)]:
        raise BadInput(
            f"{', '.join(map(repr, named))} would be written as it is, and is named like an identifier",
            where=str(source.path),
            todo=f"Remove it, make it a quasi-identifier, or say --keep {named[0]} if it identifies nobody.",
        )


def _read_population(request: AnonymiseRequest) -> Combinations | None:
    if request.asked.population is None:
        return None
    source = open_source(request.asked.population)
    check_columns(source, request.qi)
    return read_combinations(source, request.qi)


def _both(name: str, held: Combinations, population: Combinations | None) -> tuple[str, ...]:
    more = () if population is None else population.values[name]
    return tuple(dict.fromkeys((*held.values[name], *more)))


def _demands(path: Path, request: AnonymiseRequest, confidential: Coded | None) -> tuple[Demands, Coded | None]:
    """The models, and the confidential column as they number its values."""
    asked, hierarchy, order = request.asked, None, {}
    if confidential is not None and asked.confidential is not None and asked.t is not None:
        if asked.distance == "ordered":
            order = order_of(asked.confidential, confidential.values)
        if asked.distance == "hierarchical":
            file = hierarchy_file(path, asked.confidential, folder=request.hierarchies)
            if file is None:
                raise BadInput("hierarchical distance needs a hierarchy", where=asked.confidential)
            hierarchy = read_hierarchy(asked.confidential, file).topped()
            confidential = leaf_codes([hierarchy], {asked.confidential: confidential})[0]
    return asked.models(hierarchy, order), confidential


def _classes(held: Combinations, leaves: Ints, confidential: Coded | None, request: AnonymiseRequest) -> Classes:
    values = None
    if confidential is not None:
        number = np.arange(len(leaves))
        values = ValueCounts.of(number, confidential.codes, count=held.rows, values=len(confidential.values))
    people = None
    if request.person is not None:
        words = max(MASK_WORDS, request.asked.k // 8)
        of_row = group(held.of_row.astype(np.int64))
        people = _ored(people_masks(held.apart[request.person].astype(np.int64), words=words), of_row)
    return Classes(leaves, held.rows, people, values)


def _ored(masks: Masks, found: Groups) -> Masks:
    ored: Masks = np.bitwise_or.reduceat(masks[found.order], found.starts, axis=0)
    return ored


def _with_population(classes: Classes, hierarchies: Sequence[Hierarchy], population: Combinations) -> Classes:
    """The population's combinations after the file's own: they have no rows here."""
    coded = {
        name: Coded(population.values[name], population.codes[:, at]) for at, name in enumerate(population.columns)
    }
    leaves = np.stack([each.codes for each in leaf_codes(hierarchies, coded)], axis=1)
    more = len(leaves)
    people = classes.people
    if people is not None:
        people = np.concatenate((people, np.zeros((more, people.shape[1]), dtype=np.uint64)))
    return Classes(
        np.concatenate((classes.codes, leaves)),
        np.concatenate((classes.rows, np.zeros(more, dtype=np.int64))),
        people,
        classes.confidential,
        np.concatenate((np.zeros(len(classes), dtype=np.int64), population.rows)),
    )


def _check_sizes(table: _Table, request: AnonymiseRequest) -> None:
    rows, k = table.classes.total, request.asked.k
    people = None if request.person is None else len(table.held.values[request.person])
    if k > (rows if people is None else people):
        raise BadInput(f"k = {k} is more than the {'rows' if people is None else 'people'} in the file")
    if request.asked.presence is not None:
        _check_inside(table)


def _check_inside(table: _Table) -> None:
    """Raises BadInput where the file has more rows of a combination than the population."""
    same = np.unique(table.classes.codes, axis=0, return_inverse=True)[1].ravel()
    held = np.bincount(same, table.classes.rows)
    wider = np.bincount(same, table.classes.population)
    if (held > wider).any():
        raise BadInput(
            f"{int((held > wider).sum()):,} combinations have more rows in the file than in the population",
            todo="The population must hold every row of the file.",
        )


def _globally(table: _Table, request: AnonymiseRequest) -> _Made:
    hierarchies = table.found.hierarchies
    chosen = recode(table.classes, hierarchies, demands=table.demands, suppression=request.suppression)
    at = at_levels(table.classes, hierarchies, levels=chosen.levels, demands=table.demands)
    if request.person is not None:  # the masks may take a class for too small: count once more, exactly
        person = table.held.apart[request.person].astype(np.int64)
        exact = count_people(at.merged[table.held.of_row], person, classes=int(at.merged.max()) + 1)
        at = at_levels(table.classes, hierarchies, levels=chosen.levels, demands=table.demands, sizes=exact)
    own = slice(0, table.own)
    levels = np.tile(np.array(chosen.levels), (table.own, 1))
    gave_up = () if chosen.proven else (f"{chosen.counted:,} of {chosen.nodes:,} recodings were counted",)
    return _Made(levels, at.merged[own], at.suppressed[own], at.loss, chosen, gave_up, chosen.levels)


def _for_known_events(table: _Table, request: AnonymiseRequest) -> tuple[_Table, _Made]:
    """The finest recoding found under which few enough rows go; each combination in two, what stays and what goes."""
    classes, hierarchies, asked = table.classes, table.found.hierarchies, request.asked
    most = int(request.suppression * classes.total + 1e-9)
    known, need = _known(table, request), {asked.events or 1: asked.k}

    def kept(levels: Levels) -> Bools | None:
        merged, class_of = roll_up(classes, hierarchies, levels)
        return kept_rows(known, merged, class_of, table.demands, need=need, most=most)

    found = lowest([each.distinct_levels() for each in hierarchies], kept, partial(level_loss, classes, hierarchies))
    if found.kept is None:
        raise Unmet(
            f"more than {request.suppression:.0%} of rows would have to be suppressed to reach {asked.known()}",
            todo="Allow more suppression, or ask for fewer known events or a smaller k.",
        )
    parted = _parted(table, found.kept)
    lost, gone = row_loss(parted.classes, hierarchies, found.levels), np.arange(parted.own) >= table.own
    lost[gone] = 1.0
    class_of = roll_up(parted.classes, hierarchies, found.levels)[1]
    levels = np.tile(np.array(found.levels), (parted.own, 1))
    whole = float(lost @ parted.classes.rows) / classes.total
    return parted, _Made(levels, class_of, gone | (parted.held.rows == 0), whole, None, found.says, found.levels)


def _known(table: _Table, request: AnonymiseRequest) -> Known:
    assert request.person is not None
    held, counted = table.held, table.classes.confidential
    person = named_people(held.apart[request.person].astype(np.int64), held.values[request.person])
    line = held.of_row.astype(np.int64)
    if counted is None:
        return Known(person, line)
    value = np.zeros(table.own, dtype=np.int64)
    value[counted.owner] = counted.value  # each combination holds one confidential value
    return Known(person, line, value, len(counted.whole), counted.whole)


def _parted(table: _Table, kept: Bools) -> _Table:
    """Each combination twice: first with the rows that stay, then with those that go."""
    held, own = table.held, table.own
    of_row = held.of_row + np.where(kept, 0, own).astype(np.int32)
    rows = np.bincount(of_row, minlength=2 * own)
    codes, leaves = np.tile(held.codes, (2, 1)), np.tile(table.leaves, (2, 1))
    counted = table.classes.confidential
    if counted is not None:
        owner, value = np.concatenate((counted.owner, counted.owner + own)), np.tile(counted.value, 2)
        counted = ValueCounts(owner, value, rows[owner], counted.whole)
    held = replace(held, codes=codes, rows=rows, of_row=of_row)
    return replace(table, held=held, leaves=leaves, classes=Classes(leaves, rows, None, counted))


def _locally(table: _Table) -> _Made:
    made = recode_locally(table.classes, table.found.hierarchies, demands=table.demands)
    nobody = np.zeros(table.own, dtype=np.bool_)
    own = slice(0, table.own)
    return _Made(made.levels[own], made.class_of[own], nobody, made.loss, None, made.gave_up)


def _replacements(source: Source, table: _Table, made: _Made, request: AnonymiseRequest) -> dict[str, Replacement]:
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


def _report(table: _Table, made: _Made, *, request: AnonymiseRequest, path: Path, out: Path) -> AnonymiseReport:
    chosen = made.chosen
    smallest, fewest, farthest = _measured(table, made, request)
    return AnonymiseReport(
        file=str(path),
        out=str(out),
        recoding=request.recoding,
        rows=table.classes.total,
        suppressed=int(table.held.rows[made.suppressed].sum()),
        asked=", ".join([str(table.demands), *([request.asked.known()] if request.asked.events else [])]),
        wanted_k=request.asked.k,
        k=smallest,
        counts="rows" if request.person is None else "people",
        l=fewest,
        t=farthest,
        loss=made.loss,
        levels=dict(zip(request.qi, made.column_levels, strict=True)) if made.column_levels else None,
        highest={hierarchy.column: hierarchy.top for hierarchy in table.found.hierarchies},
        without_hierarchy=table.found.without,
        runner_up=asdict(chosen.runner_up) if chosen and chosen.runner_up else None,
        proven=chosen is not None and chosen.proven and request.person is None,
        gave_up=made.gave_up,
        local=_local_report(table, made) if made.column_levels is None else None,
        singled_out=_singled_out(table, made, request),
        next_best=tuple(asdict(each) for each in chosen.next_best) if chosen else (),
        trade=tuple(asdict(each) for each in chosen.trade) if chosen else (),
        removed=_removed(table, made, request),
        known_events=_shared(table, made, request),
    )


def _removed(table: _Table, made: _Made, request: AnonymiseRequest) -> WhomRemoved | None:
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


def _measured(table: _Table, made: _Made, request: AnonymiseRequest) -> tuple[int, int | None, float | None]:
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
    return int(sizes.min()), int(np.bincount(held.confidential.owner).min()), float(distance_equal(held).max())


def _local_report(table: _Table, made: _Made) -> LocalReport:
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
        cells,
        tuple(marginals(hierarchies, table.leaves, made.levels, rows)),
        tuple(associations(hierarchies, table.leaves, np.stack(shown, axis=1), rows)),
    )


def _singled_out(table: _Table, made: _Made, request: AnonymiseRequest) -> SingledOut | None:
    kept = ~made.suppressed[table.held.of_row]
    if request.person is None or not kept.any():
        return None
    person = table.held.apart[request.person].astype(np.int64)
    return singled_out(person[kept], made.class_of[table.held.of_row][kept])


def _shared(table: _Table, made: _Made, request: AnonymiseRequest) -> Shared | None:
    """Counted again on what is written."""
    if request.asked.events is None or request.person is None:
        return None
    kept = ~made.suppressed[table.held.of_row]
    person = named_people(table.held.apart[request.person].astype(np.int64), table.held.values[request.person])
    of_class = made.class_of[table.held.of_row]
    return shared(person[kept], of_class[kept], events=request.asked.events, threshold=request.asked.k)
