"""Given an invitation, when a person takes it up, then they sign in with two factors; and nobody else does."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from sqlite3 import connect

import pytest
from by_http import sessions
from following import follow
from signing_in import PASSWORD, Someone, account, code, invited

pytestmark = pytest.mark.xdist_group("service")


@pytest.fixture
def someone(service, browser):
    """Brings people, each with a browser that remembers nothing of another's."""
    contexts = []

    def bring(email: str) -> Someone:
        contexts.append(browser.new_context())
        return Someone(contexts[-1].new_page(), service.address, email)

    yield bring
    for each in contexts:
        each.close()


def heading(person: Someone) -> str:
    """The first heading of the page."""
    return person.page.get_by_role("heading", level=1).inner_text()


def test_codes_are_those_of_the_standard():
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
    assert [code(key, at=at) for at in (59, 1111111109, 2000000000)] == ["287082", "081804", "279037"]


def test_who_is_invited_sets_a_password_and_an_app_and_reaches_their_desk(someone, small_demo, axe):
    olu = someone("olu@example.org").joins(invited(small_demo.haven, "olu@example.org", "case officer"))
    assert heading(olu) == "Your recovery codes"
    olu.page.goto(f"{olu.address}/desk")
    assert heading(olu) == "Your desk" and "case officer" in olu.page.inner_text("main")


def test_a_recovery_code_signs_in_once_and_only_hashes_of_codes_are_kept(someone, small_demo):
    # given codes that were shown when the app was set up
    zara = someone("zara@example.org").joins(invited(small_demo.haven, "zara@example.org", "case officer"))
    codes = zara.page.locator("li code").all_inner_texts()
    assert len(codes) == len(set(codes)) == 8 and all(len(each.replace("-", "")) == 24 for each in codes)
    kept = (small_demo.haven / "records.sqlite3").read_bytes()
    kept += (small_demo.haven / "records.sqlite3-wal").read_bytes()
    bare = [each.replace("-", "") for each in codes]
    assert all(sha256(each.encode()).hexdigest().encode() in kept and each.encode() not in kept for each in bare)
    # when one is typed, with capitals and spaces, then it signs in; and then never again
    for shown, opened in ((codes[0].upper().replace("-", " "), True), (codes[0], False), (codes[1], True)):
        later = Someone(someone("zara@example.org").page, zara.address, zara.email)
        later.signs_in()
        later.page.get_by_label("Code").fill(shown)
        follow(later.page.get_by_role("button", name="Sign in"))
        assert (heading(later) == "Your desk") is opened, shown
        if not opened:
            assert "Incorrect code" in later.page.inner_text(".nhsuk-error-summary")
    # and the page of codes shows none, until there are new ones
    later.page.goto(f"{later.address}/account/codes")
    assert "6 of yours are left" in later.page.inner_text("main") and not later.page.locator("code").count()
    follow(later.page.get_by_role("button", name="Make new codes"))
    assert not set(codes) & set(later.page.locator("li code").all_inner_texts())
    # and codes of earlier versions, which were sealed, are forgotten when the service starts
    with closing(connect(small_demo.haven / "records.sqlite3", timeout=60)) as records:
        records.execute("update mfa_authenticator set data = '{\"seed\": \"sealed\"}' where type = 'recovery_codes'")
        records.commit()
        sessions(small_demo.haven, [])
        assert not records.execute("select * from mfa_authenticator where type = 'recovery_codes'").fetchall()


def test_a_link_works_once(someone, small_demo):
    link = invited(small_demo.haven, "una@example.org", "independent adviser")
    someone("una@example.org").joins(link)
    other = someone("una@example.org")
    other.page.goto(other.address + link)
    assert heading(other) == "This link works no more"


def test_a_password_alone_opens_nothing(someone, small_demo):
    pat = someone("pat@example.org").joins(invited(small_demo.haven, "pat@example.org", "case officer"))
    later = Someone(someone("pat@example.org").page, pat.address, pat.email, pat.key, pat.used)
    later.waits(small_demo.haven)
    later.signs_in()
    assert heading(later) == "Type the code"
    later.page.goto(f"{later.address}/desk")
    assert heading(later) == "Type the code"
    later.types_code()
    assert heading(later) == "Your desk"


def test_who_has_set_up_no_app_yet_is_asked_for_it_on_every_page(someone, small_demo):
    quinn = someone("quinn@example.org")
    quinn.page.goto(quinn.address + invited(small_demo.haven, "quinn@example.org", "case officer"))
    quinn.page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    quinn.page.get_by_label("Type it again", exact=True).fill(PASSWORD)
    follow(quinn.page.get_by_role("button", name="Go on"))
    quinn.signs_in()
    for path in ("/desk", "/account", "/account/codes"):
        quinn.page.goto(quinn.address + path)
        assert heading(quinn) == "Set up your app", path


@pytest.mark.parametrize(("email", "password"), [("pat2@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_are_told_alike(someone, small_demo, email, password):
    person = someone(email)
    person.signs_in(password)
    said = person.page.inner_text(".nhsuk-error-summary")
    assert "not correct" in said
    assert heading(person) == "Sign in"


def test_passwords_that_are_short_common_or_not_the_same_are_refused_by_their_field(someone, small_demo):
    rae = someone("rae@example.org")
    rae.page.goto(rae.address + invited(small_demo.haven, "rae@example.org", "case officer"))
    for first, second, said in [
        ("short", "short", "at least 12 characters"),
        ("password1234", "password1234", "too common"),
        (PASSWORD, "something else", "same password twice"),
        ("", "", "required"),
    ]:
        rae.page.get_by_label("Choose a password", exact=True).fill(first)
        rae.page.get_by_label("Type it again", exact=True).fill(second)
        follow(rae.page.get_by_role("button", name="Go on"))
        assert said in rae.page.inner_text(".nhsuk-error-summary"), said


def test_who_is_shut_out_is_signed_out_at_once(someone, small_demo):
    sam = someone("sam@example.org").joins(invited(small_demo.haven, "sam@example.org", "case officer"))
    sam.page.goto(f"{sam.address}/desk")
    assert heading(sam) == "Your desk"
    assert account(small_demo.haven, "close", "sam@example.org").returncode == 0
    sam.page.reload()
    assert heading(sam) == "Sign in"


@pytest.mark.parametrize("path", ["/sign-in", "/join/none"])
def test_pages_for_signing_in_have_no_barrier(service, browser, axe, path):
    page = browser.new_page()
    page.goto(service.address + path)
    page.evaluate(f"{axe};0")
    found = page.evaluate("() => axe.run(document)")
    page.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def test_setting_up_an_app_has_no_barrier(someone, small_demo, axe):
    tao = someone("tao@example.org")
    tao.page.goto(tao.address + invited(small_demo.haven, "tao@example.org", "case officer"))
    for step in ("Set your password", "Set up your app", "Your recovery codes", "Your desk"):
        assert heading(tao) == step
        tao.page.evaluate(f"{axe};0")
        found = tao.page.evaluate("() => axe.run(document)")
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == [], step
        if step == "Set your password":
            tao.page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
            tao.page.get_by_label("Type it again", exact=True).fill(PASSWORD)
            follow(tao.page.get_by_role("button", name="Go on"))
            tao.signs_in()
        elif step == "Set up your app":
            tao.sets_up_an_app()
        elif step == "Your recovery codes":
            follow(tao.page.get_by_role("link", name="Go on"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x@example.org", "--name", "X", "--role", "wizard"), "is no role here. Roles: applicant"),
        (("x@example.org", "--name", "X", "--role", "applicant"), "an organisation of record"),
        (("x@example.org", "--name", "X", "--role", "applicant", "--organisation", "NOBODY"), "UNIVERSITY"),
        (
            ("x@example.org", "--name", "X", "--role", "case officer", "--organisation", "UNIVERSITY"),
            "serves the haven",
        ),
        (("no address", "--name", "X", "--role", "case officer"), "is not an e-mail address"),
        (("x@example.org", "--name", " ", "--role", "case officer"), "has a name"),
    ],
)
def test_an_invitation_that_makes_no_sense_says_why(small_demo, arguments, said):
    done = account(small_demo.haven, "invite", *arguments)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_closing_an_account_that_is_not_there_says_so(small_demo):
    done = account(small_demo.haven, "close", "ghost@example.org")
    assert done.returncode == 2 and "no account of ghost@example.org" in done.stderr


def test_the_second_factor_lies_sealed_in_the_records(someone, small_demo):
    vic = someone("vic@example.org").joins(invited(small_demo.haven, "vic@example.org", "case officer"))
    kept = b"".join(path.read_bytes() for path in small_demo.haven.glob("records.sqlite3*"))
    assert vic.key.encode() not in kept and PASSWORD.encode() not in kept


def test_who_was_invited_joined_and_shut_out_stands_in_the_private_log(someone, small_demo):
    xia = someone("xia@example.org").joins(invited(small_demo.haven, "xia@example.org", "independent adviser"))
    account(small_demo.haven, "close", xia.email)
    haven = Path(sys.executable).with_name("haven")
    looked = [haven, "--haven", small_demo.haven, "log", "looked", "--because", "a test"]
    said = subprocess.run(looked, capture_output=True, text=True, check=True).stdout
    found = [line.split("xia@example.org: ")[1] for line in said.splitlines() if "xia@example.org" in line]
    assert found == ["invited as independent adviser", "set a password", "shut out"]


def test_guesses_at_a_password_are_slowed_down(someone, small_demo):
    will = someone("will@example.org")
    for _ in range(12):
        will.signs_in("guess " + str(time.time()))
    assert "Too many" in will.page.inner_text("body")
