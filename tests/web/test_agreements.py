"""Given an approved application, when the team draws the agreement up and both sides sign, then it is in force; and
what happens to it afterwards, on pages that everybody can use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from applying import act, answers_of, send, submitted
from barriers import barriers
from by_http import Answer, Visitor
from following import follow
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "sig": [["signatory", "UNIVERSITY"]],
    "ivo": [["applicant", "INSURER"]],
    "els": [["signatory", "INSURER"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
    "con": [["staff of a controller", "aldermoor"]],
    "kay": [["keeper of accounts", ""]],
}
YES = "yes"


@pytest.fixture(scope="module")
def university(small_demo) -> dict[str, Any]:
    """What the university answers, where there is no agreement yet."""
    asked = answers_of(small_demo.folder / "applications" / "1-university.toml")
    return {**asked, "agreement": {"agreement": ""}, "period": {"starts": "2026-11-01", "ends": "2040-11-30"}}


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


def approve(people: dict[str, Visitor], case: str) -> None:
    """What team, advisers and risk owner do with a case that was submitted."""
    assert act(people["olu"], case, "check").status == 302
    assert act(people["olu"], case, "advisers").status == 302
    assert act(people["una"], case, "opinion", says="supports", text="Sound.").status == 302
    said = act(people["olu"], case, "minute", says="supports", text="All agree.", conditions="report each year")
    assert said.status == 302
    assert act(people["sir"], case, "approve", text="Worth it.", conditions="").status == 302


@pytest.fixture(scope="module")
def case(people, university) -> str:
    """A case of the university's that was approved."""
    id = submitted(people["ann"], "UNIVERSITY", university)
    approve(people, id)
    return id


def do(who: Visitor, case: str, name: str, **typed: str) -> Answer:
    """One act on an agreement, under the version that the page shows."""
    path = f"/agreements/{case}/do/{name}"
    page = who.get(path)
    if page.status != 200:
        return page
    return send(who, path, {key: [value] for key, value in typed.items()})


def day(name: str, on: dt.date) -> dict[str, str]:
    """A day as a form sends it."""
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}


TODAY = dt.date.today()
SOON = TODAY + dt.timedelta(days=90)


def test_without_javascript_it_is_drawn_up_and_signed_by_both_sides(browse, people, address, case) -> None:
    # given a use that was approved: neither its applicant nor its officer reads that it would be refused
    told = people["ann"].get(f"/applications/{case}").text
    assert "nothing is missing but an agreement" in told and "would be refused" not in told
    told = people["olu"].get(f"/cases/{case}").text
    assert "Not before an agreement" in told and "Draw up the agreement" in told and "Nothing at the moment" not in told
    # and an officer who draws it up, with what the work costs
    olu = browse("olu", java_script_enabled=False)
    olu.goto(f"{address}/agreements")
    follow(olu.get_by_role("link", name="Long-term conditions and hospital care").first)
    follow(olu.get_by_role("link", name="Draw up the agreement"))
    olu.get_by_label("What our work costs").fill("1200")
    follow(olu.get_by_role("button", name="Draw up"))
    assert "A charge says for which work it is" in olu.inner_text("main") and "still here" in olu.inner_text("main")
    olu.get_by_label("For which work").fill("Two days of preparation")
    for part, value in day("ends", SOON).items():
        olu.locator(f'[name="{part}"]').fill(value)
    follow(olu.get_by_role("button", name="Draw up"))
    assert "£1,200" in olu.inner_text("main") and "Not signed yet" in olu.inner_text("main")
    # when the recipient's signatory reads and signs it, and the risk owner for the haven
    sig = browse("sig", java_script_enabled=False)
    sig.goto(f"{address}/agreements/{case}/do/sign")
    assert "backups" in sig.inner_text("main")
    assert "Waits for you to sign" in people["sig"].get("/agreements").text
    assert "Waits for you to sign" not in people["ann"].get("/agreements").text
    follow(sig.get_by_role("button", name="Sign"))
    assert "Choose an answer" in sig.inner_text("main")
    sig.get_by_role("radio").check()
    follow(sig.get_by_role("button", name="Sign"))
    sir = browse("sir", java_script_enabled=False)
    sir.goto(f"{address}/agreements/{case}/do/countersign")
    sir.get_by_role("radio").check()
    follow(sir.get_by_role("button", name="Sign"))
    # then it is in force, on record, and the applicant sees it
    assert "In force" in sir.inner_text("main") and "signed in the service by both sides" in sir.inner_text("main")
    assert "Nothing at the moment" not in people["olu"].get(f"/agreements/{case}").text
    assert f"/agreements/{case}" in people["ann"].get(f"/applications/{case}").text
    assert "For which work" not in people["ann"].get(f"/agreements/{case}").text


ADDRESSES = (
    "/agreements",
    "/agreements/due",
    "/agreements/to-draw-up",
    "/agreements/{case}",
    "/agreements/{case}/versions/1",
    "/agreements/{case}/destruction.txt",
    "/agreements/{case}/do/suspend",
)


def test_every_address_is_tried() -> None:
    table = Path(__file__).parents[2] / "openhaven" / "web" / "urls.py"
    routes = re.findall(r'path\("(agreements[^"]*)"', table.read_text(encoding="utf-8"))
    forms = {re.sub(r"\{case\}|suspend|\b1\b", "*", each[1:]) for each in ADDRESSES}
    assert {re.sub(r"<[^>]+>", "*", each) for each in routes} == forms


@pytest.mark.parametrize("path", ADDRESSES)
def test_the_anonymous_sign_in_first_and_a_stranger_is_not_told_that_it_is_there(people, case, path) -> None:
    there = path.format(case=case)
    answer = people["anyone"].get(there)
    assert (answer.status, answer.headers["location"].split("?")[0]) == (302, "/sign-in")
    for name in ("ivo", "els", "kay", "una"):
        answer = people[name].get(there)
        assert "Long-term" not in answer.text and answer.status == (404 if case in there else 200), name


def test_who_signs_for_the_recipient_sees_the_agreement_and_not_the_review(people, case) -> None:
    assert people["sig"].get(f"/agreements/{case}").status == 200
    assert people["sig"].get(f"/cases/{case}").status == 404
    assert people["sig"].get(f"/applications/{case}").status == 404
    assert people["sig"].get(f"/agreements/{case}/do/suspend").status == 403
    assert people["con"].get(f"/agreements/{case}").status == 200


def test_a_version_that_was_not_seen_is_not_signed(people, case) -> None:
    assert do(people["olu"], case, "extend", **day("ends", SOON + dt.timedelta(days=20)), days="30").status == 302
    page = people["sig"].get(f"/agreements/{case}/do/sign").text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    told = send(people["sig"], f"/agreements/{case}/do/sign", {"read": [YES], "seen": ["0" * 64], "version": [version]})
    assert told.status == 422 and "Another version was drawn up" in told.text


def test_it_is_suspended_taken_up_again_and_reviewers_of_an_amendment_see_what_differs(people, case) -> None:
    assert do(people["olu"], case, "suspend", text="").status == 422
    assert do(people["olu"], case, "suspend", text="A condition was not kept.").status == 302
    assert "Suspended" in people["sig"].get(f"/agreements/{case}").text
    assert do(people["sir"], case, "lift", text="It is kept now.").status == 302
    assert do(people["ann"], case, "amend").status == 302
    new = re.search(r"An amendment: .*?(CASE-\w+)", people["ann"].get(f"/agreements/{case}").text)[1]
    assert send(people["ann"], f"/applications/{new}/ask/title", {"title": ["A narrower study"]}).status == 302
    assert send(people["ann"], f"/applications/{new}/check", {}).status == 302
    shown = people["olu"].get(f"/cases/{new}").text
    differs = shown[shown.index("What the amendment asks otherwise") : shown.index("Every answer")]
    assert "A narrower study" in differs and "seasons matter" not in differs


def test_it_ends_and_the_destruction_is_certified_whole_or_not_recorded(people, case) -> None:
    assert do(people["olu"], case, "end", text="The study is over.").status == 302
    part = {"how": "Wiped.", "backups": "no", "holders": "UNIVERSITY", "left": "", **day("done", TODAY)}
    assert do(people["sig"], case, "destroy", **{**part, **day("done", SOON)}).status == 422
    assert do(people["sig"], case, "destroy", **part).status == 302
    told = do(people["olu"], case, "destroyed")
    assert told.status == 422 and "the backups" in told.text
    assert do(people["sig"], case, "destroy", **{**part, "backups": "yes"}).status == 302
    assert "University of Thornby" in people["olu"].get(f"/agreements/{case}/destruction.txt").text
    assert do(people["olu"], case, "destroyed").status == 302
    assert "Destroyed" in people["ann"].get(f"/agreements/{case}").text


def test_a_draft_of_the_impact_assessment_says_that_a_person_has_to_finish_it(people, case) -> None:
    for name in ("ann", "olu", "sir"):
        shown = people[name].get(f"/impact/{case}").text
        assert "A draft for a person to finish" in shown and "Download the draft" in shown, name
    text = people["olu"].get(f"/impact/{case}/draft.txt")
    assert text.headers["content-disposition"].startswith("attachment")
    for said in (
        "It is no assessment.",
        "seasons matter",
        "report each year",
        "Every class of",
        "To be finished by a person: how likely it is, and how severe",
        "Grounds of data protection: Article 6(1)(e)",
    ):
        assert said in text.text or said == "Every class of", said
    for name in ("ivo", "els", "kay"):
        assert people[name].get(f"/impact/{case}").status == 404
    assert people["anyone"].get(f"/impact/{case}/draft.txt").status == 302


ODD = ("", "x" * 60_000, "<script>alert(1)</script>", "\u202eשלום\u202c", "a\x00b", "' OR 1=1; --", "-1", "1e9")


@pytest.mark.parametrize("odd", ODD)
def test_odd_input_is_said_to_be_wrong_and_never_breaks(people, university, odd) -> None:
    id = getattr(test_odd_input_is_said_to_be_wrong_and_never_breaks, "case", None)
    if id is None:
        id = submitted(people["ann"], "UNIVERSITY", university)
        approve(people, id)
        test_odd_input_is_said_to_be_wrong_and_never_breaks.case = id
    typed = {"days": odd, "charge": odd, "charge_for": odd, "ends-day": odd, "ends-month": odd, "ends-year": odd}
    answer = do(people["olu"], id, "draw-up", **typed)
    assert answer.status in (302, 422) and "<script>alert" not in answer.text


def test_no_page_has_a_barrier_or_scrolls_sideways(browse, people, address, case, university, axe) -> None:
    id = submitted(people["ann"], "UNIVERSITY", university)
    approve(people, id)
    assert do(people["olu"], id, "draw-up", days="30").status == 302
    at = f"/agreements/{id}"
    looks = [("olu", "/agreements", False), ("olu", at, False), ("olu", f"{at}/versions/1", False),
             ("olu", f"{at}/do/draw-up", True), ("sig", f"{at}/do/sign", True), ("sig", "/agreements", False),
             ("olu", f"/agreements/{case}", False), ("els", "/agreements", False), ("sir", "/desk", False),
             ("olu", f"/impact/{id}", False), ("kay", at, False)]  # fmt: skip
    found: list[tuple[str, str, str]] = []
    for name, path, wrongly in looks:
        page = browse(name, viewport={"width": 1000, "height": 800})
        page.goto(address + path)
        if wrongly:
            for each in page.locator("main input[type=text]").all():
                each.fill("")
            follow(page.locator("main form button").last)
            page.wait_for_selector(".nhsuk-error-summary")
        found += [(path, *each) for each in barriers(page, axe, 1000, 320)]
    assert found == []
