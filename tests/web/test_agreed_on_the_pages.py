"""Given a haven of the national body, when somebody applies and names the power, and the agreement is drawn up and
signed by both sides on the pages, then the release rests on that agreement and on none that was put on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from applying import act, answers_of, click, fill, send, submitted
from by_http import Visitor
from following import follow
from playwright.sync_api import Browser, Page, expect
from served import served

from openhaven.model.words import Power

pytestmark = pytest.mark.xdist_group("service")
PEOPLE = {
    "ann": [["applicant", "UNIVERSITY"]],
    "sig": [["signatory", "UNIVERSITY"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
}
PATIENCE = 90_000  # milliseconds: a busy machine is no failure
POWER = Power.NOT_IDENTIFYING


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The service of a haven that is the national body's, with its worker."""
    settings = (home / "haven.toml").read_text(encoding="utf-8")
    (home / "haven.toml").write_text(settings.replace("[policy]\n", "[policy]\nnational_body = true\n", 1))
    with served(home) as address:
        yield address


@pytest.fixture
def browse(browser: Browser, people: dict[str, Visitor], address: str) -> Iterator[Callable[[str], Page]]:
    """A browser of one person's own, without JavaScript where it does not wait for the worker."""
    contexts = []

    def open_for(name: str) -> Page:
        context = browser.new_context(java_script_enabled=name == "olu")
        context.set_default_timeout(PATIENCE)
        if name in people:
            context.add_cookies([{"name": "session", "value": people[name].session, "url": address}])
        contexts.append(context)
        return context.new_page()

    expect.set_options(timeout=PATIENCE)
    yield open_for
    for each in contexts:
        each.close()


@pytest.fixture(scope="module")
def answers(small_demo) -> dict[str, Any]:
    asked = answers_of(small_demo.folder / "applications" / "1-university.toml")
    period = {"starts": "2026-11-01", "ends": "2040-11-30"}
    return {**asked, "agreement": {"agreement": ""}, "period": period, "power": {"power": POWER.value}}


def test_a_release_rests_on_an_agreement_that_both_sides_signed_on_the_pages(browse, people, address, answers) -> None:
    # given somebody who applies to the national body, is asked for the power, and is approved
    case = submitted(people["ann"], "UNIVERSITY", answers)
    ann = browse("ann")
    ann.goto(f"{address}/applications/{case}")
    assert POWER.value.casefold() in people["olu"].get(f"/cases/{case}").text.casefold()
    for name, step, typed in (
        ("olu", "check", {}),
        ("olu", "advisers", {}),
        ("una", "opinion", {"says": "supports", "text": "Sound."}),
        ("olu", "minute", {"says": "supports", "text": "All agree.", "conditions": "report each year"}),
        ("sir", "approve", {"text": "Worth it.", "conditions": ""}),
    ):
        assert act(people[name], case, step, **typed).status == 302, step
    # when the officer draws the agreement up, and the recipient and the haven sign it
    olu = browse("olu")
    olu.goto(f"{address}/agreements/{case}/do/draw-up")
    follow(olu.get_by_role("button", name="Draw up"))
    agreement = f"DSA-{case.removeprefix('CASE-')}"
    expect(olu.locator("main")).to_contain_text("Not signed yet")
    olu.goto(f"{address}/desk/releases/start")
    assert case not in olu.inner_text("main"), "nothing is released before both have signed"
    for name, signing in (("sig", "sign"), ("sir", "countersign")):
        page = browse(name)
        page.goto(f"{address}/agreements/{case}/do/{signing}")
        assert f"The power to give it out: {POWER}" in page.inner_text("main")
        fill(page, {"read": ["yes"]})
        follow(page.get_by_role("button", name="Sign"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(agreement)
    # then it can be released under that agreement
    olu.goto(f"{address}/desk/releases/start")
    follow(olu.locator(f'a[href^="/desk/releases/start/{case}"]').first)
    click(olu, f"Release {case}")
    there = olu.get_by_role("link", name=f"Go to release {case}")
    expect(there.or_(olu.get_by_text("Try again")).first).to_be_visible(timeout=PATIENCE)
    assert there.count(), olu.inner_text("main")
    follow(there)
    olu.wait_for_url(f"**/desk/releases/{case}.R*")
    release = olu.url.rpartition("/")[2]
    # and certificate and public register name it
    ann.goto(f"{address}/desk/releases/{release}/certificate")
    assert agreement in ann.inner_text("main")
    (use,) = [each for each in people["ann"].get("/uses.json").document["releases"] if each["release"] == release]
    assert use["agreement"] == agreement and "DSA-001" not in ann.inner_text("main")


def test_the_power_is_asked_of_the_national_body_alone_and_has_to_be_one(people) -> None:
    page = people["ann"].get("/applications").text
    assert "Begin an application" in page
    answer = send(people["ann"], "/applications", {"organisation": ["UNIVERSITY"]})
    path = f"/applications/{answer.headers['location'].rpartition('/')[2]}/ask/power"
    asked = people["ann"].get(path)
    assert asked.status == 200 and "Under which power shall we give it out?" in asked.text
    assert all(f'value="{each.value.replace(chr(39), "&#39;")}"' in asked.text for each in Power)
    for wrong in ([], ["s262"], ["s261(1) and (2)(a)", "s261(1) and (2)(b)"]):
        assert send(people["ann"], path, {"power": wrong}).status == 422
    assert send(people["ann"], path, {"power": [POWER.value]}).status == 302
