"""Given a haven, when services are started for it, then each of them serves it."""

import socket
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


def test_a_haven_that_cannot_be_served_is_told_in_one_line(tmp_path: Path) -> None:
    """What is wrong with its settings or its records, and a port that another program has."""
    haven = tmp_path / "haven"
    named = ["--operator-name", "A haven", "--origin", "haven.example.org", "--contact", "1 Mill Lane", "--demo"]
    subprocess.run([HAVEN, "init", haven, *named], check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert (
            _refused(haven, "serve", "--port", port)
            == f"haven: port {port} is in use already. Choose another: --port\n"
        )
    records, settings = haven / "records.sqlite3", haven / "haven.toml"
    records.write_bytes(b"damaged" * 1000)
    assert "the records cannot be read" in _refused(haven, "work")
    settings.write_text("nothing", "utf-8")
    assert "this is not TOML" in _refused(haven, "serve")


def _refused(haven: Path, *words: str) -> str:
    done = subprocess.run([HAVEN, "--haven", haven, *words], capture_output=True, text=True)
    assert done.returncode != 0 and done.stderr.count("\n") == 1, done.stderr
    return done.stderr
