"""Commands on the keys: list, make, rotate, announced, follow, split, restore, move."""

from __future__ import annotations

from pathlib import Path

import click

from openhaven.cli.listing import Listing
from openhaven.cli.opened import file_type, found_folder, opened, path_type, secret_type
from openhaven.cli.speak import answer, json_option, say


@click.group("keys", cls=Listing)
def keys_command() -> None:
    """The haven's keys: list, make, rotate, announced, follow, split, restore, move."""


@keys_command.command("list")
@json_option
@click.pass_context
def list_command(ctx: click.Context, as_json: bool) -> None:
    """What holds the keys, which they are (public halves and ids alone), and which were rotated."""
    from openhaven.haven.rotating import listed

    found = listed(opened(ctx))
    lines = [f"Held in {found.held_in}."]
    lines += [f"{each.name:<12}{each.kind:<10}{each.id}" + (f"    until {each.until}" if each.until else "")
              for each in found.keys]  # fmt: skip
    answer(found, "\n".join(lines), as_json=as_json)


@keys_command.command("make")
@click.argument("folder", type=path_type)
def make_command(folder: Path) -> None:
    """Make new keys as files in a new folder, to be given to a service as credentials before haven init."""
    from openhaven.keys.folder import make_files

    make_files(folder)
    say(f"New keys lie in {folder}. Give each to the service as a credential of its file's name, then destroy them.")


@keys_command.command("rotate")
@click.argument("key", type=click.Choice(["log", "packages", "pseudonyms", "tags", "vault", "service"]))
@click.option("--because", default="", help="Why: this is entered.")
@json_option
@click.pass_context
def rotate_command(ctx: click.Context, key: str, because: str, as_json: bool) -> None:
    """Put a new key in the place of one: announced in the log, signed by both, the old one destroyed."""
    from openhaven.haven.rotating import rotate

    haven = opened(ctx)
    with haven.alone("haven keys rotate"):
        done = rotate(haven, key, because=because)
    left = "" if done.destroyed else " The old key is still where credentials come from: destroy it there."
    text = (
        f"Rotated: {key}. Entry {done.index} holds the announcement, and trust.txt names both keys.{left}\n"
        f"Give the announcement to whoever verifies your packages, and to your witnesses:\n\n{done.announcement}"
    )
    answer(done, text, as_json=as_json)


@keys_command.command("announced")
@json_option
@click.pass_context
def announced_command(ctx: click.Context, as_json: bool) -> None:
    """The announcements of all rotations, the first first; one file may hold them all."""
    opened(ctx)
    from openhaven.records import reads

    found = [{"entry": index, "announcement": note} for index, note in reads.rotations()]
    text = "\n".join(str(each["announcement"]) for each in found) or "No key was rotated."
    answer(found, text, as_json=as_json)


@keys_command.command("follow")
@click.argument("trust", type=file_type)
@click.argument("announcements", nargs=-1, required=True, type=file_type)
def follow_command(trust: Path, announcements: tuple[Path, ...]) -> None:
    """For who verifies packages: print your file of keys with announcements followed, the first first."""
    from openhaven.package.trust import followed
    from openhaven.package.verify import read_trust

    for line in followed(read_trust(trust), announcements):
        say(line)


@keys_command.command("split")
@click.argument("outs", nargs=-1, required=True, type=path_type, metavar="OUT...")
@click.option("--needed", default=2, show_default=True, help="How many of the shares bring the keys back.")
@click.pass_context
def split_command(ctx: click.Context, outs: tuple[Path, ...], needed: int) -> None:
    """Write the keys in shares, one file for each person; two of three, say, bring them back."""
    from openhaven.haven.looking import look_up
    from openhaven.keys.shares import split_keys
    from openhaven.records.kept import Looked

    haven = opened(ctx)
    with haven.alone("haven keys split"):
        look_up(haven, Looked.EVERYTHING, of="keys in shares", why=f"haven keys split, {needed} of {len(outs)}")
        split_keys(haven.keys, outs, haven=haven.settings.haven.origin, needed=needed)
    say(f"{len(outs)} shares; {needed} of them bring the keys back. Give each to another person, and keep none here.")


@keys_command.command("restore")
@click.argument("shares", nargs=-1, required=True, type=secret_type, metavar="SHARE...")
@click.option("--out", type=path_type, help="Into this folder, for credentials; else into the haven.")
@click.pass_context
def restore_command(ctx: click.Context, shares: tuple[Path, ...], out: Path | None) -> None:
    """Bring the keys back from shares. Shares that were altered are refused, and a key that is there never replaced."""
    from openhaven.haven.place import read_settings
    from openhaven.keys.shares import restore_keys

    folder = found_folder(ctx)
    settings, _ = read_settings(folder)
    restore_keys(shares, out or folder / "keys", haven=settings.haven.origin)
    say(f"The keys are back in {out or folder / 'keys'}. Check the haven with: haven log fsck")


@keys_command.command("move")
@click.argument("settings", type=file_type, metavar="SETTINGS.toml")
@click.pass_context
def move_command(ctx: click.Context, settings: Path) -> None:
    """Bring the keys, held in files or credentials, into the token that the table [keys] of SETTINGS.toml names."""
    from openhaven.haven.looking import look_up
    from openhaven.keys.moving import move_keys, read_token_settings
    from openhaven.records.kept import Looked

    haven, named = opened(ctx), read_token_settings(settings)
    with haven.alone("haven keys move"):
        look_up(haven, Looked.EVERYTHING, of="keys", why=f"haven keys move, into the token {named.token}")
        files = move_keys(haven.keys, named)
    say(f"The keys are in the token {named.token!r}, and are tried: the same masters, the same public keys.")
    say(f"Put the table [keys] of {settings} into haven.toml, and see that haven keys list and haven log fsck say")
    say("what they said before. Back the token up; then destroy these files, and their copies:")
    for each in files:
        say(f"  {each}")
