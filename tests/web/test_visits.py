"""Given somebody who calls, writes or comes, staff do for them what their own pages would do, and it is logged so."""

from __future__ import annotations

import pytest
from barriers import barriers
from following import follow
from own_data import STRANGER, Place, looked, staff_member
from playwright.sync_api import Browser, Page, expect
from signing_in import Someone

pytestmark = pytest.mark.xdist_group("service")


@pytest.fixture(scope="module")
def officer(browser: Browser, place: Place):
    made = staff_member(browser, place, "olu5", "case officer")
    yield made
    made.page.context.close()


def came(officer: Someone, place: Place, *, shown: str, channel: str = "A call", number: str = "") -> str:
    """Somebody came; the address of the page on which they are helped."""
    page = officer.page
    page.goto(f"{place.address}/visits/new")
    page.get_by_label(channel).check()
    page.get_by_label("NHS number of the person").fill(number or place.number)
    page.get_by_label(shown, exact=False).check()
    follow(page.get_by_role("button", name="Go on"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("You help somebody")
    return page.url


def test_who_is_known_is_told_all_of_it_and_it_is_logged_as_done_for_them(officer, place) -> None:
    at, page = came(officer, place, shown="Passport", channel="A visit"), officer.page
    follow(page.get_by_role("link", name="Explain what they can choose"))
    follow(page.get_by_role("button", name="It was explained to them"))
    follow(page.get_by_role("link", name="Tell them where the data was used"))
    assert "cancer" not in page.locator("summary", has_text="APP-002.R1").inner_text().casefold()
    with page.expect_download() as given:
        page.get_by_role("button", name="Save it as a page to print").click()
    assert "National Cancer Outcomes Audit" in given.value.path().read_text("utf-8")
    page.goto(at)
    follow(page.get_by_role("link", name="See what they said yes to"))
    assert "on record" in page.inner_text("main") or page.get_by_role("button", name="Take it back for them").count()
    page.goto(at)
    follow(page.get_by_role("link", name="Object for them"))
    page.get_by_label("Their words, as they say them").fill("I do not want it used.")
    follow(page.get_by_role("button", name="Send it for them"))
    expect(page.get_by_text("Tell them their number")).to_be_visible()
    page.goto(at)
    follow(page.get_by_role("button", name="End it, and forget who it was"))
    assert officer.page.context.request.get(at).status == 404
    lines = "\n".join(looked(place))
    for said in ("choices: explained by a visit", "my-uses: by a visit, for the person: passport",
                 "request: by a visit, for the person asked for: stop using my data"):  # fmt: skip
        assert f"olu5@example.org: what was done with one person's record, {said}" in lines
    of_people = [each.partition(": ")[2] for each in lines.splitlines() if "one person's record" in each]
    assert not [each for each in of_people if "@" in each], "why names nobody: an auditor may be given it"
    assert place.number not in lines


def test_of_who_is_not_known_nothing_is_shown_and_the_clock_waits(officer, place) -> None:
    at, page = came(officer, place, shown="Nothing yet"), officer.page
    assert page.get_by_role("link", name="Tell them where").count() == 0
    assert page.context.request.get(f"{at}/uses").status == 403
    follow(page.get_by_role("link", name="Ask for a copy for them"))
    page.get_by_label("Their words, as they say them").fill("All of it.")
    follow(page.get_by_role("button", name="Send it for them"))
    page.reload()
    assert "begins once it is known who they are" in page.inner_text("main")
    page.goto(f"{place.address}/requests")
    assert page.get_by_role("row", name="who asks is to be proven").count() == 1


def test_a_visit_is_one_members_own_and_nobody_elses(officer, browser, place) -> None:
    at = came(officer, place, shown="Passport", number=STRANGER)
    other = staff_member(browser, place, "olu6", "case officer")
    guardian = staff_member(browser, place, "gus6", "Caldicott Guardian", "--organisation", "aldermoor")
    for each, status in ((other, 404), (guardian, 403)):
        assert each.page.context.request.get(at).status == status
        assert each.page.context.request.get(f"{at}/uses").status == status
        each.page.context.close()
    anyone = browser.new_context()
    answer = anyone.request.get(at, max_redirects=0)
    assert answer.status == 302 and "/sign-in" in answer.headers["location"]
    anyone.close()


@pytest.mark.parametrize("width", [320, 1000])
def test_no_page_of_staff_has_a_barrier_or_scrolls_sideways(officer, place, axe, width) -> None:
    at, page = came(officer, place, shown="Passport"), officer.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{at}/ask/copy")
    page.get_by_label("Their words").fill("All.")
    follow(page.get_by_role("button", name="Send it for them"))
    request = int(page.locator("main strong").first.inner_text())
    assert_open(page, axe, "sent")
    requests = [f"/requests/{request}", *(f"/requests/{request}/do/{name}" for name in ("back", "make", "answer"))]
    visits = [at.removeprefix(place.address) + more for more in ("", "/uses", "/choices", "/yes", "/ask/object")]
    for path in ("/requests", "/visits", "/visits/new", *requests, *visits):
        page.goto(place.address + path)
        assert_open(page, axe, path)
    for path in ("/visits/new", f"/requests/{request}/do/back"):
        page.goto(place.address + path)
        follow(page.locator("main form button").last)
        page.wait_for_selector(".nhsuk-error-summary")
        assert_open(page, axe, f"{path}, with mistakes")


@pytest.mark.parametrize("width", [320, 1000])
def test_what_a_guardian_leaves_out_of_a_copy_is_a_page_for_everybody(officer, browser, place, axe, width) -> None:
    at, page = came(officer, place, shown="Passport"), officer.page
    page.goto(f"{at}/ask/copy")
    page.get_by_label("Their words").fill("All.")
    follow(page.get_by_role("button", name="Send it for them"))
    request = int(page.locator("main strong").first.inner_text())
    guardian = staff_member(browser, place, "gus7", "Caldicott Guardian", "--organisation", "aldermoor")
    own = guardian.page
    own.set_viewport_size({"width": width, "height": 800})
    own.goto(f"{place.address}/requests/{request}/leave-out")
    assert_open(own, axe, "leave out")
    follow(own.get_by_role("button", name="Leave it out"))
    own.wait_for_selector(".nhsuk-error-summary")
    assert_open(own, axe, "leave out, with mistakes")
    own.get_by_label("Hospital episodes").check()
    own.get_by_label("serious harm to somebody's health").check()
    own.get_by_label("Why does it apply here?").fill("It would shock.")
    follow(own.get_by_role("button", name="Leave it out"))
    expect(own.locator(".nhsuk-error-summary")).to_contain_text("needs the opinion of a health professional")
    own.context.close()


def assert_open(page: Page, axe: str, path: str) -> None:
    """Nothing that axe-core finds, and nothing to scroll to sideways."""
    for each in page.locator("details").all()[:3]:
        each.evaluate("each => each.open = true")
    assert barriers(page, axe) == [], path
