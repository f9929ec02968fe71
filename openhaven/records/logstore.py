"""Both logs in the database: entry, tree nodes, bodies and signed head of one act, in the transaction of its record."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import rfc8785
from django.db import OperationalError, connection, transaction

from openhaven.log import Checkpoint, Entry, EntryType, commitment, parse_checkpoint
from openhaven.log.checkpoint import signer_ids
from openhaven.log.note import parse_note
from openhaven.log.tree import ReadNode, append_all, leaf_hash
from openhaven.log.tree import root as tree_root
from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.records import models
from openhaven.records.act import Act, LogPosition, Sealed, instant
from openhaven.records.guard import KeptRows, mark, write_open

CLOCK_SLACK = dt.timedelta(days=1)
"""Commands may read the clock in one order and come to write in another, a long one hours later."""


@dataclass(frozen=True, slots=True)
class Log:
    """One log: the row of its head, its tables, and what its origin adds to that of the public log."""

    head: int
    entry: type[models.AnyEntry]
    node: type[models.AnyNode]
    body: type[models.AnyBody]
    origin: str = ""

    @property
    def heads(self) -> KeptRows:
        """The rows of heads, of which one is this log's."""
        return models.Head.objects.all()


PUBLIC = Log(1, models.Entry, models.Node, models.Body)
PRIVATE = Log(2, models.PrivateEntry, models.PrivateNode, models.PrivateBody, origin="/private")
WRITTEN = 3
"""Which of the rows of heads is that of the tiles."""

_EXACT = 2**53 - 1
_quoted = json.encoder.encode_basestring


def canonical(plain: Any) -> bytes:
    """The bytes of a body (RFC 8785). Raises BadInput for what JSON cannot hold exactly."""
    try:
        return _simply(plain).encode()
    except (_NotSimple, TypeError, UnicodeEncodeError):
        pass  # a name that is no word, half a character: said below
    try:
        return rfc8785.dumps(plain)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise BadInput(f"this cannot be kept as JSON: {error}") from error


class _NotSimple(Exception):
    """This has to be written with more care."""


def _simply(plain: Any) -> str:
    """Words, whole numbers, and objects whose names are ASCII, as RFC 8785 writes them: nearly all bodies, ten times as
    fast. Raises _NotSimple for the rest: fractions have a form of their own, and rare characters an order."""
    kind = type(plain)
    if kind is dict and "".join(plain).isascii():
        return "{" + ",".join([f"{_quoted(name)}:{_simply(plain[name])}" for name in sorted(plain)]) + "}"
    if issubclass(kind, str):  # a coded word is written as its text
        return _quoted(plain)
    if kind is list:
        return "[" + ",".join(map(_simply, plain)) + "]"
    if kind is int and -_EXACT <= plain <= _EXACT:
        return str(plain)
    if kind is bool or plain is None:
        return json.dumps(plain)
    raise _NotSimple


@dataclass(frozen=True, slots=True)
class ToEnter:
    """What one act says: its type and ids (empty ones are left out), which are public; and its bodies, which are not.

    `plain` bodies are written canonically; `given` ones are bytes that others have to hash too. All are salted here."""

    type: EntryType
    ids: Mapping[str, str]
    plain: Mapping[str, Any]
    given: Mapping[str, bytes] = field(default_factory=dict)


Entered = tuple[Entry, Mapping[str, Sealed]]
"""An entry, and the bodies to which it commits."""

SALT = 32  # bytes


@dataclass
class Head:
    """How far a log has come, as its row says. `last` is the time of its last entry."""

    log: Log
    origin: str
    size: int
    root: bytes
    note: str
    last: dt.datetime | None

    def keep(self) -> None:
        """Write it into its row."""
        last = _written(connection.vendor, self.last)
        self.log.heads.rewrite(("size", "root", "note", "last"), (self.size, self.root, self.note, last),
                               id=self.log.head)  # fmt: skip


@contextmanager
def begin_log(*, act: Act, origin: str) -> Iterator[None]:
    """The transaction in which the records begin: two empty logs with signed heads. A log that is there is left."""
    with _transaction():
        for log in (PUBLIC, PRIVATE):
            if not models.Head.objects.filter(id=log.head).exists():
                _begin(log, act=act, origin=f"{origin}{log.origin}")
        yield


def _begin(log: Log, *, act: Act, origin: str) -> None:
    checkpoint = Checkpoint(origin, 0, tree_root(0, _no_node))
    note = act.sign(checkpoint)
    models.Head.objects.create(id=log.head, origin=origin, size=0, root=checkpoint.root, note=note, last=None)


@contextmanager
def acting(act: Act, *, on: Log = PUBLIC) -> Iterator[OpenLog]:
    """The one transaction of an act, alone at the log's end. It must append exactly one entry, or nothing is kept."""
    with _transaction():
        log = open_log(act, on=on)
        yield log
        if log.position is None:
            raise RuntimeError("a write left no entry in the log")


@contextmanager
def _transaction() -> Iterator[None]:
    try:
        with transaction.atomic(durable=True), write_open():
            yield
    except OperationalError as error:
        raise HavenError(
            f"the records could not be written: {error}",
            todo="Look for a full disk, or another command that is still writing, and start again.",
        ) from error


def empty_journal() -> None:
    """Bring SQLite's journal into its file and empty it: it may hold pages as they were before an erasure."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def open_log(act: Act, *, on: Log) -> OpenLog:
    """A log whose head is locked until the transaction ends: a row lock on PostgreSQL, BEGIN IMMEDIATE on SQLite."""
    row = on.heads.held(("origin", "size", "root", "note", "last"), id=on.head)
    if row is None:
        raise BadInput("there are no records here yet", todo="Begin with: haven init")
    origin, size, root, note, last = row
    if last is not None and last.tzinfo is None:  # SQLite keeps it in UTC, and does not say so
        last = last.replace(tzinfo=dt.UTC)
    return OpenLog(act=act, head=Head(on, origin, size, bytes(root), note, last), log=on)


@lru_cache(maxsize=64)  # each act writes its own twice
def _written(vendor: str, time: dt.datetime | None) -> Any:
    """A time as a database takes it."""
    return models.Head._meta.get_field("last").get_db_prep_save(time, connection)


def keep_cosigned(size: int, note: str) -> None:
    """Keep a checkpoint with the signatures that witnesses added, in the place of one of the same size."""
    with _transaction():
        models.Cosigned.objects.update_or_create(size=size, defaults={"note": note})


def keep_written(note: str) -> None:
    """Keep which checkpoint the tiles have that were written last: without them, this is what is missing."""
    said = parse_checkpoint(parse_note(note).text)
    with _transaction():
        models.Head.objects.update_or_create(
            id=WRITTEN,
            defaults={"origin": said.origin, "size": said.size, "root": said.root, "note": note, "last": None},
        )


def size_written() -> int:
    """How many entries the tiles had that were written last, 0 where none ever were."""
    return models.Head.objects.filter(id=WRITTEN).values_list("size", flat=True).first() or 0


def latest_notes(beyond: int) -> tuple[str, str | None]:
    """The note of the public log's head, and the latest checkpoint of more than so many entries that witnesses
    cosigned. Asked for in SQL, since it is asked for each proof."""
    head, cosigned = (connection.ops.quote_name(each._meta.db_table) for each in (models.Head, models.Cosigned))
    found = _one_row(
        f"SELECT note, (SELECT note FROM {cosigned} WHERE size > %s ORDER BY size DESC LIMIT 1) "
        f"FROM {head} WHERE id = %s",
        (beyond, PUBLIC.head),
    )
    if found is None:
        raise BadInput("there are no records here yet", todo="Begin with: haven init")
    note, over = found
    return note, over


def last_with_body(type: EntryType, name: str) -> tuple[bytes, Sealed | None] | None:
    """The last entry of a type in the public log, and one of its bodies (None: erased), as they lie there; None where
    there is no such entry. Asked for in SQL, since every act asks what the settings are."""
    entry, body = (connection.ops.quote_name(each._meta.db_table) for each in (models.Entry, models.Body))
    index, of_index = (f"{entry}.{connection.ops.quote_name('index')}", f"{body}.entry_id")
    found = _one_row(
        f"SELECT {entry}.data, {body}.data, {body}.salt, {body}.erased_by_id FROM {entry} "
        f"LEFT JOIN {body} ON {of_index} = {index} AND {body}.name = %s "
        f"WHERE {entry}.type = %s ORDER BY {index} DESC LIMIT 1",
        (name, str(type)),
    )
    if found is None:
        return None
    data, plain, salt, erased_by = found
    if plain is None:
        raise NotVerified(f"its body {name!r} is missing", where=f"the last entry {type}", todo="Run: haven log fsck")
    return bytes(data), None if erased_by is not None else Sealed(bytes(plain), bytes(salt))


def last_else_first(type: EntryType) -> bytes | None:
    """The last entry of a type in the public log, else the first entry there is; None in an empty log."""
    entry, index = connection.ops.quote_name(models.Entry._meta.db_table), connection.ops.quote_name("index")
    found = _one_row(
        f"SELECT COALESCE((SELECT data FROM {entry} WHERE type = %s ORDER BY {index} DESC LIMIT 1), "
        f"(SELECT data FROM {entry} WHERE {index} = 0))",
        (str(type),),
    )
    return None if found is None or found[0] is None else bytes(found[0])


def _one_row(statement: str, values: Sequence[object]) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: Sequence[Any] | None = cursor.fetchone()
    return found


def _no_node(level: int, index: int) -> bytes:
    raise LookupError(f"node {level}/{index}")


@dataclass
class OpenLog:
    """A log while one act holds its end."""

    act: Act
    head: Head
    log: Log = PUBLIC
    position: LogPosition | None = None
    rotating: bool = False

    @property
    def time(self) -> dt.datetime:
        """The time of the entry: the act's, in whole seconds, and never before the entry that stands before it."""
        now = self.act.now.astimezone(dt.UTC).replace(microsecond=0)
        last = self.head.last or now
        if now < last - CLOCK_SLACK:
            raise BadInput(
                f"the clock says {instant(now)}, but the log's last entry is of {instant(last)}",
                todo="Nothing is entered under an earlier time. Set the clock right.",
            )
        return max(now, last)

    def append(self, what: ToEnter) -> LogPosition:
        """Enter one act. The operator is a body of its own, so that the others can be shown without it."""
        return self.append_all([what])

    def append_all(self, whats: Sequence[ToEnter]) -> LogPosition:
        """Enter what one act did more than once: all of it or nothing, under one signed head. Returns where the last
        stands."""
        if self.position is not None:
            raise RuntimeError("one act enters once")
        time = instant(self.time)
        index, entered = self.head.size + len(whats) - 1, self._entered(whats, time)
        nodes = self._keep(entered)
        entry, bodies = entered[-1]
        self.position = LogPosition(index, self.head.size, bytes(entry), bodies, self.head.note, _reader(nodes))
        return self.position

    def fill_up(self, what: ToEnter, *, to: int) -> None:
        """Enter the same again and again, each under salts of its own, until the log has so many entries."""
        if missing := to - self.head.size:
            time = instant(self.time)
            self._keep(self._entered([what] * missing, time))

    def _entered(self, whats: Sequence[ToEnter], time: str) -> list[Entered]:
        """Each with its bodies sealed, under salts that are drawn at once."""
        operator = canonical({"operator": self.act.operator})
        salts = self._salts(sum(len(what.plain) + len(what.given) + 1 for what in whats))
        entered = []
        for what in whats:
            bodies = {name: Sealed(canonical(plain), next(salts)) for name, plain in what.plain.items()}
            bodies["operator"] = Sealed(operator, next(salts))
            bodies |= {name: Sealed(given, next(salts)) for name, given in what.given.items()}
            entered.append((_entry(what, time, bodies), bodies))
        return entered

    def _salts(self, many: int) -> Iterator[bytes]:
        drawn = self.act.salts(SALT * many)
        found = [drawn[at : at + SALT] for at in range(0, SALT * many, SALT)]
        if len(set(found)) != many:
            raise RuntimeError("each body has a salt of its own, drawn by chance")
        return iter(found)

    def _keep(self, entered: Sequence[Entered]) -> dict[tuple[int, int], bytes]:
        """Keep entries and their bodies, grow the tree and sign the head. Returns the nodes that its root is made of,
        and those that proofs of the last entry are."""
        time, first = self.time, self.head.size
        written = [(str(entry.type), bytes(entry)) for entry, _ in entered]
        leaves = [leaf_hash(data) for _, data in written]
        at = _written(connection.vendor, time)
        self.log.entry.objects.all().insert(
            ("index", "type", "time", "data", "leaf"),
            [
                (index, type, at, data, leaf)
                for index, ((type, data), leaf) in enumerate(zip(written, leaves, strict=True), start=first)
            ],
        )
        self.log.body.objects.all().insert(
            ("entry_id", "name", "data", "salt"),
            [
                (index, name, each.body, each.salt)
                for index, (_, bodies) in enumerate(entered, start=first)
                for name, each in bodies.items()
            ],
        )
        nodes = self._grow(leaves)
        self._sign(nodes, time, size=first + len(leaves))
        return nodes

    def _grow(self, leaves: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """Store the nodes that these leaves complete. Returns them with those that the new root is made of."""
        size = self.head.size
        known = read_nodes(lambda read: tree_root(size, read), of=self.log)
        if tree_root(size, _reader(known)) != self.head.root:
            raise NotVerified("the tree of the log does not have the root of its head", todo="Run: haven log fsck")
        rows = [
            (level, index, hash)
            for level, first, hashes in append_all(size, leaves, _reader(known))
            for index, hash in enumerate(hashes, start=first)
        ]
        self.log.node.objects.all().insert(("level", "index", "hash"), rows)
        return known | {(level, index): hash for level, index, hash in rows}

    def sign_again(self) -> None:
        """Sign the head as it is, under the key that the act has."""
        self.head.note = self._signed(Checkpoint(self.head.origin, self.head.size, self.head.root))
        self.head.keep()

    def _signed(self, checkpoint: Checkpoint) -> str:
        """The signed note. A head is signed by the key of the head before it, or by none: a service that was started
        before a rotation, or another haven's key, would part the log from all that readers trust."""
        note = self.act.sign(checkpoint)
        if not self.rotating and signer_ids(note) != signer_ids(self.head.note):
            raise HavenError(
                "the key at hand is not the one that signed the log so far, and nothing was entered",
                where=self.head.origin,
                todo="If the key was rotated meanwhile, start this command or service again. "
                "If not, the keys are not this haven's: restore them.",
            )
        return note

    def _sign(self, nodes: Mapping[tuple[int, int], bytes], time: dt.datetime, *, size: int) -> None:
        head = self.head
        head.size = size
        head.root = tree_root(head.size, _reader(nodes))
        head.note = self._signed(Checkpoint(head.origin, head.size, head.root))
        head.last = time
        head.keep()


def _entry(what: ToEnter, time: str, bodies: Mapping[str, Sealed]) -> Entry:
    commitments = {name: commitment(each.body, each.salt) for name, each in bodies.items()}
    return Entry(what.type, time, {name: id for name, id in what.ids.items() if id}, commitments)


def _rows_of_nodes(of: Log, wanted: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int, bytes]]:
    """Asked for in SQL, since it is asked in every act: the expression that Django makes of pairs takes it a
    millisecond."""
    statement = _ask_for_nodes(connection.vendor, of.node._meta.db_table, len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(statement, [number for pair in wanted for number in pair])
        return list(cursor.fetchall())


@lru_cache
def _ask_for_nodes(vendor: str, table: str, many: int) -> str:
    quote = connection.ops.quote_name
    level, index, hash = map(quote, ("level", "index", "hash"))
    each = f"({level} = {mark(vendor)} AND {index} = {mark(vendor)})"
    return f"SELECT {level}, {index}, {hash} FROM {quote(table)} WHERE {' OR '.join([each] * many)}"


def _reader(nodes: Mapping[tuple[int, int], bytes]) -> ReadNode:
    return lambda level, index: nodes[level, index]


def read_nodes(computing: Callable[[ReadNode], object], *, of: Log = PUBLIC) -> dict[tuple[int, int], bytes]:
    """The stored nodes that a computation over the tree asks for, in one query.

    Which nodes it asks for must not depend on what they hold: it is run once on blanks to find out.
    """
    wanted: set[tuple[int, int]] = set()

    def blank(level: int, index: int) -> bytes:
        wanted.add((level, index))
        return bytes(32)

    computing(blank)
    if not wanted:
        return {}
    found = {(level, index): bytes(hash) for level, index, hash in _rows_of_nodes(of, sorted(wanted))}
    if missing := sorted(wanted - set(found)):
        level, index = missing[0]
        raise NotVerified(f"node {index} of level {level} of the log is missing", todo="Run: haven log fsck")
    return found
