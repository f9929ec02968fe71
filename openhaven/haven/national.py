"""The national check: the question written with its control file, and the reply taken in where it answers it.

Nothing in a list of numbers says to which question it is the reply, so each question states a local id of its own,
and a reply has to come with it: in its control file, in its name, or by the operator's word.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.haven.lists import NATIONAL, kept_list, numbers_held
from openhaven.haven.looking import look_up
from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.model.errors import BadInput
from openhaven.optouts.lists import Answer, Sense
from openhaven.optouts.mesh import (
    control_names,
    control_text,
    named_question,
    question_name,
    question_text,
    read_reply,
)
from openhaven.optouts.numbers import Numbers
from openhaven.records import kept, reads, writes
from openhaven.records.act import instant

ASKED, CONTROL = "national-asked", ".ctl"


def ask(haven: Haven, out: Path) -> kept.OptOutQuestion:
    """Write the question of the national check, every checkable NHS number held, and its control file beside it.

    Into a folder it goes under the name that the service advises. A question asked before is open no more. Raises
    BadInput where no number is held, or a file is there."""
    look_up(haven, kept.Looked.NUMBERS_HELD, of=NATIONAL, why="to ask the national check")
    numbers = _held_numbers(haven)
    if not len(numbers):
        raise BadInput("no NHS numbers are held, so there is nothing to ask", where=str(haven.folder))
    serial = len(reads.optout_questions(NATIONAL)) + 1
    file = _question_file(haven, out, serial=serial)
    id = f"NDO-{serial:04d}"
    local_id = f"{id}-{secrets.token_hex(6)}"
    question = kept.OptOutQuestion(
        id, NATIONAL, instant(haven.clock()), len(numbers), numbers.digest, local_id, file.name
    )
    control = control_text(mailbox=haven.settings.optouts.mailbox, local_id=local_id)
    files = {file.with_suffix(CONTROL): control, file: question_text(numbers)}
    parts = {path.with_name(f".{path.name}.part"): path for path in files}
    try:
        for part, path in parts.items():
            _write_private(part, files[path])
        with kept_list(haven, ASKED, numbers):
            writes.record_optout_question(question=question, act=haven.act())
        for part, path in parts.items():
            part.rename(path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return question


def _question_file(haven: Haven, out: Path, *, serial: int) -> Path:
    if out.is_dir():
        if not (mailbox := haven.settings.optouts.mailbox):
            raise BadInput(
                "is a folder", where=str(out), todo="Name a file, or set optouts.mailbox, after which it can be named."
            )
        out = out / question_name(mailbox=mailbox, on=haven.today(), serial=serial)
    if out.suffix == CONTROL:
        raise BadInput("is the ending of a control file", where=str(out), todo="End the question's name with .dat")
    for each in (out, out.with_suffix(CONTROL)):
        if each.exists():
            raise BadInput("is there already", where=str(each), todo="Name a new file.")
    return out


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)


def load_answer(haven: Haven, reply: Path, *, answers: str = "") -> Answer:
    """Take in the reply to the open question. `answers` is the question's id by the operator's word, for a reply that
    does not say itself what it answers. Raises BadInput, with the list in use left as it was."""
    question = _open_question(answers)
    named_by = _named_by(reply, question, said=answers)
    returned = read_reply(read_text(reply), where=str(reply))
    asked = numbers_held(haven, ASKED, question.digest)
    most = haven.settings.optouts.largest_share_removed
    answer = Answer(question.id, asked, returned, dt.datetime.fromisoformat(question.asked), most)
    former = reads.optout_answers(NATIONAL)
    if named_by is kept.NamedBy.OPERATOR:
        _check_not_seen(returned, former, where=str(reply))
    record = kept.OptOutAnswer(
        f"{question.id}.{len(former) + 1}",
        NATIONAL,
        Sense.MAY_FLOW,
        question.asked,
        instant(haven.clock()),
        len(returned),
        returned.digest,
        question.id,
        named_by=named_by,
    )
    with kept_list(haven, NATIONAL, returned):
        writes.record_optout_answer(answer=record, act=haven.act())
    return answer


def _open_question(answers: str) -> kept.OptOutQuestion:
    """The one that a reply can answer: the latest, until it is answered."""
    questions = reads.optout_questions(NATIONAL)
    if not questions:
        raise BadInput("nothing was asked, so there is nothing to answer", todo="Run: haven optouts ask")
    latest = questions[-1]
    if answers and answers != latest.id:
        raise BadInput(f"question {answers} is not open; the latest is {latest.id}, asked {latest.asked}")
    if any(each.question == latest.id for each in reads.optout_answers(NATIONAL)):
        raise BadInput(
            f"question {latest.id}, asked {latest.asked}, was answered already, and none is open",
            todo="Ask again: haven optouts ask",
        )
    return latest


def _named_by(reply: Path, question: kept.OptOutQuestion, *, said: str) -> kept.NamedBy:
    """What shows that the reply answers this question. Raises BadInput where nothing does, or it says another."""
    control = reply.with_suffix(CONTROL)
    names = control_names(read_text(control), where=str(control)) if control != reply and control.exists() else ()
    questions = {each.local_id: each for each in reads.optout_questions(NATIONAL)}
    local_id = named_question(tuple(questions), control=names, file_name=reply.name)
    if local_id is not None and local_id != question.local_id:
        other = questions[local_id]
        raise BadInput(
            f"it answers question {other.id}, asked {other.asked}; {question.id} was asked after it",
            where=str(reply),
            todo="Wait for the reply to the latest question, or ask again.",
        )
    if local_id is not None:
        return kept.NamedBy.CONTROL_FILE if local_id in names else kept.NamedBy.FILE_NAME
    if said:
        return kept.NamedBy.OPERATOR
    raise BadInput(
        f"nothing says that this is the reply to question {question.id}",
        where=str(reply),
        todo=f"Put the control file that came with it beside it, as {control.name}. Where none came and you know it "
        f"for the reply, say so: --question {question.id}",
    )


def _check_not_seen(returned: Numbers, former: Sequence[kept.OptOutAnswer], *, where: str) -> None:
    """A reply loaded before is not taken again on a bare word: it is likelier the old file than the same answer."""
    if same := [each for each in former if each.digest == returned.digest]:
        raise BadInput(
            f"the very same numbers were loaded before, as the reply to {same[-1].question}",
            where=where,
            todo="If it is a new reply, load it with the control file that came with it.",
        )


def _held_numbers(haven: Haven) -> Numbers:
    found = [np.empty(0, dtype=np.int64)]
    for dataset in sorted({each.dataset for each in reads.deliveries()}):
        for each in reads.live_deliveries(dataset):
            people = haven.vault.delivery(dataset, each.id) / "people.parquet"
            column = pc.drop_null(pq.read_table(people, columns=["nhs_number"])["nhs_number"])
            found.append(column.cast(pa.int64()).to_numpy())
    return Numbers.from_array(np.concatenate(found))
