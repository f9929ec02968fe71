"""The service of a haven as a process of its own, at an address that it chooses."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(home: Path, *options: str) -> Iterator[str]:
    """The address of the service of a haven, until the end."""
    command = [Path(sys.executable).with_name("haven"), "--haven", home, "serve", "--port", "0", *options]
    with (home.parent / "said.txt").open("w+") as said, subprocess.Popen(command, stderr=said, text=True) as process:
        try:
            while not (found := re.search(r"^http://\S+", Path(said.name).read_text(), re.MULTILINE)):
                assert process.poll() is None, Path(said.name).read_text()
                time.sleep(0.02)  # it needs the core more than who waits for it
            yield found[0]
        finally:
            process.terminate()
