"""The page that goes through the OWASP standard for verifying applications, number by number."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from making.markdown import table

DATA = Path(__file__).with_name("asvs.toml")
STANDS = {
    "held": "held",
    "so": "so by how it is made",
    "operator": "for whoever runs it",
    "open": "**not met**, or in part",
    "apart": "does not apply",
}
CHAPTERS = (
    "Encoding and cleaning",
    "Checking input, and the logic of what is done",
    "Pages in a browser",
    "API",
    "Files",
    "Signing in",
    "Sessions",
    "Who may do what",
    "Tokens that speak for themselves",
    "OAuth and OpenID Connect",
    "Cryptography",
    "Transport",
    "Configuration",
    "Protecting data",
    "Code and architecture",
    "Logs and errors",
    "WebRTC",
)
Items = Mapping[str, tuple[str, list[str]]]


def items() -> Items:
    """Every number of levels 1 and 2, in order: how it stands, and its words (the gist, then tests or a reason)."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    found = {id: (stands, words) for stands in STANDS for id, words in data[stands].items()}
    if len(found) != sum(len(data[stands]) for stands in STANDS):
        raise ValueError("a number stands twice in docs/making/asvs.toml")
    return {id: found[id] for id in sorted(found, key=order)}


def level_3() -> list[str]:
    """The numbers that only level 3 asks for."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))["level_3"]["ids"].split()


def order(id: str) -> list[int]:
    """Chapter, section and place, to sort by."""
    return [int(each) for each in id.split(".")]


def asvs_page() -> str:
    """The whole page."""
    counted = Counter(stands for stands, _ in items().values())
    summary = table(("how it stands", "how many"), ((STANDS[each], str(counted[each])) for each in STANDS))
    return "\n\n".join([_HEAD, summary, *_chapters()])


def _chapters() -> Iterator[str]:
    for number, title in enumerate(CHAPTERS, start=1):
        rows = [_row(id, *each) for id, each in items().items() if order(id)[0] == number]
        yield f"## V{number} {title}\n\n{table(('number', 'what is asked', 'how it stands', 'test, or reason'), rows)}"


def _row(id: str, stands: str, words: list[str]) -> tuple[str, ...]:
    gist, *more = words
    told = ", ".join(_test(each) for each in more) if stands == "held" else more[0]
    return id, gist, STANDS[stands], told


def _test(named: str) -> str:
    file, name = named.split("::")
    return f"`{file}`" if name == "*" else f"`{name}` in `{file}`"


_HEAD = """# The service by OWASP ASVS 5.0, level 2

The Application Security Verification Standard 5.0 of OWASP says what a service that handles sensitive data should hold
to. Here is each number of its levels 1 and 2, with the test below `tests/` that holds it, or a reason. The numbers are
the standard's; what is asked is told in our words, and shorter: read [the standard](https://github.com/OWASP/ASVS)
itself, which is under CC BY-SA 4.0. We looked at this ourselves; nobody else has verified it. A test compares this page
with the numbers of the standard and the tests that there are. Level 3 was not looked at."""
