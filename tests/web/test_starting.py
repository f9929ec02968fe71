"""Given a haven, when services are started for it, then each of them serves it."""

import subprocess
import sys
from pathlib import Path

HAVEN = Path(sys.executable).with_name("haven")


def test_services_started_at_the_same_moment_all_come_up(tmp_path: Path) -> None:
    haven = tmp_path / "haven"
    named = ["--operator-name", "A haven", "--origin", "haven.example.org", "--contact", "1 Mill Lane", "--demo"]
    subprocess.run([HAVEN, "init", haven, *named], check=True, capture_output=True)
    command = [HAVEN, "--haven", haven, "serve", "--port", "0"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    try:
        said = [each.stderr.readline() for each in started if each.stderr]
    finally:
        for each in started:
            each.terminate()
            each.communicate()
    assert [line.startswith("http://") for line in said] == [True] * 3, said
