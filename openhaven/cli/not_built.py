"""Commands that the design names and this version does not have: each says so."""

import click

from openhaven.model.errors import BadInput


def not_built(name: str, what: str) -> click.Command:
    """A command that refuses, saying that it is not built."""

    @click.command(name, help=f"{what} (Not built in this version.)", context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1)
    def command(rest: tuple[str, ...]) -> None:
        raise BadInput(f"haven {name} is not built in this version")

    return command
