"""The question and the reply of the national check as files."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.errors import BadInput
from openhaven.optouts.mesh import (
    control_names,
    control_text,
    named_question,
    question_name,
    question_text,
    read_reply,
)
from openhaven.optouts.numbers import Numbers

A, B = "9990000018", "9990000026"


def test_a_question_has_one_number_a_line_followed_by_a_comma_and_a_line_feed():
    assert question_text(Numbers.of([B, A])) == "9990000018,\n9990000026,\n"


def test_a_question_is_named_by_mailbox_day_and_serial():
    assert question_name(mailbox="X26OT001", on=dt.date(2026, 11, 3), serial=7) == "X26OT001-031126-0007.dat"


@pytest.mark.parametrize(("mailbox", "serial"), [("X26:01", 1), ("../x", 1), ("X26", 10000), ("X26", -1)])
def test_a_name_the_service_would_refuse_is_refused_here(mailbox, serial):
    with pytest.raises(BadInput):
        question_name(mailbox=mailbox, on=dt.date(2026, 11, 3), serial=serial)


@given(st.sets(st.integers(0, 10**10 - 1)))
def test_a_reply_in_the_form_of_the_question_reads_back(asked):
    numbers = Numbers.of(f"{number:010d}" for number in asked)
    assert read_reply(question_text(numbers), where="reply.dat") == numbers


def test_a_reply_without_commas_or_with_windows_line_ends_reads_too():
    assert set(read_reply(f"{A}\r\n{B},\r\n", where="reply.dat")) == {A, B}


def test_a_reply_that_lets_nobody_flow_is_an_empty_set():
    assert len(read_reply("", where="reply.dat")) == 0


def test_the_one_line_error_file_is_recognised():
    with pytest.raises(BadInput, match=r"reply.dat: the service refused the question: Invalid format \(a number\)"):
        read_reply("Invalid format 99900000180000\n", where="reply.dat")
    with pytest.raises(BadInput, match=r"refused the question: \(a number\)\."):
        read_reply("999 000 0018\n", where="reply.dat")


@pytest.mark.parametrize("damaged", [f"{A},\n999000,\n", f"{A},\n{B}", f"{A},\n\n{B},\n", f"{A},{B},\n{A},\n"])
def test_a_damaged_reply_is_refused_naming_the_line(damaged):
    if damaged == f"{A},\n{B}":  # a last line may lack its line feed, and then reads whole
        assert set(read_reply(damaged, where="r")) == {A, B}
    else:
        with pytest.raises(BadInput, match=r"line [12] is not a number"):
            read_reply(damaged, where="r")


@given(st.text("abcABC019-", min_size=1, max_size=40))
def test_a_control_file_gives_back_the_local_id_that_it_states(local_id):
    text = control_text(mailbox="X26OT001", local_id=local_id)
    assert control_names(text, where="q.ctl") == (local_id, local_id)
    assert "<To_DTS>X26HC036</To_DTS>" in text and "<WorkflowId>SPINE_NTT_UPHOLDING</WorkflowId>" in text


OURS = ("NDO-0001-aa", "NDO-0002-bb")


@pytest.mark.parametrize(
    ("control", "name", "found"),
    [
        (["NDO-0002-bb", "anything"], "x.dat", "NDO-0002-bb"),
        (["NDO-0001-aa"], "NDO-0002-bb.dat", "NDO-0001-aa"),
        ([], "NDO-0001-aa.dat", "NDO-0001-aa"),
        ([], "reply.dat", None),
    ],
    ids=["control file", "the control file before the name", "the name", "nothing"],
)
def test_a_reply_says_which_question_it_answers(control, name, found):
    assert named_question(OURS, control=control, file_name=name) == found


def test_a_reply_whose_control_file_names_only_strangers_is_refused_whatever_it_is_called():
    with pytest.raises(BadInput, match="names no question of this haven"):
        named_question((*OURS, ""), control=["NDO-0009-zz"], file_name="NDO-0002-bb.dat")
