"""python -m bench.presence [--short]: the tree of the people in one release: made, kept, and a person found in it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from openhaven.log.presence import TagTree, person_key, seal, seals, tag, verify_presence

T = TypeVar("T")
FULL, SHORT, BATCH, LOOKS = 1_000_000, 20_000, 65_536, 200
MASTER, RELEASE = bytes(range(32)), "APP-1.R1"


def measured(people: int) -> dict[str, float]:
    """Processor seconds of making the tree, milliseconds of a look-up, MiB kept and MiB taken."""
    numbers = [f"999{number:07}" for number in range(people)]
    batches = [numbers[start : start + BATCH] for start in range(0, people, BATCH)]
    before = _peak()
    made, seconds = _timed(lambda: TagTree.of((seals(MASTER, RELEASE, each) for each in batches), filling=bytes(32)))
    root, peak = made.root, _peak() - before
    data = bytes(made)
    looks = sorted(_timed(lambda number=number: _look(data, number, root))[1] for number in _asked(people))
    return {
        "people": people,
        "tree, CPU s": seconds,
        "look-up with proof and check, p95 ms": 1000 * looks[int(len(looks) * 0.95)],
        "kept, MiB": len(data) / 2**20,
        "memory, MiB more": peak,
    }


def _asked(people: int) -> list[str]:
    """As many who were in the release as were not."""
    return [f"999{number:07}" for number in range(0, 2 * people, max(1, 2 * people // LOOKS))]


def _look(data: bytes, number: str, root: bytes) -> bool:
    """One person found, from the bytes that are kept, as the haven and then a verifier does."""
    tree, mine = TagTree(data), seal(tag(person_key(MASTER, number), RELEASE), number)
    return verify_presence(mine, tree.prove(mine), size=tree.size, root=root)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    begun = time.process_time()
    done = work()
    return done, time.process_time() - begun


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    for name, value in measured(SHORT if "--short" in sys.argv else FULL).items():
        print(f"{name:<40}{value:>14,.1f}" if isinstance(value, float) else f"{name:<40}{value:>14,}")
