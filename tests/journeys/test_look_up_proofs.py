"""An auditor is given the proof of one look-up: the private log holds it, as the public one says. No name is in it."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from journeys_haven import Desk

from openhaven.haven import init_haven, open_haven
from openhaven.haven.looking import look_up
from openhaven.haven.toml import first_settings
from openhaven.log import parse_verifier_key
from openhaven.log.look_up_proof import verify_look_up_proof
from openhaven.records.kept import Looked

VERIFIER = Path(__file__).parents[2] / "verifier" / "verify_look_up.py"
BECAUSE = ("--because", "the auditor asked")
WHY, NUMBER = "she asked [by letter]", "9990000018"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A haven of five days ago, whose records somebody looked at the day after; since then its period has ended."""
    now = dt.datetime.now(dt.UTC)
    toml = first_settings(operator="Test", origin="test.example", contact="1 Mill Lane", demo=True)
    made = init_haven(tmp_path / "haven", toml=toml, operator="the tests", clock=lambda: now - dt.timedelta(days=5))
    (tmp_path / "trust.txt").write_text(f"{made.signing_key}\n{made.log_key}\n", "utf-8")
    curious = open_haven(made.folder, operator="Dr Curious", clock=lambda: now - dt.timedelta(days=4))
    look_up(curious, Looked.PERSON, of="my-uses", why=WHY, nhs_number=NUMBER)
    open_haven(made.folder, operator="the tests", clock=lambda: now - dt.timedelta(days=2)).act()
    return Desk(tmp_path)


@pytest.fixture
def index(desk: Desk) -> int:
    found = desk.haven("log", "looked", *BECAUSE, "--json").document
    return next(each["index"] for each in found if each["operator"] == "Dr Curious")


def checked(proof: Path, key: str) -> tuple[int, str]:
    """What the auditor's own file says, in a process that knows nothing of ours."""
    words = [sys.executable, "-I", str(VERIFIER), str(proof), key]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_one_look_up_is_proven_and_neither_who_looked_nor_whose_record_it_was_is_told(desk: Desk, index: int) -> None:
    key, proof = desk.path("trust.txt").read_text("utf-8").splitlines()[1], desk.path("look-up.json")

    assert desk.haven("log", "prove", index, "--private", *BECAUSE, "--out", proof).status == 0

    text = proof.read_text("utf-8")
    shown = verify_look_up_proof(text, log=parse_verifier_key(key))
    assert (shown.look_up["what"], shown.look_up["why"], shown.index) == (str(Looked.PERSON), WHY, index)
    assert "Curious" not in text and "the tests" not in text and NUMBER not in text
    status, said = checked(proof, key)
    assert (
        status == 0 and f"somebody: {Looked.PERSON}, at {shown.look_up['at']}" in said and f"entry {index} of" in said
    ), said
    last = desk.haven("log", "looked", *BECAUSE, "--json").document[-2]
    assert last["look_up"]["of"] == f"the proof of look-up {index}", "to prove it is a look-up too"
    assert desk.haven("log", "fsck").status == 0


def test_another_look_up_another_key_and_another_head_are_not_shown(desk: Desk, index: int) -> None:
    key, proof = desk.path("trust.txt").read_text("utf-8").splitlines()[1], desk.path("look-up.json")
    assert desk.haven("log", "prove", index, "--private", *BECAUSE, "--out", proof).status == 0
    plain = json.loads(proof.read_text("utf-8"))
    said = json.loads(plain["look_up"])
    for changed in (
        {"look_up": json.dumps(said | {"why": "for research"})},
        {"head": plain["head"].replace('"size":', '"size":1')},
        {"index": plain["index"] + 1},
        {"index": True},
        {"entry": plain["public_entry"]},
        {"log_proof": plain["log_proof"][:-9]},
        {"format": "openhaven.log.look-up-proof/2"},
    ):
        proof.write_text(json.dumps(plain | changed), "utf-8")
        status, told = checked(proof, key)
        assert status == 6 and told.startswith("not shown: ") and told.count("\n") == 1, (changed, told)
    proof.write_text(json.dumps(plain), "utf-8")
    assert checked(proof, key)[0] == 0
    assert checked(proof, desk.path("trust.txt").read_text("utf-8").splitlines()[0])[0] == 6
    assert checked(desk.path("nothing.json"), key)[0] == 6


def test_a_proof_that_cannot_be_written_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.path("proof.txt").write_text("an older one")
    with monkeypatch.context() as full:
        full.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        desk.haven("log", "prove", 0, "--out", desk.path("proof.txt")).refused_plainly(1, "No space left", "room")
    assert desk.path("proof.txt").read_text() == "an older one" and not list(desk.folder.glob(".*"))
    for place, says in ((desk.folder, "is a directory"), (desk.path("no", "proof.txt"), "there is no such folder")):
        desk.haven("log", "prove", 0, "--out", place).refused_plainly(2, says)


def test_an_auditor_can_have_every_entry_of_a_period_and_sees_which_only_fill(desk: Desk, index: int) -> None:
    key, proof = desk.path("trust.txt").read_text("utf-8").splitlines()[1], desk.path("look-up.json")
    assert desk.haven("log", "prove", index + 1, "--private", *BECAUSE, "--out", proof).status == 0
    assert verify_look_up_proof(proof.read_text("utf-8"), log=parse_verifier_key(key)).look_up == {}
    status, said = checked(proof, key)
    assert status == 0 and said.startswith(f"looked: nobody: the entry only fills the log; entry {index + 1} of"), said


def test_what_cannot_be_proven_is_said(desk: Desk, index: int) -> None:
    def prove(at: int, *more: str) -> tuple[object, ...]:
        return "log", "prove", at, "--private", *more

    desk.haven(*prove(index)).refused_plainly(2, "nothing says why")
    desk.haven(*prove(index, "--because", f"for {NUMBER}")).refused_plainly(2, "NHS number")
    for nowhere in (10**6, 2**63 - 1):
        desk.haven(*prove(nowhere, *BECAUSE)).refused_plainly(2, "this is no look-up")
    for words in (prove(10**30, *BECAUSE), ("log", "prove", 10**30), ("log", "erase", 10**30, "--private")):
        desk.haven(*words).refused_plainly(2, "is not in the range")
    new = desk.haven("log", "looked", *BECAUSE, "--json").document[-1]["index"]
    desk.haven(*prove(new, *BECAUSE)).refused_plainly(2, "no head of the private one since this look-up", "Ask again")
    erase = ("log", "erase", index, "--private", "--body", "look_up", "--because", "it named a person")
    assert desk.haven(*erase).status == 0
    desk.haven(*prove(index, *BECAUSE)).refused_plainly(2, "it was erased")
