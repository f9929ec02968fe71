"""Given somebody with a use for data, when they apply, then people review it with the law before them, and decide."""

from __future__ import annotations

import http.client
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from applying import UNSEEN, act, answers_of, apply_in, begin, click, send, submitted
from barriers import barriers
from by_http import Visitor
from following import follow
from playwright.sync_api import Browser, BrowserContext, Page
from signing_in import Someone, invited

from openhaven.casework.questions import BY_ID

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "bob": [["applicant", "UNIVERSITY"]],
    "ivo": [["applicant", "INSURER"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "uwe": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
    "gus": [["Caldicott Guardian", "aldermoor"]],
    "con": [["staff of a controller", "aldermoor"]],
    "tied": [["case officer", ""], ["applicant", "UNIVERSITY"]],
    "kay": [["keeper of accounts", ""]],
    "nobody": [],
}
GROUNDS = "6(1)(e) | 9(2)(j) | Part 1 paragraph 4"


@pytest.fixture(scope="module")
def university(small_demo) -> dict[str, Any]:
    """What the university answers."""
    return answers_of(small_demo.folder / "applications" / "1-university.toml")


@pytest.fixture(scope="module")
def insurer(small_demo) -> dict[str, Any]:
    """What the insurer answers."""
    return answers_of(small_demo.folder / "applications" / "3-insurer.toml")


@pytest.fixture
def browse(browser: Browser, people, address: str) -> Iterator[Callable[..., Page]]:
    """A browser of one person's own."""
    contexts: list[BrowserContext] = []

    def open_for(name: str, **more: Any) -> Page:
        context = browser.new_context(**more)
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": people[name].session, "url": address}])
        return context.new_page()

    yield open_for
    for each in contexts:
        each.close()


def heading(page: Page) -> str:
    """The first heading."""
    return page.get_by_role("heading", level=1).inner_text()


def test_without_javascript_the_university_applies_and_is_approved(browse, people, address, university, home) -> None:
    ann = browse("ann", java_script_enabled=False)
    case = apply_in(ann, address, university)
    # when the team, the advisers and those who answer for the data have looked at it
    assert act(people["olu"], case, "check").status == 302
    said = act(people["gus"], case, "recommend", says="supports", text="It serves patients.", conditions="no linkage")
    assert said.status == 302
    until = {"until-day": "1", "until-month": "6", "until-year": "2027"}
    assert act(people["con"], case, "authority", says="yes", pair=GROUNDS, **until).status == 302
    assert act(people["olu"], case, "advisers").status == 302
    assert act(people["una"], case, "opinion", says="supports", text="Sound.").status == 302
    assert act(people["olu"], case, "minute", says="supports", text="All agree.", conditions="").status == 302
    # then the risk owner approves it, and the engine's decision is entered with what people said
    assert act(people["sir"], case, "approve", text="Worth it.", conditions="report each year").status == 302
    ann.goto(f"{address}/applications/{case}")
    assert "Approved on" in ann.inner_text("main") and "report each year" in ann.inner_text("main")
    kept = _records(home)
    for id in ("recommendation={}-guardian-aldermoor", "authority={}-aldermoor", "recommendation={}-advice",
               "recommendation={}-decision", "decision={}.1"):  # fmt: skip
        assert id.format(case) in kept, id
    told = people["sir"].get(f"/cases/{case}/decision").text
    assert "no linkage" in told
    assert told.count("In brackets after each provision is how we know it.") == 1


def test_by_keyboard_alone_the_insurer_applies_and_nobody_can_approve_it(
    browse, people, address, insurer, home
) -> None:
    ivo = browse("ivo")
    case = apply_in(ivo, address, insurer, by_keyboard=True)
    assert "it would be refused" in ivo.inner_text("main")
    assert act(people["olu"], case, "check").status == 302
    assert act(people["olu"], case, "advisers").status == 302
    assert act(people["una"], case, "opinion", says="does not support", text="Never.").status == 302
    assert act(people["olu"], case, "minute", says="does not support", text="Never.", conditions="").status == 302
    # when the risk owner would approve it all the same
    refused = act(people["sir"], case, "approve", text="They pay well.", conditions="")
    # then the law stops it, plainly, and nothing typed is lost
    assert refused.status == 422 and "nobody can permit what the law refuses" in refused.text
    assert "They pay well." in refused.text
    assert "Stop: the law refuses this" in people["sir"].get(f"/cases/{case}").text
    assert act(people["sir"], case, "refuse", text="Data is never given for insurance.").status == 302
    ivo.goto(f"{address}/applications/{case}")
    assert "Refused on" in ivo.inner_text("main")
    assert f"decision={case}.1" in _records(home)
    assert re.search(r"insurance", people["anyone"].get("/uses/not-released").text)


def _records(home: Path) -> str:
    shown = [Path(sys.executable).with_name("haven"), "--haven", home, "log", "show"]
    return subprocess.run(shown, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def case(people, university) -> str:
    """A case of the university's that was submitted, and sent back with a question."""
    id = submitted(people["ann"], "UNIVERSITY", university)
    assert act(people["olu"], id, "ask", text="Why so many fields? <script>alert(1)</script>").status == 302
    return id


PRIVATE = (
    "/applications",
    "/applications/{case}",
    "/applications/{case}/check",
    "/applications/{case}/decision",
    "/applications/{case}/list",
    "/applications/{case}/ask/title",
    "/cases",
    "/cases/{case}",
    "/cases/{case}/decision",
    "/cases/{case}/changes",
    "/cases/{case}/messages",
    "/cases/{case}/documents",
    "/cases/{case}/documents/1",
    "/cases/{case}/documents/1/back",
    "/cases/{case}/do/withdraw",
    "/cases/{case}/do/check",
    "/cases/{case}/do/approve",
)


def test_every_address_of_a_case_is_tried() -> None:
    table = Path(__file__).parents[2] / "openhaven" / "web" / "urls.py"
    routes = re.findall(r'path\("((?:applications|cases)[^"]*)"', table.read_text(encoding="utf-8"))
    forms = {re.sub(r"\{case\}|title|withdraw|check(?=$)|approve|\b1\b", "*", each[1:]) for each in PRIVATE}
    assert {re.sub(r"<[^>]+>|check(?=$)", "*", each) for each in routes} == forms


@pytest.mark.parametrize("path", PRIVATE)
def test_the_anonymous_sign_in_first_and_a_stranger_is_not_told_that_it_is_there(people, case, path) -> None:
    there = path.format(case=case)
    if not there.endswith("/back"):
        answer = people["anyone"].get(there)
        assert (answer.status, answer.headers["location"].split("?")[0]) == (302, "/sign-in")
    for name in ("ivo", "kay", "nobody"):
        answer = people[name].get(there)
        assert "Long-term" not in answer.text
        if case in there:
            assert answer.status == (405 if there.endswith("/back") else 404), name


@pytest.mark.parametrize("path", [each for each in PRIVATE if "{case}" in each])
def test_nothing_is_sent_without_the_token_of_a_form(people, case, path) -> None:
    assert people["ann"].post(path.format(case=case), text="x").status == 403


def test_nobody_reviews_a_case_of_their_own_organisation(people, case) -> None:
    assert case not in people["tied"].get("/cases").text
    assert people["tied"].get(f"/cases/{case}").status == 404
    assert case in people["olu"].get("/cases").text
    refused = people["tied"].get(f"/cases/{case}/do/check")
    assert refused.status == 403 and "organisation that applies" in refused.text


def test_what_others_write_is_shown_as_text(people, case) -> None:
    page = people["ann"].get(f"/cases/{case}/messages").text
    assert "Why so many fields?" in page and "<script>alert" not in page


ODD = {
    "empty": "",
    "huge": "x" * 60_000,
    "script": "<script>alert(1)</script>",
    "right to left": "\u202eשלום\u202c",
    "control": "a\x00b\x07",
    "wrong": "' OR 1=1; --",
    "number": "999 000 0018",
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_input_is_kept_as_text_or_said_to_be_wrong_and_never_breaks(people, case, odd) -> None:
    for question in (BY_ID[id] for id in ("title", "purpose", "funding", "fields", "reasons", "cohort", "period")):
        path = f"/applications/{case}/ask/{question.id}"
        rows = ("1", "sex", "") if question.rows else ("",)
        typed = {f"{row}.{each.name}".lstrip("."): [ODD[odd]] for row in rows for each in question.inputs}
        answer = send(people["ann"], path, {**typed, "seen": ["nothing"]})
        assert answer.status in (302, 422), question.id
        assert "<script>alert" not in answer.text


def test_a_form_that_is_far_too_large_is_refused_and_repeated_answers_are_asked_again(people, case) -> None:
    path = f"/applications/{case}/ask/why"
    assert send(people["ann"], path, {"text": ["x" * 1_100_000]}).status == 400
    answer = send(people["ann"], path, {"text": ["one", "two"]})
    assert answer.status == 422 and "one answer" in answer.text


def test_two_people_write_at_once_the_second_is_told_and_loses_nothing(people, case) -> None:
    path = f"/applications/{case}/ask/publication"
    seen = re.search(r'name="seen" value="(\w+)"', people["bob"].get(path).text)[1]
    assert send(people["ann"], path, {"plan": ["What Ann plans."]}).status == 302
    told = send(people["bob"], path, {"plan": ["What Bob plans."], "seen": [seen]})
    assert told.status == 422
    assert "ann answered this while you were writing" in told.text
    assert "What Ann plans." in told.text and "What Bob plans." in told.text
    # when he saves again, knowing it, then his stands; another question is in nobody's way
    assert send(people["bob"], path, {"plan": ["What Bob plans."]}).status == 302
    assert "What Bob plans." in people["ann"].get(f"/applications/{case}/check").text


def test_the_back_button_changes_nothing_that_was_not_saved(browse, address, people) -> None:
    case = begin(people["ann"], "UNIVERSITY")
    ann = browse("ann")
    ann.goto(f"{address}/applications/{case}/ask/title")
    ann.get_by_label("What do you call this use of data?").fill("A first title")
    click(ann, "Save and go on")
    ann.wait_for_url("**/ask/purpose")
    ann.go_back()
    ann.get_by_label("What do you call this use of data?").fill("A second title")
    click(ann, "Save and go on")
    if "/ask/title" in ann.url:  # an old page is told that the answer is another by now
        click(ann, "Save and go on")
    ann.wait_for_url("**/ask/purpose")
    assert "A second title" in people["ann"].get(f"/applications/{case}").text


def test_a_session_that_ends_in_the_middle_gives_back_what_was_typed(browser, address, home) -> None:
    context = browser.new_context()
    eve = Someone(context.new_page(), address, "eve@example.org")
    eve.joins(invited(home, eve.email, "applicant", "--organisation", "UNIVERSITY"))
    eve.page.goto(f"{address}/applications")
    click(eve.page, "Begin an application")
    eve.page.wait_for_url("**/applications/CASE-*")
    eve.page.goto(f"{eve.page.url}/ask/why")
    eve.page.get_by_label("What do you want to find out or do?").fill("A long thought that took all morning.")
    subprocess.run([sys.executable, Path(__file__).with_name("ending_script.py"), home, eve.email], check=True)
    click(eve.page, "Save and go on")
    eve.page.wait_for_url("**/sign-in**")
    eve.page.get_by_label("Email").fill(eve.email)
    eve.page.get_by_label("Password", exact=True).fill("correct horse battery staple")
    click(eve.page, "Go on")
    eve.waits(home)
    eve.types_code()
    eve.page.wait_for_url("**/ask/why**")
    assert "You had been signed out" in eve.page.inner_text("main")
    assert eve.page.locator("textarea").input_value() == "A long thought that took all morning."
    context.close()


def attach(who: Visitor, case: str, name: str, content: bytes) -> Any:
    """Send a file as a form does."""
    page = who.get(f"/cases/{case}/documents")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    who.token = page.headers.get("set-cookie", f"csrf={who.token}").partition("csrf=")[2].split(";")[0]
    named = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    parts = [b"--B\r\n", named.format("csrfmiddlewaretoken", "").encode(), token.encode(), b"\r\n--B\r\n",
             named.format("file", f'; filename="{name}"').encode(), content, b"\r\n--B--\r\n"]  # fmt: skip
    at = urlsplit(who.address)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=60)
    headers = {"Cookie": f"session={who.session}; csrf={who.token}", "Content-Type": "multipart/form-data; boundary=B",
               "Referer": who.address}  # fmt: skip
    connection.request("POST", f"/cases/{case}/documents", body=b"".join(parts), headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def bomb() -> bytes:
    """A small document that unpacks to a very large one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"<Types/>")
        file.writestr("word/document.xml", bytes(110_000_000))
    return made.getvalue()


def test_documents_are_what_they_say_sealed_where_they_lie_and_given_back_to_be_saved(people, case, home) -> None:
    letter = b"%PDF-1.7\nthe letter of support, word for word\n%%EOF\n"
    assert attach(people["ann"], case, "letter of support.pdf", letter)[0] == 302
    for name, content, said in (
        ("letter.pdf", b"<html>", "not what its name says"),
        ("letter.exe", b"MZ", "kind of file"),
        ("letter.docx", bomb(), "unpacks to far more"),
        ("letter.txt", b"x" * 10_000_001, "larger than"),
        ("letter.txt", b"", "empty"),
    ):
        status, text = attach(people["ann"], case, name, content)
        assert status == 422 and said in text, name
    link = re.search(rf"/cases/{case}/documents/\d+", people["ann"].get(f"/cases/{case}/documents").text)[0]
    for name in ("ann", "bob", "olu"):
        given = people[name].get(link)
        assert given.body == letter, name
        assert given.headers["content-disposition"].startswith("attachment")
        assert given.headers["x-content-type-options"] == "nosniff"
    assert {people[name].get(link).status for name in ("ivo", "tied", "una", "nobody")} == {
        404,
        200,
    }  # tied applies too
    assert b"word for word" not in b"".join(each.read_bytes() for each in home.glob("records.sqlite3*"))
    assert send(people["bob"], f"{link}/back", {}, form=f"/cases/{case}/documents").status == 302
    assert people["ann"].get(link).status == 404


def test_what_changed_since_last_time_is_told_and_opinions_are_given_one_by_one(people, university) -> None:
    case = submitted(people["ann"], "UNIVERSITY", university)
    assert act(people["olu"], case, "ask", text="Quarters would do.").status == 302
    assert send(people["ann"], f"/applications/{case}/ask/agreement", {"agreement": [""]}).status == 302
    assert send(people["ann"], f"/applications/{case}/check", {}).status == 302
    told = people["olu"].get(f"/cases/{case}/changes").text
    assert "DSA-001" in told and "None yet" in told and "names no agreement" in told
    assert act(people["olu"], case, "check").status == 302
    assert people["una"].get(f"/cases/{case}").status == 404
    assert act(people["olu"], case, "advisers").status == 302
    assert act(people["una"], case, "opinion", says="supports", text="I think so.").status == 302
    assert "I think so." not in people["uwe"].get(f"/cases/{case}").text
    assert act(people["uwe"], case, "opinion", says="cannot say yet", text="I do not know.").status == 302
    assert "I think so." in people["uwe"].get(f"/cases/{case}").text
    assert "I think so." not in people["ann"].get(f"/applications/{case}").text


def test_who_acts_on_a_case_that_has_moved_on_is_told(people, university) -> None:
    case = submitted(people["ann"], "UNIVERSITY", university)
    page = people["olu"].get(f"/cases/{case}/do/ask").text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert send(people["ann"], f"/cases/{case}/messages", {"text": ["One more thing."]}).status == 302
    told = send(people["olu"], f"/cases/{case}/do/ask", {"version": [version], "text": ["What is it?"]})
    assert told.status == 422 and "Somebody else changed this" in told.text and "What is it?" in told.text


def test_an_early_no_is_told_at_once(people) -> None:
    case = begin(people["ann"], "UNIVERSITY")
    assert (
        send(people["ann"], f"/applications/{case}/ask/purpose", {"purpose": ["marketing"], "seen": [UNSEEN]}).status
        == 302
    )
    page = people["ann"].get(f"/applications/{case}").text
    assert "it would be refused" in page and "Nothing that you answer below would change this" in page


def test_steps_stand_in_the_private_log_with_no_word_of_what_was_written(people, case, home) -> None:
    looked = [Path(sys.executable).with_name("haven"), "--haven", home, "log", "looked", "--because", "a test"]
    said = subprocess.run(looked, capture_output=True, text=True, check=True).stdout
    mine = [line for line in said.splitlines() if case in line]
    assert any("ann, applicant" in line and line.endswith("submit") for line in mine)
    assert any("olu, case officer" in line and line.endswith("send back with questions") for line in mine)
    assert "Why so many" not in said and "Long-term" not in said


def seen_by(address: str, case: str, other: str) -> list[tuple[str, str, bool]]:
    """Who looks at which page, and whether a form with mistakes is sent first."""
    asks = [f"/applications/{case}/ask/{name}" for name in
            ("title", "purpose", "benefit", "funding", "fields", "reasons", "cohort", "storage")]  # fmt: skip
    own = [f"/applications/{case}", f"/applications/{case}/check", f"/applications/{case}/decision", "/applications",
           f"/cases/{case}/documents", f"/cases/{case}/messages"]  # fmt: skip
    review = [f"/cases/{other}", f"/cases/{other}/decision", f"/cases/{other}/changes", "/cases"]
    return [
        *(("ann", path, False) for path in (*own, *asks)),
        *(("ann", path, True) for path in (asks[0], asks[2], f"/cases/{case}/documents", f"/cases/{case}/messages")),
        *(("olu", path, False) for path in review),
        ("olu", f"/cases/{other}/do/minute", True),
        ("con", f"/cases/{other}/do/authority", True),
        ("kay", "/cases", False),
        ("kay", "/applications", False),
        ("kay", f"/cases/{other}", False),
    ]


def test_no_page_has_a_barrier_or_scrolls_sideways(browse, people, address, case, university, axe) -> None:
    other = submitted(people["ann"], "UNIVERSITY", university)
    for name, act_name in (("olu", "check"), ("olu", "advisers")):
        assert act(people[name], other, act_name).status == 302
    assert act(people["una"], other, "opinion", says="supports", text="Sound.").status == 302
    pages: dict[str, Page] = {}
    found: list[tuple[str, str, str]] = []
    for name, path, wrongly in seen_by(address, case, other):
        page = pages.setdefault(name, browse(name)) if name not in pages else pages[name]
        page.set_viewport_size({"width": 1000, "height": 800})
        page.goto(address + path)
        if wrongly:
            for each in page.locator("main textarea, main input[type=text]").all():
                each.fill("")
            follow(page.locator("main form button").last)
            page.wait_for_selector(".nhsuk-error-summary")
        found += [(path, *each) for each in barriers(page, axe, 1000, 320)]
    assert found == []
