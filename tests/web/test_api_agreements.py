"""Given tokens, when programs work with agreements and incidents, then all goes as it does on the pages; what a person
signs, certifies or decides is refused with the place where they do; and of patients no more is told than a number."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from applying import act, answers_of, send, submitted
from by_http import Answer
from by_token import SCRIPT, Program, tokens

sys.path.insert(0, str(Path(__file__).parents[1] / "casework"))

import cedar_cases
import cedar_incidents

ACTS = {
    "draw-up": "draw up the agreement",
    "sign": "sign for the recipient",
    "countersign": "sign for the haven",
    "extend": "propose a longer term",
    "amend": "ask for an amendment",
    "suspend": "suspend",
    "lift": "lift the suspension",
    "end": "end",
    "chase": "ask for the destruction",
    "destroy": "certify the destruction",
    "destroyed": "record the destruction",
}
DEEDS = {
    "add": "add what is known",
    "contain": "say that it is contained",
    "freeze": "freeze",
    "regulator": "tell the Commissioner",
    "no-regulator": "decide not to tell the Commissioner",
    "controllers": "tell the controllers",
    "people": "decide whether people are told",
    "sanction": "take a step against the organisation",
    "lessons": "write down the lessons",
    "close": "close",
}
"""What each act of a page is in the tables."""

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "sig": [["signatory", "UNIVERSITY"]],
    "els": [["signatory", "INSURER"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
    "con": [["staff of a controller", "aldermoor"]],
    "tied": [["case officer", ""], ["applicant", "UNIVERSITY"]],
}
APPLIES, APART, GIVES = "of the organisation that applies", "no part in it", "of an organisation whose data it is"
TIES = {"ann": "wrote it", "sig": APPLIES, "els": APART, "olu": APART, "una": APART, "sir": APART, "con": GIVES,
        "tied": APPLIES}  # fmt: skip
SCOPES = ("agreements", "agree", "incidents", "report", "requests")
NUMBER, WORDS = "9990000018", "Everything about my stay in March"
SOON = dt.date.today() + dt.timedelta(days=90)


@pytest.fixture(scope="module")
def programs(home, address, people) -> dict[str, Program]:
    """A program of everybody's, with every scope for agreements, incidents and requests."""
    found = tokens(home, [f"{name}@example.org" for name in PEOPLE], *SCOPES)
    return {name: Program(address, found[f"{name}@example.org"]) for name in PEOPLE}


@pytest.fixture(scope="module")
def case(people, small_demo) -> str:
    """A case that was approved."""
    asked = answers_of(small_demo.folder / "applications" / "1-university.toml")
    asked |= {"agreement": {"agreement": ""}, "period": {"starts": "2026-11-01", "ends": "2040-11-30"}}
    id = submitted(people["ann"], "UNIVERSITY", asked)
    for name, step, typed in (
        ("olu", "check", {}),
        ("olu", "advisers", {}),
        ("una", "opinion", {"says": "supports", "text": "Sound."}),
        ("olu", "minute", {"says": "supports", "text": "All agree.", "conditions": ""}),
        ("sir", "approve", {"text": "Worth it.", "conditions": ""}),
    ):
        assert act(people[name], id, step, **typed).status == 302, step
    return id


def does(program: Program, case: str, name: str, *, version: int | None = None, **typed: str) -> Answer:
    """One act under the version that the program saw last."""
    if version is None:
        version = program("GET", f"/agreements/{case}").document["version"]
    body = {"version": version, "typed": {key.replace("_", "-"): [value] for key, value in typed.items()}}
    return program("POST", f"/agreements/{case}/acts/{name}", body)


def allowed(name: str, action: str, state: str, *, by_program: bool) -> bool:
    """What Cedar says of a person, by any of their posts."""
    tried = [(role, TIES[name], action, state, False) for role, _ in PEOPLE[name]]
    return any(cedar_cases.allowed(tried, by_program=by_program))


def hold_to_cedar(programs: Mapping[str, Program], case: str, state: str) -> None:
    """Everybody reads, and may do, what Cedar says of this state. Nothing is done: no version is named that is."""
    for name, program in programs.items():
        reads = [
            allowed(name, each, state, by_program=True) for each in ("read the agreement", "draw up the agreement")
        ]
        seen = program("GET", f"/agreements/{case}")
        assert seen.status == (200 if any(reads) else 404), (name, state)
        if seen.status == 404:
            assert program("GET", f"/agreements/{case}/acts").status == 404
            continue
        assert seen.document["state"] == state
        open_to = {each["name"] for each in program("GET", f"/agreements/{case}/acts").document}
        assert open_to == {each for each in ACTS if allowed(name, ACTS[each], state, by_program=True)}, name
        for each in set(ACTS) - open_to:
            told = does(program, case, each, version=10**6)
            assert told.status == 403, (name, each)
            by_hand = allowed(name, ACTS[each], state, by_program=False)
            assert (f"/agreements/{case}/do/{each}" in told.document["what"]) == by_hand, (name, each)


def signs(who: Any, case: str, name: str) -> None:
    assert send(who, f"/agreements/{case}/do/{name}", {"read": ["yes"]}).status == 302


def test_a_program_draws_up_stops_ends_and_chases_and_people_sign(programs, people, case) -> None:
    olu = programs["olu"]
    hold_to_cedar(programs, case, "approved")
    wrong = does(olu, case, "draw-up", days="x", charge="", charge_for="")
    assert wrong.status == 422 and "the days" in wrong.document["what"]
    drawn = does(olu, case, "draw-up", days="30", charge="", charge_for="")
    assert drawn.status == 200 and drawn.document["state"] == "agreement", drawn.text
    (version,) = drawn.document["versions"]
    words = olu("GET", f"/agreements/{case}/versions/1").document
    assert words["sha256"] == version["sha256"] and words["terms"]["recipient"] == "UNIVERSITY" and words["clauses"]
    assert olu("GET", f"/agreements/{case}/versions/2").status == 404
    hold_to_cedar(programs, case, "agreement")
    assert programs["sig"]("GET", f"/agreements/{case}").document["waits"] is True
    signs(people["sig"], case, "sign")
    signs(people["sir"], case, "countersign")
    seen = programs["sig"]("GET", f"/agreements/{case}").document
    assert seen["state"] == "in force" and seen["terms"]["id"] == seen["id"] and seen["ends"] == seen["terms"]["ends"]
    assert {each["side"] for each in seen["versions"][0]["signatures"]} == {"the recipient", "the haven"}
    hold_to_cedar(programs, case, "in force")
    assert does(olu, case, "suspend", version=0, text="x").status == 409, "it is another by now"
    assert does(olu, case, "suspend", text="").status == 422
    assert does(olu, case, "suspend", text="A condition was not kept.").document["state"] == "suspended"
    assert send(people["sir"], f"/agreements/{case}/do/lift", {"text": ["It is kept."]}).status == 302
    begun = does(programs["ann"], case, "amend")
    assert begun.status == 200 and len(begun.document["amendments"]) == 1
    assert olu("GET", f"/agreements/{case}").document["amendments"] == [], "a draft is known to those who apply alone"
    assert "An amendment:" not in people["olu"].get(f"/agreements/{case}").text
    assert does(olu, case, "end", text="The study is over.").document["state"] == "ended"
    hold_to_cedar(programs, case, "ended")
    assert does(olu, case, "chase", text="").status == 422
    assert does(olu, case, "chase", text="A letter to their signatory, today.").status == 200
    assert "A letter to their signatory" in people["sig"].get(f"/agreements/{case}").text
    early = does(olu, case, "destroyed")
    assert early.status == 422 and "does not cover everything" in early.document["what"]
    today = dt.date.today()
    typed = {"how": ["Wiped."], "backups": ["yes"], "holders": ["UNIVERSITY"], "left": [""]}
    typed |= {f"done-{part}": [str(getattr(today, part))] for part in ("day", "month", "year")}
    assert send(people["sig"], f"/agreements/{case}/do/destroy", typed).status == 302
    assert "look at it" in does(olu, case, "chase", text="Again.").document["what"]
    assert does(olu, case, "destroyed").document["state"] == "destroyed"


def test_lists_are_by_state_and_hold_just_what_may_be_read(programs, case) -> None:
    assert case in [each["case"] for each in programs["olu"]("GET", "/agreements").document]
    assert programs["els"]("GET", "/agreements").document == []
    for state, there in (("in force", False), ("destroyed", True)):
        found = programs["olu"]("GET", f"/agreements?state={state.replace(' ', '%20')}").document
        assert (case in [each["case"] for each in found]) == there
    assert programs["olu"]("GET", "/agreements?state=odd").status == 422
    assert programs["olu"]("GET", "/agreements?start=99").document == []
    assert programs["olu"]("GET", "/agreements/due").status == 200
    assert programs["olu"]("GET", "/approvals/due").status == 200
    assert programs["ann"]("GET", "/approvals/due").status == 403


def reported(program: Program, **more: str) -> Answer:
    known = dt.datetime.now(dt.UTC) - dt.timedelta(hours=5)
    said = {"title": "A laptop was lost", "text": "On a train.", "known": known.isoformat(), **more}
    return program("POST", "/incidents", said)


def tell(program: Program, id: str, name: str, *, version: int | None = None, **typed: Any) -> Answer:
    if version is None:
        version = program("GET", f"/incidents/{id}").document["version"]
    given = {key: each if isinstance(each, list) else [each] for key, each in typed.items()}
    return program("POST", f"/incidents/{id}/acts/{name}", {"version": version, "typed": given})


def test_a_program_reports_an_incident_and_a_person_decides(programs) -> None:
    told = reported(programs["ann"], about="UNIVERSITY", dataset="episodes")
    assert told.status == 201 and told.document["stage"] == "reported" and not told.document["settled"], told.text
    id = told.document["id"]
    ties = dict.fromkeys(PEOPLE, APART) | dict.fromkeys(("ann", "sig", "tied"), "of the organisation that it is about")
    ties["con"] = GIVES
    for name, program in programs.items():
        roles = [role for role, _ in PEOPLE[name]]

        def may(deed: str, *, by: bool = True, roles: list[str] = roles, tie: str = ties[name]) -> bool:
            return any(cedar_incidents.allowed([(role, tie, deed, "reported") for role in roles], by_program=by))

        assert program("GET", f"/incidents/{id}").status == (200 if may("read") else 404), name
        if not may("read"):
            continue
        open_to = {each["name"] for each in program("GET", f"/incidents/{id}/acts").document}
        assert open_to == {each for each in DEEDS if may(DEEDS[each])}, name
        for each in set(DEEDS) - open_to:
            refused = tell(program, id, each, version=10**6, text="x")
            assert refused.status == 403
            assert (f"/incidents/{id}/do/{each}" in refused.document["what"]) == may(DEEDS[each], by=False)
    olu = programs["olu"]
    assert tell(olu, id, "add", version=9, text="More.").status == 409
    assert tell(olu, id, "controllers", chosen=["nobody"], text="x").status == 422
    assert tell(olu, id, "contain", text="It was wiped from afar.").document["stage"] == "contained"
    letter = tell(olu, id, "regulator", text="By letter of today, reference IC-1.").document
    assert letter["settled"] is True and "the Commissioner is told" not in " ".join(letter["missing"])
    every = ["aldermoor", "brackenfield", "carrowdale"]
    assert tell(olu, id, "controllers", chosen=every, text="By letter.").status == 200
    assert id in [each["id"] for each in olu("GET", "/incidents?stage=contained").document]
    assert id not in [each["id"] for each in olu("GET", "/incidents?stage=closed").document]


@pytest.mark.parametrize(
    "more",
    [{"text": ""}, {"title": "x" * 200}, {"known": "2099-01-01T00:00:00Z"}, {"known": "2026-01-01T00:00:00"},
     {"about": "nobody"}, {"text": "of 999 000 0018"}, {"known": "0001-01-01T00:00:00Z"}],
)  # fmt: skip
def test_a_report_that_says_nothing_or_too_much_is_not_taken(programs, more) -> None:
    before = len(programs["olu"]("GET", "/incidents").document)
    assert reported(programs["ann"], **more).status == 422
    assert len(programs["olu"]("GET", "/incidents").document) == before


def test_of_a_patients_request_a_number_and_its_clock_are_told_and_nothing_else(programs, home) -> None:
    made = subprocess.run([sys.executable, SCRIPT, home, "ask", NUMBER, WORDS], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    told = programs["olu"]("GET", "/requests")
    (found,) = [each for each in told.document if each["number"] == int(made.stdout)]
    assert set(found) == {"number", "stage", "received", "due", "late"} and found["due"] and not found["late"]
    assert NUMBER not in told.text and "March" not in told.text and "copy" not in told.text
    for name in ("ann", "sig", "con", "una", "sir"):
        assert programs[name]("GET", "/requests").status == 403, name


def test_a_token_does_just_what_it_was_made_for(home, address, programs, case) -> None:
    reads = Program(address, tokens(home, ["olu@example.org"], "agreements", "incidents")["olu@example.org"])
    assert reads("GET", f"/agreements/{case}").status == 200 and reads("GET", "/incidents").status == 200
    assert does(reads, case, "end", text="x").status == 403
    assert reported(reads).status == 403 and reads("GET", "/requests").status == 403
    writes = Program(address, tokens(home, ["olu@example.org"], "write", "cases")["olu@example.org"])
    assert writes("GET", "/agreements").status == 403 and does(writes, case, "end", version=1).status == 403
