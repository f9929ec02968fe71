"""What is held, for anyone to read: datasets with their fields, who they come from, and which opt-outs apply.

What it says of each is CAT-01. Counts go through the publication rule. `for_catalogues.py` says the same for other
catalogues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openhaven.disclosure.moved import any_rule_named
from openhaven.haven.describing import dataset_on_record
from openhaven.haven.getting import what_it_takes
from openhaven.haven.place import Haven
from openhaven.model.dataset import Dataset, Field
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Role, Setting
from openhaven.records import reads

SAYS = {
    Role.PERSON: "tells people apart",
    Role.KEY: "tells records apart",
    Role.IDENTIFIER: "names or locates a person",
    Role.QUASI: "could help to recognise a person",
    Role.CONFIDENTIAL: "private: must not be learned about a person",
    Role.FREE_TEXT: "free text",
    Role.CONTENT: "other content",
}
"""What each role means, for people."""

MADE_IN = {Setting.HOSPITAL: "hospitals", Setting.GP: "GP practices", Setting.COUNCIL: "councils"}
NATIONAL = (
    "The national data opt-out is applied where confidential information about patients would be used for more than "
    "their own care, unless the law makes an exception."
)
TYPE_1 = "Records of people with a Type 1 opt-out at their GP practice do not reach us."

Plain = Mapping[str, Any]


def titles(haven: Haven) -> dict[str, str]:
    """What people call each dataset, by its id. Raises BadInput where a description is not the one on record."""
    return {each.id: dataset_on_record(haven, each.id).title for each in reads.records_of("dataset")}


def catalogue(haven: Haven) -> list[dict[str, Any]]:
    """Every dataset on record, by title. Raises BadInput where a description is not the one on record."""
    names = {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}
    described = (dataset_on_record(haven, each.id) for each in reads.records_of("dataset"))
    return sorted((_listed(haven, each, names) for each in described), key=lambda each: each["title"])


def _listed(haven: Haven, dataset: Dataset, names: Mapping[str, str]) -> dict[str, Any]:
    package = json.loads((haven.vault.dataset(dataset.id) / "datapackage.json").read_text(encoding="utf-8"))
    live = reads.live_deliveries(dataset.id)
    rule = any_rule_named(haven.settings.policy.table_rule)
    return {
        "id": dataset.id,
        "title": dataset.title,
        "description": package.get("description", ""),
        "made_in": MADE_IN.get(dataset.setting, "other places"),
        "territory": dataset.territory,
        "fields": [_field(each, _said(package)) for each in dataset],
        "controllers": sorted({names.get(each.controller, each.controller) for each in live}),
        "rows": rule.show(sum(each.rows for each in live)),
        "deliveries": len(live),
        "updated": max((each.received[:10] for each in live), default=""),
        "described": reads.fact_versions(kind="dataset", id=dataset.id)[0].recorded_at.date().isoformat(),
        "takes": what_it_takes(dataset, sorted({each.controller for each in live}), on=haven.today()),
        "routes": sorted({each.inbound_route for each in live}),
        "opt_outs": [NATIONAL, TYPE_1] if dataset.setting is Setting.GP else [NATIONAL],
    }


def _said(package: Plain) -> dict[str, str]:
    fields = package["resources"][0]["schema"]["fields"]
    return {each["name"]: each.get("description", "") for each in fields}


def _field(field: Field, said: Mapping[str, str]) -> dict[str, str]:
    return {
        "name": field.name,
        "title": field.title or field.name,
        "description": said[field.name],
        "type": field.type.value,
        "role": field.role.value,
        "says": SAYS[field.role],
        "codes": field.codes,
    }
