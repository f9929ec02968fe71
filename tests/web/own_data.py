"""A haven whose patients sign in, with who works there: for the tests of all pages about a person's own data."""

from __future__ import annotations

import html
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from by_http import sessions
from following import follow
from identity_provider import provider_running
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from reading_age import grade
from signing_in import Someone

STRANGER = "9990000018"
WORKS = Path(__file__).with_name("copies_script.py")


@dataclass(frozen=True)
class Place:
    """A haven whose patients can sign in: where it lies, where it is served, and somebody in the cancer audit."""

    haven: Path
    address: str
    number: str


@contextmanager
def place_of(demo: Path, folder: Path, *, more: str = "") -> Iterator[Place]:
    """A copy of the demonstration, with a provider of identities, served until the end. `more` are settings of
    patients, and what comes after them."""
    haven = Path(shutil.copytree(demo / "haven", folder / "haven"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with provider_running(client="a-haven", back=f"{address}/my/back") as provider:
        key = haven / "keys" / "patients.pem"
        key.write_bytes(provider.client_key)
        key.chmod(0o600)
        with (haven / "haven.toml").open("a", encoding="utf-8") as toml:
            toml.write(f'\n[patients]\nissuer = "{provider.issuer}"\nclient_id = "a-haven"\n{more}')
        command = [
            Path(sys.executable).with_name("haven"),
            "--haven",
            haven,
            "serve",
            "--port",
            str(port),
            "--no-worker",
        ]
        said = haven.parent / "said.txt"
        with said.open("w") as out, subprocess.Popen(command, stderr=out, start_new_session=True) as served:
            try:
                _wait(served, said)
                opened = next((demo / "opened").glob("2-*/*.parquet"))
                yield Place(
                    haven, address, min(pq.read_table(opened, columns=["nhs_number"])["nhs_number"].to_pylist())
                )
            finally:
                subprocess.run(["kill", "-INT", "--", f"-{served.pid}"], check=False)


def _wait(served: subprocess.Popen[bytes], said: Path) -> None:
    while "http://" not in said.read_text():
        with pytest.raises(subprocess.TimeoutExpired):
            served.wait(0.2)


def comes_in(context: BrowserContext, place: Place, who: str) -> Page:
    """Somebody signs in at the provider as `who`, and comes back."""
    page = context.new_page()
    page.goto(f"{place.address}/my")
    follow(page.get_by_role("button", name="Prove who you are"))
    page.get_by_label("Who").fill(who)
    follow(page.get_by_role("button", name="Go on"))
    return page


def looked(place: Place) -> list[str]:
    """Who looked at what, by the private log."""
    haven = Path(sys.executable).with_name("haven")
    command = [haven, "--haven", place.haven, "log", "looked", "--because", "a test"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def press(page: Page, link: str, words: str = "", *, button: str = "") -> None:
    """One deed of staff on a request, with what they write."""
    follow(_written(page, link, words, button or link))


def take(page: Page, link: str, words: str, *, button: str) -> None:
    """A deed that gives a file instead of a page."""
    there = _written(page, link, words, button)
    with page.expect_download():
        there.click()


def _written(page: Page, link: str, words: str, button: str) -> Locator:
    """Writes what the deed asks for. Returns the button that does it."""
    follow(page.get_by_role("link", name=link, exact=True))
    if words:
        page.locator("main textarea").fill(words)
    return page.locator("main form").get_by_role("button", name=button, exact=True)


def guardian_of(browser: Browser, place: Place) -> Someone:
    """The Caldicott Guardian, who has signed in; the same person each time."""
    return staff_member(browser, place, "guardian2", "Caldicott Guardian", "--organisation", "aldermoor")


def staff_member(browser: Browser, place: Place, name: str, role: str, *more: str) -> Someone:
    """One of the staff, with a session."""
    given = [{"email": f"{name}@example.org", "posts": [[role, more[-1] if more else ""]]}]
    session = sessions(place.haven, given)[f"{name}@example.org"]
    context = browser.new_context()
    context.add_cookies([{"name": "session", "value": session, "url": place.address}])
    return Someone(context.new_page(), place.address, f"{name}@example.org")


def worker(place: Place, *words: str) -> None:
    """What the worker would do now."""
    subprocess.run([sys.executable, WORKS, place.haven, *words], check=True, capture_output=True)


def records(place: Place) -> bytes:
    """All that the records hold."""
    return b"".join(path.read_bytes() for path in place.haven.glob("records.sqlite3*"))


def readable(main: str) -> float:
    """The grade of what we write, without what others wrote, which stands in quotation marks."""
    text = re.sub(r"</(p|li|h\d|dt|dd|label|summary|a|button|strong)>", ".\n\n", main)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return grade(re.sub(r"“[^”]*”", "that", text))
