"""What every test can use: neighbours in its own folder, and the data that stands beside the checkout."""

import fcntl
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

DATA = Path(__file__).parents[1].parent / "shared" / "data"
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases ran, where a test tries a whole space of them."""
    passed = terminalreporter.getreports("passed")
    said = [text for report in passed for name, text in report.user_properties if name == "cases"]
    if said:
        terminalreporter.section("cases tried")
        terminalreporter.write("".join(f"{text}\n" for text in said))
