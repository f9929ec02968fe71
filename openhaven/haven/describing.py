"""A dataset described: the description goes into the vault, and the log holds that it did, and how."""

from __future__ import annotations

import hashlib
from pathlib import Path

from openhaven.haven.place import Haven
from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput
from openhaven.model.record.description import Description
from openhaven.records import reads, writes
from openhaven.vault.describe import add_dataset
from openhaven.vault.describe import dataset as described


def describe(haven: Haven, package: Path) -> Dataset:
    """Take in a description and record it. The same again changes nothing. Raises BadInput."""
    dataset = add_dataset(haven.vault, package)
    if _on_record(haven, dataset) is None:
        fields = tuple((field.name, field.role.value) for field in dataset)
        noun = Description(dataset.id, _digest(haven, dataset.id), fields)
        writes.record_fact(kind="dataset", record=noun, act=haven.act())
    return dataset


def dataset_on_record(haven: Haven, id: str) -> Dataset:
    """The description of a dataset, as the log holds it. Raises BadInput where it was changed by other means: roles
    decide what identifies a person, so a changed role would let identifiers leave as content."""
    dataset = described(haven.vault, id)
    found = _on_record(haven, dataset)
    if found is None:
        raise BadInput(f"dataset {id} is not on record", todo="Describe it with: haven dataset datapackage.json")
    if found.sha256 != _digest(haven, id):
        raise BadInput(
            "the description is not the one on record",
            where=f"dataset {id}",
            todo="Put back the description that was recorded.",
        )
    return dataset


def _on_record(haven: Haven, dataset: Dataset) -> Description | None:
    return next((each for each in reads.records_of("dataset") if each.id == dataset.id), None)


def _digest(haven: Haven, id: str) -> str:
    return hashlib.sha256((haven.vault.dataset(id) / "datapackage.json").read_bytes()).hexdigest()
