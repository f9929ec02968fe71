"""Given whatever page, when anybody asks for it, then its answer keeps to what holds of every answer; and a session
begins, ends and is named as it has to be."""

from __future__ import annotations

import re
import time

import pytest
from by_http import Visitor
from following import follow
from signing_in import Someone, account, invited

pytestmark = pytest.mark.xdist_group("worker")
PUBLIC = ("/", "/uses", "/uses.json", "/uses.csv", "/uses.atom", "/log-key.txt", "/checkpoint", "/api/openapi.json",
          "/nothing", "/sign-in", "/data.jsonld", "/health")  # fmt: skip
PRIVATE = ("/desk", "/cases", "/applications", "/desk/releases", "/requests", "/account", "/account/password",
           "/account/app", "/metrics", "/")  # fmt: skip
LONG = "many a long sentence is easy to keep in mind and hard to guess for others, ünicode too " * 2


@pytest.mark.parametrize("path", PUBLIC)
def test_every_answer_says_what_it_is_and_lets_no_other_site_use_it(watched, path) -> None:
    headers = Visitor(watched.address).get(path).headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    for word in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert word in policy, word
    assert "access-control-allow-origin" not in headers
    kind = headers["content-type"]
    assert "charset=utf-8" in kind.lower() or "json" in kind, kind


def test_styles_are_for_these_pages_alone(watched) -> None:
    page = Visitor(watched.address).get("/").text
    answer = Visitor(watched.address).get(re.findall(r'href="(/static/[^"]+\.css)"', page)[0])
    assert answer.status == 200 and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", PRIVATE)
def test_no_browser_or_proxy_keeps_a_page_of_who_has_signed_in(watched, path) -> None:
    answer = watched.olu.get(path)
    assert answer.status < 400
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "ODD"])
@pytest.mark.parametrize("path", ["/", "/cases", "/api/jobs"])
def test_other_methods_are_not_known(watched, method, path) -> None:
    assert watched.olu._ask(method, path, headers={}).status in (400, 405, 501)


@pytest.mark.parametrize("path", ["/static/", "/static/nhsuk/", "/static/../haven.toml", "/static/%2e%2e/urls.py",
                                  "/tile/", "/.git/config", "/admin/", "/api/docs"])  # fmt: skip
def test_no_folder_is_listed_and_nothing_else_is_served(watched, path) -> None:
    assert watched.olu.get(path).status == 404


def test_over_https_cookies_are_of_this_host_alone_and_browsers_stay_with_it() -> None:
    from openhaven.web.settings import YEAR, web_settings

    chosen = web_settings(secret="x", secure=True)
    for cookie in ("SESSION_COOKIE", "CSRF_COOKIE"):
        assert chosen[f"{cookie}_NAME"].startswith("__Host-")
        assert chosen[f"{cookie}_SECURE"] and chosen[f"{cookie}_HTTPONLY"]
    assert chosen["SECURE_HSTS_SECONDS"] >= YEAR and chosen["SECURE_HSTS_INCLUDE_SUBDOMAINS"]
    assert chosen["SECURE_SSL_REDIRECT"] and not chosen.get("DEBUG")


def test_a_session_is_another_after_signing_in_and_over_after_signing_out(watched, browser) -> None:
    context = browser.new_context()
    pat = Someone(context.new_page(), watched.address, f"pat{time.time_ns()}@example.org")
    pat.joins(invited(watched.desk.home, pat.email, "case officer"))
    names = {each["name"]: each for each in context.cookies()}
    before = names["session"]
    assert before["httpOnly"] and before["sameSite"] == "Lax" and len(before["value"]) >= 32
    pat.page.goto(f"{watched.address}/sign-out")
    follow(pat.page.get_by_role("button", name="Sign out"))
    assert _open(watched, before["value"]) == 302, "the session is over, whoever still holds its cookie"
    pat.signs_in()
    half = {each["name"]: each["value"] for each in context.cookies()}.get("session", "")
    pat.waits(watched.desk.home)
    pat.types_code()
    after = {each["name"]: each["value"] for each in context.cookies()}["session"]
    assert len({before["value"], half, after}) == 3
    assert (_open(watched, half), _open(watched, after)) == (302, 200)
    assert pat.used, "a code that was typed once opens nothing again"
    context.close()


def _open(watched, session: str) -> int:
    return Visitor(watched.address, session).get("/desk").status


def test_a_long_password_of_any_signs_is_taken_as_it_is_and_its_hash_is_slow(watched, browser) -> None:
    email = f"lou{time.time_ns()}@example.org"
    link = invited(watched.desk.home, email, "case officer")
    page = browser.new_page()
    page.goto(watched.address + link)
    page.get_by_label("Choose a password", exact=True).fill(LONG)
    page.get_by_label("Type it again", exact=True).fill(LONG)
    assert page.get_by_label("Choose a password", exact=True).get_attribute("type") == "password"
    follow(page.get_by_role("button", name="Go on"))
    lou = Someone(page, watched.address, email)
    lou.signs_in(LONG[:-2])
    assert page.locator(".nhsuk-error-summary").count(), "a part of it is not it"
    lou.signs_in(LONG)
    lou.sets_up_an_app()
    page.goto(f"{watched.address}/account/password")
    assert page.locator('[name="oldpassword"]').count() == 1, "it is asked for before another is set"
    page.close()
    kept = (watched.desk.home / "records.sqlite3").read_bytes() + b"".join(
        each.read_bytes() for each in watched.desk.home.glob("records.sqlite3-wal")
    )
    assert re.search(rb"pbkdf2_sha256\$\d{6,}\$", kept) and LONG.encode() not in kept
    assert account(watched.desk.home, "close", email).returncode == 0
