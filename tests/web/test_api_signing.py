"""Given a token for signing, when its person shows a code as well, then a program signs what they would sign on a page;
without a code, with a wrong one or one that was used, it signs nothing. And staff answer what patients asked."""

from __future__ import annotations

import csv
import json
import time
from contextlib import closing
from sqlite3 import connect
from typing import Any

import pytest
from applying import answers_of, submitted
from by_http import Answer
from by_token import Program, tokens
from signing_in import code, half_a_minute_on

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "sig": [["signatory", "UNIVERSITY"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
    "gus": [["Caldicott Guardian", "aldermoor"]],
    "con": [["staff of a controller", "aldermoor"]],
    "non": [["senior information risk owner", ""]],
}
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SCOPES = ("cases", "write", "agreements", "agree", "incidents", "report", "requests", "answer", "assist")
SAID = "Whether customers of pharmacies who are told of screening come to it."
NUMBER = "9990000018"
PAIR = "6(1)(e) | 9(2)(j) | Part 1 paragraph 4"
HEADER = "X-One-Time-Code"


class Signing(Program):
    """A program that shows its person's code where it is asked to."""

    def __init__(self, program: Program, home: Any) -> None:
        super().__init__(program.visitor.address, program.token)
        self.home = home

    def signs(self, path: str, body: Any, *, shown: str = "") -> Answer:
        """Ask with a code: the one that counts now, as it is new after half a minute."""
        if not shown:
            half_a_minute_on(self.home)
        sent = {"Authorization": f"Bearer {self.token}", HEADER: shown or code(KEY, at=time.time())}
        return self.visitor._ask("POST", f"/api{path}", headers=sent, body=json.dumps(body))


@pytest.fixture(scope="module")
def programs(home, address, people) -> dict[str, Signing]:
    """A program of everybody's, with every scope; of one person without that for signing."""
    given = tokens(home, [f"{name}@example.org" for name in PEOPLE], *SCOPES, "sign")
    given |= tokens(home, ["non@example.org"], *SCOPES)
    return {name: Signing(Program(address, given[f"{name}@example.org"]), home) for name in PEOPLE}


def typed(program: Signing, at: str, **said: Any) -> dict[str, Any]:
    """What is sent to an act, under the version that was seen last."""
    version = program("GET", at).document["version"]
    return {
        "version": version,
        "typed": {key: each if isinstance(each, list) else [each] for key, each in said.items()},
    }


def signs(program: Signing, case: str, name: str, **said: Any) -> Answer:
    return program.signs(f"/cases/{case}/acts/{name}", typed(program, f"/cases/{case}", **said))


def does(program: Signing, case: str, name: str, **said: Any) -> Answer:
    return program("POST", f"/cases/{case}/acts/{name}", typed(program, f"/cases/{case}", **said))


@pytest.fixture(scope="module")
def case(people, programs, small_demo) -> str:
    """A case that was checked, in words that two people have to read."""
    asked = answers_of(small_demo.folder / "applications" / "1-university.toml") | {"why": {"text": SAID}}
    asked |= {"agreement": {"agreement": ""}, "period": {"starts": "2026-11-01", "ends": "2040-11-30"}}
    id = submitted(people["ann"], "UNIVERSITY", asked)
    assert does(programs["olu"], id, "check").status == 200
    return id


def test_without_a_code_or_with_one_that_is_wrong_or_used_nothing_is_signed(programs, case, home) -> None:
    con, path = programs["con"], f"/cases/{case}/acts/authority"
    body = typed(con, f"/cases/{case}", says="yes", pair=PAIR,
                 **{"until-day": "1", "until-month": "6", "until-year": "2027"})  # fmt: skip
    (listed,) = [each for each in con("GET", f"/cases/{case}/acts").document if each["name"] == "authority"]
    assert listed["signs"] is True
    for answer in (
        con("POST", path, body),
        con.signs(path, body, shown="000000"),
        con.signs(path, body, shown="x" * 20),
    ):
        assert answer.status == 403, answer.text
    assert con.signs(path, body, shown="x" * 21).status == 422
    # a code beside what is refused for something else is good still
    lacking = {**body, "typed": {**body["typed"], "says": ["perhaps"]}}
    misread = con.signs(path, lacking, shown=code(KEY, at=time.time()))
    assert misread.status == 422 and "says" in misread.document["wrong"], misread.text
    assert con.signs(path, {**body, "version": 0}, shown=code(KEY, at=time.time())).status == 409
    here = code(KEY, at=time.time())
    done = con.signs(path, body, shown=here)
    assert done.status == 200, done.text
    assert "used already" in con.signs(path, body, shown=here).document["what"]


def test_after_some_wrong_codes_not_even_the_right_one_counts_for_a_while(programs, case, home, people) -> None:
    gus, path = programs["gus"], f"/cases/{case}/acts/recommend"
    body = typed(gus, f"/cases/{case}", says="supports", text="It serves patients.")
    found = [gus.signs(path, body, shown=f"{each:06}").status for each in range(7)]
    assert found[0] == 403 and found[-1] == 429 and set(found) == {403, 429}, found
    assert gus.signs(path, body, shown=code(KEY, at=time.time())).status == 429
    with closing(connect(home / "records.sqlite3", timeout=60)) as records:
        records.execute("delete from desk_shortly")
        records.commit()


def test_a_token_that_is_not_for_signing_signs_nothing_whatever_it_shows(programs, case) -> None:
    refused = signs(programs["non"], case, "refuse", text="No.")
    assert refused.status == 403 and f"/cases/{case}/do/refuse" in refused.document["what"]
    assert "refuse" not in [each["name"] for each in programs["non"]("GET", f"/cases/{case}/acts").document]


def test_by_programs_alone_a_case_goes_from_review_to_an_agreement_in_force(programs, case) -> None:
    # given words that two people have to read, when each of them has answered by a program
    for name in ("gus", "sir"):
        open_to = programs[name]("GET", f"/cases/{case}/review").document["left_open"]
        assert SAID in [each["words"] for each in open_to]
        read = [each["mark"] for each in open_to]
        assert signs(programs[name], case, "answer", read=read, says="supports", text="It is care.").status == 200
    assert programs["gus"]("GET", f"/cases/{case}/review").document["left_open"] == []
    said = {"says": "supports", "text": "It serves patients.", "conditions": ""}
    assert signs(programs["gus"], case, "recommend", **said).status == 200
    until = {"until-day": "1", "until-month": "6", "until-year": "2027"}
    assert signs(programs["con"], case, "authority", says="yes", pair=PAIR, **until).status == 200
    assert does(programs["olu"], case, "advisers").status == 200
    assert signs(programs["una"], case, "opinion", says="supports", text="Sound.").status == 200
    assert does(programs["olu"], case, "minute", **said).status == 200
    assert signs(programs["sir"], case, "approve", text="Worth it.", conditions="").document["state"] == "approved"
    # then the agreement is drawn up, and both sides sign the version that they have read
    at = f"/agreements/{case}"
    days = typed(programs["olu"], at, days="30", charge="", charge_for="")
    drawn = programs["olu"]("POST", f"{at}/acts/draw-up", days).document
    sha256 = drawn["versions"][0]["sha256"]
    other = programs["sig"].signs(f"{at}/acts/sign", {**typed(programs["sig"], at, read="yes"), "sha256": "0" * 64})
    assert other.status == 409 and "read it first" in other.document["what"]
    for name, act in (("sig", "sign"), ("sir", "countersign")):
        body = {**typed(programs[name], at, read="yes"), "sha256": sha256}
        signed = programs[name].signs(f"{at}/acts/{act}", body)
        assert signed.status == 200, signed.text
    assert signed.document["state"] == "in force"


def test_what_is_decided_about_an_incident_is_decided_with_a_code(programs) -> None:
    told = programs["ann"](
        "POST", "/incidents", {"title": "A letter", "text": "Lost.", "known": "2026-11-20T10:00:00Z"}
    )
    at = f"/incidents/{told.document['id']}"
    body = typed(programs["sir"], at, what="they are not told", text="Nobody could read it.")
    assert programs["sir"]("POST", f"{at}/acts/people", body).status == 403
    (people_told,) = [each for each in programs["sir"]("GET", f"{at}/acts").document if each["name"] == "people"]
    body["typed"]["what"] = [people_told["inputs"][0]["choices"][0]["value"]]
    assert programs["sir"].signs(f"{at}/acts/people", body).status == 200


def test_staff_help_somebody_who_calls_and_answer_what_they_asked(programs) -> None:
    olu, gus = programs["olu"], programs["gus"]
    # given a call, and a request in the words of who called
    new = {"channel": "a call", "nhs_number": NUMBER, "shown": "nothing yet"}
    visit = olu("POST", "/visits", new)
    assert visit.status == 201 and NUMBER not in visit.text and "objection" in visit.document["can_ask"], visit.text
    number = visit.document["number"]
    assert olu("POST", "/visits", new | {"nhs_number": "999 000 0019"}).status == 422
    assert olu("POST", f"/visits/{number}/explained").status == 200
    asked = olu("POST", f"/visits/{number}/asked/objection", {"text": "Please stop."})
    assert asked.status == 201 and asked.document["stage"] == "who asks is to be proven", asked.text
    assert olu("POST", f"/visits/{number}/asked/uses", {"text": "x"}).status == 404
    assert number not in [each["number"] for each in olu("POST", f"/visits/{number}/end").document]
    assert olu("POST", f"/visits/{number}/end").status == 404
    # when staff take it, see who it is, and a guardian decides
    at = f"/requests/{asked.document['number']}"
    seen = olu("GET", at)
    assert seen.document["kind"] == "stop using my data" and NUMBER not in seen.text and "Please" not in seen.text
    assert olu("POST", f"{at}/read").status == 403
    read = olu.signs(f"{at}/read", {})
    assert read.document == {"nhs_number": NUMBER, "words": "Please stop."}
    stage = seen.document["stage"]
    who = olu("POST", f"{at}/acts/who", {"stage": stage, "words": "Passport seen."})
    assert who.status == 200 and who.document["stage"] == "being worked on" and who.document["due"], who.text
    assert olu("POST", f"{at}/acts/who", {"stage": stage, "words": "Again."}).status == 409
    stage = who.document["stage"]
    assert gus("POST", f"{at}/acts/uphold", {"stage": stage, "words": "Their reason is good."}).status == 403
    upheld = gus.signs(f"{at}/acts/uphold", {"stage": stage, "words": "Their reason is good."})
    assert upheld.status == 200, upheld.text
    assert olu("POST", f"{at}/acts/send", {"stage": stage, "words": "x"}).status == 404, "there is no copy"
    # then it is answered, and who asked is wiped
    answered = olu.signs(f"{at}/acts/answer", {"stage": stage, "words": "You stay left out."})
    assert answered.document["stage"] == "answered" and answered.document["answered"], answered.text
    assert olu.signs(f"{at}/read", {}).status == 404
    for name in ("ann", "sir", "con", "una"):
        assert programs[name]("GET", at).status == programs[name]("GET", "/visits").status == 403


def test_what_is_left_out_of_a_copy_is_recorded_with_its_exemption(programs, small_demo) -> None:
    olu, gus = programs["olu"], programs["gus"]
    sheet = small_demo.folder / "incoming" / "2026-10" / "episodes_aldermoor.csv"
    with sheet.open(encoding="utf-8", newline="") as lines:
        held = next(csv.DictReader(lines))["nhs_number"]
    new = {"channel": "a letter", "nhs_number": held, "shown": "answered to a letter to the address on record"}
    visit = olu("POST", "/visits", new).document["number"]
    at = f"/requests/{olu('POST', f'/visits/{visit}/asked/copy', {'text': 'A copy.'}).document['number']}"
    stage = olu("GET", at).document["stage"]
    left = {"stage": stage, "dataset": "episodes", "exemption": "others", "because": "It tells of a neighbour."}
    assert gus("POST", f"{at}/left-out", left).status == 403
    assert olu.signs(f"{at}/left-out", left).status == 403, "who makes a copy does not say what is left out"
    assert gus.signs(f"{at}/left-out", left | {"exemption": "none"}).status == 422
    kept = gus.signs(f"{at}/left-out", left)
    assert kept.status == 200 and "neighbour" not in kept.text, kept.text
    (omitted,) = kept.document["left_out"]
    assert (omitted["dataset"], omitted["exemption"]) == ("episodes", "others")
    back = gus.signs(f"{at}/left-out/{omitted['id']}/back", {"stage": stage})
    assert back.document["left_out"] == []
    assert gus.signs(f"{at}/acts/send", {"stage": stage, "words": "x"}).status == 403
