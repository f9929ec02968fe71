"""Episodes that cost something, and what the road makes of them as a table by sex and diagnosis."""

import csv
import random
from dataclasses import replace

import pytest
from held import DAY, EPISODES, P, decided, hold, number

from openhaven.engines import open_engine
from openhaven.model.dataset import Field
from openhaven.model.figure import measures_of, word_of
from openhaven.model.obligation import Figures, SmallNumbers
from openhaven.model.words import FieldType, Level, Role
from openhaven.release.measure import certify
from openhaven.release.road import Supplies, travel

COSTED = replace(EPISODES, fields=(*EPISODES.fields, Field("cost", FieldType.INTEGER, Role.CONTENT)))
WHY = {"provisions": (), "because": "the test says so"}


def costs(n=500, seed=5):
    """Episodes, each of another person, with a cost; few in one area of one sex."""
    chance = random.Random(seed)
    return [
        {
            "episode_id": f"E{at}",
            "nhs_number": number(at),
            "date_of_birth": DAY,
            "postcode": None,
            "sex": chance.choice("12"),
            "age": 50,
            "admitted": DAY,
            "diagnosis": chance.choices("ABC", (10, 8, 1))[0],
            "cost": int(chance.gammavariate(3, 40)),
        }
        for at in range(n)
    ]


def figures(*words, **more):
    fields = tuple((name, P.AS_HELD) for name in measures_of([word_of(each) for each in words]))
    return Figures(figures=words, fields=fields, **WHY, **more)


def inside(row, line):
    """Whether a row is counted in a line or total."""
    return all(line[name] in (row[name], "Total") for name in ("sex", "diagnosis"))


@pytest.fixture
def table(tmp_path):
    """What the road makes of rows, counted by sex and diagnosis: the file, line by line, and what was made."""

    def made(rows, *more, rule="HES-2018", name="D1", **supplied):
        by = (("sex", P.AS_HELD), ("diagnosis", P.AS_HELD))
        decision = decided(fields=by, level=Level.AGGREGATE, scope=False)
        decision = replace(decision, obligations=(*decision.obligations, SmallNumbers(rule=rule, **WHY), *more))
        with open_engine("duckdb", spill=tmp_path) as engine:
            held = (hold(tmp_path, rows, dataset=COSTED, name=name),)
            done = travel(decision, Supplies(engine, COSTED, held, DAY, **supplied), tmp_path)
            lines = {each.obligation.kind: each.evidence for each in certify(done).lines}
        with done.path.open(newline="") as file:
            return list(csv.DictReader(file)), lines, done

    return made
