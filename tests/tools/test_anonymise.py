"""`haven anonymise`, checked by reading its output again, plainly and from the definitions."""

import csv
import json
import random
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openhaven.model.errors import BadInput
from openhaven.tools.anonymise import AnonymiseRequest, anonymise
from openhaven.tools.demands import Asked
from openhaven.tools.risk import RiskRequest, risk

ADULT = Path(__file__).parents[3] / "shared" / "data" / "adult"
QI = ("sex", "age", "area")
AGES = "".join(f"{age};{age // 10 * 10}-{age // 10 * 10 + 9};*\n" for age in range(100))
AREAS = "N1;North;*\nN2;North;*\nS1;South;*\nS2;South;*\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """200 made-up rows of 80 people, and hierarchies for age and area."""
    chance = random.Random(5)
    with (tmp_path / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(["id", *QI, "note"])
        for _ in range(200):
            area = chance.choice(["N1", "N2", "S1", "S2"])
            row = [f"p{chance.randrange(80)}", chance.choice("mf"), chance.randrange(20, 60), area, 'a "note"; quoted']
            writer.writerow(row)
    (tmp_path / "people_hierarchy_age.csv").write_text(AGES)
    (tmp_path / "other_hierarchy_area.csv").write_text(AREAS)
    return tmp_path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def check(before: list[dict[str, str]], after: list[dict[str, str]], k: int, share: float) -> None:
    """k holds, every row and other column is there in order, and each value is its own or an ancestor."""
    parents = {line.split(";")[0]: set(line.split(";")) for line in (AGES + AREAS).splitlines()}
    assert len(before) == len(after)
    suppressed = [row for row in after if all(row[name] == "*" for name in QI)]
    assert len(suppressed) <= share * len(after)
    classes = Counter(tuple(row[name] for name in QI) for row in after if row not in suppressed)
    assert min(classes.values()) >= k
    for old, new in zip(before, after, strict=True):
        assert all(old[name] == new[name] for name in old if name not in QI)
        assert all(new[name] in parents.get(old[name], {old[name], "*"}) for name in QI)


@pytest.mark.parametrize(("k", "share"), [(2, 0.0), (5, 0.05), (5, 0.0), (10, 0.3)])
def test_every_row_left_is_in_a_class_of_k(folder: Path, k: int, share: float) -> None:
    request = AnonymiseRequest(QI, Asked(k), suppression=share, hierarchies=folder)
    report = anonymise(folder / "people.csv", folder / "out.csv", request)
    check(read(folder / "people.csv"), read(folder / "out.csv"), k, share)
    measured = risk(folder / "out.csv", RiskRequest(QI))
    assert (measured.risk.k, measured.suppressed) == (report.k, report.suppressed)
    assert report.without_hierarchy == ("sex",)
    assert "sex" in report.as_text() and json.dumps(report.as_json())
    assert (folder / "out.csv").read_bytes().count(b'"a ""note""; quoted"\r\n') == 200


def test_k_counts_people_where_the_person_is_named(folder: Path) -> None:
    request = AnonymiseRequest(QI, Asked(5), suppression=0.1, hierarchies=folder, person="id")
    report = anonymise(folder / "people.csv", folder / "out.csv", request)
    rows = read(folder / "out.csv")
    held: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        held.setdefault(tuple(row[name] for name in QI), set()).add(row["id"])
    held.pop(("*", "*", "*"), None)
    assert min(map(len, held.values())) == report.k >= 5
    assert report.counts == "people" and not report.proven
    assert report.singled_out and report.singled_out.one == 0
    assert f"{report.singled_out.share(report.singled_out.all_rows):.1%}" in report.as_text()


def test_all_formats_say_the_same(folder: Path) -> None:
    rows = read(folder / "people.csv")
    table = pa.Table.from_pylist([{**row, "age": int(row["age"])} for row in rows])
    pq.write_table(table, folder / "people.parquet")
    (folder / "people.ndjson").write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    outcomes = []
    for kind in ("csv", "parquet", "ndjson"):
        out = folder / f"out.{kind}"
        report = anonymise(folder / f"people.{kind}", out, AnonymiseRequest(QI, Asked(4), hierarchies=folder))
        again = risk(out, RiskRequest(QI))
        outcomes.append((report.levels, report.loss, again.risk))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert pq.read_table(folder / "out.parquet").column("id").to_pylist() == [row["id"] for row in rows]


def test_nhs_numbers_and_named_identifiers_are_not_passed_on_unseen(folder: Path) -> None:
    text = "sex,ref,Date of Birth\nm,x,\nf,999 000 0018,\n"
    (folder / "in.csv").write_text(text)
    with pytest.raises(BadInput, match=r"'Date of Birth'.*--keep Date of Birth"):
        anonymise(folder / "in.csv", folder / "out.csv", AnonymiseRequest(("sex",), Asked(1)))
    with pytest.raises(BadInput, match=r"'ref' holds valid NHS numbers"):
        anonymise(folder / "in.csv", folder / "out.csv", AnonymiseRequest(("sex",), Asked(1), keep=("Date of Birth",)))
    assert not (folder / "out.csv").exists()
    anonymise(
        folder / "in.csv", folder / "out.csv", AnonymiseRequest(("sex",), Asked(1), keep=("Date of Birth", "ref"))
    )
    assert (folder / "out.csv").read_text() == text


def test_two_hierarchies_that_fit_are_refused_and_the_files_own_is_preferred(folder: Path) -> None:
    (folder / "more_hierarchy_area.csv").write_text(AREAS)
    with pytest.raises(BadInput, match="more than one hierarchy fits"):
        anonymise(folder / "people.csv", folder / "out.csv", AnonymiseRequest(QI, Asked(2), hierarchies=folder))
    (folder / "people_hierarchy_area.csv").write_text(AREAS)
    anonymise(folder / "people.csv", folder / "out.csv", AnonymiseRequest(QI, Asked(2), hierarchies=folder))


def test_a_hierarchy_that_misses_a_value_is_refused_naming_it(folder: Path) -> None:
    (folder / "other_hierarchy_area.csv").write_text("N1;*\nN2;*\nS1;*\n")
    with pytest.raises(BadInput, match="'S2'"):
        anonymise(folder / "people.csv", folder / "out.csv", AnonymiseRequest(QI, Asked(2), hierarchies=folder))
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"l": 3}, "need the confidential column"),
        ({"t": 0.2}, "need the confidential column"),
        ({"confidential": "note"}, "needs l or t"),
        ({"confidential": "shoe", "l": 2}, "no column 'shoe'"),
        ({"confidential": "sex", "l": 2}, "something else too"),
        ({"confidential": "note", "l": 0}, "l must be at least 1"),
        ({"confidential": "note", "l": 2.5}, "whole number"),
        ({"confidential": "note", "t": 1.5}, "between 0 and 1"),
        ({"confidential": "note", "t": 0.2, "distance": "ordered"}, "not numbers"),
        ({"confidential": "note", "t": 0.2, "distance": "hierarchical"}, "needs a hierarchy"),
        ({"confidential": "note", "l": 2, "diversity": "recursive"}, "needs --c"),
        ({"c": 2.0}, "needs --c"),
        ({"diversity": "some"}, "l-diversity is"),
        ({"distance": "some"}, "distance is"),
        ({"diversity": "entropy"}, "needs --l"),
        ({"k_map": 3}, "population goes with"),
        ({"k_map": 3, "population": Path("nowhere.csv")}, "no such file"),
        ({"keys": 0}, "at least 1"),
        ({"k": 0}, "at least 1"),
        ({"recoding": "some"}, "global or local"),
        ({"qi": ()}, "quasi-identifier"),
        ({"qi": ("sex", "sex")}, "quasi-identifier"),
        ({"qi": ("sex", "shoe")}, "no column 'shoe'"),
        ({"keep": ("shoe",)}, "no column 'shoe'"),
        ({"person": "sex"}, "cannot be a quasi-identifier"),
        ({"k": 201}, "more than the 200 rows"),
        ({"k": 81, "person": "id"}, "more than the [0-9]+ people"),
        ({"suppression": 2.0}, "between 0 and 1"),
        ({"hierarchies": Path("nowhere")}, "no such folder"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_written(folder: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        known = {field.name for field in fields(Asked)}
        asked = Asked(**{"k": 2, **{name: value for name, value in change.items() if name in known}})
        rest = {name: value for name, value in change.items() if name not in known}
        request = AnonymiseRequest(**{"qi": QI, "asked": asked, **rest})
        anonymise(folder / "people.csv", folder / "out.csv", request)
    assert not (folder / "out.csv").exists()


def test_the_input_is_never_written_over(folder: Path) -> None:
    for out in ("people.csv", "out.parquet"):
        with pytest.raises(BadInput, match="another file"):
            anonymise(folder / "people.csv", folder / out, AnonymiseRequest(QI, Asked(2)))


@pytest.mark.skipif(not ADULT.exists(), reason="the shared adult extract is not here")
def test_adult_loses_no_more_than_with_arx(tmp_path: Path) -> None:
    names = tuple((ADULT / "adult.csv").open().readline().strip().split(";"))
    request = AnonymiseRequest(names, Asked(5), suppression=0.05, hierarchies=ADULT)
    report = anonymise(ADULT / "adult.csv", tmp_path / "out.csv", request)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = [tuple(row.values()) for row in csv.DictReader(file, delimiter=";")]
    assert len(rows) == 30162 and report.loss <= 0.2697
    assert min(count for row, count in Counter(rows).items() if set(row) != {"*"}) == report.k >= 5
    assert rows.count(("*",) * 9) == report.suppressed <= 0.05 * 30162
