"""What a person does to sign in, by keyboard and mouse; and the code that an authenticator app would show."""

from __future__ import annotations

import base64
import hmac
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

from following import follow
from playwright.sync_api import Page

PASSWORD = "correct horse battery staple"


def code(key: str, *, at: float) -> str:
    """The six digits of RFC 6238 for a key in base 32, at an instant in seconds."""
    raw = base64.b32decode(key + "=" * (-len(key) % 8))
    digest = hmac.new(raw, struct.pack(">Q", int(at) // 30), sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def account(haven: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`haven account …` as a command of its own."""
    command = [Path(sys.executable).with_name("haven"), "--haven", haven, "account", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def invited(haven: Path, email: str, role: str, *more: str) -> str:
    """The path of the link that a new person is sent."""
    done = account(haven, "invite", email, "--name", email.split("@")[0], "--role", role, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def half_a_minute_on(haven: Path) -> None:
    """Codes that were used are forgotten, as they are in time, so that nobody has to wait for the next."""
    with closing(sqlite3.connect(haven / "records.sqlite3", timeout=60)) as records:
        records.execute("delete from desk_shortly where value = '\"y\"'")
        records.commit()


@dataclass
class Someone:
    """A person at a browser, with an app that knows their key."""

    page: Page
    address: str
    email: str
    key: str = ""
    used: str = ""

    def joins(self, link: str) -> Someone:
        """Sets a password and an app."""
        self.page.goto(self.address + link)
        self.page.get_by_label("Choose a password", exact=True).fill(PASSWORD)
        self.page.get_by_label("Type it again", exact=True).fill(PASSWORD)
        follow(self.page.get_by_role("button", name="Go on"))
        self.signs_in()
        self.sets_up_an_app()
        return self

    def sets_up_an_app(self) -> None:
        """Copies the key and types the first code."""
        self.key = self.page.locator("p:has-text('Key:') code").inner_text()
        self.types_code()

    def types_code(self) -> None:
        """Types what the app shows; a code counts once, so it waits for the next where it must."""
        while (shown := code(self.key, at=time.time())) == self.used:
            time.sleep(0.5)
        self.used = shown
        self.page.get_by_label("code", exact=False).first.fill(shown)
        follow(self.page.get_by_role("button", name="Go on").or_(self.page.get_by_role("button", name="Sign in")))

    def waits(self, haven: Path) -> None:
        """Half a minute passes, for everybody in the haven."""
        half_a_minute_on(haven)
        self.used = ""

    def signs_in(self, password: str = PASSWORD) -> None:
        """Types address and password."""
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(password)
        follow(self.page.get_by_role("button", name="Go on"))
