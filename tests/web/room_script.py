"""How the haven is with so many bytes of its disk free: `python room_script.py HAVEN BYTES...`, one answer a line."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from openhaven.desk.setup import configure, desk_settings


def main(folder: str, *frees: str) -> None:
    configure(desk_settings())
    from openhaven.desk import upkeep
    from openhaven.haven import open_haven

    haven, usage = open_haven(Path(folder)), shutil.disk_usage(folder)
    for free in frees:
        upkeep.shutil.disk_usage = lambda _, free=free: usage._replace(free=int(free))
        found = upkeep.health(haven)
        print(found.disk, found.well)


if __name__ == "__main__":
    main(*sys.argv[1:])
