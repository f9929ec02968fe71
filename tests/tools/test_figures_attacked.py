"""What an outsider works out of figures beside counts, who knows the rule, all that prints and each column's range:
no small count, no sum of few, nobody's own amount, more closely than the counts alone tell."""

import csv
import json
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.tools.figures import FiguresAsked
from openhaven.tools.tabulate import TabulateRequest, tabulate
from tests.tools.figures_attacker import HIDDEN, TOTAL, Attacker, Cell, Labels, Rule

RULES = {
    "threshold-4": Rule(3),
    "HES-2013": Rule(5),
    "HES-2018": Rule(7, 5),
    "OPENSAFELY": Rule(7, 5, derived=True),
    "rounded-3": Rule(3, 3, moved=True),
}
FEWEST = 3  # values that must stay possible of a small count
UNSURE = 0.1  # of the greatest amount of few: how far above its value their sum must stay possible
File = list[tuple[str, str, int]]


def lines_of(folder: Path, file: File, rule: str, words: tuple[str, ...], **more: object) -> list[dict[str, list[str]]]:
    """What prints of the table by the first two columns; a fourth column of the file is the person."""
    with (folder / "in.csv").open("w", newline="") as text:
        csv.writer(text).writerows([("a", "b", "cost", "who")[: len(file[0])], *file])
    asked = {"by": ("a", "b"), "beside": FiguresAsked(words), "overwrite": True, **more}
    tabulate(folder / "in.csv", folder / "out.json", TabulateRequest(rule=rule, **asked))  # type: ignore[arg-type]
    found: list[dict[str, list[str]]] = json.loads((folder / "out.json").read_text())["lines"]
    return found


def printed(folder: Path, file: File, rule: str, words: tuple[str, ...]) -> Attacker:
    """The table of the file as the outsider reads it, who even knows which hidden counts are small."""
    found = {}
    for line in lines_of(folder, file, rule, tuple(f"{word}:cost" for word in words)):
        count, *figures = line["printed"]
        few = 1 <= len(amounts_of(file, tuple(line["labels"]))) <= RULES[rule].small
        small = few and line["reasons"][0] == "small or protects"
        found[tuple(line["labels"])] = Cell(count, small, dict(zip(words, figures, strict=True)))
    costs = {row[2] for row in file}
    return Attacker(found, RULES[rule], tuple(range(min(costs), max(costs) + 1)))


def amounts_of(file: File, labels: Labels) -> list[int]:
    """In order, of a cell or total."""
    fits = [all(mine in (TOTAL, its) for mine, its in zip(labels, row, strict=False)) for row in file]
    return sorted(row[2] for row, here in zip(file, fits, strict=True) if here)


def told(file: File, seen: Attacker) -> list[str]:
    """Everything that the figures tell too closely, and the counts alone do not."""
    small, found = seen.rule.small, []
    few = [labels for labels in seen.printed if 1 <= len(amounts_of(file, labels)) <= small]
    for labels in few:
        low, high = seen.count(labels, figures=True)
        assert low <= len(amounts_of(file, labels)) <= high
        if high - low + 1 < FEWEST <= _width(seen.count(labels, figures=False)):
            found.append(f"count of {labels}: {low} to {high}")
    groups = [[labels] for labels in few] + [
        group
        for line in seen.lines()
        if len(group := [each for each in line if each in few]) > 1
        and sum(len(amounts_of(file, each)) for each in group) <= small
    ]
    for group in groups:
        amounts = [cost for labels in group for cost in amounts_of(file, labels)]
        enough = sum(amounts) + max(UNSURE * max(amounts), 1)
        most = seen.sum_of(group, figures=True)
        if most < enough <= seen.sum_of(group, figures=False):
            found.append(f"sum of {group}: at most {most}, and it is {sum(amounts)}")
    return found + own_amounts(file, seen)


def own_amounts(file: File, seen: Attacker) -> list[str]:
    """Of each cell that is not of few: the greatest amount, by whoever has the one next to it, closer than within a
    tenth."""
    found = []
    for labels in seen.inner:
        amounts = amounts_of(file, labels)
        if len(amounts) <= max(seen.rule.small, 1):
            continue
        least, knows = amounts[-1] * (1 + UNSURE), amounts[-2]
        if seen.someone_has(labels, least, figures=False, besides=knows) and not seen.someone_has(
            labels, least, figures=True, besides=knows
        ):
            found.append(f"nobody in {labels} has {least:g}, and somebody has {amounts[-1]}")
    return found


def _width(ends: tuple[int, int]) -> int:
    return ends[1] - ends[0] + 1


def files(most: int) -> st.SearchStrategy[File]:
    """A file of few people in a table of 2 by 2 to 3 by 3, most of whom stand in one column."""
    row = st.tuples(st.sampled_from("xxyz"), st.sampled_from("ppppqr"), st.sampled_from([0, 0, 1, 1, 2, 3, most]))
    return st.lists(row, min_size=5, max_size=30)


WORDS = [("mean",), ("median",), ("mean", "median"), ("p25", "median", "p75"), ("mean", "p30", "p70")]


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files(most=6), st.sampled_from(sorted(RULES)), st.sampled_from(WORDS))
def test_figures_of_amounts_tell_no_small_count_no_sum_of_few_and_nobodys_amount(
    tmp_path: Path, file: File, rule: str, words: tuple[str, ...]
) -> None:
    seen = printed(tmp_path, file, rule, words)
    assert told(file, seen) == [], {labels: (c.count, *c.figures.values()) for labels, c in seen.printed.items()}


def made(cells: dict[tuple[str, str], list[int]]) -> File:
    """A file with these amounts in its cells."""
    return [(*cell, cost) for cell, costs in cells.items() for cost in costs]


TELLS = {
    "two cells of few in a line are together the total less the others": (
        "HES-2013",
        ("mean",),
        {("x", "p"): [1, 2, 3], ("x", "q"): [0, 2, 2], ("y", "p"): [0, 1, 2], ("y", "r"): [1]},
    ),
    "few who all have nothing": (
        "threshold-4",
        ("mean",),
        {("x", "p"): [0] * 4 + [1] * 8, ("y", "p"): [0, 0], ("z", "p"): [0, 0]},
    ),
    "a median prints beside counts of 15 and more, so a printed 15 is not 13 or 14": (
        "HES-2018",
        ("median",),
        {
            ("x", "p"): [*[1] * 13, 20],
            ("x", "q"): [1],
            ("y", "p"): [1] * 8,
            ("y", "r"): [20],
            ("z", "p"): [1, 20],
            ("z", "r"): [1],
        },
    ),
    "the rest of a cell have at least the least of all": (
        "threshold-4",
        ("mean",),
        {("x", "p"): [1] * 19 + [20], ("y", "p"): [1] * 12 + [2, 2, 30]},
    ),
    "the rest of a cell have at least what its percentiles say": (
        "threshold-4",
        ("mean", "p20", "p70"),
        {("x", "p"): [0] * 4 + [9] * 16 + [100], ("y", "p"): [9] * 14 + [200]},
    ),
}


@pytest.mark.parametrize("why", TELLS)
def test_what_an_outsider_once_worked_out(tmp_path: Path, why: str) -> None:
    rule, words, cells = TELLS[why]
    seen = printed(tmp_path, made(cells), rule, words)
    assert told(made(cells), seen) == []


@pytest.mark.parametrize("rule", ["HES-2018", "rounded-5", "OPENSAFELY"])
@pytest.mark.parametrize("word", ["mean", "median", "p20"])
def test_whether_a_figure_prints_follows_from_the_printed_count(tmp_path: Path, rule: str, word: str) -> None:
    """Counts that print alike have figures alike, hidden or not: otherwise the figure tells which of them it is."""
    found: dict[str, set[bool]] = {}
    for count in range(8, 45):
        file = made({("x", "p"): [*range(count)]})
        line = lines_of(tmp_path, file, rule, (f"{word}:cost",))[0]
        found.setdefault(line["printed"][0], set()).add(line["printed"][1] == HIDDEN)
    assert all(len(hidden) == 1 for hidden in found.values()), found
    assert found["40"] == {False}


def test_no_few_rows_lie_between_two_percentiles_of_a_cell(tmp_path: Path) -> None:
    words = ("p50:cost", "p51:cost", "p60:cost", "p75:cost")
    shown = lines_of(tmp_path, made({("x", "p"): [*range(100)]}), "threshold-10", words)[0]["printed"]
    assert shown == ["100", "49", HIDDEN, "59", "74"], "one row lies between the first two, ten and more elsewhere"


def test_that_all_of_a_cell_have_the_same_is_not_told_where_the_rule_says_so(tmp_path: Path) -> None:
    file = made({("x", "p"): [0] * 20, ("y", "p"): [1, 2, 3] * 10})
    for rule, shown in (("threshold-4", "0.0"), ("threshold-4+all-in-one", HIDDEN)):
        assert lines_of(tmp_path, file, rule, ("mean:cost",))[0]["printed"][1] == shown


def test_nobody_who_has_many_rows_is_told_by_a_mean_or_a_percentile(tmp_path: Path) -> None:
    """Twenty people with a row of 10 each, and one with twenty of 1,000: half of the rows are one person's."""
    others = [("x", "p", 10, f"w{at}") for at in range(20)]
    file = [*others, *[("x", "p", 1000, "one")] * 20, *[("y", "p", 9, f"v{at}") for at in range(30)]]
    words = ("mean:cost", "p60:cost", "p40:cost")
    alone = {
        tuple(line["labels"]): line["printed"] for line in lines_of(tmp_path, [r[:3] for r in file], "HES-2013", words)
    }  # type: ignore[misc]
    assert alone["x", "p"][1:] == ["505.0", "1000", "10"], "as rows of different people they would print"
    with_people = lines_of(tmp_path, file, "HES-2013", words, person="who")  # type: ignore[arg-type]
    shown = {tuple(line["labels"]): line["printed"] for line in with_people}
    assert shown["x", "p"] == ["40", "21", HIDDEN, HIDDEN, HIDDEN] and HIDDEN in shown["Total", "Total"]


def test_steps_that_are_chosen_end_at_nobodys_greatest_time_and_leave_enough_behind_them(tmp_path: Path) -> None:
    file = [("x", "p", at, "yes" if at % 3 else "no") for at in range(1, 61)] + [("x", "p", 997, "no")]
    with (tmp_path / "in.csv").open("w", newline="") as text:
        csv.writer(text).writerows([("a", "b", "days", "died"), *file])
    request = TabulateRequest(("a",), "threshold-10", beside=FiguresAsked(survival="days:died=yes"))
    tabulate(tmp_path / "in.csv", tmp_path / "out.json", request)
    lines = json.loads((tmp_path / "out.json").read_text())["lines"]
    ends = sorted({int(line["labels"][1].split()[-1]) for line in lines if line["labels"][1] != TOTAL})
    assert ends == [14, 29, 44], "of 40 events, four steps of ten: the fourth has no end"
    events = [row[2] for row in file if row[3] == "yes"]
    assert all(sum(time > end for time in events) >= 10 for end in ends)


OF_COUNTS = ("percent:a", "percent:b", "ratio:a=x/y", "rate", "standardised:b", "classes:3")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([0, 2, 5, 10, 20, 35]), min_size=6, max_size=6), st.randoms(use_true_random=False))
def test_files_whose_counts_print_alike_have_all_figures_of_counts_alike(
    tmp_path: Path, counts: list[int], chance: Random
) -> None:
    """So no percentage, rate, interval or class can be turned back into more than the printed count."""
    cells = list(product("xy", "pqr"))
    with (tmp_path / "people.csv").open("w", newline="") as text:
        rows = [(*cell, 977 + 13 * at, 100 + 50 * (at % 3)) for at, cell in enumerate(cells)]
        csv.writer(text).writerows([("a", "b", "population", "standard"), *rows])
    beside = FiguresAsked(OF_COUNTS, tmp_path / "people.csv", intervals=True)
    found: dict[tuple[str, ...], list[list[str]]] = {}
    for _ in range(3):
        near = [chance.randint(1, 7) if 0 < n < 8 else n and max(n + chance.randint(-2, 2), 8) for n in counts]
        file = made({cell: [0] * n for cell, n in zip(cells, near, strict=True)})
        if {row[0] for row in file} != {*"xy"} or {row[1] for row in file} != {*"pqr"}:
            return
        lines = lines_of(tmp_path, file, "HES-2018", (), beside=beside)
        shown = found.setdefault(tuple(line["printed"][0] for line in lines), [line["printed"] for line in lines])
        assert shown == [line["printed"] for line in lines]
