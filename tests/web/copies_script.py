"""What the worker does for what people ask, in a process of its own: `python copies_script.py HAVEN make`, or
`wipe DAYS`, as so many days later. The answer is JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables


def main(folder: str, what: str, *more: str) -> Any:
    configure(desk_settings())
    from openhaven.desk.patients import copies
    from openhaven.desk.upkeep import clear
    from openhaven.haven import open_haven

    haven = open_haven(Path(folder), operator="a test")
    make_tables(haven.folder)
    if what == "make":
        return copies.make_next(haven)
    clear(haven.clock() + dt.timedelta(days=int(more[0])))
    return True


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
