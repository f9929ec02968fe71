"""python -m bench.service [--short]: fifty people at once, browsing and applying, and a bare Django page beside them.

Each person reads a page for a moment, then asks for the next: so the number of people is what is meant by "at once".
The haven is the small demonstration, its records in SQLite, served as `haven serve` does. Printed are errors, the time
that 19 requests of 20 stayed under, and processor milliseconds of the server for a request."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).parents[1]
ROOM = ROOT / ".bench" / "service"
SESSIONS = ROOT / "tests" / "web" / "web_script.py"
HAVEN = Path(sys.executable).with_name("haven")
PEOPLE, APPLYING = 50, 10
FULL, SHORT = 30, 4
"""Pages that each person asks for."""
READS = (0.5, 2.5)
"""Seconds that a person takes for a page, at least and at most."""
GOAL = 0.3
"""Seconds that 19 requests of 20 shall stay under."""
BROWSED = (
    "/", "/data", "/data?q=hospital", "/data/episodes", "/data.jsonld", "/uses", "/uses?q=trial", "/uses/APP-001.R1",
    "/uses/not-released", "/uses.json", "/uses.atom", "/approvals", "/log", "/checkpoint",
)  # fmt: skip
ANSWERED = (
    ("title", {"title": "A use of data in a measurement"}),
    ("purpose", {"purpose": "research"}),
    ("why", {"text": "To find out how quickly pages come."}),
    ("dataset", {"dataset": "episodes"}),
)
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_SEEN = re.compile(r'name="seen" value="([^"]*)"')


@dataclass
class Told:
    """What the people found: seconds of each request by route, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, route: str, seconds: float, wrong: str) -> None:
        """One request."""
        with self.lock:
            self.seconds[route].append(seconds)
            if wrong:
                self.errors.append(wrong)

    def all(self) -> list[float]:
        """Every request."""
        return [each for found in self.seconds.values() for each in found]


@dataclass
class Person:
    """Somebody with a connection that stays open, and a session where they are signed in."""

    address: str
    told: Told
    chance: random.Random
    session: str = ""
    csrf: str = ""
    takes: tuple[float, float] = READS

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def ask(self, path: str, *, fields: dict[str, str] | None = None) -> tuple[str, str]:
        """Ask for a page, or send a form. The text, and where it leads."""
        cookies = f"session={self.session}; csrf={self.csrf}" if self.session else ""
        sent = {"Cookie": cookies, "Referer": self.address + path}
        body = None if fields is None else urlencode(fields)
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        route = f"{'GET' if body is None else 'POST'} {re.sub(r'[A-Z]+-[A-Z0-9][^/]*', '…', path.partition('?')[0])}"
        begun = time.perf_counter()
        try:
            self._connection.request("GET" if body is None else "POST", path, body=body, headers=sent)
            answer = self._connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except OSError as error:
            self._connection.close()
            self.told.add(route, time.perf_counter() - begun, f"{route}: {error!r}")
            return "", ""
        wrong = "" if answer.status in (200, 302) else f"{route}: {answer.status}"
        self.told.add(route, time.perf_counter() - begun, wrong)
        if (cookie := answer.headers.get("Set-Cookie", "")).startswith("csrf="):
            self.csrf = cookie[5:].partition(";")[0]
        return text, answer.headers.get("Location", "")

    def send(self, path: str, **fields: str) -> str:
        """Open a form's page, then send the form. Where it leads."""
        text, _ = self.ask(path)
        self.reads()
        token, seen = _TOKEN.search(text), _SEEN.search(text)
        given = {**fields, "csrfmiddlewaretoken": token[1] if token else "", "seen": seen[1] if seen else ""}
        return self.ask(path, fields=given)[1]

    def reads(self) -> None:
        """Take a moment for the page."""
        time.sleep(self.chance.uniform(*self.takes))

    def browses(self, paths: Sequence[str], many: int) -> None:
        """One page after the other."""
        for _ in range(many):
            self.ask(self.chance.choice(paths))
            self.reads()
        self._connection.close()

    def applies(self, many: int) -> None:
        """Begin an application, answer questions and look at it, over and over."""
        at = self.send("/applications", organisation="UNIVERSITY")
        asked = 2
        while at and asked < many:
            for name, fields in ANSWERED:
                self.send(f"{at}/ask/{name}", **fields)
                self.ask(at)
                self.reads()
                asked += 3
        self._connection.close()


def measured(*, short: bool) -> dict[str, Any]:
    """Both services before the same people."""
    many = SHORT if short else FULL
    with _bare() as (address, process):
        bare = _before(address, process, ["/"], many, sessions=())
    with _service() as (address, process):
        sessions = _signed_in(ROOM / "haven")
        service = _before(address, process, BROWSED, many, sessions=sessions)
    return {"people": PEOPLE, "pages": many, "load": os.getloadavg()[0], "bare": bare, "service": service}


def _before(address: str, process: int, paths: Sequence[str], many: int, *, sessions: Sequence[str]) -> dict[str, Any]:
    told = Told()
    first = Person(address, Told(), random.Random(1), *sessions[:1], takes=(0, 0))
    for path in paths:
        first.ask(path)  # once before it counts: what is made once is made
    if sessions:
        first.applies(6)
    threads = []
    for number in range(PEOPLE):
        person = Person(address, told, random.Random(number), sessions[number] if number < len(sessions) else "")
        act = person.applies if number < len(sessions) else None
        threads.append(
            threading.Thread(target=act, args=(many,)) if act
            else threading.Thread(target=person.browses, args=(paths, many))
        )  # fmt: skip
    spent, begun = _cpu(process), time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = sorted(told.all())
    return {
        "requests": len(found),
        "errors": told.errors,
        "per second": len(found) / (time.perf_counter() - begun),
        "median ms": 1000 * found[len(found) // 2],
        "p95 ms": 1000 * found[int(len(found) * 0.95)],
        "CPU ms": 1000 * (_cpu(process) - spent) / len(found),
        "slowest": _slowest(told),
    }


def _slowest(told: Told) -> list[tuple[str, int, float]]:
    """The routes with the highest 95th percentile: route, requests, milliseconds."""
    by_route = [(route, len(each), 1000 * sorted(each)[int(len(each) * 0.95)]) for route, each in told.seconds.items()]
    return sorted(by_route, key=lambda each: -each[2])[:5]


def _cpu(process: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _bare() -> Iterator[tuple[str, int]]:
    with _running([sys.executable, "-m", "bench.bare"]) as found:
        yield found


@contextmanager
def _service() -> Iterator[tuple[str, int]]:
    shutil.rmtree(ROOM, ignore_errors=True)
    ROOM.parent.mkdir(exist_ok=True)
    subprocess.run([HAVEN, "demo", "--small", ROOM], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with _running([HAVEN, "--haven", ROOM / "haven", "serve", "--port", "0", "--no-worker"]) as found:
        yield found
    shutil.rmtree(ROOM)


@contextmanager
def _running(command: Sequence[Any]) -> Iterator[tuple[str, int]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stderr is not None
            yield process.stderr.readline().strip(), process.pid
        finally:
            process.terminate()


def _signed_in(haven: Path) -> list[str]:
    people = [
        {"email": f"applicant-{number}@example.org", "posts": [["applicant", "UNIVERSITY"]]}
        for number in range(APPLYING)
    ]
    done = subprocess.run(
        [sys.executable, SESSIONS, haven], input=json.dumps(people), capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout).values())


def as_table(found: dict[str, Any]) -> str:
    """For a person to read."""
    names = ("requests", "per second", "median ms", "p95 ms", "CPU ms")
    lines = [
        f"{found['people']} people at once, {APPLYING} of them applying, {found['pages']} pages each; "
        f"load {found['load']:.1f}",
        f"{'':14}{'errors':>8}" + "".join(f"{name:>12}" for name in names),
    ]
    for which in ("bare", "service"):
        each = found[which]
        lines.append(f"{which:14}{len(each['errors']):8}" + "".join(f"{each[name]:12,.1f}" for name in names))
    kept = found["service"]["p95 ms"] <= 1000 * GOAL and not found["service"]["errors"]
    lines.append(f"goal: no error, p95 at most {1000 * GOAL:.0f} ms: {'reached' if kept else 'NOT reached'}")
    lines += [f"  {route}: {many} requests, p95 {ms:,.0f} ms" for route, many, ms in found["service"]["slowest"]]
    lines += [f"  {each}" for each in found["service"]["errors"][:5]]
    return "\n".join(lines)


def main() -> int:
    """Print it. The status is 1 where a page was not given: how fast the machine is, is no fault."""
    parser = argparse.ArgumentParser(prog="bench.service", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--short", action="store_true", help="four pages each, in seconds")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    asked = parser.parse_args()
    found = measured(short=asked.short)
    print(json.dumps(found, indent=2) if asked.json else as_table(found))
    return 1 if found["service"]["errors"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
