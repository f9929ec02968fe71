"""People whom an objection names: no row of theirs leaves, and a file in which one stands is not certified."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold, number
from test_road import FIELDS, engine, made_up, pseudonym  # noqa: F401 (the engine is a fixture)

from openhaven.model.errors import Unmet
from openhaven.model.obligation import AuditViews, Objections
from openhaven.model.words import Level
from openhaven.release.measure import certify, check_measurable
from openhaven.release.objections import OBJECTED, Objectors
from openhaven.release.optouts import MayFlow
from openhaven.release.precision import Places
from openhaven.release.road import Supplies, travel

WHY = {"provisions": (), "because": "the test says so"}
NAMED = [number(3), number(8)]


def objectors(*numbers, lists=("article 21",)):
    return Objectors(lists, np.array([int(each) for each in numbers], dtype=np.int64), "digest")


@pytest.fixture
def run(engine, tmp_path):  # noqa: F811
    def travelled(given, *, lists=("article 21",), rows=None, **more):
        obligations = [Objections(lists=(name,), **WHY) for name in lists]
        rows = rows or made_up()
        half = len(rows) // 2
        held = (hold(tmp_path, rows[:half], name="D1"), hold(tmp_path, rows[half:], name="D2", controller="RZ2"))
        supplies = Supplies(
            engine,
            EPISODES,
            held,
            DAY,
            places=Places(PLACES),
            objectors=given,
            answer=more.pop("answer", None),
            scope_key=lambda scope: SCOPE_KEY,
        )
        parts = {"fields": FIELDS, "k": 1, **more}
        decision = decided(*obligations, **parts)
        ordered = sorted(decision.obligations, key=lambda each: each.kind != "objections")
        return travel(replace(decision, obligations=tuple(ordered)), supplies, tmp_path)

    return travelled


def people(made):
    return {row["person"] for row in pq.read_table(made.path).to_pylist()}


def test_no_row_of_theirs_leaves_and_everybody_else_is_there(run):
    made = run(objectors(*NAMED))
    expected = {pseudonym(row["nhs_number"]) for row in made_up() if row["nhs_number"]}
    assert people(made) == expected - {pseudonym(each) for each in NAMED}
    assert made.plan.count(OBJECTED) == len(NAMED)
    certify(made)


def test_a_row_that_names_nobody_could_be_theirs_and_stays_here(run):
    made = run(objectors(*NAMED))
    assert None not in people(made)
    assert made.plan.count("rows without a person key, left out") == sum(not row["nhs_number"] for row in made_up())


def test_several_lists_leave_out_all_whom_any_of_them_names(run):
    made = run(objectors(*NAMED, lists=("article 21", "type 1")), lists=("article 21", "type 1"))
    assert not people(made) & {pseudonym(each) for each in NAMED}
    assert [line.obligation.lists for line in certify(made).lines if line.obligation.kind == "objections"] == [
        ("article 21",),
        ("type 1",),
    ]


def test_with_the_national_opt_out_either_leaves_a_person_out(run):
    answer = MayFlow("NDO-1", pa.array([number(p) for p in range(1, 60) if p % 5]), 3, "x")
    made = run(objectors(*NAMED), answer=answer, applies=True)
    assert not people(made) & {pseudonym(number(p)) for p in (3, 8, 5, 10)}
    assert pseudonym(number(4)) in people(made)
    certify(made)


@pytest.mark.parametrize("given", [None, objectors(*NAMED, lists=("type 1",))])
def test_a_list_that_is_not_here_stops_the_release(run, given):
    with pytest.raises(Unmet, match="on the list article 21 have to be left out") as stopped:
        run(given)
    assert stopped.value.status == 5


def test_somebody_who_stands_in_the_file_all_the_same_is_found(run):
    made = run(objectors(*NAMED))
    table = pq.read_table(made.path)
    rows = table.to_pylist()
    pq.write_table(
        table.from_pylist([*rows, {**rows[0], "person": pseudonym(NAMED[0])}], schema=table.schema), made.path
    )
    with pytest.raises(Unmet, match="1 people who objected are in the file"):
        certify(made)


def test_also_where_people_leave_under_their_number(run):
    made = run(objectors(*NAMED), fields=(("nhs_number", P.AS_HELD), ("diagnosis", P.AS_HELD)), k=None,
               level=Level.IDENTIFIABLE, scope=False)  # fmt: skip
    numbers = {row["nhs_number"] for row in pq.read_table(made.path).to_pylist()}
    assert numbers and not numbers & set(NAMED)
    certify(made)


def test_what_no_measure_can_show_stops_the_release_before_anything_is_made():
    views = AuditViews(**WHY)
    with pytest.raises(Unmet, match="audit-views, which the road of this version cannot keep") as stopped:
        check_measurable(decided(views, fields=FIELDS).obligations)
    assert stopped.value.status == 5
    check_measurable(decided(fields=FIELDS, k=1).obligations)


def test_nor_is_it_certified(run):
    made = run(objectors(*NAMED))
    unkept = replace(made, decision=replace(made.decision, obligations=(AuditViews(**WHY),)))
    with pytest.raises(Unmet, match="cannot keep"):
        certify(unkept)
