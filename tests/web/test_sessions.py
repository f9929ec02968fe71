"""Given several processes that serve one haven, when somebody guesses, signs in, falls idle or signs out, then all of
them know; and what was typed before a session ended is there again."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from applying import begin, send
from by_http import Visitor, sessions
from signing_in import PASSWORD, code, half_a_minute_on, invited
from tab import Tab

pytestmark = pytest.mark.xdist_group("worker")
PEOPLE = {"olu": [["case officer", ""]], "ann": [["applicant", "UNIVERSITY"]], "zed": []}
FORM = "application/x-www-form-urlencoded"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture(scope="module")
def another(home: Path) -> Iterator[str]:
    """A second process that serves the same haven."""
    command = [Path(sys.executable).with_name("haven"), "--haven", home, "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().strip()
        finally:
            process.terminate()


def change(home: Path, statement: str, *values: object) -> None:
    """Change the records, as time would."""
    with closing(sqlite3.connect(home / "records.sqlite3", timeout=60)) as records:
        records.execute(statement, values)
        records.commit()


def ask(home: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "records.sqlite3", timeout=60)) as records:
        return records.execute(statement, values).fetchall()


def joined(home: Path, tab: Tab, name: str, *more: str) -> tuple[str, str]:
    """Somebody new, who has set up an app and is signed in: their address and the key of the app."""
    email, role = f"{name}@example.org", "applicant" if more else "case officer"
    tab.go(invited(home, email, role, *more)).send(password=PASSWORD, again=PASSWORD)
    tab.send(login=email, password=PASSWORD)
    key = re.findall(r"Key:[^<]*<code>(\w+)</code>", tab.text)[0]
    assert tab.send(code=code(key, at=time.time())).heading == "Your recovery codes"
    half_a_minute_on(home)
    return email, key


def comes_in(tab: Tab, email: str, key: str) -> Tab:
    """Signs in."""
    types_both(tab.go("/desk"), email, key)
    return tab


def types_both(tab: Tab, email: str, key: str) -> None:
    """Types password and code; a code counts once, so the next is waited for where it has to be."""
    tab.send(login=email, password=PASSWORD)
    assert tab.heading == "Type the code", tab.text
    for _ in range(70):
        if tab.send(code=code(key, at=time.time())).heading != "Type the code":
            return
        time.sleep(0.5)
    raise AssertionError(tab.text)


def test_guesses_at_a_password_count_for_every_process_together(home, address, another) -> None:
    tab = Tab(address)
    said = []
    for guess in range(6):
        tab.go("/sign-in", of=(address, another)[guess % 2])
        said.append(
            re.findall(r"Too many|not correct", tab.send(login="olu@example.org", password=f"guess {guess}").text)
        )
    assert ["Too many" in each for each in said] == [False] * 5 + [True], said


def guesses(tab: Tab, email: str, *, most: int) -> list[bool]:
    """Whether each wrong password was looked at, and not refused unseen."""
    wrong = (tab.go("/sign-in").send(login=email, password=f"guess {each}").text for each in range(most))
    return ["not correct" in each for each in wrong]


def test_guesses_made_elsewhere_keep_nobody_out_of_the_browser_where_they_signed_in_before(home, address, another):
    tab, stranger = Tab(address), Tab(another)
    email, key = joined(home, tab, "ida7")
    change(home, "delete from desk_shortly")
    tab.go("/sign-out").send()
    assert guesses(stranger, email, most=7) == [True] * 5 + [False] * 2
    assert stranger.go("/sign-in").send(login=email, password=PASSWORD).heading == "Sign in", "by nobody else"
    comes_in(tab, email, key)
    assert tab.heading == "Your desk"
    assert not {"ida7", email} & set(re.split(r"[^\w@.]", tab.cookie("known"))), "the cookie names nobody"


def test_a_known_browser_has_as_many_guesses_as_any_and_is_known_for_one_account_by_an_unchanged_cookie(
    home, address
) -> None:
    tab = Tab(address)
    email, _ = joined(home, tab, "jon7")
    tab.go("/sign-out").send()
    change(home, "delete from desk_shortly")
    assert guesses(tab, email, most=6) == [True] * 5 + [False]
    assert guesses(Tab(address), "zed@example.org", most=5) == [True] * 5
    assert guesses(tab, "zed@example.org", most=1) == [False], "a stranger to the next account"
    change(home, "delete from desk_shortly")
    assert guesses(Tab(address), email, most=5) == [True] * 5
    (cookie,) = [each for each in tab.cookies if each.name == "known"]
    cookie.value = f"{cookie.value[:-2]}xx"
    assert guesses(tab, email, most=1) == [False]


def test_a_link_makes_the_browser_known_in_which_it_is_opened(home, address) -> None:
    change(home, "delete from desk_shortly")
    assert guesses(Tab(address), "noa7@example.org", most=6)[-1] is False
    tab = Tab(address).go(invited(home, "noa7@example.org", "case officer"))
    tab.send(password=PASSWORD, again=PASSWORD).send(login="noa7@example.org", password=PASSWORD)
    assert tab.heading == "Set up your app"


def test_what_is_counted_names_nobody_and_is_gone_once_it_has_ended(home, address, another) -> None:
    Tab(address).go("/sign-in").send(login="someone.else@example.org", password="a guess that is wrong")
    kept = ask(home, "select name, value from desk_shortly")
    assert len(kept) >= 2 and all(re.fullmatch(r"[0-9a-f]{64}", str(name)) for name, _ in kept)
    assert not any("@" in str(value) or "127" in str(value).split(".") for _, value in kept)
    change(home, "update desk_shortly set ends = '2020-01-01 00:00:00'")
    Tab(another).go("/sign-in").send(login="someone.else@example.org", password="another guess")
    after = ask(home, "select name, ends from desk_shortly")
    assert 0 < len(after) <= 3 and all(str(ends) > "2026" for _, ends in after)


def test_a_code_that_was_used_at_one_process_opens_nothing_at_another(home, address, another) -> None:
    email, key = joined(home, Tab(address), "pat7")
    first, second = Tab(address), Tab(another)
    comes_in(first, email, key)
    used = code(key, at=time.time())
    second.go("/desk").send(login=email, password=PASSWORD)
    assert second.send(code=used).heading == "Type the code" and "Incorrect code" in second.text


def test_who_does_nothing_is_signed_out_and_finds_what_they_typed(home, address, another) -> None:
    tab = Tab(address)
    email, key = joined(home, tab, "eve7", "--organisation", "UNIVERSITY")
    case = begin(Visitor(address, tab.cookie("session")), "UNIVERSITY")
    at = f"/applications/{case}/ask/why"
    tab.go(at)
    change(home, "update desk_signin set seen = datetime('now', '-29 minutes')")
    assert tab.go(at).heading != "Sign in", "it lasts so long"
    change(home, "update desk_signin set seen = datetime('now', '-31 minutes')")
    seen = re.findall(r'name="seen" value="(\w+)"', tab.text)[0]
    tab.send(text="A long thought that took all morning.", seen=seen)
    assert tab.heading == "Sign in"
    assert "A long thought" not in str(ask(home, "select session_data from django_session"))
    types_both(tab, email, key)
    assert tab.at.endswith(at) and "You had been signed out" in tab.text
    assert "A long thought that took all morning." in tab.text


def test_what_somebody_typed_is_not_given_to_the_next_who_signs_in_there(home, address) -> None:
    other, others_key = joined(home, Tab(address), "gus7", "--organisation", "UNIVERSITY")
    tab = Tab(address)
    joined(home, tab, "fay7", "--organisation", "UNIVERSITY")
    case = begin(Visitor(address, tab.cookie("session")), "UNIVERSITY")
    tab.go(f"/applications/{case}/ask/why")
    change(home, "update desk_signin set seen = datetime('now', '-1 days')")
    tab.send(text="Between me and my page.", seen=re.findall(r'name="seen" value="(\w+)"', tab.text)[0])
    types_both(tab, other, others_key)
    assert tab.at.endswith("/ask/why") and "Between me and my page." not in tab.text


def test_what_was_typed_in_a_session_that_is_forgotten_is_for_who_signed_in_last(home, address) -> None:
    other, others_key = joined(home, Tab(address), "hal7", "--organisation", "UNIVERSITY")
    tab = Tab(address)
    email, key = joined(home, tab, "may7", "--organisation", "UNIVERSITY")
    at = f"/applications/{begin(Visitor(address, tab.cookie('session')), 'UNIVERSITY')}/ask/why"
    for who, its_key, found in ((other, others_key, False), (email, key, True)):
        change(home, "delete from desk_shortly")
        (seen,) = re.findall(r'name="seen" value="(\w+)"', tab.go(at).text)
        change(home, "delete from django_session where session_key = ?", tab.cookie("session"))
        assert tab.send(text="Mine alone.", seen=seen).heading == "Sign in"
        types_both(tab, who, its_key)
        assert tab.at.endswith(at) and ("Mine alone." in tab.text) is found
        if not found:
            tab.go("/sign-out").send()
            comes_in(tab, email, key)
    change(home, "delete from desk_shortly")
    tab.go("/incidents/report")
    change(home, "delete from django_session where session_key = ?", tab.cookie("session"))
    types_both(tab.send(text="A train, and a laptop."), email, key)
    assert tab.at.endswith("/incidents/report") and "You had been signed out" in tab.text
    assert "A train, and a laptop." in tab.text


def test_a_session_ends_in_the_end_whatever_somebody_does(home, people) -> None:
    assert people["olu"].get("/desk").status == 200
    change(home, "update desk_signin set began = datetime('now', '-721 minutes') where person_id = "
                 "(select id from desk_person where email = 'olu@example.org')")  # fmt: skip
    assert people["olu"].get("/desk").status == 302


def test_somebody_sees_where_they_are_signed_in_and_ends_it_there(home, address, another) -> None:
    here, phone = Tab(address, User_Agent=FIREFOX), Tab(another, User_Agent=PHONE)
    email, key = joined(home, here, "una7")
    comes_in(phone, email, key)
    here.go("/account/signed-in")
    assert here.heading == "Where you are signed in"
    assert "Firefox on Linux (this one)" in here.text and "Safari on iPhone" in here.text
    (number,) = re.findall(r"/account/signed-in/(\d+)/end", here.text)
    here.post(f"/account/signed-in/{number}/end", csrfmiddlewaretoken=token(here))
    assert "Safari on iPhone" not in here.text and here.heading == "Where you are signed in"
    assert phone.go("/desk").heading == "Sign in"
    assert here.go("/desk").heading == "Your desk"


def token(tab: Tab) -> str:
    return str(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', tab.text)[0])


def test_one_press_ends_every_other_session(home, address, another) -> None:
    here, there = Tab(address), Tab(another)
    email, key = joined(home, here, "viv7")
    comes_in(there, email, key)
    here.go("/account/signed-in").post("/account/signed-in/end-others", csrfmiddlewaretoken=token(here))
    assert there.go("/desk").heading == "Sign in" and here.go("/desk").heading == "Your desk"


def test_another_password_ends_every_other_session(home, address, another) -> None:
    here, there = Tab(address), Tab(another)
    email, key = joined(home, here, "wyn7")
    comes_in(there, email, key)
    new = "three other words entirely"
    here.go("/account/password").send(oldpassword=PASSWORD, password1=new, password2=new)
    assert there.go("/desk").heading == "Sign in" and here.go("/desk").heading == "Your desk"


def test_nobody_ends_the_session_of_somebody_else(home, people) -> None:
    (anns,) = ask(home, "select id from desk_signin where person_id = "
                        "(select id from desk_person where email = 'ann@example.org')")[0]  # fmt: skip
    zed = people["zed"]
    assert zed.get("/account/signed-in").status == 200
    for path in (f"/account/signed-in/{anns}/end", "/account/signed-in/end-others"):
        assert zed.post(path, form="/account/password").status == 302
    assert people["ann"].get("/desk").status == 200
    assert people["anyone"].get("/account/signed-in").status == 302


def test_more_sessions_than_anybody_needs_end_the_one_used_least_lately(home, people) -> None:
    ((zed,),) = ask(home, "select id from desk_person where email = 'zed@example.org'")
    assert people["zed"].get("/desk").status == 200
    for _ in range(9):
        change(home, "insert into desk_signin (person_id, began, seen, browser) "
                     "values (?, datetime('now', '1 minutes'), datetime('now', '1 minutes'), 'x')", zed)  # fmt: skip
    assert people["zed"].get("/desk").status == 200, "it is the tenth"
    sessions(home, [{"email": "zed@example.org", "posts": []}])
    assert ask(home, "select count(*) from desk_signin where person_id = ?", zed) == [(10,)]
    assert people["zed"].get("/desk").status == 302


@pytest.fixture
def behind(home: Path) -> Iterator[str]:
    """A process behind a web server with HTTPS, which says who asks."""
    chosen = home / "haven.toml"
    before = chosen.read_text()
    chosen.write_text(f"{before}\n[service]\nhttps = true\nservers_in_front = 1\n")
    command = [Path(sys.executable).with_name("haven"), "--haven", home, "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().strip()
        finally:
            process.terminate()
            chosen.write_text(before)


def test_behind_a_web_server_guesses_count_by_who_asks_and_no_token_goes_in_the_clear(behind: str) -> None:
    nobody = Visitor(behind)
    page = nobody.get("/desk")
    assert (page.status, page.headers["location"][:8]) == (301, "https://"), "a page leads there"
    for path in ("/api/me", "/metrics"):
        answer = nobody.get(path, Authorization="Bearer openhaven_x")
        assert answer.status == 403 and "location" not in answer.headers and "over https" in answer.text
    said = []
    for guess in range(13):
        one = {"X_Forwarded_Proto": "https", "X_Forwarded_For": f"10.0.0.9, 192.0.2.{guess // 12}"}
        found = nobody.get("/sign-in", **one)
        token, csrf = re.findall(r'token" value="(\w+)"', found.text)[0], found.headers["set-cookie"]
        body = f"csrfmiddlewaretoken={token}&login=nobody{guess}@example.org&password=guess"
        headers = {name.replace("_", "-"): each for name, each in one.items()}
        headers |= {"Cookie": csrf.split(";")[0], "Referer": behind.replace("http:", "https:") + "/sign-in"}
        asked = urllib.request.Request(f"{behind}/sign-in", body.encode(), {**headers, "Content-Type": FORM})
        with urllib.request.urlopen(asked, timeout=60) as made:
            said.append("Too many" in made.read().decode())
    assert said == [False] * 10 + [True] * 2 + [False], "the last comes from somebody else"


def test_who_signs_in_or_is_refused_is_told_by_the_number_of_their_account_alone(home, tmp_path) -> None:
    command = [Path(sys.executable).with_name("haven"), "--haven", home, "serve", "--port", "0", "--no-worker"]
    lines = tmp_path / "lines.jsonl"
    with (
        lines.open("w") as out,
        subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            assert process.stderr is not None
            address = process.stderr.readline().strip()
            tab = Tab(address)
            email, key = joined(home, tab, "abe7")
            tab.go("/sign-out").send()
            Tab(address).go("/sign-in").send(login=email, password="a wrong one")
            Tab(address).go("/sign-in").send(login="nobody@example.org", password="a wrong one")
            tab.go("/desk").send(login=email, password=PASSWORD)
            tab.send(code="000000")
            while tab.send(code=code(key, at=time.time())).heading == "Type the code":
                time.sleep(0.5)
            tab.go("/applications/CASE-none")
            tab.go("/proxies")
            tab.go("/visits/new").go("/requests/1/leave-out")
        finally:
            process.terminate()
    ((number,),) = ask(home, "select id from desk_person where email = ?", email)
    found = [json.loads(line) for line in lines.read_text().splitlines()]
    told = [(each["event"], each["account"]) for each in found if "event" in each]
    assert told[:3] == [(each, number) for each in ("signed in", "recovery codes made", "signed out")]
    assert {("password refused", number), ("password refused", None), ("code refused", number)} <= set(told)
    assert told[-1] == ("signed in", number)
    assert all(each.get("account") == number for each in found if each.get("status") == 403)
    assert "@" not in lines.read_text() and PASSWORD not in lines.read_text()


def test_what_a_program_might_do_very_often_is_slowed_down(home, people, address) -> None:
    ann = people["ann"]
    change(home, "delete from desk_shortly")
    case = begin(ann, "UNIVERSITY")
    ((name, value),) = ask(home, "select name, value from desk_shortly")
    assert json.loads(str(value)) == 1
    change(home, "update desk_shortly set value = '199' where name = ?", name)
    assert begin(ann, "UNIVERSITY") != case
    refused = ann.post("/applications", form="/applications", organisation="UNIVERSITY")
    assert refused.status == 429 and "Wait for a minute" in refused.text
    assert ann.get("/applications").status == 200
    # given words that somebody typed, when they send too many, then the page holds them until they are sent again
    path, words = f"/cases/{case}/messages", "First line\nSecond <b>line</b> \u202eשלום"
    change(home, "delete from desk_shortly")
    assert send(ann, path, {"text": ["One."]}).status == 302
    change(home, "update desk_shortly set value = '200'")
    kept = send(ann, path, {"text": [words]})
    assert kept.status == 429 and "What you typed is still on this page" in kept.text
    held = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', kept.text))
    assert html.unescape(held["text"]) == words and "<b>" not in kept.text and "csrfmiddlewaretoken" in held
    change(home, "delete from desk_shortly")
    assert send(ann, path, {"text": [html.unescape(held["text"])]}).status == 302
    assert "Second &lt;b&gt;line" in ann.get(path).text
