"""`haven anonymise` on tables, hierarchies and demands of any kind: each output is read again from its file and held to
the definitions, row by row, by the plain checker."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.model.errors import BadInput, Unmet
from openhaven.tools.anonymise import LEVELS, AnonymiseRequest, anonymise
from openhaven.tools.demands import Asked
from tests.disclosure import plain_checker as plain

ODD = ("a", "é", "Ω;1", 'q"2', "x\ny", " ", "0", "00", "-1", "2014-03-01", "NULL", "*?", "日本", "e\u0301")
SECRETS = ("1", "2", "3", "10", "-4")
Row = tuple[str, ...]


@st.composite
def hierarchies(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Lines of one to seven leaves under up to three levels of groups, some of which say nothing new, and `*`."""
    leaves = draw(st.lists(st.sampled_from(ODD), min_size=1, max_size=7, unique=True))
    groups, lines = {leaf: leaf for leaf in leaves}, {leaf: [leaf] for leaf in leaves}
    for level in range(draw(st.integers(0, 3))):
        names = sorted(set(groups.values()))
        above = {name: f"g{level}.{draw(st.integers(0, len(names) // 2))}" for name in names}
        groups = {leaf: above[group] for leaf, group in groups.items()}
        for leaf, group in groups.items():
            lines[leaf].append(group)
    return [(*line, "*") for line in lines.values()]


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """A table of skewed rows, its hierarchies, and demands that make sense together."""
    made = draw(st.lists(hierarchies(), min_size=1, max_size=4))
    leaf = [st.sampled_from([line[0] for line in lines]) for lines in made]
    rows = draw(st.lists(st.tuples(*leaf, st.sampled_from(SECRETS), st.integers(0, 9).map(str)), max_size=12))
    common = draw(st.tuples(*leaf, st.sampled_from(SECRETS), st.integers(0, 9).map(str)))
    rows += [(*common[:-1], str(n % 10)) for n in range(draw(st.integers(1, 15)))]
    wanted: dict[str, Any] = {"k": draw(st.sampled_from([1, 2, 3, 4, 7, 40]))}
    if draw(st.booleans()):
        wanted |= draw(st.sampled_from(DIVERSE))
    if draw(st.booleans()):
        wanted |= {"t": draw(st.sampled_from([0.0, 0.15, 0.3, 0.6])), "distance": draw(st.sampled_from(DISTANCES))}
    if "l" in wanted or "t" in wanted:
        wanted["confidential"] = "secret"
    if draw(st.integers(0, 3)) == 0:
        wanted["keys"] = draw(st.integers(1, 3))
    against = draw(st.sampled_from([{}, {}, {"k_map": 3}, {"presence": (0.0, 0.6)}, {"presence": (0.1, 0.9)}]))
    return {
        "hierarchies": made,
        "rows": rows,
        "others": draw(st.lists(st.tuples(*leaf), max_size=15)) if against else [],
        "wanted": wanted | against,
        "person": draw(st.booleans()),
        "share": draw(st.sampled_from([0.0, 0.2, 1.0])),
    }


DIVERSE = (
    {"l": 2},
    {"l": 3},
    {"l": 1.7, "diversity": "entropy"},
    {"l": 2, "diversity": "recursive", "c": 2.0},
    {"l": 3, "diversity": "recursive", "c": 0.9},
)
DISTANCES = ("equal", "ordered", "hierarchical")
SECRET_TREE = [("1", "odd", "*"), ("3", "odd", "*"), ("2", "even", "*"), ("10", "even", "*"), ("-4", "even", "*")]


def write(path: Path, rows: list[Row], separator: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)


def recoded(folder: Path, case: dict[str, Any], recoding: str) -> list[dict[str, str]] | None:
    """The rows written; None where it was refused, and then nothing was written."""
    names = tuple(f"c{at}" for at in range(len(case["hierarchies"])))
    for name, lines in (*zip(names, case["hierarchies"], strict=True), ("secret", SECRET_TREE)):
        write(folder / f"in_hierarchy_{name}.csv", lines, ";")
    write(folder / "in.csv", [(*names, "secret", "who"), *case["rows"]])
    wanted = dict(case["wanted"])
    if {"k_map", "presence"} & set(wanted):
        write(folder / "all.csv", [names, *(row[: len(names)] for row in case["rows"]), *case["others"]])
        wanted["population"] = folder / "all.csv"
    try:
        request = AnonymiseRequest(
            names,
            Asked(**wanted),
            suppression=case["share"] if recoding == "global" else 0.0,
            hierarchies=folder,
            person="who" if case["person"] else None,
            recoding=recoding,
            separator=",",
        )
        anonymise(folder / "in.csv", folder / "out.csv", request)
    except (Unmet, BadInput) as refused:
        assert sorted(path.name for path in folder.iterdir() if "out" in path.name) == []
        if isinstance(refused, Unmet) and (recoding == "local" or case["share"] == 0):
            assert not holds_together(case), "refused, though all rows as one class would do"
        return None
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def holds_together(case: dict[str, Any]) -> bool:
    """Whether all rows as one class satisfy what is asked: then some recoding does."""
    wanted, width = case["wanted"], len(case["hierarchies"])
    secrets = [row[width] for row in case["rows"]]
    people = {row[width + 1] for row in case["rows"]} if case["person"] else secrets
    there, low_high = len(secrets) + len(case["others"]), wanted.get("presence", (0.0, 1.0))
    return (
        len(people) >= wanted["k"]
        and ("l" not in wanted or diverse(secrets, wanted))
        and there >= wanted.get("k_map", 0)
        and low_high[0] - plain.NEAR <= len(secrets) / there <= low_high[1] + plain.NEAR
    )


def check(case: dict[str, Any], after: list[dict[str, str]], recoding: str) -> None:
    """Rows in their place, each cell an ancestor of its value, and all that is asked of the rows that are shown."""
    width, wanted = len(case["hierarchies"]), case["wanted"]
    tables = [list(zip(*lines, strict=True)) for lines in case["hierarchies"]]
    assert [(row["secret"], row["who"]) for row in after] == [row[width : width + 2] for row in case["rows"]]
    cells = [tuple(row[f"c{at}"] for at in range(width)) for row in after]
    for old, new in zip(case["rows"], cells, strict=True):
        for value, cell, table in zip(old, new, tables, strict=False):
            assert cell in {labels[table[0].index(value)] for labels in table} | {"*"}
    hidden = {at for at, row in enumerate(cells) if set(row) == {"*"}} if recoding == "global" else set()
    shown = [at for at in range(len(cells)) if at not in hidden or len(hidden) == len(cells)]
    if recoding == "global":
        assert len(hidden) <= case["share"] * len(cells) + 1e-9 or len(hidden) == len(cells)
    if len(hidden) == len(cells) and case["share"] > 0:
        return  # all suppressed: nothing is shown
    keys = [(*cells[at], after[at].get(LEVELS, "")) for at in shown]
    check_models(wanted, keys, [after[at] for at in shown], [row["secret"] for row in after], case["person"])
    check_population(wanted, [cells[at] for at in shown], case, tables, recoding)


def check_models(wanted: dict[str, Any], keys: list[Row], rows: list[dict[str, str]], whole: list[str], person: bool) -> None:  # fmt: skip  # noqa: E501
    people = [row["who"] for row in rows] if person else [str(at) for at in range(len(rows))]
    found = plain.classes(keys, [row["secret"] for row in rows])
    if "keys" in wanted:
        labels = [key[:-1] for key in keys]
        assert plain.every_subset_of_people(labels, people, wanted["k"], wanted["keys"])
    else:
        assert min(len(set(each)) for each in plain.classes(keys, people).values()) >= wanted["k"]
    for values in found.values():
        if "l" in wanted:
            assert diverse(values, wanted)
        if "t" in wanted:
            assert distance(values, whole, wanted["distance"]) <= wanted["t"] + plain.NEAR


def diverse(values: list[str], wanted: dict[str, Any]) -> bool:
    kind = wanted.get("diversity", "distinct")
    if kind == "recursive":
        return plain.is_recursive(values, wanted["c"], wanted["l"])
    return plain.is_entropy(values, wanted["l"]) if kind == "entropy" else plain.is_distinct(values, wanted["l"])


def distance(values: list[str], whole: list[str], kind: str) -> float:
    if kind == "ordered":
        return plain.ordered_distance(values, whole, sorted(set(whole), key=float))
    if kind == "hierarchical":
        return plain.hierarchical_distance(values, whole, list(zip(*SECRET_TREE, strict=True)))
    return plain.equal_distance(values, whole)


def check_population(
    wanted: dict[str, Any], cells: list[Row], case: dict[str, Any], tables: list[Any], recoding: str
) -> None:
    population = [row[: len(tables)] for row in case["rows"]] + case["others"]
    if "k_map" in wanted:
        for row in set(cells):
            assert sum(plain.fits(row, person, tables) for person in population) >= wanted["k_map"]
    if "presence" in wanted and recoding == "local":
        assert max(plain.beliefs(cells, population, tables)) <= wanted["presence"][1] + plain.NEAR
    if "presence" in wanted and recoding == "global" and case["share"] == 0:
        low, high = wanted["presence"]
        for person in population:
            there = sum(plain.fits(row, person, tables) for row in cells)
            alike = [other for row in cells[:] if plain.fits(row, person, tables) for other in [row]]
            of = sum(plain.fits(alike[0], other, tables) for other in population) if alike else 1
            assert (there / of if alike else 0.0) <= high + plain.NEAR
            assert not alike or there / of >= low - plain.NEAR


LIMITS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@LIMITS
@given(case=cases())
@pytest.mark.parametrize("recoding", ["global", "local"])
def test_whatever_is_asked_of_whatever_table_holds_or_is_refused(case: dict[str, Any], recoding: str) -> None:
    with TemporaryDirectory() as folder:
        after = recoded(Path(folder), case, recoding)
        if after is not None:
            check(case, after, recoding)
