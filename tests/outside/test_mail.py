"""Given a mail server, when a letter is sent, then it goes under TLS to its one reader; and what is amiss is said."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from letter_box import NOT_HERE, PASSWORD, USER, letter_box

from openhaven.model.errors import BadInput, HavenError
from openhaven.model.settings import Mail, Secured
from openhaven.outside import mail
from openhaven.outside.mail import Letter, posting

AT = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
LETTER = Letter("ann@example.org", "1 case has news for you", "Dear Ann – CASE-ABCDEF is approved.\n", AT)


def settings(folder: Path, port: int, secured: Secured = Secured.STARTTLS) -> Mail:
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "password").chmod(0o600)
    return Mail("127.0.0.1", port, secured, USER, "password", str(folder / "authority.pem"), "haven@example.org",
                "https://haven.example.org")  # fmt: skip


@pytest.mark.parametrize("secured", [Secured.STARTTLS, Secured.TLS])
def test_a_letter_goes_under_tls_to_its_reader(tmp_path, secured):
    with letter_box(tmp_path, at_once=secured is Secured.TLS) as box:
        with posting(settings(tmp_path, box.port, secured), tmp_path) as send:
            send(LETTER)
        (found,) = box.letters
    assert (found["To"], found["From"], found["Subject"]) == (LETTER.to, "haven@example.org", LETTER.subject)
    assert found["Auto-Submitted"] == "auto-generated" and found["Date"].datetime == AT
    assert found.get_content().replace("\r\n", "\n") == LETTER.text


def test_a_server_on_this_machine_may_take_letters_in_the_clear(tmp_path):
    mail = Mail("127.0.0.1", 1, Secured.NO, sender="haven@example.org", service="https://haven.example.org")
    with letter_box() as box, posting(replace(mail, port=box.port), tmp_path) as send:
        send(LETTER)
        send(replace(LETTER, to="olu@example.org"))
    assert [each["To"] for each in box.letters] == [LETTER.to, "olu@example.org"]


@pytest.mark.parametrize("to", [NOT_HERE, "ann@example.org\r\nBcc: all@example.org", "", "ann"])
def test_a_reader_whom_the_server_does_not_take_stops_no_other(tmp_path, to):
    with letter_box(tmp_path) as box, posting(settings(tmp_path, box.port), tmp_path) as send:
        with pytest.raises(BadInput):
            send(replace(LETTER, to=to))
        send(LETTER)
    assert [each["To"] for each in box.letters] == [LETTER.to]
    assert box.letters[0]["Bcc"] is None


def test_a_subject_cannot_make_a_header(tmp_path):
    with letter_box(tmp_path) as box:
        mail = settings(tmp_path, box.port)
        with posting(mail, tmp_path) as send, pytest.raises(BadInput):
            send(replace(LETTER, subject="News\r\nBcc: all@example.org"))
    assert not box.letters


def test_a_server_that_is_another_is_told_nothing(tmp_path):
    with letter_box(tmp_path, named="mail.example.org") as box:
        mail = settings(tmp_path, box.port)
        with pytest.raises(HavenError, match="SSLCertVerificationError"), posting(mail, tmp_path) as send:
            send(LETTER)
    assert not box.letters


def test_a_server_that_offers_no_tls_is_told_nothing(tmp_path):
    with letter_box() as box, pytest.raises(HavenError):
        mail = Mail("127.0.0.1", box.port, sender="haven@example.org", service="https://haven.example.org")
        with posting(mail, tmp_path) as send:
            send(LETTER)
    assert not box.letters


def test_a_wrong_password_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "WAIT_SECONDS", 2)  # this server says nothing more then
    with letter_box(tmp_path) as box:
        given = settings(tmp_path, box.port)
        (tmp_path / "password").write_text("another")
        with pytest.raises(HavenError, match="did not take our letters"), posting(given, tmp_path):
            pass


def test_a_password_that_others_may_read_is_not_used(tmp_path):
    mail = settings(tmp_path, 1)
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(HavenError, match="others on this machine may read"), posting(mail, tmp_path):
        pass


def test_a_password_that_is_not_there_is_said(tmp_path):
    mail = replace(settings(tmp_path, 1), password_file="none")
    with pytest.raises(HavenError, match="cannot be read"), posting(mail, tmp_path):
        pass


def test_a_server_that_is_down_is_said(tmp_path):
    with pytest.raises(HavenError, match="ConnectionRefusedError"), posting(settings(tmp_path, 1), tmp_path):
        pass


@pytest.mark.parametrize(
    "changed",
    [
        {"sender": ""},
        {"sender": "haven"},
        {"service": ""},
        {"service": "haven.example.org"},
        {"server": "mail.example.org", "secured": Secured.NO},
        {"user": "", "password_file": "password"},
        {"user": "haven", "password_file": ""},
    ],
    ids=str,
)
def test_settings_that_do_not_fit_are_refused(tmp_path, changed):
    (tmp_path / "password").touch()
    with pytest.raises(ValueError, match="mail"):
        replace(settings(tmp_path, 25), **changed)
