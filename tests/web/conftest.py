"""The service of the small demonstration, as `haven serve` starts it, and a real browser before it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "journeys"))

from by_http import Visitor, sessions  # noqa: E402
from journeys_haven import Desk, check_again, make_haven  # noqa: E402
from own_data import Place, place_of  # noqa: E402
from served import served  # noqa: E402
from watching import Watched, watching  # noqa: E402

# The shell is the same engine without windows: it takes two thirds of the time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers by their names in small letters, and the text."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Service:
    """A service that runs, by its address."""

    address: str

    def get(self, path: str) -> Answer:
        """What a GET brings, whatever its status."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as error:
            return _answer(error)


def _answer(answer: urllib.error.HTTPError) -> Answer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, headers, answer.read().decode("utf-8", "replace"))


@pytest.fixture(scope="module")
def home(small_demo, tmp_path_factory) -> Path:
    """A haven of these tests' own, as the demonstration left it."""
    folder = tmp_path_factory.mktemp("own") / "haven"
    shutil.copytree(small_demo.haven, folder)
    return folder


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The service of that haven."""
    with served(home, "--no-worker") as address:
        yield address


@pytest.fixture(scope="module")
def people(request, home: Path, address: str) -> dict[str, Visitor]:
    """Everybody in `PEOPLE` of the file, by name; "anyone" has not signed in."""
    everybody = request.module.PEOPLE
    given = [{"email": f"{name}@example.org", "posts": posts} for name, posts in everybody.items()]
    found = sessions(home, given)
    made = {name: Visitor(address, found[f"{name}@example.org"]) for name in everybody}
    return {**made, "anyone": Visitor(address)}


@pytest.fixture(scope="session")
def service(small_demo) -> Iterator[Service]:
    """`haven serve` on a free port, until the tests are done."""
    haven = Path(sys.executable).with_name("haven")
    command = [haven, "--haven", small_demo.haven, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            address = _address(process)
            threading.Thread(target=_read_on, args=[process], daemon=True).start()
            yield Service(address)
        finally:
            subprocess.run(["kill", "-INT", "--", f"-{process.pid}"], check=False)


def _read_on(process: subprocess.Popen[str]) -> None:
    """Show what the service says, so that it never waits for a reader."""
    with suppress(ValueError):  # the tests are done, and nobody listens
        for line in process.stderr or ():
            print(line, end="", file=sys.stderr)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if line.startswith("http://"):
            return line.strip()
        said.append(line)
    raise AssertionError(f"haven serve ended with {process.wait()}: {''.join(said)}")


@pytest.fixture(scope="session")
def permitted(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A haven where two applications were permitted, and released once by command. Tests release there as they like."""
    desk = Desk(tmp_path_factory.mktemp("permitted"))
    check_again(desk.folder, make_haven(desk.folder))
    (desk.folder / "packages").mkdir()
    for name in ("1-university", "2-cancer-audit"):
        assert desk.release(name).status == 0
    return desk


@pytest.fixture(scope="session")
def watched(permitted: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The service of that haven, without a worker."""
    with watching(permitted, tmp_path_factory.mktemp("lines") / "service.jsonl") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen. Its event loop runs in this thread, where Django would read no records."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which finds barriers to people who use a page in other ways."""
    path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        pytest.skip("axe-core is not here: npm ci --ignore-scripts brings it")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def place(small_demo, tmp_path_factory) -> Iterator[Place]:
    """A haven whose patients can sign in, of these tests' own."""
    with place_of(small_demo.folder, tmp_path_factory.mktemp("patients")) as made:
        yield made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one person's own."""
    made = browser.new_context()
    yield made
    made.close()
