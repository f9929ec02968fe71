"""Every public page in a real browser: no barrier that axe-core finds, at any width, and no request to another host."""

from __future__ import annotations

import pytest
from barriers import barriers
from following import follow

pytestmark = pytest.mark.xdist_group("service")
PAGES = (
    "/",
    "/accessibility",
    "/data",
    "/data?q=nothing-like-this",
    "/data/episodes",
    "/uses",
    "/uses/APP-001.R1",
    "/uses/APP-007.R1",
    "/uses/not-released",
    "/approvals",
    "/approvals?q=nothing-like-this",
    "/approvals/26-CAG-0101",
    "/assured",
    "/breaches",
    "/check",
    "/log",
    "/nothing",
)


@pytest.fixture(params=[320, 1000], ids=["narrow", "wide"])
def tab(request, browser):
    """A page of that width, with a list of every address it asked for."""
    page = browser.new_page(viewport={"width": request.param, "height": 800})
    page.asked = []
    page.on("request", lambda asked: page.asked.append(asked.url))
    yield page
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_no_barrier_no_scrolling_sideways_and_no_request_to_others(service, tab, axe, path):
    tab.goto(service.address + path)
    assert barriers(tab, axe) == []
    assert [url for url in tab.asked if not url.startswith((service.address, "data:"))] == []


def test_every_page_is_reached_by_keyboard_alone(service, browser):
    page = browser.new_page()
    page.goto(f"{service.address}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/uses":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/uses")
    page.close()


def test_without_javascript_a_person_searches_and_reads_a_use(service, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{service.address}/uses")
    page.get_by_label("Look for a word").fill("thorn")
    follow(page.get_by_role("button", name="Search"))
    follow(page.get_by_role("link", name="Follow-up of the THORN trial"))
    assert page.get_by_role("heading", level=1).inner_text().endswith("Follow-up of the THORN trial")
    page.get_by_text("rules of law and policy").click()
    context.close()
