"""Cosignatures as c2sp.org/tlog-cosignature has them, and a policy that counts only witnesses who may count."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from openhaven.log.cosignature import (
    Cosigned,
    WitnessPolicy,
    check_witnessed,
    cosign,
    cosignatures,
    cosigner_key,
    with_cosignatures,
)
from openhaven.log.note import parse_verifier_key, verifier_key
from openhaven.model.errors import BadInput, NotVerified

ORIGIN = "haven.example/log"
LOG_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = verifier_key(ORIGIN, LOG_PRIVATE)
PRIVATES = [Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in (1, 2, 3)]
WITNESSES = tuple(cosigner_key(f"w{place}.example", private) for place, private in enumerate(PRIVATES))
TWO_OF_THREE = WitnessPolicy(WITNESSES, 2)
CHECKPOINT = Checkpoint(ORIGIN, 9, bytes(32))
SIGNED = sign_checkpoint(CHECKPOINT, key=LOG, signer=LOG_PRIVATE)


def line(place, *, time=1_700_000_000, checkpoint=CHECKPOINT):
    return cosign(checkpoint, key=WITNESSES[place], signer=PRIVATES[place], time=time)


def cosigned_by(*places, **more):
    return with_cosignatures(SIGNED, [line(place, **more) for place in places])


def test_the_line_is_key_id_time_and_a_signature_of_two_lines_and_the_text():
    name, encoded = line(0).removeprefix("— ").split()
    value = base64.b64decode(encoded)
    assert name == "w0.example"
    assert value[:4] == hashlib.sha256(b"w0.example\n\x04" + WITNESSES[0].public).digest()[:4]
    assert value[4:12] == (1_700_000_000).to_bytes(8, "big")
    PRIVATES[0].public_key().verify(value[12:], f"cosignature/v1\ntime 1700000000\n{CHECKPOINT}".encode())


def test_a_witness_key_is_read_back_as_it_is_written():
    assert parse_verifier_key(str(WITNESSES[0])) == WITNESSES[0]


def test_the_cosigners_of_a_note_are_named_with_their_times():
    assert cosignatures(cosigned_by(0, 2), witnesses=WITNESSES) == (
        Cosigned(WITNESSES[0], 1_700_000_000),
        Cosigned(WITNESSES[2], 1_700_000_000),
    )
    assert cosignatures(SIGNED, witnesses=WITNESSES) == ()


def test_a_later_cosignature_takes_the_place_of_an_earlier_one():
    note = with_cosignatures(cosigned_by(0), [line(0, time=1_800_000_000)])
    assert cosignatures(note, witnesses=WITNESSES) == (Cosigned(WITNESSES[0], 1_800_000_000),)


@given(place=st.integers(0, 71), bit=st.integers(0, 7))
def test_no_changed_bit_of_a_cosignature_is_accepted(place, bit):
    name, encoded = line(0).removeprefix("— ").split()
    value = bytearray(base64.b64decode(encoded))
    value[4 + place] ^= 1 << bit
    note = f"{SIGNED}— {name} {base64.b64encode(value).decode()}\n"
    with pytest.raises(NotVerified, match="does not fit"):
        cosignatures(note, witnesses=WITNESSES)


def test_a_cosignature_of_another_checkpoint_is_not_accepted():
    note = with_cosignatures(SIGNED, [line(0, checkpoint=Checkpoint(ORIGIN, 10, bytes(32)))])
    with pytest.raises(NotVerified, match="does not fit"):
        cosignatures(note, witnesses=WITNESSES)


def test_an_ordinary_signature_under_a_witness_name_is_no_cosignature():
    plain = verifier_key("w0.example", PRIVATES[0])
    note = with_cosignatures(SIGNED, [sign_checkpoint(CHECKPOINT, key=LOG, signer=LOG_PRIVATE).split("\n\n")[1]])
    assert plain.key_id != WITNESSES[0].key_id
    assert cosignatures(note, witnesses=WITNESSES) == ()


def test_a_cosignature_by_the_logs_own_key_does_not_speak_for_the_log():
    cosigner = cosigner_key(ORIGIN, LOG_PRIVATE)
    note = str(CHECKPOINT) + "\n" + cosign(CHECKPOINT, key=cosigner, signer=LOG_PRIVATE, time=1)
    with pytest.raises(NotVerified, match="not by the log itself"):
        verify_checkpoint(note, [cosigner])


def test_two_of_three_are_enough_and_one_is_not():
    assert len(check_witnessed(cosigned_by(0, 2), TWO_OF_THREE, log=LOG)) == 2
    with pytest.raises(NotVerified, match=r"2 of 3 witnesses must have cosigned .* and w1\.example did"):
        check_witnessed(cosigned_by(1), TWO_OF_THREE, log=LOG)
    with pytest.raises(NotVerified, match="and none did"):
        check_witnessed(SIGNED, TWO_OF_THREE, log=LOG)


def test_no_policy_needs_no_witness_and_says_so():
    assert check_witnessed(SIGNED, WitnessPolicy(), log=LOG) == ()
    assert str(WitnessPolicy()) == "not witnessed"


def test_a_witness_run_with_the_logs_own_key_never_counts():
    own = cosigner_key("independent.example", LOG_PRIVATE)
    policy = WitnessPolicy((own,), 1)
    note = with_cosignatures(SIGNED, [cosign(CHECKPOINT, key=own, signer=LOG_PRIVATE, time=1)])
    with pytest.raises(NotVerified, match="and none did"):
        check_witnessed(note, policy, log=LOG)


def test_witnesses_do_not_replace_the_log():
    note = str(CHECKPOINT) + "\n" + line(0) + line(1)
    with pytest.raises(NotVerified, match="unknown key"):
        check_witnessed(note, TWO_OF_THREE, log=LOG)


def test_a_cosignature_of_tomorrow_does_not_count_today():
    with pytest.raises(NotVerified, match="and none did"):
        check_witnessed(cosigned_by(0, 1), TWO_OF_THREE, log=LOG, now=1_699_999_999)


@pytest.mark.parametrize(
    ("witnesses", "needed", "says"),
    [
        ((LOG,), 1, "type 0x04"),
        ((WITNESSES[0], cosigner_key("again.example", PRIVATES[0])), 1, "share one key"),
        (WITNESSES, 4, "4 of 3 witnesses"),
        (WITNESSES, -1, "cannot be asked for"),
    ],
)
def test_a_policy_that_cannot_mean_what_it_says_is_refused(witnesses, needed, says):
    with pytest.raises(BadInput, match=says):
        WitnessPolicy(tuple(witnesses), needed)


def test_a_cosigner_needs_its_own_key_and_a_time():
    with pytest.raises(BadInput, match="not the one"):
        cosign(CHECKPOINT, key=WITNESSES[0], signer=PRIVATES[1], time=1)
    with pytest.raises(BadInput, match="since 1970"):
        cosign(CHECKPOINT, key=WITNESSES[0], signer=PRIVATES[0], time=-1)
    with pytest.raises(BadInput, match="0x04"):
        cosign(CHECKPOINT, key=LOG, signer=LOG_PRIVATE, time=1)
