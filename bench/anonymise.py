"""`haven anonymise` as a whole process, beside what ARX 3.9.2 reached on the same kind of machine.

The `adult` extract lies beside the project, in shared/data; without it there is nothing to measure.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from bench.command import run_apart
from openhaven.disclosure.classes import Held, ValueCounts
from openhaven.disclosure.models import DistinctL, EqualT, K
from openhaven.tools.combinations import read_combinations
from openhaven.tools.files import open_source

ADULT = Path(__file__).parents[2] / "shared" / "data" / "adult"
KEYS = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "salary-class")
NINE = (*KEYS[:-1], "occupation", KEYS[-1])
ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """`loss` is what must not be passed, `seconds` the most for a whole process (None: no promise)."""

    name: str
    keys: tuple[str, ...]
    options: tuple[str, ...]
    loss: float
    seconds: float | None
    file: str = "adult"


_L, _T = ("--l", "3", "--confidential", "occupation"), ("--t", "0.2", "--confidential", "occupation")
_SOME, _LOCAL = ("--suppression", "0.05"), ("--recoding", "local")
CASES = (
    Case("global, k=5, 5% suppressed", NINE, _SOME, 0.2697, 1.0),
    Case("global, k=5, none suppressed", NINE, (), 0.6356, 1.0),
    Case("global, k=5, l=3, 5%", KEYS, (*_L, *_SOME), 0.1799, 1.5),
    Case("global, k=5, t=0.2, 5%", KEYS, (*_T, *_SOME), 0.8397, 1.5),
    Case("local, k=5, none suppressed", NINE, _LOCAL, 0.06, 3.0),
    Case("local, k=5, l=3", KEYS, (*_L, *_LOCAL), 0.1799 / 2, None),
    Case("local, k=5, t=0.2", KEYS, (*_T, *_LOCAL), 0.8397 / 2, None),
)
LARGE = (
    Case("global, k=5, 5%, 1,000,000 rows", NINE, _SOME, 0.1122, 3.0, "rows_1000000"),
    Case("global, k=5, 5%, 10,000,000 rows", NINE, _SOME, 0.1122, 15.0, "rows_10000000"),
)


def measured(room: Path, *, short: bool) -> list[dict[str, Any]]:
    """One line a case; nothing where the extract is not there."""
    if not ADULT.exists():
        return []
    room.mkdir(parents=True, exist_ok=True)
    cases = CASES[:1] if short else (*CASES, *LARGE)
    lines = [_line(case, room, 1 if short else ROUNDS) for case in cases]
    return lines if short else [*lines, _verifying(_harder(room, 10_000_000))]


def _line(case: Case, room: Path, rounds: int) -> dict[str, Any]:
    path = ADULT / "adult.csv" if case.file == "adult" else _harder(room, int(case.file.split("_")[1]))
    out = room / f"out{path.suffix}"
    haven = str(Path(sys.executable).with_name("haven"))
    command = [haven, "anonymise", str(path), str(out), "--qi", ",".join(case.keys), "--k", "5"]
    command += ["--hierarchies", str(ADULT), "--json", "--overwrite", *case.options]
    runs = [_run(command) for _ in range(rounds)]
    out.unlink()
    middle = {name: statistics.median(run[name] for run in runs) for name in ("cpu", "wall", "peak_mb", "loss")}
    return {"case": case.name, **middle, "most loss": case.loss, "most seconds": case.seconds}


def _run(command: list[str]) -> dict[str, float]:
    said, spent = run_apart(command)
    return spent | {"loss": float(said["loss"])}


def _harder(room: Path, rows: int) -> Path:
    """Rows drawn from the extract, 15% of their values drawn anew from each column's own."""
    path = room / f"rows_{rows}.parquet"
    if not path.exists():
        adult = pc.read_csv(ADULT / "adult.csv", parse_options=pc.ParseOptions(delimiter=";"))
        chance = np.random.default_rng(7)
        drawn = chance.integers(0, len(adult), rows)
        columns = {}
        for name in adult.column_names:
            anew = np.where(chance.random(rows) < 0.15, chance.integers(0, len(adult), rows), drawn)
            columns[name] = adult[name].cast(pa.string()).combine_chunks().take(pa.array(anew))
        pq.write_table(pa.table(columns), path, compression="zstd")
    return path


def _verifying(path: Path) -> dict[str, Any]:
    """k, l and t of every class of a file, from the file."""
    begun, before = time.perf_counter(), time.process_time()
    held = read_combinations(open_source(path), (*KEYS, "occupation"))
    class_of = np.unique(held.codes[:, :-1], axis=0, return_inverse=True)[1].ravel()
    values = ValueCounts.of(class_of, held.codes[:, -1], count=held.rows, values=len(held.values["occupation"]))
    classes = Held(np.bincount(class_of, held.rows).astype(np.int64), confidential=values)
    for model in (K(5), DistinctL(3), EqualT(0.2)):
        model.passes(classes)
    spent = {"cpu": time.process_time() - before, "wall": time.perf_counter() - begun}
    return {"case": "verifying k, l and t, 10,000,000 rows", **spent, "most seconds": 10.0}


def as_table(lines: list[dict[str, Any]]) -> str:
    """For a person to read."""
    if not lines:
        return "anonymise: the adult extract is not here, so nothing was measured"
    table = [
        f"{'anonymise, whole process':40}{'loss':>9}{'at most':>9}{'CPU s':>8}{'wall s':>8}{'at most':>9}{'MB':>7}"
    ]
    for each in lines:
        loss, most = each.get("loss"), each.get("most loss")
        table.append(
            f"{each['case']:40}{'' if loss is None else f'{loss:.4f}':>9}{'' if most is None else f'{most:.4f}':>9}"
            f"{each['cpu']:8.2f}{each['wall']:8.2f}{each['most seconds'] or '':>9}{each.get('peak_mb', 0):7.0f}"
        )
    return "\n".join(table)
