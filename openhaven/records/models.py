"""The tables: the entries, nodes, head and bodies of both logs; and one index table for each kind of thing kept.

What is kept stands once, as the canonical JSON of a body to which an entry commits. A row of an index table only
repeats what is looked for; `columns` says how it follows from the body, so that fsck can compare them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from openhaven.records.guard import Kept

ID = 200  # characters: what an entry of the log allows
Plain = Mapping[str, Any]


class Format(Kept):
    """The one row that says in which format the records are."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    version = models.PositiveIntegerField()


class Head(Kept):
    """The row that says how far a log has come, one for each: whoever appends holds its lock until the end. A third
    says how far the public log had come when its tiles were last written."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    origin = models.TextField()
    size = models.PositiveBigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    last = models.DateTimeField(null=True)


class AnyEntry(Kept):
    """One entry of a log: its canonical bytes, and what is looked for in them."""

    index = models.PositiveBigIntegerField(primary_key=True)
    type = models.CharField(max_length=40)
    time = models.DateTimeField()
    data = models.BinaryField()
    leaf = models.BinaryField()

    class Meta:
        abstract = True


class AnyNode(Kept):
    """One complete node of a log's tree."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField()

    class Meta:
        abstract = True


class AnyBody(Kept):
    """What an entry commits to, and the salt. Both are empty once an entry has erased them."""

    name = models.CharField(max_length=64)
    salt = models.BinaryField()
    data = models.BinaryField()

    class Meta:
        abstract = True


class Entry(AnyEntry):
    """One entry of the public log, found by its type too: every command asks for the last of some."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["type", "index"], name="entries_by_type")]


class Node(AnyNode):
    """One complete node of the public log."""


class Body(AnyBody):
    """A body of the public log: the entries are public, their bodies are not."""

    pk = models.CompositePrimaryKey("entry_id", "name")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="bodies", db_index=False)
    erased_by = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="erases", db_index=False)


class PrivateEntry(AnyEntry):
    """One entry of the private log, of who looked at what."""


class PrivateNode(AnyNode):
    """One complete node of the private log."""


class PrivateBody(AnyBody):
    """A body of the private log."""

    pk = models.CompositePrimaryKey("entry_id", "name")
    entry = models.ForeignKey(PrivateEntry, models.PROTECT, related_name="bodies", db_index=False)
    erased_by = models.ForeignKey(PrivateEntry, models.PROTECT, null=True, related_name="erases", db_index=False)


class Cosigned(Kept):
    """A checkpoint of the public log with the signatures that witnesses added to it. It says nothing that the log
    does not say, so no entry of its own: an entry would move the head, which would have to be cosigned again."""

    size = models.PositiveBigIntegerField(primary_key=True)
    note = models.TextField()


class Indexed(Kept):
    """A row that one entry made. `BODY` names the body from which its columns follow."""

    BODY: ClassVar[str]
    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True)

    class Meta:
        abstract = True

    @classmethod
    def columns(cls, plain: Plain) -> dict[str, Any]:
        """The columns of the row that this body makes: those of the same name."""
        names = [each.attname for each in cls._meta.local_fields if each.attname != "entry_id"]
        return {name: plain[name] for name in names}


class Fact(Indexed):
    """One version of a fact of record."""

    BODY = "record"
    kind = models.CharField(max_length=40)
    record = models.CharField(max_length=ID)
    version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "record", "version"], name="one_fact")]

    @classmethod
    def columns(cls, plain: Plain) -> dict[str, Any]:
        """The id stands inside the record."""
        return {"kind": plain["kind"], "record": plain["record"]["id"], "version": plain["version"]}


class Delivery(Indexed):
    """One arrival of data; live until another replaces it."""

    BODY = "delivery"
    id = models.CharField(max_length=ID, unique=True)
    dataset = models.CharField(max_length=ID, db_index=True)
    controller = models.CharField(max_length=ID)
    replaces = models.CharField(max_length=ID, null=True, unique=True)

    @classmethod
    def columns(cls, plain: Plain) -> dict[str, Any]:
        """Nothing replaced is null, so that a delivery is replaced once."""
        return {**super().columns(plain), "replaces": plain["replaces"] or None}


class OptOutQuestion(Indexed):
    """What was asked of a list."""

    BODY = "question"
    id = models.CharField(max_length=ID, unique=True)
    list = models.CharField(max_length=ID, db_index=True)


class OptOutAnswer(Indexed):
    """A list as it was loaded."""

    BODY = "answer"
    id = models.CharField(max_length=ID, unique=True)
    list = models.CharField(max_length=ID, db_index=True)


class DecisionRecord(Indexed):
    """One decision on an application; an application may be decided again."""

    BODY = "decision"
    application = models.CharField(max_length=ID)
    version = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["application", "version"], name="one_decision")]

    @classmethod
    def columns(cls, plain: Plain) -> dict[str, Any]:
        """The application and the verdict stand inside the decision."""
        decision = plain["decision"]
        return {"version": plain["version"], "application": decision["application"], "verdict": decision["verdict"]}


class Release(Indexed):
    """A release that entered the log."""

    BODY = "release"
    id = models.CharField(max_length=ID, unique=True)
    application = models.CharField(max_length=ID)
    agreement = models.CharField(max_length=ID)
    dataset = models.CharField(max_length=ID, db_index=True)
    replaces = models.CharField(max_length=ID)


class ReleaseEnd(Indexed):
    """How a release ended: finished or abandoned, once."""

    BODY = "ending"
    release = models.CharField(max_length=ID, unique=True)
    state = models.CharField(max_length=10)


class IdentifiersDestroyed(Indexed):
    """That the identifiers sent for one release were destroyed."""

    BODY = "destruction"
    release = models.CharField(max_length=ID, db_index=True)


INDEXED: dict[str, type[Indexed]] = {
    model.BODY: model
    for model in (
        Fact,
        Delivery,
        OptOutQuestion,
        OptOutAnswer,
        DecisionRecord,
        Release,
        ReleaseEnd,
        IdentifiersDestroyed,
    )
}
"""The table whose row an entry makes, by the name of a body that it commits to."""
