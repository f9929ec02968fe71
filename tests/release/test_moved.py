"""Counts that move, on the road: rounded so that totals stay sums, or moved by keys of records; audited, remembered."""

import json

import numpy as np
import pytest
from costed import costs, figures, inside, table  # noqa: F401 (the fixture)

from openhaven.disclosure.ledger import Ledger
from openhaven.disclosure.moved import MovedRule
from openhaven.identity.cell_keys import keys_of_records
from openhaven.model.errors import Unmet
from openhaven.model.obligation import SmallNumbers
from openhaven.release.inside import small_numbers
from openhaven.release.ledger_file import remembered_in
from openhaven.release.remembered import as_printed, printed

MASTER = b"m" * 32


def keys(numbers):
    return keys_of_records(MASTER, numbers)


def before(done, name="A1.R1"):
    """What the memory hands to the next table."""
    rows, *people = remembered_in(name, done.table.protected.tables, done.table.counted)
    return Ledger.of([rows]), Ledger.of(people)


def true(rows, line, *, people):
    found = [row for row in rows if inside(row, line)]
    return len({row["nhs_number"] for row in found}) if people else len(found)


def twice(rows):
    """Everybody with two episodes, the second of another cause for some."""
    again = [{**row, "episode_id": f"{row['episode_id']}b", "diagnosis": "B"} for row in rows[::3]]
    return [*rows, *again]


def test_rounded_counts_are_multiples_and_their_totals_are_sums(table):  # noqa: F811
    rows = costs()
    lines, said, _ = table(rows, rule="rounded-5")
    for line in lines:
        assert int(line["episodes"]) % 5 == 0 and abs(int(line["episodes"]) - true(rows, line, people=False)) < 5
    inner = [int(line["episodes"]) for line in lines if "Total" not in (line["sex"], line["diagnosis"])]
    assert sum(inner) == int(lines[-1]["episodes"])
    assert "rule rounded-5" in said["small-numbers"].says


def test_counts_of_people_who_stand_in_several_cells_are_rounded_each_by_itself(table):  # noqa: F811
    """Their totals are no sums, so none can stay one; those of episodes are."""
    rows = twice(costs())
    for line in table(rows, rule="rounded-5")[0]:
        assert int(line["people"]) == 5 * ((2 * true(rows, line, people=True) + 5) // 10)
        assert abs(int(line["episodes"]) - true(rows, line, people=False)) < 5


def test_cell_keys_move_each_count_a_little_and_the_same_people_alike_in_every_table(table):  # noqa: F811
    rows = twice(costs())
    lines, said, done = table(rows, rule="cell-key-2", record_keys=keys)
    moved = 0
    for line in lines:
        for name, people in (("episodes", False), ("people", True)):
            count, shown = true(rows, line, people=people), int(line[name])
            assert abs(count - shown) <= 2 or (shown == 0 and count <= 4)
            moved += count != shown
    assert moved > len(lines) / 2
    ones = table([row for row in rows if row["sex"] == "1"], rule="cell-key-2", name="D2", record_keys=keys)[0]
    assert [(one["diagnosis"], one["episodes"], one["people"]) for one in ones if one["sex"] == "1"] == [
        (line["diagnosis"], line["episodes"], line["people"]) for line in lines if line["sex"] == "1"
    ]
    other = table(rows, rule="cell-key-2", name="D3", record_keys=lambda numbers: keys_of_records(b"o" * 32, numbers))
    assert other[0] != lines
    assert "m" * 8 not in json.dumps([printed(each) for each in done.table.protected.tables]) + str(said)


def test_one_person_fewer_tells_nothing_where_counts_are_moved_by_keys(table):  # noqa: F811
    """Exact counts would be held back for it."""
    rows = costs()
    exact = table(rows, rule="threshold-10")[2]
    assert "*" in table(rows[1:], rule="threshold-10", name="D2", ledgers=before(exact))[0][-1]["episodes"]
    first = table(rows, rule="cell-key-2", name="D3", record_keys=keys)[2]
    _, said, _ = table(rows[1:], rule="cell-key-2", name="D4", record_keys=keys, ledgers=before(first))
    assert "nor together with the tables of this dataset released before" in said["small-numbers"].says
    with pytest.raises(Unmet, match=r"A1\.R1 moved counts of the same records under the rule cell-key-2"):
        table(rows, rule="cell-key-3", name="D5", record_keys=keys, ledgers=before(first))


def test_what_would_tell_of_few_beside_an_exact_table_does_not_leave(table):  # noqa: F811
    """All but one, moved up by two: no more can be in it than the exact table counted, so one or none is not."""
    rows = costs()
    first = table(rows, rule="threshold-10")[2]
    up = next(key for key in range(256) if (len(rows) - 1) * key % 256 >= 220)
    with pytest.raises(Unmet, match=r"beside release A1\.R1 .* the rule cell-key-2 hides nothing"):
        table(
            rows[1:],
            rule="cell-key-2",
            name="D2",
            record_keys=lambda numbers: np.full(len(numbers), up),
            ledgers=before(first),
        )


@pytest.mark.parametrize("rule", ["rounded-5", "cell-key-2"])
def test_a_table_whose_counts_moved_is_remembered_as_it_was(table, rule):  # noqa: F811
    done = table(costs(), rule=rule, record_keys=keys)[2]
    for each in done.table.protected.tables:
        again = as_printed(json.loads(json.dumps(printed(each))))
        assert isinstance(again.rule, MovedRule) and again.rule == each.rule
        assert (again.shown, again.labels, again.adds_up) == (each.shown, each.labels, each.adds_up)
        assert (again.small == each.small).all() and not np.any(again.hidden)


@pytest.mark.parametrize("rule", ["rounded-5", "cell-key-2"])
def test_figures_are_made_of_the_counts_that_moved(table, rule):  # noqa: F811
    lines, said, _ = table(costs(), figures("percent:sex", "mean:cost"), rule=rule, record_keys=keys)
    whole = {line["diagnosis"]: line for line in lines if line["sex"] == "Total"}
    for line in lines:
        part, of = int(line["people"]), int(whole[line["diagnosis"]]["people"])
        assert line["percent of sex"] in (f"{100 * min(part / of, 1):.1f}" if of else "",)
    assert any(line["mean of cost"] not in ("*", "") for line in lines)
    assert said["figures"].measured["searches given up"] == 0


def test_without_keys_no_count_is_moved_by_them(table):  # noqa: F811
    with pytest.raises(Unmet, match="the rule cell-key-2 needs keys of records"):
        table(costs(), rule="cell-key-2")


def test_a_count_that_stands_alone_is_not_certified(table):  # noqa: F811
    """A print that lies farther from the truth than its rule says is not in the file that was audited."""
    _, _, done = table(costs(), rule="rounded-5")
    done.path.write_text(done.path.read_text().replace(",A,", ",A,1"))
    rule = SmallNumbers(rule="rounded-5", provisions=(), because="the test says so")
    line = small_numbers(rule, done)
    assert line.standing == "not met" and "not the table that was audited" in line.says
