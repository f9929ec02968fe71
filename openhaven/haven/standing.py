"""What a release is made under: records, decision, opt-outs, consents, deliveries; looked at again before its key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openhaven.haven.consents import consents_digest
from openhaven.haven.deciding import Decided, decide_on, deliveries_held
from openhaven.haven.faces import check_faces
from openhaven.haven.place import Haven
from openhaven.haven.supplies import answer_in_use, objectors
from openhaven.haven.witnesses import who_must_cosign
from openhaven.model.decision import Verdict
from openhaven.model.errors import NotVerified, Unmet
from openhaven.model.obligation import NationalOptOut, Obligation, OnlyConsenting
from openhaven.records import reads
from openhaven.records.fsck import check_records
from openhaven.release.plan import one


def check_whole(haven: Haven) -> None:
    """Raise NotVerified where the records differ from the log, or from what of it is in the haven's public files: a
    hold that was taken away unseen would be no hold."""
    try:
        check_records(trusted=(haven.log_key,), tiles=haven.folder / "tiles", private=False)
        check_faces(haven)
    except NotVerified as problem:
        raise NotVerified(
            f"the records are not what the log says, so nothing leaves: {problem.what}",
            where=problem.where,
            todo="Look with haven log fsck, and find out who changed them.",
        ) from problem


def check_held(haven: Haven, dataset: str) -> None:
    """Raise NotVerified where the vault's files of a live delivery are not those that were taken."""
    for each in reads.live_deliveries(dataset):
        each.check_held(haven.vault.delivery(dataset, each.id))


def made_under(haven: Haven, decided: Decided) -> dict[str, Any]:
    """What a release is made under, and what may change before its key is given. Raises Unmet where the answer of the
    national check is no longer fresh."""
    obligations = decided.decision.obligations
    answer = answer_in_use(haven, one(NationalOptOut, obligations))
    objecting = objectors(haven, decided)
    return {
        "demanded": [_bare(each) for each in obligations],
        "answer": answer[0].digest if answer else "",
        "objectors": objecting.digest if objecting else "",
        "consents": consents_digest(one(OnlyConsenting, obligations)),
        "deliveries": [each.id for each in deliveries_held(haven, decided.facts.dataset)],
        "witnesses": who_must_cosign(haven.settings),
    }


_CHANGED = {
    "demanded": "something else would now be demanded of it",
    "answer": "another answer of the national check is in use now",
    "objectors": "other people have objected since",
    "consents": "the consents on record are others now",
    "deliveries": "what is held of the dataset has changed since",
    "witnesses": "another policy for witnesses is in force than its certificate says",
}


def changed_since(haven: Haven, afresh: Decided, state: Mapping[str, Any]) -> str:
    """Why a release would not be the same today; empty where it would."""
    if afresh.decision.verdict is not Verdict.PERMIT:
        return f"it would now be decided to {afresh.decision.verdict}"
    now = made_under(haven, afresh)
    return next((why for name, why in _CHANGED.items() if state.get(name) != now[name]), "")


def check_unchanged(haven: Haven, decided: Decided, state: Mapping[str, Any]) -> None:
    """Raise Unmet where the decision, the opt-outs or what is held are others than when the release was made."""
    if why := changed_since(haven, decide_on(haven, decided.application, haven.today()), state):
        raise Unmet(
            f"the facts changed while the release was made, so nothing leaves: {why}",
            todo="Run haven release again: it decides afresh.",
        )


def _bare(obligation: Obligation) -> dict[str, Any]:
    """What it demands. Its reason is only words, and a former file is to be destroyed by the day first certified."""
    plain = obligation.as_plain() | {"because": "", "destroy_former_by": ""}
    bare: dict[str, Any] = json.loads(json.dumps(plain))
    return bare
