"""Sends letters by SMTP (RFC 5321), under TLS wherever the server is another machine.

A letter holds no more than its reader may know to stand on a postcard: mail is not confidential."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from openhaven.keys.private_files import check_private
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.settings import Mail, Secured

WAIT_SECONDS = 20

NOT_FOR_THIS_READER = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    MessageError,
    ValueError,
)

Send = Callable[["Letter"], None]
"""Sends one letter. Raises BadInput where the server does not take it for this reader."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, to one reader: plain text."""

    to: str
    subject: str
    text: str
    at: dt.datetime


@contextmanager
def posting(mail: Mail, folder: Path) -> Iterator[Send]:
    """Sends letters while the block lasts. Paths of the settings are relative to the haven's `folder`.

    Raises HavenError where the server cannot be reached, is not the one it says, or does not let us in."""
    password = _password(mail, folder)
    try:
        with _connected(mail) as server:
            if mail.user:
                server.login(mail.user, password)
            yield lambda letter: _send(server, mail, letter)
    except (smtplib.SMTPException, OSError) as error:
        why = f"{error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else type(error).__name__
        raise HavenError(
            f"the mail server did not take our letters ({why})",
            where=f"{mail.server}:{mail.port}",
            todo="Look at the settings of [mail], and at the server. What was not sent is sent later.",
        ) from None


@contextmanager
def _connected(mail: Mail) -> Iterator[smtplib.SMTP]:
    if mail.secured is Secured.TLS:
        with smtplib.SMTP_SSL(mail.server, mail.port, timeout=WAIT_SECONDS, context=_trust(mail)) as server:
            yield server
        return
    with smtplib.SMTP(mail.server, mail.port, timeout=WAIT_SECONDS) as server:
        if mail.secured is Secured.STARTTLS:
            server.starttls(context=_trust(mail))
        yield server


def _trust(mail: Mail) -> ssl.SSLContext:
    """The certificate is checked, with the server's name; by the machine's authorities or by those of a file."""
    return ssl.create_default_context(cafile=mail.authorities or None)


def _password(mail: Mail, folder: Path) -> str:
    if not mail.password_file:
        return ""
    path = folder / mail.password_file
    try:
        check_private(path)
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HavenError("the password of the mail server cannot be read", where=str(path)) from error


def _send(server: smtplib.SMTP, mail: Mail, letter: Letter) -> None:
    try:
        server.send_message(_message(mail, letter), mail.sender, [letter.to])
    except NOT_FOR_THIS_READER:
        raise BadInput("the mail server does not take letters to this address", where=letter.to) from None


def _message(mail: Mail, letter: Letter) -> EmailMessage:
    if "@" not in letter.to:
        raise ValueError("no address")
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = mail.sender, letter.to, letter.subject
    made["Date"] = format_datetime(letter.at)
    made["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday note answers it
    made.set_content(letter.text)
    return made
