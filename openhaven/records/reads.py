"""What can be read of the records. A body is believed only where it matches the commitment of its entry."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Max

from openhaven.log import EntryType, commitment, make_proof, parse_checkpoint, parse_entry
from openhaven.log.checkpoint import signer_ids
from openhaven.log.note import parse_note
from openhaven.log.tree import ReadNode, consistency_proof, inclusion_proof
from openhaven.log.tree import root as tree_root
from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput, NotVerified
from openhaven.model.facts import Facts, FormerApplication, FormerRelease, Policy
from openhaven.model.plain import from_plain
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.kinds import KINDS, Record
from openhaven.records import kept, models
from openhaven.records.act import Sealed
from openhaven.records.guard import KeptRows
from openhaven.records.logstore import PUBLIC, last_else_first, last_with_body, latest_notes, read_nodes
from openhaven.vault.arrival import Delivery

LONDON = ZoneInfo("Europe/London")
T = TypeVar("T")
RECORDS_KEPT = 1_024
"""So many records are kept as they were read; each is compared with its entry every time."""


def facts_as_at(*, dataset: Dataset, controllers: Sequence[str], policy: Policy, day: dt.date) -> Facts:
    """The facts as they stood at the end of that civil day: of each record the latest version recorded by then.

    Raises BadInput where that version has been erased since: what it forbade would be forgotten.
    """
    records = _records_at(_end_of(day))
    return Facts(
        dataset=dataset,
        controllers=tuple(controllers),
        policy=policy,
        records=records,
        former=former_releases(dataset=dataset.id, day=day),
        refused=_refused(records, day=day),
    )


def settings_entered() -> dict[str, Any]:
    """The settings in force by the log: by dotted name, empty where none were entered yet."""
    last = last_with_body(EntryType.SETTINGS_CHANGED, kept.SETTINGS)
    if last is None:
        return {}
    data, sealed = last
    entry = parse_entry(data)
    if sealed is None:
        return {}
    _check_committed(sealed, entry.commitments[kept.SETTINGS], name=kept.SETTINGS, where=f"{entry.type}, {entry.time}")
    return dict(json.loads(sealed.body)["settings"])


def fact_versions(*, kind: str, id: str) -> list[kept.FactVersion]:
    """Every version of a record, the first first."""
    rows = models.Fact.objects.filter(kind=kind, record=id).select_related("entry").order_by("version")
    return [_version(row) for row in rows]


def records_of(kind: str) -> list[Record]:
    """The records of one kind as they stand now, by id."""
    return list(_records_at(None, kind))


def files_of(kind: str) -> dict[str, str]:
    """The SHA-256 of the file that each record of a kind relies on, by the record's id; only those that have one.

    Raises BadInput where it was erased."""
    latest = models.Fact.objects.filter(kind=kind).values("record").annotate(last=Max("entry_id")).values("last")
    found = {}
    for row in _in_order(models.Fact.objects.filter(entry_id__in=latest)):
        bodies = _bodies(row.entry)
        if kept.FILE in bodies:
            sealed = bodies[kept.FILE]
            if sealed is None:
                raise BadInput(f"the digest of the file of {kind} {row.record} has been erased")
            found[row.record] = str(json.loads(sealed.body)["sha256"])
    return found


def live_deliveries(dataset: str) -> list[Delivery]:
    """The deliveries of a dataset that no other has replaced, in the order in which they were recorded."""
    replaced = models.Delivery.objects.exclude(replaces=None).values("replaces")
    rows = models.Delivery.objects.filter(dataset=dataset).exclude(id__in=replaced)
    return [_noun(Delivery, row) for row in _in_order(rows)]


def deliveries(dataset: str | None = None) -> list[Delivery]:
    """Every delivery ever recorded, of one dataset or of all."""
    rows = models.Delivery.objects.all() if dataset is None else models.Delivery.objects.filter(dataset=dataset)
    return [_noun(Delivery, row) for row in _in_order(rows)]


def former_releases(*, dataset: str, day: dt.date) -> tuple[FormerRelease, ...]:
    """The releases of a dataset finished by the end of that civil day, the first first."""
    ends = models.ReleaseEnd.objects.filter(state=kept.ReleaseState.FINISHED, entry__time__lt=_end_of(day))
    finished = set(ends.values_list("release", flat=True))
    rows = [row for row in _in_order(models.Release.objects.filter(dataset=dataset)) if row.id in finished]
    replaced = {row.replaces for row in rows}
    return tuple(_former(row, replaced=row.id in replaced) for row in rows)


def release(id: str) -> kept.ReleaseKept | None:
    """A release that entered the log, or None."""
    row = models.Release.objects.filter(id=id).select_related("entry").first()
    return None if row is None else _release(row)


def releases() -> list[kept.ReleaseKept]:
    """Every release that entered the log, the first first."""
    return [_release(row) for row in _in_order(models.Release.objects.all())]


def release_ids() -> frozenset[str]:
    """The ids of all releases that entered the log, quickly: no body is read."""
    return frozenset(models.Release.objects.values_list("id", flat=True))


def standing_releases(dataset: str) -> list[tuple[str, int]]:
    """The id and the entry's index of every release of a dataset that was not given up, the first first. Quick however
    many there are: bodies are not read, and that these rows are those of the log is for fsck to say."""
    given_up = models.ReleaseEnd.objects.filter(state=kept.ReleaseState.ABANDONED).values("release")
    rows = models.Release.objects.filter(dataset=dataset).exclude(id__in=given_up)
    return list(rows.order_by("entry_id").values_list("id", "entry_id"))


def unfinished_releases() -> list[kept.ReleaseKept]:
    """Those in the log whose package was neither handed over nor given up: to be finished or abandoned."""
    ended = models.ReleaseEnd.objects.values("release")
    return [_release(row) for row in _in_order(models.Release.objects.exclude(id__in=ended))]


def identifiers_destroyed(release: str) -> bool:
    """Whether the identifiers sent for this release are recorded as destroyed."""
    return models.IdentifiersDestroyed.objects.filter(release=release).exists()


def files_destroyed() -> frozenset[str]:
    """The releases whose file the recipient certified as destroyed."""
    rows = models.Entry.objects.filter(type=str(EntryType.FILE_DESTROYED)).values_list("data", flat=True)
    return frozenset(parse_entry(bytes(data)).ids["release"] for data in rows)


def memory(index: int) -> dict[str, Any] | None:
    """What the entry of a release has later ones compared with; None for one made before there was a memory."""
    sealed = bodies(index).get(kept.MEMORY)
    return None if sealed is None else dict(json.loads(sealed.body))


def scopes_destroyed() -> dict[str, int]:
    """The pseudonym scopes whose secret the log says is destroyed, each with the place of the entry that says so."""
    rows = models.Entry.objects.filter(type=str(EntryType.SCOPE_DESTROYED)).values_list("index", "data")
    return {parse_entry(bytes(data)).ids["scope"]: index for index, data in rows}


def optout_questions(list: str) -> list[kept.OptOutQuestion]:
    """What was asked of a list, the first first."""
    return [_noun(kept.OptOutQuestion, row) for row in _in_order(models.OptOutQuestion.objects.filter(list=list))]


def optout_answers(list: str) -> list[kept.OptOutAnswer]:
    """What was loaded of a list, the first first; the last is the one in use."""
    return [_noun(kept.OptOutAnswer, row) for row in _in_order(models.OptOutAnswer.objects.filter(list=list))]


def decisions(application: str | None = None) -> list[kept.DecisionKept]:
    """The decisions on one application or on all, the first first."""
    rows = models.DecisionRecord.objects.all()
    rows = rows if application is None else rows.filter(application=application)
    return [_decision(row) for row in _in_order(rows)]


def checkpoint() -> str:
    """The latest checkpoint, a signed note, with the signatures of witnesses that it has by now."""
    head = models.Head.objects.filter(id=PUBLIC.head).values_list("note", "size").first()
    if head is None:
        raise BadInput("there are no records here yet", todo="Begin with: haven init")
    note, size = head
    return models.Cosigned.objects.filter(size=size).values_list("note", flat=True).first() or note


def cosigned(beyond: int = 0) -> Iterator[str]:
    """The checkpoints over more than so many entries that witnesses cosigned, the latest first: signed notes."""
    rows = models.Cosigned.objects.filter(size__gt=beyond).order_by("-size")
    yield from rows.values_list("note", flat=True).iterator(chunk_size=16)


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the log of `new` entries begins with that of `old` (RFC 6962 section 2.1.2)."""
    nodes = read_nodes(lambda read: consistency_proof(old, new, read))
    return consistency_proof(old, new, lambda level, index: nodes[level, index])


def rotations() -> list[tuple[int, str]]:
    """Every key that was rotated, the first first: the index of the entry, and the announcement."""
    rows = models.Entry.objects.filter(type=str(EntryType.KEY_ROTATED)).order_by("index").prefetch_related("bodies")
    found = ((row.index, _bodies(row)[kept.KEY_ROTATION]) for row in rows)
    return [(index, json.loads(sealed.body)["note"]) for index, sealed in found if sealed is not None]


def last_entered() -> dt.datetime | None:
    """The time of the log's last entry; None where it has none."""
    return models.Head.objects.values_list("last", flat=True).filter(id=PUBLIC.head).first()


def corrections() -> list[kept.Corrected]:
    """Every correction, the first first."""
    rows = models.Entry.objects.filter(type=str(EntryType.CORRECTION)).order_by("index").prefetch_related("bodies")
    return [_corrected(row) for row in rows]


def private_head_entered() -> dt.datetime | None:
    """When the head of the private log was last entered in the public one, else when the log began; None before."""
    data = last_else_first(EntryType.PRIVATE_HEAD)
    return None if data is None else dt.datetime.fromisoformat(parse_entry(data).time)


def look_ups() -> Iterator[kept.LookedUp]:
    """Every look-up in the private log, the first first; entries that only fill, or
    say that a body was erased, are left out."""
    rows = models.PrivateEntry.objects.filter(type=str(EntryType.LOOKED_UP)).order_by("index")
    rows = rows.prefetch_related("bodies")
    for row in rows.iterator(chunk_size=256):
        found = _bodies(row)
        sealed, operator = found[kept.LOOK_UP], found["operator"]
        plain = None if sealed is None else json.loads(sealed.body)
        if plain == {}:
            continue
        where = f"entry {row.index} of the private log"
        noun = None if plain is None else from_plain(kept.LookUp, plain, where=where)
        yield kept.LookedUp(row.index, "" if operator is None else json.loads(operator.body)["operator"], noun)


def entries(start: int = 0, end: int | None = None) -> Iterator[tuple[int, bytes]]:
    """The entries from `start` up to, not including, `end`: index and canonical bytes."""
    rows = models.Entry.objects.filter(index__gte=start).order_by("index")
    rows = rows if end is None else rows.filter(index__lt=end)
    for index, data in rows.values_list("index", "data").iterator(chunk_size=1024):
        yield index, bytes(data)


def proof(index: int, *, note: str | None = None) -> str:
    """The `.tlog-proof` file of an entry under a checkpoint of this log: unless one is given, the latest that
    witnesses cosigned, else the latest."""
    note = note or _latest_over(index)
    return make_proof(index, checkpoint=note, read_node=_nodes_of_proof(index, _reaching(index, note)))


def _reaching(index: int, note: str) -> int:
    """The size of a checkpoint that holds this entry. Raises BadInput for one that does not."""
    size = parse_checkpoint(parse_note(note).text).size
    if not 0 <= index < size:
        raise BadInput(f"the log of {size} entries has no entry {index}", todo="Entries count from 0.")
    return size


def _nodes_of_proof(index: int, size: int) -> ReadNode:
    nodes = read_nodes(lambda read: (inclusion_proof(index, size, read), tree_root(size, read)))
    return lambda level, place: nodes[level, place]


def _latest_over(beyond: int) -> str:
    """The latest of the cosigned checkpoints, unless it was signed by a key of the log that was rotated since; else
    the head's own note."""
    head, found = latest_notes(beyond)
    return head if found is None or signer_ids(found) != signer_ids(head) else found


def bodies(index: int) -> dict[str, Sealed | None]:
    """The bodies of an entry with their salts, None where erased. Raises NotVerified for one that was changed."""
    entry = models.Entry.objects.filter(index=index).first()
    if entry is None:
        raise BadInput(f"the log has no entry {index}")
    return _bodies(entry)


def private_bodies(entry: models.PrivateEntry) -> dict[str, Sealed | None]:
    """The same of an entry of the private log."""
    return _bodies(entry)


def _bodies(entry: models.AnyEntry) -> dict[str, Sealed | None]:
    committed = parse_entry(bytes(entry.data)).commitments
    found = {body.name: body for body in entry.bodies.all()}
    if set(found) != set(committed):
        raise NotVerified("its bodies are not those that it commits to", where=f"entry {entry.index}")
    return {name: _sealed(body, committed[name]) for name, body in found.items()}


def _sealed(body: models.AnyBody, committed: str) -> Sealed | None:
    """The body, checked. (That what erased it is an entry is for fsck to check.)"""
    if body.erased_by_id is not None:
        return None
    sealed = Sealed(bytes(body.data), bytes(body.salt))
    _check_committed(sealed, committed, name=body.name, where=f"entry {body.entry_id}")
    return sealed


def _check_committed(sealed: Sealed, committed: str, *, name: str, where: str) -> None:
    if commitment(sealed.body, sealed.salt) != committed:
        raise NotVerified(f"its body {name!r} is not what it commits to", where=where, todo="Run: haven log fsck")


def _plain(row: models.Indexed, name: str | None = None) -> dict[str, Any] | None:
    """A body of the row's entry as plain data, None where it was erased."""
    sealed = _bodies(row.entry)[name or row.BODY]
    return None if sealed is None else json.loads(sealed.body)


def _noun(kind: type[T], row: models.Indexed) -> T:
    where = f"entry {row.entry_id}"
    plain = _plain(row)
    if plain is None:
        raise BadInput("what it recorded has been erased", where=where)
    return from_plain(kind, plain, where=where)


def _in_order(rows: KeptRows) -> models.KeptRows:
    return rows.order_by("entry_id").select_related("entry").prefetch_related("entry__bodies")


def _end_of(day: dt.date) -> dt.datetime:
    """The first instant after a civil day in London."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LONDON)


def _records_at(end: dt.datetime | None, kind: str = "") -> tuple[Record, ...]:
    rows = models.Fact.objects.all() if end is None else models.Fact.objects.filter(entry__time__lt=end)
    rows = rows.filter(kind=kind) if kind else rows
    latest = rows.values("kind", "record").annotate(last=Max("entry_id")).values("last")
    found = models.Fact.objects.filter(entry_id__in=latest).order_by("kind", "record")
    return tuple(_record(row) for row in found.select_related("entry").prefetch_related("entry__bodies"))


def _record(row: models.Fact) -> Record:
    sealed = _bodies(row.entry)[row.BODY]
    if sealed is None:
        raise BadInput(
            f"{row.kind} {row.record} as it stood then has been erased", todo="What was in force then cannot be told."
        )
    return _recorded(row.kind, row.record, sealed.body)


@lru_cache(maxsize=RECORDS_KEPT)
def _recorded(kind: str, id: str, body: bytes) -> Record:
    """The noun in a body that was found to be what its entry commits to."""
    noun: Record = from_plain(KINDS[kind], json.loads(body)["record"], where=f"{kind} {id}")
    return noun


def _version(row: models.Fact) -> kept.FactVersion:
    plain, operator = _plain(row), _plain(row, "operator")
    return kept.FactVersion(
        kind=row.kind,
        id=row.record,
        version=row.version,
        recorded_at=row.entry.time,
        operator="" if operator is None else operator["operator"],
        record=None if plain is None else plain["record"],
        index=row.entry_id,
    )


def _corrected(row: models.Entry) -> kept.Corrected:
    sealed = _bodies(row)[kept.CORRECTION]
    where = f"entry {row.index}"
    said = None if sealed is None else from_plain(kept.Correction, json.loads(sealed.body), where=where)
    corrects = int(parse_entry(bytes(row.data)).ids["entry"])
    return kept.Corrected(row.index, row.time.astimezone(LONDON).date(), corrects, said)


def _release(row: models.Release) -> kept.ReleaseKept:
    end = models.ReleaseEnd.objects.filter(release=row.id).first()
    return kept.ReleaseKept(
        release=_noun(kept.Release, row),
        state=kept.ReleaseState.ENTERED if end is None else kept.ReleaseState(end.state),
        entered_at=row.entry.time,
        index=row.entry_id,
        ended=None if end is None else end.entry_id,
    )


def _refused(records: Sequence[Record], *, day: dt.date) -> tuple[FormerApplication, ...]:
    """The applications to which one of these records says no, each as it was asked whenever it was decided by then.

    One that was erased is passed over: nothing tells any more what was asked."""
    noes = (Advice.OPPOSES, Say.DECLINES)
    said = (each for each in records if isinstance(each, Recommendation | Authority) and each.says in noes)
    named = {each.application for each in said if each.application}
    if not named:
        return ()
    rows = models.DecisionRecord.objects.filter(application__in=named, entry__time__lt=_end_of(day))
    asked = (_plain(row, "application") for row in _in_order(rows))
    parts = [each.name for each in fields(FormerApplication)]
    found = [
        from_plain(FormerApplication, {part: each[part] for part in parts}, where=f"application {each['id']}")
        for each in asked
        if each is not None
    ]
    return tuple(dict.fromkeys(found))


def _former(row: models.Release, *, replaced: bool) -> FormerRelease:
    noun = _noun(kept.Release, row)
    return FormerRelease(
        id=noun.id,
        application=noun.application,
        agreement=noun.agreement,
        on=row.entry.time.astimezone(LONDON).date(),
        recoding=noun.recoding,
        replaced=replaced,
    )


def _decision(row: models.DecisionRecord) -> kept.DecisionKept:
    plain = _plain(row)
    return kept.DecisionKept(
        id=f"{row.application}.{row.version}",
        application_id=row.application,
        verdict=row.verdict,
        decided_at=row.entry.time,
        index=row.entry_id,
        application=_plain(row, "application"),
        decision=None if plain is None else plain["decision"],
    )
