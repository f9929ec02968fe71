"""The nouns of a delivery: what comes with the files, and what is written down of it afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput, NotVerified
from openhaven.model.plain import from_plain, to_plain
from openhaven.model.words import Setting
from openhaven.optouts.lists import MAX_AGE_DAYS, ObjectorList, Source

from .places import FORMAT, Vault, check_id, read_json, write_json

Progress = Callable[[str, int, int], None]  # which step, how far, of how much
TYPE_1 = "type 1"


def silent(step: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Screened:
    """Which opt-outs the sender applied before sending ("type 1", "national"), and who says so."""

    optouts: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a delivery apart from its files. `type1_max_age_days` is how old its Type 1 list may be.

    `inbound_route` says under which law the files were disclosed to the haven; `type1` is the controller's list of
    Type 1 objectors, needed for GP data; `separator` of a CSV is found in its heading where it is not given.
    `required_by` names the record of a law that requires the flow, where this haven takes in Type 1 objectors on that
    ground (T1-02)."""

    controller: str
    delivery_id: str
    received: dt.datetime
    inbound_route: str
    screened: Screened
    type1: ObjectorList | None = None
    type1_max_age_days: int = MAX_AGE_DAYS
    demo: bool = False
    replaces: str | None = None
    quarantine: bool = False
    separator: str = ""
    required_by: str = ""

    def __post_init__(self) -> None:
        check_id(self.delivery_id, what="delivery")
        check_id(self.controller, what="controller")
        if self.received.tzinfo is None:
            raise ValueError("the instant of receipt needs its time zone")
        if not self.inbound_route.strip():
            raise BadInput(
                "nothing says by which route this delivery was disclosed to the haven",
                todo="Give the inbound route: an incoming file is itself a disclosure.",
            )
        if len(self.separator) > 1:
            raise BadInput(f"the separator {self.separator!r} is more than one character")


def check_screened(arrival: Arrival, dataset: Dataset) -> None:
    """GP data comes screened for Type 1, with the list that shows it (T1-01, T1-03), not too old. Raises BadInput
    where it does not."""
    if dataset.setting is not Setting.GP:
        return
    where = f"delivery {arrival.delivery_id}"
    if TYPE_1 not in arrival.screened.optouts and not arrival.required_by:
        raise BadInput(
            "the sender does not say that Type 1 opt-outs were applied before sending",
            where=where,
            todo="GP data that was not screened must not be taken in. Ask the practice to screen and resend.",
        )
    if arrival.type1 is None:
        raise BadInput(
            f"GP data comes with the list of Type 1 objectors of {arrival.controller}",
            where=where,
            todo="Load the practice's list, then deliver again.",
        )
    if arrival.type1.source is not Source.TYPE_1 or arrival.type1.controller != arrival.controller:
        raise BadInput(f"list {arrival.type1.id} is not the Type 1 list of {arrival.controller}", where=where)
    arrival.type1.check_fresh(on=arrival.received.date(), max_age_days=arrival.type1_max_age_days)


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """One file as it arrived, or as the vault holds it."""

    name: str
    sha256: str
    bytes: int


PARTS = ("content.parquet", "identifiers.parquet", "people.parquet")
"""The files of a delivery that releases are made from."""


def parts_in(folder: Path) -> tuple[DeliveredFile, ...]:
    """The parts in a delivery's folder, as they lie there."""
    return tuple(_part(folder / name) for name in PARTS)


def _part(path: Path) -> DeliveredFile:
    with path.open("rb") as file:
        return DeliveredFile(path.name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is written down of a delivery. `received` is RFC 3339 in UTC; `quarantined` rows had bad values and
    `dissenting` rows were of people who object by Type 1: neither is among `rows`. `held` are its parts here."""

    id: str
    dataset: str
    controller: str
    files: tuple[DeliveredFile, ...]
    rows: int
    people: int
    received: str
    inbound_route: str
    screened: Screened
    replaces: str | None = None
    quarantined: int = 0
    dissenting: int = 0
    type1_list: str = ""
    required_by: str = ""
    held: tuple[DeliveredFile, ...] = ()
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"format {self.format} of delivery {self.id} is not known to this version")

    @property
    def digests(self) -> frozenset[str]:
        """What its files hashed to."""
        return frozenset(file.sha256 for file in self.files)

    def check_held(self, folder: Path) -> None:
        """Raise NotVerified where the parts in its folder are not those that were taken."""
        for part in self.held:
            path = folder / part.name
            if not path.is_file() or _part(path) != part:
                raise NotVerified(
                    f"{part.name} in the vault is not the one that was taken, so nothing is made from it",
                    where=f"delivery {self.id}",
                    todo="Find out who changed it, and bring it back from a backup, or deliver again with --replaces.",
                )

    def write(self, folder: Path) -> None:
        """Write delivery.json into the folder."""
        write_json(folder / "delivery.json", to_plain(self))


def deliveries(vault: Vault, dataset: str) -> tuple[Delivery, ...]:
    """Every delivery that lies in the vault for this dataset, oldest first, replaced ones among them."""
    found = sorted((vault.dataset(dataset) / "deliveries").glob("*/delivery.json"))
    read = (from_plain(Delivery, read_json(path, where=str(path)), where=str(path)) for path in found)
    return tuple(sorted(read, key=lambda delivery: (delivery.received, delivery.id)))


def live(held: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Those of them that none of the others replaces."""
    replaced = {delivery.replaces for delivery in held}
    return tuple(delivery for delivery in held if delivery.id not in replaced)
