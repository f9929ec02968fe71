"""k over any m known events of a person, asked of plain files: checked by reading them again, from the definition."""

import csv
import json
import random
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from openhaven.cli.tools import anonymise_command, risk_command
from openhaven.model.errors import BadInput, Unmet
from openhaven.tools.anonymise import AnonymiseRequest, anonymise
from openhaven.tools.demands import Asked
from openhaven.tools.risk import RiskRequest, risk
from openhaven.tools.risk_page import as_html

QI = ("sex", "age", "area")
AGES = "".join(f"{age};{age // 10 * 10}-{age // 10 * 10 + 9};{age // 30 * 30}+;*\n" for age in range(100))
AREAS = "N1;North;*\nN2;North;*\nS1;South;*\nS2;South;*\n"
Row = dict[str, str]


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def made_up(seed: int, rows: int, people: int) -> list[Row]:
    chance = random.Random(seed)
    return [
        {
            "id": f"p{chance.randrange(people)}",
            "sex": chance.choice("mf"),
            "age": str(chance.randrange(20, 60)),
            "area": chance.choice(["N1", "N2", "S1", "S2"]),
            "ill": chance.choice(["a", "a", "b", "c"]),
        }
        for _ in range(rows)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "visits.csv", made_up(4, 240, 90))
    (tmp_path / "visits_hierarchy_age.csv").write_text(AGES)
    (tmp_path / "visits_hierarchy_area.csv").write_text(AREAS)
    return tmp_path


def shown(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not all(row[name] == "*" for name in QI)]


def supports(rows: list[Row], m: int) -> dict[str, int]:
    """For everybody the fewest who have, in each of these classes, as many rows as any m of theirs (all, of fewer)."""
    held: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for row in rows:
        held[row["id"]][tuple(row[name] for name in QI)] += 1
    return {
        who: min(
            sum(Counter(known) <= other for other in held.values())
            for known in combinations(sorted(mine.elements()), min(m, mine.total()))
        )
        for who, mine in held.items()
    }


@pytest.mark.parametrize(("k", "m", "share"), [(3, 1, 0.1), (3, 2, 0.1), (4, 2, 0.4), (2, 3, 0.3), (5, 2, 0.0)])
def test_any_known_events_of_somebody_are_shared_by_k_people(folder: Path, k: int, m: int, share: float) -> None:
    asked = AnonymiseRequest(QI, Asked(k, events=m), suppression=share, hierarchies=folder, person="id")
    report = anonymise(folder / "visits.csv", folder / "out.csv", asked)
    before, after = read(folder / "visits.csv"), read(folder / "out.csv")
    left = shown(after)
    assert len(before) == len(after) and len(after) - len(left) == report.suppressed <= share * len(after)
    assert left and min(supports(left, m).values()) >= k
    assert report.known_events is not None
    assert (report.known_events.events, report.known_events.fewest) == (m, min(supports(left, m).values()))
    assert all(old["id"] == new["id"] and old["ill"] == new["ill"] for old, new in zip(before, after, strict=True))
    assert f"any {m} known event{'' if m == 1 else 's'}" in report.as_text() and json.dumps(report.as_json())
    people = {tuple(row[name] for name in QI): set() for row in left}
    for row in left:
        people[tuple(row[name] for name in QI)].add(row["id"])
    assert report.k == min(map(len, people.values())) >= k


def test_every_shown_cell_is_the_value_or_its_ancestor_at_the_level_told(folder: Path) -> None:
    asked = AnonymiseRequest(QI, Asked(3, events=2), suppression=0.2, hierarchies=folder, person="id")
    report = anonymise(folder / "visits.csv", folder / "out.csv", asked)
    ladders = {line.split(";")[0]: line.split(";") for line in (AGES + AREAS).splitlines()}
    assert report.levels is not None
    for old, new in zip(read(folder / "visits.csv"), read(folder / "out.csv"), strict=True):
        if any(new[name] != "*" for name in QI):
            for name in QI:
                assert new[name] == ladders.get(old[name], [old[name], "*"])[report.levels[name]]


def test_what_is_lost_is_what_cells_and_suppressed_rows_lose(folder: Path) -> None:
    asked = AnonymiseRequest(QI, Asked(3, events=2), suppression=0.3, hierarchies=folder, person="id")
    report = anonymise(folder / "visits.csv", folder / "out.csv", asked)
    table = {"age": AGES, "area": AREAS, "sex": "m;*\nf;*\n"}
    trees = {name: [line.split(";") for line in text.splitlines()] for name, text in table.items()}
    assert report.levels is not None
    levels, total = report.levels, 0.0
    for new in read(folder / "out.csv"):
        if all(new[name] == "*" for name in QI):
            total += 1
            continue
        for name in QI:
            tree, level = trees[name], levels[name]
            covered = sum(line[level] == new[name] for line in tree)
            total += (covered - 1) / (len(tree) - 1) / len(QI)
    assert report.loss == pytest.approx(total / len(read(folder / "out.csv")))


def test_it_holds_together_with_l_and_with_k_over_a_few_keys(folder: Path) -> None:
    asked = Asked(3, events=2, keys=2, confidential="ill", l=2)
    request = AnonymiseRequest(QI, asked, suppression=0.5, hierarchies=folder, person="id")
    anonymise(folder / "visits.csv", folder / "out.csv", request)
    left = shown(read(folder / "out.csv"))
    assert min(supports(left, 2).values()) >= 3
    values: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in left:
        values[tuple(row[name] for name in QI)].add(row["ill"])
    assert min(map(len, values.values())) >= 2


@pytest.mark.parametrize("t", [0.1, 0.25])
def test_it_holds_together_with_t_of_the_whole_file(folder: Path, t: float) -> None:
    """Rows whose characteristics are hidden still show their confidential value: they stand in the whole."""
    request = AnonymiseRequest(
        QI, Asked(3, events=2, confidential="ill", t=t), suppression=0.4, hierarchies=folder, person="id"
    )
    report = anonymise(folder / "visits.csv", folder / "out.csv", request)
    after = read(folder / "out.csv")
    left, whole = shown(after), Counter(row["ill"] for row in after)
    assert left and min(supports(left, 2).values()) >= 3
    classes: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in left:
        classes[tuple(row[name] for name in QI)][row["ill"]] += 1
    far = max(
        sum(abs(here[v] / here.total() - n / len(after)) for v, n in whole.items()) / 2 for here in classes.values()
    )
    assert far <= t + 1e-9 and report.t == pytest.approx(far)


@pytest.mark.parametrize("k", [300, 20])
def test_a_large_k_over_a_few_keys_counts_people_and_not_bits(tmp_path: Path, k: int) -> None:
    rows = [{"id": f"p{n}", "sex": "mf"[n % 2], "age": "30", "area": "N1", "ill": "a"} for n in range(800)]
    write(tmp_path / "many.csv", rows)
    request = AnonymiseRequest(QI, Asked(k, keys=1, events=1), person="id")
    assert anonymise(tmp_path / "many.csv", tmp_path / "out.csv", request).loss == 0


def test_a_row_of_nobody_named_is_one_event_of_somebody(folder: Path) -> None:
    rows = made_up(9, 200, 60)
    for row in rows[:20]:
        row["id"] = ""
    write(folder / "visits.csv", rows)
    request = AnonymiseRequest(QI, Asked(3, events=2), suppression=0.4, hierarchies=folder, person="id")
    anonymise(folder / "visits.csv", folder / "out.csv", request)
    left = shown(read(folder / "out.csv"))
    named = [row for row in left if row["id"]]
    assert min(supports(named, 2).values()) >= 3
    held: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in named:
        held[tuple(row[name] for name in QI)].add(row["id"])
    assert all(len(held[tuple(row[name] for name in QI)]) >= 3 for row in left)


def test_whom_suppression_removed_counts_single_rows(folder: Path) -> None:
    request = AnonymiseRequest(
        QI, Asked(4, events=2), suppression=0.4, hierarchies=folder, person="id", groups=("sex", "ill")
    )
    report = anonymise(folder / "visits.csv", folder / "out.csv", request)
    gone = [
        old
        for old, new in zip(read(folder / "visits.csv"), read(folder / "out.csv"), strict=True)
        if all(new[name] == "*" for name in QI)
    ]
    assert report.removed is not None and gone
    assert {(each.by, each.value): each.removed for each in report.removed.figures if each.removed} == {
        (by, value): n for by in ("sex", "ill") for value, n in Counter(row[by] for row in gone).items()
    }


def test_what_cannot_be_reached_says_so_and_writes_nothing(folder: Path) -> None:
    (folder / "lone.csv").write_text("id,sex,age,area\n" + "".join(f"p{n},m,30,N1\n" for n in (1, 1, 1, 2, 2, 3)))
    request = AnonymiseRequest(QI, Asked(3, events=3), suppression=0.0, person="id")
    with pytest.raises(Unmet, match="k = 3 over any 3 known events"):
        anonymise(folder / "lone.csv", folder / "out.csv", request)
    assert not (folder / "out.csv").exists()
    assert anonymise(folder / "lone.csv", folder / "out.csv", replace(request, suppression=0.5)).suppressed == 3


@pytest.mark.parametrize(
    ("change", "asked", "reason"),
    [
        ({"person": None}, {}, "person"),
        ({}, {"events": 0}, "at least 1"),
        ({"recoding": "local"}, {}, "global"),
        ({}, {"population": Path("p.csv"), "k_map": 2}, "population"),
    ],
)
def test_what_does_not_go_with_known_events_is_refused(
    folder: Path, change: dict[str, Any], asked: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        AnonymiseRequest(QI, Asked(2, **{"events": 2, **asked}), **{"person": "id", **change})


@pytest.mark.parametrize("m", [1, 2, 3])
def test_risk_counts_who_shares_any_known_events(folder: Path, m: int) -> None:
    found = risk(folder / "visits.csv", RiskRequest(("sex", "area"), person="id", events=m, threshold=4))
    rows = [{**row, "age": ""} for row in read(folder / "visits.csv")]
    fewest = supports(rows, m)
    told = found.known_events
    assert told is not None
    assert (told.events, told.fewest, told.people) == (m, min(fewest.values()), len(fewest))
    assert told.below == sum(each < 4 for each in fewest.values()) and told.alone == sum(
        each == 1 for each in fewest.values()
    )
    assert found.as_json()["known_events"] == {
        "events": m, "fewest": told.fewest, "people": told.people, "below": told.below, "alone": told.alone,
        "threshold": 4,
    }  # fmt: skip
    assert f"{m} known event" in found.as_text() and f"{m} known event" in as_html(found)


def test_risk_without_them_says_nothing_of_them(folder: Path) -> None:
    found = risk(folder / "visits.csv", RiskRequest(("sex", "area"), person="id"))
    assert found.known_events is None and "known event" not in as_html(found) + found.as_text()


@pytest.mark.parametrize(("more", "reason"), [({"person": None, "events": 2}, "person"), ({"events": 0}, "at least 1")])
def test_risk_refuses_what_it_cannot_count(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        RiskRequest(QI, **{"person": "id", **more})


def test_both_commands_take_it(folder: Path) -> None:
    said = ["--qi", "sex,age,area", "--person", "id", "--known-events", "2", "--json"]
    where = str(folder / "visits.csv")
    done = CliRunner().invoke(
        anonymise_command,
        [where, str(folder / "out.csv"), *said, "--k", "3", "--suppression", "0.2", "--hierarchies", str(folder)],
    )
    assert done.exit_code == 0 and json.loads(done.stdout)["known_events"]["fewest"] >= 3
    measured = CliRunner().invoke(risk_command, [str(folder / "out.csv"), *said])
    assert json.loads(measured.stdout)["known_events"]["fewest"] == json.loads(done.stdout)["known_events"]["fewest"]
