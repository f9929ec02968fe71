"""Serve one haven: `python -m openhaven.web DIR HOST PORT`, which `haven serve` starts."""

from __future__ import annotations

import sys
from pathlib import Path

from openhaven.model.errors import HavenError
from openhaven.web.serving import configure, serve


def main() -> int:
    """Serve until Ctrl-C; the exit status is that of the command."""
    folder, host, port = sys.argv[1:]
    try:
        configure(Path(folder))
        serve(host=host, port=int(port), say=_say)
    except (HavenError, OSError) as error:
        _say(f"haven: {error}")
        return error.status if isinstance(error, HavenError) else 2
    except KeyboardInterrupt:
        return 130
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
