"""Given the service for programs, when they ask, then they get what the pages show, as far as their token goes; what
makes no sense is refused plainly."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from by_http import Answer, Visitor

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("worker")
EVERY = (
    "decide", "cases", "write", "agreements", "agree", "incidents", "report", "requests", "answer", "assist", "sign",
    "jobs",
)  # fmt: skip
"""Every scope of the API."""
PRIVATE = ("decisions", "cases", "agreements", "incidents", "requests", "visits", "approvals", "jobs")


@pytest.fixture(scope="module")
def schema(watched) -> dict[str, Any]:
    return dict(Visitor(watched.address).get("/api/openapi.json").document)


@pytest.fixture(scope="module")
def token(watched) -> str:
    return watched.token("olu@example.org", *EVERY)


@pytest.fixture(scope="module")
def applicants_token(watched) -> str:
    return watched.token("ann@example.org", *EVERY)


OPERATIONS = (
    ("get", "/api/datasets"),
    ("get", "/api/datasets/{id}"),
    ("get", "/api/uses"),
    ("get", "/api/uses/{release}"),
    ("get", "/api/not-released"),
    ("get", "/api/log"),
    ("get", "/api/log/entries"),
    ("get", "/api/log/entries/{index}/proof"),
    ("post", "/api/decisions"),
    ("get", "/api/cases"),
    ("post", "/api/cases"),
    ("get", "/api/cases/{id}"),
    ("get", "/api/cases/{id}/questions"),
    ("post", "/api/cases/{id}/answers/{question}"),
    ("post", "/api/cases/{id}/submit"),
    ("get", "/api/cases/{id}/decision"),
    ("get", "/api/cases/{id}/messages"),
    ("post", "/api/cases/{id}/messages"),
    ("get", "/api/cases/{id}/documents"),
    ("post", "/api/cases/{id}/documents"),
    ("get", "/api/cases/{id}/documents/{number}"),
    ("get", "/api/cases/{id}/acts"),
    ("post", "/api/cases/{id}/acts/{name}"),
    ("get", "/api/agreements"),
    ("get", "/api/agreements/due"),
    ("get", "/api/agreements/{case}"),
    ("get", "/api/agreements/{case}/versions/{number}"),
    ("get", "/api/agreements/{case}/acts"),
    ("post", "/api/agreements/{case}/acts/{name}"),
    ("get", "/api/incidents"),
    ("post", "/api/incidents"),
    ("get", "/api/incidents/{id}"),
    ("get", "/api/incidents/{id}/acts"),
    ("post", "/api/incidents/{id}/acts/{name}"),
    ("get", "/api/requests"),
    ("get", "/api/cases/{id}/review"),
    ("get", "/api/cases/{id}/changes"),
    ("get", "/api/cases/{id}/impact"),
    ("post", "/api/cases/{id}/documents/{number}/back"),
    ("post", "/api/cases/{id}/list"),
    ("get", "/api/agreements/{case}/destruction"),
    ("get", "/api/requests/{number}"),
    ("post", "/api/requests/{number}/read"),
    ("post", "/api/requests/{number}/acts/{name}"),
    ("post", "/api/requests/{number}/left-out"),
    ("post", "/api/requests/{number}/left-out/{id}/back"),
    ("get", "/api/visits"),
    ("post", "/api/visits"),
    ("post", "/api/visits/{number}/explained"),
    ("post", "/api/visits/{number}/asked/{kind}"),
    ("post", "/api/visits/{number}/end"),
    ("get", "/api/approvals/due"),
    ("get", "/api/jobs"),
    ("get", "/api/jobs/{number}"),
    ("post", "/api/jobs"),
    ("post", "/api/jobs/{number}/again"),
    ("post", "/api/jobs/{number}/withdraw"),
)


def asked(visitor: Visitor, method: str, path: str, *, token: str = "", body: Any = None) -> Answer:
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    if method == "get":
        return visitor.get(path, **sent)
    sent["Content-Type"] = "application/json"
    text = body if isinstance(body, str) else json.dumps(body)
    return visitor._ask("POST", path, headers=sent, body=text.encode("utf-8", "surrogatepass"))


def test_the_description_names_every_operation(schema):
    named = {(method, path) for path, methods in schema["paths"].items() for method in methods}
    assert named == set(OPERATIONS) and schema["openapi"].startswith("3.")


def test_every_page_of_staff_and_applicants_has_its_operation_or_says_why_none(schema):
    """Of their pages; what everybody reads, what patients do and signing in are apart."""
    table = tomllib.loads((ROOT / "docs" / "making" / "api.toml").read_text(encoding="utf-8"))
    named = {f"{method.upper()} {path.removeprefix('/api')}" for method, path in OPERATIONS}
    assert {each for does in table["by"].values() for each in does} <= named
    urls = (ROOT / "openhaven" / "web" / "urls.py").read_text(encoding="utf-8")
    theirs = r"desk|applications|cases|agreements|impact|incidents|requests|visits|proxies"
    pages = set(re.findall(rf"path\(\"(?:{theirs})[^\"]*\", [^)]*name=\"(\w+)\"", urls))
    assert pages == set(table["by"]) | set(table["not"]) and not set(table["by"]) & set(table["not"])


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"x"', '{"a": NaN}', "\x00", "[" * 5000, '{"decision": 1e999}']
)
def test_a_body_that_is_no_json_of_that_form_is_refused_plainly(watched, token, body):
    for path in ("/api/decisions", "/api/jobs"):
        answer = asked(Visitor(watched.address), "post", path, token=token, body=body)
        assert answer.status in (400, 422), (path, answer.status)
        assert "Traceback" not in answer.text


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each[1].split("/")[2] in PRIVATE])
def test_without_a_token_of_that_scope_nothing_private_is_told(watched, method, path):
    at = re.sub(r"{\w+}", "1", path)
    other = watched.token("olu@example.org", "metrics") if path == "/api/jobs" and method == "get" else "openhaven_none"
    for shown in ("", "openhaven_none", other):
        assert asked(Visitor(watched.address), method, at, token=shown, body={}).status in (401, 403), shown
    signed_in = asked(watched.olu, method, at, body={})
    assert signed_in.status == 401, "a session is no token"


ODD = ("\x00", "../..", "%", "%2e%2e%2f", "9990000018", "a" * 5000, "\u202e", "'\"--", "-1", str(2**70), "\ud800")


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if "{" in each[1]])
def test_an_odd_name_in_an_address_is_nobodys_and_no_fault_of_ours(watched, token, method, path):
    for odd in ODD:
        name = quote(odd.encode("utf-8", "surrogatepass"), safe="")
        answer = asked(Visitor(watched.address), method, re.sub(r"{\w+}", name, path), token=token, body={})
        assert answer.status in (400, 404, 422), (odd[:20], answer.status)
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("shown", ["x", "openhaven_", "openhaven_x", "\x7f", "a" * 5000, "Bearer", " "])
def test_an_odd_token_is_none(watched, shown):
    for method, path in (("get", "/api/cases"), ("post", "/api/cases"), ("get", "/api/jobs")):
        assert asked(Visitor(watched.address), method, path, token=shown, body={}).status in (400, 401)


def test_a_program_asks_what_would_be_decided_and_nothing_is_recorded(watched, applicants_token):
    import tomllib

    application = tomllib.loads(watched.desk.path("applications", "1-university.toml").read_text())
    visitor, before = Visitor(watched.address), Visitor(watched.address).get("/api/log").document["size"]
    told = asked(visitor, "post", "/api/decisions", token=applicants_token, body=json.dumps(application, default=str))
    assert told.status == 200 and told.document["verdict"] == "permit", told.text
    others = {**application, "applicant": "INSURER"}
    refused = asked(visitor, "post", "/api/decisions", token=applicants_token, body=json.dumps(others, default=str))
    assert refused.status == 403
    wrong = asked(visitor, "post", "/api/decisions", token=applicants_token, body='{"id": "X"}')
    assert wrong.status == 422 and wrong.document["what"]
    assert visitor.get("/api/log").document["size"] == before


def test_who_may_not_start_a_release_may_not_by_a_token_either(watched, token, applicants_token):
    visitor = Visitor(watched.address)
    for path in ("/api/jobs", "/api/jobs/1"):
        assert asked(visitor, "get", path, token=applicants_token).status == 403
        assert asked(visitor, "get", path, token=token).status in (200, 404)
    body = {"decision": "APP-001.1"}
    assert asked(visitor, "post", "/api/jobs", token=applicants_token, body=body).status == 403
    assert asked(visitor, "post", "/api/jobs", token=token, body={"decision": "APP-999.1"}).status == 404


def test_a_job_that_waits_is_called_off_by_who_may_start_it_and_once(watched, token, applicants_token):
    script = Path(__file__).with_name("desk_script.py")
    command = [sys.executable, script, watched.desk.home, "ask", "APP-001", "olu@example.org"]
    job = f"/api/jobs/{subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()}"
    visitor = Visitor(watched.address)
    for deed in ("withdraw", "again"):
        assert asked(visitor, "post", f"{job}/{deed}", token=applicants_token).status == 403
    assert asked(visitor, "post", f"{job}/again", token=token).status == 422, "it has not stopped"
    done = asked(visitor, "post", f"{job}/withdraw", token=token)
    assert done.status == 200 and done.document["state"] == "withdrawn", done.text
    assert asked(visitor, "post", f"{job}/withdraw", token=token).status == 422


def test_uses_and_entries_are_those_of_the_register_and_the_log(watched):
    visitor = Visitor(watched.address)
    register = visitor.get("/uses.json").document["releases"]
    assert visitor.get("/api/uses").document == list(reversed(register))
    first = register[0]
    assert visitor.get(f"/api/uses/{first['release']}").document == first
    entry = visitor.get(f"/api/log/entries?start={first['entry']}&limit=1").document
    assert entry[0]["entry"]["ids"]["release"] == first["release"]
    assert (
        visitor.get(f"/api/log/entries/{first['entry']}/proof").text
        == visitor.get(f"/uses/{first['release']}/proof").text
    )


@pytest.mark.parametrize("width", [320, 1000])
def test_the_page_for_programs_has_no_barrier_and_asks_no_other_host(watched, browser, axe, width):
    page, asked_for = browser.new_page(viewport={"width": width, "height": 800}), []
    page.on("request", lambda each: asked_for.append(each.url))
    page.goto(f"{watched.address}/api")
    page.evaluate(f"{axe};0")
    assert page.evaluate("() => axe.run(document)")["violations"] == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert all(url.startswith((watched.address, "data:")) for url in asked_for)
    page.close()
