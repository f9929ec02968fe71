"""A browser without a screen or scripts: it keeps cookies, follows redirections, and fills the form of a page."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin


class Tab:
    """One person's; `text` is the page that it shows, `at` its address. Cookies are of the host, whatever the port."""

    def __init__(self, address: str, **headers: str) -> None:
        self.address, self.at, self.text, self.status = address, address, "", 0
        self.cookies = CookieJar()
        self._opens = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self._opens.addheaders = [(name.replace("_", "-"), each) for name, each in headers.items()]

    @property
    def heading(self) -> str:
        """The first heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.S)
        return found[1].strip() if found else ""

    def cookie(self, name: str) -> str:
        """The value of a cookie, empty where there is none."""
        return next((each.value or "" for each in self.cookies if each.name == name), "")

    def go(self, path: str, *, of: str = "") -> Tab:
        """Open a page, of another address than the last where one is given."""
        self.address = of or self.address
        return self._open(urllib.request.Request(urljoin(self.address, path)))

    def send(self, **typed: str) -> Tab:
        """Send the form of the page."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)
        assert found, self.text
        return self.post(self.at, csrfmiddlewaretoken=found[1], **typed)

    def post(self, path: str, **typed: str) -> Tab:
        """Send these values."""
        headers = {"Referer": self.address}
        return self._open(urllib.request.Request(urljoin(self.at, path), urlencode(typed).encode(), headers))

    def _open(self, asked: urllib.request.Request) -> Tab:
        try:
            answer = self._opens.open(asked, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.at, self.status, self.text = answer.url, answer.status, answer.read().decode()
        return self
