"""A certified OpenID provider started on a free port, for tests of signing in; and a person who walks through it."""

from __future__ import annotations

import http.cookiejar
import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pytest
from joserfc.jwk import RSAKey

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).parent / "outside" / "provider.mjs"


@dataclass(frozen=True)
class Running:
    """A provider that runs: its name, our key there, and its own."""

    issuer: str
    client_key: bytes
    own_key: RSAKey


def new_key(id: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": id, "use": "sig", "alg": "RS512"}, private=True)


@contextmanager
def provider_running(*, client: str, back: str) -> Iterator[Running]:
    """Start it and wait until it answers. The test is skipped where npm is missing or has not brought it."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("oidc-provider is not here: npm ci --ignore-scripts brings it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours, own = new_key("ours"), new_key("own")
    chosen = {
        "port": port,
        "client": client,
        "back": back,
        "jwk": ours.as_dict(private=False),
        "own": own.as_dict(private=True),
    }
    process = subprocess.Popen(
        [node, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(chosen))
        process.stdin.close()
        assert process.stdout.readline().strip() == "ready"
        yield Running(f"http://127.0.0.1:{port}", ours.as_pem(private=True), own)
    finally:
        process.kill()
        process.wait()


class _Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def walk(address: str, *, who: str, until: str) -> str:
    """Go through the provider as a browser does, as `who`; returns the address at which it sends the person back."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    opener = urllib.request.build_opener(jar, _Stop)
    for _ in range(12):
        try:
            with opener.open(address, timeout=20) as answer:
                assert "Prove who you are" in answer.read().decode()
                address = f"{answer.url}?{urlencode({'who': who})}"
        except urllib.error.HTTPError as error:
            assert error.status in (302, 303), error.read()
            address = urljoin(address, error.headers["Location"])
            if address.startswith(until):
                return address
    raise AssertionError("the provider sends on and on")
