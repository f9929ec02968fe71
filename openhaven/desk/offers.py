"""What an applicant can choose from: what is on record here."""

from __future__ import annotations

from openhaven.casework.questions import FieldOffered, Offered, pairs_in_force
from openhaven.haven import Haven
from openhaven.haven.catalogue import SAYS
from openhaven.haven.describing import dataset_on_record
from openhaven.model.dataset import Dataset
from openhaven.model.precision import ladder
from openhaven.model.record import Agreement, Organisation
from openhaven.records import reads


def offered_to(haven: Haven, organisation: str) -> Offered:
    """What can be chosen for an organisation: every dataset, every organisation, and its own agreements."""
    datasets = [dataset_on_record(haven, each.id) for each in reads.records_of("dataset")]
    organisations = [each for each in reads.records_of("organisation") if isinstance(each, Organisation)]
    agreements = [each for each in reads.records_of("agreement") if isinstance(each, Agreement)]
    return Offered(
        organisations={each.id: each.name for each in sorted(organisations, key=lambda each: each.name)},
        datasets={each.id: each.title for each in sorted(datasets, key=lambda each: each.title)},
        fields={each.id: _fields(each) for each in datasets},
        agreements={each.id: each.title for each in agreements if each.recipient == organisation},
        pairs=pairs_in_force(haven.today()),
        national_body=haven.settings.policy.national_body,
    )


def _fields(dataset: Dataset) -> tuple[FieldOffered, ...]:
    return tuple(
        FieldOffered(each.name, each.title or each.name, SAYS[each.role], tuple(step.value for step in ladder(each)))
        for each in dataset
    )


def controllers_of(haven: Haven, dataset: str) -> list[str]:
    """Whose data a dataset holds now."""
    return sorted({each.controller for each in reads.live_deliveries(dataset)}) if dataset else []


def name_of(organisation: str) -> str:
    """What an organisation of record is called."""
    names = {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}
    return names.get(organisation, organisation)
