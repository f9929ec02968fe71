"""All commands in one table, and the one place where an error becomes an exit status."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from openhaven import __version__
from openhaven.cli.listing import Listing
from openhaven.model.errors import HavenError

INTERRUPTED = 130
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_LONG = re.compile(r"\S{400,}")  # a value that is told, as long as a file may hold
COMMANDS = {
    "demo": "holding",
    "init": "holding",
    "status": "holding",
    "settings": "holding",
    "upgrade": "holding",
    "backup": "holding",
    "restore": "holding",
    "record": "holding",
    "dataset": "holding",
    "deliver": "holding",
    "optouts": "optouts",
    "decide": "deciding",
    "release": "deciding",
    "destroyed": "ending",
    "scope": "ending",
    "keys": "keys",
    "register": "ending",
    "my-uses": "my_uses",
    "my-copy": "my_copy",
    "law": "deciding",
    "verify": "packages",
    "open": "packages",
    "log": "log",
    "witness": "witness",
    "risk": "tools",
    "hierarchy": "hierarchies",
    "anonymise": "tools",
    "tabulate": "tools",
    "protect": "tools",
    "link": "tools",
    "serve": "serving",
    "work": "serving",
    "account": "account",
    "agreement": "agreement",
    "incident": "incident",
    "proxy": "proxy",
}


class _Commands(Listing):
    """Loads a command's module only when it is called, so that tools and `verify` never load the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found = getattr(import_module(f"openhaven.cli.{COMMANDS[name]}"), f"{name.replace('-', '_')}_command")
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--haven", "folder", metavar="DIR", help="The haven's folder (else $OPENHAVEN, else a parent with haven.toml)."
)
@click.option("--operator", metavar="NAME", envvar="OPENHAVEN_OPERATOR", help="Who acts; entered with every record.")
@click.version_option(__version__, prog_name="haven")
@click.pass_context
def commands(ctx: click.Context, folder: str | None, operator: str | None) -> None:
    """The safe haven as software: decide by law, make data safe, release it, and prove afterwards what was done."""
    ctx.obj = {"folder": folder, "operator": operator}


def main() -> None:
    """Run a command and leave with its status: 0 done, 1 our fault, 2 bad input, 3 refuse, 4 refer, 5 unmet, 6 not
    verified, 130 interrupted."""
    interruptions: list[int] = []

    def interrupt(number: int, frame: object) -> None:
        interruptions.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    status = run(sys.argv[1:], interruptions=interruptions)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it has ended: Ctrl-C comes too late to change how
    sys.exit(status)


def run(arguments: list[str], *, interruptions: Sequence[int] = ()) -> int:
    """Run a command; returns its exit status. Never lets a traceback out, unless OPENHAVEN_DEBUG is set.

    `interruptions` is not empty once Ctrl-C was pressed: an engine below may raise it as an error of another kind."""
    try:
        return int(commands.main(arguments, prog_name="haven", standalone_mode=False) or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as nothing_said:
        click.echo(nothing_said.format_message(), err=True)
        return 2
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("OPENHAVEN_DEBUG"):
            traceback.print_exc()
        message, status = _told(error, interrupted=bool(interruptions))
        click.echo(f"haven: {message}", err=True)
        return status


def _told(error: BaseException, *, interrupted: bool) -> tuple[str, int]:
    """What is said of an error, and the status."""
    notes = _notes(error)
    if interrupted or isinstance(error, KeyboardInterrupt | click.Abort):
        return " ".join(["interrupted." if notes else "interrupted; nothing was left half done", *notes]), INTERRUPTED
    match error:
        case HavenError():
            message, status = str(error), error.status
        case click.ClickException():
            message, status = error.format_message(), 2
        case OSError():
            message, status = _about(error), 1 if error.errno in DISK else 2
        case _:
            message, status = f"something went wrong that is our fault ({type(error).__name__}: {error})", 1
    return _LONG.sub(lambda long: long[0][:60] + "…", " ".join([message, *notes])), status


def _notes(error: BaseException | None) -> list[str]:
    """What was noted on the error, or on those that it was made from; a library may have made one from itself."""
    found, seen = [], set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found += getattr(error, "__notes__", ())
        error = error.__cause__
    return found


def _about(error: OSError) -> str:
    parent = Path(os.fsdecode(error.filename)).parent if isinstance(error.filename, str | bytes) else Path()
    if error.errno == errno.ENOENT and not parent.exists():  # the file itself may have a name that nobody gave it
        return f"{parent}: there is no such folder. Make it first, or name another."
    where = f"{error.filename}: " if error.filename else ""
    todo = " Free some room, then try again." if error.errno in DISK else ""
    if error.errno in CLOSED:
        todo = " Name a place that is yours, or ask whose it is."
    return f"{where}{error.strerror or error}.{todo}"
