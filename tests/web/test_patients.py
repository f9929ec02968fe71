"""Given a person who proved who they are, when they look at their own data, then they see it, and nobody else does."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from barriers import barriers
from following import follow
from own_data import (
    STRANGER,
    Place,
    comes_in,
    guardian_of,
    looked,
    press,
    readable,
    records,
    staff_member,
    take,
    worker,
)
from playwright.sync_api import Page, expect
from signing_in import Someone, invited

pytestmark = pytest.mark.xdist_group("service")
VERIFIER = Path(__file__).parents[2] / "verifier" / "verify.py"
OPEN = ("/my", "/my/choices", "/questions", "/privacy", "/privacy/1", "/policies")
ASKS = tuple(f"/my/asked/{each}" for each in ("copy", "object", "yes", "no-more", "complain"))
PRIVATE = ("/my/uses", "/my/yes", "/my/others", "/my/asked", *ASKS)
STAFF = ("/requests", "/requests/1", "/requests/1/do/answer", "/requests/1/leave-out", "/proxies", "/proxies/new",
         "/proxies/1", "/proxies/1/end")  # fmt: skip


def test_a_patient_finds_the_use_and_verifies_it_with_nothing_of_ours(context, place, tmp_path):
    page = comes_in(context, place, f"{place.number}.P9")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where your data was used")
    assert not page.get_by_role("link", name="Sign in", exact=True).count(), "which is for staff"
    masked = page.locator("details", has_text="APP-002.R1")
    assert "cancer" not in masked.locator("summary").inner_text().casefold()
    masked.locator("summary").click()
    expect(masked.get_by_role("heading", level=3)).to_contain_text("Cancer", ignore_case=True)
    with page.expect_download() as given:
        masked.get_by_role("button", name="Get the proof").click()
    given.value.save_as(tmp_path / "proof.json")
    key = place.haven.parent / "key.txt"
    key.write_text(context.request.get(f"{place.address}/log-key.txt").text())
    command = [sys.executable, VERIFIER, "person", tmp_path / "proof.json", place.number, key]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0 and "HELD" in told.stdout, told.stderr
    lines = looked(place)
    assert any("my-uses: the person themselves" in line for line in lines)
    assert any("proof of APP-002.R1" in line for line in lines) and place.number not in "".join(lines)


def test_a_person_who_is_not_held_is_told_so(context, place):
    page = comes_in(context, place, f"{STRANGER}.P9")
    assert "we hold no record under it today" in page.inner_text("main")


@pytest.mark.parametrize("who", [f"{STRANGER}.P5", "9990000017.P9"])
def test_who_was_proven_less_well_or_has_no_number_is_not_let_in(context, place, who):
    page = comes_in(context, place, who)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
    page.goto(f"{place.address}/my/uses")
    assert page.url == f"{place.address}/my"


@pytest.mark.parametrize("path", PRIVATE)
def test_the_anonymous_are_sent_to_sign_in(context, place, path):
    answer = context.request.get(place.address + path, max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (302, "/my")
    assert answer.headers["cache-control"] == "no-store"


def test_coming_back_uninvited_or_twice_lets_nobody_in(context, place, browser):
    assert context.request.get(f"{place.address}/my/back?state=a&code=b").status == 403
    page = context.new_page()
    came: list[str] = []
    page.on("request", lambda asked: came.append(asked.url) if "/my/back" in asked.url else None)
    page.goto(f"{place.address}/my")
    follow(page.get_by_role("button", name="Prove who you are"))
    page.get_by_label("Who").fill(f"{STRANGER}.P9")
    follow(page.get_by_role("button", name="Go on"))
    page.wait_for_url("**/my/uses")
    assert context.request.get(came[0]).status == 403, "the same address again"
    other = browser.new_context()
    assert other.request.get(came[0]).status == 403, "the same address in another browser"
    other.close()


def test_a_cookie_that_was_changed_lets_nobody_in(context, place):
    comes_in(context, place, f"{STRANGER}.P9").wait_for_url("**/my/uses")
    (cookie,) = [each for each in context.cookies() if each["name"] == "person"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and STRANGER not in cookie["value"]
    going = cookie["value"]
    for value in (going[:-6] + "AAAA==", "", going.replace("g", "h", 3)):
        context.add_cookies([{**cookie, "value": value}])
        assert context.request.get(f"{place.address}/my/uses", max_redirects=0).status == 302


def test_the_quick_exit_signs_out_and_leads_away(context, place):
    page = comes_in(context, place, f"{STRANGER}.P9")
    page.wait_for_url("**/my/uses")
    assert page.get_by_role("link", name="Leave this page now").get_attribute("href") == "/my/leave"
    answer = context.request.get(f"{place.address}/my/leave", max_redirects=0)
    assert answer.status == 302 and answer.headers["location"].startswith("https://")
    page.goto(f"{place.address}/my/asked")
    assert page.url == f"{place.address}/my"


def asked_so_far(place) -> int:
    """Requests to stop, so far."""
    with closing(sqlite3.connect(place.haven / "records.sqlite3", timeout=60)) as kept:
        return int(kept.execute("select count(*) from desk_request where kind = 'stop using my data'").fetchone()[0])


def test_a_request_is_taken_in_answered_by_staff_and_wiped(context, place, browser):
    page = comes_in(context, place, f"{STRANGER}.P9")
    page.goto(f"{place.address}/my/asked/object")
    follow(page.get_by_role("button", name="Send it"))
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("Tell us what you want to ask")
    words, before = "Stop, please. <script>alert(1)</script>", asked_so_far(place)
    page.get_by_label("Tell us in your own words").fill(f"\u202e{words}")
    follow(page.get_by_role("button", name="Send it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("We have it")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have it")
    assert asked_so_far(place) == before + 1, "who looks again has not asked again"
    assert page.context.request.get(page.url.replace("/asked/", "/asked/9")).status == 404
    kept = b"".join(path.read_bytes() for path in place.haven.glob("records.sqlite3*"))
    assert STRANGER.encode() not in kept and b"Stop, please" not in kept
    staff = browser.new_context()
    olu = Someone(staff.new_page(), place.address, "olu2@example.org")
    olu.joins(invited(place.haven, olu.email, "case officer"))
    olu.page.goto(f"{place.address}/requests")
    assert STRANGER not in olu.page.content()
    follow(olu.page.get_by_role("rowheader").get_by_role("link").first)
    assert "\u202e" not in olu.page.content(), "nothing turns the words round"
    assert STRANGER in olu.page.inner_text("main") and words in olu.page.inner_text("main")
    assert olu.page.get_by_role("link", name="Uphold the objection").count() == 0, "this is for a guardian"
    press(olu.page, "Answer it", "We put your objection on record.")
    expect(olu.page.locator(".nhsuk-error-summary")).to_contain_text("nobody has decided on the objection")
    guardian = guardian_of(browser, place)
    guardian.page.goto(olu.page.url.partition("/do/")[0])
    press(guardian.page, "Uphold the objection", "Your reason weighs more.", button="Uphold it")
    press(guardian.page, "Answer it", "We put your objection on record.")
    expect(guardian.page.get_by_text("Nothing waits.")).to_be_visible()
    assert any("olu2@example.org: " in line and line.endswith("read, to answer it") for line in looked(place))
    staff.close()
    guardian.page.context.close()
    page.goto(f"{place.address}/my/asked")
    told = page.inner_text("main")
    assert "We put your objection on record" in told and "Your reason weighs more." in told
    page.goto(f"{place.address}/my/yes")
    assert "We said yes. We leave you out of new uses." in page.inner_text("main")


def ask_for_a_copy(page: Page, place: Place) -> int:
    """A person asks for their copy; the number of the request."""
    page.goto(f"{place.address}/my/asked/copy")
    page.get_by_label("Tell us in your own words").fill("All of it, please.")
    follow(page.get_by_role("button", name="Send it"))
    return int(page.locator("main strong").first.inner_text())


def leaves_the_postcode_out(page: Page, at: str) -> None:
    """A guardian says what is not in the copy, and why."""
    page.goto(at)
    follow(page.get_by_role("link", name="Look at what is held, and leave something out"))
    page.get_by_label("Hospital episodes").check()
    page.get_by_label("Which fields?").fill("postcode")
    page.get_by_label("it is about somebody else").check()
    page.get_by_label("Why does it apply here?").fill("The address is that of the sister.")
    follow(page.get_by_role("button", name="Leave it out"))
    expect(page.get_by_text("episodes: postcode")).to_be_visible()


def test_a_copy_is_asked_for_made_collected_by_the_person_alone_and_wiped(context, place, browser, tmp_path):
    page = comes_in(context, place, f"{place.number}.P9")
    page.wait_for_url("**/my/uses")
    request = ask_for_a_copy(page, place)
    officer = staff_member(browser, place, "olu3", "case officer")
    guardian = guardian_of(browser, place)
    at = f"{place.address}/requests/{request}"
    officer.page.goto(at)
    assert officer.page.get_by_role("link", name="leave something out").count() == 0
    press(officer.page, "Ask the person what they mean", "Which years?", button="Go on")
    page.goto(f"{place.address}/my/asked")
    assert "“Which years?” The time for our answer stands still" in page.inner_text("main")
    assert officer.page.get_by_text("The clock stands.").is_visible()
    press(officer.page, "Record their answer", "All years.", button="Go on")
    leaves_the_postcode_out(guardian.page, at)
    press(officer.page, "Have the copy made", button="Have it made")
    assert context.request.post(f"{place.address}/my/copy/{request}").status in (403, 404), "not made yet"
    worker(place, "make")
    page.goto(f"{place.address}/my/asked")
    with page.expect_download() as given:
        page.get_by_role("button", name=f"Get your copy (number {request})").click()
    given.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        names, text = archive.namelist(), archive.read("index.html").decode()
        assert {"index.html", "records.json", "episodes.csv", "uses/index.html", "who-looked.csv"} <= set(names)
        assert "Schedule 2, Part 3" in text and "signed in with proven identity" in text
        assert b"postcode" not in archive.read("episodes.csv") and place.number in text
    assert b"sister" not in records(place) and place.number.encode() not in records(place)
    stranger = browser.new_context()
    other = comes_in(stranger, place, f"{STRANGER}.P9")
    other.wait_for_url("**/my/uses")
    assert other.get_by_role("button", name="Get your copy").count() == 0
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = other.context.request.post(
        f"{place.address}/my/copy/{request}", form={"csrfmiddlewaretoken": token}, headers={"Referer": place.address}
    )
    assert answer.status in (403, 404)
    stranger.close()
    officer.page.goto(at)
    press(officer.page, "Answer it", "You have your copy.")
    worker(place, "wipe", "2")
    page.goto(f"{place.address}/my/asked")
    assert page.get_by_role("button", name="Get your copy").count() == 0
    lines = looked(place)
    assert any(f"the copy for request {request}: the person themselves" in line for line in lines)
    assert any("guardian2@example.org: " in line and line.endswith("read, to see what to leave out") for line in lines)
    for each in (officer, guardian):
        each.page.context.close()


def test_staff_take_a_copy_to_send_it_once_it_is_made_and_say_how(context, place, browser):
    page = comes_in(context, place, f"{place.number}.P9")
    page.wait_for_url("**/my/uses")
    request = ask_for_a_copy(page, place)
    officer = staff_member(browser, place, "olu3", "case officer")
    officer.page.goto(f"{place.address}/requests/{request}")
    assert officer.page.get_by_role("link", name="Take the copy, to send it").count() == 0
    press(officer.page, "Take two months longer", "You asked for three things.", button="Go on")
    press(officer.page, "Have the copy made", button="Have it made")
    worker(place, "make")
    officer.page.reload()
    take(officer.page, "Take the copy, to send it", "By courier, sealed.", button="Take it")
    page.goto(f"{place.address}/my/asked")
    assert "It takes longer than a month. This is why: “You asked for three things.”" in page.inner_text("main")
    assert any(line.endswith(f"request {request}: take the copy, to send it") and "olu3@example.org: " in line
               for line in looked(place))  # fmt: skip
    officer.page.context.close()


@pytest.mark.parametrize("role", ["applicant", "keeper of accounts"])
def test_others_on_the_staff_do_not_see_what_people_ask(place, browser, role):
    other = browser.new_context()
    more = ("--organisation", "UNIVERSITY") if role == "applicant" else ()
    someone = Someone(other.new_page(), place.address, f"{role.split()[0]}2@example.org")
    someone.joins(invited(place.haven, someone.email, role, *more))
    for path in STAFF:
        assert other.request.get(place.address + path).status == 403
    other.close()


@pytest.mark.parametrize("path", STAFF)
def test_the_anonymous_do_not_see_what_people_ask(context, place, path):
    answer = context.request.get(place.address + path, max_redirects=0)
    assert answer.status == 302 and answer.headers["location"].startswith("/sign-in")
    comes_in(context, place, f"{STRANGER}.P9").wait_for_url("**/my/uses")
    assert context.request.get(place.address + path, max_redirects=0).status == 302, "a patient is no staff"


@pytest.mark.parametrize("width", [320, 1000])
def test_no_barrier_no_scrolling_sideways_and_words_for_eleven(browser, place, axe, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = comes_in(context, place, f"{place.number}.P9")
    page.wait_for_url("**/my/uses")
    for path in (*OPEN, *PRIVATE):
        page.goto(place.address + path)
        for each in page.locator("details").all():
            each.evaluate("each => each.open = true")
        assert barriers(page, axe) == [], path
        assert readable(page.locator("main").inner_html()) <= 6.0, path
    context.close()


def test_without_javascript_all_of_it_works(browser, place):
    context = browser.new_context(java_script_enabled=False)
    page = comes_in(context, place, f"{place.number}.P9")
    page.get_by_text("Show it (APP-002.R1)").click()
    with page.expect_download():
        page.locator("details", has_text="APP-002.R1").get_by_role("button", name="Get the proof").click()
    context.close()


def test_where_nobody_proves_identities_the_page_says_how_else(service):
    page = service.get("/my").text
    assert "You cannot sign in here yet" in page and "Prove who you are" not in page


def test_a_notice_that_was_never_made_is_not_there_and_numbers_are_those_of_the_law(context, place):
    assert context.request.get(f"{place.address}/privacy/7").status == 404
    told = context.request.get(f"{place.address}/policies").text()
    assert "when a child is 13, and when they are 16" in told and "21 days" in told and "40 days" in told
