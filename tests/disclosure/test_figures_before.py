"""Means and percentiles beside those that left before: held to a program over every single record, written here."""

from dataclasses import replace

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure.figures_before import Beside, MeasuredTable, beside_earlier

SMALL, CELLS = 3, np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=bool)
PEOPLE = 40


def table(amounts, leaf, kept, *, shares=(None,), decimals=1, field="cost", person=None):
    """Of those who are kept, by three cells and their total: every figure printed."""
    figures = []
    for share in shares:
        texts = []
        for cell in CELLS:
            inside = np.sort(amounts[kept & cell[leaf]])
            if not len(inside):
                texts.append("")
            elif share is None:
                texts.append(f"{inside.mean():.{decimals}f}")
            else:
                texts.append(f"{inside[max(int(np.ceil(share * len(inside))) - 1, 0)]:g}")
        figures.append((share, tuple(texts)))
    units = np.flatnonzero(kept)
    whose = units + 1 if person is None else person[units]
    return MeasuredTable("R", field, units, leaf[units], whose, amounts[units], CELLS, tuple(figures), SMALL)


def most(tables, amounts, group, side):
    """The most that a group may have together (side -1: the least, below nothing), record by record."""
    program = highspy.Highs()
    program.setOptionValue("output_flag", False)
    for _ in amounts:
        program.addVar(float(amounts.min()), float(amounts.max()))
    for each in tables:
        for at, text in enumerate(each.figures[0][1]):
            if text in ("*", ""):
                continue
            inside = each.units[each.cells[at][each.leaves]].astype(np.int32)
            half, count = 0.5 * 10.0 ** -len(text.partition(".")[2]), len(inside)
            ends = count * (float(text) - half) - 1e-6, count * (float(text) + half) + 1e-6
            program.addRow(*ends, count, inside, np.ones(count))
    for at in np.flatnonzero(group):
        program.changeColCost(int(at), -float(side))
    program.run()
    assert program.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return -program.getObjectiveValue()


def told(new, before, amounts, people):
    """Groups of few by which two printed cells differ, of which the new table tells more than was told before."""
    found = []
    for mine, text in zip(CELLS, new.figures[0][1], strict=True):
        for each in before:
            for theirs, other in zip(CELLS, each.figures[0][1], strict=True):
                if "*" in (text, other) or "" in (text, other):
                    continue
                one, two = np.zeros(people, dtype=bool), np.zeros(people, dtype=bool)
                one[new.units[mine[new.leaves]]], two[each.units[theirs[each.leaves]]] = True, True
                if not (one & two).any():
                    continue
                for group in (one & ~two, two & ~one):
                    if 0 < group.sum() <= SMALL and too_well(new, before, amounts, group):
                        found.append((np.flatnonzero(group).tolist(), text, other))
    return found


def too_well(new, before, amounts, group):
    """The first side that was open before is not open any more."""
    room = 0.1 * amounts[group].max()
    for side in (1, -1):
        enough = side * amounts[group].sum() + max(room, 1e-6)
        if most(before, amounts, group, side) >= enough:
            return most([new, *before], amounts, group, side) < enough - 1e-4
    return False


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 2), st.integers(0, 2))
def test_no_sum_of_few_is_told_by_means_of_groups_that_differ_by_them(seed, tables, decimals):
    rng = np.random.default_rng(seed)
    amounts = np.round(rng.gamma(2, 50, PEOPLE))
    leaf = rng.integers(0, 3, PEOPLE)
    before = [table(amounts, leaf, rng.random(PEOPLE) < 0.95, decimals=decimals) for _ in range(tables)]
    alone = table(amounts, leaf, rng.random(PEOPLE) < 0.95, decimals=decimals)
    beside = beside_earlier(alone, before)
    assert told(replace(alone, figures=beside.figures), before, amounts, PEOPLE) == []
    assert beside.left_out == sum(text == "*" for text in beside.figures[0][1])


def test_without_this_a_mean_would_have_told():
    """The test above can fail: all but one, to two decimals."""
    amounts, leaf = np.arange(10.0, 10.0 + PEOPLE), np.arange(PEOPLE) % 3
    everyone, others = np.ones(PEOPLE, dtype=bool), np.arange(PEOPLE) != 20
    before, new = table(amounts, leaf, everyone, decimals=2), table(amounts, leaf, others, decimals=2)
    assert told(new, [before], amounts, PEOPLE)
    beside = beside_earlier(new, [before])
    assert beside.left_out > 0 and not beside.given_up
    assert told(replace(new, figures=beside.figures), [before], amounts, PEOPLE) == []


def test_what_tells_nothing_prints_as_it_was():
    rng = np.random.default_rng(1)
    amounts, leaf = rng.gamma(2, 50, PEOPLE), rng.integers(0, 3, PEOPLE)
    half = rng.random(PEOPLE) < 0.5
    new = table(amounts, leaf, half, shares=(None, 0.5))
    assert beside_earlier(new, [table(amounts, leaf, ~half, shares=(None, 0.5))]) == Beside(new.figures), "others"
    assert beside_earlier(new, [new]) == Beside(new.figures), "the same again"
    other = table(amounts, leaf, np.ones(PEOPLE, dtype=bool), field="days")
    assert beside_earlier(new, [other]) == Beside(new.figures), "of another field"


@pytest.mark.parametrize(("share", "left"), [(0.5, False), (0.55, True), (0.9, False)])
def test_percentiles_of_one_group_leave_no_few_between_two(share, left):
    amounts, leaf = np.arange(float(PEOPLE)), np.zeros(PEOPLE, dtype=np.int64)
    everyone = np.ones(PEOPLE, dtype=bool)
    before = table(amounts, leaf, everyone, shares=(0.5,))
    new = table(amounts, leaf, everyone, shares=(share,))
    assert (beside_earlier(new, [before]).left_out > 0) == left


def test_few_people_with_many_rows_are_few():
    """Three people have nine rows: not few rows, but few people."""
    amounts, leaf = np.arange(10.0, 10.0 + PEOPLE), np.zeros(PEOPLE, dtype=np.int64)
    person = np.where(np.arange(PEOPLE) < 9, np.arange(PEOPLE) % 3 + 1, np.arange(PEOPLE) + 10)
    everyone = table(amounts, leaf, np.ones(PEOPLE, dtype=bool), decimals=4, person=person)
    fewer = table(amounts, leaf, np.arange(PEOPLE) >= 9, decimals=4, person=person)
    assert beside_earlier(fewer, [everyone]).left_out > 0
    alone = replace(everyone, person=np.arange(PEOPLE) + 1)
    assert beside_earlier(replace(fewer, person=np.arange(9, PEOPLE) + 1), [alone]).left_out == 0


def test_where_what_left_before_does_not_fit_together_no_mean_prints():
    """A cost that was corrected between two deliveries: nothing that follows from both says anything."""
    amounts, leaf = np.arange(10.0, 10.0 + PEOPLE), np.arange(PEOPLE) % 3
    everyone, others = np.ones(PEOPLE, dtype=bool), np.arange(PEOPLE) != 20
    before = table(amounts, leaf, everyone, decimals=2)
    wrong = replace(before, figures=((None, tuple(f"{float(text) + 500:.2f}" for text in before.figures[0][1])),))
    beside = beside_earlier(table(amounts, leaf, others, decimals=2), [wrong])
    assert beside.given_up and set(beside.figures[0][1]) == {"*"}
