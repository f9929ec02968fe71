"""What was entered wrongly is put right by an entry, shown first; and the certificate goes out again, provable."""

from __future__ import annotations

import json
from pathlib import Path

from journeys_haven import Desk

NEW = "Waiting for hospital care, by region"
BECAUSE = ("--because", "the applicant had changed the title")


def released(desk: Desk) -> int:
    assert desk.release("1-university").status == 0
    return next(place for place, each in enumerate(desk.entries()) if each["type"] == "released")


def register(desk: Desk, name: str = "register") -> tuple[dict, str]:
    assert desk.haven("register", "--out", desk.path(name)).status == 0
    folder = desk.path(name)
    return json.loads((folder / "register.json").read_text("utf-8")), (folder / "index.html").read_text("utf-8")


def test_the_register_shows_the_corrected_with_its_correction(desk: Desk) -> None:
    index = released(desk)
    before = register(desk, "before")[0]["releases"][0]["title"]

    done = desk.haven("log", "correct", index, "--what", "title", "--now", NEW, *BECAUSE)

    assert done.status == 0, done
    made, page = register(desk)
    (shown,) = made["corrections"]
    assert (shown["corrects"], shown["what"], shown["now"]) == (index, "title", NEW)
    assert made["releases"][0]["title"] == NEW != before and made["releases"][0]["corrections"] == [shown]
    assert page.index("Corrections") < page.index("Data that was released")
    assert f"the title of entry {index} should read “{NEW}”" in page and "the applicant had changed the title" in page
    entry = desk.entries()[-1]
    assert entry["type"] == "correction" and entry["ids"] == {"entry": str(index), "body": "certificate"}
    assert NEW not in json.dumps(desk.entries()), "the entry commits to the words, and does not hold them"
    desk.assert_sound()


def test_the_latest_correction_wins_and_a_remark_stands_beside(desk: Desk) -> None:
    index = released(desk)
    for title in ("First", "Second"):
        assert desk.haven("log", "correct", index, "--what", "title", "--now", title, *BECAUSE).status == 0
    assert desk.haven("log", "correct", index, "--now", "One trust's rows came twice", *BECAUSE).status == 0
    made, page = register(desk)
    assert made["releases"][0]["title"] == "Second" and len(made["corrections"]) == 3
    assert "One trust&#39;s rows came twice" in page or "One trust's rows came twice" in page


def test_an_erased_correction_is_said_to_be_and_corrects_no_more(desk: Desk) -> None:
    index = released(desk)
    before = register(desk, "before")[0]["releases"][0]["title"]
    assert desk.haven("log", "correct", index, "--what", "title", "--now", "Of Mrs Brown", *BECAUSE).status == 0
    by = len(desk.entries()) - 1
    assert desk.haven("log", "erase", by, "--body", "correction", "--because", "it named a person").status == 0
    made, page = register(desk)
    assert made["releases"][0]["title"] == before and "Mrs Brown" not in page
    assert made["corrections"][0]["now"] == "(erased)"
    desk.assert_sound()


def test_what_cannot_be_corrected_is_said_plainly_and_enters_nothing(desk: Desk) -> None:
    index = released(desk)
    fact = next(place for place, each in enumerate(desk.entries()) if each["type"] == "agreement_recorded")
    before = desk.held()
    for words, named in (
        ((9_999, "--now", "x", *BECAUSE), "no entry 9999"),
        ((index, "--what", "rows", "--now", "12", *BECAUSE), "cannot be corrected here; what can be: purpose, title"),
        ((fact, "--what", "title", "--now", "x", *BECAUSE), "Record a later version"),
        ((index, "--what", "title", "--now", " ", *BECAUSE), "nothing is said"),
        ((index, "--now", "It was of 999 000 0018", *BECAUSE), "NHS number"),
        ((index, "--now", "x", "--because", "9990000018 asked"), "NHS number"),
    ):
        desk.haven("log", "correct", *words).refused_plainly(2, named)
    desk.haven("log", "reissue", "APP-001.R1", "--out", desk.path("again"), *BECAUSE).refused_plainly(
        2, "nothing was corrected"
    )
    desk.haven("log", "reissue", "APP-009.R1", "--out", desk.path("again"), *BECAUSE).refused_plainly(2, "no release")
    assert desk.held() == before and not desk.path("again").exists()


def test_a_corrected_certificate_goes_out_again_and_verifies(desk: Desk) -> None:
    index = released(desk)
    assert desk.haven("log", "correct", index, "--what", "title", "--now", NEW, *BECAUSE).status == 0

    done = desk.haven("log", "reissue", "APP-001.R1", "--out", desk.path("again"), *BECAUSE)

    assert done.status == 0, done
    face = json.loads(desk.path("again", "certificate.json").read_text("utf-8"))
    assert face["title"] == NEW and face["says"][0].startswith("Corrected on ")
    assert NEW in desk.path("again", "certificate.html").read_text("utf-8")
    assert not desk.path("again", "key.age").exists() and not desk.path("again", "data").exists()
    checked = desk.haven("verify", desk.path("again"), "--trust", desk.path("trust.txt"))
    assert checked.status == 0 and "its certificate issued again" in checked.out, checked
    assert desk.entries()[-1]["type"] == "certificate_reissued"
    desk.assert_sound()
    desk.haven("verify", desk.path("packages", "1-university"), "--trust", desk.path("trust.txt"))
    for change in (dropped_in_a_key, retitled):
        change(desk.path("again"))
        assert desk.haven("verify", desk.path("again"), "--trust", desk.path("trust.txt")).status == 6


def dropped_in_a_key(folder: Path) -> None:
    (folder / "key.age").write_bytes(b"x")


def retitled(folder: Path) -> None:
    (folder / "key.age").unlink()
    path = folder / "certificate.json"
    path.write_text(path.read_text("utf-8").replace(NEW, NEW[::-1]), "utf-8")


def test_it_is_issued_again_from_the_package_that_was_handed_over_and_no_other(desk: Desk) -> None:
    index = released(desk)
    assert desk.haven("log", "correct", index, "--what", "title", "--now", NEW, *BECAUSE).status == 0
    desk.path("packages", "1-university").rename(desk.path("elsewhere"))
    words = ["log", "reissue", "APP-001.R1", "--out", desk.path("again"), *BECAUSE]
    desk.haven(*words).refused_plainly(2, "--package DIR")
    assert desk.release("6-trial").status == 0
    desk.haven(*words, "--package", desk.path("packages", "6-trial")).refused_plainly(6, "not the package of release")
    assert not desk.path("again").exists()
    assert desk.haven(*words, "--package", desk.path("elsewhere")).status == 0


def test_the_corrected_title_of_what_was_refused_is_named_only_where_the_installation_chose_so(desk: Desk) -> None:
    assert desk.release("3-insurer").status == 3
    index = next(place for place, each in enumerate(desk.entries()) if each["type"] == "decided")
    assert desk.haven("log", "correct", index, "--what", "title", "--now", NEW, *BECAUSE).status == 0
    made, page = register(desk)
    assert NEW not in page and NEW not in json.dumps(made)
    with (desk.home / "haven.toml").open("a", encoding="utf-8") as toml:
        toml.write("\n[register]\nname_refused = true\n")
    assert register(desk, "named")[0]["not_released"][0]["title"] == NEW
