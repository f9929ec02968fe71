"""The page of commands, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from making.markdown import table
from openhaven.cli.main import commands


def commands_page() -> str:
    found = "\n\n".join(_command(path, command) for path, command in every_command())
    return f"""# Commands

`haven COMMAND --help` says the same. Options of `haven` itself stand before the command.

{_options(commands)}

`--json` prints one JSON document on standard output; messages and progress go to standard error. See the
[exit statuses](exit-statuses.md).

{found}"""


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command with its full name, groups before their own commands."""
    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None
        yield f"haven {name}", command
        if isinstance(command, click.Group):
            yield from ((f"haven {name} {each}", command.commands[each]) for each in command.commands)


def _command(path: str, command: click.Command) -> str:
    if "Not built" in (command.help or ""):
        return f"## {path}\n\n{command.help}"
    usage = f"    {path} {' '.join(command.collect_usage_pieces(click.Context(command)))}"
    return "\n\n".join(
        part for part in (f"## {path}", command.help or "", usage, command.epilog or "", _options(command)) if part
    )


def _options(command: click.Command) -> str:
    rows = [_option(each) for each in command.params if isinstance(each, click.Option)]
    return table(("option", "what it does"), rows) if rows else ""


def _option(option: click.Option) -> tuple[str, str]:
    names = ", ".join(f"`{each}`" for each in option.opts)
    shown = "" if option.is_flag else f" {option.make_metavar(click.Context(commands)).replace('|', ' or ')}"
    default = option.default if option.show_default and isinstance(option.default, (str, int, float)) else None
    notes = ["Required."] if option.required else []
    notes += [f"Default: {default}."] if default is not None else []
    return names + shown, " ".join([option.help or "", *notes])
