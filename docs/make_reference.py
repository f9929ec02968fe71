"""Writes the pages of docs/reference/ that are made from the code: `python docs/make_reference.py`.

A test compares the pages with the code. What the code does not say in words (what a setting does, how an obligation
is measured) stands in tables in `making`, and a missing or a stray line is an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

import make_cases
import make_tried
from making.api import api_page
from making.asvs import asvs_page
from making.commands import commands_page
from making.law import law_page
from making.log import log_page, statuses_page
from making.markdown import table
from making.nouns import applications_page, datasets_page, records_page
from making.obligations import obligations_page
from making.settings import settings_page

FOLDER = Path(__file__).parent / "reference"
MADE = "<!-- Made from the code by docs/make_reference.py. Change the code, then run it again. -->"


def pages() -> dict[str, str]:
    """Every made page by its file name."""
    made = {
        "commands.md": commands_page(),
        "settings.md": settings_page(),
        "records.md": records_page(),
        "applications.md": applications_page(),
        "datasets.md": datasets_page(),
        "obligations.md": obligations_page(),
        "law.md": law_page(),
        "log.md": log_page(),
        "exit-statuses.md": statuses_page(),
        "api.md": api_page(),
        "asvs.md": asvs_page(),
        "cases.md": make_cases.page(table),
        "incidents.md": make_cases.incidents(table),
    }
    return {name: f"{MADE}\n\n{text.strip()}\n" for name, text in made.items()}


def main() -> None:
    """Write every page that differs, and what tries the law beside it."""
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.name}", file=sys.stderr)
    make_cases.main()
    make_tried.main()


if __name__ == "__main__":
    main()
