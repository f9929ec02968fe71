"""What every test can use: neighbours in its own folder, and the data that stands beside the checkout."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")

DATA = Path(__file__).parents[1].parent / "shared" / "data"
for room in ("release", "law"):
    sys.path.insert(0, str(Path(__file__).parent / room))


@pytest.fixture
def shared_data() -> Path:
    """Real and official files beside the checkout; the test is skipped where they are absent."""
    if not DATA.is_dir():
        pytest.skip("the data beside the checkout is not here")
    return DATA


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases ran, where a test tries a whole space of them."""
    passed = terminalreporter.getreports("passed")
    said = [text for report in passed for name, text in report.user_properties if name == "cases"]
    if said:
        terminalreporter.section("cases tried")
        terminalreporter.write("".join(f"{text}\n" for text in said))
