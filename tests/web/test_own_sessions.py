"""Given a person who looked at their own data, when they leave, then a copy of their cookie opens nothing; what they
typed too late is there again; what they hide is hidden from who acts for them; documents are looked through."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from barriers import barriers
from by_http import Visitor, sessions
from clamd import clamd_running
from cryptography.fernet import Fernet
from following import follow
from own_data import STRANGER, Place, comes_in, looked, place_of, readable, records, staff_member, worker
from playwright.sync_api import Browser, BrowserContext, expect
from tab import Tab
from test_acting import HELPER, ended, recorded
from test_sessions import change, joined, types_both

from openhaven.keys import Keys
from openhaven.model.settings import Keys as KeySettings

pytestmark = pytest.mark.xdist_group("service")
OFFICER = "Ada Grey, 01632 960123, dpo@example.org"


@pytest.fixture(scope="module")
def place(small_demo, tmp_path_factory) -> Iterator[Place]:
    """A haven with a data protection officer, and somebody who looks for viruses."""
    with clamd_running() as clamd:
        more = f'data_protection_officer = "{OFFICER}"\n[service]\nclamd = "{clamd}"\n'
        with place_of(small_demo.folder, tmp_path_factory.mktemp("own"), more=more) as made:
            yield made


@pytest.mark.parametrize("way", ["/my/out", "/my/leave"])
def test_a_copied_cookie_opens_nothing_once_its_person_has_left(browser: Browser, place: Place, way: str) -> None:
    context, other = browser.new_context(), browser.new_context()
    comes_in(context, place, f"{STRANGER}.P9").wait_for_url("**/my/uses")
    (cookie,) = [each for each in context.cookies() if each["name"] == "person"]
    other.add_cookies([cookie])
    assert other.request.get(f"{place.address}/my/asked", max_redirects=0).status == 200, "so far it is theirs"
    (renewed,) = [each for each in other.cookies() if each["name"] == "person"]
    context.request.get(place.address + way, max_redirects=0)
    for each in (cookie, renewed):
        other.clear_cookies()
        other.add_cookies([each])
        answer = other.request.get(f"{place.address}/my/asked", max_redirects=0)
        assert (answer.status, answer.headers["location"]) == (302, "/my")
    assert STRANGER.encode() not in records(place)
    for each in (context, other):
        each.close()


def _of_the_service(place: Place, name: str) -> Fernet:
    import base64

    keys = Keys.open(place.haven / "keys", KeySettings())
    return Fernet(base64.urlsafe_b64encode(keys.service_key(f"patients, {name}")))


@pytest.mark.parametrize(("began", "status"), [(0, 200), (2 * 3600 - 300, 200), (2 * 3600 + 300, 302)])
def test_a_visit_ends_after_two_hours_whatever_somebody_does(browser, place, began, status) -> None:
    import json
    import time

    content = json.dumps([STRANGER, int(time.time()) - began, "a" * 32]).encode()
    value = _of_the_service(place, "person").encrypt(content).decode()
    context = browser.new_context()
    context.add_cookies([{"name": "person", "value": value, "url": place.address}])
    assert context.request.get(f"{place.address}/my/asked", max_redirects=0).status == status
    context.close()


def _forgotten_by_the_provider(context: BrowserContext) -> None:
    """It would else send whoever asks next back as the same person."""
    context.clear_cookies(name=re.compile("^_"))


def test_what_was_typed_too_late_is_there_again_for_that_person_alone(browser: Browser, place: Place) -> None:
    import json
    import time

    words = "It took me twenty minutes to say this. Ünd more."
    context = browser.new_context()
    page = comes_in(context, place, f"{STRANGER}.P9")
    page.goto(f"{place.address}/my/asked/complain")
    assert OFFICER in page.inner_text("main")
    page.get_by_label("Tell us in your own words").fill(words)
    old = json.dumps([STRANGER, int(time.time()) - 1200, "b" * 32]).encode()
    value = _of_the_service(place, "person").encrypt_at_time(old, int(time.time()) - 1200).decode()
    context.add_cookies([{"name": "person", "value": value, "url": place.address}])
    follow(page.get_by_role("button", name="Send it"))
    assert page.url == f"{place.address}/my"
    with closing(sqlite3.connect(place.haven / "records.sqlite3", timeout=60)) as opened:
        kept = str(opened.execute("select value from desk_shortly").fetchall())
    assert "gAAAA" in kept and "twenty minutes" not in kept and STRANGER not in kept
    _forgotten_by_the_provider(context)
    other = comes_in(context, place, f"{HELPER}.P9")
    other.wait_for_url("**/my/uses")
    other.goto(f"{place.address}/my/asked/complain")
    assert other.locator("main textarea").input_value() == ""
    context.request.get(f"{place.address}/my/out", max_redirects=0)
    _forgotten_by_the_provider(context)
    page = comes_in(context, place, f"{STRANGER}.P9")
    page.wait_for_url("**/my/asked/complain")
    assert page.locator("main textarea").input_value() == words and "You were signed out" in page.inner_text("main")
    follow(page.get_by_role("button", name="Send it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("We have it")
    page.goto(f"{place.address}/my/asked/complain")
    assert page.locator("main textarea").input_value() == "", "once"
    context.close()


def test_a_use_that_a_person_hides_is_hidden_from_who_acts_for_them(browser: Browser, place: Place, axe: str) -> None:
    officer = staff_member(browser, place, "olu8", "case officer")
    proxy = recorded(officer, place, "Attorney")
    own, helper = browser.new_context(), browser.new_context()
    theirs = comes_in(helper, place, f"{HELPER}.P9")
    theirs.goto(f"{place.address}/my/for/{proxy}")
    seen = re.findall(r"Get the proof of use ([^\s<]+)<", theirs.content())
    assert seen, "there is something to hide"
    mine = comes_in(own, place, f"{place.number}.P9")
    mine.wait_for_url("**/my/uses")
    assert "Some people act for you" in mine.inner_text("main")
    for each in mine.locator("details").all():
        each.evaluate("each => each.open = true")
    assert barriers(mine, axe, 320, 1000) == [] and readable(mine.locator("main").inner_html()) <= 6.0
    before = records(place)
    follow(mine.get_by_role("button", name=f"Hide it from those who act for me ({seen[0]})"))
    assert mine.locator("button", has_text=f"Show it to them ({seen[0]})").count() == 1
    assert place.number.encode() not in records(place).replace(before, b"")
    theirs.reload()
    assert seen[0] not in theirs.content() and "There may be more uses." in theirs.inner_text("main")
    theirs.goto(f"{place.address}/my/for/{proxy}/ask/complain")
    token = theirs.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = helper.request.post(
        f"{place.address}/my/for/{proxy}/proof/{seen[0]}",
        form={"csrfmiddlewaretoken": token},
        headers={"Referer": place.address},
    )
    assert answer.status == 404
    lines = [line for line in looked(place) if "what they hide" in line]
    assert lines and not any(seen[0] in line for line in lines)
    for each in mine.locator("details").all():
        each.evaluate("each => each.open = true")
    follow(mine.get_by_role("button", name=f"Show it to them ({seen[0]})"))
    theirs.goto(f"{place.address}/my/for/{proxy}")
    assert seen[0] in theirs.content()
    ended(officer, place, proxy)
    mine.reload()
    assert "Hide it from those who act for me" not in mine.content(), "nobody acts for them now"
    for each in (own, helper, officer.page.context):
        each.close()


def test_a_copy_for_a_proxy_tells_of_nothing_hidden_nor_that_anything_is(browser, place, tmp_path) -> None:
    import zipfile

    officer = staff_member(browser, place, "olu8", "case officer")
    proxy = recorded(officer, place, "Attorney")
    own, helper = browser.new_context(), browser.new_context()
    mine = comes_in(own, place, f"{place.number}.P9")
    mine.wait_for_url("**/my/uses")
    button = mine.locator("button", has_text="Hide it from those who act for me").first
    (release,) = re.findall(r"\((\S+)\)", button.inner_text() or button.text_content() or "")
    button.evaluate("each => each.closest('details').open = true")
    follow(button)
    theirs = comes_in(helper, place, f"{HELPER}.P9")
    theirs.goto(f"{place.address}/my/for/{proxy}/ask/copy")
    theirs.get_by_label("Tell us in your own words").fill("All of it, please.")
    follow(theirs.get_by_role("button", name="Send it"))
    request = int(theirs.locator("main strong").first.inner_text())
    officer.page.goto(f"{place.address}/requests/{request}")
    follow(officer.page.get_by_role("link", name="Have the copy made", exact=True))
    follow(officer.page.locator("main form").get_by_role("button", name="Have it made"))
    worker(place, "make")
    theirs.goto(f"{place.address}/my/for/{proxy}")
    with theirs.expect_download() as given:
        theirs.get_by_role("button", name=f"Get your copy (number {request})").click()
    given.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "Uses" in whole and release not in whole and "hide" not in whole
    ended(officer, place, proxy)
    for each in (own, helper, officer.page.context):
        each.close()


def test_documents_are_looked_through_for_viruses_and_the_page_says_so(place: Place) -> None:
    from applying import begin
    from test_cases import attach

    ann = Visitor(place.address, sessions(place.haven, [{"email": "ann8@example.org",
                  "posts": [["applicant", "UNIVERSITY"]]}])["ann8@example.org"])  # fmt: skip
    case = begin(ann, "UNIVERSITY")
    assert "Each is looked through for viruses first." in ann.get(f"/cases/{case}/documents").text
    assert attach(ann, case, "letter.txt", b"A letter of approval.\n")[0] == 302
    status, text = attach(ann, case, "worse.txt", b"A letter with a virus in it.\n")
    assert status == 422 and "A virus was found in the file" in text
    page = ann.get(f"/cases/{case}/documents").text
    assert "letter.txt" in page and "worse.txt" not in page


def test_who_is_to_be_complained_to_is_named_where_people_read_it(place: Place) -> None:
    nobody = Visitor(place.address)
    for path in ("/policies", "/privacy"):
        assert OFFICER in nobody.get(path).text


def test_what_staff_typed_about_a_person_is_kept_sealed_and_given_back(place: Place) -> None:
    tab = Tab(place.address)
    email, key = joined(place.haven, tab, "kim8")
    tab.go("/proxies/new")
    change(place.haven, "update desk_signin set seen = datetime('now', '-1 hours')")
    tab.send(who="attorney", of=STRANGER, name="Nan", evidence="The paper of 3 May, with its stamp.", deeds="complain")
    assert tab.heading == "Sign in"
    with closing(sqlite3.connect(place.haven / "records.sqlite3", timeout=60)) as opened:
        kept = str(opened.execute("select session_data from django_session").fetchall())
    assert STRANGER not in kept and "stamp" not in kept and STRANGER.encode() not in records(place)
    types_both(tab, email, key)
    assert tab.at.endswith("/proxies/new") and "You had been signed out" in tab.text
    assert "The paper of 3 May, with its stamp." in tab.text and STRANGER in tab.text
    assert re.search(r'value="attorney"[^>]*checked', tab.text), "what was chosen too"
    assert "You had been signed out" not in tab.go("/proxies/new").text, "once"
