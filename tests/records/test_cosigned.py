"""What witnesses cosigned is kept, and missed where somebody takes it away."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from openhaven.log import parse_checkpoint
from openhaven.log.cosignature import cosign, cosignatures, cosigner_key, with_cosignatures
from openhaven.log.note import parse_note
from openhaven.model.errors import NotVerified
from openhaven.records import models, reads, writes
from openhaven.records.fsck import check_records

from . import given as made

SIGNERS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3)]
KEYS = [cosigner_key(f"w{number}.example", signer) for number, signer in enumerate(SIGNERS)]
OPERATOR = "Olu Operator"


def asked_for(haven, needed, run_by=("a", "b", "c")):
    """Enter a policy, as every change of the settings is entered before anything is done under it."""
    witness = [{"url": "http://w", "key": str(key), "run_by": who} for key, who in zip(KEYS, run_by, strict=False)]
    now = {"haven.operator": OPERATOR, "log.witnesses": needed, "log.witness": witness}
    writes.record_settings(now=now, changes=(), act=haven.act())


def heard(*witnesses):
    """The latest checkpoint as these witnesses cosign it, kept."""
    note = reads.checkpoint()
    head = parse_checkpoint(parse_note(note).text)
    lines = [cosign(head, key=KEYS[number], signer=SIGNERS[number], time=1_770_000_000) for number in witnesses]
    writes.keep_cosigned(head.size, with_cosignatures(note, lines))


def entered(haven, id="r1"):
    writes.enter_release(release=made.release(id), certificate={}, act=haven.act())


def finished(haven, id="r1"):
    writes.finish_release(release=id, act=haven.act())


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def witnessed(haven):
    """Two releases, each handed over once two of three had cosigned."""
    asked_for(haven, 2)
    for id in ("r1", "r2"):
        entered(haven, id)
        heard(0, 2)
        finished(haven, id)
    return haven


TAKEN = {
    "all": "DELETE FROM records_cosigned",
    "the last": "DELETE FROM records_cosigned WHERE size = (SELECT max(size) FROM records_cosigned)",
}


@pytest.mark.parametrize("taken", TAKEN.values(), ids=TAKEN.keys())
def test_cosigned_checkpoints_that_are_gone_are_missed(witnessed, taken):
    assert check_records(trusted=witnessed.trusted).entries == 5
    sql(taken)
    with pytest.raises(NotVerified, match=r"entry \d: .* release r[12] was finished, for which 2 of 3") as said:
        check_records(trusted=witnessed.trusted, private=False)
    assert "haven log tiles" in said.value.todo
    heard(1)
    with pytest.raises(NotVerified):
        check_records(trusted=witnessed.trusted)
    heard(2)  # who cosigns the log as it is now cosigns all that it begins with
    assert check_records(trusted=witnessed.trusted).entries == 5


def test_a_cosignature_that_is_spoilt_where_it_is_kept_is_found(witnessed):
    size, note = models.Cosigned.objects.order_by("-size").values_list("size", "note")[0]
    line = next(each for each in parse_note(note).signatures if each.name == KEYS[2].name)
    value = bytes([*line.value[:-1], line.value[-1] ^ 1])
    spoilt = base64.b64encode(line.key_id + value).decode()
    sql("UPDATE records_cosigned SET note = %s WHERE size = %s", note.replace(str(line).split()[-1], spoilt), size)
    with pytest.raises(NotVerified, match="release r2 was finished, for which 2 of 3"):
        check_records(trusted=witnessed.trusted)


def test_what_the_settings_did_not_ask_for_is_not_missed(sqlite_haven):
    """The key was given under one of the settings between the entry and the end: which of them, nobody can say."""
    haven = sqlite_haven
    entered(haven, "r0")  # before there were settings
    finished(haven, "r0")
    asked_for(haven, 0)
    entered(haven, "r1")
    asked_for(haven, 1)
    finished(haven, "r1")
    entered(haven, "r2")
    heard(1)
    asked_for(haven, 3)
    finished(haven, "r2")
    entered(haven, "r3")
    writes.abandon_release(release="r3", reason="", act=haven.act())
    assert check_records(trusted=haven.trusted).entries == 11
    writes.erase_body(index=2, name="settings", reason="superseded", act=haven.act())
    assert check_records(trusted=haven.trusted).erased == 1
    sql("DELETE FROM records_cosigned")
    with pytest.raises(NotVerified, match="release r2"):
        check_records(trusted=haven.trusted)


def test_the_operators_own_witness_is_none_here_either(sqlite_haven):
    asked_for(sqlite_haven, 1, run_by=(OPERATOR.upper(), "b"))
    entered(sqlite_haven)
    heard(0)
    finished(sqlite_haven)
    with pytest.raises(NotVerified, match="1 of 1 witnesses"):
        check_records(trusted=sqlite_haven.trusted)


def test_who_cosigned_stays_when_another_cosigns_the_same(haven):
    entered(haven)
    heard(0)
    heard(1)
    (note,) = reads.cosigned()
    assert {each.witness for each in cosignatures(note, witnesses=KEYS)} == set(KEYS[:2])
    check_records(trusted=haven.trusted)
