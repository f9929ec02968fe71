"""What is demanded beyond k is measured again by the recipient, on the file and its certificate alone: it comes to the
same as what the haven measured, and a file that misses any of it is found."""

import datetime as dt
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold
from test_beyond import FIELDS, QUASI, WHY, diverse, few_events

from openhaven.engines import open_engine
from openhaven.model.certificate import Line
from openhaven.model.dataset import Dataset, Field
from openhaven.model.obligation import KOverEvents, KOverKeys, LDiversity, LocalRecoding, NoPersonLink, TCloseness
from openhaven.model.plain import to_plain
from openhaven.model.protection import Distance, Spread
from openhaven.model.words import FieldType, Role
from openhaven.package.beyond import check_beyond
from openhaven.package.contents import Held
from openhaven.package.opened_file import Opened
from openhaven.package.report import Mark
from openhaven.release.measure import certify
from openhaven.release.precision import Places
from openhaven.release.road import Supplies, output, travel

SCORE = Field("score", FieldType.INTEGER, Role.CONFIDENTIAL)
SEEN = Field("seen", FieldType.DATE, Role.CONFIDENTIAL)
WIDER = Dataset(EPISODES.id, EPISODES.title, EPISODES.setting, EPISODES.territory, (*EPISODES.fields, SCORE, SEEN))


@pytest.fixture
def released(tmp_path):
    """A released file with its certificate, as the recipient holds them once they are opened."""
    engine = open_engine("duckdb", spill=tmp_path)

    def released(*more, rows, fields=FIELDS, scope=True, suppression=0.5, k=2):
        held = (hold(tmp_path, rows, dataset=WIDER, name=f"D{random.random()}"),)
        supplies = Supplies(engine, WIDER, held, DAY, places=Places(PLACES), scope_key=lambda scope: SCOPE_KEY)
        made = travel(decided(*more, fields=fields, k=k, suppression=suppression, scope=scope), supplies, tmp_path)
        lines = [line(each) for each in certify(made).lines]
        columns = [to_plain(each) for each in output(made).columns]
        certificate = {"lines": lines, "output": {"columns": columns}}
        return Opened(made.path, Held(made.path.name, 1, 1, "0" * 64), certificate)

    yield released
    engine.close()


def line(each: Line):
    return {
        "obligation": each.obligation.as_plain(),
        "figures": to_plain(dict(each.evidence.measured)),
        "checker": str(each.evidence.checker),
    }


def rows_of(seed=3):
    chance = random.Random(seed)
    return [
        {**row, "score": chance.choice([None, -5, 3, 40, 41, 90]), "seen": dt.date(2026, 1 + chance.randrange(9), 3)}
        for row in diverse(seed)
    ]


def spoilt(opened, change):
    table = pq.read_table(opened.path)
    pq.write_table(pa.Table.from_pylist([change(row) for row in table.to_pylist()], schema=table.schema), opened.path)
    return [each.mark for each in check_beyond(opened)]


def diversity(**terms):
    return LDiversity(**{"field": "diagnosis", "spread": Spread.DISTINCT, "c": None, "at": P.AS_HELD, "quasi": QUASI} | terms, **WHY)  # fmt: skip  # noqa: E501


def closeness(distance=Distance.EQUAL, t=0.3, field="diagnosis"):
    return TCloseness(field=field, t=t, distance=distance, quasi=QUASI, **WHY)


MORE = (*FIELDS, ("score", P.AS_HELD), ("seen", P.MONTH))
DEMANDS = [
    diversity(l=3),
    diversity(l=2, at=P.CHAPTER),
    diversity(l=2.5, spread=Spread.ENTROPY),
    diversity(l=2, spread=Spread.RECURSIVE, c=2.0),
    diversity(l=2, field="score", at=P.AGE_20),
    diversity(l=2, field="seen", at=P.QUARTER),
    closeness(),
    closeness(Distance.HIERARCHICAL),
    closeness(Distance.ORDERED, field="score"),
    closeness(Distance.HIERARCHICAL, field="score"),
    closeness(Distance.ORDERED, field="seen"),
    closeness(Distance.HIERARCHICAL, field="seen", t=0.4),
]


@pytest.mark.parametrize("demand", DEMANDS, ids=str)
def test_the_spread_of_values_comes_to_the_same_and_a_file_that_misses_it_is_found(released, demand):
    opened = released(demand, rows=rows_of(), fields=MORE)
    (check,) = check_beyond(opened)
    (stated,) = (each["figures"] for each in opened.lines if each["obligation"]["kind"] == demand.kind)
    figure = next(stated[name] for name in ("l", "c", "t") if name in stated)
    told = float(check.found.split("classes has ")[1])
    assert check.mark is Mark.PASSED and told == pytest.approx(figure, abs=2e-4, rel=1e-3)
    one = {"diagnosis": "A41", "score": 90, "seen": dt.date(2026, 1, 1)}[demand.field]
    assert spoilt(opened, lambda row: {**row, demand.field: one} if row["sex"] == "1" else row) == [Mark.FAILED]


@pytest.mark.parametrize("keys", [1, 2])
def test_k_over_a_few_characteristics(released, keys):
    opened = released(KOverKeys(k=12, keys=keys, quasi=QUASI, **WHY), rows=rows_of())
    assert [each.mark for each in check_beyond(opened)] == [Mark.PASSED]
    first = pq.read_table(opened.path)["person"][0].as_py()
    assert spoilt(opened, lambda row: {**row, "sex": "9"} if row["person"] == first else row) == [Mark.FAILED]


def test_k_over_known_events(released):
    rows = [{**row, "score": 1, "seen": DAY} for row in few_events()]
    opened = released(KOverEvents(k=3, events=2, quasi=QUASI, **WHY), rows=rows)
    (check,) = check_beyond(opened)
    (stated,) = (each["figures"]["k"] for each in opened.lines if each["obligation"]["kind"] == "k-over-events")
    assert check.mark is Mark.PASSED and f"are shared by {stated} at least" in check.found
    keys, ages = iter(range(1 << 20)), set(pq.read_table(opened.path)["age"].to_pylist())
    assert len(ages) > 1

    def one_alone(row: dict[str, object]) -> dict[str, object]:
        """Everybody has one row, but for one, who has the first row of each age."""
        first = row["age"] in ages
        ages.discard(row["age"])
        return {**row, "person": f"{0 if first else 1 + next(keys):012d}"}

    assert spoilt(opened, one_alone) == [Mark.FAILED]


def test_no_person_link(released):
    fields = (("episode_id", P.AS_HELD), *FIELDS[1:])
    opened = released(NoPersonLink(**WHY), rows=rows_of(), fields=fields)
    assert [each.mark for each in check_beyond(opened)] == [Mark.PASSED]
    key = next(each["name"] for each in opened.columns if each.get("role") == "key")
    assert spoilt(opened, lambda row: {**row, key: "one"}) == [Mark.FAILED]


def test_a_key_to_a_person_links_rows_though_it_stands_once(released):
    opened = released(rows=rows_of())
    certificate = {**opened.certificate, "lines": [line_of(NoPersonLink(**WHY))]}
    (check,) = check_beyond(Opened(opened.path, opened.held, certificate))
    assert check.mark is Mark.FAILED and "person tells which rows" in check.found


def line_of(obligation):
    return {"obligation": obligation.as_plain(), "figures": {}, "checker": "recipient"}


def test_several_of_a_kind_are_each_looked_at_and_all_that_fail_are_found(released):
    opened = released(diversity(l=2), diversity(l=2, field="score"), closeness(t=0.9), rows=rows_of(), fields=MORE)
    assert [each.mark for each in check_beyond(opened)] == [Mark.PASSED] * 3
    assert spoilt(opened, lambda row: {**row, "score": 3}) == [Mark.PASSED, Mark.FAILED, Mark.PASSED]


def test_class_by_class_the_levels_of_cells_part_classes_too(released):
    opened = released(LocalRecoding(quasi=QUASI, **WHY), diversity(l=2), rows=rows_of(), suppression=0.0, k=5)
    assert [each.mark for each in check_beyond(opened)] == [Mark.PASSED]
    assert opened.quasi(QUASI) == [*QUASI, "recoding_levels"]


def test_a_certificate_that_does_not_tell_the_tree_is_held_to_every_tree_that_it_could_mean(released):
    """Of a certificate made before it was told: it passes where all of them do."""
    opened = released(closeness(Distance.HIERARCHICAL), rows=rows_of(), fields=MORE)
    for each in opened.lines:
        each["figures"].pop("tree", None)
    assert [each.mark for each in check_beyond(opened)] == [Mark.PASSED]
    for each in opened.lines:
        each["obligation"]["t"] = 0.0001
    assert Mark.PASSED not in [each.mark for each in check_beyond(opened)]
