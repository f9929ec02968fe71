"""Given an incident, when it is reported, frozen, told and closed, then the law refuses meanwhile, the clock is seen,
and the public sees what the log holds of it and nothing more."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest
from applying import send
from barriers import barriers
from by_http import Answer, Visitor
from following import follow
from playwright.sync_api import Browser

from openhaven.casework.agreeing import LADDER

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
    "tied": [["senior information risk owner", ""], ["applicant", "UNIVERSITY"]],
    "con": [["staff of a controller", "aldermoor"]],
    "ivo": [["applicant", "INSURER"]],
    "nobody": [],
}
NOW = dt.datetime.now(dt.UTC)
SECRET = "A laptop of Jo Bloggs was left on a train."


def reported(who: Visitor, **more: str) -> Answer:
    """A report of what became known yesterday."""
    yesterday = NOW - dt.timedelta(days=1)
    typed = {
        "title": "A laptop was lost",
        "text": SECRET,
        "time": "00:00",
        "about": "",
        "dataset": "",
        "agreement": "",
        "known-day": str(yesterday.day),
        "known-month": str(yesterday.month),
        "known-year": str(yesterday.year),
    }
    return send(who, "/incidents/report", {key: [value] for key, value in {**typed, **more}.items()})


def test_the_day_that_is_shown_as_an_example_is_one_that_could_be_reported(people) -> None:
    asked = people["ann"].get("/incidents/report").text
    day, month, year = map(int, re.findall(r"For example, (\d+) (\d+) (\d{4})", asked)[0])
    assert dt.date(year, month, day) <= NOW.date()


def do(who: Visitor, incident: str, name: str, **typed: str | list[str]) -> Answer:
    path = f"/incidents/{incident}/do/{name}"
    if (page := who.get(path)).status != 200:
        return page
    return send(who, path, {key: value if isinstance(value, list) else [value] for key, value in typed.items()})


def decided(home: Path, application: Path) -> int:
    """The exit status of a decision: 0 permit, 3 refuse, 4 refer."""
    command = [Path(sys.executable).with_name("haven"), "--haven", home, "decide", application]
    return subprocess.run(command, capture_output=True, text=True).returncode


@pytest.fixture(scope="module")
def incident(people) -> str:
    """One that the university's applicant reported, of their own organisation."""
    answer = reported(people["ann"], about="UNIVERSITY", dataset="episodes", agreement="DSA-001")
    assert answer.status == 302, answer.text
    return answer.headers["location"].rpartition("/")[2]


def test_from_the_report_to_the_lessons(people, incident, home, small_demo) -> None:
    asked = small_demo.folder / "applications" / "1-university.toml"
    assert decided(home, asked) == 0
    # given the team, which sees the clock and what is missing
    page = people["olu"].get(f"/incidents/{incident}").text
    assert re.search(r"(4[5-9]|2[0-9]|3[0-9]|4[0-4]) hours left", page)
    assert "tell the Commissioner" in people["olu"].get("/desk").text and incident in people["sir"].get("/desk").text
    assert incident not in people["ann"].get("/desk").text
    assert "the controllers are told" in page and "lessons are written down" in page
    # when it is frozen: a breach, in words for the public, and a hold
    organisation = "the organisation: a breach of terms, which is public"
    assert do(people["olu"], incident, "freeze", what=organisation, text="A laptop with data was lost.").status == 302
    assert decided(home, asked) == 3, "an open breach refuses"
    assert "A laptop with data was lost." in people["anyone"].get("/breaches").text
    assert do(people["olu"], incident, "freeze", what="everything under the agreement", text="Held.").status == 302
    assert do(people["olu"], incident, "contain", text="The laptop was wiped from afar.").status == 302
    # then nobody closes it before everything is settled
    told = do(people["sir"], incident, "close", text="Done.")
    assert told.status == 422 and "It cannot be closed until" in told.text
    assert do(people["olu"], incident, "regulator", text="Told at noon, reference IC-1.").status == 302
    some = do(people["olu"], incident, "controllers", chosen=["aldermoor"], text="By telephone.")
    assert some.status == 422 and "not told yet brackenfield and carrowdale" in some.text
    every = ["aldermoor", "brackenfield", "carrowdale"]
    assert do(people["olu"], incident, "controllers", chosen=every, text="By telephone.").status == 302
    no = "they are not told, and here is why"
    assert do(people["sir"], incident, "people", what=no, text="The disk was encrypted.").status == 302
    assert do(people["sir"], incident, "sanction", what=LADDER[0], text="By March.").status == 302
    assert do(people["olu"], incident, "lessons", text="Laptops stay in the building.").status == 302
    assert do(people["sir"], incident, "close", text="All is settled.").status == 302
    assert "closed on" in people["anyone"].get("/breaches").text
    assert decided(home, asked) in (3, 4), "a person looks first after a breach, and the hold ends tomorrow"
    assert people["olu"].get(f"/incidents/{incident}/do/add").status == 403


def test_the_public_sees_nothing_of_it_but_the_breach(people, incident) -> None:
    assert people["anyone"].get(f"/incidents/{incident}").headers["location"].startswith("/sign-in")
    for path in ("/breaches", "/breaches.json", "/breaches.csv"):
        text = people["anyone"].get(path).text
        assert "Jo Bloggs" not in text and "encrypted" not in text


def test_who_is_of_the_organisation_follows_it_and_deals_with_none_of_it(people, incident) -> None:
    other = reported(people["tied"], about="UNIVERSITY").headers["location"].rpartition("/")[2]
    assert people["tied"].get(f"/incidents/{other}").status == 200
    assert people["ann"].get(f"/incidents/{incident}").status == 200
    for name in ("contain", "freeze", "no-regulator", "close"):
        assert people["tied"].get(f"/incidents/{other}/do/{name}").status == 403
    assert people["con"].get(f"/incidents/{incident}").status == 200, "whose data it is sees it"
    for name in ("una", "ivo", "nobody"):
        assert people[name].get(f"/incidents/{incident}").status == 404, name


def test_an_excluded_organisation_stays_so_when_it_is_closed(people, home) -> None:
    id = reported(people["olu"], about="INSURER").headers["location"].rpartition("/")[2]
    told = do(people["sir"], id, "sanction", what=LADDER[3], text="Sold it.")
    assert told.status == 422 and "Freeze the organisation first" in told.text
    organisation = "the organisation: a breach of terms, which is public"
    assert do(people["olu"], id, "freeze", what=organisation, text="Data was sold.").status == 302
    assert do(people["sir"], id, "sanction", what=LADDER[3], text="Sold it.").status == 302
    assert do(people["olu"], id, "contain", text="Stopped.").status == 302
    assert do(people["sir"], id, "no-regulator", text="No person is affected.").status == 302
    every = ["aldermoor", "brackenfield", "carrowdale"]
    whose = re.findall(r'name="chosen" [^>]*value="([^"]+)"', people["olu"].get(f"/incidents/{id}/do/controllers").text)
    assert set(every) <= set(whose)
    assert do(people["olu"], id, "controllers", chosen=whose, text="By letter.").status == 302
    no = "they are not told, and here is why"
    assert do(people["sir"], id, "people", what=no, text="None is affected.").status == 302
    assert do(people["olu"], id, "lessons", text="Ask first.").status == 302
    assert do(people["sir"], id, "close", text="Excluded.").status == 302
    page = people["anyone"].get("/breaches").text
    assert "still open" in page[page.index("Data was sold") :]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text": ""}, "Fill this in"),
        ({"time": "25:99"}, "hours and minutes"),
        ({"known-year": "2099"}, "in the future"),
        ({"known-day": "31", "known-month": "2"}, "real date"),
        ({"about": "nobody"}, "Choose one of the answers"),
        ({"title": "x" * 60_000}, "characters or fewer"),
        ({"text": "999 000 0018"}, "NHS number"),
    ],
)
def test_a_report_that_cannot_be_taken_says_what_is_wrong_and_keeps_what_was_typed(people, typed, said) -> None:
    answer = reported(people["ann"], **typed)
    assert answer.status == 422 and said in answer.text
    assert "A laptop was lost" in answer.text or "title" in typed


@pytest.mark.parametrize("path", ["/incidents", "/incidents/report", "/incidents/{id}", "/incidents/{id}/do/add"])
def test_the_anonymous_sign_in_first_and_nothing_is_sent_without_the_token(people, incident, path) -> None:
    there = path.format(id=incident)
    assert people["anyone"].get(there).headers["location"].split("?")[0] == "/sign-in"
    assert people["olu"].post(there, text="x").status == 403


def test_no_page_has_a_barrier_or_scrolls_sideways(browser: Browser, people, address, incident, axe) -> None:
    open_one = reported(people["olu"], dataset="episodes").headers["location"].rpartition("/")[2]
    looks = [("olu", "/incidents", False), ("olu", "/desk", False),
             ("nobody", "/incidents", False), ("ann", "/incidents/report", True),
             ("olu", f"/incidents/{incident}", False), ("olu", f"/incidents/{open_one}/do/freeze", True),
             ("olu", f"/incidents/{open_one}/do/controllers", False), ("sir", f"/incidents/{open_one}", False),
             ("sir", f"/incidents/{open_one}/do/sanction", True)]  # fmt: skip
    found: list[tuple[str, str, str]] = []
    for name, path, wrongly in looks:
        context = browser.new_context(viewport={"width": 1000, "height": 800})
        context.add_cookies([{"name": "session", "value": people[name].session, "url": address}])
        page = context.new_page()
        page.goto(address + path)
        if wrongly:
            follow(page.locator("main form button").last)
            page.wait_for_selector(".nhsuk-error-summary")
        found += [(path, *each) for each in barriers(page, axe, 1000, 320)]
        context.close()
    assert found == []
