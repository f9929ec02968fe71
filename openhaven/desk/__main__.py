"""Work for one haven: `python -m openhaven.desk DIR [SECONDS]`, which `haven work` and `haven serve` start.

SECONDS is the lease. It ends on SIGTERM or SIGINT; and, where OPENHAVEN_PARENT is set, once its standard input ends:
whoever started it is gone then."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

from openhaven.desk.setup import configure, desk_settings, make_tables
from openhaven.model.errors import HavenError


def main() -> int:
    """Work until told to end; the exit status is that of the command."""
    folder = Path(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    interruptions: list[int] = []
    told_to_end = threading.Event()

    def interrupt(number: int, frame: object) -> None:
        told_to_end.set()
        if not interruptions:
            interruptions.append(number)
            raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)
    if os.environ.get("OPENHAVEN_PARENT"):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        return _work(folder, seconds, told_to_end, interruptions)
    except KeyboardInterrupt:
        return 130
    except HavenError as error:
        print(f"haven: {error}", file=sys.stderr, flush=True)
        return error.status


def _work(folder: Path, seconds: float, told_to_end: threading.Event, interruptions: list[int]) -> int:
    configure(desk_settings())
    from openhaven.desk.jobs import LEASE, Hold  # only now: they import the records, which need Django
    from openhaven.desk.working import Work
    from openhaven.haven import open_haven
    from openhaven.records.trouble import told_plainly

    with told_plainly():
        open_haven(folder)
        make_tables(folder)
    lease = dt.timedelta(seconds=seconds) if seconds else LEASE
    work = Work(folder, told_to_end, interruptions, Hold(secrets.token_hex(8), lease))
    try:
        work.run()
    except KeyboardInterrupt:
        work.hold.leave()
    return 0


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # not by its buffer, whose lock would break the end of the process
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
