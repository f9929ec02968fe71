"""A release that the log holds and that will never be handed over: given up by an entry, its key never given."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openhaven.haven.handing_over import STATE, destroy_identifiers, keep_faces, read_state
from openhaven.haven.people import CohortFile, cohort_file, waiting_files
from openhaven.haven.place import Haven, staging
from openhaven.model.errors import BadInput
from openhaven.package.manifest import KEY
from openhaven.records import kept, reads, writes


def abandon(haven: Haven, id: str, *, because: str) -> Mapping[str, Any] | None:
    """Abandon an entered release: the controllers keep their face of it, an applicant's file of people is destroyed,
    the package goes. Returns the certificate of destruction, where there was one to write. Whatever breaks it, it can
    be done again. `id` may also be that of an application whose file of people waits in the vault. Raises BadInput
    where it ended already, or its key was given."""
    if not because.strip():
        raise BadInput("nothing says why", todo="Say it: --because TEXT")
    found = reads.release(id)
    if found is None:
        return _abandon_file(haven, id, because=because)
    if found.state is not kept.ReleaseState.ENTERED:
        raise BadInput(f"release {id} is {found.state} already")
    stage = haven.work / staging(id)
    state = _state(haven, found.release, stage)
    if (Path(state["out"]) / KEY).exists():
        raise BadInput(
            f"the key of release {id} was given: it lies in {state['out']}", todo="Finish it: haven release --resume"
        )
    if stage.exists():
        keep_faces(haven, id)
    destroyed = destroy_identifiers(haven, id, state) if state["destroy"] else None
    writes.abandon_release(release=id, reason=because, act=haven.act())
    shutil.rmtree(stage, ignore_errors=True)
    return destroyed


def _abandon_file(haven: Haven, application: str, *, because: str) -> Mapping[str, Any]:
    """Destroy the file of people of an application that will not be released: it was taken in, and nothing left."""
    if application not in waiting_files(haven):
        raise BadInput(
            f"there is no release {application}, and no file of people of such an application",
            todo="haven status names those that are unfinished, and files that wait.",
        )
    act, people = haven.act(), CohortFile(cohort_file(haven, application))
    said = people.destroy(application, size=people.path.stat().st_size, on=haven.clock())
    writes.record_identifiers_destroyed(release=application, destroyed={**said, "because": because}, act=act)
    return said


def _state(haven: Haven, release: kept.Release, stage: Path) -> Mapping[str, Any]:
    """What was kept for finishing it; where that is lost, as after a backup was restored, what can still be told."""
    if (stage / STATE).is_file():
        return read_state(stage)
    people = cohort_file(haven, release.application)
    there = people.is_file()
    return {
        "out": release.out,
        "destroy": there,
        "people_file": str(people),
        "people_bytes": people.stat().st_size if there else 0,
    }
