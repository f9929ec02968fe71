"""The tags of a release are of the people whose records stand in the very file, and of nobody else."""

from dataclasses import replace

import pyarrow as pa
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold, number
from test_road import FIELDS, made_up

from openhaven.engines import open_engine
from openhaven.identity.pseudonym import pseudonyms
from openhaven.model.obligation import SmallNumbers
from openhaven.model.words import FieldType, Level
from openhaven.release.optouts import MayFlow
from openhaven.release.people_left import numbers_that_left
from openhaven.release.precision import Places
from openhaven.release.reading import people_in_file
from openhaven.release.road import Supplies, travel

RULE = SmallNumbers(rule="HES-2018", provisions=(), because="the test says so")
FLOWING = {number(p) for p in range(1, 60) if p % 3}


@pytest.fixture
def left(tmp_path):
    """The numbers of those who left, and the pseudonyms in the file, where there are any."""

    def travelled(decision, rows, *, opt_outs=None):
        answer = MayFlow("national", pa.array(sorted(opt_outs)), 1, "d") if opt_outs is not None else None
        with open_engine("duckdb", spill=tmp_path) as engine:
            half = len(rows) // 2
            held = (hold(tmp_path, rows[:half], name="D1"), hold(tmp_path, rows[half:], name="D2", controller="RZ2"))
            supplies = Supplies(
                engine, EPISODES, held, DAY, places=Places(PLACES), scope_key=lambda scope: SCOPE_KEY, answer=answer
            )
            made = travel(decision, supplies, tmp_path)
            batches = list(numbers_that_left(made))
            keys = people_in_file(made)
            in_file = None if keys is None else set(engine.collect(keys)[0].to_pylist())
        found = [each for batch in batches for each in batch]
        assert len(found) == len(set(found))
        return set(found), in_file

    return travelled


def as_pseudonyms(numbers):
    return set(pseudonyms(pa.array(sorted(numbers)), key=SCOPE_KEY, nhs=True, type=FieldType.STRING).to_pylist())


def numbers_of(rows):
    return {row["nhs_number"] for row in rows} - {None}


def test_where_pseudonyms_leave_they_are_those_behind_the_pseudonyms(left):
    rows = made_up()
    numbers, in_file = left(decided(fields=FIELDS, k=1), rows)
    assert numbers == numbers_of(rows) and as_pseudonyms(numbers) == in_file


def test_where_no_key_leaves_and_nobody_is_left_out_they_are_everyone(left):
    rows, fields = made_up(), tuple(each for each in FIELDS if each[0] != "nhs_number")
    assert left(decided(fields=fields, k=1), rows) == (numbers_of(rows), None)


def test_whoever_was_suppressed_or_has_opted_out_did_not_leave(left):
    rows = made_up()
    numbers, in_file = left(decided(fields=FIELDS, k=10, suppression=0.2, applies=True), rows, opt_outs=FLOWING)
    assert numbers and numbers <= FLOWING and as_pseudonyms(numbers) == in_file


def test_where_no_key_leaves_they_are_those_whose_rows_leave(left):
    rows, fields = made_up(), tuple(each for each in FIELDS if each[0] != "nhs_number")
    few, _ = left(decided(fields=fields, k=25, suppression=0.5, applies=True), rows, opt_outs=FLOWING)
    assert few and few <= FLOWING


def test_where_the_number_itself_leaves_they_are_those_numbers(left):
    rows = made_up()
    numbers, in_file = left(decided(fields=FIELDS[:2], level=Level.IDENTIFIABLE, scope=False), rows)
    assert numbers == in_file == numbers_of(rows)


def test_of_a_table_they_are_those_who_were_counted(left):
    decision = decided(fields=(("sex", P.AS_HELD),), level=Level.AGGREGATE, scope=False, applies=True)
    decision = replace(decision, obligations=(*decision.obligations, RULE))
    rows = made_up()
    assert left(decision, rows, opt_outs=FLOWING) == (numbers_of(rows) & FLOWING, None)
