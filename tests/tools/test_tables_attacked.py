"""Protected tables under an outsider's attack: from what prints, with the reason on each cell, and from the rule."""

import json
import random
from itertools import product
from pathlib import Path

import pytest

from openhaven.tools.protect import ProtectRequest, protect
from tests.tools.table_attacker import TOTAL, Attacker

RULES = {"threshold-10": (9, 1), "threshold-4": (3, 1), "HES-2013": (5, 1), "HES-2018": (7, 5)}
COUNTS = ((0, 1, 2, 4, 9, 10, 11, 20, 40), (0, 0, 1, 1, 2, 10, 11, 12), (1, 5, 6, 7, 8, 10, 100), tuple(range(30)))


def attacked(folder: Path, counts: dict[tuple[str, ...], int], parents: list[dict[str, str]], rule: str) -> Attacker:
    """The table with every total, protected, as an attacker reads it."""
    totals: dict[tuple[str, ...], int] = {}
    for labels, count in counts.items():
        for above in product(*([label, *_above(label, each)] for label, each in zip(labels, parents, strict=True))):
            totals[above] = totals.get(above, 0) + count
    by = tuple("abc"[: len(parents)])
    rows = [",".join([*labels, str(count)]) for labels, count in totals.items()]
    (folder / "in.csv").write_text("\n".join([",".join([*by, "n"]), *rows]) + "\n")
    for name, each in zip(by, parents, strict=True):
        leaves = [label for label in each if label not in each.values()]
        lines = (";".join([leaf, *_above(leaf, each)[:-1], "*"]) for leaf in leaves)
        (folder / f"in_hierarchy_{name}.csv").write_text("\n".join(lines) + "\n")
    out = folder / "out.json"
    protect(folder / "in.csv", out, ProtectRequest(by, "n", rule=rule, hierarchies=folder, overwrite=True))
    name, _, added = rule.partition("+")
    (small, base), least = RULES[name], 0 if added else 1
    few = frozenset(labels for labels, count in totals.items() if least <= count <= small)
    return Attacker(json.loads(out.read_text()), few, parents, small, base, least)


def _above(label: str, parents: dict[str, str]) -> list[str]:
    return [parents[label], *_above(parents[label], parents)] if label in parents else []


def test_no_reason_says_which_cell_is_small_and_which_protects_it(tmp_path: Path) -> None:
    """1 and 10 make 11: said of the first that it is small, and of the second that it is not, both would be told."""
    attacker = attacked(tmp_path, {("x",): 1, ("y",): 10, ("z",): 40}, [dict.fromkeys("xyz", TOTAL)], "threshold-10")
    assert attacker.exposed() == {}
    assert [line["reasons"] for line in attacker.printed["lines"]] == [["small or protects"]] * 2 + [[""]] * 2


@pytest.mark.parametrize("seed", [0, 20, 22, 41, 53])
def test_no_small_count_is_told_by_all_that_prints(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    parents = []
    for axis in range(chance.choice([1, 2, 2, 3])):
        leaves = [f"{axis}{at}" for at in range(chance.randint(2, 3))]
        grouped = chance.random() < 0.4
        above = {leaf: f"{axis}G{int(leaf != leaves[0])}" for leaf in leaves} if grouped else {}
        parents.append(above | dict.fromkeys(above.values() or leaves, TOTAL))
    some = chance.choice(COUNTS)
    leaves = ([label for label in each if label not in each.values()] for each in parents)
    counts = {labels: chance.choice(some) for labels in product(*leaves)}
    rule = chance.choice(list(RULES)) + chance.choice(["", "", "+zeros"])
    assert attacked(tmp_path, counts, parents, rule).exposed() == {}
