"""Given every question, error and empty page of the desk, when it is looked at in a browser, narrow or wide, then
nobody meets a barrier: axe-core finds none, and nothing has to be scrolled sideways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from applying import answers_of, begin, click, send, write
from barriers import barriers
from by_http import Visitor, sessions
from playwright.sync_api import Browser, Page

from openhaven.casework.questions import BY_ID, Kind

pytestmark = pytest.mark.xdist_group("worker")
EMPTIED = """for (const each of document.querySelectorAll("main form [name]:not([type=hidden])"))
    { each.checked = false; if (!["radio", "checkbox"].includes(each.type)) each.value = ""; }"""
OTHERS = {"list": "file", "cohort": "rule", "everyone": "everybody"}
"""Questions that are asked for one answer about whose records are needed."""
NOT_HERE = {"power"}
"""Asked where the haven is a national body's alone; it is a choice as others are."""
EMPTY = {
    "nobody": (
        "/desk",
        "/applications",
        "/cases",
        "/desk/releases",
        "/requests",
        "/desk/releases/start",
        "/desk/jobs/1",
    ),
    "ann": ("/desk", "/applications", "/cases", "/cases/CASE-NONE", "/applications/CASE-NONE", "/desk/releases"),
    "olu": ("/desk", "/applications", "/cases", "/requests", "/requests/999", "/desk/jobs/999", "/desk/releases/none"),
    "anyone": ("/nothing", "/sign-in", "/my/back", "/uses/none", "/approvals/none", "/data/none", "/join/none"),
}


@dataclass
class Looker:
    """A page that is looked at, and what was found on the way."""

    page: Page
    axe: str
    found: list[tuple[str, str, str]]

    def looks(self, where: str) -> None:
        """Narrow and wide."""
        self.found += [(where, *each) for each in barriers(self.page, self.axe, 320, 1000)]


@pytest.fixture(scope="module")
def people(watched) -> dict[str, Visitor]:
    """Somebody who applies, a case officer, somebody without a post, and anybody."""
    found = sessions(watched.desk.home, [{"email": "nobody@example.org", "posts": []}])
    nobody = Visitor(watched.address, found["nobody@example.org"])
    return {"ann": watched.ann, "olu": watched.olu, "nobody": nobody, "anyone": Visitor(watched.address)}


@pytest.fixture
def look(browser: Browser, axe: str, people: dict[str, Visitor], watched) -> Iterator[Any]:
    """Somebody with a browser."""
    contexts = []

    def of(name: str) -> Looker:
        context = browser.new_context()
        contexts.append(context)
        if people[name].session:
            context.add_cookies([{"name": "session", "value": people[name].session, "url": watched.address}])
        return Looker(context.new_page(), axe, [])

    yield of
    for each in contexts:
        each.close()


def test_no_question_has_a_barrier_answered_or_with_mistakes(look, watched) -> None:
    ann, looker = watched.ann, look("ann")
    case = begin(ann, "UNIVERSITY")
    path = f"/applications/{case}"
    table = answers_of(watched.desk.path("applications", "5-commissioner.toml")) | {"agreement": {"agreement": ""}}
    write(ann, case, table | {"purpose": {"purpose": "research"}})
    seen = set()
    for name, question in ((id, each) for id, each in BY_ID.items() if id not in NOT_HERE):
        if name in OTHERS:
            assert send(ann, f"{path}/ask/whom", {"whom": [OTHERS[name]]}).status == 302
        looker.page.goto(f"{watched.address}{path}/ask/{name}")
        assert looker.page.locator("#form").count(), f"{name} is not asked"
        looker.looks(name)
        kinds = (bool(question.rows), *(each.kind for each in question.inputs))
        if question.optional or kinds in seen:  # pages with mistakes differ by what is typed or chosen on them
            continue
        looker.page.evaluate(EMPTIED)
        click(looker.page, "Save and go on")
        looker.page.wait_for_selector(".nhsuk-error-summary")
        looker.looks(f"{name}, with mistakes")
        seen.add(kinds)
    assert looker.found == []
    assert {kind for kinds in seen for kind in kinds[1:]} == set(Kind)


@pytest.mark.parametrize("name", EMPTY)
def test_where_nothing_is_and_where_nobody_may_go_is_no_barrier_either(look, watched, name) -> None:
    looker = look(name)
    for path in EMPTY[name]:
        looker.page.goto(watched.address + path)
        looker.looks(path)
        assert looker.page.get_by_role("heading", level=1).count() == 1, path
    assert looker.found == []


def test_what_goes_wrong_with_a_form_is_no_barrier(look, watched) -> None:
    looker = look("ann")
    path = f"{watched.address}/applications/{begin(watched.ann, 'UNIVERSITY')}/ask/why"
    looker.page.goto(path)
    looker.page.context.clear_cookies(name="csrf")
    click(looker.page, "Save and go on")
    looker.looks("a form that has become old")
    looker.page.goto(path)
    looker.page.locator("textarea").evaluate("each => each.value = 'x'.repeat(1_100_000)")
    click(looker.page, "Save and go on")
    looker.looks("a form that is too large")
    assert looker.found == []
