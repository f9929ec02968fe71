"""Gathers what tries the law, scenarios and tests, into data of the package: `python docs/make_tried.py`.

A test compares the data with the scenarios and tests as they stand."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from openhaven.law import RULESET, decide
from openhaven.law.provisions import PROVISIONS
from openhaven.law.tried import FILE, FORMAT
from openhaven.model.decision import Decision, Effect, Finding, Verdict

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "law"))

from telling import begin  # noqa: E402

TARGET = ROOT / "openhaven" / "law" / "data" / FILE
TESTS = ROOT / "tests"
SCENARIOS = TESTS / "law" / "scenarios"
MADE = "# Made from the scenarios and tests by docs/make_tried.py. Change those, then run it again.\n"
ABOUT_ALL = ("test_showing.py", "test_handbook.py", "test_every_provision.py", "test_provisions.py")
"""Tests of how provisions are kept and shown: they name some as examples and try none."""


def gathered() -> str:
    """The data file as it should be."""
    parts = [f"{MADE}format = {FORMAT}\n"]
    parts += [_table("scenarios", each) for each in _scenarios()]
    parts += [_table("trials", each) for each in _trials()]
    return "\n".join(parts)


def _scenarios() -> Iterator[Mapping[str, Any]]:
    for path in sorted(SCENARIOS.glob("*/*.toml")):
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
        chapter = whole.get("title") or path.stem.replace("_", " ").capitalize()
        for each in whole["scenario"]:
            yield _scenario(whole | each, {"chapter": chapter, "file": _named(path)})


def _scenario(told: Mapping[str, Any], where: Mapping[str, str]) -> Mapping[str, Any]:
    named = _mentioned(told["because"], PROVISIONS)
    provisions = sorted({*told["provisions"], *named})
    decision = _decided(told)
    return {
        "name": told["name"],
        **where,
        "on": told["on"],
        "verdict": told["verdict"],
        "because": told["because"],
        "provisions": provisions,
        "rules": sorted({each.rule for each in decisive(decision) if {*each.provisions} & {*provisions}}),
    }


def _decided(told: Mapping[str, Any]) -> Decision:
    story = begin(told["start"], told.get("papers_of", told["on"]), told.get("differs", ()))
    return decide(story.application, story.facts, on=told["on"])


def decisive(decision: Decision) -> Iterator[Finding]:
    """What was found that speaks for the verdict."""
    speaks = {Verdict.PERMIT: {Effect.PERMIT}, Verdict.REFER: {Effect.REFER}}
    effects = speaks.get(decision.verdict, {Effect.FORBID, Effect.FAILED, Effect.REFER})
    found = (each for settled in decision.questions for each in settled.findings)
    return (each for each in found if each.effect in effects)


def _trials() -> Iterator[Mapping[str, Any]]:
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name not in ABOUT_ALL:
            yield from _trials_in(path)


def _trials_in(path: Path) -> Iterator[Mapping[str, Any]]:
    text = path.read_text(encoding="utf-8")
    for each in ast.parse(text).body:
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
            parts = [ast.get_source_segment(text, part) or "" for part in (*each.decorator_list, each)]
            said = "\n".join(parts).replace(each.name, "", 1)
            provisions, rules = _mentioned(said, PROVISIONS), _mentioned(said, (rule.name for rule in RULESET.rules))
            if provisions or rules:
                yield {"name": each.name, "file": _named(path), "provisions": provisions, "rules": rules}


def _mentioned(text: str, names: Iterable[str]) -> list[str]:
    words = set(re.findall(r"[\w-]+", text))
    return sorted(name for name in names if name in words)


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _table(name: str, values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value(each)}" for key, each in values.items() if each != []]
    return "\n".join([f"[[{name}]]", *lines, ""])


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | list) else str(value)


def main() -> None:
    """Write the file where it differs."""
    text = gathered()
    if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        TARGET.write_text(text, encoding="utf-8")
        print(f"written: {TARGET.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
