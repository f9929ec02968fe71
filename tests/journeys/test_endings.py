"""What ends: a release given up, a body erased, a scope of pseudonyms destroyed. Each by an entry that says why."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from journeys_haven import Desk, listing
from journeys_starter import Starter

KILL = signal.SIGKILL


def types(desk: Desk) -> list[str]:
    return [each["type"] for each in desk.entries()]


def left_unfinished(desk: Desk, starter: Starter) -> str:
    """A release with a file of people that was killed before its key was given."""
    words = desk.arguments("release", desk.application("6-trial"), "--out", desk.path("packages", "6-trial"))
    ended = starter.run(words, said=desk.folder.parent / "said", watch=desk.folder, before="key.age", signal=KILL)
    assert ended.status == -KILL
    (id,) = desk.haven("status", "--json").document["unfinished"]
    return str(id)


def then_it_is_abandoned(desk: Desk, id: str) -> None:
    desk.assert_sound()
    assert types(desk).count("release_abandoned") == types(desk).count("identifiers_destroyed") == 1
    assert desk.haven("status", "--json").document["unfinished"] == []
    assert not list(desk.folder.rglob("key.age")), "its key was never given"
    assert listing(desk.home / "vault" / "cohorts") == set(), "the applicant's file of people is destroyed"
    assert listing(desk.home / "releases" / id) >= {"certificate-full.json", "destruction.json"}
    assert desk.haven("release", "--resume").out == "Finished: nothing was unfinished.\n"
    assert listing(desk.home / "work") == set()


def test_a_release_that_will_not_be_finished_is_abandoned(desk: Desk, starter: Starter) -> None:
    id = left_unfinished(desk, starter)
    before = desk.held()
    desk.haven("release", "--abandon", id).refused_plainly(2, "nothing says why", "--because")
    desk.haven("release", "--abandon", "APP-009.R1", "--because", "x").refused_plainly(2, "there is no release APP-009")
    assert desk.held() == before

    said = desk.haven("release", "--abandon", id, "--because", "the study has ended")

    assert said.status == 0 and "ask for it again" in said.out
    then_it_is_abandoned(desk, id)
    desk.haven("release", "--abandon", id, "--because", "again").refused_plainly(2, "abandoned already")


@pytest.mark.parametrize("at", [1, 4, 8, 12, 16, 20])
def test_abandoning_may_itself_be_killed_and_done_again(desk: Desk, starter: Starter, at: int) -> None:
    id = left_unfinished(desk, starter)
    words = ("release", "--abandon", id, "--because", "the study has ended")

    starter.run(desk.arguments(*words), said=desk.folder.parent / "said", watch=desk.folder, at=at, signal=KILL)

    desk.assert_sound()
    if "release_abandoned" not in types(desk):
        assert desk.haven(*words).status == 0
    assert desk.haven("release", "--resume").status == 0, "sweeps what is left"
    then_it_is_abandoned(desk, id)


def test_a_release_that_was_handed_over_is_not_abandoned(desk: Desk) -> None:
    assert desk.release("1-university").status == 0
    desk.haven("release", "--abandon", "APP-001.R1", "--because", "x").refused_plainly(2, "finished already")


def test_a_body_is_erased_and_nothing_of_it_is_left_in_the_records(desk: Desk) -> None:
    words = "words that only this application has"
    application = desk.application("3-insurer")
    application.write_text(application.read_text("utf-8").replace('title = "', f'title = "{words} ', 1), "utf-8")
    assert desk.haven("release", application, "--out", desk.path("packages", "3")).status == 3
    index = next(place for place, each in enumerate(desk.entries()) if each["type"] == "decided")
    assert any(words.encode() in path.read_bytes() for path in desk.home.glob("records.sqlite3*"))
    before = desk.held()
    desk.haven("log", "erase", index).refused_plainly(2, "application, decision, operator", "--because")
    desk.haven("log", "erase", 9999, "--body", "record", "--because", "x").refused_plainly(2, "no entry 9999")
    assert desk.held() == before

    assert desk.haven("log", "erase", index, "--body", "application", "--because", "asked by the applicant").status == 0

    assert not any(words.encode() in path.read_bytes() for path in desk.home.glob("records.sqlite3*"))
    assert desk.entries()[-1]["type"] == "body_erased"
    assert desk.haven("log", "fsck", "--json").document["erased"] == 1


@pytest.mark.parametrize("body", ["record", "settings"])
def test_what_the_haven_works_from_is_not_erased(desk: Desk, body: str) -> None:
    kind = {"record": "agreement_recorded", "settings": "settings_changed"}[body]
    index = max(place for place, each in enumerate(desk.entries()) if each["type"] == kind)
    before = desk.held()
    desk.haven("log", "erase", index, "--body", body, "--because", "x").refused_plainly(2, "in ")
    assert desk.held() == before


def scope_of(desk: Desk) -> str:
    assert desk.release("1-university").status == 0
    (each,) = desk.haven("scope", "list", "--json").document
    assert each["destroyed"] is False
    return str(each["scope"])


def secrets_of(desk: Desk) -> list[Path]:
    return list(desk.home.glob("keys/scopes/*.secret"))


VERIFIER = Path(__file__).parents[2] / "verifier" / "verify.py"


def then_its_certificate_is_shown_with_nothing_of_ours(desk: Desk, scope: str) -> None:
    """The log holds the entry, and the entry commits to the certificate: SHA-256 of a name, the salt and the words."""
    out = desk.path("certificate")
    said = desk.haven("scope", "certificate", scope, "--out", out)
    assert said.status == 0 and "because: the agreement has ended" in said.out and "not covered: copies" in said.out
    files = [out / "entry.json", out / "entry.tlog-proof", out / "log-key.txt"]
    shown = subprocess.run(
        [sys.executable, "-I", VERIFIER, "entry", *files], capture_output=True, text=True, check=True
    )
    assert f"holds it as entry {desk.entries()[-1]['index']} of" in shown.stdout
    certificate, salt = (out / "certificate.json").read_bytes(), base64.b64decode((out / "salt.txt").read_text())
    parts = (b"openhaven.log.commitment/1", salt, certificate)
    found = hashlib.sha256(b"".join(len(each).to_bytes(8, "big") + each for each in parts)).hexdigest()
    assert json.loads(files[0].read_bytes())["commitments"]["scope_destruction"] == found
    assert json.loads(certificate)["scope"] == scope
    desk.haven("scope", "certificate", scope, "--out", out).refused_plainly(2, "is in use")


def test_a_scope_is_destroyed_by_an_entry_and_its_pseudonyms_are_made_no_more(desk: Desk) -> None:
    scope = scope_of(desk)
    desk.haven("scope", "certificate", scope).refused_plainly(2, "is not destroyed")
    desk.haven("scope", "destroy", "nobody.none.1", "--because", "x").refused_plainly(2, "there is no scope")

    assert desk.haven("scope", "destroy", scope, "--because", "the agreement has ended").status == 0

    assert not secrets_of(desk) and types(desk)[-1] == "scope_destroyed"
    then_its_certificate_is_shown_with_nothing_of_ours(desk, scope)
    desk.haven("scope", "destroy", scope, "--because", "again").refused_plainly(2, "is destroyed already")
    assert "(destroyed)" in desk.haven("scope", "list").out
    again = desk.haven("release", desk.application("1-university"), "--out", desk.path("packages", "again"))
    again.refused_plainly(5, f"scope {scope} were destroyed", "new epoch")
    desk.assert_sound()


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_a_scope_that_the_log_says_is_destroyed_is(desk: Desk, starter: Starter, at: int) -> None:
    scope = scope_of(desk)
    words = desk.arguments("scope", "destroy", scope, "--because", "the agreement has ended")

    starter.run(words, said=desk.folder.parent / "said", watch=desk.folder, at=at, signal=KILL)

    desk.assert_sound()
    certified = desk.haven("scope", "certificate", scope).status == 0
    assert certified is ("scope_destroyed" in types(desk) and not secrets_of(desk)), "never of a secret that is there"
    assert desk.haven("release", "--resume").status == 0, "the next command that writes"
    assert ("scope_destroyed" in types(desk)) != bool(secrets_of(desk))


def test_an_id_with_a_dot_opens_no_scope_that_could_be_anothers(desk: Desk) -> None:
    paper = desk.paper("records", "40-agreement-001.toml", ('id = "DSA-001"', 'id = "DSA.001"'))
    assert desk.haven("record", "agreement", paper).status == 0
    answered = desk.release("1-university", ('agreement = "DSA-001"', 'agreement = "DSA.001"'))
    answered.refused_plainly(2, "the id DSA.001 holds a dot", "under an id without a dot")
    assert not secrets_of(desk) and not desk.path("packages", "1-university").exists()


def test_a_file_of_people_that_was_taken_in_for_nothing_is_named_and_destroyed(desk: Desk, starter: Starter) -> None:
    """Its release broke before the log held it: nothing is unfinished, and the file would lie there for ever."""
    words = desk.arguments("release", desk.application("6-trial"), "--out", desk.path("packages", "6-trial"))
    ended = starter.run(words, said=desk.folder.parent / "said", watch=desk.folder, before="state.json", signal=KILL)
    assert ended.status == -KILL and listing(desk.home / "vault" / "cohorts") == {"APP-006.csv"}
    status = desk.haven("status", "--json").document
    assert status["unfinished"] == [] and status["people_files"] == ["APP-006"]
    assert "A FILE OF PEOPLE WAITS: APP-006" in desk.haven("status").out

    said = desk.haven("release", "--abandon", "APP-006", "--because", "the study was given up", "--json")

    assert said.status == 0 and said.document["destroyed"]["how"].startswith("overwritten once")
    assert listing(desk.home / "vault" / "cohorts") == set() and types(desk)[-1] == "identifiers_destroyed"
    assert desk.haven("status", "--json").document["people_files"] == []
    desk.haven("release", "--abandon", "APP-006", "--because", "again").refused_plainly(2, "no file of people")
    desk.release("6-trial").refused_plainly(2, "ask the applicant to send it again")
    desk.assert_sound()
