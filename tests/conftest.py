"""What every test can use: neighbours in its own folder, and the data that stands beside the checkout."""

import fcntl
import os
import re
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
for room in (".", "release", "law", "web", "log"):
    sys.path.insert(0, str(Path(__file__).parent / room))


@pytest.fixture
def shared_data() -> Path:
    """Real and official files beside the checkout; the test is skipped where they are absent."""
    if not DATA.is_dir():
        pytest.skip("the data beside the checkout is not here")
    return DATA


@dataclass(frozen=True)
class Demo:
    """The small demonstration as it ran: its folder, and what it said. Only to be read: it is made once for all."""

    folder: Path
    said: str

    @property
    def haven(self) -> Path:
        """The haven that it left."""
        return self.folder / "haven"


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """`haven demo --small`, run once however many processes test."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "small-demo"
    with shared.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = shared.with_suffix(".said")
        if not said.exists():
            haven = Path(sys.executable).with_name("haven")
            told = subprocess.run([haven, "demo", "--small", shared], capture_output=True, text=True, check=True)
            said.write_text(told.stdout + told.stderr, encoding="utf-8")
    return Demo(shared, said.read_text(encoding="utf-8"))


FIRST = ("service", "worker", "seven", "spark", "the space of coded facts", "letters", "tutorial", "server")
"""Groups that take longest, the longest first: none of them is begun when all else is done."""


class Together(LoadScopeScheduling):
    """Files that name the same `xdist_group` are tested by one process; so is each file that makes something once for
    all its tests, which two processes would make twice. The others are tested test by test.

    xdist's own way adds the group to a test's id, which pytest shows no more since 9.2: it would group nothing."""

    _ordered = False

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0]) or nodeid

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Hand over what comes next. What was done is forgotten, which xdist would count again after each test."""
        if not self._ordered:
            place = {name: at for at, name in enumerate(FIRST)}
            waiting = sorted(self.workqueue.items(), key=lambda each: place.get(each[0], len(place)))
            self.workqueue = OrderedDict(waiting)
            self._ordered = True
        work = self.assigned_work[node]
        for scope in [scope for scope, tests in work.items() if all(tests.values())]:
            del work[scope]
        super()._assign_work_unit(node)


@cache
def _group(path: str) -> str | None:
    text = (ROOT / path).read_text(encoding="utf-8")
    found = re.search(r'xdist_group\("(.+?)"\)', text)
    return found[1] if found else path if 'scope="module"' in text else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together | None:
    """What `--dist loadgroup` means here."""
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases ran, where a test tries a whole space of them."""
    passed = terminalreporter.getreports("passed")
    said = [text for report in passed for name, text in report.user_properties if name == "cases"]
    if said:
        terminalreporter.section("cases tried")
        terminalreporter.write("".join(f"{text}\n" for text in said))
