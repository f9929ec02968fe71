"""The proof of one look-up: from the private log's entry to the head that the public log committed to."""

from __future__ import annotations

import json

from openhaven.log import EntryType
from openhaven.log.look_up_proof import HEAD, LOOK_UP, LookUpProof
from openhaven.log.tree import inclusion_proof
from openhaven.model.errors import BadInput
from openhaven.records import models, reads
from openhaven.records.logstore import PRIVATE
from openhaven.records.tiles import node_reader


def look_up_proof(index: int) -> str:
    """The file for the look-up at this place of the private log, or for the entry that only fills it. Raises BadInput
    where there is none, where it was erased, or where no head was entered since."""
    where = f"entry {index} of the private log"
    row = models.PrivateEntry.objects.filter(index=index).first()
    if row is None or row.type != str(EntryType.LOOKED_UP):
        raise BadInput("this is no look-up", where=where, todo="haven log looked numbers them.")
    look_up = reads.private_bodies(row)[LOOK_UP]
    if look_up is None:
        raise BadInput("there is nothing to prove: it was erased", where=where)
    place, size = _head_over(index, where=where)
    head = reads.bodies(place)[HEAD]
    if head is None:
        raise BadInput("the head that holds it was erased from the public log", where=f"entry {place}")
    return str(
        LookUpProof(
            look_up=look_up.body.decode(),
            salt=look_up.salt,
            entry=bytes(row.data).decode(),
            index=index,
            path=tuple(inclusion_proof(index, size, node_reader(of=PRIVATE))),
            head=head.body.decode(),
            head_salt=head.salt,
            public_entry=dict(reads.entries(place, place + 1))[place].decode(),
            log_proof=reads.proof(place),
        )
    )


def _head_over(index: int, *, where: str) -> tuple[int, int]:
    """The first entry of the public log whose head of the private one holds this entry, and the size that it states."""
    heads = models.Entry.objects.filter(type=str(EntryType.PRIVATE_HEAD)).order_by("index")
    for place in heads.values_list("index", flat=True):
        sealed = reads.bodies(place)[HEAD]
        if sealed is not None and (size := int(json.loads(sealed.body)["size"])) > index:
            return place, size
    raise BadInput(
        "the public log holds no head of the private one since this look-up",
        where=where,
        todo="Ask again after the next time of log.private_at (haven log private-head enters it).",
    )
