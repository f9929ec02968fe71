"""What a person is told of the copy that they get, in words that an eleven-year-old can read."""

from __future__ import annotations

from collections.abc import Sequence

from openhaven.casework.exemptions import LeftOut
from openhaven.haven.my_uses_words import quoted
from openhaven.haven.own_records import OwnRecords
from openhaven.law.plainly import counted, listed


def left_out_words(left: LeftOut, held: Sequence[OwnRecords]) -> str:
    """What was left out by its kind, why, and under which law; never what it says."""
    dataset = next((each.dataset for each in held if each.dataset.id == left.dataset), None)
    title = quoted(dataset.title if dataset else left.dataset)
    if left.fields and dataset:
        what = listed([quoted(dataset.field(each).title or each) for each in left.fields])
    else:
        what = counted(len(left.records), "record") if left.records else "all of it"
    return f"From {title}: {what}. {left.known.told} The law for this: {quoted(left.known.provision)}."


def unsure_words(count: int) -> str:
    """What is said of records that may be somebody else's; empty where there are none."""
    if not count:
        return ""
    return (
        f"There may be more. {counted(count, 'set')} of records came with your number at one time, and with another or "
        "none at another. We do not know if they are yours. Ask us, and a person looks."
    )


def where_from_words(held: Sequence[OwnRecords]) -> str:
    """Who sent the records."""
    names = sorted({record.controller for each in held for record in each.records})
    return f"They came to us from {listed([quoted(each) for each in names])}." if names else ""
