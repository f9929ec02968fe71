"""A stand-in for the national check: it answers a question file as the service would, from the made-up opt-outs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from openhaven.optouts.mesh import control_names, control_text, question_text, read_reply
from openhaven.optouts.numbers import Numbers


def answer_question(question: Path, reply: Path, *, opted_out: Iterable[str]) -> None:
    """Write back every number that was asked about and has not opted out, with the local id that was stated."""
    asked = read_reply(question.read_text(encoding="ascii"), where=str(question))
    may_flow = asked.without(Numbers.of(opted_out))
    reply.write_text(question_text(may_flow), encoding="ascii", newline="")
    local_id, *_ = control_names(question.with_suffix(".ctl").read_text(encoding="utf-8"), where=str(question))
    reply.with_suffix(".ctl").write_text(control_text(mailbox="X26HC036", local_id=local_id), encoding="utf-8")
