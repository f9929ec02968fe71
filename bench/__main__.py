"""python -m bench [--short] [--law] [--events] [--memory] [--json]: the main job beside a plain copy, and the rest."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import anonymise, decisions, events, ledger, log, memory, tables
from bench.measure import made_apart, measured

Part = tuple[Callable[[], Any], Callable[[Any], str]]
ROOM = Path(__file__).parents[1] / ".bench"
FULL, SHORT = (20_000_000, 4_000_000), (100_000, 20_000)


def main() -> int:
    asked = _arguments()
    parts: dict[str, Part] = {
        "law": (lambda: _law(asked.short), decisions.as_table),
        "anonymise": (lambda: anonymise.measured(ROOM / "anonymise", short=asked.short), anonymise.as_table),
        "events": (lambda: events.measured(short=asked.short), events.as_table),
        "tables": (lambda: tables.protected(short=asked.short), tables.as_table),
        "memory": (lambda: _memory(asked.short), _memory_as_table),
        "log": (lambda: log.measured(ROOM / "log", short=asked.short), log.as_table),
    }
    alone = [name for name in parts if getattr(asked, name)]
    found: dict[str, Any] = {} if alone else _main_job(asked)
    said = [] if alone else [as_table(found)]
    for name in alone or parts:
        measure, table = parts[name]
        found[name] = measure()
        said.append(table(found[name]))
    print(json.dumps(found[alone[0]] if len(alone) == 1 else found, indent=2) if asked.json else "\n\n".join(said))
    return 0


def _main_job(asked: argparse.Namespace) -> dict[str, Any]:
    rows, people = SHORT if asked.short else FULL
    print(f"making {rows:,} episodes of {people:,} people", file=sys.stderr)
    return measured(made_apart(ROOM, asked.rows or rows, asked.people or people))


def _memory(short: bool) -> dict[str, Any]:
    return memory.measured(short=short) | {"haven": ledger.measured(short=short)}


def _memory_as_table(found: dict[str, Any]) -> str:
    return f"{memory.as_table(found)}\n{ledger.as_table(found['haven'])}"


def _law(short: bool) -> dict[str, Any]:
    number = decisions.SHORT if short else decisions.FULL
    print(f"making {number:,} applications with their facts", file=sys.stderr)
    return {"decisions": decisions.decided(number), "changes": decisions.studied(number)}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small data, in seconds: that it runs, not how fast")
    parser.add_argument("--rows", type=int, help="episodes (20,000,000)")
    parser.add_argument("--people", type=int, help="people (4,000,000)")
    parser.add_argument("--law", action="store_true", help="only decisions a second and changes of law")
    parser.add_argument("--log", action="store_true", help="only the log: acts a second, proofs, the tree of people")
    parser.add_argument("--tables", action="store_true", help="only tables under protection")
    parser.add_argument("--memory", action="store_true", help="only the memory of released tables")
    parser.add_argument("--anonymise", action="store_true", help="only haven anonymise")
    parser.add_argument("--events", action="store_true", help="only known events of a person, plain file and road")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    return parser.parse_args()


def as_table(found: dict[str, Any]) -> str:
    lines = [
        f"{found['rows']:,} episodes of {found['people']:,} people, two threads",
        f"{'':28}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'ratio':>8}",
    ]
    for name, each in found["steps"].items():
        lines.append(f"{name:28}{each['cpu']:9.2f}{each['wall']:9.2f}{each['peak_mb']:9.0f}{each['ratio']:8.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
