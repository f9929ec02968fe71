"""What an applicant can choose from, and who is who: what is on record here, read again when the log has grown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from openhaven.casework.questions import FieldOffered, Offered, pairs_in_force
from openhaven.haven import Haven
from openhaven.haven.catalogue import SAYS
from openhaven.haven.describing import dataset_on_record
from openhaven.model.dataset import Dataset
from openhaven.model.precision import ladder
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import FieldType, Role
from openhaven.records import reads


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What stands on record and is asked for on every page: names of organisations, data held, agreements."""

    organisations: Mapping[str, str]
    datasets: tuple[Dataset, ...]
    controllers: Mapping[str, tuple[str, ...]]
    agreements: tuple[Agreement, ...]
    pairs: tuple[str, ...]


_read: dict[Path, tuple[tuple[str, dt.date], OnRecord]] = {}


_log: ContextVar[list[str] | None] = ContextVar("log", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Look only once how far the log has come, for one answer that writes no record."""
    token = _log.set([])
    try:
        yield
    finally:
        _log.reset(token)


def as_it_stands(haven: Haven) -> tuple[str, dt.date]:
    """How far the log has come, and the day: what is read from records is the same until either is another."""
    seen = _log.get()
    if seen is None:
        return reads.checkpoint(), haven.today()
    if not seen:
        seen.append(reads.checkpoint())
    return seen[0], haven.today()


def on_record(haven: Haven) -> OnRecord:
    """All of it, as the log stands today. Every record and delivery is an entry, so an older reading is never given."""
    now = as_it_stands(haven)
    found = _read.get(haven.folder)
    if found is None or found[0] != now:
        found = _read[haven.folder] = (now, _on_record(haven))
    return found[1]


def _on_record(haven: Haven) -> OnRecord:
    datasets = [dataset_on_record(haven, each.id) for each in reads.records_of("dataset")]
    organisations = [each for each in reads.records_of("organisation") if isinstance(each, Organisation)]
    return OnRecord(
        organisations={each.id: each.name for each in sorted(organisations, key=lambda each: each.name)},
        datasets=tuple(sorted(datasets, key=lambda each: each.title)),
        controllers={each.id: _controllers(each.id) for each in datasets},
        agreements=tuple(each for each in reads.records_of("agreement") if isinstance(each, Agreement)),
        pairs=pairs_in_force(haven.today()),
    )


def _controllers(dataset: str) -> tuple[str, ...]:
    return tuple(sorted({each.controller for each in reads.live_deliveries(dataset)}))


def offered_to(haven: Haven, organisation: str) -> Offered:
    """What can be chosen for an organisation: every dataset, every organisation, and its own agreements."""
    found = on_record(haven)
    return Offered(
        organisations=found.organisations,
        datasets={each.id: each.title for each in found.datasets},
        fields={each.id: _fields(each) for each in found.datasets},
        agreements={each.id: each.title for each in found.agreements if each.recipient == organisation},
        pairs=found.pairs,
        national_body=haven.settings.policy.national_body,
    )


def _fields(dataset: Dataset) -> tuple[FieldOffered, ...]:
    return tuple(
        FieldOffered(
            each.name,
            each.title or each.name,
            SAYS[each.role],
            tuple(step.value for step in ladder(each)),
            amounts=each.type in (FieldType.INTEGER, FieldType.NUMBER)
            and not each.identifies
            and each.role != Role.KEY,
        )
        for each in dataset
    )


def controllers_of(haven: Haven, dataset: str) -> tuple[str, ...]:
    """Whose data a dataset holds now."""
    return on_record(haven).controllers.get(dataset, ())


def name_of(haven: Haven, organisation: str) -> str:
    """What an organisation of record is called."""
    return on_record(haven).organisations.get(organisation, organisation)
