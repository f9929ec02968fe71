"""A haven that came back from a backup, settled: `python -m openhaven.desk.restored DIR`, run by `haven restore`."""

from __future__ import annotations

import sys
from pathlib import Path

from openhaven.desk.setup import configure, desk_settings, make_tables


def main() -> None:
    """End sessions, links and jobs that the backup held."""
    configure(desk_settings())
    from openhaven.desk.upkeep import after_restore  # only now: it imports the records, which need Django
    from openhaven.haven import open_haven

    haven = open_haven(Path(sys.argv[1]))
    make_tables(haven.folder)
    if stopped := after_restore(haven.clock()):
        print(f"Jobs that were under way when it was made, and are stopped: {stopped}.", file=sys.stderr)


if __name__ == "__main__":
    main()
