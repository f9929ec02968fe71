"""The road: what leaves is what the obligations say, and nothing else."""

import datetime as dt
import random
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, VAULT_KEY, P, decided, hold, number

from openhaven.engines import open_engine
from openhaven.identity.pseudonym import person_ids, pseudonyms
from openhaven.model.application import Comparison, Condition
from openhaven.model.dataset import Field
from openhaven.model.decision import Verdict
from openhaven.model.errors import Unmet
from openhaven.model.obligation import OnlyControllers
from openhaven.model.words import FieldType, Level, Role
from openhaven.release.measure import certify
from openhaven.release.optouts import MayFlow
from openhaven.release.precision import Places, coarsened
from openhaven.release.road import Supplies, travel


@pytest.fixture
def engine(tmp_path):
    engine = open_engine("duckdb", spill=tmp_path)
    yield engine
    engine.close()


def made_up(n=400, people=60, seed=1):
    chance = random.Random(seed)
    born = {p: dt.date(chance.randint(1930, 2020), chance.randint(1, 12), chance.randint(1, 28)) for p in range(people)}
    rows = []
    for i in range(n):
        p = chance.randrange(people)
        rows.append(
            {
                "episode_id": f"E{i}",
                "nhs_number": None if p == 0 else number(p),
                "date_of_birth": born[p],
                "postcode": chance.choice(PLACES)[0] if p % 7 else None,
                "sex": chance.choice(["1", "2", None]),
                "age": 2026 - born[p].year,
                "admitted": dt.date(2026, chance.randint(1, 9), chance.randint(1, 28)),
                "diagnosis": chance.choice(["A41.9", "I10", "C50.9"]),
            }
        )
    return rows


@pytest.fixture
def run(engine, tmp_path):
    def travelled(decision, rows, **more):
        out = tmp_path / "out"
        out.mkdir()
        half = len(rows) // 2
        held = (hold(tmp_path, rows[:half], name="D1"), hold(tmp_path, rows[half:], name="D2", controller="RZ2"))
        supplies = Supplies(
            engine, EPISODES, held, DAY, places=Places(PLACES), scope_key=lambda scope: SCOPE_KEY, **more
        )
        made = travel(decision, supplies, out)
        return made, pq.read_table(made.path).to_pylist()

    return travelled


def pseudonym(number):
    return pseudonyms(pa.array([number]), key=SCOPE_KEY, nhs=True, type=FieldType.STRING)[0].as_py()


FIELDS = (
    ("nhs_number", P.AS_HELD),
    ("sex", P.AS_HELD),
    ("age", P.AGE_10),
    ("admitted", P.MONTH),
    ("postcode", P.AREA),
    ("diagnosis", P.CATEGORY),
)


AGE = EPISODES.field("age")


def expected(rows, fields):
    dataset, places = EPISODES, Places(PLACES)
    return Counter(
        tuple(
            (row["nhs_number"] and pseudonym(row["nhs_number"]))
            if name == "nhs_number"
            else coarsened(row[name], precision, field=dataset.field(name), places=places)
            for name, precision in fields
        )
        for row in rows
        if dataset
    )


def test_each_field_leaves_at_the_precision_agreed_and_the_person_under_a_pseudonym(run):
    rows = made_up()
    made, left = run(decided(fields=FIELDS, k=1), rows)
    assert list(left[0]) == ["person", "sex", "age", "admitted", "postcode", "diagnosis"]
    assert Counter(tuple(row.values()) for row in left) == expected(rows, FIELDS)
    certify(made)


def test_rows_leave_in_the_order_of_their_pseudonyms_rows_without_one_last(run):
    _, left = run(decided(fields=FIELDS, k=1), made_up())
    keys = [row["person"] for row in left if row["person"]]
    assert keys == sorted(keys) and all(row["person"] is None for row in left[len(keys) :])


@pytest.mark.parametrize("k", [2, 3, 5, 10, 25, 45])
def test_every_class_that_leaves_holds_k_different_people(run, k):
    made, left = run(decided(fields=FIELDS, k=k, suppression=0.2), made_up(seed=k))
    people = defaultdict(set)
    for row in left:
        people[row["sex"], row["age"], row["admitted"], row["postcode"]].add(row["person"])
    assert left and min(len(each - {None}) for each in people.values()) >= k
    assert made.protected.kept_rows == len(left)
    certify(made)


def test_ages_that_are_not_recorded_stay_so_whatever_the_band(run):
    rows = [{**row, "age": row["age"] if at % 3 else None} for at, row in enumerate(made_up())]
    fields, banded = (("nhs_number", P.AS_HELD), ("age", P.AS_HELD)), partial(coarsened, precision=P.AGE_20, field=AGE)
    made, left = run(decided(fields=fields, k=3, suppression=0.0), rows, agreed={"age": P.AGE_20})
    assert Counter(row["age"] for row in left) == Counter(banded(row["age"]) for row in rows)
    certify(made)


def test_rows_of_one_person_never_make_a_class(run):
    rows = [{**made_up(1)[0], "nhs_number": number(5), "episode_id": f"E{i}"} for i in range(50)]
    with pytest.raises(Unmet, match="reaches k = 2"):
        run(decided(fields=FIELDS, k=2, suppression=0.5), rows)


def test_who_was_not_returned_by_the_national_check_leaves_with_every_row_gone(run):
    rows = made_up()
    returned = [number(p) for p in range(1, 60) if p % 5]
    answer = MayFlow("NDO-1", pa.array(returned), 3, "x")
    made, left = run(decided(fields=FIELDS, k=1, applies=True), rows, answer=answer)
    assert {row["person"] for row in left} == {
        pseudonym(row["nhs_number"]) for row in rows if row["nhs_number"] in returned
    }
    assert len(left) == sum(row["nhs_number"] in returned for row in rows)
    counted = dict(made.plan.counts)
    assert counted["rows without a person key, left out"] == sum(row["nhs_number"] is None for row in rows)
    certify(made)


@pytest.mark.parametrize("answer", [None, MayFlow("old", pa.array(["9990000018"]), 22, "x")])
def test_without_a_fresh_answer_nothing_leaves(run, answer):
    with pytest.raises(Unmet, match="national"):
        run(decided(fields=FIELDS, k=1, applies=True), made_up(), answer=answer)


def test_only_the_cohort_leaves_also_when_its_field_does_not(run):
    rows = made_up()
    rule = (
        Condition("diagnosis", Comparison.STARTS, ("C", "A4")),
        Condition("admitted", Comparison.FROM, ("2026-03-01",)),
        Condition("postcode", Comparison.IN, ("AA1 1AA", "BB1 1AA")),
    )
    fields = (("nhs_number", P.AS_HELD), ("sex", P.AS_HELD))
    made, left = run(decided(fields=fields, k=1, cohort=rule), rows)
    wanted = [
        row
        for row in rows
        if row["diagnosis"][0] in "CA"
        and row["admitted"] >= dt.date(2026, 3, 1)
        and row["postcode"] in ("AA1 1AA", "BB1 1AA")
    ]
    assert Counter(tuple(row.values()) for row in left) == expected(wanted, fields)
    certify(made)


def test_a_controller_without_authority_is_left_out(run):
    decision = decided(fields=FIELDS, k=1)
    only = [each for each in decision.obligations if each.kind != "only-controllers"]
    one = OnlyControllers(controllers=("RZ2",), declined=("RZ1",), provisions=(), because="declined")
    rows = made_up()
    made, left = run(replace(decision, obligations=(*only, one)), rows)
    assert Counter(tuple(row.values()) for row in left) == expected(rows[len(rows) // 2 :], FIELDS)
    certify(made)


def test_identifiable_data_leaves_as_held_in_the_order_of_its_numbers(run):
    rows = made_up()
    fields = (("nhs_number", P.AS_HELD), ("date_of_birth", P.AS_HELD), ("diagnosis", P.AS_HELD))
    made, left = run(decided(fields=fields, level=Level.IDENTIFIABLE, scope=False), rows)
    assert Counter(tuple(row.values()) for row in left) == Counter(
        (r["nhs_number"], r["date_of_birth"], r["diagnosis"]) for r in rows
    )
    certify(made)


def test_other_keys_leave_under_pseudonyms_too(run):
    rows = made_up(50)
    _, left = run(decided(fields=(("episode_id", P.AS_HELD), ("nhs_number", P.AS_HELD)), k=1), rows)
    assert len({row["episode_id"] for row in left}) == 50
    assert not {row["episode_id"] for row in left} & {row["episode_id"] for row in rows}


def test_an_agreed_recoding_is_used_again_or_the_release_stops(run):
    rows = made_up()
    agreed = {"sex": P.ALL, "age": P.AGE_20, "admitted": P.YEAR, "postcode": P.REGION}
    made, left = run(decided(fields=FIELDS, k=2, suppression=0.2), rows, agreed=agreed)
    assert dict(made.recoding) == agreed and {row["sex"] for row in left} == {"*"}


def test_an_agreed_recoding_that_no_longer_reaches_k_stops_the_release(run):
    agreed = {"sex": P.AS_HELD, "age": P.AGE_10, "admitted": P.MONTH, "postcode": P.AREA}
    with pytest.raises(Unmet, match="recoding agreed"):
        run(decided(fields=FIELDS, k=10, suppression=0.01), made_up(), agreed=agreed)


def test_a_decision_that_does_not_permit_lets_nothing_travel(run):
    with pytest.raises(Unmet, match="refuse"):
        run(replace(decided(fields=FIELDS, k=1), verdict=Verdict.REFUSE), made_up())


def test_an_nhs_number_in_another_column_is_found_on_the_file_and_stops_the_release(run):
    rows = [{**row, "diagnosis": number(7)} for row in made_up()]
    made, _ = run(decided(fields=(("nhs_number", P.AS_HELD), ("diagnosis", P.AS_HELD)), k=1), rows)
    with pytest.raises(Unmet, match="NHS numbers stand in diagnosis"):
        certify(made)


def test_rows_without_a_person_key_never_count_as_one_more_person(engine):
    """On the file people are told apart by text; a mask of text must leave out what is not there."""
    rows = engine.table(pa.table({"sex": ["1"] * 3, "_person": pa.array(["a", None, None], pa.string())}))
    masks = engine.collect(engine.class_masks(rows, by=["sex"], person="_person")).to_pylist()
    assert [bin(each["mask"] & (2**64 - 1)).count("1") for each in masks] == [1]
    assert masks[0]["rows"] == 3


def test_a_person_known_by_two_nhs_numbers_stays_one_person_and_is_not_checkable(engine, tmp_path):
    """Two deliveries that disagree must not double a person's rows, nor let either number speak for them."""
    rows = made_up(40, 8)
    first, second = hold(tmp_path, rows, name="D1"), hold(tmp_path, rows, name="D2", controller="RZ2")
    path = second.folder / "people.parquet"
    people = pq.read_table(path)
    other = [number(900 + place) if place == 0 else each for place, each in enumerate(people["nhs_number"].to_pylist())]
    pq.write_table(people.set_column(2, "nhs_number", pa.array(other)), path)
    doubtful = people["nhs_number"][0].as_py()

    answer = MayFlow("NDO-1", pa.array(sorted({*people["nhs_number"].to_pylist(), *other})), 3, "x")
    supplies = Supplies(
        engine, EPISODES, (first, second), DAY, places=Places(PLACES), answer=answer, scope_key=lambda scope: SCOPE_KEY
    )
    made = travel(decided(fields=FIELDS, k=1, applies=True), supplies, tmp_path)
    left = pq.read_table(made.path).to_pylist()
    wanted = [row for row in rows if row["nhs_number"] not in (None, doubtful)]
    assert Counter(tuple(row.values()) for row in left) == expected(wanted + wanted, FIELDS)


MATCHED = replace(
    EPISODES,
    id="matched",
    fields=(
        *EPISODES.fields,
        Field("match", FieldType.STRING, Role.KEY, refers_to="nhs_number"),
        Field("parent", FieldType.STRING, Role.KEY, refers_to="episode_id"),
    ),
)


def matched(folder, rows):
    """Rows that refer to another person (held as the vault's id) and to another episode."""
    held = hold(folder, rows)
    path = held.folder / "content.parquet"
    content = pq.read_table(path)
    ids = person_ids(pa.array([row["match"] for row in rows]), key=VAULT_KEY, nhs=True, type=FieldType.STRING)
    content = content.append_column("match", ids).append_column("parent", pa.array([row["parent"] for row in rows]))
    pq.write_table(content, path)
    return held


def with_matches(rows):
    people = sorted({row["nhs_number"] for row in rows if row["nhs_number"]})
    chance = random.Random(3)
    return [
        {**row, "match": chance.choice([*people, None]), "parent": chance.choice(rows)["episode_id"]} for row in rows
    ]


def test_what_refers_to_a_key_leaves_under_the_pseudonym_of_that_key(engine, tmp_path):
    rows = with_matches(made_up(80, 12))
    fields = tuple((name, P.AS_HELD) for name in ("episode_id", "nhs_number", "match", "parent"))
    supplies = Supplies(engine, MATCHED, (matched(tmp_path, rows),), DAY, scope_key=lambda scope: SCOPE_KEY)
    left = pq.read_table(travel(decided(fields=fields, k=1), supplies, tmp_path).path).to_pylist()
    key = {
        row["episode_id"]: pseudonyms(pa.array([row["episode_id"]]), key=SCOPE_KEY, nhs=False, type=FieldType.STRING)[
            0
        ].as_py()
        for row in rows
    }
    assert Counter(tuple(row.values()) for row in left) == Counter(
        (
            key[row["episode_id"]],
            row["nhs_number"] and pseudonym(row["nhs_number"]),
            row["match"] and pseudonym(row["match"]),
            key[row["parent"]],
        )
        for row in rows
    )


def test_where_keys_leave_as_held_the_vaults_own_ids_do_not(engine, tmp_path):
    rows = with_matches(made_up(80, 12))
    fields = tuple((name, P.AS_HELD) for name in ("episode_id", "nhs_number", "match", "parent"))
    supplies = Supplies(engine, MATCHED, (matched(tmp_path, rows),), DAY)
    decision = decided(fields=fields, level=Level.IDENTIFIABLE, scope=False)
    left = pq.read_table(travel(decision, supplies, tmp_path).path).to_pylist()
    assert Counter(tuple(row.values()) for row in left) == Counter(
        tuple(row[name] for name, _ in fields) for row in rows
    )


def test_a_second_delivery_under_an_agreement_does_not_add_characteristics_that_could_be_joined(run):
    agreed = {"sex": P.AS_HELD, "age": P.AGE_10}
    with pytest.raises(Unmet, match="joined by their pseudonyms"):
        run(decided(fields=FIELDS, k=2, suppression=0.5), made_up(), agreed=agreed)
