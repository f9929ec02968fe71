"""Serve one haven: `python -m openhaven.web DIR HOST PORT [alone]`, which `haven serve` starts. Alone it has no worker
beside it."""

from __future__ import annotations

import errno
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

from openhaven.model.errors import HavenError
from openhaven.records.trouble import told_plainly
from openhaven.web.beside import a_worker
from openhaven.web.serving import configure, serve


def main() -> int:
    """Serve until told to end, by Ctrl-C or SIGTERM; the exit status is that of the command."""
    folder, host, port, *alone = sys.argv[1:]
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))  # so that the worker is ended too
    try:
        with told_plainly():
            configure(Path(folder))
        with nullcontext() if alone else a_worker(Path(folder)):
            serve(host=host, port=int(port), say=_say)
    except (HavenError, OSError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        _say(f"haven: port {port} is in use already. Choose another: --port" if taken else f"haven: {error}")
        return error.status if isinstance(error, HavenError) else 2
    except KeyboardInterrupt:
        return 130
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
