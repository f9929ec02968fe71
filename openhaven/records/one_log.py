"""Is one log whole in itself, the public one or the private one? Entries, bodies, index tables, tree and head, each
computed again from the entries' bytes and compared."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.db.models import Exists, Max, OuterRef

from openhaven.log import Checkpoint, Entry, EntryType, VerifierKey, commitment, parse_entry, verify_checkpoint
from openhaven.log.text import unreadable_is_unverified
from openhaven.log.tree import leaf_hash, node_hash
from openhaven.log.tree import root as tree_root
from openhaven.model.errors import BadInput, NotVerified
from openhaven.records import models
from openhaven.records.act import instant
from openhaven.records.logstore import PUBLIC, Log

HASH = 32
CHUNK = 512
HELD_BACK = dt.timedelta(days=2)


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


@contextmanager
def readable(where: str) -> Iterator[None]:
    """SQLite keeps whatever it is given in any column, and a damaged file reads as anything: that is a difference."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, ObjectDoesNotExist, DatabaseError, BadInput) as error:
        raise NotVerified(f"it holds what cannot be read: {error}", where=where) from error


def check_log(log: Log, trusted: Sequence[VerifierKey]) -> Checked:
    """Compare one log with itself, up to its head. Raises NotVerified; what is said of the private one says so."""
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
    check_root(_root(levels, signed.size), signed, where="head")
    _check_nothing_beyond(log)
    _check_all_entered(log)
    return Checked(signed.size, bodies, erased, signed.root)


def _check_head(log: Log, head: models.Head, trusted: Sequence[VerifierKey]) -> Checkpoint:
    checkpoint, _ = verify_checkpoint(head.note, trusted)
    check_stated(head, checkpoint, where="head")
    last = log.entry.objects.filter(index=head.size - 1).values_list("time", flat=True).first()
    if last is None and head.size:
        raise NotVerified("it is missing, and the log's head says that it is the last", where=f"entry {head.size - 1}")
    if head.last != last:
        raise NotVerified(f"it says the last entry is of {head.last}; that entry says {last}", where="head")
    return checkpoint


def check_stated(head: models.Head, checkpoint: Checkpoint, *, where: str) -> None:
    """A row of heads says what its signed note says. Raises NotVerified."""
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
        with readable(f"entry {len(leaves)}"):
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


def check_root(found: bytes, signed: Checkpoint, *, where: str) -> None:
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


def _check_all_entered(log: Log) -> None:
    """No body and no row of an index table stands there without its entry: an end of a release that nobody entered, a
    delivery that nobody made, would be read like any other. The database's own keys hold this until they are told not
    to."""
    entered = Exists(log.entry.objects.filter(index=OuterRef("entry_id")))
    for model in (log.body, *(models.INDEXED.values() if log is PUBLIC else ())):
        of = model.objects.filter(~entered).order_by("entry_id").values_list("entry_id", flat=True).first()
        if of is not None:
            raise NotVerified(f"{model._meta.db_table} has a row of it, and it is not there", where=f"entry {of}")


_RELATED = [model._meta.model_name for model in models.INDEXED.values()]
