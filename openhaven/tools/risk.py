"""`haven risk`: how far the rows of a file give people away."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from openhaven.disclosure.attributes import attributes
from openhaven.disclosure.classes import Classes, ValueCounts
from openhaven.disclosure.events import Shared, shared
from openhaven.disclosure.hierarchy import ALL, Ints
from openhaven.disclosure.rare import RARE, alone_by_two
from openhaven.disclosure.risk import Risk, attackers, measure, without_each
from openhaven.disclosure.risk_utility import risk_utility
from openhaven.disclosure.special_uniques import SpecialUniques, special_uniques
from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.tools.attack import AttackRequest, AttacksReport, attack_file
from openhaven.tools.combinations import read_combinations
from openhaven.tools.files import check_columns, open_source
from openhaven.tools.hierarchies import hierarchies_for, leaf_codes
from openhaven.tools.people import named_people
from openhaven.tools.risk_file import RiskFile, shown, shown_values
from openhaven.tools.risk_population import fraction_of, population_of, uniqueness
from openhaven.tools.risk_report import (
    AttributeReport,
    ColumnRisk,
    LevelsReport,
    RareReport,
    RiskReport,
    Special,
    SpecialRow,
    TwoFacts,
)
from openhaven.tools.risk_request import RiskRequest

__all__ = ["RiskRequest", "risk"]
SHOWN = 10  # of lists in the report


def risk(path: Path | str, request: RiskRequest) -> RiskReport:
    """Measure the file as it is. Raises BadInput."""
    source = open_source(path, separator=request.separator)
    wanted = [*request.qi, *([request.confidential] if request.confidential else [])]
    person = [request.person] if request.person else []
    check_columns(source, [*wanted, *person])
    file = shown(read_combinations(source, wanted, apart=person), request)
    class_rows, people = file.class_rows, file.people(file.class_of)
    sizes = class_rows if people is None else people
    population, counted = population_of(file, request)
    fraction = fraction_of(request, file, counted)
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
        uniqueness=uniqueness(sizes, fraction),
        population=counted,
        levels=None if request.original else _levels(Path(path), file, request),
        attacks=_attacks(Path(path), request),
        known_events=_known_events(file, request),
    )


def _measure(file: RiskFile, class_rows: Ints, people: Ints | None, request: RiskRequest) -> Risk:
    if people is None or file.person is None:
        return measure(class_rows, threshold=request.threshold)
    everybody = len(np.unique(file.person))
    return measure(class_rows, people=people, all_people=everybody, threshold=request.threshold)


def _singled_out(file: RiskFile) -> SingledOut | None:
    if file.of_row is None or file.person is None:
        return None
    return singled_out(file.person, file.class_of[file.of_row])


def _known_events(file: RiskFile, request: RiskRequest) -> Shared | None:
    if request.events is None or file.of_row is None or file.person is None or request.person is None:
        return None
    person = named_people(file.person, file.held.values[request.person])
    return shared(person, file.class_of[file.of_row], events=request.events, threshold=request.threshold)


def _sizes(sizes: Ints, class_rows: Ints) -> tuple[tuple[int, int, int], ...]:
    size, at, classes = np.unique(sizes, return_inverse=True, return_counts=True)
    rows = np.bincount(at.ravel(), class_rows).astype(np.int64)
    return tuple(zip(size.tolist(), classes.tolist(), rows.tolist(), strict=True))


def _special(file: RiskFile, request: RiskRequest, sizes: Ints, fraction: float | None) -> SpecialUniques:
    codes = file.codes[file.members][:, : len(request.qi)]
    one = file.one(file.class_of, file.class_rows)
    return special_uniques(codes, one, sizes, most=request.largest_set, fraction=fraction)


def _columns(file: RiskFile, request: RiskRequest, found: SpecialUniques) -> tuple[ColumnRisk, ...]:
    without = without_each(file.codes[file.members][:, : len(request.qi)], file.class_rows)
    return tuple(
        ColumnRisk(name, len(np.unique(file.codes[:, at])), each.uniques, each.mean, share)
        for at, (name, each, share) in enumerate(zip(request.qi, without, found.share, strict=True))
    )


def _named(file: RiskFile, request: RiskRequest, found: SpecialUniques) -> Special:
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


def _rare(file: RiskFile) -> RareReport:
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


def _attributes(file: RiskFile, request: RiskRequest) -> AttributeReport | None:
    if request.confidential is None:
        return None
    values = file.held.values[request.confidential]
    counts = ValueCounts.of(file.class_of, file.codes[:, -1], count=file.rows, values=len(values))
    whole = np.bincount(file.held.codes[:, -1], file.held.rows, minlength=len(values)).astype(np.int64)
    counts = replace(counts, whole=whole)  # suppressed rows still show their value
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


def _levels(path: Path, file: RiskFile, request: RiskRequest) -> LevelsReport | None:
    if request.hierarchies is None:
        return None
    codes = file.codes[file.members]
    columns = {name: shown_values(file.held.values[name], codes[:, at]) for at, name in enumerate(request.qi)}
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
            person=request.person,
            row_key=request.row_key,
            hierarchies=request.hierarchies,
            separator=request.separator,
            attempts=request.attempts,
        ),
    )
