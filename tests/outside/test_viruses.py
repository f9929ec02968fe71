"""Given a daemon that looks for viruses, when a document comes, then it is taken where the daemon calls it clean, and
nowhere else."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress

import pytest
from clamd import MOST, clamd_running
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.model.errors import BadInput
from openhaven.outside import viruses
from openhaven.outside.viruses import look_through

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
STREAM = 2_000_000  # bytes that ClamAV's own daemon is told to take


@pytest.fixture(params=["socket", "port"])
def clamd(request, tmp_path_factory):
    """The daemon, by both kinds of address."""
    where = tmp_path_factory.mktemp("c") / "clamd.ctl" if request.param == "socket" else None
    with clamd_running(where) as address:
        yield address


@pytest.mark.parametrize("content", [b"", b"a letter", b"x" * 300_000, b"long " * 400_000])
def test_what_is_clean_is_taken(clamd, content) -> None:
    look_through(content, clamd=clamd)


@pytest.mark.parametrize("content", [b"a virus", b"x" * 500_000 + b"virus", b"virus" + b"x" * 500_000])
def test_a_virus_is_not_taken_wherever_in_it_it_stands(clamd, content) -> None:
    with pytest.raises(BadInput, match="virus was found"):
        look_through(content, clamd=clamd)


def test_what_the_daemon_does_not_look_at_whole_is_not_taken(clamd) -> None:
    with pytest.raises(BadInput, match="cannot look"):
        look_through(b"x" * (MOST + 1_000_000), clamd=clamd)


@pytest.mark.parametrize("clamd", ["/nowhere/clamd.ctl", "127.0.0.1:1", "nonsense", "host:port", ":"])
def test_where_nobody_answers_nothing_is_taken(clamd) -> None:
    with pytest.raises(BadInput, match="Try again later"):
        look_through(b"a letter", clamd=clamd)


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=40).filter(lambda said: b": OK" not in said and b"FOUND" not in said))
def test_an_answer_that_makes_no_sense_is_no_yes(says) -> None:
    with clamd_running(says=says) as clamd, pytest.raises(BadInput, match="cannot look"):
        look_through(b"a letter", clamd=clamd)


@pytest.mark.parametrize("says", [b"stream: OK", b"stream: Some.Thing: OK\0", b"\0stream: OK\0", b"x: stream: OK\0"])
def test_an_answer_that_breaks_off_or_only_ends_like_a_yes_is_none(says) -> None:
    with clamd_running(says=says) as clamd, pytest.raises(BadInput, match="cannot look"):
        look_through(b"a letter", clamd=clamd)


@pytest.mark.parametrize("clamd", ["127.0.0.1:99999", "127.0.0.1:-1"])
def test_a_port_that_there_is_not_is_told_as_any_daemon_that_is_gone(clamd) -> None:
    with pytest.raises(BadInput, match="Try again later"):
        look_through(b"a letter", clamd=clamd)


def test_a_daemon_that_draws_out_its_answer_keeps_nobody_longer_than_one_that_says_nothing(monkeypatch) -> None:
    monkeypatch.setattr(viruses, "WAIT_SECONDS", 0.3)
    said, ended = [], threading.Event()

    def drip() -> None:
        opened, _ = served.accept()
        with opened, suppress(OSError):
            while not ended.wait(0.02):
                opened.sendall(b".")
                said.append(b".")

    with socket.create_server(("127.0.0.1", 0)) as served:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(BadInput, match="cannot look"):
            look_through(b"a letter", clamd=f"127.0.0.1:{served.getsockname()[1]}")
        ended.set()
        thread.join(10)
    assert len(said) < 1_000, "it was cut off"


def test_without_a_daemon_nobody_looks() -> None:
    look_through(EICAR, clamd="")


@pytest.fixture(scope="module")
def clamavs(tmp_path_factory) -> Iterator[str]:
    """ClamAV's own daemon, with a list of viruses that holds one: the file by which all of them are tried."""
    if (daemon := shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")) is None:
        pytest.skip("ClamAV's daemon is not here")
    folder = tmp_path_factory.mktemp("c")
    (folder / "own.hdb").write_text(f"{hashlib.md5(EICAR).hexdigest()}:{len(EICAR)}:Made.Up.Name\n")
    chosen = folder / "clamd.conf"
    chosen.write_text(f"Foreground yes\nLocalSocket {folder}/clamd.ctl\nDatabaseDirectory {folder}\n"
                      f"StreamMaxLength {STREAM}\n")  # fmt: skip
    with subprocess.Popen([daemon, "--config-file", chosen], stdout=subprocess.DEVNULL) as process:
        try:
            while not (folder / "clamd.ctl").exists():
                assert process.poll() is None
                time.sleep(0.05)
            yield f"{folder}/clamd.ctl"
        finally:
            process.terminate()


@pytest.mark.parametrize("content", [b"", b"a letter", EICAR + b" and more", b"x" * 1_000_000, b"%PDF-1.7\n%%EOF\n"])
def test_clamavs_own_daemon_calls_clean_what_is_on_no_list(clamavs, content) -> None:
    look_through(content, clamd=clamavs)


def _in_a_zip(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/media/one.bin", content)
    return made.getvalue()


@pytest.mark.parametrize("content", [EICAR, _in_a_zip(EICAR), _in_a_zip(_in_a_zip(EICAR))])
def test_clamavs_own_daemon_finds_what_all_look_for_also_packed(clamavs, content) -> None:
    with pytest.raises(BadInput, match="virus was found"):
        look_through(content, clamd=clamavs)


@pytest.mark.parametrize("more", [1, 200_000, 5_000_000])
def test_what_is_more_than_clamavs_own_daemon_takes_is_not_taken(clamavs, more) -> None:
    with pytest.raises(BadInput, match="cannot look"):
        look_through(b"x" * (STREAM + more), clamd=clamavs)
    look_through(b"x" * STREAM, clamd=clamavs)
