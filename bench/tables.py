"""Tables under protection: what is hidden, beside the least that is proven, and how long it takes."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from openhaven.disclosure.attack import Demand, told
from openhaven.disclosure.linear import Sum, flat, joined, lines, totals
from openhaven.disclosure.problem import Problem
from openhaven.disclosure.protection import protect
from openhaven.disclosure.ready import Amount, axis_of, protect_amounts
from openhaven.disclosure.rules import HES_2018
from openhaven.disclosure.suppression import suppress
from openhaven.disclosure.tables import TOTAL, count_by

SHARED = Path(__file__).parents[2] / "shared" / "data"
PP_OPTIMUM = 533_937


def protected(*, short: bool) -> dict[str, Any]:
    """Each table: cells, hidden for themselves, hidden beside, cost, bound, exposed, seconds."""
    found = {}
    if (SHARED / "tau_argus" / "pp.tab").exists():
        found["tau-Argus pp.tab"] = _pp()
        adult = list(csv.DictReader((SHARED / "adult" / "adult.csv").open(), delimiter=";"))
        found["education x occupation, +-1"] = _adult(adult, ("education", "occupation"), near=True)
        found["country x race, 0 to 10"] = _adult(adult, ("native-country", "race"), near=False)
    found["41 x 14, rows counted"] = _counted(20_000 if short else 1_000_000)
    found["three-way, hierarchies"] = _three_way((3, 2, 2) if short else (4, 4, 4))
    return found


def as_table(found: dict[str, Any]) -> str:
    """One line a table."""
    out = [f"{'':28}{'cells':>8}{'first':>8}{'beside':>8}{'cost':>12}{'bound':>12}{'exposed':>9}{'s':>8}"]
    for name, each in found.items():
        out.append(
            f"{name:28}{each['cells']:8,}{each['first']:8,}{each['second']:8,}{each['cost']:12,.0f}"
            f"{each['bound']:12,.0f}{each['exposed']:9,}{each['seconds']:8.2f}"
        )
    return "\n".join(out)


def _pp() -> dict[str, Any]:
    cells = []
    with (SHARED / "tau_argus" / "pp.tab").open(newline="") as file:
        for size, region, value, *rest in csv.reader(file, delimiter=";"):
            lower, upper = (float(text.replace(",", ".")) for text in rest[-2:])
            amount = Amount(float(value.replace(",", ".")), rest[-3], lower, upper)
            cells.append(((size, region), amount))
    above = dict(_regions())
    sizes, regions = ([labels[at] for labels, _ in cells] for at in (0, 1))
    axes = [axis_of("size", sizes), axis_of("region", regions, above | {"99": TOTAL})]
    start = time.perf_counter()
    made = protect_amounts(axes, cells, tolerance=1.0)
    seconds = time.perf_counter() - start
    first = sum(amount.value for _, amount in cells if amount.status == "U")
    return {
        "cells": len(cells),
        "first": len(made.hidden) - len(made.second),
        "second": len(made.second),
        "cost": made.chosen.cost + first,
        "bound": made.chosen.bound + first,
        "exposed": 0,
        "seconds": seconds,
        "known optimum": PP_OPTIMUM,
    }


def _regions() -> Iterator[tuple[str, str]]:
    group = ""
    for line in (SHARED / "tau_argus" / "region2.hrc").read_text().splitlines():
        if line.startswith("@"):
            yield line[1:], group
        else:
            group = line.strip()
            yield group, TOTAL


def _adult(rows: list[dict[str, str]], by: tuple[str, str], *, near: bool) -> dict[str, Any]:
    labels = [sorted({row[name] for row in rows}) for name in by]
    codes = np.array([[each.index(row[name]) for name, each in zip(by, labels, strict=True)] for row in rows])
    counts = count_by(by, labels, codes).counts
    values = counts.ravel()
    small = np.nonzero((values > 0) & (values < 10))[0]
    demands = [
        Demand((int(at),), below=values[at] - 1.0 if near else 0.0, above=values[at] + 1.0 if near else 10.0)
        for at in small
    ]
    sums = tuple(flat(size) for size in counts.shape)
    return _suppressed(_problem(counts, sums, small, demands))


def _three_way(sizes: tuple[int, int, int]) -> dict[str, Any]:
    """Made with a fixed seed: groups of 5, 4 and 4 on the axes (one short of 16), 1 to 9 known to be so."""
    rng = np.random.default_rng(1)
    groups = [[5] * sizes[0], [4] * (sizes[1] - 1) + [3], [4] * (sizes[2] - 1) + [3]]
    sums = tuple(_grouped(each) for each in groups)
    shape = [sum(each) for each in groups]
    weight = np.ones(shape)
    for axis, size in enumerate(shape):
        weight = weight * rng.lognormal(0, 0.8, size).reshape([-1 if at == axis else 1 for at in range(3)])
    counts = rng.poisson(rng.gamma(1, 120, shape) * weight / weight.mean())
    for axis, each in enumerate(sums):
        places = list(np.moveaxis(counts, axis, 0))
        for _, parts in each:
            places.append(np.sum([places[at] for at in parts], axis=0))
        counts = np.moveaxis(np.array(places), 0, axis)
    values = counts.ravel()
    small = np.nonzero((values > 0) & (values < 10))[0]
    problem = _problem(counts, sums, small, [Demand((int(at),), width=2) for at in small])
    problem.far_low[small], problem.far_high[small] = 1, 9
    return _suppressed(problem)


def _grouped(sizes: list[int]) -> tuple[Sum, ...]:
    ends = np.cumsum([0, *sizes])
    groups = [(int(ends[-1]) + at, tuple(range(int(ends[at]), int(ends[at + 1])))) for at in range(len(sizes))]
    return (*groups, (int(ends[-1]) + len(sizes), tuple(total for total, _ in groups)))


def _problem(counts: Any, sums: Any, small: Any, demands: list[Demand]) -> Problem:
    values, none = counts.ravel().astype(np.float64), np.zeros(counts.size)
    parts = (each for axis in range(counts.ndim) for each in totals(lines(counts.shape, axis), sums[axis]))
    forced = np.isin(np.arange(counts.size), small)
    bounds = (values, values, none.copy(), values + 1000)
    return Problem(joined(counts.size, parts), values, *bounds, none + 1, forced, none > 0, demands)


def _suppressed(problem: Problem) -> dict[str, Any]:
    start = time.perf_counter()
    chosen = suppress(problem)
    seconds = time.perf_counter() - start
    return {
        "cells": len(problem.values),
        "first": int(problem.forced.sum()),
        "second": int((chosen.hidden & ~problem.forced).sum()),
        "cost": chosen.cost,
        "bound": chosen.bound,
        "exposed": len(told(problem.known(chosen.hidden), problem.demands)),
        "seconds": seconds,
    }


def _counted(rows: int) -> dict[str, Any]:
    """Rows counted by two columns, protected under HES-2018 and audited."""
    rng = np.random.default_rng(2)
    shares = [rng.dirichlet(np.full(size, 0.5)) for size in (40, 13)]
    codes = np.stack([rng.choice(len(each), rows, p=each) for each in shares], axis=1)
    labels = [[str(at) for at in range(len(each))] for each in shares]
    start = time.perf_counter()
    made = protect([count_by("ab", labels, codes)], HES_2018)
    seconds = time.perf_counter() - start
    return {
        "cells": 41 * 14,
        "first": made.small[0],
        "second": made.second[0],
        "cost": made.cost,
        "bound": made.bound,
        "exposed": 0,
        "seconds": seconds,
    }
