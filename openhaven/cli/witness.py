"""haven witness: watch over other people's logs, on any machine, without a haven."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.listing import Listing
from openhaven.cli.opened import file_type, path_type
from openhaven.cli.speak import answer, json_option, say


@click.group("witness", cls=Listing)
def witness_command() -> None:
    """A witness of logs: init, serve, follow, compare. It needs no haven; run it where no log's operator rules."""


@witness_command.command("init")
@click.argument("folder", type=path_type)
@click.option("--name", required=True, help="What others call the witness, such as witness.example.org/first.")
@click.option("--log", "logs", multiple=True, required=True, metavar="KEY", help="A log's key (haven log keys).")
def init_command(folder: Path, name: str, logs: tuple[str, ...]) -> None:
    """Begin a witness in a new folder. Prints the key by which others know it."""
    from openhaven.tools.witness import begin

    made = begin(folder, name=name, logs=list(logs))
    click.echo(made.key)


@witness_command.command("serve")
@click.argument("folder", type=path_type)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; put HTTPS in front of it.")
@click.option("--port", default=8780, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
def serve_command(folder: Path, host: str, port: int) -> None:
    """Serve the witness until Ctrl-C."""
    from openhaven.tools.witness import load, server

    witness = load(folder)
    with server(witness, host=host, port=port) as serving:
        logs = "1 log" if len(witness.logs) == 1 else f"{len(witness.logs)} logs"
        say(f"{witness.name} cosigns for {logs} on http://{host}:{serving.server_port}")
        serving.serve_forever()


@witness_command.command("follow")
@click.argument("folder", type=path_type)
@click.argument("announcements", nargs=-1, required=True, type=file_type)
def follow_command(folder: Path, announcements: tuple[Path, ...]) -> None:
    """Take the new key of a log that rotated it (haven keys announced). Start the witness again afterwards."""
    from openhaven.tools.witness import follow

    taken = follow(folder, list(announcements))
    for each in taken:
        say(f"Followed: {each}. Start the witness again.")
    if not taken:
        say("Nothing to follow: none of these keys is one that is followed here, or all were followed before.")


@witness_command.command("compare")
@click.argument("file", type=path_type)
@click.option("--log", "logs", multiple=True, required=True, metavar="KEY", help="The log's key, and those retired.")
@json_option
@click.pass_context
def compare_command(ctx: click.Context, file: Path, logs: tuple[str, ...], as_json: bool) -> None:
    """Do two heads that a witness kept show two histories? Status 0: proven; 4: they alone do not prove it; 6: it is
    not two heads that the log signed."""
    from openhaven.tools.witness import compared

    found = compared(file, list(logs))
    heads = {"seen": found.seen, "shown": found.shown}
    document = {name: {"size": each.size, "root": each.root.hex()} for name, each in heads.items()}
    answer({"origin": found.seen.origin, "proven": found.proven, **document}, str(found), as_json=as_json)
    ctx.exit(0 if found.proven else 4)
