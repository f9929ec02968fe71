"""Commands at the desk, each in a process of its own that is a copy of this one, so that all of it is loaded once:
`python commands_script.py HAVEN < commands.json`. The answer is JSON: of each command, its status and what it said."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import duckdb  # noqa: F401
import narwhals  # noqa: F401
import pyarrow.parquet  # noqa: F401

import openhaven.casework.wording
import openhaven.law.ruleset  # noqa: F401
from openhaven.cli.main import run


def main(folder: str, commands: list[list[str]]) -> list[dict[str, Any]]:
    return [told(["--haven", folder, "--operator", "Kay", *words]) for words in commands]


def told(words: list[str]) -> dict[str, Any]:
    """One command, in a copy of this process."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        out, err = io.StringIO(), io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = run(words)
        except BaseException:
            status = -1
            traceback.print_exc(file=err)
        with os.fdopen(writer, "w") as pipe:
            json.dump({"status": status, "out": out.getvalue(), "err": err.getvalue()}, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        found: dict[str, Any] = json.load(pipe)
    os.waitpid(child, 0)
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], json.load(sys.stdin))))
