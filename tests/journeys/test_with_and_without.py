"""One file with the people who opted out and one without, or one legal basis beside another: what the second release
says, and the three ways in which a refresh goes on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from journeys_haven import Answered, Desk

from openhaven.demo.national_check import answer_question
from openhaven.haven import open_haven
from openhaven.records import reads

AUDIT, SURVEILLANCE = "2-cancer-audit", "4-health-protection"
ACCEPTED = ("--accepted-by", "A. Okafor, Caldicott Guardian", "--because", "Both are needed, and the risk is small")
APART = ("sex", "discharge_date", "procedure")  # what the audit asks for and the surveillance does not hold
MIDDLE, AFTER, BEFORE = "2023-12-31", "2024-01-01", "2023-01-01"


def released(desk: Desk, name: str, out: str, *options: str) -> Answered:
    return desk.haven("release", desk.application(name), "--out", desk.path("packages", out), *options)


def accepting(said: Answered) -> tuple[str, ...]:
    found = re.search(r"--accept-exposed (\d+)", said.err)
    assert found, said
    return ("--accept-exposed", found[1], *ACCEPTED)


def recorded(desk: Desk, kind: str, name: str, *changes: tuple[str, str]) -> None:
    said = desk.haven("record", kind, desk.paper("records", name, *changes))
    assert said.status == 0, said


@pytest.fixture
def combined(desk: Desk) -> Desk:
    """The audit, which leaves out who opted out, is about the same diagnoses as the surveillance, which leaves out
    nobody, and is kept where the surveillance is."""
    cohort = ('values = ["C"]', 'values = ["A", "B"]')
    together = ('storage = ["CANCER-AUDIT"]', 'storage = ["CANCER-AUDIT", "HEALTH-PROTECTION"]')
    recorded(desk, "agreement", "40-agreement-002.toml", cohort, together)
    desk.application(AUDIT, cohort)
    assert released(desk, SURVEILLANCE, "surveillance").status == 0
    return desk


def only_what_surveillance_has(desk: Desk) -> None:
    """The audit asks for fewer fields."""
    path = desk.path("applications", f"{AUDIT}.toml")
    parts = re.split(r"(?=\[\[)", path.read_text("utf-8"))
    path.write_text("".join(each for each in parts if not any(f'"{name}"' in each for name in APART)), "utf-8")


def some_more_opt_out(desk: Desk) -> None:
    question, reply = desk.path("question-later.dat"), desk.path("reply-later.dat")
    assert desk.haven("optouts", "ask", question).status == 0
    asked = [line.split(",")[0] for line in question.read_text("ascii").splitlines()]
    answer_question(question, reply, opted_out=tuple(asked[::30]))
    assert desk.haven("optouts", "load", reply).status == 0


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.iterdir())


# two legal bases at one recipient


def test_two_legal_bases_at_one_recipient_are_referred_to_a_person(combined: Desk) -> None:
    before = combined.held()
    said = released(combined, AUDIT, "audit")
    said.refused_plainly(
        4, "on another legal basis", "release APP-004.R1", "that they opted out", "A named person decides"
    )
    assert not combined.path("packages", "audit").exists()
    assert combined.held().files == before.files
    assert "released" not in [each["type"] for each in combined.entries()[-1:]]
    combined.assert_sound()


def test_what_was_referred_goes_on_when_a_named_person_accepts_it(combined: Desk) -> None:
    options = accepting(released(combined, AUDIT, "audit"))
    said = released(combined, AUDIT, "audit", *options)
    assert said.status == 0, said
    open_haven(combined.home, operator="the tests")
    found = reads.release("APP-002.R1")
    assert found is not None
    memory = reads.memory(found.index) or {}
    assert memory["accepted"]["exposed"] == int(options[1])
    assert [each["kind"] for each in memory["exposed"]] == ["two legal bases at one recipient"]
    public = combined.path("packages", "audit", "certificate.json").read_text("utf-8")
    assert "Okafor" not in public and "opted out" in public


def test_what_was_referred_is_free_once_the_former_file_is_destroyed(combined: Desk) -> None:
    assert released(combined, AUDIT, "audit").status == 4
    destroyed(combined, "APP-004.R1")
    assert released(combined, AUDIT, "audit").status == 0


def test_at_recipients_who_cannot_combine_them_both_leave(desk: Desk) -> None:
    cohort = ('values = ["C"]', 'values = ["A", "B"]')
    recorded(desk, "agreement", "40-agreement-002.toml", cohort)
    desk.application(AUDIT, cohort)
    assert released(desk, SURVEILLANCE, "surveillance").status == 0
    assert released(desk, AUDIT, "audit").status == 0


# recipients who share a storage site


@pytest.fixture
def stored_together(desk: Desk) -> Desk:
    """The audit and the surveillance are about the same diagnoses, and the university stores both."""
    cohort = ('values = ["C"]', 'values = ["A", "B"]')
    for number, whose in ((2, "CANCER-AUDIT"), (4, "HEALTH-PROTECTION")):
        together = (f'storage = ["{whose}"]', f'storage = ["{whose}", "UNIVERSITY"]')
        recorded(desk, "agreement", f"40-agreement-00{number}.toml", *([cohort] if number == 2 else []), together)
    desk.application(AUDIT, cohort)
    assert released(desk, SURVEILLANCE, "surveillance").status == 0
    return desk


def test_what_one_organisation_stores_for_two_is_referred_and_never_stopped(stored_together: Desk) -> None:
    said = released(stored_together, AUDIT, "audit")
    said.refused_plainly(4, "one organisation processes or stores both", "they opted out", "A named person decides")
    only_what_surveillance_has(stored_together)
    said = released(stored_together, AUDIT, "audit")
    said.refused_plainly(4, "one organisation processes or stores both")
    assert released(stored_together, AUDIT, "audit", *accepting(said)).status == 0


def test_how_many_they_must_share_is_a_setting(stored_together: Desk) -> None:
    toml = stored_together.home / "haven.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[policy.numbers]\nshared-holders = 2\n", "utf-8")
    assert released(stored_together, AUDIT, "audit").status == 0


# the same content with and without


def test_the_same_content_with_and_without_objectors_stops_and_nobody_can_accept_it(combined: Desk) -> None:
    only_what_surveillance_has(combined)
    said = released(combined, AUDIT, "audit")
    said.refused_plainly(5, "the same content with other opt-outs applied", "haven destroyed APP-004.R1")
    assert "--accept-exposed" not in said.err
    for number in ("1", "5"):
        again = released(combined, AUDIT, "audit", "--accept-exposed", number, *ACCEPTED)
        again.refused_plainly(5, "the same content with other opt-outs applied")
    assert not combined.path("packages", "audit").exists()
    combined.assert_sound()


def test_with_and_without_goes_on_once_the_file_with_them_is_destroyed(combined: Desk) -> None:
    only_what_surveillance_has(combined)
    assert released(combined, AUDIT, "audit").status == 5
    destroyed(combined, "APP-004.R1")
    assert released(combined, AUDIT, "audit").status == 0


def destroyed(desk: Desk, release: str) -> None:
    paper = desk.path("destroyed.txt")
    paper.write_text("We destroyed the file and every copy.\n", "utf-8")
    said = desk.haven("destroyed", release, "--certificate", paper, "--said-by", "R. Ahmed, data manager")
    assert said.status == 0, said


# the three ways of a refresh


@pytest.fixture
def refreshed(desk: Desk) -> Answered:
    """A file of the first periods left, some opt out, and the same is asked for again."""
    desk.path("applications", "first.toml").write_text(until(desk, MIDDLE, "to"), "utf-8")
    assert released(desk, "first", "first").status == 0
    some_more_opt_out(desk)
    said = released(desk, "first", "again")
    said.refused_plainly(5, "There are three ways")
    return said


def until(desk: Desk, day: str, test: str) -> str:
    """The audit's application, of admissions `to` or `from` a day."""
    text = desk.path("applications", f"{AUDIT}.toml").read_text("utf-8")
    return f'{text}\n[[cohort]]\nfield = "admission_date"\ntest = "{test}"\nvalues = ["{day}"]\n'


def test_new_periods_only_leave_without_a_word(desk: Desk, refreshed: Answered) -> None:
    desk.path("applications", "next.toml").write_text(until(desk, AFTER, "from"), "utf-8")
    assert released(desk, "next", "next").status == 0
    assert names(desk.path("packages")) == ["first", "next"]


def test_a_period_that_reaches_back_stops_again(desk: Desk, refreshed: Answered) -> None:
    desk.path("applications", "next.toml").write_text(until(desk, BEFORE, "from"), "utf-8")
    released(desk, "next", "next").refused_plainly(5, "New periods only")


def test_full_replacement_leaves_once_the_former_file_is_destroyed(desk: Desk, refreshed: Answered) -> None:
    destroyed(desk, "APP-002.R1")
    assert released(desk, "first", "again").status == 0
    desk.assert_sound()


def test_a_named_person_accepts_the_number_and_the_certificate_says_it(desk: Desk, refreshed: Answered) -> None:
    options = accepting(refreshed)
    released(desk, "first", "again", "--accept-exposed", "100000", *ACCEPTED).refused_plainly(2, "are exposed")
    assert released(desk, "first", "again", *options).status == 0
    face = json.loads((desk.home / "releases" / "APP-002.R2" / "certificate-full.json").read_text("utf-8"))
    assert any(f"of {options[1]} people that they opted out" in line for line in face["says"])
