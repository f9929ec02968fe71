"""No tool writes over a file that is there unless it is told to, and none ever over a file that it reads."""

from pathlib import Path

import pytest

from openhaven.cli.main import run

COUNTS = """area,sex,n
N,f,20
N,m,30
N,Total,50
S,f,40
S,m,40
S,Total,80
Total,f,60
Total,m,70
Total,Total,130
"""
TABLE = ("--by", "area,sex", "--value", "n", "--rule", "threshold-10")
WRITES = {
    "anonymise": (("anonymise", "people.csv", "{}", "--qi", "area,band", "--k", "2"), "out.csv"),
    "risk": (("risk", "people.csv", "--qi", "area,band", "--html", "{}"), "out.html"),
    "tabulate": (("tabulate", "people.csv", "--by", "area", "--rule", "threshold-10", "--out", "{}"), "out.csv"),
    "its metadata": (
        ("tabulate", "people.csv", "--by", "area", "--rule", "threshold-10", "--out", "out.csv"),
        "out.csv-metadata.json",
    ),
    "protect": (("protect", "counts.csv", *TABLE, "--out", "{}"), "out.csv"),
    "hierarchy": (("hierarchy", "make", "band", "number", "people.csv"), "people_hierarchy_band.csv"),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = "".join(f"{area},{band}\n" for area in "NS" for band in (10, 20) for _ in range(40))
    (tmp_path / "people.csv").write_text("area,band\n" + rows)
    (tmp_path / "counts.csv").write_text(COUNTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", WRITES)
def test_a_file_that_is_there_stays_unless_overwriting_is_asked_for(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, out = WRITES[name]
    asked = [each.format(out) for each in arguments]
    (here / out).write_text("mine\n")
    assert run(asked) == 2
    message = capsys.readouterr().err
    assert out in message and "--overwrite" in message and "Traceback" not in message
    assert (here / out).read_text() == "mine\n"
    assert sorted(each.name for each in here.iterdir()) == sorted(["people.csv", "counts.csv", out]), (
        "nothing half-made"
    )
    assert run([*asked, "--overwrite"]) == 0
    assert (here / out).read_text() != "mine\n"


@pytest.mark.parametrize("how", ["by its name", "by another way", "by a symbolic link", "by a hard link"])
@pytest.mark.parametrize("name", ["anonymise", "risk", "tabulate", "protect"])
def test_what_is_read_is_never_written_to(name: str, how: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, _ = WRITES[name]
    read = here / arguments[1]
    ways = {"by its name": read.name, "by another way": f"../{here.name}/{read.name}"}
    out = ways.get(how, "other.csv")
    if how == "by a symbolic link":
        (here / out).symlink_to(read)
    elif how == "by a hard link":
        (here / out).hardlink_to(read)
    before = read.read_bytes()
    assert run([*(each.format(out) for each in arguments), "--overwrite"]) == 2
    assert "another file" in capsys.readouterr().err and read.read_bytes() == before


def test_neither_are_the_other_files_that_a_command_reads(here: Path) -> None:
    for name in ("all.csv", "before.csv"):
        (here / name).write_bytes((here / "people.csv").read_bytes())
    asked = ["anonymise", "people.csv", "all.csv", "--qi", "area,band", "--k", "2", "--k-map", "2"]
    assert run([*asked, "--population", "all.csv", "--overwrite"]) == 2
    asked = ["risk", "people.csv", "--qi", "area,band", "--attack", "before.csv", "--html", "before.csv", "--overwrite"]
    assert run(asked) == 2
    assert (here / "all.csv").read_bytes() == (here / "before.csv").read_bytes() == (here / "people.csv").read_bytes()


def test_a_folder_is_not_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "out.csv").mkdir()
    assert run([*(each.format("out.csv") for each in WRITES["anonymise"][0]), "--overwrite"]) == 2
    assert "a folder, not a file" in capsys.readouterr().err
