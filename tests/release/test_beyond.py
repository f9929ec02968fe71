"""Beyond k: what is demanded of values, of a few characteristics, of several events and of links holds on the file."""

import math
import random
from collections import Counter, defaultdict
from itertools import combinations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold
from test_road import made_up

from openhaven.engines import open_engine
from openhaven.model.dataset import Dataset, Field
from openhaven.model.errors import Unmet
from openhaven.model.obligation import (
    KAnonymity,
    KOverEvents,
    KOverKeys,
    LDiversity,
    LocalRecoding,
    NoPersonLink,
    TCloseness,
)
from openhaven.model.protection import Distance, Spread
from openhaven.model.words import FieldType, Role
from openhaven.release.measure import certify
from openhaven.release.precision import Places
from openhaven.release.removed import whom_removed
from openhaven.release.road import Supplies, output, travel

FIELDS = (
    ("nhs_number", P.AS_HELD),
    ("sex", P.AS_HELD),
    ("age", P.AGE_10),
    ("admitted", P.MONTH),
    ("diagnosis", P.CATEGORY),
)
QUASI = ("sex", "age", "admitted")
WHY = {"provisions": (), "because": "the test says so"}


@pytest.fixture
def engine(tmp_path):
    engine = open_engine("duckdb", spill=tmp_path)
    yield engine
    engine.close()


@pytest.fixture
def run(engine, tmp_path):
    def travelled(*more, rows=None, fields=FIELDS, k=2, suppression=0.3, scope=True, name="D1", **supplied):
        out = tmp_path / f"out-{name}"
        out.mkdir()
        held = (hold(tmp_path, rows or diverse(), name=name),)
        supplies = Supplies(
            engine, EPISODES, held, DAY, places=Places(PLACES), scope_key=lambda scope: SCOPE_KEY, **supplied
        )
        decision = decided(*more, fields=fields, k=k, suppression=suppression, scope=scope)
        made = travel(decision, supplies, out)
        return made, pq.read_table(made.path).to_pylist()

    return travelled


def diverse(seed=3, n=600, people=80):
    """Diagnoses of five kinds, of which one is common."""
    chance = random.Random(seed)
    rows = made_up(n, people, seed)
    return [{**row, "diagnosis": chance.choice(["A41.9", "I10", "I21.4", "C50.9", "J18", "I10"])} for row in rows]


def l_of(l=3, spread=Spread.DISTINCT, c=None, at=P.AS_HELD):  # noqa: E741
    return LDiversity(field="diagnosis", l=l, spread=spread, c=c, at=at, quasi=QUASI, **WHY)


def t_of(t, distance=Distance.EQUAL):
    return TCloseness(field="diagnosis", t=t, distance=distance, quasi=QUASI, **WHY)


def classes(left, names=QUASI):
    found = defaultdict(list)
    for row in left:
        found[tuple(row[name] for name in names)].append(row)
    return found.values()


def line(made, kind):
    return next(each for each in certify(made).lines if isinstance(each.obligation, kind))


@pytest.mark.parametrize("l", [2, 3, 4])
def test_every_class_has_so_many_different_values(run, l):  # noqa: E741
    made, left = run(l_of(l))
    fewest = min(len({row["diagnosis"] for row in each}) for each in classes(left))
    assert fewest >= l
    assert line(made, LDiversity).evidence.measured["l"] == fewest
    _, more = run(name="D2")
    assert len(more) > 0 and min(len({row["diagnosis"] for row in each}) for each in classes(more)) < 4


def test_values_are_counted_no_finer_than_agreed(run):
    made, left = run(l_of(3, at=P.CHAPTER))
    assert min(len({row["diagnosis"][0] for row in each}) for each in classes(left)) >= 3
    assert "by its first character" in line(made, LDiversity).evidence.says


def test_the_entropy_of_every_class_is_that_of_l_values(run):
    made, left = run(l_of(3.0, Spread.ENTROPY))
    least = min(_entropy([row["diagnosis"] for row in each]) for each in classes(left))
    assert least >= math.log(3) - 1e-9
    assert line(made, LDiversity).evidence.measured["l"] == pytest.approx(math.exp(least), abs=1e-3)


def _entropy(values):
    shares = [count / len(values) for count in Counter(values).values()]
    return -sum(share * math.log(share) for share in shares)


def test_the_commonest_value_of_a_class_is_held_down_by_the_rarer_ones(run):
    made, left = run(l_of(2, Spread.RECURSIVE, 1.5))
    for each in classes(left):
        counts = sorted(Counter(row["diagnosis"] for row in each).values(), reverse=True)
        assert counts[0] < 1.5 * sum(counts[1:])
    assert line(made, LDiversity).evidence.measured["c"] < 1.5


@pytest.mark.parametrize("distance", [Distance.EQUAL, Distance.HIERARCHICAL])
@pytest.mark.parametrize("t", [0.15, 0.3])
def test_every_class_is_as_the_very_file_but_for_t(run, t, distance):
    """Not as what was held: suppression changes the whole."""
    made, left = run(t_of(t, distance))
    whole = Counter(row["diagnosis"] for row in left)
    far = max(
        sum(abs(Counter(row["diagnosis"] for row in each)[v] / len(each) - n / len(left)) for v, n in whole.items()) / 2
        for each in classes(left)
    )
    measured = line(made, TCloseness).evidence.measured["t"]
    assert measured <= t + 1e-4
    if distance is Distance.EQUAL:
        assert far <= t + 1e-9 and measured == pytest.approx(far, abs=2e-4)


def test_l_of_one_field_and_t_of_another_hold_together(engine, tmp_path):
    ward = Field("ward", FieldType.STRING, Role.CONFIDENTIAL)
    dataset = Dataset(EPISODES.id, EPISODES.title, EPISODES.setting, EPISODES.territory, (*EPISODES.fields, ward))
    rows = [{**row, "ward": f"W{at % 4}"} for at, row in enumerate(diverse())]
    held = (hold(tmp_path, rows, dataset=dataset),)
    supplies = Supplies(engine, dataset, held, DAY, scope_key=lambda scope: SCOPE_KEY)
    close = TCloseness(field="ward", t=0.25, distance=Distance.EQUAL, quasi=QUASI, **WHY)
    decision = decided(l_of(3), close, fields=(*FIELDS, ("ward", P.AS_HELD)), k=2, suppression=0.3)
    made = travel(decision, supplies, tmp_path)
    left = pq.read_table(made.path).to_pylist()
    whole = Counter(row["ward"] for row in left)
    for each in classes(left):
        assert len({row["diagnosis"] for row in each}) >= 3
        here = Counter(row["ward"] for row in each)
        assert sum(abs(here[v] / len(each) - n / len(left)) for v, n in whole.items()) / 2 <= 0.25 + 1e-9
    certify(made)


@pytest.mark.parametrize("keys", [1, 2])
def test_any_few_characteristics_are_shared_by_more_people(run, keys):
    made, left = run(KOverKeys(k=12, keys=keys, quasi=QUASI, **WHY), k=2, suppression=0.4)
    fewest = min(
        len({row["person"] for row in each if row["person"]})
        for names in combinations(QUASI, keys)
        for each in classes(left, names)
    )
    assert fewest >= 12
    assert 12 <= line(made, KOverKeys).evidence.measured["k"] <= fewest  # exact where it is under twice k


def fewest_sharing(left, m):
    """From the definition: everybody's every m rows, and who else has as many in each class."""
    held = defaultdict(Counter)
    for row in left:
        if row["person"]:
            held[row["person"]][tuple(row[name] for name in QUASI)] += 1
    return min(
        sum(Counter(known) <= other for other in held.values())
        for mine in held.values()
        for known in combinations(list(mine.elements()), min(m, mine.total()))
    )


def few_events(seed=5, people=240):
    """People of two sexes and three ages with one to four events in nine months."""
    chance = random.Random(seed)
    rows = made_up(people * 3, people, seed)
    return [{**row, "age": 30 + 20 * chance.randrange(3), "sex": "1"} for row in rows]


@pytest.mark.parametrize(("k", "m"), [(3, 1), (3, 2), (4, 2), (2, 3)])
def test_any_known_events_of_a_person_are_shared_by_k_people(run, k, m):
    made, left = run(KOverEvents(k=k, events=m, quasi=QUASI, **WHY), rows=few_events(), suppression=0.3)
    fewest = fewest_sharing(left, m)
    assert fewest >= k
    told = line(made, KOverEvents).evidence
    assert told.measured["k"] == fewest and "are shared by at least" in told.says
    assert made.protected.kept_rows == len(left)


def test_known_events_with_l_hold_together(run):
    rows = [{**row, "diagnosis": f"A{at % 5}0"} for at, row in enumerate(few_events())]
    made, left = run(KOverEvents(k=3, events=2, quasi=QUASI, **WHY), l_of(3), rows=rows, suppression=0.4)
    assert fewest_sharing(left, 2) >= 3
    assert min(len({row["diagnosis"] for row in each}) for each in classes(left)) >= 3
    certify(made)


def test_known_events_that_cannot_be_reached_stop_the_release_and_say_what_helps(run):
    with pytest.raises(Unmet, match="k = 200 over any 2 known events"):
        run(KOverEvents(k=200, events=2, quasi=QUASI, **WHY), rows=few_events(), suppression=0.0)


def test_a_refresh_keeps_the_agreed_recoding_or_stops(run):
    known = KOverEvents(k=3, events=2, quasi=QUASI, **WHY)
    first, _ = run(known, l_of(2), rows=few_events(), suppression=0.4)
    again, _ = run(known, l_of(2), rows=few_events(6), suppression=0.5, name="D2", agreed=dict(first.recoding))
    assert again.recoding == first.recoding
    with pytest.raises(Unmet, match="with the recoding agreed"):
        run(known, rows=few_events(), suppression=0.0, name="D3", agreed=dict.fromkeys(QUASI, P.AS_HELD) | {
            "age": P.AGE_10, "admitted": P.MONTH})  # fmt: skip


def test_whom_suppression_removed_adds_up_where_single_rows_went(run):
    agreed = {"sex": P.AS_HELD, "age": P.AGE_10, "admitted": P.MONTH}
    known = KOverEvents(k=4, events=2, quasi=QUASI, **WHY)
    made, left = run(known, rows=few_events(), suppression=1.0, agreed=agreed)
    assert made.protected.suppressed_rows > 0 and fewest_sharing(left, 2) >= 4
    found = whom_removed(made).figures
    for by in {each.by for each in found}:
        of_it = [each for each in found if each.by == by]
        assert sum(each.removed for each in of_it) == made.protected.suppressed_rows
        assert sum(each.of for each in of_it) == made.protected.kept_rows + made.protected.suppressed_rows


def test_rows_leave_without_a_link(run):
    fields = tuple(each for each in FIELDS if each[0] != "nhs_number")
    made, left = run(NoPersonLink(**WHY), fields=fields, scope=False)
    assert "person" not in left[0]
    assert "no key to a person leaves" in line(made, NoPersonLink).evidence.says


@pytest.mark.parametrize("key", ["nhs_number", "episode_id"])
def test_a_key_that_links_rows_is_found_on_the_file(run, key):
    fields = ((key, P.AS_HELD), *FIELDS[1:])
    rows = [{**row, "episode_id": f"E{at // 2}"} for at, row in enumerate(diverse())]
    made, _ = run(NoPersonLink(**WHY), fields=fields, rows=rows)
    with pytest.raises(Unmet, match="tells which rows are of one person"):
        certify(made)


def test_a_file_that_does_not_meet_it_gets_no_certificate(run):
    made, left = run(l_of(3), t_of(0.4), KOverEvents(k=2, events=2, quasi=QUASI, **WHY), suppression=0.6)
    certify(made)
    table = pq.read_table(made.path)
    worse = [{**row, "diagnosis": "A41"} for row in left]
    pq.write_table(pa.Table.from_pylist(worse, schema=table.schema), made.path)
    with pytest.raises(Unmet, match="l-diversity is not met"):
        certify(made)


def local(*more):
    return LocalRecoding(quasi=QUASI, **WHY), *more


def test_class_by_class_more_is_kept_and_each_cell_tells_its_level(run):
    globally, _ = run(l_of(2), k=5, suppression=0.0)
    made, left = run(*local(l_of(2)), k=5, suppression=0.0, name="D2")
    assert len(left) == made.protected.kept_rows and made.protected.suppressed_rows == 0
    assert made.protected.loss < globally.protected.loss
    for each in classes(left, (*QUASI, "recoding_levels")):
        assert len({row["person"] for row in each if row["person"]}) >= 5
        assert len({row["diagnosis"] for row in each}) >= 2
    assert {len(row["recoding_levels"].split("; ")) for row in left} == {3}
    certify(made)
    described = {each.name: each.precision for each in output(made).columns}
    assert described["admitted"] == "class by class, from month upwards" and "recoding_levels" in described


def test_a_cell_finer_than_its_level_is_found(run):
    made, left = run(*local(), k=3)
    table = pq.read_table(made.path)
    finer = [{**row, "admitted": "2026-05-17"} for row in left]
    pq.write_table(pa.Table.from_pylist(finer, schema=table.schema), made.path)
    with pytest.raises(Unmet, match="is not met"):
        certify(made)


def test_class_by_class_is_no_refresh(run):
    with pytest.raises(Unmet, match="the two together would tell more"):
        run(*local(), agreed={"sex": P.AS_HELD, "age": P.AGE_10, "admitted": P.MONTH})


def test_what_is_left_is_told(run):
    made, left = run(*local(), k=5)
    told = made.protected.left
    by_sex = {each.label: each.after for each in told.marginals if each.column == "sex" and each.level == 0}
    shown = Counter(row["sex"] for row in left if row["recoding_levels"].startswith("as held"))
    assert {label: n for label, n in by_sex.items() if label in ("1", "2") and n} == {
        label: n for label, n in shown.items() if label
    }
    assert {(each.first, each.second) for each in told.associations} == set(combinations(QUASI, 2))
    assert 0 < told.loss_for_sure <= told.loss, "people whose rows stand in the same classes could change places"
    evidence = line(made, LocalRecoding).evidence
    assert evidence.measured["loss for sure"] == round(told.loss_for_sure, 4) == told.as_plain()["loss_for_sure"]
    assert f"{told.loss_for_sure:.1%} stays lost for sure" in evidence.says


@pytest.mark.parametrize(
    ("more", "told", "says"),
    [
        ((), True, None),
        ((KOverEvents(k=3, events=2, quasi=QUASI, **WHY),), True, "more rows suppressed than allowed"),
        (local(), False, "none is next best"),
    ],
    ids=["one level a column", "known events", "class by class"],
)
def test_the_controllers_are_told_which_recodings_came_next_or_why_not(run, more, told, says):
    made, _ = run(*more, rows=few_events(), k=3, suppression=0.0 if not told else 0.3)
    figures = line(made, KAnonymity).evidence.controller_only
    assert ("next best" in figures and "another share suppressed" in figures) == told
    assert (says or "") in figures.get("of other recodings", "")
    chosen = " + ".join(f"{name} {step}" for name, step in made.protected.recoding.items())
    for each in figures.get("next best", []):
        loss = float(each.split(": loss ")[1].split()[0])
        assert not each.startswith(f"{chosen}:") and loss >= round(made.protected.loss or 0, 3)
    assert "next best" not in line(made, KAnonymity).evidence.measured


def test_a_refresh_says_that_no_other_recoding_was_looked_at(run):
    first, _ = run(k=3)
    again, _ = run(k=3, suppression=0.6, name="D2", agreed=dict(first.recoding))
    assert "as agreed" in line(again, KAnonymity).evidence.controller_only["of other recodings"]
