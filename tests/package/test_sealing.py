"""Data is sealed in bounded memory; only the right key opens it, whole or not at all."""

import hashlib
import io

import package_story as story
import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.package import sealing

IDENTITY = sealing.new_identity()
SEALED = sealing.seal_bytes(b"some data" * 9000, to=sealing.recipient_of(IDENTITY))


class Zeros(io.RawIOBase):
    """Many zero bytes, and the largest piece that was ever asked for."""

    def __init__(self, size):
        self.left, self.largest = size, 0

    def read(self, size=-1):
        assert size > 0, "asked for everything at once"
        self.largest = max(self.largest, size)
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)


class Sink(io.RawIOBase):
    def __init__(self):
        self.largest, self.size = 0, 0

    def write(self, chunk):
        self.largest, self.size = max(self.largest, len(chunk)), self.size + len(chunk)
        return len(chunk)


def test_a_large_file_is_sealed_piece_by_piece():
    source, sink = Zeros(8 << 20), Sink()
    plain, sealed = sealing.seal_stream(source, sink, to=sealing.recipient_of(IDENTITY))
    assert plain.bytes == 8 << 20 and sealed.bytes == sink.size
    assert source.largest <= 1 << 20 and sink.largest <= 1 << 20


@given(st.binary(max_size=200_000))
def test_what_was_sealed_opens_as_it_was_and_both_digests_are_true(data):
    source, target, back = io.BytesIO(data), io.BytesIO(), io.BytesIO()
    plain, sealed = sealing.seal_stream(source, target, to=sealing.recipient_of(IDENTITY))
    assert plain == sealing.Digest(len(data), hashlib.sha256(data).hexdigest())
    assert sealed == sealing.Digest(len(target.getvalue()), hashlib.sha256(target.getvalue()).hexdigest())
    opened = sealing.unseal_stream(io.BytesIO(target.getvalue()), back, identity=IDENTITY, where="x")
    assert (opened, back.getvalue()) == (plain, data)


def test_any_age_program_opens_it():
    identity = pyrage.x25519.Identity.from_str(IDENTITY)
    assert pyrage.decrypt(SEALED, [identity]) == b"some data" * 9000


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_an_altered_byte_is_seen(place, flip):
    altered = SEALED[:place] + bytes([SEALED[place] ^ flip]) + SEALED[place + 1 :]
    with pytest.raises(NotVerified, match="x: cannot be decrypted"):
        sealing.unseal_bytes(altered, identity=IDENTITY, where="x")


@given(st.integers(0, len(SEALED) - 1))
def test_a_cut_is_seen(length):
    with pytest.raises(NotVerified):
        sealing.unseal_bytes(SEALED[:length], identity=IDENTITY, where="x")


def test_a_full_disk_is_told_from_a_wrong_file():
    class Full(io.RawIOBase):
        def write(self, chunk):
            raise OSError(28, "No space left on device")

    with pytest.raises(HavenError, match="No space left") as error:
        sealing.unseal_stream(io.BytesIO(SEALED), Full(), identity=IDENTITY, where="out")
    assert error.value.status == 1


class Breaks(io.BytesIO):
    """Takes `good` pieces, then fails as told."""

    def __init__(self, good, problem):
        super().__init__()
        self.good, self.problem = good, problem

    def write(self, chunk):
        self.good -= 1
        if self.good < 0:
            raise self.problem
        return super().write(chunk)


@pytest.mark.parametrize(
    "problem", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "broken"]
)
@pytest.mark.parametrize("good", range(4))
@pytest.mark.parametrize("size", [4, 150_000])
def test_a_failed_write_is_never_lost_on_the_way_not_even_that_of_the_last_piece(problem, good, size):
    to, data = sealing.recipient_of(IDENTITY), bytes(size)
    sink = Breaks(good, problem)
    try:
        sealing.seal_stream(io.BytesIO(data), sink, to=to)
    except type(problem):
        return
    assert sealing.unseal_bytes(sink.getvalue(), identity=IDENTITY, where="x") == data


@pytest.mark.parametrize("good", range(3))
def test_a_break_while_opening_stays_a_break(good):
    with pytest.raises(KeyboardInterrupt):
        sealing.unseal_stream(
            io.BytesIO(sealing.seal_bytes(bytes(300_000), to=sealing.recipient_of(IDENTITY))),
            Breaks(good, KeyboardInterrupt()),
            identity=IDENTITY,
            where="x",
        )


def test_a_secret_key_is_never_taken_for_a_recipient():
    with pytest.raises(BadInput, match="secret key") as error:
        sealing.check_recipient(IDENTITY, where="the record")
    assert IDENTITY not in str(error.value)


@pytest.mark.parametrize("key", ["", "age1x", "ssh-ed25519 AAAA", story.RECIPIENT_KEY[:-1]], ids=range(4))
def test_what_is_no_public_key_is_refused(key):
    with pytest.raises(BadInput, match="age public key"):
        sealing.check_recipient(key, where="the record")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "hello\n", story.RECIPIENT_KEY, "\u00e9"], ids=range(5))
def test_a_file_without_an_identity_is_refused(tmp_path, text):
    file = tmp_path / "key.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"key\.txt"):
        sealing.unseal_key(b"", key_file=file, where="key.age")
