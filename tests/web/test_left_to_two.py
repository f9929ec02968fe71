"""Given an application whose words a rule leaves to two people, when each of them has read them and answers, then
the decision is made again; and nobody else answers, nor for words that they did not read."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from applying import act, answers_of, send, submitted
from barriers import barriers
from by_http import Answer, Visitor, sessions
from following import follow
from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "olu": [["case officer", ""]],
    "sir": [["senior information risk owner", ""]],
    "tim": [["senior information risk owner", ""], ["applicant", "UNIVERSITY"]],
    "gus": [["Caldicott Guardian", "aldermoor"], ["senior information risk owner", ""]],
    "far": [["Caldicott Guardian", "INSURER"]],
    "con": [["staff of a controller", "aldermoor"]],
}
SAID = "Whether customers of pharmacies who are told of screening come to it."
HREF = "/cases/{}/do/answer"


@pytest.fixture(scope="module")
def university(small_demo) -> dict[str, Any]:
    """What the university answers, in words that a marketer would use too."""
    asked = answers_of(small_demo.folder / "applications" / "1-university.toml")
    return asked | {"why": {"text": SAID}}


@pytest.fixture
def case(people, university) -> str:
    """A case whose words two people have to read."""
    id = submitted(people["ann"], "UNIVERSITY", university)
    assert act(people["olu"], id, "check").status == 302
    return id


def marks(page: str) -> dict[str, str]:
    """The words that are shown, each by the value of its tick."""
    shown = re.findall(r'id="w-(\w+)">.*?<blockquote[^>]*>(.*?)</blockquote>', page, re.S)
    return {words: mark for mark, words in shown}


def answer(who: Visitor, case: str, **typed: Any) -> Answer:
    """Send the form."""
    return send(
        who, HREF.format(case), {key: each if isinstance(each, list) else [each] for key, each in typed.items()}
    )


def yes(who: Visitor, case: str) -> Answer:
    """Read all, and answer yes."""
    read = [*marks(who.get(HREF.format(case)).text).values()]
    return answer(who, case, read=read, says="supports", text="Told of screening by their pharmacist: it is care.")


def kept(home: Path) -> str:
    shown = [Path(sys.executable).with_name("haven"), "--haven", home, "log", "show"]
    return subprocess.run(shown, capture_output=True, text=True, check=True).stdout


def test_two_people_read_the_very_words_and_the_decision_is_made_again(
    browser: Browser, people, address, case, home, axe
) -> None:
    # given a case of which the engine says that a person has to decide
    assert "customers" in people["gus"].get(f"/cases/{case}").text
    shown_to_ann = f"/applications/{case}/decision"
    assert "settle these very words" in people["ann"].get(shown_to_ann).text
    page = browser.new_page(viewport={"width": 320, "height": 640}, java_script_enabled=True)
    page.context.add_cookies([{"name": "session", "value": people["gus"].session, "url": address}])
    page.goto(f"{address}/cases/{case}")
    # when the guardian opens the question, and reads it word for word
    follow(page.get_by_role("link", name="Answer what the law leaves to two people"))
    assert SAID in page.locator("blockquote").all_inner_texts()
    assert "Nobody has answered yet." in page.inner_text("main")
    assert barriers(page, axe) == []
    for each in page.locator('input[name="read"]').all():
        each.check()
    page.get_by_label("I have read these words").check()
    page.get_by_label("Why", exact=True).fill("It is about care.")
    follow(page.get_by_role("button", name="Record it"))
    # then one answer is not enough, and the other reads who gave it
    assert "It is about care." in page.inner_text("main")
    page.close()
    assert "Answered by gus, Caldicott Guardian" in people["sir"].get(HREF.format(case)).text
    # when the risk owner has read them too
    assert yes(people["sir"], case).status == 302
    # then no rule doubts these words any more, and the decision says who looked
    told = people["sir"].get(f"/cases/{case}/decision").text
    assert "gus, Caldicott Guardian" in told and "looked at it, and recommend it" in told
    assert "Answer what the law" not in people["sir"].get(f"/cases/{case}").text
    assert "settle these very words" not in people["ann"].get(shown_to_ann).text, "what she sees is no older"
    entered = kept(home)
    assert f"recommendation={case}-answer-aldermoor" in entered and f"recommendation={case}-answer-owner" in entered
    assert SAID not in entered


def test_nobody_answers_in_two_roles_nor_for_their_own_nor_for_whom_it_is_not(people, case) -> None:
    path = HREF.format(case)
    assert people["ann"].get(path).status == people["tim"].get(path).status == 403
    assert people["far"].get(path).status == 404, "a stranger is not told that it is there"
    assert people["con"].get(path).status == people["olu"].get(path).status == 403
    # given a guardian who is a risk owner too and has answered as one of the two
    assert yes(people["gus"], case).status == 302
    assert yes(people["gus"], case).status == 302, "a later answer takes the place of the earlier one"
    # then the other answer is for another person
    assert "The other of the two has still to answer" in people["sir"].get(path).text
    refused = people["gus"].get(f"/cases/{case}/do/refuse")
    assert refused.status == 403 and "nobody signs in two roles" in refused.text


def test_an_answer_is_to_the_words_that_were_read_and_has_a_reason(people, case) -> None:
    path = HREF.format(case)
    shown = marks(people["sir"].get(path).text)
    assert SAID in shown
    for typed, said in (
        ({"says": "supports", "text": "Fine."}, "Tick what you have read"),
        ({"says": "supports", "text": "", "read": [shown[SAID]]}, "There is a problem"),
        ({"says": "perhaps", "text": "Fine.", "read": [shown[SAID]]}, "Choose one of the answers"),
        ({"says": "supports", "text": "Fine <b>.", "read": ["0" * 16]}, "Choose from the answers on this page"),
    ):
        refused = answer(people["sir"], case, **typed)
        assert refused.status == 422 and said in refused.text, typed
        assert "Fine" not in typed["text"] or "Fine" in refused.text, "nothing typed is lost"
    assert "<b>" not in refused.text


def test_a_no_is_a_no_and_can_be_taken_back_by_who_said_it(people, case) -> None:
    assert answer(people["sir"], case, says="does not support", text="It is for shops.").status == 302
    assert "Refused" in people["sir"].get(f"/cases/{case}").text
    assert answer(people["sir"], case, says="does not support", text="It is for shops.").status in (302, 422)


def test_other_words_are_read_anew(people, university, case) -> None:
    assert yes(people["gus"], case).status == yes(people["sir"], case).status == 302
    assert act(people["olu"], case, "ask", text="For whom?").status == 302
    asked = f"/applications/{case}/ask/why"
    assert send(people["ann"], asked, {"text": [f"{SAID} And what their shops sell."]}).status == 302
    assert send(people["ann"], f"/applications/{case}/check", {}).status == 302
    assert act(people["olu"], case, "check").status == 302
    assert f"{SAID} And what their shops sell." in marks(people["sir"].get(HREF.format(case)).text)


def test_where_nothing_is_left_open_nobody_is_asked(people, small_demo) -> None:
    plain = answers_of(small_demo.folder / "applications" / "1-university.toml")
    id = submitted(people["ann"], "UNIVERSITY", plain)
    assert act(people["olu"], id, "check").status == 302
    assert "Answer what the law" not in people["sir"].get(f"/cases/{id}").text
    assert "Nothing is left to two people" in people["sir"].get(HREF.format(id)).text
    refused = answer(people["sir"], id, says="supports", text="Fine.")
    assert refused.status == 422 and "leaves nothing to two people" in refused.text


def test_who_has_not_shown_the_second_factor_does_so_first(home, people, case, address) -> None:
    new = {"email": "new@example.org", "posts": [["senior information risk owner", ""]], "shown": False}
    visitor = Visitor(address, sessions(home, [new])["new@example.org"])
    for name in ("answer", "refuse"):
        sent = visitor.get(f"/cases/{case}/do/{name}")
        assert sent.status == 302 and sent.headers["location"].startswith("/sign-in/again/code"), name
