"""`haven law --all`: the handbook of the law written into a folder, which appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from openhaven.law.handbook import handbook
from openhaven.model.errors import BadInput


def weave(out: Path) -> tuple[str, ...]:
    """Write every page into `out`, which is new or empty, and name them. Raises BadInput where it is in use."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder for the handbook.")
    pages = handbook()
    out.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    try:
        for name, text in pages.items():
            (part / name).write_text(text, encoding="utf-8")
        part.chmod(0o755)  # it is for reading; a temporary folder is for one person alone
        part.replace(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return tuple(pages)
