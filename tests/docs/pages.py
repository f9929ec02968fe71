"""The pages of the documentation, and what stands in them."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCED_OR_INDENTED = re.compile(r"^```.*?^```|^(?: {4,}|\t).*?$", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def pages() -> list[Path]:
    """README, MAP and everything in docs/."""
    return [ROOT / "README.md", ROOT / "MAP.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(path: Path) -> str:
    """A page's name for messages."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in these languages."""
    return [text for language, text in BLOCK.findall(path.read_text(encoding="utf-8")) if language in languages]


def links(path: Path) -> list[str]:
    """Where the links of a page lead, as written."""
    return TARGET.findall(path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def tracked() -> list[Path]:
    """Every file under version control, as it lies in the folder now. Empty where this is no checkout."""
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    paths = [ROOT / name for name in found.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]
