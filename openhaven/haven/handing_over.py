"""From the entry in the log to a package handed over: the state that a break leaves, and how it is finished.

Until the key is given, what was delayed is decided afresh. Whatever breaks a hand-over, it can be done again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.db import DatabaseError

from openhaven.haven.deciding import Decided, decide_on
from openhaven.haven.people import CohortFile
from openhaven.haven.place import Haven, staging
from openhaven.haven.standing import changed_since, check_whole
from openhaven.haven.whole import copy_whole
from openhaven.haven.witnesses import hear_enough, policy_of
from openhaven.model.application import Application
from openhaven.model.errors import BadInput, NotVerified, Unmet
from openhaven.model.plain import from_plain
from openhaven.package.build import Entered, finish
from openhaven.package.manifest import KEY
from openhaven.package.manifest import NAME as MANIFEST
from openhaven.package.verify import file_problems, read_manifest
from openhaven.records import kept, reads, writes
from openhaven.vault.places import read_json, write_json

Tell = Callable[[str], None]
STATE = "state.json"


def after_break(id: str, stage: Path, error: BaseException) -> None:
    """A release that breaks before the log holds it leaves nothing; one that breaks after it waits to be finished."""
    try:
        found = reads.release(id)
    except DatabaseError:
        error.add_note(f"Whether release {id} waits to be finished, haven status can say once the records can be read.")
        return
    if found is None:
        shutil.rmtree(stage, ignore_errors=True)
    elif found.state is kept.ReleaseState.ENTERED:
        error.add_note(f"Release {id} is in the log and not handed over yet. Finish it with: haven release --resume")


def resume(haven: Haven, *, tell: Tell) -> list[str]:
    """Finish releases that the log holds but that were not handed over. Returns their ids.

    Raises Unmet where one was abandoned instead, NotVerified where the records or a package that waited were changed,
    BadInput where what was kept for finishing it is lost."""
    finished = []
    for each in reads.unfinished_releases():
        finish_one(haven, each, tell=tell)
        finished.append(each.release.id)
    return finished


def finish_one(haven: Haven, entered: kept.ReleaseKept, *, tell: Tell) -> None:
    """Finish one release that the log holds and that was not handed over; raises as `resume` does."""
    id = entered.release.id
    _check_state_is_here(haven, id)
    try:
        _check_before_key(haven, entered)
        hand_over(haven, id, tell)
    except BaseException as error:
        after_break(id, haven.work / staging(id), error)
        raise


def _check_state_is_here(haven: Haven, id: str) -> None:
    if not (haven.work / staging(id) / STATE).is_file():
        raise BadInput(
            f"what release {id} needs to be finished is not here: it was lost, or the haven came back from a backup",
            todo=f"Give it up, then release again: haven release --abandon {id} --because TEXT",
        )


def _check_before_key(haven: Haven, entered: kept.ReleaseKept) -> None:
    """What a break delayed is decided afresh before its key is given; where that differs, the release is abandoned."""
    id = entered.release.id
    stage = haven.work / staging(id)
    state = read_state(stage)
    if (Path(state["out"]) / KEY).exists():
        return
    check_whole(haven)
    _check_package(stage / "package", id)
    if why := changed_since(haven, _decided_afresh(haven, entered), state):
        keep_faces(haven, id)
        writes.abandon_release(release=id, reason=why, act=haven.act())
        shutil.rmtree(stage, ignore_errors=True)
        raise Unmet(
            f"release {id} was abandoned and its key never given: {why}",
            todo="Run haven release again: it decides and measures afresh.",
        )


def _check_package(package: Path, id: str) -> None:
    """Its files are still those that were signed. (That the log holds their manifest is checked as it is finished.)"""
    for left in package.glob(".*.part"):  # by a break in the midst of the proof or the key
        left.unlink()
    if problems := file_problems(package, read_manifest(package)):
        raise NotVerified(
            f"the package of release {id} was changed while it waited, and its key is not given: {'; '.join(problems)}",
            todo=f"Give it up, then release again: haven release --abandon {id} --because TEXT",
        )


def _decided_afresh(haven: Haven, entered: kept.ReleaseKept) -> Decided:
    found = reads.decisions(entered.release.application)
    application = next(each.application for each in found if each.id == entered.release.decision)
    if application is None:
        raise BadInput(f"the application of release {entered.release.id} was erased")
    return decide_on(haven, from_plain(Application, application, where=f"release {entered.release.id}"), haven.today())


def keep_faces(haven: Haven, id: str) -> None:
    """The controllers' face of a release to where it stays."""
    if not (haven.releases / id).exists():
        copy_whole(haven.work / staging(id) / "controllers", haven.releases / id)


def hand_over(haven: Haven, id: str, tell: Tell) -> Mapping[str, Any] | None:
    """After the entry: proof and key into the package, the package to its place, identifiers destroyed. Whatever
    breaks it, it can be done again."""
    tell("hand over")
    stage = haven.work / staging(id)
    state = read_state(stage)
    _hand_package(haven, id, stage / "package", state)
    keep_faces(haven, id)
    destroyed = destroy_identifiers(haven, id, state) if state["destroy"] else None
    writes.finish_release(release=id, act=haven.act())
    shutil.rmtree(stage, ignore_errors=True)  # it is done; what cannot be removed now is, when the next command begins
    return destroyed


def _hand_package(haven: Haven, id: str, package: Path, state: Mapping[str, Any]) -> None:
    """The finished package to its place, unless it lies there already: it appears there whole. Its key is written
    once enough witnesses have cosigned the log. Raises Unmet while they have not."""
    out = Path(state["out"])
    if (out / KEY).exists() and (out / MANIFEST).read_bytes() == (package / MANIFEST).read_bytes():
        return
    if (found := reads.release(id)) is None:
        raise BadInput(f"there is no release {id}")
    entry = next(data for _, data in reads.entries(found.index, found.index + 1))
    note = hear_enough(haven, id, index=found.index)
    policy = policy_of(haven.settings)
    entered = Entered(entry, reads.proof(found.index, note=note), _salt(found.index), policy, haven.log_key)
    finish(package, entered=entered, identity=state["identity"], recipient_key=state["age_key"])
    copy_whole(package, out, last=KEY)


def destroy_identifiers(haven: Haven, id: str, state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Destroy the applicant's file of people, certify it, and record it."""
    certificate = haven.releases / id / "destruction.json"
    certificate.parent.mkdir(exist_ok=True)
    if not certificate.exists():
        people = CohortFile(Path(state["people_file"]))
        write_json(certificate, people.destroy(id, size=state["people_bytes"], on=haven.clock()))
    destroyed: dict[str, Any] = read_json(certificate, where=str(certificate))
    if not reads.identifiers_destroyed(id):
        writes.record_identifiers_destroyed(release=id, destroyed=destroyed, act=haven.act())
    return destroyed


def _salt(index: int) -> bytes:
    """The salt under which the entry commits to the manifest: the package carries it, so that anyone can check."""
    body = reads.bodies(index)["manifest"]
    if body is None:
        raise BadInput(f"the body of entry {index} that commits to the manifest was erased")
    return body.salt


def write_state(stage: Path, state: Mapping[str, Any]) -> None:
    """Kept so that a broken hand-over can be finished: readable by the operator alone, removed at the end."""
    part = stage / f".{STATE}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(stage / STATE)


def read_state(stage: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((stage / STATE).read_text(encoding="utf-8"))
    return state
