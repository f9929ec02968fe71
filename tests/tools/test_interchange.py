"""The loss that stays for sure rests on this: where rows that show the same have each other's values, the file that
comes out is the same, byte for byte."""

import random
from pathlib import Path

import pytest

from openhaven.tools.anonymise import AnonymiseRequest, anonymise
from openhaven.tools.anonymised import AnonymiseReport
from openhaven.tools.demands import Asked
from openhaven.tools.risk import RiskRequest, risk

QI = ("a", "b", "c")
ASKED = {
    "k": Asked(3),
    "any two keys": Asked(3, keys=2),
    "l": Asked(2, l=2, confidential="s"),
    "t": Asked(2, t=0.4, confidential="s"),
}


def table(seed: int, rows: int, people: int) -> list[list[str]]:
    chance = random.Random(seed)
    return [
        [
            str(chance.randrange(12)),
            str(min(11, int(chance.expovariate(0.4)))),
            chance.choice("xyz"),
            chance.choice("uvw"),
            f"p{chance.randrange(people)}",
        ]
        for _ in range(rows)
    ]


def made(folder: Path, lines: list[list[str]], asked: Asked, person: str | None) -> tuple[bytes, AnonymiseReport]:
    (folder / "in.csv").write_text("a,b,c,s,p\n" + "".join(f"{','.join(line)}\n" for line in lines))
    for name in ("a", "b"):
        (folder / f"in_hierarchy_{name}.csv").write_text("".join(f"{i};{i // 2}+;{i // 4}++;*\n" for i in range(12)))
    how = AnonymiseRequest(QI, asked, hierarchies=folder, recoding="local", person=person, overwrite=True)
    report = anonymise(folder / "in.csv", folder / "out.csv", how)
    return (folder / "out.csv").read_bytes(), report


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("seed", range(3))
def test_rows_that_show_the_same_change_places(tmp_path: Path, asked: Asked, seed: int) -> None:
    lines = table(seed, 60, 60)
    first, report = made(tmp_path, lines, asked, None)
    shown = [tuple(line.split(",")) for line in first.decode().splitlines()[1:]]
    alike: dict[tuple[str, ...], list[int]] = {}
    for at, cells in enumerate(shown):
        alike.setdefault((*cells[:3], cells[3] if asked.confidential else ""), []).append(at)
    swapped = [list(line) for line in lines]
    chance = random.Random(seed)
    for rows in alike.values():
        for row, other in zip(rows, chance.sample(rows, len(rows)), strict=True):
            swapped[row][:3] = lines[other][:3]
    assert swapped != lines, "somebody moved"
    again, other_report = made(tmp_path, swapped, asked, None)
    assert again == first
    assert report.local is not None and other_report.local is not None
    assert report.local.loss_for_sure == pytest.approx(other_report.local.loss_for_sure)
    assert 0 < report.local.loss_for_sure <= report.loss


@pytest.mark.parametrize("seed", range(3))
def test_so_do_people_who_have_as_many_rows_in_each_class(tmp_path: Path, seed: int) -> None:
    lines = table(seed, 80, 60)
    first, report = made(tmp_path, lines, Asked(2), "p")
    shown = [tuple(line.split(",")) for line in first.decode().splitlines()[1:]]
    rows_of: dict[str, list[int]] = {}
    for at in sorted(range(len(lines)), key=lambda at: shown[at][:3]):
        rows_of.setdefault(lines[at][4], []).append(at)
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for person, rows in rows_of.items():
        alike.setdefault(tuple(shown[at][:3] for at in rows), []).append(person)
    swapped = [list(line) for line in lines]
    for people in alike.values():
        for person, other in zip(people, [*people[1:], people[0]], strict=True):
            for row, theirs in zip(rows_of[person], rows_of[other], strict=True):
                swapped[row][:3] = lines[theirs][:3]
    assert swapped != lines
    assert made(tmp_path, swapped, Asked(2), "p")[0] == first
    assert report.local is not None and 0 < report.local.loss_for_sure <= report.loss


def test_the_risk_of_the_file_says_the_same_and_the_text_names_it(tmp_path: Path) -> None:
    _, report = made(tmp_path, table(5, 80, 80), Asked(3), None)
    found = risk(tmp_path / "out.csv", RiskRequest(QI, hierarchies=tmp_path, original=tmp_path / "in.csv"))
    assert found.attacks is not None and report.local is not None
    assert found.attacks.downcoding.loss_for_sure == pytest.approx(report.local.loss_for_sure)
    assert f"{report.local.loss_for_sure:.4f} of the information stays lost" in report.as_text()
    assert f"however they reason, {report.local.loss_for_sure:.4f} or more" in found.as_text()


def test_beside_a_recoding_class_by_class_stands_what_one_level_a_column_would_lose(tmp_path: Path) -> None:
    _, report = made(tmp_path, table(2, 80, 80), Asked(3), None)
    how = AnonymiseRequest(QI, Asked(3), hierarchies=tmp_path, overwrite=True)
    globally = anonymise(tmp_path / "in.csv", tmp_path / "out.csv", how)
    (beside,) = report.next_best
    assert globally.levels is not None and beside["levels"] == tuple(globally.levels.values())
    assert beside["loss"] == pytest.approx(globally.loss) and globally.loss > report.loss
    assert f"with one level a column, as far as a search found, the loss is {globally.loss:.4f}: a " in report.as_text()
