"""Given the commands for agreements, incidents and proxies, when somebody acts by them, then it is done as on the
pages, by the posts of an account; it is entered who typed it, and nothing is signed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
pytestmark = pytest.mark.xdist_group("letters")
OLU, SIR, ANN = ("--as", "olu@desk"), ("--as", "sir@desk"), ("--as", "ann@desk")
NUMBER, OTHER = "9990000018", "9990000026"
Told = dict[str, Any]


@pytest.fixture(scope="module")
def home(small_demo, tmp_path_factory) -> Path:
    """A haven of these tests' own."""
    folder = tmp_path_factory.mktemp("commands") / "haven"
    shutil.copytree(small_demo.haven, folder)
    return folder


@pytest.fixture(scope="module")
def cases(home, small_demo) -> dict[str, str]:
    """A case whose agreement is in force, and one that was approved."""
    file = small_demo.folder / "applications" / "1-university.toml"
    command = [sys.executable, HERE / "agreements_script.py", home, file, "one-in-force-one-approved"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def haven(home) -> Callable[[Sequence[Sequence[str]]], list[Told]]:
    """Commands, one after the other."""

    def run(commands: Sequence[Sequence[str]]) -> list[Told]:
        done = subprocess.run(
            [sys.executable, HERE / "commands_script.py", home],
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: list[Told] = json.loads(done.stdout)
        assert not any("Traceback" in each["err"] for each in found), found
        return found

    return run


def test_an_agreement_is_drawn_up_stopped_and_ended_by_commands_and_signed_by_none(haven, cases) -> None:
    old, new = cases["in force"], cases["approved"]
    listed, drawn, shown, no_post, unknown, nobody, suspended, ended, chased, again = haven([
        ("agreement", "list", *OLU, "--state", "in force", "--json"),
        ("agreement", "draw", new, *OLU, "--days", "45", "--charge", "300", "--charge-for", "A day's work", "--json"),
        ("agreement", "show", new, *OLU),
        ("agreement", "draw", new, *ANN),
        ("agreement", "show", "CASE-NONE", *OLU),
        ("agreement", "end", old, "--as", "nobody@desk", "--because", "x"),
        ("agreement", "suspend", old, *OLU, "--because", "A condition was not kept.", "--json"),
        ("agreement", "end", old, *SIR, "--because", "The study is over.", "--json"),
        ("agreement", "chase", old, *OLU, "--because", "A letter of today.", "--json"),
        ("agreement", "suspend", old, *OLU, "--because", "Again."),
    ])  # fmt: skip
    assert [each["case"] for each in json.loads(listed["out"])] == [old]
    made = json.loads(drawn["out"])
    assert made["state"] == "agreement" and len(made["versions"]) == 1 and made["versions"][0]["signatures"] == []
    assert "version 1, the first version: signed by nobody yet" in shown["out"]
    assert no_post["status"] == 2 and "no agreement of" not in no_post["err"], "an applicant reads it"
    assert "no post that lets you do this" in no_post["err"]
    assert unknown["status"] == 2 and "there is no agreement of CASE-NONE" in unknown["err"]
    assert nobody["status"] == 2 and "no account" in nobody["err"]
    assert [json.loads(each["out"])["state"] for each in (suspended, ended, chased)] == ["suspended", "ended", "ended"]
    assert again["status"] == 2 and "the case is ended" in again["err"]
    help_, misspelt = haven([("agreement", "--help"), ("agreement", "list", *OLU, "--state", "in-force")])
    assert misspelt["status"] == 2 and "in force, suspended" in misspelt["err"], "not: there is none"
    assert "sign " not in help_["out"] and "countersign" not in help_["out"]


def test_an_incident_is_reported_listed_and_closed_only_when_all_is_settled(haven, cases) -> None:
    report = ("incident", "report", *OLU, "--title", "A laptop was lost", "--text", "On a train.")
    at = ("--known", "2026-11-01T14:30")
    made, strange, ahead, listed = haven([
        (*report, *at, "--dataset", "episodes", "--json"),
        (*report, *at, "--about", "NOBODY"),
        (*report, "--known", "2099-01-01T00:00"),
        ("incident", "list", *OLU, "--open", "--json"),
    ])  # fmt: skip
    found = json.loads(made["out"])
    assert found["stage"] == "reported" and found["known"].startswith("2026-11-01T14:30")
    assert strange["status"] == 2 and "there is no organisation 'NOBODY' on record" in strange["err"]
    assert ahead["status"] == 2 and "in the future" in ahead["err"]
    assert [each["id"] for each in json.loads(listed["out"])] == [found["id"]]
    shown, early, not_yours, hidden = haven([
        ("incident", "show", found["id"], *OLU),
        ("incident", "close", found["id"], *SIR, "--because", "Done."),
        ("incident", "close", found["id"], *OLU, "--because", "Done."),
        ("incident", "show", found["id"], *ANN),
    ])  # fmt: skip
    assert "missing: the controllers are told" in shown["out"] and "report, olu" in shown["out"]
    assert early["status"] == 2 and "You cannot close here" in early["err"], "it is not contained yet"
    assert not_yours["status"] == 2 and hidden["status"] == 2 and "there is no incident" in hidden["err"]


def test_what_is_done_about_an_incident_is_written_down_by_commands_and_nothing_is_decided(haven, cases) -> None:
    report = ("incident", "report", *OLU, "--title", "A letter went astray", "--text", "To another street.", "--json")
    (made,) = haven([(*report, "--known", "2026-11-01T14:30", "--dataset", "episodes")])
    id = json.loads(made["out"])["id"]
    add = ("incident", "add", id)
    more, kept, few, told, lessons, twice, theirs, decided, shown = haven([
        (*add, "known", *OLU, "--text", "One letter."),
        (*add, "contained", *OLU, "--text", "It came back unopened.", "--json"),
        (*add, "controllers-told", *OLU, "--text", "By telephone."),
        (*add, "commissioner-told", *OLU, "--text", "IC-1, by Olu."),
        (*add, "lessons", *OLU, "--text", "Two people look at an address."),
        (*add, "contained", *OLU, "--text", "Again."),
        (*add, "known", *ANN, "--text", "It was me."),
        (*add, "freeze", *OLU, "--text", "All."),
        ("incident", "show", id, *OLU, "--json"),
    ])  # fmt: skip
    assert more["status"] == 0, more["err"]
    assert json.loads(kept["out"])["stage"] == "contained"
    assert few["status"] == 2 and "not told yet" in few["err"]
    assert (told["status"], lessons["status"]) == (0, 0), (told["err"], lessons["err"])
    assert twice["status"] == 2 and theirs["status"] == 2 and "there is no incident" in theirs["err"]
    assert decided["status"] == 2 and "freeze" in decided["err"]
    assert len(json.loads(shown["out"])["missing"]) == 2, "the controllers, and whether people are told"
    names = re.sub(r",| and", "", few["err"].partition("not told yet ")[2]).split()
    controllers = [word for each in names for word in ("--told", each)]
    (all_told,) = haven([(*add, "controllers-told", *OLU, "--text", "By telephone.", *controllers, "--json")])
    assert all_told["status"] == 0 and len(json.loads(all_told["out"])["missing"]) == 1, all_told


def test_a_proxy_is_recorded_listed_without_names_and_ended(haven) -> None:
    record = ("proxy", "record", "--who", "Attorney", "--name", "Mum", "--until", "2099-01-01", "--of", NUMBER)
    evidence = ("--evidence", "lasting power of attorney seen")
    made, odd, parent, unborn, not_officer, listed = haven([
        (*record, *OLU, *evidence, "--by", OTHER, "--json"),
        (*record[:3], "aunt", *record[4:], *OLU, *evidence),
        (*record[:3], "parent", *record[4:], *OLU, *evidence),
        (*record[:3], "parent", *record[4:], *OLU, *evidence, "--born", "9999-12-31"),
        (*record, *ANN, *evidence),
        ("proxy", "list"),
    ])  # fmt: skip
    (found,) = json.loads(made["out"])
    assert found["who"] == "attorney" and found["stands"] == "acts for them, on evidence in date"
    assert odd["status"] == 2 and "court deputy" in odd["err"]
    assert parent["status"] == 2 and "day of birth" in parent["err"]
    assert unborn["status"] == 2 and "birth is to come" in unborn["err"]
    assert not_officer["status"] == 2 and "no case officer" in not_officer["err"]
    assert f"{found['proxy']}  attorney" in listed["out"]
    said = "".join(each["out"] + each["err"] for each in (made, listed))
    assert NUMBER not in said and OTHER not in said and "Mum" not in said
    ended, twice, none = haven([
        ("proxy", "end", str(found["proxy"]), *OLU, "--because", "They asked for it.", "--json"),
        ("proxy", "end", str(found["proxy"]), *OLU, "--because", "They asked for it."),
        ("proxy", "end", "999", *OLU, "--because", "x"),
    ])  # fmt: skip
    assert json.loads(ended["out"])[0]["ended"] and twice["status"] == 2 and none["status"] == 2


def test_who_typed_it_is_entered_beside_as_whom(haven) -> None:
    (told,) = haven([("log", "looked", "--because", "a test", "--json")])
    assert told["status"] == 0, told["err"]
    entered = [(each["operator"], each["look_up"]["why"]) for each in json.loads(told["out"])]
    assert any(who.startswith("Kay, as olu@desk") and why == "by a command: suspend" for who, why in entered)
