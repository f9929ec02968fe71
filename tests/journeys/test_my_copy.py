"""A person asks for a copy of all that is held about them; it is whole, says what is not in it, and nothing stays."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from journeys_haven import Desk
from reading_age import grade

from openhaven.casework.exemptions import LeftOut, Opinion
from openhaven.haven import open_haven
from openhaven.haven.copying import CopyAsked, files_of, make_copy, zipped
from openhaven.haven.my_uses import my_uses
from openhaven.haven.own_choices import no_of, object_to, settle, take_back, yes_of
from openhaven.model.errors import BadInput
from openhaven.model.record.choices import Heard
from openhaven.model.record.seen import Seen

STRANGER = "9990000018"
ASKED = ("--because", "a letter of 3 May; passport seen")
BECAUSE = "the tests"


@pytest.fixture(scope="module")
def desk(havens: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk after two releases, one of them about people with cancer."""
    desk = Desk(Path(shutil.copytree(havens / "fresh", tmp_path_factory.mktemp("copies") / "desk")))
    for name in ("1-university", "2-cancer-audit"):
        assert desk.release(name).status == 0
    return desk


@pytest.fixture(scope="module")
def rows(desk: Desk) -> dict[str, list[dict]]:
    """Every record as it was delivered, by NHS number: the slow, obvious way to a copy."""
    found: dict[str, list[dict]] = {}
    for folder in desk.home.glob("vault/datasets/episodes/deliveries/*"):
        content = {row["_row"]: row for row in pq.read_table(folder / "content.parquet").to_pylist()}
        for row in pq.read_table(folder / "identifiers.parquet").to_pylist():
            found.setdefault(row["nhs_number"], []).append({**content[row["_row"]], **row})
    return found


@pytest.fixture(scope="module")
def number(rows: dict[str, list[dict]], desk: Desk) -> str:
    """Somebody with several records who was in the cancer audit."""
    haven = open_haven(desk.home)
    several = [each for each in sorted(filter(None, rows)) if len(rows[each]) > 1]
    return next(each for each in several if any(use.sensitive for use in my_uses(haven, each).uses))


def folder_of(desk: Desk, number: str, out: Path, *more: str | Path) -> Path:
    answered = desk.haven("my-copy", "--nhs-number", number, "--out", out, *ASKED, *more)
    assert answered.status == 0, answered
    return out


def read(out: Path, name: str = "index.html") -> str:
    return html.unescape((out / name).read_text("utf-8"))


def test_every_record_and_every_value_is_in_it_and_nobody_elses(desk, rows, number, tmp_path) -> None:
    for each in {number, *sorted(filter(None, rows))[:6]}:
        out = folder_of(desk, each, tmp_path / each)
        (held,) = json.loads((out / "records.json").read_text())["datasets"]
        mine = sorted(tuple(sorted(found["values"].items())) for found in held["records"])
        names = [field["name"] for field in held["fields"]]
        plain = [{name: str(row[name]) if hasattr(row[name], "isoformat") else row[name] for name in names}
                 for row in rows[each]]  # fmt: skip
        assert mine == sorted(tuple(sorted(row.items())) for row in plain)
        listed = list(csv.DictReader(io.StringIO((out / "episodes.csv").read_text("utf-8"))))
        assert len(listed) == len(rows[each]) and {row["nhs_number"] for row in listed} == {each}


def test_it_says_what_the_law_asks_for_in_words_for_eleven(desk, number, tmp_path) -> None:
    out = folder_of(desk, number, tmp_path / "copy")
    assert {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()} == {
        "index.html", "records.json", "copy.json", "episodes.csv", "who-looked.csv", "uses/index.html", "uses/uses.txt",
    }  # fmt: skip
    page = read(out)
    for said in ("Why we hold it", "Who got it, and for how long", "Where it came from", "No machine decides",
                 "Information Commissioner", "put it right", "“a letter of 3 May; passport seen”",
                 "You have not asked us to stop"):  # fmt: skip
        assert said in page, said
    assert readable(page) <= 6.0
    assert "National Cancer Outcomes Audit" in read(out, "uses/index.html")
    assert "a copy,a letter of 3 May; passport seen" in read(out, "who-looked.csv")


def readable(page: str) -> float:
    """The grade of what we write, without what others wrote, which stands in quotation marks."""
    text = re.sub(r"(?s)<(style|title)>.*?</\1>", "", page)
    text = re.sub(r"</(p|li|h\d|tr|caption|a)>", ".\n\n", text)
    return grade(re.sub(r"“[^”]*”", "that", re.sub(r"<[^>]+>", " ", text)))


def test_codes_are_explained_where_the_haven_has_their_words(desk, number, rows) -> None:
    codes = desk.home / "codes"
    codes.mkdir()
    code = next(row["diagnosis"] for row in rows[number] if row["diagnosis"])
    (codes / "ICD-10.csv").write_text(f'code,words\n{code},"=a plain name"\n')
    copy = files_of(open_haven(desk.home), make_copy(open_haven(desk.home), CopyAsked(number, BECAUSE)))
    shutil.rmtree(codes)
    assert f"{code}: =a plain name" in html.unescape(copy["index.html"].decode())
    row = next(each for each in csv.DictReader(io.StringIO(copy["episodes.csv"].decode())) if each["diagnosis"] == code)
    assert row["diagnosis, in words"] == "'=a plain name", "and no cell of a sheet runs"


def test_who_is_not_held_is_told_so(desk, tmp_path) -> None:
    out = folder_of(desk, STRANGER, tmp_path / "copy")
    assert "we hold no record that we can give you" in read(out)


def test_what_is_left_out_is_told_by_kind_and_law_and_never_by_content(desk, rows, number, tmp_path) -> None:
    paper = tmp_path / "left.toml"
    paper.write_text('[[left_out]]\ndataset = "episodes"\nexemption = "others"\nbecause = "names the sister"\n'
                     'fields = ["postcode"]\n')  # fmt: skip
    out = folder_of(desk, number, tmp_path / "copy", "--leave-out", paper)
    page, everything = read(out), "".join(read(out, name) for name in ("index.html", "records.json", "episodes.csv"))
    assert "“Postcode of usual address”" in page and "Schedule 2, Part 3" in page
    assert not [row["postcode"] for row in rows[number] if row["postcode"] and row["postcode"] in everything]
    assert "sister" not in everything


def test_what_may_be_left_out_without_a_word_is(desk, rows, number) -> None:
    haven = open_haven(desk.home)
    ref = make_copy(haven, CopyAsked(number, BECAUSE)).records[0].records[0].ref
    left = LeftOut("episodes", "serious-harm", "it would shock", records=(ref,),
                   opinion=Opinion("Dr A", haven.today()), silent=True)  # fmt: skip
    copy = make_copy(haven, CopyAsked(number, BECAUSE, left_out=(left,)))
    files = files_of(haven, copy)
    assert len(copy.records[0].records) == len(rows[number]) - 1
    assert not any(
        word in content for content in files.values() for word in (b"Schedule 3", b"serious harm", ref.encode())
    )
    loud = files_of(haven, make_copy(haven, CopyAsked(number, BECAUSE, left_out=(replace(left, silent=False),))))
    assert b"1 record. A health worker thinks" in loud["index.html"]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (LeftOut("nothing", "others", "so"), "nothing is held"),
        (LeftOut("episodes", "others", "so", fields=("wings",)), "no wings"),
        (LeftOut("episodes", "others", "so", records=("D/1",)), "no D/1"),
        (LeftOut("episodes", "dead-others", "so"), "not one under the UK GDPR"),
    ],
)
def test_an_exemption_that_does_not_fit_stops_it(desk, number, left, said) -> None:
    with pytest.raises(BadInput, match=said):
        make_copy(open_haven(desk.home), CopyAsked(number, BECAUSE, left_out=(left,)))


def test_a_proxy_sees_no_use_whose_title_tells_of_health_and_cannot_tell_that_there_is_one(
    desk, number, rows, tmp_path
) -> None:
    asked = desk.haven("my-uses", "--nhs-number", number, "--out", tmp_path / "uses", *ASKED, "--proof", "APP-002.R1")
    assert asked.status == 0, "that the proof was asked for is not told to a proxy either"
    out = folder_of(desk, number, tmp_path / "copy", "--proxy", "her son")
    text = "".join(path.read_text("utf-8") for path in out.rglob("*") if path.is_file())
    assert "Cancer Outcomes Audit" not in text and "APP-002" not in text
    other = folder_of(desk, STRANGER, tmp_path / "other", "--proxy", "her son")
    assert "There may be more uses." in read(out, "uses/index.html") and "There may be more uses." in read(
        other, "uses/index.html"
    )


def test_of_the_dead_the_records_alone_under_the_act_of_1990(desk, number, tmp_path) -> None:
    out = folder_of(desk, number, tmp_path / "copy", "--dead", "--proxy", "the executor; grant of probate seen")
    assert {path.name for path in out.iterdir()} == {"index.html", "records.json", "copy.json", "episodes.csv"}
    page = read(out)
    assert "Access to Health Records Act 1990" in page and "Information Commissioner" not in page
    assert readable(page) <= 6.0
    desk.haven("my-copy", "--nhs-number", number, "--out", tmp_path / "x", *ASKED, "--dead").refused_plainly(
        2, "who gets"
    )


def test_a_record_that_may_be_somebody_elses_is_not_given_and_a_person_is_told(desk, rows, number, tmp_path) -> None:
    home = shutil.copytree(desk.folder, tmp_path / "desk")
    paths = sorted(home.glob("haven/vault/datasets/episodes/deliveries/*/people.parquet"))
    for path in paths:
        table = pq.read_table(path)
        found = table["nhs_number"].to_pylist()
        if number in found:
            found[found.index(number)] = None
            pq.write_table(table.set_column(2, "nhs_number", [found]), path)
            break
    copy = make_copy(open_haven(home / "haven"), CopyAsked(number, BECAUSE))
    held = sum(len(each.records) for each in copy.records)
    in_several = sum(number in pq.read_table(path)["nhs_number"].to_pylist() for path in paths)
    assert held == 0 and copy.unsure == (1 if in_several else 0)


def test_each_copy_is_in_the_private_log_first_and_names_nobody(desk, number, tmp_path) -> None:
    folder_of(desk, number, tmp_path / "copy")
    lines = desk.haven("log", "looked", "--because", "a test", "--person", number).out
    assert "a copy: a letter of 3 May; passport seen" in lines and number not in lines
    desk.haven("my-copy", "--nhs-number", number, "--out", tmp_path / "y", "--because", " ").refused_plainly(
        2, "who asked"
    )
    desk.haven("my-copy", "--nhs-number", "9990000017", "--out", tmp_path / "y", *ASKED).refused_plainly(
        2, "NHS number"
    )
    desk.haven("my-copy", "--nhs-number", number, "--out", tmp_path / "copy", *ASKED).refused_plainly(2, "is in use")
    assert not (tmp_path / "y").exists() and not list(tmp_path.glob(".*")) and not list((desk.home / "work").iterdir())
    desk.assert_sound()


def test_the_same_copy_is_the_same_bytes(desk, number) -> None:
    haven = open_haven(desk.home)
    files = files_of(haven, make_copy(haven, CopyAsked(number, BECAUSE)))
    made = zipped(files, on=haven.today())
    assert made == zipped(dict(reversed(files.items())), on=haven.today())
    assert zipfile.ZipFile(io.BytesIO(made)).read("records.json") == files["records.json"]


def test_a_yes_is_found_taken_back_and_counts_no_more(desk, tmp_path) -> None:
    home = shutil.copytree(desk.folder, tmp_path / "desk") / "haven"
    haven = open_haven(home, operator="the tests")
    (path,) = (home / "vault" / "consents").iterdir()
    given = [row for row in csv.DictReader(path.read_text("utf-8").splitlines()) if not row["withdrawn_on"]]
    number = given[0]["nhs_number"]
    (own,) = yes_of(haven, number)
    assert own.taken_back is None
    with haven.alone("the tests"):
        take_back(haven, own.consent, number)
    (after,) = yes_of(haven, number)
    assert after.taken_back == haven.today()
    assert yes_of(haven, given[1]["nhs_number"])[0].taken_back is None
    (now,) = (home / "vault" / "consents").iterdir()
    assert now != path and not path.exists(), "the file before is gone"
    with pytest.raises(BadInput, match="already"):
        take_back(haven, own.consent, number)
    with pytest.raises(BadInput, match="no such yes"):
        take_back(haven, own.consent, STRANGER)
    Desk(home.parent).assert_sound()


def test_an_objection_is_on_record_from_the_day_it_came_until_a_person_decides(desk, number, tmp_path) -> None:
    home = shutil.copytree(desk.folder, tmp_path / "desk") / "haven"
    haven = open_haven(home, operator="the tests")
    with haven.alone("the tests"):
        object_to(haven, "ART21-1", number)
    assert [each.state for each in no_of(haven, number)] == [Heard.OPEN] and not no_of(haven, STRANGER)
    page = files_of(haven, make_copy(haven, CopyAsked(number, BECAUSE)))["index.html"].decode()
    assert "We have yet to say yes or no to it" in page
    seen = Seen("minute 7", "the guardian", haven.today())
    with haven.alone("the tests"):
        settle(haven, "ART21-1", number, upheld=True, seen=seen)
        with pytest.raises(BadInput, match="no open objection"):
            settle(haven, "ART21-1", number, upheld=False, seen=seen)
    assert [each.state for each in no_of(haven, number)] == [Heard.UPHELD]
    Desk(home.parent).assert_sound()
