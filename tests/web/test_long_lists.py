"""Given hundreds of cases, agreements and incidents, when somebody looks at their lists, then they get twenty-five on a
page and those of one state where they ask for it, by keyboard alone and without JavaScript."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from barriers import barriers
from by_http import Visitor
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "olu": [["case officer", ""]],
    "con": [["staff of a controller", "aldermoor"]],
    "ivo": [["applicant", "INSURER"]],
}
COUNT = 200
SCRIPT = Path(__file__).with_name("many_script.py")
LISTS = {
    "/cases": (r"/cases/(CASE-\d{4})\"", COUNT, {"submitted": 40, "in force": 40}),
    "/agreements": (r"/agreements/(CASE-\d{4})\">Study \d+</a><br>", 80, {"in force": 40, "ended": 40}),
    "/agreements/due": (r"/agreements/(CASE-\d{4})\"", 40, {}),
    "/agreements/to-draw-up": (r"/agreements/(CASE-\d{4})\"", 40, {}),
    "/incidents": (r"/incidents/(INC-\d{4})\"", COUNT, {"reported": 67, "closed": 66}),
}
"""How an entry is found on a page, how many a case officer has, and how many of them stand so."""


@pytest.fixture(scope="module")
def many(home: Path, people: dict[str, Visitor]) -> dict[str, Visitor]:
    """Everybody, where there is much to look at."""
    subprocess.run([sys.executable, SCRIPT, home, "ann@example.org", str(COUNT)], check=True)
    return people


def listed(who: Visitor, path: str, state: str = "") -> list[str]:
    """Every entry, page by page; no page has more than twenty-five."""
    found: list[str] = []
    more = f"&state={state.replace(' ', '%20')}" if state else ""
    for page in range(1, COUNT):
        text = who.get(f"{path}?page={page}{more}").text
        here = re.findall(LISTS[path][0], text)
        assert 0 < len(here) <= 25, (path, page)
        found += here
        if "Next page" not in text:
            break
        (onward,) = re.findall(r'rel="next" href="([^"]+)"', text)
        assert onward.replace("&amp;", "&") == f"?page={page + 1}{more}"
    return found


@pytest.mark.parametrize("path", LISTS)
def test_each_entry_stands_on_one_page_of_twenty_five(many, path) -> None:
    _, count, states = LISTS[path]
    found = listed(many["olu"], path)
    assert len(found) == len(set(found)) == count
    for state, some in states.items():
        those = listed(many["olu"], path, state)
        assert len(those) == len(set(those)) == some and set(those) < set(found), state
    assert many["olu"].get(f"{path}?page=9999").status == 200 and many["olu"].get(f"{path}?page=x").status == 200
    assert many["olu"].get(f"{path}?state=%00%3Cscript%3E").status == 200


def test_what_is_due_first_comes_first_in_one_state_too(many) -> None:
    days = re.findall(r"By (\d+ \w+ \d{4})", many["olu"].get("/cases?state=checked").text)
    assert len(days) == 25
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December"]  # fmt: skip
    read = [(int(year), months.index(month), int(day)) for day, month, year in map(str.split, days)]
    assert read == sorted(read)


def test_nobody_finds_more_than_is_theirs(many) -> None:
    assert len(listed(many["con"], "/agreements")) == 80
    assert "CASE-0" not in many["con"].get("/agreements/to-draw-up").text
    for path in LISTS:
        assert not re.findall(LISTS[path][0], many["ivo"].get(path).text), path
    assert "/agreements/due" in many["olu"].get("/agreements").text, "the first are shown, the others are a page away"


@pytest.mark.parametrize("path", ["/cases", "/agreements", "/incidents"])
def test_by_keyboard_alone_and_without_javascript(many, browser: Browser, address, path) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": many["olu"].session, "url": address}])
    page = context.new_page()
    page.goto(address + path)
    chooser = page.get_by_label("Where it stands")
    chooser.focus()
    state = next(iter(LISTS[path][2]))
    page.keyboard.type(state.capitalize())
    with page.expect_navigation():
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    some = LISTS[path][2][state]
    expect(page.get_by_role("status").first).to_have_text(re.compile(rf"^{some} "))
    onward = page.get_by_role("link", name="Next page")
    onward.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert f"Page 2 of {-(-some // 25)}" in page.inner_text("main") and "state=" in page.url
    context.close()


def test_no_list_has_a_barrier_or_scrolls_sideways(many, browser: Browser, address, axe) -> None:
    found: list[tuple[str, str, str]] = []
    empty = [("ivo", each) for each in ("/agreements/due", "/agreements/to-draw-up", "/agreements?state=ended")]
    for name, path in [*(("olu", each) for each in LISTS), *empty, ("olu", "/incidents?state=contained")]:
        context = browser.new_context()
        context.add_cookies([{"name": "session", "value": many[name].session, "url": address}])
        page = context.new_page()
        page.goto(address + path)
        found += [(path, *each) for each in barriers(page, axe, 320, 1000)]
        context.close()
    assert found == []
