"""Applications and records: permit, refuse and refer with their letters; what is written wrong is named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from journeys_haven import Desk

TODAY = dt.datetime.now(ZoneInfo("Europe/London")).date()
YESTERDAY = TODAY - dt.timedelta(days=1)


def letter(desk: Desk, name: str) -> str:
    """The text of the letter that a release left."""
    return desk.path("packages", name, "letter.txt").read_text("utf-8")


def agreement(desk: Desk, name: str, *, ends: dt.date) -> Path:
    """The agreement with another last day."""
    path = desk.path("records", f"{name}.toml")
    lines = path.read_text("utf-8").splitlines()
    path.write_text(
        "\n".join(f"ends = {ends}" if line.startswith("ends =") else line for line in lines) + "\n", "utf-8"
    )
    return path


def nothing_happened(desk: Desk, *words: object, status: int = 2, says: tuple[str, ...]) -> None:
    """The command is refused plainly, and the haven is as before."""
    before = desk.held()
    desk.haven(*words).refused_plainly(status, *says)
    assert desk.held() == before
    assert not desk.path("packages").exists()


def test_a_permit_leaves_a_package_and_status_0(desk: Desk) -> None:
    said = desk.release("1-university")

    assert said.status == 0 and "Permitted and released: APP-001.R1" in said.out
    package = desk.path("packages", "1-university")
    assert {"key.age", "release.tlog-proof", "certificate.html", "letter.html"} <= {p.name for p in package.iterdir()}
    assert desk.haven("verify", package, "--trust", desk.path("trust.txt")).status == 0


def test_a_refusal_leaves_a_letter_and_status_3(desk: Desk) -> None:
    said = desk.release("3-insurer")

    assert said.status == 3 and said.out.startswith("Refused. Nothing was released.") and said.err == ""
    assert sorted(p.name for p in desk.path("packages", "3-insurer").iterdir()) == [
        "decision.json",
        "letter.html",
        "letter.txt",
    ]
    assert "APP-003" in letter(desk, "3-insurer") and "1 Mill Lane" in letter(desk, "3-insurer")
    assert [each["type"] for each in desk.entries()][-1] == "decided"


def test_a_referral_names_who_must_decide_and_has_status_4(desk: Desk) -> None:
    said = desk.release("3b-consultancy")

    assert said.status == 4 and said.out.startswith("Referred to a person. Nothing was released.")
    assert "APP-003b" in letter(desk, "3b-consultancy")
    assert not desk.path("packages", "3b-consultancy", "key.age").exists()


@pytest.mark.parametrize(("name", "status"), [("1-university", 0), ("3-insurer", 3), ("3b-consultancy", 4)])
def test_decide_explains_with_the_same_status_and_records_nothing(desk: Desk, name: str, status: int) -> None:
    before = desk.held()

    said = desk.haven("decide", desk.application(name))

    assert said.status == status and said.out and said.err == ""
    assert desk.held() == before


def test_an_agreement_that_ended_yesterday_refuses_and_the_letter_names_the_day(desk: Desk) -> None:
    assert desk.haven("record", "agreement", agreement(desk, "40-agreement-001", ends=YESTERDAY)).status == 0

    said = desk.release("1-university")

    assert said.status == 3
    day = f"{YESTERDAY.day} {YESTERDAY:%B %Y}"
    assert YESTERDAY.isoformat() in letter(desk, "1-university") or day in letter(desk, "1-university")
    assert not desk.path("packages", "1-university", "key.age").exists()


def test_an_agreement_that_ends_today_still_holds(desk: Desk) -> None:
    today = YESTERDAY + dt.timedelta(days=1)
    assert desk.haven("record", "agreement", agreement(desk, "40-agreement-004", ends=today)).status == 0
    assert desk.haven("decide", desk.application("4-health-protection")).status == 0


def test_a_field_that_the_dataset_lacks(desk: Desk) -> None:
    asked = desk.application("4-health-protection", ('name = "provider"', 'name = "blood_group"'))
    out = desk.path("packages", "x")
    nothing_happened(desk, "release", asked, "--out", out, says=("blood_group", "episodes"))
    nothing_happened(desk, "decide", asked, says=("blood_group", "episodes"))


def test_a_dataset_that_is_not_held(desk: Desk) -> None:
    asked = desk.application("1-university", ('dataset = "episodes"', 'dataset = "xrays"'))
    nothing_happened(desk, "decide", asked, says=("xrays", "episodes"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('title = "', 'tittle = "'), ("tittle",)),
        (('purpose = "research"', 'purpose = "curiosity"'), ("curiosity", "purpose")),
        (("format = 1", "format = 7"), ("format 7",)),
        (("format = 1", "format = one"), ("not TOML", "line 1")),
        (('id = "APP-001"', 'id = "../../escape"'), ("../../escape",)),
        (('precision = "quarter"', 'precision = "fortnight"'), ("fortnight",)),
        (('test = "starts"', 'test = "ends"'), ("ends",)),
    ],
    ids=["unknown key", "unknown purpose", "newer format", "not TOML", "id with folders", "precision", "condition"],
)
def test_an_application_written_wrong(desk: Desk, change: tuple[str, str], says: tuple[str, ...]) -> None:
    asked = desk.application("1-university", change)
    nothing_happened(desk, "release", asked, "--out", desk.path("packages", "x"), says=("1-university.toml", *says))


def test_an_application_that_is_not_text(desk: Desk) -> None:
    asked = desk.application("1-university", ("heart and lung", "cœur et poumons"))
    asked.write_bytes(asked.read_text("utf-8").encode("cp1252"))
    nothing_happened(desk, "decide", asked, says=("1-university.toml", "UTF-8"))


def test_the_folder_for_the_package_must_be_new_or_empty(desk: Desk) -> None:
    asked = desk.application("1-university")
    nothing_happened(desk, "release", asked, "--out", desk.path("keys"), says=("keys", "new folder"))
    nothing_happened(desk, "release", asked, "--out", asked, says=("1-university.toml", "new folder"))
    nothing_happened(desk, "release", asked, says=("--out",))


def test_a_record_whose_days_are_reversed(desk: Desk) -> None:
    paper = agreement(desk, "40-agreement-001", ends=dt.date(2020, 1, 1))
    nothing_happened(
        desk, "record", "agreement", paper, says=("40-agreement-001.toml", "ends on 2020-01-01, before it starts")
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('name = "', 'nane = "'), ("nane",)),
        (("bodies = [", "bodies = 3 # ["), ("bodies",)),
        (('age_key = "age1', 'age_key = "rsa1'), ("rsa1",)),
        (('id = "', "id = "), ("not TOML",)),
        (('id = "UNIVERSITY"', 'id = " "'), ("the id is empty",)),
    ],
    ids=["unknown key", "wrong type", "not an age key", "not TOML", "no id"],
)
def test_a_record_written_wrong(desk: Desk, change: tuple[str, str], says: tuple[str, ...]) -> None:
    paper = desk.paper("records", "10-organisation-university.toml", change)
    nothing_happened(desk, "record", "organisation", paper, says=("10-organisation-university.toml", *says))


def test_a_record_that_is_not_text(desk: Desk) -> None:
    paper = desk.path("records", "10-organisation-university.toml")
    paper.write_bytes(paper.read_text("utf-8").replace("Thornby", "Thörnby").encode("cp1252"))
    nothing_happened(desk, "record", "organisation", paper, says=("10-organisation-university.toml", "UTF-8"))


def test_a_record_of_another_kind_than_the_file(desk: Desk) -> None:
    paper = desk.path("records", "10-organisation-university.toml")
    nothing_happened(desk, "record", "agreement", paper, says=("10-organisation-university.toml",))
    nothing_happened(desk, "record", "organization", paper, says=("organisation", "agreement"))


def test_consents_that_are_not_there(desk: Desk) -> None:
    desk.path("records", "trial_consents.csv").unlink()
    paper = desk.path("records", "50-consent-trial.toml")
    nothing_happened(desk, "record", "consent", paper, says=("trial_consents.csv", "no such file"))


def test_a_file_of_people_that_is_spoilt_stays_where_it_is(desk: Desk) -> None:
    people = desk.path("applications", "trial_cohort.csv")
    people.write_text(people.read_text("utf-8").replace("study_id", "number", 1), "utf-8")
    before = people.read_bytes()

    desk.release("6-trial").refused_plainly(2, "trial_cohort.csv", "study_id")

    assert people.read_bytes() == before
    assert not desk.path("packages").exists()


def test_a_change_of_law_names_the_uses_that_it_would_turn_and_records_nothing(desk: Desk) -> None:
    desk.release("1-university")
    before = desk.held()
    change = desk.path("change.toml")
    change.write_text(
        f'format = 1\ntitle = "a study"\non = {TODAY}\nnumbers = {{ agreement-term-years = 0 }}\n', encoding="utf-8"
    )

    said = desk.haven("law", "--change", change)

    assert said.status == 0 and "of 1 uses that stand, 1 would be decided otherwise" in said.out
    assert "APP-001" in said.out and "agreement: met, then referred" in said.out
    document = desk.haven("law", "--change", change, "--json").document
    assert [(each["before"], each["after"]) for each in document["affected"]] == [("permit", "refer")]
    change.write_text("format = 1\n", encoding="utf-8")
    desk.haven("law", "--change", change).refused_plainly(2, "title")
    change.unlink()
    assert desk.held() == before
