"""A file beside its population: how many rows of it each class has, and how many are unique in both."""

import numpy as np

from openhaven.disclosure.classes import combine
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.uniqueness import Histogram, PopulationUniques, population_uniques
from openhaven.tools.combinations import read_combinations
from openhaven.tools.files import check_columns, open_source
from openhaven.tools.risk_file import RiskFile
from openhaven.tools.risk_report import PopulationCounted
from openhaven.tools.risk_request import RiskRequest


def population_of(file: RiskFile, request: RiskRequest) -> tuple[Ints | None, PopulationCounted | None]:
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


def fraction_of(request: RiskRequest, file: RiskFile, counted: PopulationCounted | None) -> float | None:
    if request.fraction is not None or counted is None:
        return request.fraction
    return min(1.0, int(file.rows.sum()) / counted.rows)


def uniqueness(sizes: Ints, fraction: float | None) -> PopulationUniques | None:
    return None if fraction is None else population_uniques(Histogram.of(sizes), fraction)
