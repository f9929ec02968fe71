"""What a change of the law or of the records would do here: every use on record that still stands, decided twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from openhaven.haven.deciding import gather
from openhaven.haven.describing import dataset_on_record
from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text
from openhaven.law.changes import Affected, Change, Use, affected, read_change
from openhaven.model.application import Application
from openhaven.model.facts import Facts
from openhaven.model.plain import from_plain
from openhaven.model.record.agreement import Agreement
from openhaven.records import reads


def study(haven: Haven, path: Path) -> tuple[Change, int, tuple[Affected, ...]]:
    """The change in a file, how many uses stand, and those decided otherwise. Nothing is recorded. Raises BadInput."""
    change = read_change(read_text(path), where=str(path))
    uses = standing(haven, change.on)
    return change, len(uses), tuple(affected(uses, change))


def standing(haven: Haven, on: dt.date) -> tuple[Use, ...]:
    """Of each application ever decided the latest text, unless it was erased or its agreement has ended by that day."""
    latest = {each.application_id: each for each in reads.decisions() if each.application is not None}
    found, facts = list[Use](), dict[str, Facts]()
    for id, kept in sorted(latest.items()):
        asked = from_plain(Application, kept.application or {}, where=f"application {id}")
        if asked.dataset not in facts:
            facts[asked.dataset] = gather(haven, dataset_on_record(haven, asked.dataset), on)
        use = Use(asked, facts[asked.dataset])
        agreement = use.facts.one(Agreement, asked.agreement)
        if agreement is None or agreement.ends >= on:
            found.append(use)
    return tuple(found)
