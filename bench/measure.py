"""CPU seconds, wall seconds and peak memory of each step, and the ratio to the plain copy made in the same run."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench import steps
from bench.data import Data, make


def measured(data: Data) -> dict[str, Any]:
    """Copy, road and measuring again, encryption, copy again: the ratio is to the mean of the two copies."""
    out = data.folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(mode=0o700)
    found: dict[str, Any] = {"rows": data.rows, "people": data.people, "steps": {}}
    copies = [apart(_one, steps.copy, data, out)[0]]
    road, again = apart(_road_then_measure, data, out)
    encryption = apart(_one, steps.encryption, data, out)[0]
    copies.append(apart(_one, steps.copy, data, out)[0])
    yardstick = sum(each["cpu"] for each in copies) / 2
    for name, each in [
        ("copy", copies[0]),
        ("copy again", copies[1]),
        ("opt-outs to written file", road),
        ("measured again and hashed", again),
        ("encryption", encryption),
    ]:
        found["steps"][name] = each | {"ratio": each["cpu"] / yardstick}
    shutil.rmtree(out)
    return found


def made_apart(folder: Path, rows: int, people: int) -> Data:
    """The data, made by another process: a child's peak memory starts from that of the process it came from."""
    return apart(make, folder, rows, people)


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run in a process of its own, so that peak memory is the step's alone."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        return apart.submit(function, *arguments).result()


def _one(step: Callable[[Data, Path], object], data: Data, out: Path) -> list[dict[str, float]]:
    return [timed(lambda: step(data, out))[0]]


def _road_then_measure(data: Data, out: Path) -> tuple[dict[str, float], dict[str, float]]:
    brought = steps.supplies(data, out)
    spent, made = timed(lambda: steps.road(brought, out))
    again, _ = timed(lambda: steps.certified(made))
    made.plan.engine.close()
    return spent, again


def timed(step: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """CPU and wall seconds of a step, and the most memory this process has had so far, in MB."""
    wall, before = time.perf_counter(), _cpu()
    result = step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return {"cpu": _cpu() - before, "wall": time.perf_counter() - wall, "peak_mb": peak}, result


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
