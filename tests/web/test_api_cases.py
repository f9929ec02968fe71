"""Given tokens, when programs apply and review, then a case goes as it does on the pages, and nothing is signed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from applying import answers_of
from by_token import Program

from openhaven.casework.answers import typed_of
from openhaven.casework.questions import BY_ID

pytestmark = pytest.mark.xdist_group("worker")


@pytest.fixture(scope="module")
def ann(watched) -> Program:
    return Program(watched.address, watched.token("ann@example.org", "cases", "write"))


@pytest.fixture(scope="module")
def olu(watched) -> Program:
    return Program(watched.address, watched.token("olu@example.org", "cases", "write"))


@pytest.fixture(scope="module")
def answers(watched) -> dict[str, Any]:
    found = answers_of(watched.desk.path("applications", "1-university.toml"))
    return {**found, "agreement": {"agreement": ""}}


@pytest.fixture
def case(ann) -> str:
    begun = ann("POST", "/cases", {"organisation": "UNIVERSITY"})
    assert begun.status == 201, begun.text
    return str(begun.document["id"])


def answered(program: Program, case: str, answers: dict[str, Any]) -> None:
    """Answer whatever is asked, until nothing new is."""
    done: set[str] = set()
    while left := [each for each in program("GET", f"/cases/{case}/questions").document if each["id"] not in done]:
        for each in left:
            done.add(each["id"])
            body = {"typed": typed_of(BY_ID[each["id"]], answers[each["id"]]), "seen": each["seen"]}
            kept = program("POST", f"/cases/{case}/answers/{each['id']}", body)
            assert kept.status == 200, (each["id"], kept.text)


def test_a_program_applies_and_another_reviews_as_far_as_nothing_is_signed(ann, olu, case, answers):
    assert ann("GET", f"/cases/{case}/decision").status == 422, "nothing can be said yet"
    answered(ann, case, answers)
    assert ann("GET", f"/cases/{case}/decision").document["verdict"] in ("refuse", "refer", "permit")
    assert ann.attach(f"/cases/{case}/documents", "plan.txt", "What we mean to do.").status == 201
    (plan,) = ann("GET", f"/cases/{case}/documents").document
    assert plan["name"] == "plan.txt"
    content = f"/cases/{case}/documents/{plan['number']}"
    got = ann("GET", content)
    assert got.text == "What we mean to do." and got.headers["content-disposition"].startswith("attachment")
    assert "no-store" in got.headers["cache-control"]
    assert olu("GET", content).status == 404, "a draft's documents are its applicants' own"
    assert olu("GET", f"/cases/{case}").status == 404, "a draft is its applicants' own"

    version = ann("GET", f"/cases/{case}").document["version"]
    submitted = ann("POST", f"/cases/{case}/submit", {"version": version})
    assert submitted.status == 200 and submitted.document["state"] == "submitted", submitted.text
    seen = olu("GET", f"/cases/{case}").document
    assert olu("GET", content).text == "What we mean to do."
    assert {each["name"] for each in olu("GET", f"/cases/{case}/acts").document} == {"check", "ask"}
    back = olu("POST", f"/cases/{case}/acts/ask", {"version": seen["version"], "typed": {"text": ["Since when?"]}})
    assert back.status == 200 and back.document["state"] == "back with questions", back.text
    assert ann("GET", f"/cases/{case}/messages").document[-1]["text"] == "Since when?"
    assert ann("POST", f"/cases/{case}/messages", {"text": "Since spring."}).status == 201

    version = ann("GET", f"/cases/{case}").document["version"]
    assert ann("POST", f"/cases/{case}/submit", {"version": version}).status == 200
    for act, state in (("check", "checked"), ("advisers", "with advisers")):
        version = olu("GET", f"/cases/{case}").document["version"]
        done = olu("POST", f"/cases/{case}/acts/{act}", {"version": version})
        assert done.document["state"] == state, done.text
    gone = ann("POST", f"/cases/{case}/acts/withdraw", {"version": done.document["version"]})
    assert gone.status == 200 and gone.document["state"] == "withdrawn"


def test_what_does_not_fit_is_refused_by_the_name_of_its_input_and_nothing_is_kept(ann, case):
    question = ann("GET", f"/cases/{case}/questions").document[0]
    for typed in ({}, {"title": [""]}, {"title": ["x" * 5000]}, {"title": ["a", "b"]}, {"title": ["of 999 000 0018"]}):
        wrong = ann("POST", f"/cases/{case}/answers/title", {"typed": typed, "seen": question["seen"]})
        assert wrong.status == 422 and set(wrong.document["wrong"]) == {"title"}, (typed, wrong.text)
    assert ann("GET", f"/cases/{case}/questions").document[0] == question
    assert ann("POST", f"/cases/{case}/answers/nothing", {"typed": {}, "seen": ""}).status == 404


def test_who_answers_over_somebody_else_is_told(ann, case):
    seen = ann("GET", f"/cases/{case}/questions").document[0]["seen"]
    assert ann("POST", f"/cases/{case}/answers/title", {"typed": {"title": ["One"]}, "seen": seen}).status == 200
    second = ann("POST", f"/cases/{case}/answers/title", {"typed": {"title": ["Two"]}, "seen": seen})
    assert second.status == 409 and "One" in second.document["what"]
    assert ann("POST", f"/cases/{case}/submit", {"version": 0}).status in (409, 422)


def test_what_is_another_by_now_is_not_acted_on(ann, case):
    stale = ann("POST", f"/cases/{case}/acts/withdraw", {"version": 77})
    assert stale.status == 409 and ann("GET", f"/cases/{case}").document["state"] == "draft"


@pytest.mark.parametrize("name", ["approve", "refuse", "opinion", "recommend", "authority", "check", "nothing"])
def test_nobody_does_by_a_token_what_is_not_theirs_or_is_signed(ann, olu, case, name):
    done = ann("POST", f"/cases/{case}/acts/{name}", {"version": 0, "typed": {"text": ["x"]}})
    assert done.status in (403, 404), done.text
    assert olu("POST", f"/cases/{case}/acts/{name}", {"version": 0}).status == 404, "it is nothing of theirs yet"


def test_a_token_that_reads_writes_nothing(watched, case):
    reads = Program(watched.address, watched.token("ann@example.org", "cases"))
    assert reads("GET", f"/cases/{case}").status == 200
    assert reads("POST", "/cases", {"organisation": "UNIVERSITY"}).status == 403
    assert reads("POST", f"/cases/{case}/messages", {"text": "x"}).status == 403


def test_a_document_that_lies_about_its_type_is_refused(ann, case):
    lied = ann.attach(f"/cases/{case}/documents", "plan.pdf", "no pdf")
    assert lied.status == 422 and ann("GET", f"/cases/{case}/documents").document == []


def test_nobody_begins_for_an_organisation_that_they_do_not_apply_for(ann, olu):
    assert ann("POST", "/cases", {"organisation": "INSURER"}).status == 403
    assert olu("POST", "/cases", {"organisation": "UNIVERSITY"}).status == 403


def test_a_document_is_of_its_case_alone_and_what_is_taken_back_is_gone(watched, ann, case):
    (sent,) = [ann.attach(f"/cases/{case}/documents", "plan.txt", "One.").document]
    other = ann("POST", "/cases", {"organisation": "UNIVERSITY"}).document["id"]
    assert ann("GET", f"/cases/{other}/documents/{sent['number']}").status == 404
    assert ann("GET", f"/cases/{case}/documents/{2**53 - 1}").status == 404
    nobody = Program(watched.address, "openhaven_none")
    assert nobody("GET", f"/cases/{case}/documents/{sent['number']}").status == 401
    back = watched.ann.post(f"/cases/{case}/documents/{sent['number']}/back", form=f"/cases/{case}/documents")
    assert back.status == 302 and ann("GET", f"/cases/{case}/documents/{sent['number']}").status == 404


@pytest.fixture
def counts(watched) -> Iterator[Callable[[str], None]]:
    """Changes what was counted in this hour; it is forgotten afterwards."""

    def change(statement: str) -> None:
        with closing(sqlite3.connect(watched.desk.home / "records.sqlite3", timeout=60)) as records:
            records.execute(statement)
            records.commit()

    change("delete from desk_shortly")
    yield change
    change("delete from desk_shortly")


def test_a_program_begins_and_sends_no_more_in_an_hour_than_its_person_on_the_pages(watched, ann, case, counts):
    for path, body in (("/cases", {"organisation": "UNIVERSITY"}), (f"/cases/{case}/messages", {"text": "x"})):
        assert ann("POST", path, body).status == 201
        counts("update desk_shortly set value = '200'")
        refused = ann("POST", path, body)
        assert refused.status == 429 and "in this hour" in refused.document["what"], path
    assert watched.ann.post("/applications", form="/applications", organisation="UNIVERSITY").status == 429
    assert ann.attach(f"/cases/{case}/documents", "plan.txt", "One.").status == 201
    counts("update desk_shortly set value = '100'")
    assert ann.attach(f"/cases/{case}/documents", "plan.txt", "One.").status == 429
