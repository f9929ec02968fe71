"""What one verifier takes for a signature every other does, where libraries and browsers are known to differ."""

import base64

import pytest
from odd_signatures import CASES, OTHERWISE, SMALL, is_small, taken_for, written
from verifiers import NODE, REFUSED, verify_js, verify_py

from openhaven.log.note import VerifierKey
from openhaven.log.points import is_plain_point
from openhaven.model.errors import BadInput


def by_the_file(key, message, signature):
    try:
        return verify_py.signed(key, message, signature) is None
    except REFUSED:
        return False


def by_the_log_room(key, message, signature):
    try:
        return VerifierKey("w", key).holds(message, signature)
    except BadInput:
        return False


def test_there_are_such_to_accept_and_to_refuse():
    kinds = {(kinds, accepted) for kinds, *_, accepted in CASES}
    assert {kinds for kinds, accepted in kinds if accepted} == {
        ("plain", "plain"),
        ("mixed", "plain"),
        ("mixed", "mixed"),
    }
    assert len(kinds) > 30 and len(CASES) > 150


def test_a_key_that_signs_anything_is_none():
    """32 zero bytes, say: whoever named such a witness would be told that it had signed."""
    for point in SMALL:
        assert not is_plain_point(written(point))
        with pytest.raises(BadInput, match="anybody can sign"):
            VerifierKey("w.example", written(point))


def test_points_in_a_second_form_are_none():
    for data in OTHERWISE:
        assert not is_plain_point(data)
        with pytest.raises(ValueError, match="no point"):
            verify_py.point(data)


def test_no_other_point_is_taken_for_one_of_small_order():
    """Those of small order are told by a list; here it is worked out, of many points, what it has to say."""
    for height in (each.to_bytes(32, "little") for each in (*range(300), *range(verify_py.P - 300, verify_py.P))):
        point = taken_for(height)
        assert not point or is_plain_point(height) is not is_small(point)


def test_the_log_room_and_the_python_file_answer_alike():
    for kinds, key, message, signature, accepted in CASES:
        assert by_the_file(key, message, signature) is accepted, kinds
        assert by_the_log_room(key, message, signature) is accepted, kinds


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_so_does_the_page():
    answers = verify_js(
        [["signed", *({"bytes": base64.b64encode(each).decode()} for each in case[1:4])] for case in CASES]
    )
    for case, (said, why) in zip(CASES, answers, strict=True):
        assert (said is True) is case[4], (case, why)
