"""k over any two known events of a person: `haven anonymise` as a whole process on made-up episodes, and the road.

python -m bench.events [ROWS…] [--events N] [--engine spark]"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from bench import steps
from bench.command import run_apart
from bench.data import Data
from bench.measure import apart, made_apart, timed
from openhaven.model.decision import Decision
from openhaven.model.obligation import KAnonymity, KOverEvents
from openhaven.release.measure import certify
from openhaven.release.road import travel

ROOM = Path(__file__).parents[1] / ".bench"
QI = ("age", "sex", "month", "area")
PEOPLE, K = 5, 5  # rows for each person; people who have to share events
FULL, SHORT = (1_000_000, 5_000_000, 20_000_000), (100_000,)
_TOLD = """
    select nhs_number as person, age::varchar as age, sex, strftime(admitted, '%Y-%m') as month, area
    from read_parquet(?)
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.events", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=FULL)
    parser.add_argument("--events", type=int, default=2)
    parser.add_argument("--suppression", default="0.05")
    parser.add_argument("--engine", help="only the road, on this engine (duckdb, spark)")
    asked = parser.parse_args()
    for rows in asked.rows:
        if asked.engine:
            found = on_the_road(rows, events=asked.events, engine=asked.engine)
        else:
            found = anonymised(rows, events=asked.events, suppression=asked.suppression)
        print(as_table([found]), flush=True)
    return 0


def measured(*, short: bool) -> list[dict[str, Any]]:
    """The command on each size, and the road on the smallest: a line each."""
    sizes = SHORT if short else FULL
    return [*(anonymised(rows) for rows in sizes), on_the_road(sizes[0])]


def on_the_road(rows: int, *, events: int = 2, engine: str = "duckdb") -> dict[str, Any]:
    """Opt-outs to written file, and measured again. CPU seconds of Spark's own process are not counted."""
    data = made_apart(ROOM, rows, rows // PEOPLE)
    spent, again, told = apart(_travelled, data, events, engine)
    both = {name: spent[name] + again[name] for name in ("cpu", "wall")}
    name = f"road on {engine} ({spent['wall']:.0f} s and measured again {again['wall']:.0f} s)"
    return {"what": name, "rows": rows, "events": events, **both, "peak_mb": again["peak_mb"], **told}


def _travelled(data: Data, events: int, engine: str) -> tuple[dict[str, float], dict[str, float], dict[str, Any]]:
    out = data.folder / "road"
    out.mkdir(mode=0o700, exist_ok=True)
    brought = steps.supplies(data, out, engine=engine)
    spent, made = timed(lambda: travel(_decision(events), brought, out))
    again, _ = timed(lambda: certify(made))
    assert made.protected is not None
    told = {
        "levels": {name: str(step) for name, step in made.recoding.items()},
        "suppressed": made.protected.suppressed_rows,
    }
    brought.engine.close()
    made.path.unlink()
    return spent, again, told


def _decision(events: int) -> Decision:
    """That of the main job, with k = 5 and known events."""
    decided, why = steps.decision(), {"provisions": (), "because": "the bench asks for it"}
    kept = tuple(each for each in decided.obligations if not isinstance(each, KAnonymity))
    wanted = (
        KAnonymity(k=K, quasi=steps.QUASI, suppression=0.05, **why),
        KOverEvents(k=K, events=events, quasi=steps.QUASI, **why),
    )
    return replace(decided, obligations=(*kept, *wanted))


def anonymised(rows: int, *, events: int = 2, suppression: str = "0.05") -> dict[str, Any]:
    """One run of the whole command: CPU seconds, peak MB, loss."""
    file = _file(rows)
    out = file.with_name("out.parquet")
    haven = str(Path(sys.executable).with_name("haven"))
    command = [haven, "anonymise", str(file), str(out), "--qi", ",".join(QI), "--person", "person", "--keep", "person"]
    command += ["--k", str(K), "--known-events", str(events), "--suppression", suppression]
    command += ["--hierarchies", str(file.parent), "--json", "--overwrite"]
    found, spent = run_apart(command)
    out.unlink()
    told = {name: found[name] for name in ("loss", "levels", "suppressed", "gave_up", "known_events")}
    return {"what": "haven anonymise", "rows": rows, "events": events, **spent, **told}


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


def as_table(lines: list[dict[str, Any]]) -> str:
    """For a person to read."""
    return "\n".join(map(_line, lines))


def _line(run: dict[str, Any]) -> str:
    levels = ", ".join(f"{name} {level}" for name, level in run["levels"].items())
    loss = f"loss {run['loss']:.4f}, " if "loss" in run else ""
    return (
        f"{run['rows']:>11,} rows, any {run['events']} events: {run['cpu']:7.1f} CPU s {run['wall']:7.1f} s "
        f"{run['peak_mb']:6.0f} MB  {run['what']}: {loss}levels {levels}; {run['suppressed']:,} rows gone "
        f"{run.get('gave_up') or ''}"
    ).rstrip()


if __name__ == "__main__":
    raise SystemExit(main())
