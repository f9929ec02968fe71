"""The page that a demo leaves at the top of its folder: what lies where, and what to open first."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from openhaven.demo.words import TITLES

_PAGES = Environment(loader=PackageLoader("openhaven.demo", "papers"), autoescape=True, undefined=StrictUndefined)


def write_index(folder: Path) -> None:
    """Write index.html beside what it links to."""
    cases = [_case(folder, name, title) for name, title in TITLES.items()]
    text = _PAGES.get_template("index.html").render(cases=cases)
    (folder / "index.html").write_text(text, encoding="utf-8")


def _case(folder: Path, name: str, title: str) -> dict[str, object]:
    package = folder / "packages" / name
    releases = sorted((folder / "haven" / "releases").glob(f"*/{'letter.html'}"))
    links = [("Application", f"applications/{name}.toml"), ("Letter", f"packages/{name}/letter.html")]
    if (package / "certificate.html").exists():
        links.append(("Certificate, the recipient's copy", f"packages/{name}/certificate.html"))
        links += [
            ("Certificate, the controllers' copy", f"{each.parent.relative_to(folder)}/certificate-full.html")
            for each in releases
            if _is_of(each.parent, package)
        ]
    if (folder / "opened" / name).exists():
        links.append(("Opened data", f"opened/{name}/"))
    return {"title": title, "outcome": _outcome(package), "links": links}


def _outcome(package: Path) -> str:
    if (package / "key.age").exists():
        return "Released"
    verdict = json.loads((package / "decision.json").read_text(encoding="utf-8"))["verdict"]
    return {"refuse": "Refused", "refer": "Referred to a person"}[verdict] + ": nothing left the haven"


def _is_of(controllers: Path, package: Path) -> bool:
    return (controllers / "letter.html").read_bytes() == (package / "letter.html").read_bytes()
