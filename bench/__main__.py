"""python -m bench [--short] [--law] [--memory] [--json]: the main job beside a plain copy, decisions beside Cedar."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from bench import anonymise, decisions, ledger, log, memory, tables
from bench.measure import made_apart, measured

ROOM = Path(__file__).parents[1] / ".bench"
FULL, SHORT = (20_000_000, 4_000_000), (100_000, 20_000)


def main() -> int:
    asked = _arguments()
    if asked.anonymise:
        lines = anonymise.measured(ROOM / "anonymise", short=asked.short)
        print(json.dumps(lines, indent=2) if asked.json else anonymise.as_table(lines))
        return 0
    if asked.log:
        entered = log.measured(ROOM / "log", short=asked.short)
        print(json.dumps(entered, indent=2) if asked.json else log.as_table(entered))
        return 0
    if asked.tables:
        protected = tables.protected(short=asked.short)
        print(json.dumps(protected, indent=2) if asked.json else tables.as_table(protected))
        return 0
    if asked.memory:
        remembered = memory.measured(short=asked.short)
        remembered["haven"] = ledger.measured(short=asked.short)
        said = [memory.as_table(remembered), ledger.as_table(remembered["haven"])]
        print(json.dumps(remembered, indent=2) if asked.json else "\n".join(said))
        return 0
    law = _law(asked.short)
    if asked.law:
        print(json.dumps(law, indent=2) if asked.json else decisions.as_table(law))
        return 0
    rows, people = SHORT if asked.short else FULL
    print(f"making {rows:,} episodes of {people:,} people", file=sys.stderr)
    data = made_apart(ROOM, asked.rows or rows, asked.people or people)
    found = measured(data)
    lines = anonymise.measured(ROOM / "anonymise", short=asked.short)
    protected = tables.protected(short=asked.short)
    remembered = memory.measured(short=asked.short) | {"haven": ledger.measured(short=asked.short)}
    parts = [as_table(found), decisions.as_table(law), anonymise.as_table(lines), tables.as_table(protected)]
    entered = log.measured(ROOM / "log", short=asked.short)
    parts += [memory.as_table(remembered), ledger.as_table(remembered["haven"]), log.as_table(entered)]
    whole = found | {"law": law, "anonymise": lines, "tables": protected, "memory": remembered, "log": entered}
    print(json.dumps(whole, indent=2) if asked.json else "\n\n".join(parts))
    return 0


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
