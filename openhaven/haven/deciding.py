"""Facts of record in, a decision out; recorded, with the letter that tells the applicant."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from openhaven.haven.describing import dataset_on_record
from openhaven.haven.in_force import enter_settings
from openhaven.haven.place import Haven
from openhaven.haven.whole import read_text, whole_folder
from openhaven.law import Letter, Sender, decide, letter
from openhaven.law.coding import check_application
from openhaven.model.application import Application
from openhaven.model.dataset import Dataset
from openhaven.model.decision import Decision
from openhaven.model.errors import BadInput
from openhaven.model.facts import Facts
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.record.organisations import Organisation
from openhaven.records import reads, writes
from openhaven.release.plan import Held
from openhaven.vault.places import check_id

FIRST_DAY, LAST_DAY = dt.date(2013, 4, 1), dt.date(2099, 12, 31)
"""The days for which the law is written down here: from the first on which any question has a rule."""


def read_application(path: Path) -> Application:
    """An application from its TOML file. Raises BadInput naming the file and what is wrong."""
    application = from_plain(Application, read_toml(read_text(path), where=str(path)), where=str(path))
    check_id(application.id, what=f"{path}: the application's id")  # its release and its file of people lie under it
    return application


def deliveries_held(haven: Haven, dataset: Dataset) -> tuple[Held, ...]:
    """The live deliveries of a dataset, with the folders that hold them."""
    live = reads.live_deliveries(dataset.id)
    return tuple(Held(each.id, each.controller, haven.vault.delivery(dataset.id, each.id)) for each in live)


def gather(haven: Haven, dataset: Dataset, on: dt.date) -> Facts:
    """All that the law may look at, as at the end of that day."""
    controllers = sorted({each.controller for each in deliveries_held(haven, dataset)})
    return reads.facts_as_at(dataset=dataset, controllers=controllers, policy=haven.settings.policy, day=on)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with what it was made from, and the letter. `id` is the record's, empty where it was not recorded."""

    application: Application
    decision: Decision
    facts: Facts
    letter: Letter
    id: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A dataset, and all that the law may look at for it."""

    dataset: Dataset
    facts: Facts


def gathered(haven: Haven, dataset: str, on: dt.date) -> Gathered:
    """A dataset on record with all that the law may look at for it, as at the end of that day. Raises BadInput."""
    found = dataset_on_record(haven, dataset)
    return Gathered(found, gather(haven, found, on))


def decide_on(haven: Haven, application: Application, on: dt.date, *, before: Gathered | None = None) -> Decided:
    """The decision as at a day, not recorded; `before` spares what was gathered already, for that day. Raises BadInput
    for an unknown dataset or field, or a day out of range."""
    if not FIRST_DAY <= on <= LAST_DAY:
        raise BadInput(
            f"--on is {on}, a day for which this law says nothing", todo=f"Give a day from {FIRST_DAY} to {LAST_DAY}."
        )
    check_application(application, where=f"application {application.id}")
    found = before or gathered(haven, application.dataset, on)
    dataset, facts = found.dataset, found.facts
    decision = decide(application, facts, on=on)
    sender = Sender(haven.settings.haven.operator, haven.settings.haven.contact)
    organisations = facts.every(Organisation)
    written = letter(decision, application, sender=sender, organisations=organisations, dataset=dataset.title)
    return Decided(application, decision, facts, written)


def record(haven: Haven, decided: Decided) -> Decided:
    """Record the decision with its entry in the log, and before it the law, where it was changed since the last."""
    enter_settings(haven.folder, haven.settings, act=haven.bare_act(), law=decided.decision.ruleset)
    writes.record_decision(decision=decided.decision, application=decided.application, act=haven.act())
    latest = reads.decisions(decided.application.id)[-1]
    return Decided(decided.application, decided.decision, decided.facts, decided.letter, latest.id)


def leave_outcome(decided: Decided, out: Path) -> None:
    """Leave the letter and the decision in a new folder, for the applicant: all of it, or nothing."""
    with whole_folder(out) as part:
        write_outcome(decided, part)


def write_outcome(decided: Decided, out: Path) -> None:
    """The letter and the decision, into a folder that is there."""
    (out / "letter.html").write_text(decided.letter.html, encoding="utf-8")
    (out / "letter.txt").write_text(decided.letter.text, encoding="utf-8")
    plain = json.dumps(decided.decision.as_plain(), indent=2, ensure_ascii=False)
    (out / "decision.json").write_text(plain + "\n", encoding="utf-8")


def organisation(facts: Facts, id: str) -> Organisation:
    """The organisation of record. Raises BadInput."""
    if (found := facts.one(Organisation, id)) is None:
        raise BadInput(f"organisation {id} is not of record", todo="Record it: haven record organisation FILE.toml")
    return found
