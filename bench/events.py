"""k over any two known events of a person, on large files: `haven anonymise` as a whole process on made-up episodes.

python -m bench.events [ROWS…] [--events N]"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from bench.measure import made_apart

ROOM = Path(__file__).parents[1] / ".bench"
QI = ("age", "sex", "month", "area")
PEOPLE = 5  # rows for each person
_TOLD = """
    select nhs_number as person, age::varchar as age, sex, strftime(admitted, '%Y-%m') as month, area
    from read_parquet(?)
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.events", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=[1_000_000, 5_000_000, 20_000_000])
    parser.add_argument("--events", type=int, default=2)
    parser.add_argument("--suppression", default="0.05")
    asked = parser.parse_args()
    for rows in asked.rows:
        print(as_line(measured(rows, events=asked.events, suppression=asked.suppression)), flush=True)
    return 0


def measured(rows: int, *, events: int, suppression: str = "0.05") -> dict[str, Any]:
    """One run of the whole command: CPU seconds, peak MB, loss."""
    file = _file(rows)
    out = file.with_name("out.parquet")
    haven = str(Path(sys.executable).with_name("haven"))
    command = [haven, "anonymise", str(file), str(out), "--qi", ",".join(QI), "--person", "person", "--keep", "person"]
    command += ["--k", "5", "--known-events", str(events), "--suppression", suppression]
    command += ["--hierarchies", str(file.parent), "--json", "--overwrite"]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    found = json.loads(text) if process.returncode == 0 else {}
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    told = {name: found.get(name) for name in ("loss", "levels", "suppressed", "gave_up", "known_events")}
    spent = {"cpu": used.ru_utime + used.ru_stime, "wall": time.perf_counter() - begun, "peak_mb": peak}
    return {"rows": rows, "events": events, "status": process.returncode, **spent, **told}


def _file(rows: int) -> Path:
    """Episodes with the month of admission, and a hierarchy of each column beside them."""
    data = made_apart(ROOM, rows, rows // PEOPLE)
    folder = ROOM / "events" / str(rows)
    file = folder / "visits.parquet"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.sql(_TOLD, params=[str(data.delivered)]).write_parquet(str(file), compression="zstd")
        for column, lines in _trees().items():
            (folder / f"visits_hierarchy_{column}.csv").write_text("".join(f"{line}\n" for line in lines))
    return file


def _trees() -> dict[str, list[str]]:
    months = [(2025, month) for month in range(4, 13)] + [(2026, month) for month in range(1, 4)]
    areas = [f"E{area}" for area in range(151)] + [f"S{area}" for area in range(3)]
    return {
        "age": [f"{age};{_band(age, 5)};{_band(age, 10)};{_band(age, 30)};*" for age in range(90)],
        "month": [f"{y}-{m:02};{y}-Q{(m + 2) // 3};{y}-H{(m + 5) // 6};*" for y, m in months],
        "area": [f"{area};{area[0]}{int(area[1:]) // 10};{area[0]};*" for area in areas],
    }


def _band(value: int, width: int) -> str:
    low = value // width * width
    return f"{low}-{low + width - 1}"


def as_line(found: dict[str, Any]) -> str:
    """For a person to read."""
    return (
        f"{found['rows']:>11,} rows, any {found['events']} events: {found['cpu']:7.1f} CPU s {found['wall']:7.1f} s "
        f"{found['peak_mb']:6.0f} MB  loss {found['loss']}  levels {found['levels']}  {found['suppressed']} rows gone "
        f"{found['known_events']} {found['gave_up']} status {found['status']}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
