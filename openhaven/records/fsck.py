"""Is the memory whole? Entries, tree, head, bodies, index tables and tiles, each computed again and compared; of the
public log and of the private one, whose head the public one holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.db.models import Exists, Max, OuterRef

from openhaven.log import Checkpoint, Entry, EntryType, VerifierKey, commitment, parse_entry, verify_checkpoint
from openhaven.log.rotation import read_announcement
from openhaven.log.text import unreadable_is_unverified
from openhaven.log.tiles import CHECKPOINT_PATH, WIDTH, first_of
from openhaven.log.tree import ReadNode, leaf_hash, node_hash
from openhaven.log.tree import root as tree_root
from openhaven.model.errors import BadInput, NotVerified
from openhaven.records import models
from openhaven.records.act import instant
from openhaven.records.cosigned import check_none_missing
from openhaven.records.format import FORMAT
from openhaven.records.kept import KEY_ROTATION, LOG_KEY, PRIVATE_HEAD
from openhaven.records.logstore import PRIVATE, PUBLIC, WRITTEN, Log
from openhaven.records.sqlite_file import check_file
from openhaven.records.tiles import expected, node_reader

HASH = 32
CHUNK = 512
HELD_BACK = dt.timedelta(days=2)
_AGAIN = "If the records are whole, put the folder of tiles aside and write it again: haven log tiles"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found whole: how many entries, bodies, and bodies erased by an entry; and the root."""

    entries: int
    bodies: int
    erased: int
    root: bytes
    private: Checked | None = None

    def __str__(self) -> str:
        erased = f", {self.erased} of them erased by an entry" if self.erased else ""
        private = f"; the private log: {self.private}" if self.private else ""
        entries = "1 entry" if self.entries == 1 else f"{self.entries} entries"
        return f"{entries}, {self.bodies} bodies{erased}; root {self.root.hex()}{private}"


def check_records(*, trusted: Sequence[VerifierKey], tiles: Path | None = None, private: bool = True) -> Checked:
    """Compare everything up to the head. Raises NotVerified for the first difference, with what was found.

    Entries made while this runs are not looked at. Only keys given as `trusted` speak for the log. `tiles` is the
    folder for the log's public files: they are looked at where there are some, and missed where some were written.
    Without `private` the private log is left out, from which nothing is decided.
    """
    with _readable("the database"):
        check_file()
        _check_format_row()
        checked = _check_log(PUBLIC, trusted)
        retired = _retired(trusted)
        written = _check_written(trusted, retired)
        _check_cosigned(trusted, retired)
        check_none_missing()
        if private:
            checked = replace(checked, private=_check_log(PRIVATE, private_keys(trusted)))
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


@contextmanager
def _readable(where: str) -> Iterator[None]:
    """SQLite keeps whatever it is given in any column, and a damaged file reads as anything: that is a difference."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, ObjectDoesNotExist, DatabaseError, BadInput) as error:
        raise NotVerified(f"it holds what cannot be read: {error}", where=where) from error


def private_keys(public: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    """The keys that sign for the private log: those of the public one, under its name."""
    return tuple(replace(each, name=f"{each.name}{PRIVATE.origin}") for each in public)


def _check_log(log: Log, trusted: Sequence[VerifierKey]) -> Checked:
    """One log. What is said of the private one says so."""
    try:
        return _check_one(log, trusted)
    except NotVerified as problem:
        if log is PUBLIC:
            raise
        raise NotVerified(problem.what, where=f"the private log, {problem.where}", todo=problem.todo) from problem


def _check_one(log: Log, trusted: Sequence[VerifierKey]) -> Checked:
    head = models.Head.objects.filter(id=log.head).first()
    if head is None:
        raise NotVerified("the log has no head", where="head")
    signed = _check_head(log, head, trusted)
    leaves, bodies, erased = _check_entries(log, signed.size)
    levels = _levels(leaves)
    for level, hashes in enumerate(levels):
        _check_level(log, level, hashes, size=signed.size)
    _check_root(_root(levels, signed.size), signed, where="head")
    _check_nothing_beyond(log)
    _check_all_entered(log)
    return Checked(signed.size, bodies, erased, signed.root)


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
    _check_stated(row, signed, where=where)
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
    _check_root(tree_root(signed.size, reader), signed, where=where)


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


def _check_head(log: Log, head: models.Head, trusted: Sequence[VerifierKey]) -> Checkpoint:
    checkpoint, _ = verify_checkpoint(head.note, trusted)
    _check_stated(head, checkpoint, where="head")
    last = log.entry.objects.filter(index=head.size - 1).values_list("time", flat=True).first()
    if last is None and head.size:
        raise NotVerified("it is missing, and the log's head says that it is the last", where=f"entry {head.size - 1}")
    if head.last != last:
        raise NotVerified(f"it says the last entry is of {head.last}; that entry says {last}", where="head")
    return checkpoint


def _check_stated(head: models.Head, checkpoint: Checkpoint, *, where: str) -> None:
    """A row of heads says what its signed note says."""
    if (head.origin, head.size, bytes(head.root)) != (checkpoint.origin, checkpoint.size, checkpoint.root):
        raise NotVerified(
            f"it says size {head.size}, root {bytes(head.root).hex()}, origin {head.origin}; its signed note says "
            f"{checkpoint.size}, {checkpoint.root.hex()}, {checkpoint.origin}",
            where=where,
        )


def _check_entries(log: Log, size: int) -> tuple[list[bytes], int, int]:
    """Every entry with its bodies and row. Returns the leaf hashes, and how many bodies there are and were erased."""
    leaves: list[bytes] = []
    bodies = erased = 0
    last = closed = ""
    for row in _entry_rows(log, size):
        with _readable(f"entry {len(leaves)}"):
            entry = _check_entry(row, index=len(leaves), last=last)
            gone = _check_bodies(log, row, entry)
            if entry.type is EntryType.BODY_ERASED:
                _check_gone(log, row.index, entry)
            if isinstance(row, models.Entry):
                _check_indexed(row, entry)
                closed = _check_closed(closed, entry, index=row.index)
        leaves.append(bytes(row.leaf))
        last, bodies, erased = entry.time, bodies + len(entry.commitments), erased + gone
    if len(leaves) != size:
        raise NotVerified("it is missing", where=f"entry {len(leaves)}")
    return leaves, bodies, erased


def _entry_rows(log: Log, size: int) -> Iterator[models.AnyEntry]:
    rows = log.entry.objects.filter(index__lt=size).order_by("index")
    rows = rows.select_related(*_RELATED) if log is PUBLIC else rows
    return rows.prefetch_related("bodies").iterator(chunk_size=CHUNK)


def _check_entry(row: models.AnyEntry, *, index: int, last: str) -> Entry:
    where = f"entry {index}"
    if row.index != index:
        raise NotVerified(f"it is missing; the next that is there is {row.index}", where=where)
    data = bytes(row.data)
    if leaf_hash(data) != bytes(row.leaf):
        raise NotVerified(
            f"its bytes have the leaf hash {leaf_hash(data).hex()}, not {bytes(row.leaf).hex()}", where=where
        )
    with unreadable_is_unverified():
        entry = parse_entry(data)
    if (str(entry.type), entry.time) != (row.type, instant(row.time)) or row.time.microsecond:
        raise NotVerified(f"its row says {row.type} at {row.time}, its bytes {entry.type} at {entry.time}", where=where)
    if entry.time < last:
        raise NotVerified(f"it is of {entry.time}, before the entry that stands before it ({last})", where=where)
    return entry


def _check_bodies(log: Log, row: models.AnyEntry, entry: Entry) -> int:
    """Each body is there and fits, or was erased by an entry that says so. Returns how many were erased."""
    where = f"entry {row.index}"
    bodies = {body.name: body for body in row.bodies.all()}
    if set(bodies) != set(entry.commitments):
        differ = sorted(set(bodies) ^ set(entry.commitments))
        raise NotVerified(f"bodies and commitments differ: {', '.join(differ)}", where=where)
    for name, committed in entry.commitments.items():
        body = bodies[name]
        if body.erased_by_id is not None:
            _check_erased(log, body, size_of=len(body.data) + len(body.salt))
        elif len(body.salt) != HASH or commitment(bytes(body.data), bytes(body.salt)) != committed:
            raise NotVerified(f"its body {name!r} is not what it commits to ({committed})", where=where)
    return sum(body.erased_by_id is not None for body in bodies.values())


def _check_erased(log: Log, body: models.AnyBody, *, size_of: int) -> None:
    where = f"entry {body.entry_id}"
    by = log.entry.objects.filter(index=body.erased_by_id, type=str(EntryType.BODY_ERASED)).first()
    said = parse_entry(bytes(by.data)).ids if by is not None else {}
    if dict(said) != {"entry": str(body.entry_id), "body": body.name}:
        raise NotVerified(f"its body {body.name!r} is gone, and no entry says that it was erased", where=where)
    if size_of:
        raise NotVerified(f"its body {body.name!r} was erased, and is still there in part", where=where)


def _check_gone(log: Log, index: int, entry: Entry) -> None:
    """What an entry says was erased is gone: a body put back from an older copy would fit its commitment."""
    of, name = entry.ids["entry"], entry.ids["body"]
    if not log.body.objects.filter(entry_id=int(of), name=name, erased_by=index).exists():
        raise NotVerified(f"entry {index} says that its body {name!r} was erased, and it is there", where=f"entry {of}")


def _check_indexed(row: models.Entry, entry: Entry) -> None:
    """The row that the entry makes in an index table is there, and says what the body says; no other table has one."""
    wanted = {models.INDEXED[name] for name in entry.commitments if name in models.INDEXED}
    for model in models.INDEXED.values():
        found = getattr(row, model._meta.model_name, None)
        where = f"entry {row.index}"
        if (found is not None) != (model in wanted):
            what = "has no row" if found is None else "has a row that it did not make"
            raise NotVerified(f"it {what} in {model._meta.db_table}", where=where)
        if found is not None:
            _check_columns(found, _plain_of(row, model.BODY), where=where)


def _plain_of(row: models.Entry, name: str) -> Mapping[str, object] | None:
    body = next(body for body in row.bodies.all() if body.name == name)
    return None if body.erased_by_id is not None else json.loads(bytes(body.data))


def _check_columns(row: models.Indexed, plain: Mapping[str, object] | None, *, where: str) -> None:
    for column, value in ({} if plain is None else row.columns(plain)).items():
        if (found := getattr(row, column)) != value:
            table = row._meta.db_table
            raise NotVerified(f"{table} says {column} {found!r}, its body says {value!r}", where=where)


def _levels(leaves: Sequence[bytes]) -> list[bytearray]:
    """All complete nodes, from the leaves alone: each level is the hashes of the pairs below."""
    levels = [bytearray().join(leaves)] if leaves else []
    while levels and len(levels[-1]) >= 2 * HASH:
        below = levels[-1]
        pairs = range(0, len(below) // (2 * HASH) * 2 * HASH, 2 * HASH)
        level = bytearray()
        for at in pairs:
            level += node_hash(bytes(below[at : at + HASH]), bytes(below[at + HASH : at + 2 * HASH]))
        levels.append(level)
    return levels


def _root(levels: Sequence[bytearray], size: int) -> bytes:
    return tree_root(size, lambda level, index: bytes(levels[level][index * HASH : (index + 1) * HASH]))


def _check_root(found: bytes, signed: Checkpoint, *, where: str) -> None:
    if found != signed.root:
        raise NotVerified(
            f"the first {signed.size} entries have the root {found.hex()}; it signs {signed.root.hex()}", where=where
        )


def _check_level(log: Log, level: int, hashes: bytearray, *, size: int) -> None:
    """The nodes stored of one level are the ones computed, none missing; those of later entries are not looked at."""
    rows = log.node.objects.filter(level=level, index__lt=size >> level).order_by("index")
    stored = rows.values_list("index", "hash").iterator(chunk_size=CHUNK)
    for index, found in zip_longest(range(len(hashes) // HASH), stored):
        computed = bytes(hashes[index * HASH : (index + 1) * HASH]) if index is not None else None
        if found is None or (found[0], bytes(found[1])) != (index, computed):
            has = "is missing" if found is None or found[0] != index else f"is {bytes(found[1]).hex()}"
            raise NotVerified(f"it {has}; computed, it is {(computed or b'').hex()}", where=f"node {level}/{index}")


def _check_nothing_beyond(log: Log) -> None:
    """Nothing lies beyond the head, which is read last: what is entered meanwhile is no stranger."""
    entries = log.entry.objects.aggregate(last=Max("index"))["last"]
    nodes = dict(log.node.objects.values_list("level").annotate(last=Max("index")))
    size = models.Head.objects.values_list("size", flat=True).get(id=log.head)
    if entries is not None and entries >= size:
        raise NotVerified(f"it lies beyond the head, which is at {size}", where=f"entry {entries}")
    for level, last in sorted(nodes.items()):
        if last >= size >> level:
            raise NotVerified(f"it lies beyond the head, which is at {size}", where=f"node {level}/{last}")


def _check_closed(last: str, entry: Entry, *, index: int) -> str:
    """The head of the private log enters at fixed times, at least once a day, before whoever acts next: an act more
    than two days after it says that it was held back. Returns when it was entered last, empty before the first."""
    if entry.type is EntryType.PRIVATE_HEAD:
        return entry.time
    if last and entry.type is not EntryType.SETTINGS_CHANGED:  # which is entered before it
        at, before = (dt.datetime.fromisoformat(each) for each in (entry.time, last))
        if at - before > HELD_BACK:
            raise NotVerified(
                f"it is of {entry.time}, and the head of the private log was entered last at {last}: whoever looked at "
                "records since can be made to disappear",
                where=f"entry {index}",
            )
    return last


def _check_all_entered(log: Log) -> None:
    """No body and no row of an index table stands there without its entry: an end of a release that nobody entered, a
    delivery that nobody made, would be read like any other. The database's own keys hold this until they are told not
    to."""
    entered = Exists(log.entry.objects.filter(index=OuterRef("entry_id")))
    for model in (log.body, *(models.INDEXED.values() if log is PUBLIC else ())):
        of = model.objects.filter(~entered).order_by("entry_id").values_list("entry_id", flat=True).first()
        if of is not None:
            raise NotVerified(f"{model._meta.db_table} has a row of it, and it is not there", where=f"entry {of}")


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


_RELATED = [model._meta.model_name for model in models.INDEXED.values()]
