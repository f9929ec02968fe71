"""Answers to every question as the demonstration's applications give them, and how a form is filled: by requests, by
mouse, or by keyboard alone."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from by_http import Answer, Visitor
from following import follow
from playwright.sync_api import Page

from openhaven.casework.answers import typed_of
from openhaven.casework.questions import BY_ID

UNSEEN = hashlib.sha256(b"null").hexdigest()[:16]
"""The mark of an answer that nobody has given yet."""
WHOM = {"cohort": "rule", "people_file": "file"}
"""Whose records are asked for, by the part of the application that says so."""
Typed = Mapping[str, Sequence[str]]


def answers_of(file: Path) -> dict[str, Any]:
    """What an applicant would answer to ask for what this file asks for."""
    asked = tomllib.loads(file.read_text(encoding="utf-8"))
    grounds, table = asked["data_protection"], asked.get("table", {})
    return {
        "title": {"title": asked["title"]},
        "purpose": {"purpose": asked["purpose"]},
        "why": {"text": asked["purpose_text"]},
        "benefit": {"what": "Care gets better", "measure": "admissions a year", "by": "2027-11-30"},
        "programme": {"programme": ""},
        "commercial": {"gains": "no", "how": ""},
        "funding": [{"row": str(place), **each} for place, each in enumerate(asked.get("funders", ()), start=1)],
        "dataset": {"dataset": asked["dataset"]},
        "level": {"level": asked["level"]},
        "fields": {"names": [each["name"] for each in asked["fields"]]},
        "reasons": [
            {"row": each["name"], "precision": each["precision"], "reason": each["reason"]} for each in asked["fields"]
        ],
        "whom": {"whom": next((whom for part, whom in WHOM.items() if part in asked), "everybody")},
        "cohort": [
            {"row": str(place), "field": each["field"], "test": each["test"], "values": ", ".join(each["values"])}
            for place, each in enumerate(asked.get("cohort", ()), start=1)
        ],
        "everyone": {"why": asked.get("everyone", "prices are made for everybody")},
        "list": {"file": asked.get("people_file", "")},
        "table": {
            "by": table.get("by", []),
            "people": "yes" if table.get("people") else "no",
            "figures": table.get("figures", []),
        },
        "opt-outs": {"left_in": "no", "why": ""},
        "route": {"route": asked["route"]},
        "basis": {"papers": asked.get("basis", []), "study": asked.get("study_reference", "")},
        "grounds": {"pair": " | ".join([grounds["article_6"], grounds["article_9"], grounds.get("schedule_1", "")])},
        "ethics": {"committee": "", "authority": ""},
        "agreement": {"agreement": asked.get("agreement", "")},
        "recipient": {"recipient": asked["recipient"]},
        "processors": {"processors": []},
        "setting": {"setting": "extract", "why": "it is joined with other data"},
        "storage": {"storage": [asked["recipient"]], "territory": "England"},
        "period": {"starts": "2026-12-01", "ends": "2027-11-30"},
        "publication": {"plan": "A paper that everybody can read."},
    }


# --- by requests ------------------------------------------------------------------------------------------------------


def send(who: Visitor, path: str, typed: Typed, *, form: str = "") -> Answer:
    """Send a form with every value, under the token of the page `form`, else of the page itself."""
    page = who.get(form or path)
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text
    who.token = page.headers.get("set-cookie", f"csrf={who.token}").partition("csrf=")[2].split(";")[0]
    hidden = dict(re.findall(r'type="hidden" name="(seen|version)" value="(\w+)"', page.text))
    body = urlencode({**hidden, "csrfmiddlewaretoken": found[1], **typed}, doseq=True)
    return who._ask("POST", path, headers={"Referer": who.address + path}, body=body)


def begin(who: Visitor, organisation: str) -> str:
    """A new application; its id."""
    answer = send(who, "/applications", {"organisation": [organisation]})
    assert answer.status == 302, answer.text
    return answer.headers["location"].rpartition("/")[2]


def write(who: Visitor, case: str, answers: Mapping[str, Any]) -> None:
    """Answer everything that is asked, as the pages lead from one question to the next."""
    path = f"/applications/{case}/ask/title"
    while "/ask/" in path:
        question = BY_ID[path.rpartition("/")[2]]
        answer = send(who, path, typed_of(question, answers[question.id]))
        assert answer.status == 302, (
            question.id,
            re.findall(r'error-message">.*?</span>.*?</span>', answer.text, re.S),
        )
        path = answer.headers["location"]


def submitted(who: Visitor, organisation: str, answers: Mapping[str, Any]) -> str:
    """An application written and submitted; its id."""
    case = begin(who, organisation)
    write(who, case, answers)
    assert send(who, f"/applications/{case}/check", {}).status == 302
    return case


def act(who: Visitor, case: str, name: str, **typed: str) -> Answer:
    """One act on a case."""
    return send(who, f"/cases/{case}/do/{name}", {key.replace("_", "-"): [value] for key, value in typed.items()})


# --- in a browser -----------------------------------------------------------------------------------------------------


def fill(page: Page, typed: Typed) -> None:
    """Fill a form as somebody with a mouse does."""
    for name, values in typed.items():
        found = page.locator(f'[name="{name}"]')
        kind = found.first.evaluate("each => each.type")
        if kind in ("radio", "checkbox"):
            for value in values:
                page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "select-one":
            found.select_option(values[0])
        else:
            found.fill(values[0])


def fill_by_keyboard(page: Page, typed: Typed) -> None:
    """Fill a form with keys alone: Tab from field to field, arrows within a list of choices, the space bar to tick."""
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.classList.contains('nhsuk-skip-link')"):  # the way past the menu
        page.keyboard.press("Enter")
    for name, values in typed.items():
        kind = page.locator(f'[name="{name}"]').first.evaluate("each => each.type")
        for value in values:
            if kind == "checkbox":
                _tab_to(page, f'[name="{name}"][value="{value}"]')
                page.keyboard.press("Space")
            elif kind == "radio":
                _tab_to(page, f'[name="{name}"]')
                page.keyboard.press("Space")
                _arrow_to(page, value)
            elif kind == "select-one":
                _tab_to(page, f'[name="{name}"]')
                _arrow_to(page, value)
            else:
                _tab_to(page, f'[name="{name}"]')
                page.keyboard.insert_text(value)


REACHED = """each => document.activeElement === each
    || (each.type === "radio" && each.name === document.activeElement.name)"""


def press(page: Page, button: str) -> None:
    """Press a button with the keyboard."""
    _tab_to(page, f'button:has-text("{button}")')
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _tab_to(page: Page, selector: str) -> None:
    wanted = page.locator(selector).first.element_handle()
    for _ in range(150):
        if wanted.evaluate(REACHED):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def _arrow_to(page: Page, value: str) -> None:
    for _ in range(60):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{value} is not reached by arrows")


def apply_in(page: Page, address: str, answers: dict[str, Any], *, by_keyboard: bool = False) -> str:
    """From an empty form to one that is submitted; the id of the case."""
    put, go = (fill_by_keyboard, press) if by_keyboard else (fill, click)
    page.goto(f"{address}/applications")
    go(page, "Begin an application")
    page.wait_for_url("**/applications/CASE-*")
    case = page.url.rpartition("/")[2]
    page.goto(f"{address}/applications/{case}/ask/title")
    while "/ask/" in page.url:
        question = BY_ID[_place(page.url).rpartition("/")[2]]
        put(page, typed_of(question, answers[question.id]))
        here = _place(page.url)
        go(page, "Save and go on")
        page.wait_for_url(lambda url, here=here: _place(url) != here)
    page.goto(f"{address}/applications/{case}/check")
    go(page, "Submit")
    page.wait_for_url(lambda url: _place(url).endswith(f"/applications/{case}"))
    assert "Submitted" in page.inner_text("main")
    return case


def _place(url: str) -> str:
    """An address without the place on the page, to which the way past the menu leads."""
    return url.partition("#")[0]


def click(page: Page, button: str) -> None:
    follow(page.get_by_role("button", name=button).first)
