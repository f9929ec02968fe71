"""Given applications that were permitted, when staff ask for a release on the pages, then it is made, seen by whom it
concerns, and only the recipient's people take the package away."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from by_http import Visitor, sessions
from following import follow
from journeys_haven import Desk

pytestmark = pytest.mark.xdist_group("worker")
PEOPLE = {
    "olu": [["case officer", ""]],
    "ida": [["independent adviser", ""]],
    "tied": [["case officer", ""], ["applicant", "UNIVERSITY"]],
    "ann": [["applicant", "UNIVERSITY"]],
    "stranger": [["applicant", "INSURER"]],
    "nobody": [],
}
PRIVATE = (
    "/desk/releases",
    "/desk/releases/start",
    "/desk/releases/start/APP-001.1",
    "/desk/releases/APP-001.R1",
    "/desk/releases/APP-001.R1/certificate",
    "/desk/releases/APP-001.R1/compare",
    "/desk/releases/APP-001.R1/package.tar",
    "/desk/releases/APP-001.R1/files/certificate.json",
    "/desk/jobs/1",
    "/desk/jobs/1/progress",
)
FIRST = "/desk/releases/APP-001.R1"


@pytest.fixture(scope="module")
def address(permitted: Desk) -> Iterator[str]:
    """The service, with its worker."""
    command = [Path(sys.executable).with_name("haven"), "--haven", permitted.home, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said.startswith("http://"), said
        yield said.strip()
        process.terminate()


@pytest.fixture(scope="module")
def people(permitted: Desk, address: str) -> dict[str, Visitor]:
    """Everybody, by name; "unsure" is ann before she has shown her second factor."""
    given = [{"email": f"{name}@example.org", "posts": posts} for name, posts in PEOPLE.items()]
    given.append({"email": "tessa@example.org", "posts": [["staff of a controller", controller(permitted)]]})
    given.append({"email": "unsure@example.org", "posts": PEOPLE["ann"], "shown": False})
    found = sessions(permitted.home, given)
    return {email.split("@")[0]: Visitor(address, session) for email, session in found.items()}


def controller(desk: Desk) -> str:
    full = (desk.home / "releases/APP-001.R1/certificate-full.json").read_text()
    return re.findall(r'"controllers":\["([^"]+)"', full)[0]


def wait_for(visitor: Visitor, job: str) -> dict[str, object]:
    until = time.monotonic() + 90
    while not (found := visitor.get(f"{job}/progress").document)["over"]:
        assert time.monotonic() < until, found
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def second(people: dict[str, Visitor]) -> str:
    """The job of a release that a case officer asked for on the pages."""
    olu, form = people["olu"], start_of(people["olu"])
    answer = olu.post(form, form=form)
    assert answer.status == 302, answer.text
    assert wait_for(olu, answer.headers["location"])["state"] == "done"
    return answer.headers["location"]


def start_of(visitor: Visitor) -> str:
    return re.findall(r'href="(/desk/releases/start/APP-001[^"]+)"', visitor.get("/desk/releases/start").text)[0]


@pytest.mark.parametrize("path", PRIVATE)
def test_the_anonymous_are_sent_to_sign_in_and_strangers_refused(address, people, path):
    anonymous = Visitor(address).get(path)
    assert anonymous.status == 302 and anonymous.headers["location"].startswith("/sign-in?next=")
    for name in ("stranger", "nobody"):
        answer = people[name].get(path)
        if path == "/desk/releases":
            assert answer.status == 200 and "APP-001" not in answer.text
        else:
            assert answer.status == 403, (name, answer.status)


def test_a_release_is_asked_for_once_more_then_made_and_told_step_by_step(people, second):
    page = people["olu"].get(second).text
    steps = re.findall(r"<li>(.*?)</li>", page.split('id="steps"')[1])
    assert steps[0].startswith("Deciding") and "Measuring every obligation on the file" in steps
    assert steps[-1] == "Entering it in the log, then giving the key" and "done" in page
    assert "/desk/releases/APP-001.R" in page


def test_what_was_counted_goes_by_the_rule_for_publication(permitted, people, second):
    page = people["olu"].get(second).text
    told = re.findall(r'numeric">([^<]+)</td>', page)
    full = (permitted.home / "releases/APP-001.R1/certificate-full.json").read_text()
    exact = [int(each) for each in re.findall(r'",(\d+)\]', full.split('"counts":')[1].split('"decided_on"')[0])]
    assert len(told) == len(exact) > 3
    assert all(each == "*" or int(each.replace(",", "")) % 5 == 0 for each in told), told


def test_only_case_officers_start_one_and_none_of_their_own_organisation(people):
    form = start_of(people["olu"])
    assert people["olu"].post(form).status == 403, "without the token of a form"
    for name in ("ida", "ann", "tied", "tessa"):
        assert people[name].get(form).status == 403, name
    assert people["olu"].get("/desk/releases/start/APP-001.99").status == 404


def test_two_at_once_of_one_application_are_refused_plainly(permitted, people, second):
    olu, form = people["olu"], start_of(people["olu"])
    first = olu.post(form, form=form)
    again = olu.post(form, form=form)
    assert first.status == 302 and again.status in (200, 404), "the second is told, or the decision has changed"
    if again.status == 200:
        assert "under way already" in again.text
    wait_for(olu, first.headers["location"])


def test_what_somebody_accepts_is_given_whole_or_not_at_all(people):
    olu, form = people["olu"], start_of(people["olu"])
    answer = olu.post(form, form=form, exposed="3")
    assert answer.status == 200 and "Enter who accepts it" in answer.text and "Enter why" in answer.text
    assert "Enter a whole number" in olu.post(form, form=form, exposed="many").text


def test_a_release_that_stops_says_why_and_what_to_do_and_can_be_tried_again(people):
    olu, form = people["olu"], start_of(people["olu"])
    answer = olu.post(form, form=form, exposed="3", by="Dr Bell, guardian", because="it was weighed")
    job = answer.headers["location"]
    assert wait_for(olu, job)["state"] == "stopped"
    page = olu.get(job).text
    assert "nothing to accept" in page and "then try again" in page and "Traceback" not in page
    assert olu.post(f"{job}/withdraw", form=job).status == 409
    assert people["ida"].post(f"{job}/again", form=job if "csrf" in people["ida"].get(job).text else "").status == 403
    assert olu.post(f"{job}/again", form=job).status == 302
    assert wait_for(olu, job)["state"] == "stopped"


def test_controllers_see_everything_and_recipients_what_is_theirs(permitted, people):
    full, theirs = people["tessa"].get(f"{FIRST}/certificate").text, people["ann"].get(f"{FIRST}/certificate").text
    assert "counts are exact" in full and "What was counted on the way" in full
    lines = json.loads((permitted.path("packages", "1-university") / "certificate.json").read_text())["lines"]
    assert (
        len(lines) > 8 and [each["required"] for each in lines if each["required"] not in html.unescape(theirs)] == []
    )
    assert "Measured on the file" in theirs and "Promised, because it is done later" in theirs
    assert "small counts are hidden" in theirs and "What was counted on the way" not in theirs
    assert "counts are exact" not in people["olu"].get(f"{FIRST}/certificate").text


def test_what_differs_from_last_time_is_shown_line_by_line(people, second):
    latest = re.findall(r'href="(/desk/releases/APP-001\.R\d+)"', people["olu"].get(second).text)[0]
    page = people["ann"].get(f"{latest}/compare").text
    assert "APP-001.R1" in page and ("Nothing differs" in page or '<th scope="row"' in page)
    assert people["ann"].get(f"{FIRST}/compare").status == 404, "there is none before it"


def test_a_package_is_taken_away_whole_and_verifies(permitted, people, tmp_path):
    answer = people["ann"].get(f"{FIRST}/package.tar")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="APP-001.R1.tar"'
    assert answer.headers["x-content-type-options"] == "nosniff" and "no-store" in answer.headers["cache-control"]
    assert int(answer.headers["content-length"]) == len(answer.body)
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        tar.extractall(tmp_path, filter="data")
    assert (tmp_path / "APP-001.R1" / "key.age").is_file()
    assert permitted.haven("verify", tmp_path / "APP-001.R1", "--trust", permitted.path("trust.txt")).status == 0


def test_a_download_that_broke_off_goes_on(people):
    ann, path = people["ann"], f"{FIRST}/package.tar"
    whole = ann.get(path)
    tag = whole.headers["etag"]
    for asked, start, end in (("bytes=1000-", 1000, None), ("bytes=0-0", 0, 1), ("bytes=-700", -700, None)):
        part = ann.get(path, Range=asked, If_Range=tag)
        assert (part.status, part.body) == (206, whole.body[start:end]), asked
        assert part.headers["content-range"].endswith(f"/{len(whole.body)}")
    assert ann.get(path, Range="bytes=1000-", If_Range='"another"').body == whole.body
    assert ann.get(path, Range=f"bytes={len(whole.body)}-").status == 416
    for odd in ("bytes=5-1,7-9", "lines=1-2", "bytes=-", "bytes=x-y"):
        assert ann.get(path, Range=odd).status == 200, odd


def test_each_file_is_taken_alone_and_nothing_beside_the_package(people):
    ann = people["ann"]
    page = ann.get(FIRST).text
    paths = re.findall(rf'href="({FIRST}/files/[^"]+)"', page)
    assert len(paths) > 6
    for path in paths:
        assert ann.get(path).status == 200, path
    for path in ("../../haven/haven.toml", "%2e%2e/haven/haven.toml", "none", "data"):
        assert ann.get(f"{FIRST}/files/{path}").status == 404, path


@pytest.mark.parametrize("name", ["olu", "ida", "tied", "tessa", "stranger", "nobody"])
def test_nobody_but_the_recipients_people_downloads(people, name):
    for path in (f"{FIRST}/package.tar", f"{FIRST}/files/key.age"):
        assert people[name].get(path).status == (200 if name == "tied" else 403), path


def test_without_the_second_factor_in_this_session_it_is_asked_for_first(people):
    answer = people["unsure"].get(f"{FIRST}/package.tar")
    assert answer.status == 302
    assert answer.headers["location"] == "/sign-in/again/code?next=%2Fdesk%2Freleases%2FAPP-001.R1%2Fpackage.tar"


def test_every_download_stands_in_the_private_log_with_who(permitted, people):
    people["ann"].get(f"{FIRST}/package.tar")
    people["ann"].get(f"{FIRST}/files/key.age")
    found = permitted.haven("log", "looked", "--because", "a test", "--json").document
    ours = [each for each in found if each["look_up"]["what"] == "the package of a release"]
    assert [(each["operator"], each["look_up"]["why"]) for each in ours[-2:]] == [
        ("ann@example.org", "the package downloaded by its recipient"),
        ("ann@example.org", "key.age downloaded by its recipient"),
    ]
    assert all(each["look_up"]["of"] == "release APP-001.R1" for each in ours)


AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("width", [320, 1000])
def test_the_pages_have_no_barrier(people, second, browser, axe, address, width):
    for name, paths in {
        "olu": ("/desk/releases", "/desk/releases?q=none", "/desk/releases/start", start_of(people["olu"]), second,
                FIRST),
        "ann": (FIRST, f"{FIRST}/certificate", "/desk/releases/APP-001.R2/compare"),
        "tessa": (f"{FIRST}/certificate",),
        "nobody": ("/desk/releases", FIRST),
    }.items():  # fmt: skip
        context = browser.new_context(viewport={"width": width, "height": 800})
        context.add_cookies([{"name": "session", "value": people[name].session, "url": address}])
        page = context.new_page()
        for path in paths:
            page.goto(address + path)
            page.evaluate(f"{axe};0")
            found = page.evaluate("tags => axe.run(document, {runOnly: tags})", AXE)
            assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], path
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
        context.close()


def test_the_page_goes_on_by_itself_where_a_browser_can(people, browser, address):
    olu, form = people["olu"], start_of(people["olu"])
    context = browser.new_context()
    context.add_cookies([{"name": "session", "value": olu.session, "url": address}])
    page = context.new_page()
    page.goto(address + form)
    follow(page.get_by_role("button", name="Release APP-001"))
    page.get_by_role("link", name="Go to release APP-001").wait_for(timeout=90_000)
    context.close()


def test_without_javascript_the_page_says_how_far_it_is_whenever_asked(people, browser, address):
    olu, form = people["olu"], start_of(people["olu"])
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "session", "value": olu.session, "url": address}])
    page = context.new_page()
    page.goto(address + form)
    follow(page.get_by_role("button", name="Release APP-001"))
    until = time.monotonic() + 90
    while (again := page.get_by_role("link", name="See how far it is now")).count():
        assert time.monotonic() < until, page.inner_text("main")
        follow(again)
    follow(page.get_by_role("link", name="Go to release APP-001"))
    assert "APP-001.R" in page.get_by_role("heading", level=1).inner_text()
    context.close()
