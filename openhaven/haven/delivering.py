"""A delivery from its files to the vault and the log: the rename and the record stand or fall together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openhaven.haven.describing import dataset_on_record
from openhaven.haven.lists import type_1_of
from openhaven.haven.place import Haven
from openhaven.model.errors import BadInput
from openhaven.model.record.approvals import Requirement
from openhaven.records import reads, writes
from openhaven.vault.arrival import Arrival, Delivery, Progress, Screened, silent
from openhaven.vault.deliver import Again, stage
from openhaven.vault.staged import Staged


@dataclass(frozen=True, slots=True)
class Sent:
    """What is said of a delivery when it comes in. `screened` names the opt-outs that the sender applied."""

    controller: str
    inbound_route: str
    screened: tuple[str, ...]
    screened_by: str
    replaces: str | None = None
    quarantine: bool = False
    separator: str = ""
    required_by: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as it was taken; `again` when the very bytes were held already and nothing changed."""

    delivery: Delivery
    again: bool


def deliver(
    haven: Haven, dataset_id: str, files: Sequence[Path], *, sent: Sent, progress: Progress = silent
) -> Delivered:
    """Take files in. Raises BadInput naming file, row and field: then the vault is as before."""
    dataset = dataset_on_record(haven, dataset_id)
    if all(each.id != sent.controller for each in reads.records_of("organisation")):
        raise BadInput(
            f"controller {sent.controller} is not an organisation of record",
            todo="Record it first: haven record organisation FILE.toml",
        )
    number = 1 + sum(each.dataset == dataset_id for each in reads.deliveries())
    arrival = Arrival(
        controller=sent.controller,
        delivery_id=f"{dataset_id}.{sent.controller}.{number:04d}",
        received=haven.clock(),
        inbound_route=sent.inbound_route,
        screened=Screened(sent.screened, sent.screened_by),
        type1=type_1_of(haven, sent.controller),
        type1_max_age_days=haven.settings.optouts.type_1_max_age_days,
        demo=haven.settings.haven.demo,
        replaces=sent.replaces,
        quarantine=sent.quarantine,
        separator=sent.separator,
        required_by=_required_by(haven, sent.required_by),
    )
    staged = stage(haven.vault, dataset, files, arrival=arrival, progress=progress)
    if isinstance(staged, Again):
        return Delivered(staged.delivery, again=True)
    try:
        _check_not_replaced(staged.delivery)
    except BaseException:
        staged.discard()
        raise
    return Delivered(_take(haven, staged), again=False)


def _required_by(haven: Haven, id: str) -> str:
    """The id of a law on record that requires the flow, where the setting lets it in. Raises BadInput where not."""
    if not id:
        return ""
    if haven.settings.policy.type_1_where_law_requires:
        raise BadInput(
            "this haven respects Type 1 objections also where a law requires the flow",
            where="--required-by",
            todo="Set policy.type_1_where_law_requires = false, if that is the decision of those who answer for it.",
        )
    found = [each for each in reads.records_of("requirement") if isinstance(each, Requirement) and each.id == id]
    today = haven.today()
    if not any(each.requires and each.starts <= today <= each.ends for each in found):
        raise BadInput(
            f"no record {id} of a law that requires this is in force", todo="haven record requirement FILE.toml"
        )
    return id


def _check_not_replaced(new: Delivery) -> None:
    """The bytes of a delivery that was replaced do not come back beside their replacement: rows would live twice."""
    for each in reads.deliveries(new.dataset):
        if not new.replaces and each.controller == new.controller and each.digests == new.digests:
            raise BadInput(
                f"these bytes were delivered before as {each.id}, which a later delivery replaced",
                where=f"dataset {new.dataset}",
                todo="To go back to them, deliver with --replaces and the id of the delivery that is live now.",
            )


def _take(haven: Haven, staged: Staged) -> Delivery:
    """The rename, then the record. What breaks in between leaves nothing; once it is on record, the delivery stays,
    even where the command is interrupted in that very moment."""
    try:
        taken = staged.commit()
        writes.record_delivery(delivery=taken, act=haven.act())
        return taken
    except BaseException:
        if all(each.id != staged.delivery.id for each in reads.deliveries()):
            staged.discard()
        raise
    finally:
        staged.stage.lock.end()
