"""Is the memory whole? Each log in itself (one_log.py), and what holds it from without: the keys that are trusted,
witnesses, the heads that the public log gives of the private one, and the tiles that were written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from openhaven.log import Checkpoint, EntryType, VerifierKey, parse_entry, verify_checkpoint
from openhaven.log.rotation import read_announcement
from openhaven.log.tiles import CHECKPOINT_PATH, WIDTH, first_of
from openhaven.log.tree import ReadNode
from openhaven.log.tree import root as tree_root
from openhaven.model.errors import NotVerified
from openhaven.records import models
from openhaven.records.cosigned import check_none_missing
from openhaven.records.format import FORMAT
from openhaven.records.kept import KEY_ROTATION, LOG_KEY, PRIVATE_HEAD
from openhaven.records.logstore import PRIVATE, PUBLIC, WRITTEN
from openhaven.records.one_log import Checked, check_log, check_root, check_stated, readable
from openhaven.records.sqlite_file import check_file
from openhaven.records.tiles import expected, node_reader

_AGAIN = "If the records are whole, put the folder of tiles aside and write it again: haven log tiles"


def check_records(*, trusted: Sequence[VerifierKey], tiles: Path | None = None, private: bool = True) -> Checked:
    """Compare everything up to the head. Raises NotVerified for the first difference, with what was found.

    Entries made while this runs are not looked at. Only keys given as `trusted` speak for the log. `tiles` is the
    folder for the log's public files: they are looked at where there are some, and missed where some were written.
    Without `private` the private log is left out, from which nothing is decided.
    """
    with readable("the database"):
        check_file()
        _check_format_row()
        checked = check_log(PUBLIC, trusted)
        retired = _retired(trusted)
        written = _check_written(trusted, retired)
        _check_cosigned(trusted, retired)
        check_none_missing()
        if private:
            checked = replace(checked, private=check_log(PRIVATE, private_keys(trusted)))
            _check_private_heads()
    if tiles is not None and (written or (tiles / CHECKPOINT_PATH).exists()):
        _check_tiles(tiles, trusted=trusted, retired=retired, written=written)
    return checked


def _check_format_row() -> None:
    rows = list(models.Format.objects.values_list("id", "version"))
    if rows != [(1, FORMAT)]:
        raise NotVerified(f"it says {rows}, and this version writes {[(1, FORMAT)]}", where="the format of the records")


def _retired(trusted: Sequence[VerifierKey]) -> Mapping[VerifierKey, int]:
    """The keys that the log's own entries retired, each with the index of the entry that did: each announcement is
    signed by both, and the last of them brought a key that is trusted."""
    known, found = set(trusted), dict[VerifierKey, int]()
    for row in models.Entry.objects.filter(type=str(EntryType.KEY_ROTATED)).order_by("-index"):
        body = row.bodies.filter(name=KEY_ROTATION, erased_by=None).first()
        if parse_entry(bytes(row.data)).ids.get("key") != LOG_KEY or body is None:
            continue
        rotation = read_announcement(json.loads(bytes(body.data))["note"])
        if rotation.new not in known:
            raise NotVerified(f"it announces a key that signs nothing here: {rotation.new}", where=f"entry {row.index}")
        known.add(rotation.old)
        found[rotation.old] = row.index
    return found


def _verify_as_of(note: str, trusted: Sequence[VerifierKey], retired: Mapping[VerifierKey, int]) -> Checkpoint:
    """A checkpoint that a trusted key signed, or one since retired while it was in use. Raises NotVerified."""
    checkpoint, signers = verify_checkpoint(note, [*trusted, *retired])
    if all(key in retired and checkpoint.size > retired[key] for key in signers):
        raise NotVerified(
            f"it has {checkpoint.size} entries, and is signed by a key that entry {retired[signers[0]]} retired",
            where=checkpoint.origin,
        )
    return checkpoint


def private_keys(public: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The keys that sign for the private log: those of the public one, under its name."""
    return tuple(replace(each, name=f"{each.name}{PRIVATE.origin}") for each in public)


def _check_cosigned(trusted: Sequence[VerifierKey], retired: Mapping[VerifierKey, int]) -> None:
    """What witnesses cosigned is still how the log begins: whoever made it anew cannot make their signatures anew."""
    reader = node_reader()
    for stated, note in models.Cosigned.objects.values_list("size", "note"):
        signed = _verify_as_of(note, trusted, retired)
        where = f"the cosigned checkpoint of {stated} entries"
        if signed.size != stated:
            raise NotVerified(f"its note says {signed.size} entries", where=where)
        _check_begins(signed, reader, where=where)


def _check_private_heads() -> None:
    """The private log begins with what the public one says of it."""
    reader = node_reader(of=PRIVATE)
    for row in models.Entry.objects.filter(type=str(EntryType.PRIVATE_HEAD)).order_by("index"):
        body = row.bodies.get(name=PRIVATE_HEAD)
        if body.erased_by_id is not None:
            raise NotVerified(
                f"what entry {row.index} of the public log said of it was erased by entry {body.erased_by_id}: nothing "
                "holds it to that any more",
                where="the private log",
            )
        said = json.loads(bytes(body.data))
        size, root = int(said["size"]), bytes.fromhex(said["root"])
        if size > models.PrivateEntry.objects.count() or tree_root(size, reader) != root:
            raise NotVerified(
                f"entry {row.index} of the public log says that it had {size} entries with the root {root.hex()}; "
                "these are not there",
                where="the private log",
            )


def _check_written(trusted: Sequence[VerifierKey], retired: Mapping[VerifierKey, int]) -> Checkpoint | None:
    """The checkpoint of the tiles as they were last written, None where none ever were."""
    for stranger in models.Head.objects.exclude(id__in=(PUBLIC.head, PRIVATE.head, WRITTEN)):
        raise NotVerified("there is no such log", where=f"head {stranger.id}")
    where, entry, said = "the head of the tiles", *_said_of_tiles()  # said first: what is kept of them only grows
    row = models.Head.objects.filter(id=WRITTEN).first()
    if said > (row.size if row else 0):
        kept = f"it is of {row.size} entries" if row else "it is gone"
        raise NotVerified(
            f"{kept}, and entry {entry} says that tiles of {said} entries were written", where=where, todo=_AGAIN
        )
    if row is None:
        return None
    signed = _verify_as_of(row.note, trusted, retired)
    check_stated(row, signed, where=where)
    if row.last is not None:
        raise NotVerified(f"it says a time, {row.last}", where=where)
    _check_begins(signed, node_reader(), where=where)
    return signed


def _said_of_tiles() -> tuple[int, int]:
    """The last entry of the private log's head, and how far it says that tiles were written by then."""
    body = models.Body.objects.filter(name=PRIVATE_HEAD, erased_by=None).order_by("entry_id").last()
    return (body.entry_id, json.loads(bytes(body.data)).get("tiles", 0)) if body else (0, 0)


def _check_begins(signed: Checkpoint, reader: ReadNode, *, where: str) -> None:
    """The log begins as a checkpoint says that it did."""
    size = models.Head.objects.values_list("size", flat=True).get(id=PUBLIC.head)
    if signed.size > size:
        raise NotVerified(
            f"it has {signed.size} entries, and the log has {size}",
            where=where,
            todo="Find out who put older records back; the newest backup that has them all is the one to restore.",
        )
    check_root(tree_root(signed.size, reader), signed, where=where)


def _check_tiles(
    folder: Path,
    *,
    trusted: Sequence[VerifierKey],
    retired: Mapping[VerifierKey, int],
    written: Checkpoint | None,
) -> None:
    """Compare the files of a folder of tiles, as far as its checkpoint goes, with the database."""
    path = folder / CHECKPOINT_PATH
    if written and not path.exists():
        raise NotVerified(
            f"{written.size} entries with the root {written.root.hex()} were written here, and it is gone",
            where=str(path),
            todo="If the records are whole, write it again: haven log tiles",
        )
    checkpoint = _checkpoint_in(folder, trusted, retired)
    if written and checkpoint.size < written.size:
        raise NotVerified(
            f"it is of {checkpoint.size} entries, and {written.size} were written here", where=str(path), todo=_AGAIN
        )
    _check_begins(checkpoint, node_reader(), where=str(path))
    for name, content in expected(checkpoint.size):
        _check_tile(folder, name, content)
        for earlier, held in _earlier(folder, name, content):
            _check_tile(folder, earlier, held)


def _check_tile(folder: Path, name: str, content: bytes) -> None:
    found = _read(folder / name, todo=_AGAIN)
    if found != content:
        raise NotVerified(
            f"{name} differs from the database: {_difference(found, content)}", where=str(folder), todo=_AGAIN
        )


def _earlier(folder: Path, name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The partial tiles that lie here from when this one had less, each with what it has to hold: whoever has an older
    checkpoint reads them still."""
    whole, _, own = name.partition(".p/")
    partial = folder / f"{whole}.p"
    for each in sorted(partial.iterdir()) if partial.is_dir() else ():
        if each.name.isascii() and each.name.isdecimal() and int(each.name) < int(own or WIDTH):
            yield f"{whole}.p/{each.name}", first_of(name, content, int(each.name))


def _checkpoint_in(folder: Path, trusted: Sequence[VerifierKey], retired: Mapping[VerifierKey, int]) -> Checkpoint:
    path = folder / CHECKPOINT_PATH
    try:
        return _verify_as_of(_read(path).decode("utf-8", "replace"), trusted, retired)
    except NotVerified as problem:
        raise NotVerified(problem.what, where=str(path), todo=problem.todo) from problem


def _read(path: Path, *, todo: str = "") -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotVerified(f"it cannot be read: {error.strerror}", where=str(path), todo=todo) from error


def _difference(found: bytes, content: bytes) -> str:
    if len(found) != len(content):
        return f"{len(found)} bytes instead of {len(content)}"
    at = next(at for at, pair in enumerate(zip(found, content, strict=True)) if pair[0] != pair[1])
    return f"byte {at} is 0x{found[at]:02x} instead of 0x{content[at]:02x}"
