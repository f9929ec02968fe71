"""What a recipient does with a package: verify it against keys that they trust, and open it with their own key."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from journeys_haven import Desk, said


@pytest.fixture(scope="module")
def released(havens: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with one package: made once, and only read."""
    desk = Desk(Path(shutil.copytree(havens / "fresh", tmp_path_factory.mktemp("released") / "desk")))
    assert desk.release("1-university").status == 0
    return desk


@pytest.fixture
def package(released: Desk, tmp_path: Path) -> Path:
    return Path(shutil.copytree(released.path("packages", "1-university"), tmp_path / "package"))


@pytest.fixture
def trust(released: Desk) -> Path:
    return released.path("trust.txt")


@pytest.fixture
def key(released: Desk) -> Path:
    return released.path("keys", "university.txt")


def verify(package: Path, *more: object) -> tuple[int, str]:
    """The status and what was said; no haven is named, and none is near."""
    answered = said(["verify", str(package), *map(str, more)])
    assert "Traceback" not in answered.err
    return answered.status, answered.out + answered.err


def test_with_the_operators_key_it_verifies(package: Path, trust: Path) -> None:
    assert verify(package, "--trust", trust)[0] == 0


def test_without_trust_the_key_is_unknown(package: Path) -> None:
    status, text = verify(package)
    assert status == 6 and "signed by an unknown key" in text


def test_with_the_wrong_key_it_does_not_verify(package: Path, trust: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    init = ["init", str(other), "--operator-name", "O", "--origin", "other.example", "--contact", "x", "--demo"]
    assert said(init).status == 0
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(said(["--haven", str(other), "log", "keys"]).out, "utf-8")

    status, text = verify(package, "--trust", wrong)

    assert status == 6 and "unknown key" in text


def test_keys_that_are_none_are_bad_input(package: Path, tmp_path: Path) -> None:
    nonsense = tmp_path / "keys.txt"
    nonsense.write_text("this is my key, honestly\n", "utf-8")
    said(["verify", str(package), "--trust", str(nonsense)]).refused_plainly(2, "keys.txt")


@pytest.mark.parametrize("name", ["certificate.json", "letter.html", "entry.json", "release.tlog-proof", "key.age"])
def test_a_changed_file_is_found(package: Path, trust: Path, name: str) -> None:
    changed = package / name
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    assert verify(package, "--trust", trust)[0] == 6


def test_a_folder_that_is_no_package(tmp_path: Path, trust: Path) -> None:
    status, text = verify(tmp_path, "--trust", trust)
    assert status in (2, 6) and "manifest.dsse.json" in text


def test_open_gives_the_data_and_the_opened_data_verifies(
    package: Path, trust: Path, key: Path, tmp_path: Path
) -> None:
    out = tmp_path / "opened"
    assert said(["open", str(package), "--key", str(key), "--out", str(out)]).status == 0
    assert list(out.glob("*.parquet"))
    assert verify(package, "--trust", trust, "--against", out)[0] == 0


def test_open_with_another_recipients_key(released: Desk, package: Path, tmp_path: Path) -> None:
    out = tmp_path / "opened"
    wrong = released.path("keys", "trials_unit.txt")
    said(["open", str(package), "--key", str(wrong), "--out", str(out)]).refused_plainly(2, "trials_unit.txt")
    assert not out.exists()


def test_open_with_a_file_that_is_no_key(package: Path, trust: Path, tmp_path: Path) -> None:
    out = tmp_path / "opened"
    said(["open", str(package), "--key", str(trust), "--out", str(out)]).refused_plainly(2, "trust.txt")
    assert not out.exists()


def test_open_does_not_write_over_what_is_there(package: Path, key: Path, tmp_path: Path) -> None:
    words = ["open", str(package), "--key", str(key), "--out", str(tmp_path / "opened")]
    assert said(words).status == 0
    before = {path: path.read_bytes() for path in (tmp_path / "opened").iterdir()}

    said(words).refused_plainly(2, "is there already")

    assert {path: path.read_bytes() for path in (tmp_path / "opened").iterdir()} == before


def test_a_package_whose_key_was_not_given_cannot_be_opened(package: Path, key: Path, tmp_path: Path) -> None:
    (package / "key.age").unlink()
    words = ["open", str(package), "--key", str(key), "--out", str(tmp_path / "opened")]
    said(words).refused_plainly(6, "key.age", "Ask the operator")
    assert not (tmp_path / "opened").exists()


def test_opening_says_what_was_promised_in_the_recipients_name(
    package: Path, key: Path, tmp_path: Path, released: Desk
) -> None:
    answered = said(["open", str(package), "--key", str(key), "--out", str(tmp_path / "opened")])
    assert "The recipient destroys the data by" in answered.out and "certificate of destruction" in answered.out


def test_status_shows_promises_that_are_not_known_to_be_kept(released: Desk) -> None:
    found = released.haven("status", "--json").document["promised"]
    standings = {(each["by_whom"], "is reviewed" in each["required"], each["standing"]) for each in found}
    assert standings == {
        ("the operator", False, "kept"),
        ("the operator", True, "open"),
        ("the recipient", False, "open"),
    }
    said_so = released.haven("status").out
    waiting = [each for each in found if each["standing"] == "open"]
    assert f"Promised and not known to be kept: {len(waiting)}" in said_so
    assert "APP-001.R1: The recipient destroys" in said_so
    assert "The data is kept by " in said_so and "(ODS code X" in said_so and "within England only" in said_so


def test_a_condition_of_a_guardian_stands_in_decision_certificate_and_status(desk: Desk) -> None:
    said_of = "the link is made within ten days of receipt"
    assert desk.release("2-cancer-audit").status == 0

    decision = json.loads((desk.home / "releases/APP-002.R1/decision.json").read_text("utf-8"))
    owed = [each for each in decision["obligations"] if each["kind"] == "conditions"]
    assert [said_of] in [each["conditions"] for each in owed]
    faces = [desk.path("packages/2-cancer-audit/certificate.html"), desk.home / "releases/APP-002.R1/letter.txt"]
    assert all(said_of in face.read_text("utf-8") for face in faces)
    promised = desk.haven("status", "--json").document["promised"]
    assert any(said_of in each["required"] for each in promised)
    assert desk.haven("verify", desk.path("packages/2-cancer-audit"), "--trust", desk.path("trust.txt")).status == 0


def test_a_review_is_kept_once_the_record_has_a_later_day(desk: Desk) -> None:
    assert desk.release("1-university").status == 0

    def standing() -> set[str]:
        found = desk.haven("status", "--json").document["promised"]
        return {each["standing"] for each in found if "classification" in each["required"]}

    assert standing() == {"open"}
    paper = desk.path("records", "30-classification-episodes.toml")
    review = next(each for each in paper.read_text("utf-8").splitlines() if each.startswith("review"))
    desk.paper("records", paper.name, (review, "review = 2099-01-01"))
    assert desk.haven("record", "classification", paper).status == 0
    assert standing() == {"kept"}


def test_a_day_of_review_that_stood_too_far_ahead_keeps_no_promise(desk: Desk) -> None:
    paper = desk.path("records", "30-classification-episodes.toml")
    review = next(each for each in paper.read_text("utf-8").splitlines() if each.startswith("review"))
    desk.paper("records", paper.name, (review, "review = 2099-01-01"))
    assert desk.haven("record", "classification", paper).status == 0
    assert desk.release("1-university").status == 0
    found = desk.haven("status", "--json").document["promised"]
    assert {each["standing"] for each in found if "classification" in each["required"]} == {"open"}


def test_pages_speak_of_the_opt_out_and_of_the_dataset_by_name(desk: Desk) -> None:
    assert desk.release("1-university").status == 0
    page = desk.path("packages", "1-university", "certificate.html").read_text("utf-8")
    assert "National opt-out" in page and "National opt out" not in page
    title = json.loads((desk.home / "vault/datasets/episodes/datapackage.json").read_text("utf-8"))["title"]
    assert title in (desk.home / "releases/APP-001.R1/letter.txt").read_text("utf-8")
