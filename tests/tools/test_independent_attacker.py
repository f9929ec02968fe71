"""An attacker of our own making, from the published file alone, does no better than the report says, and what it finds
by knowing how a recoding is made is in the report too."""

import random
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openhaven.tools.anonymise import AnonymiseRequest, anonymise
from openhaven.tools.demands import Asked
from openhaven.tools.risk import RiskRequest, risk
from openhaven.tools.risk_report import RiskReport
from tests.tools.independent_attacker import Seen, fits, inferred, linked, ruled_out, seen, singled_out, table, tree

ADULT = Path(__file__).resolve().parents[3] / "shared" / "data" / "adult"
KEYS = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "salary-class")
QI = ("a", "b")


def made(folder: Path, *, seed: int, rows: int, k: int, recoding: str, asked: Asked | None = None) -> RiskReport:
    """A skewed column, an even one and a confidential one that goes with the first, recoded and looked at."""
    chance = random.Random(seed)
    lines = []
    for _ in range(rows):
        first = min(11, int(chance.expovariate(0.25)))
        lines.append(f"{first},{chance.randrange(12)},s{(first // 4 + chance.randrange(3)) % 4}")
    (folder / "in.csv").write_text("a,b,s\n" + "\n".join(lines) + "\n")
    for name in QI:
        (folder / f"in_hierarchy_{name}.csv").write_text("".join(f"{i};{i // 2}+;{i // 4}++;*\n" for i in range(12)))
    request = AnonymiseRequest(QI, asked or Asked(k), hierarchies=folder, recoding=recoding, overwrite=True)
    anonymise(folder / "in.csv", folder / "out.csv", request)
    asked_of = RiskRequest(QI, confidential="s", hierarchies=folder, original=folder / "in.csv")
    return risk(folder / "out.csv", asked_of)


def view(folder: Path) -> Seen:
    return seen(table(folder / "out.csv", QI), [tree(folder / f"in_hierarchy_{name}.csv") for name in QI])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(10, 120), st.sampled_from([2, 3, 5]), st.sampled_from(["global", "local"]))
def test_nobody_is_linked_described_or_guessed_more_often_than_the_report_allows(
    tmp_path: Path, seed: int, rows: int, k: int, recoding: str
) -> None:
    report = made(tmp_path, seed=seed, rows=rows, k=k, recoding=recoding)
    original, seen_by = table(tmp_path / "in.csv", QI), view(tmp_path)
    secrets = [row[0] for row in table(tmp_path / "in.csv", ("s",))]
    assert report.attacks is not None
    bound = {each.name: each.bound for each in report.attacks.attacks}
    linkage = bound["linkage"]
    assert linkage is not None and linked(original, seen_by) <= linkage + 1e-9
    assert bound["singling out"] == 0
    for labels in seen_by.classes:
        for width in range(1, len(QI) + 1):
            for chosen in combinations(range(len(QI)), width):
                box = [seen_by.box(labels)[at] for at in chosen]
                assert sum(fits(tuple(row[at] for at in chosen), tuple(box)) for row in original) != 1
    guess = bound["inference"]
    assert guess is not None
    if recoding == "global":  # where classes overlap, the best guess by class is a yardstick and no proof
        assert inferred(original, secrets, seen_by, vote=False) <= guess + 1e-9
        assert ruled_out(original, seen_by) == (0, 0)


def test_the_rows_of_a_class_of_two_lie_apart_and_the_report_says_so(tmp_path: Path) -> None:
    """k = 2, locally: a description by a part of a class's label fits one person, nearly always; so the report must not
    say that nobody can be singled out, and has to find it itself."""
    report = made(tmp_path, seed=1, rows=300, k=2, recoding="local")
    tried, right = singled_out(table(tmp_path / "in.csv", QI), view(tmp_path), claims=20)
    assert tried == 20 and right >= 15, "the attack of this test works, or there is nothing to find"
    assert report.attacks is not None
    found = {each.name: each for each in report.attacks.attacks}
    by_parts = found["singling out by parts of a class"]
    assert by_parts.bound is None and by_parts.attack.rate > 0.6 and by_parts.attack.low > by_parts.control.high
    assert "labels that are shown" in found["singling out"].says
    assert "singling out by parts" in report.as_text()


def test_the_larger_k_is_the_less_it_finds_beyond_chance(tmp_path: Path) -> None:
    rates = []
    for k in (2, 3, 8):
        report = made(tmp_path, seed=5, rows=300, k=k, recoding="local")
        assert report.attacks is not None
        rates.append(
            {each.name: each for each in report.attacks.attacks}["singling out by parts of a class"].attack.rate
        )
    assert rates[0] > rates[1] > rates[2] and rates[2] < 0.2


@pytest.mark.skipif(not ADULT.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize("k", [2, 5])
def test_on_adult_nobody_is_linked_more_often_than_the_report_allows(tmp_path: Path, k: int) -> None:
    how = AnonymiseRequest(KEYS, Asked(k), hierarchies=ADULT, recoding="local")
    anonymise(ADULT / "adult.csv", tmp_path / "out.csv", how)
    report = risk(tmp_path / "out.csv", RiskRequest(KEYS, hierarchies=ADULT, original=ADULT / "adult.csv"))
    assert report.attacks is not None
    found = {each.name: each for each in report.attacks.attacks}
    assert not [each.name for each in found.values() if each.beats]
    by_parts = found["singling out by parts of a class"]
    least, most = {2: (0.3, 1.0), 5: (0.0, 0.2)}[k]
    assert least < by_parts.attack.rate < most, "k promises nothing of it, and the smaller k is the more is found"
    original = table(ADULT / "adult.csv", KEYS, separator=";")
    trees = [tree(ADULT / f"adult_hierarchy_{name}.csv") for name in KEYS]
    all_seen = seen(table(tmp_path / "out.csv", KEYS, separator=";"), trees)
    some = random.Random(3).sample(range(len(original)), 120)
    boxes = {labels: all_seen.box(labels) for labels in all_seen.classes}
    right = 0.0
    for at in some:
        fitting = [labels for labels in boxes if fits(original[at], boxes[labels])]
        best = min(fitting, key=lambda labels: (sum(map(len, boxes[labels])), labels))
        right += (at in all_seen.classes[best]) / len(all_seen.classes[best])
    bound = found["linkage"].bound
    assert bound is not None and right / len(some) <= bound + 0.1
