"""Two processes at once, and processes killed in the middle: one tree, whole acts, nothing acknowledged and lost."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import traceback
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from openhaven.log import Checkpoint, sign_checkpoint, verifier_key, verify_proof
from openhaven.log.rotation import Rotation, announce
from openhaven.model.errors import HavenError, NotVerified
from openhaven.records import reads, writes
from openhaven.records.act import instant
from openhaven.records.fsck import check_records

from . import given
from .conftest import PRIVATE


def in_a_process(work):
    """Run `work` in a process of its own. Returns its id and the pipe on which it says what was acknowledged."""
    connection.close()
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, open(reading)
    try:
        work(lambda line: os.write(writing, f"{line}\n".encode()))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finished(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_two_processes_that_write_at_once_both_succeed_and_the_tree_is_one(haven):
    def writer(name):
        def work(say):
            for number in range(20):
                act = haven.act(f"Writer {name}")
                position = writes.record_delivery(delivery=given.delivery(f"{name}-{number}"), act=act)
                verify_proof(position.entry, position.proof, haven.trusted)
                say(position.index)

        return work

    children = [in_a_process(writer(name)) for name in ("a", "b")]
    acknowledged = [[int(line) for line in pipe] for _, pipe in children]
    assert [finished(child) for child, _ in children] == [0, 0]
    assert sorted(acknowledged[0] + acknowledged[1]) == list(range(40))
    assert all(indexes == sorted(indexes) for indexes in acknowledged)
    assert check_records(trusted=haven.trusted).entries == 40
    assert len(reads.live_deliveries("hes")) == 40


def test_of_two_processes_that_replace_one_delivery_only_one_succeeds(haven):
    writes.record_delivery(delivery=given.delivery("d1"), act=haven.act())

    def replace(say, id):
        try:
            writes.record_delivery(delivery=given.delivery(id, replaces="d1"), act=haven.act())
            say(id)
        except HavenError:
            pass

    children = [in_a_process(lambda say, id=id: replace(say, id)) for id in ("d2", "d3")]
    acknowledged = [line.strip() for _, pipe in children for line in pipe]
    assert [finished(child) for child, _ in children] == [0, 0]
    assert [each.id for each in reads.live_deliveries("hes")] == acknowledged
    assert len(acknowledged) == 1


def test_while_others_write_a_rotation_comes_between_two_acts_and_the_old_key_signs_none_after(haven):
    """Whoever holds the old key is told so at the next act; what they had been told is in the log."""
    next_key = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    (old,), new = haven.trusted, verifier_key(haven.trusted[0].name, next_key)

    def sign_next(checkpoint):
        return sign_checkpoint(checkpoint, key=verifier_key(checkpoint.origin, next_key), signer=next_key)

    first = haven.act()  # all at one time: the made clock of a process that writes more would run ahead of the other's

    def writer(name):
        def work(say):
            for number in range(10_000):
                try:
                    act = replace(haven.act(f"Writer {name}"), now=first.now)
                    say(writes.record_delivery(delivery=given.delivery(f"{name}-{number}"), act=act).index)
                except HavenError as refused:
                    assert "not the one that signed" in str(refused)
                    return

        return work

    children = [in_a_process(writer(name)) for name in ("a", "b")]
    told = [int(pipe.readline()) for _, pipe in children]
    act = haven.act(sign=sign_next)
    act = replace(act, now=act.now + dt.timedelta(hours=8))
    announcement = announce(Rotation(old, new, instant(act.now)), old=PRIVATE, new=next_key)
    rotated = writes.record_key_rotated(announcement=announcement, key="log", because="a test", act=act)
    told += [int(line) for _, pipe in children for line in pipe]

    assert [finished(child) for child, _ in children] == [0, 0]
    assert sorted(told) == list(range(rotated.index)), "all that was acknowledged stands before the rotation"
    assert check_records(trusted=[new]).entries == rotated.index + 1
    with pytest.raises(NotVerified):
        check_records(trusted=[old])


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("moment", ["before the first row", "between the entry and the head", "before the commit"])
def test_killed_inside_a_write_neither_record_nor_entry_is_there(haven, moment, monkeypatch):
    writes.record_delivery(delivery=given.delivery("d1"), act=haven.act())
    before = check_records(trusted=haven.trusted)

    def killed(say):
        act = haven.act()
        if moment == "before the first row":
            act = haven.act(salts=die)
        elif moment == "between the entry and the head":
            act = haven.act(sign=die)
        else:
            monkeypatch.setattr(writes.models.Delivery.objects, "create", die)
        writes.record_delivery(delivery=given.delivery("d2"), act=act)
        say("acknowledged")

    child, pipe = in_a_process(killed)
    assert (pipe.read(), finished(child)) == ("", -signal.SIGKILL)
    assert check_records(trusted=haven.trusted) == before
    assert [each.id for each in reads.live_deliveries("hes")] == ["d1"]
    after = writes.record_delivery(delivery=given.delivery("d2"), act=haven.act())
    assert after.index == 1  # no gap


def test_killed_at_any_moment_all_that_was_acknowledged_is_there_and_nothing_is_half_made(haven):
    moments = random.Random(20260302)
    acknowledged = []

    def endless(say, turn):
        for number in range(10_000):
            id = f"d{turn}-{number}"
            say(f"begun {id}")
            writes.record_delivery(delivery=given.delivery(id), act=haven.act())
            say(f"done {id}")

    for turn in range(12):
        child, pipe = in_a_process(lambda say, turn=turn: endless(say, turn))
        for _ in range(moments.randrange(1, 12)):
            line = pipe.readline()
        for _ in range(moments.randrange(4000)):  # somewhere inside the next act
            pass
        os.kill(child, signal.SIGKILL)
        rest = [line, *pipe]
        assert finished(child) == -signal.SIGKILL
        acknowledged += [each.split()[1] for each in rest if each.startswith("done")]
        held = check_records(trusted=haven.trusted)
        found = {each.id for each in reads.live_deliveries("hes")}
        assert len(found) == held.entries
        assert set(acknowledged) <= found


def test_a_signer_that_fails_leaves_everything_as_it_was(haven):
    def broken(checkpoint: Checkpoint) -> str:
        raise HavenError("the token was pulled out")

    with pytest.raises(HavenError, match="pulled out"):
        writes.record_delivery(delivery=given.delivery("d1"), act=haven.act(sign=broken))
    assert check_records(trusted=haven.trusted).entries == 0


def test_a_full_disk_stops_a_write_with_a_plain_message_and_keeps_nothing(sqlite_haven):
    writes.record_delivery(delivery=given.delivery("d1"), act=sqlite_haven.act())
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count={pages}")
    bulky = {"what": "x" * 200_000}
    with pytest.raises(HavenError, match=r"could not be written.*full"):
        writes.record_identifiers_destroyed(release="r1", destroyed=bulky, act=sqlite_haven.act())
    connection.close()
    assert check_records(trusted=sqlite_haven.trusted).entries == 1
    writes.record_identifiers_destroyed(release="r1", destroyed=bulky, act=sqlite_haven.act())
