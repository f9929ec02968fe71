"""Two heads in one file show two histories, or say that they do not; whoever keeps the file need not be trusted."""

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from openhaven.log.checkpoint import Checkpoint, sign_checkpoint
from openhaven.log.note import verifier_key
from openhaven.log.views import TwoViews, by_the_log_alone, compare, parse_two_views
from openhaven.model.errors import BadInput, NotVerified

ORIGIN = "haven.example/log"
PRIVATE, LATER, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in (1, 2, 3))
KEY, NEXT = verifier_key(ORIGIN, PRIVATE), verifier_key(ORIGIN, LATER)


def head(size, root, *, private=PRIVATE, origin=ORIGIN):
    return sign_checkpoint(
        Checkpoint(origin, size, bytes([root]) * 32), key=verifier_key(origin, private), signer=private
    )


def test_two_roots_of_one_size_are_two_histories():
    found = compare(str(TwoViews(head(7, 1), head(7, 2))), [KEY])
    assert found.proven
    assert str(found).startswith("PROVEN: haven.example/log has two histories.")
    assert "01" * 32 in str(found) and "02" * 32 in str(found)


def test_heads_of_two_sizes_prove_nothing_by_themselves_and_what_to_ask_for_is_said():
    for sizes in ((7, 9), (9, 7)):
        found = compare(str(TwoViews(head(sizes[0], 1), head(sizes[1], 2))), [KEY])
        assert not found.proven
        assert "NOT PROVEN" in str(found) and "Ask the log for that proof" in str(found)


def test_a_head_of_a_retired_key_counts_where_that_key_is_given_too():
    views = str(TwoViews(head(7, 1), head(7, 2, private=LATER)))
    assert compare(views, [KEY, NEXT]).proven
    with pytest.raises(NotVerified, match="unknown key"):
        compare(views, [KEY])


def test_one_view_said_twice_speaks_against_nobody():
    with pytest.raises(NotVerified, match="this is one view"):
        compare(str(TwoViews(head(7, 1), head(7, 1))), [KEY])


@pytest.mark.parametrize("place", [0, 1])
def test_a_head_that_the_log_did_not_sign_speaks_against_nobody(place):
    pair = [head(7, 1), head(7, 2)]
    pair[place] = head(7, 3, private=OTHER)
    with pytest.raises(NotVerified):
        compare(str(TwoViews(*pair)), [KEY])


def test_heads_of_two_logs_are_no_two_views():
    other = head(7, 2, private=OTHER, origin="other.example/log")
    with pytest.raises(NotVerified, match="the other of other"):
        compare(str(TwoViews(head(7, 1), other)), [KEY, verifier_key("other.example/log", OTHER)])


def test_the_file_is_read_as_it_is_written():
    views = TwoViews(head(7, 1), head(9, 2))
    assert parse_two_views(str(views)) == views
    assert str(views).startswith("openhaven.log.two-views/1\n\nhaven.example/log\n7\n")


def test_only_the_logs_own_signatures_are_kept():
    added = head(7, 1) + "— witness.example " + "A" * 96 + "\n"
    assert by_the_log_alone(added) == head(7, 1)


def test_a_text_of_several_parts_is_no_checkpoint_here():
    with pytest.raises(BadInput, match="one empty line"):
        TwoViews(head(7, 1).replace("7\n", "7\n\n"), head(7, 2))


@given(st.text(max_size=60), st.integers(0, 500))
def test_whatever_is_changed_in_the_file_it_is_refused_or_says_the_same(text, at):
    whole = str(TwoViews(head(7, 1), head(7, 2)))
    with suppress(NotVerified):
        assert compare(whole[:at] + text + whole[at + len(text) :], [KEY]) == compare(whole, [KEY])
