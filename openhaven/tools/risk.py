"""`haven risk`: how far the rows of a file give people away."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.alone import holder_of, row_holders
from openhaven.disclosure.attributes import attributes
from openhaven.disclosure.classes import Bools, Classes, ValueCounts, combine, count_people, group
from openhaven.disclosure.events import NOBODY, Shared, check_events, shared
from openhaven.disclosure.hierarchy import ALL, Ints
from openhaven.disclosure.rare import RARE, alone_by_two
from openhaven.disclosure.risk import THRESHOLD, Risk, attackers, measure, without_each
from openhaven.disclosure.risk_utility import risk_utility
from openhaven.disclosure.special_uniques import MOST_COLUMNS, SpecialUniques, special_uniques
from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.disclosure.uniqueness import Histogram, PopulationUniques, population_uniques
from openhaven.model.errors import BadInput
from openhaven.tools.attack import AttackRequest, AttacksReport, attack_file
from openhaven.tools.combinations import Combinations, read_combinations
from openhaven.tools.files import Coded, check_columns, open_source
from openhaven.tools.hierarchies import hierarchies_for, leaf_codes
from openhaven.tools.risk_report import (
    AttributeReport,
    ColumnRisk,
    LevelsReport,
    PopulationCounted,
    RareReport,
    RiskReport,
    Special,
    SpecialRow,
    TwoFacts,
)

SHOWN = 10  # of lists in the report


@dataclass(frozen=True)
class RiskRequest:
    """What to measure: the quasi-identifiers, and the column that names the person where there is one.

    `fraction` is the share of the population that is in the file (0 to 1); with `population`, a file, it is known.
    `threshold`: a row in a smaller class is at risk. `largest_set` of columns for the special uniques. `original`: the
    file that this one was made from, row by row, to try attacks with. `events`: so many rows of a person are known.
    """

    qi: tuple[str, ...]
    person: str | None = None
    confidential: str | None = None
    separator: str | None = None
    hierarchies: Path | None = None
    population: Path | None = None
    fraction: float | None = None
    threshold: int = THRESHOLD
    largest_set: int = MOST_COLUMNS
    original: Path | None = None
    attempts: int = 500
    events: int | None = None

    def __post_init__(self) -> None:
        check_qi(self.qi, self.person)
        if self.confidential in (*self.qi, *([self.person] if self.person else [])):
            raise BadInput(f"{self.confidential!r} is named as confidential and as something else too")
        if self.fraction is not None and not 0 < self.fraction <= 1:
            raise BadInput(f"a sampling fraction lies above 0 and up to 1, not {self.fraction:g}")
        if self.threshold < 2:
            raise BadInput(f"the threshold is a size of class from 2 up, not {self.threshold}")
        if self.largest_set < 1:
            raise BadInput(f"sets of columns have at least 1, not {self.largest_set}")
        if self.original is not None and self.person is not None:
            raise BadInput("attacks count rows, not people", todo="Leave out --person or --attack.")
        if self.events is not None:
            check_known_events(self.events, self.person)
        if self.attempts < 1:
            raise BadInput(f"attacks need at least one attempt, not {self.attempts}")


@dataclass(frozen=True)
class _File:
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


def risk(path: Path | str, request: RiskRequest) -> RiskReport:
    """Measure the file as it is. Raises BadInput."""
    source = open_source(path, separator=request.separator)
    wanted = [*request.qi, *([request.confidential] if request.confidential else [])]
    person = [request.person] if request.person else []
    check_columns(source, [*wanted, *person])
    file = _shown(read_combinations(source, wanted, apart=person), request)
    class_rows, people = file.class_rows, file.people(file.class_of)
    sizes = class_rows if people is None else people
    population, counted = _population(file, request)
    fraction = _fraction(request, file, counted)
    found = _special(file, request, sizes, fraction)
    return RiskReport(
        file=str(path),
        qi=request.qi,
        rows=int(file.rows.sum()) + file.hidden_rows,
        suppressed=file.hidden_rows,
        risk=_measure(file, class_rows, people, request),
        attackers=attackers(class_rows, sizes, population=population, threshold=request.threshold),
        singled_out=_singled_out(file),
        columns=_columns(file, request, found),
        sizes=_sizes(sizes, class_rows),
        special=_named(file, request, found),
        rare=_rare(file),
        attribute=_attributes(file, request),
        uniqueness=_uniqueness(sizes, fraction),
        population=counted,
        levels=None if request.original else _levels(Path(path), file, request),
        attacks=_attacks(Path(path), request),
        known_events=_known_events(file, request),
    )


def check_qi(qi: Sequence[str], person: str | None) -> None:
    """Raises BadInput where the quasi-identifiers are none, named twice, or the person's own column."""
    if not qi or len(set(qi)) < len(qi):
        raise BadInput("name each quasi-identifier once", todo="For example --qi age,sex,area.")
    if person in qi:
        raise BadInput(f"{person!r} names the person, so it cannot be a quasi-identifier too")


def check_known_events(events: int, person: str | None) -> None:
    """Raises BadInput where so many known events of a person cannot be looked at."""
    check_events(events)
    if person is None:
        raise BadInput("known events are those of a person", todo="Name the column with --person.")


def named_people(codes: Ints, values: tuple[str, ...]) -> Ints:
    """The number of each row's person; NOBODY where the cell is empty."""
    return np.where(codes == values.index(""), NOBODY, codes) if "" in values else codes


def _shown(held: Combinations, request: RiskRequest) -> _File:
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
    return _File(held, int(held.rows[hidden].sum()), codes, rows, found.of_each, found.members, of_row, person)


def _keys(held: Combinations, codes: Ints, qi: Sequence[str]) -> Ints:
    return combine([codes[:, at] for at in range(len(qi))], [len(held.values[name]) for name in qi])


def _measure(file: _File, class_rows: Ints, people: Ints | None, request: RiskRequest) -> Risk:
    if people is None or file.person is None:
        return measure(class_rows, threshold=request.threshold)
    everybody = len(np.unique(file.person))
    return measure(class_rows, people=people, all_people=everybody, threshold=request.threshold)


def _singled_out(file: _File) -> SingledOut | None:
    if file.of_row is None or file.person is None:
        return None
    return singled_out(file.person, file.class_of[file.of_row])


def _known_events(file: _File, request: RiskRequest) -> Shared | None:
    if request.events is None or file.of_row is None or file.person is None or request.person is None:
        return None
    person = named_people(file.person, file.held.values[request.person])
    return shared(person, file.class_of[file.of_row], events=request.events, threshold=request.threshold)


def _sizes(sizes: Ints, class_rows: Ints) -> tuple[tuple[int, int, int], ...]:
    size, at, classes = np.unique(sizes, return_inverse=True, return_counts=True)
    rows = np.bincount(at.ravel(), class_rows).astype(np.int64)
    return tuple(zip(size.tolist(), classes.tolist(), rows.tolist(), strict=True))


def _special(file: _File, request: RiskRequest, sizes: Ints, fraction: float | None) -> SpecialUniques:
    codes = file.codes[file.members][:, : len(request.qi)]
    one = file.one(file.class_of, file.class_rows)
    return special_uniques(codes, one, sizes, most=request.largest_set, fraction=fraction)


def _columns(file: _File, request: RiskRequest, found: SpecialUniques) -> tuple[ColumnRisk, ...]:
    without = without_each(file.codes[file.members][:, : len(request.qi)], file.class_rows)
    return tuple(
        ColumnRisk(name, len(np.unique(file.codes[:, at])), each.uniques, each.mean, share)
        for at, (name, each, share) in enumerate(zip(request.qi, without, found.share, strict=True))
    )


def _named(file: _File, request: RiskRequest, found: SpecialUniques) -> Special:
    """The special uniques with names and values in place of numbers."""
    order = np.argsort(-found.score, kind="stable")[:SHOWN]
    codes = file.codes[file.members]
    highest = tuple(
        SpecialRow(
            {name: file.held.values[name][codes[found.found[at], column]] for column, name in enumerate(request.qi)},
            int(found.smallest[at]),
            float(found.score[at]),
            None if found.dis is None else float(found.dis[at]),
        )
        for at in order.tolist()
        if found.score[at] > 0
    )
    sets = tuple((tuple(request.qi[at] for at in each.columns), each.count) for each in found.column_sets[: 2 * SHOWN])
    gave_up = (
        f"{found.looked_at:,} of {found.sets:,} sets of columns were looked at, the smallest first: "
        "these figures are lower bounds"
        if found.looked_at < found.sets and len(found.found)
        else ""
    )
    return Special(found.most, len(found.found), found.special, found.by_size, sets, found.file_dis, highest, gave_up)


def _rare(file: _File) -> RareReport:
    names = file.held.columns
    holders = []
    for at, name in enumerate(names):
        people = file.people(file.codes[:, at])
        counts = np.bincount(file.codes[:, at], file.rows).astype(np.int64) if people is None else people
        held = np.pad(counts, (0, len(file.held.values[name]) - len(counts)))
        if ALL in file.held.values[name]:
            held[file.held.values[name].index(ALL)] = 0  # nobody knows somebody by what is hidden
        holders.append(held)
    one = file.one(np.arange(len(file.rows)), file.rows)
    found = alone_by_two(file.codes, one, holders, shown=SHOWN)
    examples = tuple(
        TwoFacts(
            {
                names[column]: file.held.values[names[column]][value]
                for column, value in zip(each.columns, each.values, strict=True)
            },
            {names[column]: count for column, count in zip(each.columns, each.holders, strict=True)},
        )
        for each in found.examples
    )
    pairs = tuple((names[pair.first], names[pair.second], pair.cells, pair.rare) for pair in found.pairs)
    return RareReport(RARE, pairs, examples)


def _attributes(file: _File, request: RiskRequest) -> AttributeReport | None:
    if request.confidential is None:
        return None
    values = file.held.values[request.confidential]
    counts = ValueCounts.of(file.class_of, file.codes[:, -1], count=file.rows, values=len(values))
    found = attributes(file.class_rows, counts)
    people = None
    if file.of_row is not None and file.person is not None:
        people = len(np.unique(file.person[np.isin(file.class_of[file.of_row], found.sharing)]))
    return AttributeReport(
        column=request.confidential,
        l=found.l,
        t=found.t,
        classes=found.classes,
        rows=found.rows,
        people=people,
        alone=found.alone,
        best_guess=found.best_guess,
        baseline=found.baseline,
        shared=tuple((values[each.value], each.classes, each.rows) for each in found.shared[:SHOWN]),
    )


def _population(file: _File, request: RiskRequest) -> tuple[Ints | None, PopulationCounted | None]:
    """How many rows of the population each class has, and what that says of the file's uniques."""
    if request.population is None:
        return None, None
    source = open_source(request.population)
    check_columns(source, request.qi)
    wider = read_combinations(source, request.qi)
    known = np.ones(len(wider.rows), dtype=np.bool_)
    columns = []
    for at, name in enumerate(request.qi):
        number = {value: code for code, value in enumerate(file.held.values[name])}
        codes = np.array([number.get(value, -1) for value in wider.values[name]])[wider.codes[:, at]]
        known &= codes >= 0
        columns.append(codes)
    own = file.codes[file.members]
    both = [np.concatenate((own[:, at], codes[known])) for at, codes in enumerate(columns)]
    keys = combine(both, [len(file.held.values[name]) for name in request.qi])
    counted = _matched(keys[: len(own)], keys[len(own) :], wider.rows[known])
    rows, alone = file.class_rows, file.class_rows == 1
    summary = PopulationCounted(
        int(wider.rows.sum()), int((alone & (counted <= 1)).sum()), int(rows[counted < rows].sum())
    )
    return counted, summary


def _matched(own: Ints, theirs: Ints, rows: Ints) -> Ints:
    """The rows of each own key among theirs."""
    order = np.argsort(theirs)
    sums = np.concatenate(([0], np.cumsum(rows[order])))
    first, last = (np.searchsorted(theirs[order], own, side=side) for side in ("left", "right"))
    found: Ints = sums[last] - sums[first]
    return found


def _fraction(request: RiskRequest, file: _File, counted: PopulationCounted | None) -> float | None:
    if request.fraction is not None or counted is None:
        return request.fraction
    return min(1.0, int(file.rows.sum()) / counted.rows)


def _uniqueness(sizes: Ints, fraction: float | None) -> PopulationUniques | None:
    return None if fraction is None else population_uniques(Histogram.of(sizes), fraction)


def _levels(path: Path, file: _File, request: RiskRequest) -> LevelsReport | None:
    if request.hierarchies is None:
        return None
    codes = file.codes[file.members]
    columns = {name: _shown_values(file.held.values[name], codes[:, at]) for at, name in enumerate(request.qi)}
    found = hierarchies_for(path, columns, folder=request.hierarchies)
    leaves = np.stack([each.codes for each in leaf_codes(found.hierarchies, columns)], axis=1)

    def people(part_of_class: Ints) -> Ints:
        counted = file.people(part_of_class[file.class_of])
        assert counted is not None
        return counted

    classes = Classes(leaves, file.class_rows)
    looked = risk_utility(classes, found.hierarchies, sizes=None if file.person is None else people)
    return LevelsReport(request.qi, found.without, looked)


def _attacks(path: Path, request: RiskRequest) -> AttacksReport | None:
    if request.original is None:
        return None
    return attack_file(
        path,
        AttackRequest(
            original=request.original,
            qi=request.qi,
            confidential=request.confidential,
            hierarchies=request.hierarchies,
            separator=request.separator,
            attempts=request.attempts,
        ),
    )


def _shown_values(values: tuple[str, ...], codes: Ints) -> Coded:
    """Without the values that only suppressed rows have."""
    present, numbers = np.unique(codes, return_inverse=True)
    return Coded(tuple(values[at] for at in present.tolist()), numbers.ravel())
