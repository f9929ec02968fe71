"""Releases that are broken again and again until they are done, and looked at by the checker after each break."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from crash_checker import Broken, Found, Seen, Witnesses, check, check_at_rest
from crash_starter import Call, Ended, Fault, Starter

ROADS = ("1-university", "2-cancer-audit", "6-trial", "4-health-protection")
"""Applications that are permitted: a file of records under pseudonyms, one in clear, one by a file of people."""
LISTED, PEOPLE = "6-trial", "trial_cohort.csv"
PLAIN = {0, 1, 2, 5, 6}
"""The statuses of a command that ends by itself; none of them is that of a refusal here."""
MOST = 60
TIMES, ONE_IN = 2, 10
"""A state that a strike leaves is finished from so many times; when it is met again, one time in ten."""


@dataclass
class Counts:
    """How much was tried."""

    releases: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    not_reached: int = 0
    finished_before: int = 0  # strikes whose state was one from which others were finished before
    aborted: int = 0  # by the engine, which ends the process where a thread of its own cannot read
    not_plain: list[str] = field(default_factory=list)


@dataclass
class Breaking:
    """Where roads are broken: a copy of the desk that was given, and what was seen there so far."""

    given: Path
    starter: Starter
    desk: Path
    counts: Counts = field(default_factory=Counts)
    seen: Seen = field(default_factory=Seen)
    witnesses: Witnesses = field(default_factory=Witnesses)
    last: str = ""

    def afresh(self) -> None:
        shutil.rmtree(self.desk, ignore_errors=True)
        shutil.copytree(self.given, self.desk)
        self.seen = Seen()
        self.look()

    def words(self, *words: object) -> list[str]:
        return ["--haven", str(self.desk / "haven"), "--operator", "the tests", *map(str, words)]

    def package(self, name: str) -> Path:
        return self.desk / "packages" / name

    def begin(self, name: str) -> list[str]:
        return self.words("release", self.desk / "applications" / f"{name}.toml", "--out", self.package(name), "--json")

    def resume(self) -> list[str]:
        return self.words("release", "--resume", "--json")

    def next(self, name: str) -> list[str]:
        """What an operator says now: finish what the log holds, else begin."""
        return self.resume() if self.look().unfinished else self.begin(name)

    def look(self) -> Found:
        try:
            return check(self.desk, self.seen, witnesses=self.witnesses)
        except Broken as problem:
            raise Broken(f"{problem}; after: {self.last}") from problem

    def heard(self, name: str, ended: Ended, *, how: str) -> bool:
        """Take what a command said at its word, and look whether it holds. Whether the release is done."""
        self.last = f"{name}, {how}: status {ended.status}, {ended.err.strip()[-400:]}"
        if ended.status == 0:
            said = json.loads(ended.out)
            ids = said["finished"] if "finished" in said else [said["release"]]
            self.seen.acknowledged |= {id: self.package(name) for id in ids}
        elif ended.status == -signal.SIGABRT:
            self.counts.aborted += 1
        elif not ended.killed and (ended.status not in PLAIN or "Traceback" in ended.err or "our fault" in ended.err):
            self.counts.not_plain.append(self.last)
        found = self.look()
        if name == LISTED and not found.entered:
            self._the_people_are_still_there()
        return self.done(name, found)

    def done(self, name: str, found: Found) -> bool:
        """Whether it was handed over; a kill between that and the answer leaves nobody told, and nothing to do."""
        where = self.package(name)
        return where in self.seen.acknowledged.values() or (where.exists() and not found.unfinished)

    def _the_people_are_still_there(self) -> None:
        """Before a release is entered, the applicant's file of people is whole in one of its two places."""
        whole = (self.given / "applications" / PEOPLE).read_bytes()
        places = (self.desk / "applications" / PEOPLE, self.desk / "haven" / "vault" / "cohorts" / "APP-006.csv")
        if not any(each.exists() and each.read_bytes() == whole for each in places):
            raise Broken(f"the applicant's file of people is lost; after: {self.last}")

    def finish(self, name: str) -> None:
        """Undisturbed to the end: at most one more command than there are things to finish."""
        for _ in range(3):
            if self.heard(name, self.starter.run(self.next(name)), how="undisturbed"):
                break
        else:
            raise Broken(f"it could not be finished; after: {self.last}")
        self.counts.releases += 1

    def rest(self, names: Iterable[str]) -> None:
        """All is handed over: nothing is left over, and no copy of the applicant's file of people. The haven's own
        look at its log, which every release takes too, says so."""
        self.starter.run(self.resume())
        self.look()
        own = self.starter.run(self.words("log", "fsck", "--json"))
        if own.status:
            raise Broken(f"fsck says {own.err or own.out}; after: {self.last}")
        check_at_rest(self.desk, packages=set(names))
        kept = [*(self.desk / "applications").glob("*trial_cohort*"), *self.desk.glob("haven/vault/cohorts/*")]
        if LISTED in names and kept:
            raise Broken(f"a copy of the people's file was not destroyed: {kept}")

    def takes(self, name: str) -> float:
        """How long the release takes, in seconds, once everything is loaded. Tried once for all tests."""
        if name not in self.starter.seconds:
            for _ in range(2):
                self.afresh()
                ended = self.starter.run(self.begin(name))
                assert ended.status == 0, ended
            self.starter.seconds[name] = ended.seconds
        return self.starter.seconds[name]

    def calls(self, name: str) -> list[Call]:
        """The calls to files of the desk that the release makes, once everything is loaded."""
        if name not in self.starter.found:
            self.takes(name)
            self.afresh()
            ended, self.starter.found[name] = self.starter.calls(self.begin(name), below=self.desk)
            assert ended.status == 0, ended
        return self.starter.found[name]

    def kill_roads(
        self, *, chance: random.Random, seconds: float, roads: tuple[str, ...] = ROADS, at_least: int = 1
    ) -> None:
        """Each road on one desk, killed at random moments, then finished."""
        self.afresh()
        for name in roads:
            done = self._killed(name, chance=chance, seconds=seconds, at_least=at_least)
            if done:
                self.counts.releases += 1
            else:
                self.finish(name)
        self.rest(roads)

    def _killed(self, name: str, *, chance: random.Random, seconds: float, at_least: int) -> bool:
        """One release begun or gone on with, and killed, again and again. Whether it was handed over all the same."""
        kills = 0
        for _ in range(MOST):
            moment = chance.uniform(0, 1.1 * seconds) if kills >= at_least else chance.uniform(0, 0.8 * seconds)
            ended = self.starter.run(self.next(name), kill_after=moment)
            kills += ended.killed
            self.counts.kills += ended.killed
            if self.heard(name, ended, how="killed"):
                return True
            if kills >= at_least and chance.random() < 0.5:
                break
        return False

    def finds_what_is_wrong(self, name: str) -> None:
        """Spoil a finished release in every way that the checker is there for, and see that it says so."""
        self.afresh()
        self.heard(name, self.starter.run(self.begin(name)), how="undisturbed")
        package, records = self.package(name), self.desk / "haven" / "records.sqlite3"
        spoilt: dict[str, Callable[[], object]] = {
            "half": lambda: (package / "letter.html").unlink(),
            "unlogged": lambda: _sql(records, "DELETE FROM records_entry WHERE type = 'released'"),
            "acknowledged and lost": lambda: shutil.rmtree(package),
            "twice": lambda: _sql(records, "INSERT INTO records_entry SELECT \"index\" + 1000, type, time, data, "
                                           "randomblob(32) FROM records_entry WHERE type = 'released'"),
            "a body": lambda: _sql(records, "UPDATE records_body SET data = salt WHERE name = 'release'"),
            "a key": lambda: shutil.copyfile(package / "key.age", package.parent / "key.age"),
        }  # fmt: skip
        whole = self.desk.with_name("whole")
        shutil.copytree(self.desk, whole)
        for what, spoil in spoilt.items():
            spoil()
            try:
                self.look()
            except (Broken, KeyError):
                pass
            else:
                raise AssertionError(f"not found: {what}")
            shutil.rmtree(self.desk)
            shutil.copytree(whole, self.desk)
        self.look()

    def strike(self, name: str, fault: Fault) -> None:
        """One fault at one call of a release; then it is finished, unless enough were that were left as this one is."""
        self.afresh()
        ended = self.starter.run(self.begin(name), fault=fault)
        hit = self.starter.hit() or ended.killed
        self.counts.faults[fault.what] += bool(hit)
        self.counts.not_reached += not hit
        done = self.heard(name, ended, how=f"{fault} {fault.call.path}")
        state = self.state()
        left = self.starter.left[state] = self.starter.left.get(state, 0) + 1
        if left > TIMES and left % ONE_IN:
            self.counts.finished_before += 1
            return
        if not done:
            self.finish(name)
        self.rest([name])

    def state(self) -> str:
        """What a broken command left, but for what chance and the clock put into it: every file by name and size, and
        how far both logs are."""
        logs = {name: size for name, (size, _) in self.seen.logs.items()}
        files = sorted(
            (re.sub(r"[0-9a-f]{8,}", "*", path.relative_to(self.desk).as_posix()), path.stat().st_size)
            for path in self.desk.rglob("*")
            if path.is_file() and not path.name.startswith("records.sqlite3")
        )
        return str((logs, self.look().types, files))


def _sql(records: Path, change: str) -> None:
    with closing(sqlite3.connect(records, isolation_level=None)) as opened:
        opened.execute(change)


READS = {
    "read", "pread64", "lseek", "newfstatat", "fstat", "lstat", "stat", "statfs", "access", "faccessat2", "readlink",
    "getdents64", "flock", "fcntl", "close",
}  # fmt: skip
"""Calls that change nothing on the disk. A kill at one leaves what a kill at the next change leaves: it is tried
there. And none of them can find the disk full."""


def faults_at(calls: Iterable[Call]) -> list[Fault]:
    """EIO at each call; at each that changes something a full disk too, and a kill."""
    return [
        Fault(call, what) for call in calls for what in (("EIO",) if call.name in READS else ("EIO", "ENOSPC", "KILL"))
    ]
