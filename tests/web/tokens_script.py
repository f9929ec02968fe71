"""Tokens for many people, and a request of a patient, in a process of its own: `python tokens_script.py HAVEN EMAILS
SCOPE…`, or `python tokens_script.py HAVEN ask NUMBER WORDS`. The answer is JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables


def main(folder: str, what: str, *more: str) -> Any:
    configure(desk_settings())
    from openhaven.desk import tokens
    from openhaven.desk.patients.requests import Kind, Said, ask
    from openhaven.haven import open_haven

    haven = open_haven(Path(folder), operator="a test")
    make_tables(haven.folder)
    if what == "ask":
        return ask(haven, Kind.COPY, Said(*more)).pk
    return {each: tokens.make(haven, each, name="a test", scopes=more, days=3)[1] for each in what.split(",")}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
