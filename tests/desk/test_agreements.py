"""An agreement at the desk: drawn up from what was decided, signed by both sides, and stopped as fast as can be."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("agreements_script.py")


@pytest.fixture(scope="module")
def found(small_demo, tmp_path_factory) -> dict[str, Any]:
    """What happened to one agreement, from the approval to the destruction, in a haven of its own."""
    home = tmp_path_factory.mktemp("agreements") / "haven"
    shutil.copytree(small_demo.haven, home)
    file = small_demo.folder / "applications" / "1-university.toml"
    done = subprocess.run([sys.executable, SCRIPT, home, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("applicant draws up", "you have no post that lets you do this"),
        ("charge without work", "data has no price (DARS-15)"),
        ("too early", "The recipient has not signed this version yet"),
        ("applicant signs", "you have no post that lets you do this"),
        ("elsewhere signs", "you have no post that lets you do this"),
        ("both countersigns", "you are of the organisation that applies"),
        ("moved to the other side", "you have signed this case as signatory, and nobody signs in two roles"),
        ("other version", "Another version was drawn up while you had this one open"),
        ("signs twice", "This version is signed for the recipient already"),
        ("shorter", "Give a last day that is later than the present one"),
        ("outlives", "DSPT-UNIVERSITY ends then"),
        ("officer lifts", "you have no post that lets you do this"),
        ("two amendments", "An amendment is under way already"),
        ("while held", "the end of the hold, which those who set it decide"),
        ("no certificate", "what the recipient holds"),
        ("officer certifies", "you have no post that lets you do this"),
        ("ahead", "The day cannot lie ahead"),
        ("backups left", "The certificate does not cover everything: the backups"),
    ],
)
def test_what_may_not_be_done_is_refused_with_a_reason(found, what, said) -> None:
    assert said in found[what]


def test_a_term_is_cut_to_what_the_decision_rests_on(found) -> None:
    assert found["cut"].endswith("since DSPT-UNIVERSITY ends then.")
    assert found["asked until"] > "2035"


def test_terms_and_words_come_from_application_and_decision(found) -> None:
    terms, words = found["terms"], " ".join(line for _, lines in found["clauses"] for line in lines)
    assert (terms["recipient"], terms["dataset"]) == ("UNIVERSITY", "episodes")
    assert terms["storage"] == ["UNIVERSITY"] and terms["territory"] == ["England"] and terms["setting"] == "extract"
    assert terms["cohort"][0]["values"] == ["I", "J"]
    assert terms["controllers"] == ["aldermoor", "brackenfield", "carrowdale"]
    for said in (
        "Field admission_date, as quarter. It is needed for this: seasons matter.",
        "Field nhs_number, only as a pseudonym.",
        "The recipient pays £1,200 for this work: two days of preparation.",
        "The data has no price.",
        "report each year",
        "Every class of sex, postcode, admission_date and age_at_admission holds at least 5 people",
        "backups, and what processors and others hold for it, too",
        "exclusion".capitalize(),
        "Nobody signs for both sides.",
    ):
        assert said in words, said
    assert "five principles" not in words, "a public body forms no partnership"


def test_it_is_a_record_once_both_have_signed_and_then_can_be_released_under(found) -> None:
    assert found["on record early"] is False
    assert found["countersign"] == "" and found["state"] == "in force" and found["recorded"] is True
    assert found["verdict"] == ["permit"] and found["releasable"] is True


def test_what_begins_later_is_decided_on_that_day(found) -> None:
    assert found["later"] == ["in force", False, 0]
    assert found["began"] == [1, True] and found["once"] == 0


def test_a_longer_term_counts_once_both_have_signed_it(found) -> None:
    assert found["extend"] == "" and found["before signatures"] == "0:00:00"
    assert found["after signatures"] == 50 and found["extended"] == ["in force", "permit"]


def test_a_suspension_refuses_at_once_and_only_the_risk_owner_lifts_it(found) -> None:
    assert found["suspended"] == ["suspended", "refuse"] and found["lifted"] == "in force"


def test_an_amendment_takes_the_place_of_what_it_amends_once_signed(found) -> None:
    assert found["amendment"] == "" and found["former"] == "replaced"
    assert found["amended title"] == "A narrower study"


def test_a_term_that_is_over_refuses_by_itself_and_is_told_of(found) -> None:
    state, verdict, due = found["lapsed"]
    assert (state, verdict, found["not lapsed"]) == ("in force", "refuse", "permit")
    assert "the term is over: end it here" in due and len(due) == 2


def test_an_end_refuses_at_once_and_the_destruction_is_due_and_asked_for(found) -> None:
    assert found["ended"] == ["ended", "refuse"]
    assert [due for _, due in found["reminders"]] == [found["due"]]
    assert dt.date.fromisoformat(found["due"]) > dt.date(2026, 1, 1)
    assert found["destroyed"] == "" and found["last"] == "destroyed" and found["reminders after"] == 0
