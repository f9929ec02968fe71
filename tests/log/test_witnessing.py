"""What a witness cosigns and what it declines, with the status that c2sp.org/tlog-witness gives each case."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint
from openhaven.log.note import verifier_key
from openhaven.log.tree import consistency_proof, root
from openhaven.log.witnessing import Declined, Request, consider, parse_request
from openhaven.model.errors import BadInput

ORIGIN = "haven.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = verifier_key(ORIGIN, PRIVATE)
LOGS = {ORIGIN: (KEY,)}
ENTRIES = [bytes([each]) for each in range(40)]


@pytest.fixture(scope="module")
def log(nodes_of):
    return nodes_of(ENTRIES)


@pytest.fixture(scope="module")
def forged(nodes_of):
    return nodes_of([b"another", *ENTRIES[1:]])


def head(log, size):
    return Checkpoint(ORIGIN, size, root(size, log))


def asking(log, old, new):
    note = sign_checkpoint(head(log, new), key=KEY, signer=PRIVATE)
    return Request(old, tuple(consistency_proof(old, new, log)), note)


def declined(request, last):
    with pytest.raises(Declined) as refused:
        consider(str(request), logs=LOGS, last=last)
    return refused.value


@pytest.mark.parametrize(("old", "new"), [(0, 1), (1, 1), (1, 2), (7, 40), (8, 9), (32, 33), (40, 40)])
def test_what_extends_the_last_checkpoint_is_cosigned(log, old, new):
    last = {ORIGIN: head(log, old)} if old else {}
    assert consider(str(asking(log, old, new)), logs=LOGS, last=last) == head(log, new)


def test_a_request_is_read_as_it_is_written(log):
    request = asking(log, 7, 40)
    assert parse_request(str(request)) == request
    assert str(request).startswith("old 7\n")


def test_a_split_view_is_declined_whether_larger_or_as_large(log, forged):
    last = {ORIGIN: head(log, 20)}
    assert declined(asking(forged, 20, 30), last).status == 422
    same = declined(asking(forged, 20, 20), last)
    assert (same.status, same.size) == (409, 20)
    assert "two views" in same.says


def test_another_old_size_is_told_the_one_that_is_known(log):
    said = declined(asking(log, 10, 30), {ORIGIN: head(log, 20)})
    assert (said.status, said.size) == (409, 20)
    assert declined(asking(log, 10, 30), {}).size == 0


def test_a_smaller_tree_is_never_cosigned_after_a_larger_one(log):
    assert declined(asking(log, 10, 12), {ORIGIN: head(log, 20)}).status == 409
    backwards = Request(20, (), asking(log, 0, 10).note)
    assert declined(backwards, {ORIGIN: head(log, 20)}).status == 400


def test_an_unknown_log_is_not_found(log):
    request = str(asking(log, 0, 5)).replace(ORIGIN, "other.example/log")
    with pytest.raises(Declined) as refused:
        consider(request, logs=LOGS, last={})
    assert refused.value.status == 404


def test_a_checkpoint_that_the_log_did_not_sign_is_forbidden(log):
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    note = sign_checkpoint(head(log, 5), key=verifier_key(ORIGIN, other), signer=other)
    assert declined(Request(0, (), note), {}).status == 403


def test_a_proof_from_nothing_must_be_empty(log):
    assert declined(Request(0, (bytes(32),), asking(log, 0, 5).note), {}).status == 422


@pytest.mark.parametrize("cut", [0, 3, 8, 40, -2])
def test_a_request_cut_short_is_a_bad_request(log, cut):
    with pytest.raises(Declined) as refused:
        consider(str(asking(log, 7, 40))[:cut], logs=LOGS, last={ORIGIN: head(log, 7)})
    assert refused.value.status in (400, 403)


def test_more_hashes_than_any_log_needs_are_not_read():
    with pytest.raises(BadInput, match="at most 63"):
        parse_request("old 1\n" + "A" * 44 + "\n" + f"{'A' * 43}=\n" * 63 + "\nnote")


@given(st.text())
def test_no_text_makes_a_witness_fail_in_another_way(text):
    with suppress(Declined):
        consider(text, logs=LOGS, last={})
