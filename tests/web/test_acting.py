"""Given evidence that was seen, when somebody acts for another, they see less than the person, and it is logged."""

from __future__ import annotations

import datetime as dt

import pytest
from barriers import barriers
from following import follow
from own_data import STRANGER, Place, comes_in, looked, press, readable, staff_member, worker
from playwright.sync_api import Browser, BrowserContext, Page, expect
from signing_in import Someone

pytestmark = pytest.mark.xdist_group("service")
HELPER = "9990000026"
NEXT = str(dt.date.today().year + 1)


@pytest.fixture(scope="module")
def officer(browser: Browser, place: Place):
    made = staff_member(browser, place, "olu4", "case officer")
    yield made
    made.page.context.close()


def recorded(officer: Someone, place: Place, who: str, **more: str) -> int:
    """A proxy on record; the number of it."""
    page = officer.page
    page.goto(f"{place.address}/proxies/new")
    page.get_by_label(who, exact=False).first.check()
    given = {"NHS number of whom": place.number, "What do they call": "Nan", "NHS number of who acts": HELPER,
             "What did you see": "the paper itself", "Last day of the evidence": f"27 3 {NEXT}"} | more  # fmt: skip
    for label, words in given.items():
        if words == "check":
            page.get_by_label(label).check()
        else:
            page.get_by_label(label).fill(words)
    follow(page.get_by_role("button", name="Record it"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Proxy")
    return int(page.url.rpartition("/")[2])


def acts(browser: Browser, place: Place, **more: object) -> tuple[BrowserContext, Page]:
    """The helper, signed in as themselves."""
    context = browser.new_context(**more)
    page = comes_in(context, place, f"{HELPER}.P9")
    page.wait_for_url("**/my/uses")
    return context, page


def ended(officer: Someone, place: Place, proxy: int) -> None:
    officer.page.goto(f"{place.address}/proxies/{proxy}/end")
    officer.page.get_by_label("Why does it end?").fill("It was taken back.")
    follow(officer.page.get_by_role("button", name="End it"))


def test_an_attorney_sees_what_is_not_masked_and_it_is_logged_as_a_proxys(officer, browser, place) -> None:
    proxy = recorded(officer, place, "Attorney")
    context, page = acts(browser, place)
    page.goto(f"{place.address}/my/others")
    follow(page.get_by_role("link", name="Nan"))
    told = page.inner_text("main")
    assert "APP-002" not in page.content() and "cancer" not in page.content().casefold()
    assert "There may be more uses." in told and "you” is the person that you act for" in told
    lines = looked(place)
    assert any(f"my-uses: a proxy for the person (attorney, proxy {proxy})" in line for line in lines)
    token = page.locator("input[name=csrfmiddlewaretoken]").first
    answer = context.request.post(
        f"{place.address}/my/for/{proxy}/proof/APP-002.R1",
        form={"csrfmiddlewaretoken": token.input_value() if token.count() else ""},
        headers={"Referer": place.address},
    )
    assert answer.status in (403, 404)
    own = browser.new_context()
    mine = comes_in(own, place, f"{place.number}.P9")
    mine.goto(f"{place.address}/my/others")
    assert (
        "“Attorney.” They may" in mine.inner_text("main") and mine.get_by_role("button", name="End it now").count() == 0
    )
    own.close()
    ended(officer, place, proxy)
    assert context.request.get(f"{place.address}/my/for/{proxy}").status == 404, "in the very session"
    context.close()


def test_a_copy_for_a_proxy_has_no_masked_use_and_is_theirs_alone(officer, browser, place) -> None:
    proxy = recorded(officer, place, "Court deputy")
    context, page = acts(browser, place)
    page.goto(f"{place.address}/my/for/{proxy}/ask/copy")
    page.get_by_label("Tell us in your own words").fill("Her record, please.")
    follow(page.get_by_role("button", name="Send it"))
    page.reload()
    request = int(page.locator("main strong").first.inner_text())
    officer.page.goto(f"{place.address}/requests/{request}")
    expect(officer.page.get_by_text("Court deputy. the paper itself")).to_be_visible()
    press(officer.page, "Have the copy made", button="Have it made")
    worker(place, "make")
    own = browser.new_context()
    mine = comes_in(own, place, f"{place.number}.P9")
    mine.goto(f"{place.address}/my/asked")
    assert mine.get_by_role("button", name="Get your copy").count() == 0, "the person did not ask for it"
    own.close()
    page.goto(f"{place.address}/my/for/{proxy}")
    with page.expect_download() as given:
        page.get_by_role("button", name=f"Get your copy (number {request})").click()
    content = given.value.path().read_bytes()
    assert content[:2] == b"PK"
    ended(officer, place, proxy)
    context.close()


def test_somebody_they_chose_may_what_was_given_and_the_person_ends_it(officer, browser, place) -> None:
    proxy = recorded(officer, place, "Somebody they chose", **{"See where data was used": "check"})
    context, page = acts(browser, place)
    page.goto(f"{place.address}/my/for/{proxy}")
    assert "Uses that their record was in" in page.inner_text("main")
    assert context.request.get(f"{place.address}/my/for/{proxy}/ask/copy").status == 404
    assert context.request.get(f"{place.address}/my/for/{proxy}/ask/object").status == 404
    own = browser.new_context()
    mine = comes_in(own, place, f"{place.number}.P9")
    mine.goto(f"{place.address}/my/others")
    follow(mine.get_by_role("button", name=f"End it now (number {proxy})"))
    assert mine.get_by_role("button", name="End it now").count() == 0
    own.close()
    assert context.request.get(f"{place.address}/my/for/{proxy}").status == 404
    context.close()


def test_what_does_not_fit_is_said_beside_the_form(officer, place) -> None:
    page = officer.page
    page.goto(f"{place.address}/proxies/new")
    follow(page.get_by_role("button", name="Record it"))
    expect(page.locator(".nhsuk-error-summary")).to_be_visible()
    page.get_by_label("Parent", exact=False).first.check()
    page.get_by_label("NHS number of whom").fill("123")
    page.get_by_label("What do they call").fill("Sam")
    page.get_by_label("What did you see").fill("a birth certificate")
    page.get_by_label("Last day of the evidence").fill(f"27 3 {NEXT}")
    follow(page.get_by_role("button", name="Record it"))
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("not an NHS number")


@pytest.mark.parametrize("width", [320, 1000])
def test_no_barrier_no_scrolling_sideways_and_words_for_eleven(officer, browser, place, axe, width) -> None:
    proxy = recorded(officer, place, "Attorney")
    context, page = acts(browser, place, viewport={"width": width, "height": 800})
    asks = [f"/my/for/{proxy}/ask/{kind}" for kind in ("copy", "object", "no-more", "complain")]
    for path in ("/my/others", f"/my/for/{proxy}", *asks):
        page.goto(place.address + path)
        for each in page.locator("details").all():
            each.evaluate("each => each.open = true")
        assert_open(page, axe, path)
        assert readable(page.locator("main").inner_html()) <= 6.0, path
    staff = officer.page
    staff.set_viewport_size({"width": width, "height": 800})
    for path in ("/proxies", "/proxies/new", f"/proxies/{proxy}", f"/proxies/{proxy}/review", f"/proxies/{proxy}/end"):
        staff.goto(place.address + path)
        assert_open(staff, axe, path)
    ended(officer, place, proxy)
    context.close()


def assert_open(page: Page, axe: str, path: str) -> None:
    """Nothing that axe-core finds, and nothing to scroll to sideways."""
    assert barriers(page, axe) == [], path


def test_for_the_dead_the_representative_asks_and_nobody_signs_in_as_them(officer, browser, place) -> None:
    living = recorded(officer, place, "Attorney", **{"NHS number of whom": STRANGER})
    died = f"1 1 {dt.date.today().year}"
    proxy = recorded(
        officer, place, "Personal representative", **{"NHS number of whom": STRANGER, "Day of the death": died}
    )
    context, page = acts(browser, place)
    assert context.request.get(f"{place.address}/my/for/{living}").status == 404, "it ended with the life"
    page.goto(f"{place.address}/my/for/{proxy}")
    told = page.inner_text("main")
    assert "stays in trust" in told and "That we stop using their data" not in told
    page.goto(f"{place.address}/my/for/{proxy}/ask/copy")
    page.get_by_label("Tell us in your own words").fill("For the estate.")
    follow(page.get_by_role("button", name="Send it"))
    request = int(page.locator("main strong").first.inner_text())
    officer.page.goto(f"{place.address}/requests/{request}")
    assert "Access to Health Records Act 1990" in officer.page.inner_text("main")
    follow(officer.page.get_by_role("link", name="Take two months longer"))
    officer.page.locator("main textarea").fill("It is long.")
    follow(officer.page.get_by_role("button", name="Go on"))
    expect(officer.page.locator(".nhsuk-error-summary")).to_contain_text("gives no more time")
    gone = browser.new_context()
    dead = comes_in(gone, place, f"{STRANGER}.P9")
    expect(dead.get_by_role("heading", level=1)).to_have_text("You are not signed in")
    gone.close()
    context.close()
