"""No attack on a file released with l and t beats what its certificate says of it."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, SCOPE_KEY, P, decided, hold
from test_beyond import QUASI, WHY, diverse

from openhaven.disclosure.attacks import Column, Released, inference, linkage, singling_out
from openhaven.engines import open_engine
from openhaven.model.obligation import LDiversity, TCloseness
from openhaven.model.protection import Distance, Spread
from openhaven.release.measure import certify
from openhaven.release.precision import Places, coarsened
from openhaven.release.road import Supplies, travel

FIELDS = (
    ("episode_id", P.AS_HELD),
    ("sex", P.AS_HELD),
    ("age", P.AGE_5),
    ("admitted", P.MONTH),
    ("diagnosis", P.CATEGORY),
)


@pytest.fixture
def left(tmp_path):
    """The release with the line of each row's original, found again by a key that leaves as it is held."""
    engine, rows = open_engine("duckdb", spill=tmp_path), diverse(n=900, people=300)
    demanded = (
        LDiversity(field="diagnosis", l=3, spread=Spread.DISTINCT, c=None, at=P.AS_HELD, quasi=QUASI, **WHY),
        TCloseness(field="diagnosis", t=0.3, distance=Distance.EQUAL, quasi=QUASI, **WHY),
    )
    supplies = Supplies(engine, EPISODES, (hold(tmp_path, rows),), DAY, scope_key=lambda scope: SCOPE_KEY)
    made = travel(decided(*demanded, fields=FIELDS, k=5, suppression=0.2, scope=False), supplies, tmp_path)
    lines = {type(each.obligation): each.evidence for each in certify(made).lines}
    yield made, pq.read_table(made.path).to_pylist(), {row["episode_id"]: row for row in rows}, lines
    engine.close()


def released(made, file, held):
    """What the attacker works with: each row's cells, and which originals a cell may stand for."""
    columns = []
    for name in QUASI:
        field, at = EPISODES.field(name), made.recoding[name]
        before = [held[row["episode_id"]][name] for row in file]
        leaves = {value: n for n, value in enumerate(dict.fromkeys(before))}
        labels = {value: n for n, value in enumerate(dict.fromkeys(row[name] for row in file))}
        covers = np.zeros((len(labels), len(leaves)), dtype=np.bool_)
        for value, leaf in leaves.items():
            covers[labels[coarsened(value, at, field=field, places=Places())], leaf] = True
        original = np.array([leaves[value] for value in before])
        columns.append(Column(name, original, np.array([labels[row[name]] for row in file]), covers))
    secret = np.unique([row["diagnosis"] for row in file], return_inverse=True)[1]
    return Released(tuple(columns), secret)


def test_no_attack_beats_the_certificate(left):
    made, file, held, lines = left
    found, rng = released(made, file, held), np.random.default_rng(7)
    says = lines[LDiversity].measured
    assert not singling_out(found, 400, rng).beats
    assert not linkage(found, 400, rng).beats
    guessed = inference(found, 400, rng, says["share of the commonest value"])
    assert guessed.attack.low <= says["share of the commonest value"]


def test_who_guesses_by_class_is_right_no_more_often_than_t_allows(left):
    """Of each class: the share of the commonest value is no further than t from that of the whole file."""
    _, file, _, lines = left
    t = lines[TCloseness].measured["t"]
    whole = {
        value: sum(row["diagnosis"] == value for row in file) / len(file) for value in {r["diagnosis"] for r in file}
    }
    for key in {tuple(row[name] for name in QUASI) for row in file}:
        here = [row["diagnosis"] for row in file if tuple(row[name] for name in QUASI) == key]
        assert all(here.count(value) / len(here) <= share + t + 1e-9 for value, share in whole.items())
