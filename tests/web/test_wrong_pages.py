"""Given something that went wrong, when its page is looked at in a browser, narrow or wide, then nobody meets a barrier
and it says what to do next."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from applying import answers_of, begin, write
from barriers import barriers
from by_http import Visitor
from following import follow
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.xdist_group("worker")
PEOPLE = {"ann": [["applicant", "UNIVERSITY"]], "olu": [["case officer", ""]]}


@pytest.fixture
def page(browser: Browser, people: dict[str, Visitor], address: str) -> Iterator[Page]:
    """Ann's."""
    context: BrowserContext = browser.new_context()
    context.add_cookies([{"name": "session", "value": people["ann"].session, "url": address}])
    yield context.new_page()
    context.close()


def looked_at(page: Page, axe: str, heading: str) -> None:
    """The page of that heading has no barrier, and a way on."""
    assert page.get_by_role("heading", level=1).inner_text() == heading
    assert barriers(page, axe, 320, 1000) == []
    assert page.locator("main").get_by_role("link").count() >= 1 and "sk us" in page.inner_text("main")


def test_where_nothing_is(page: Page, address: str, axe: str) -> None:
    assert page.goto(f"{address}/uses/none").status == 404
    looked_at(page, axe, "Page not found")


def test_where_somebody_may_not(page: Page, address: str, axe: str) -> None:
    assert page.goto(f"{address}/requests").status == 403
    looked_at(page, axe, "You cannot see this page")


def test_a_form_that_was_open_too_long(page: Page, address: str, axe: str, people: dict[str, Visitor]) -> None:
    page.goto(f"{address}/applications")
    page.context.clear_cookies(name="csrf")
    follow(page.get_by_role("button", name=re.compile("Begin an application")))
    looked_at(page, axe, "That form has been open for too long")


def test_a_request_that_makes_no_sense(page: Page, address: str, axe: str) -> None:
    page.goto(f"{address}/sign-out")
    page.locator("form#form").evaluate(
        "form => { for (let each = 0; each < 1001; each++) form.append(Object.assign(document.createElement('input'),"
        " {type: 'hidden', name: 'x' + each, value: '1'})) }"
    )
    follow(page.get_by_role("button", name="Sign out"))
    looked_at(page, axe, "We did not understand that request")


def test_a_fault_of_ours(page: Page, address: str, axe: str, home: Path) -> None:
    records = home / "records.sqlite3"
    with closing(sqlite3.connect(records, timeout=60)) as opened:
        opened.execute("alter table desk_shortly rename to desk_elsewhere")
        opened.commit()
    try:
        page.goto(f"{address}/applications")
        follow(page.get_by_role("button", name=re.compile("Begin an application")))
        looked_at(page, axe, "Sorry, there is a problem with the service")
    finally:
        with closing(sqlite3.connect(records, timeout=60)) as opened:
            opened.execute("alter table desk_elsewhere rename to desk_shortly")
            opened.commit()


def test_what_was_done_too_often(page: Page, address: str, axe: str, home: Path, people: dict[str, Visitor]) -> None:
    with closing(sqlite3.connect(home / "records.sqlite3", timeout=60)) as opened:
        opened.execute("delete from desk_shortly")
        opened.commit()
        begin(people["ann"], "UNIVERSITY")
        opened.execute("update desk_shortly set value = '200'")
        opened.commit()
    page.goto(f"{address}/applications")
    follow(page.get_by_role("button", name=re.compile("Begin an application")))
    looked_at(page, axe, "Too many tries")


def test_the_page_on_which_a_list_of_people_is_sent(page: Page, home: Path, address: str, axe: str, small_demo) -> None:
    ann = Visitor(address, page.context.cookies()[0]["value"])
    with closing(sqlite3.connect(home / "records.sqlite3", timeout=60)) as opened:
        opened.execute("delete from desk_shortly")
        opened.commit()
    case = begin(ann, "UNIVERSITY")
    answers = answers_of(small_demo.haven.parent / "applications" / "1-university.toml")
    write(ann, case, answers | {"whom": {"whom": "file"}, "list": {"file": "people.csv"}})
    with closing(sqlite3.connect(home / "records.sqlite3", timeout=60)) as opened:
        opened.execute("update desk_case set state = 'approved' where id = ?", [case])
        opened.commit()
    page.goto(f"{address}/applications/{case}/list")
    assert page.get_by_role("heading", level=1).inner_text() == "Send the list of people"
    assert barriers(page, axe, 320, 1000) == []
    follow(page.get_by_role("button", name="Send it"))
    assert "Choose the file with your list" in page.inner_text(".nhsuk-error-summary")
    assert barriers(page, axe, 320, 1000) == []
