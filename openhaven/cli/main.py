"""All commands in one table, and the one place where an error becomes an exit status."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from importlib import import_module

import click

from openhaven import __version__
from openhaven.model.errors import HavenError

INTERRUPTED = 130
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
    "law": "deciding",
    "verify": "packages",
    "open": "packages",
    "log": "log",
    "risk": "tools",
    "anonymise": "tools",
    "tabulate": "tools",
    "protect": "tools",
    "link": "tools",
    "serve": "tools",
}


class _Commands(click.Group):
    """Loads a command's module only when it is called, so that tools and `verify` never load the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found = getattr(import_module(f"openhaven.cli.{COMMANDS[name]}"), f"{name}_command")
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
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command; returns its exit status. Never lets a traceback out, unless OPENHAVEN_DEBUG is set."""
    try:
        return int(commands.main(arguments, prog_name="haven", standalone_mode=False) or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        return _plainly(error.format_message(), 2)
    except HavenError as error:
        return _plainly(str(error), error.status)
    except (KeyboardInterrupt, click.Abort):
        return _plainly("interrupted; nothing was left half done", INTERRUPTED)
    except OSError as error:
        return _plainly(_about(error), 1 if error.errno == errno.ENOSPC else 2)
    except Exception as error:
        return _plainly(f"something went wrong that is our fault ({type(error).__name__}: {error})", 1)


def _plainly(message: str, status: int) -> int:
    if os.environ.get("OPENHAVEN_DEBUG"):
        traceback.print_exc()
    click.echo(f"haven: {message}", err=True)
    return status


def _about(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    todo = " Free some room, then try again." if error.errno == errno.ENOSPC else ""
    return f"{where}{error.strerror or error}.{todo}"
