"""A person asks which uses held their record, and takes away a folder, with a proof that needs nothing of ours."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from journeys_haven import Desk, said
from reading_age import grade

from openhaven.haven import open_haven
from openhaven.haven.my_uses import my_uses
from openhaven.haven.tags import has_tags
from openhaven.identity.nhs_number import check_digit
from openhaven.log.person_proof import verify_person_proof
from openhaven.log.presence import TagTree
from openhaven.model.errors import NotVerified
from openhaven.package.open import open_package
from openhaven.records import reads

VERIFIER = Path(__file__).parents[2] / "verifier" / "verify.py"
STRANGER = next(f"99912345{n}{digit}" for n in range(10) if (digit := check_digit(f"99912345{n}")) is not None)
ASKED = ("--because", "a letter of 3 May; passport seen")


@pytest.fixture(scope="module")
def desk(havens: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk after three releases: pseudonymised records, and records with NHS numbers, twice."""
    desk = Desk(Path(shutil.copytree(havens / "fresh", tmp_path_factory.mktemp("uses") / "desk")))
    for name in ("1-university", "2-cancer-audit", "4-health-protection"):
        assert desk.release(name).status == 0
    return desk


@pytest.fixture(scope="module")
def named(desk: Desk) -> set[str]:
    """The NHS numbers in the package that has them, read as its recipient does."""
    out = desk.path("opened", "2-cancer-audit")
    files = open_package(
        desk.path("packages", "2-cancer-audit"), key_file=desk.path("keys", "cancer_audit.txt"), out=out
    )
    file = next(path for path in files if path.suffix == ".parquet")
    return set(pq.read_table(file, columns=["nhs_number"])["nhs_number"].to_pylist())


@pytest.fixture(scope="module")
def held(desk: Desk) -> set[str]:
    """The NHS numbers that the vault holds."""
    files = desk.home.glob("vault/datasets/episodes/deliveries/*/people.parquet")
    return {number for path in files for number in pq.read_table(path)["nhs_number"].to_pylist()} - {None}


def folder_of(desk: Desk, number: str, out: Path, *more: str) -> Path:
    answered = desk.haven("my-uses", "--nhs-number", number, "--out", out, *ASKED, *more)
    assert answered.status == 0, answered
    return out


def uses_of(desk: Desk, number: str) -> set[str]:
    return {each.release for each in my_uses(open_haven(desk.home), number).uses}


def test_every_person_is_told_of_the_release_that_had_their_number_and_nobody_else_is(
    desk: Desk, named: set[str], held: set[str]
) -> None:
    assert named and held - named
    for number in [*sorted(named)[:5], *sorted(held - named)[:5], STRANGER]:
        assert ("APP-002.R1" in uses_of(desk, number)) is (number in named)


def test_the_folder_says_it_in_words_and_on_a_page(desk: Desk, named: set[str], tmp_path: Path) -> None:
    out = folder_of(desk, min(named), tmp_path / "uses")
    assert {path.name for path in out.iterdir()} == {"index.html", "uses.txt"}
    text, page = (out / "uses.txt").read_text("utf-8"), html.unescape((out / "index.html").read_text("utf-8"))
    for said_so in (
        "“National Cancer Outcomes Audit”. We sent it on",
        "Yes. It had your “",
        "They told us: “",
        "We left out all those who had opted out by that day.",
        "In “England”, and in no other.",
        "The deal is not for making money.",
        "They must destroy it by",
        "They have not told us yet.",
        "Ask us: “1 Mill Lane”.",
        "Records with no NHS number.",
    ):
        assert said_so in text and said_so in page, said_so
    assert min(named) not in text + page


def test_the_folder_is_for_the_person_alone(desk: Desk, named: set[str], tmp_path: Path) -> None:
    assert folder_of(desk, min(named), tmp_path / "uses").stat().st_mode & 0o077 == 0


def test_a_person_who_is_not_here_is_told_so_kindly(desk: Desk, tmp_path: Path) -> None:
    text = (folder_of(desk, STRANGER, tmp_path / "uses") / "uses.txt").read_text("utf-8")
    assert "we hold no record under it today" in text
    assert "None. Your record was not in any use that we know of." in text
    assert "Uses that your record was not in" in text


@pytest.mark.parametrize("number", ["9991234567", "12", "nine", "", "9.99E+09"])
def test_what_is_no_nhs_number_is_refused_and_not_repeated(desk: Desk, number: str, tmp_path: Path) -> None:
    answered = desk.haven("my-uses", "--nhs-number", number or " ", "--out", tmp_path / "uses", *ASKED)
    answered.refused_plainly(2, "not an NHS number")
    assert not number or number not in answered.err
    assert not (tmp_path / "uses").exists()


def test_it_is_not_made_without_a_reason_nor_over_another_nor_of_no_release(desk: Desk, tmp_path: Path) -> None:
    say = ("my-uses", "--nhs-number", STRANGER, "--out", tmp_path / "uses")
    desk.haven(*say, "--because", " ").refused_plainly(2, "how did they show who they are")
    desk.haven(*say, *ASKED, "--proof", "APP-9.R1").refused_plainly(2, "there is no release APP-9.R1")
    (tmp_path / "uses").mkdir()
    (tmp_path / "uses" / "other").touch()
    desk.haven(*say, *ASKED).refused_plainly(2, "is in use")


def test_the_answer_is_one_document_where_asked(desk: Desk, named: set[str], tmp_path: Path) -> None:
    answered = desk.haven("my-uses", "--nhs-number", min(named), "--out", tmp_path / "uses", *ASKED, "--json")
    assert "APP-002.R1" in answered.document["releases"] and answered.document["held_now"]


def checked(folder: Path, number: str) -> str:
    """What the verifier that needs nothing of ours says of a folder, in a process of its own."""
    arguments = [str(folder / "proof.json"), number, str(folder / "log-key.txt")]
    found = subprocess.run([sys.executable, "-I", VERIFIER, "person", *arguments], capture_output=True, text=True)
    return found.stdout or found.stderr


def test_presence_and_absence_are_proven_by_the_folder_alone(
    desk: Desk, named: set[str], held: set[str], tmp_path: Path
) -> None:
    present, absent = min(named), min(held - named)
    mine = folder_of(desk, present, tmp_path / "mine", "--proof", "APP-002.R1")
    theirs = folder_of(desk, absent, tmp_path / "theirs", "--proof", "APP-002.R1")
    assert f"APP-002.R1 HELD the record of {present}" in checked(mine, present)
    assert f"APP-002.R1 did NOT hold the record of {absent}" in checked(theirs, absent)
    assert "not shown: the proof was not made for this NHS number" in checked(mine, absent)
    assert "not shown" in checked(theirs, present)


def test_one_release_is_proven_at_a_time_and_opens_no_other(desk: Desk, named: set[str], tmp_path: Path) -> None:
    number = min(named)
    texts = [
        (folder_of(desk, number, tmp_path / id, "--proof", id) / "proof.json").read_text("utf-8")
        for id in ("APP-001.R1", "APP-002.R1")
    ]
    assert not [part for part in ("tag", "seal") if json.loads(texts[0])[part] in texts[1]]
    key = open_haven(desk.home).log_key
    moved = json.loads(texts[0]) | {part: json.loads(texts[1])[part] for part in ("entry", "body", "salt", "log_proof")}
    with pytest.raises(NotVerified):
        verify_person_proof(json.dumps(moved), log=key)


def test_a_proof_holds_after_the_data_was_replaced_and_the_log_grew(
    desk: Desk, named: set[str], tmp_path: Path
) -> None:
    """The tree is kept, not made again: what the vault holds later does not change what was in a release."""
    later = Desk(Path(shutil.copytree(desk.folder, tmp_path / "later")))
    for content in later.home.glob("vault/datasets/episodes/deliveries/*"):
        shutil.rmtree(content)
    out = folder_of(later, min(named), tmp_path / "mine", "--proof", "APP-002.R1")
    assert "HELD" in checked(out, min(named))


def test_tags_that_were_changed_show_nothing_and_say_so(desk: Desk, named: set[str], tmp_path: Path) -> None:
    later = Desk(Path(shutil.copytree(desk.folder, tmp_path / "later")))
    kept = later.home / "releases" / "APP-002.R1" / "people.tags"
    data = bytearray(kept.read_bytes())
    data[-1] ^= 1
    kept.write_bytes(bytes(data))
    say = ("my-uses", "--nhs-number", min(named), "--out", tmp_path / "uses", *ASKED)
    later.haven(*say).refused_plainly(6, "not those that the log commits to")
    later.haven("log", "fsck").refused_plainly(6, "people.tags", "not those that the log commits to")
    kept.unlink()
    later.haven(*say).refused_plainly(2, "are not here")
    later.haven("log", "fsck").refused_plainly(6, "people.tags", "are not here")
    (later.home / "keys" / "tags.key").write_text("0" * 64)
    later.haven(*say).refused_plainly(1, "the key 'tags' is not the one that this haven had")


def test_a_release_given_up_is_told_of_and_one_whose_tags_went_with_it_is_not_known(
    desk: Desk, named: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Desk(Path(shutil.copytree(desk.folder, tmp_path / "later")))
    with monkeypatch.context() as broken:
        broken.setattr("openhaven.haven.handing_over.finish", lambda *_, **__: 1 / 0)
        source = later.path("applications", "2-cancer-audit.toml")
        assert later.haven("release", source, "--out", tmp_path / "again").status == 1
    waits = later.haven("my-uses", "--nhs-number", min(named), "--out", tmp_path / "waits", *ASKED)
    assert waits.status == 0 and "It is not sent yet." in (tmp_path / "waits" / "uses.txt").read_text("utf-8")
    assert later.haven("release", "--abandon", "APP-002.R2", "--because", "a trial").status == 0
    out = folder_of(later, min(named), tmp_path / "told", "--proof", "APP-002.R2")
    assert "we did not send the key. Nobody could open it." in (out / "uses.txt").read_text("utf-8")
    assert "APP-002.R2 HELD" in checked(out, min(named))
    (later.home / "releases" / "APP-002.R2" / "people.tags").unlink()
    text = (folder_of(later, min(named), tmp_path / "gone") / "uses.txt").read_text("utf-8")
    assert "we cannot tell if your record was in them: “APP-002.R2”" in text


def test_the_public_log_gets_one_entry_a_release_and_says_nothing_of_people(desk: Desk, named: set[str]) -> None:
    released = [each for each in desk.entries() if each["type"] == "released"]
    assert len(released) == 3 and all("people" in each["commitments"] for each in released)
    whole = json.dumps(desk.entries())
    assert not [number for number in named if number in whole]


def test_tags_are_kept_for_the_operator_alone_and_hold_no_number(desk: Desk, named: set[str]) -> None:
    haven = open_haven(desk.home)
    for each in reads.releases():
        path = desk.home / "releases" / each.release.id / "people.tags"
        assert has_tags(haven, each) and path.stat().st_mode & 0o077 == 0
        data = path.read_bytes()
        assert TagTree(data).size == 1024
        assert not [number for number in named if number.encode() in data]


def test_the_measure_tells_plain_words_from_hard_ones() -> None:
    assert grade("The cat sat on the mat. It was glad.") < 2
    assert grade("Pseudonymised information is disseminated to organisations under appropriate safeguards.") > 15


@pytest.mark.parametrize("who", ["in all", "in none", "a stranger"])
def test_what_we_write_can_be_read_at_eleven(
    desk: Desk, named: set[str], held: set[str], who: str, tmp_path: Path
) -> None:
    """Without what others wrote, which stands in quotation marks."""
    number = {"in all": min(named), "in none": min(held - named), "a stranger": STRANGER}[who]
    text = (folder_of(desk, number, tmp_path / "uses", "--proof", "APP-001.R1") / "uses.txt").read_text("utf-8")
    own = re.sub(r"“[^”]*”", "that", text)
    assert grade(own) <= 6.0, grade(own)
    for line in own.split("\n\n"):
        assert not re.search("pseudonym|identifiable|obligation|aggregate|cohort|anonym|lawful", line), line


def test_help_names_it() -> None:
    assert "my-uses" in said(["--help"]).out
