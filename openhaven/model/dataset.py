"""A dataset as its data package describes it: fields with types and roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import BadInput
from .plain import from_plain
from .words import FieldType, Kind, Role, Setting

FORMAT = 1
_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9_. -]*[A-Za-z0-9_.])?")


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `format` is a strptime pattern for dates that are not ISO; `enum` lists the values allowed."""

    name: str
    type: FieldType
    role: Role
    title: str = ""
    format: str = ""
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    kind: Kind | None = None
    codes: str = ""
    refers_to: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"field name {self.name!r}: letters and digits, with dots, hyphens, underscores and spaces inside"
            )
        if self.kind is Kind.NHS_NUMBER and self.type is not FieldType.STRING:
            raise ValueError(f"field {self.name}: an NHS number is a string, or its leading digits are lost")
        if self.kind is Kind.AGE and self.type is not FieldType.INTEGER:
            raise ValueError(f"field {self.name}: an age is a whole number of years, so its type is integer")

    @property
    def identifies(self) -> bool:
        """Whether the vault keeps this field apart from content."""
        return self.role in (Role.PERSON, Role.IDENTIFIER) or self.kind in (Kind.NHS_NUMBER, Kind.LOCAL_ID)


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is held: its fields, where the records were made, and for which territory care was given."""

    id: str
    title: str
    setting: Setting
    territory: str
    fields: tuple[Field, ...]
    in_order: tuple[tuple[str, str], ...] = ()  # pairs of dates, the first never after the second
    named: dict[str, Field] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.named.update((each.name, each) for each in self.fields)
        self._check_order()
        names = [field.name.lower() for field in self.fields]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"dataset {self.id}: described twice: {', '.join(twice)}")
        if sum(field.role is Role.PERSON for field in self.fields) > 1:
            raise ValueError(f"dataset {self.id}: more than one person key")
        for each in self.fields:
            if each.refers_to and each.refers_to not in self.named:
                raise ValueError(f"field {each.name} refers to {each.refers_to}, which is not described")

    def _check_order(self) -> None:
        types = {field.name: field.type for field in self.fields}
        for first, second in self.in_order:
            if types.get(first) not in (FieldType.DATE, FieldType.DATETIME) or types[first] != types.get(second):
                raise ValueError(f"in_order: {first} and {second} are not two described fields that are both dates")

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def field(self, name: str) -> Field:
        """The field of that name. Raises BadInput listing the nearest ones."""
        if (found := self.named.get(name)) is not None:
            return found
        raise BadInput(
            f"there is no field {name!r}",
            where=f"dataset {self.id}",
            todo=f"It has: {', '.join(each.name for each in self.fields[:40])}.",
        )

    @property
    def person(self) -> Field | None:
        """The key to a person, where the dataset has one."""
        return next((field for field in self.fields if field.role is Role.PERSON), None)

    @property
    def nhs_number(self) -> Field | None:
        """The field that holds NHS numbers, by which opt-outs are applied."""
        return next((field for field in self.fields if field.kind is Kind.NHS_NUMBER), None)


_CONSTRAINTS = ("required", "unique", "enum", "pattern", "minimum", "maximum")


def _object(value: Any, what: str, *, where: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise BadInput(f"{what} has to be an object in braces", where=where)


def _list(value: Any, what: str, *, where: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise BadInput(f"{what} has to be a list in square brackets", where=where)


def _flat(field: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    flat = {key: value for key, value in field.items() if key not in ("constraints", "description")}
    for key, value in _object(field.get("constraints", {}), "constraints", where=where).items():
        if key not in _CONSTRAINTS:
            raise BadInput(f"constraint {key!r} is not checked by this version", where=where)
        flat[key] = value
    if "role" not in flat:
        raise BadInput(
            f"field {flat.get('name')!r} has no role", where=where, todo=f'Give it a "role": {", ".join(Role)}.'
        )
    return flat


def dataset_from_package(package: Mapping[str, Any], *, where: str) -> Dataset:
    """Read a Frictionless data package whose fields carry roles. Raises BadInput."""
    ours = _object(package.get("openhaven", {}), "openhaven", where=where)
    if ours.get("format") != FORMAT:
        raise BadInput(
            f"format {ours.get('format')!r} of the description is not known",
            where=where,
            todo=f'This version reads {{"openhaven": {{"format": {FORMAT}, …}}}}.',
        )
    resources = _list(package.get("resources", []), "resources", where=where)
    if len(resources) != 1:
        raise BadInput(f"a description has one resource, this one has {len(resources)}", where=where)
    schema = _object(_object(resources[0], "a resource", where=where).get("schema", {}), "schema", where=where)
    if schema.get("missingValues", [""]) != [""]:
        raise BadInput(
            f"missingValues {schema['missingValues']} are not read by this version: only an empty value is missing",
            where=where,
            todo='Send such values empty, and describe "missingValues": [""] or leave it out.',
        )
    listed = _list(schema.get("fields", []), "fields", where=where)
    fields = [_flat(_object(field, "a field", where=where), where=where) for field in listed]
    if not fields:
        raise BadInput("no field is described, and a description is never changed", where=where, todo="Describe them.")
    title = package.get("title") or ours.get("dataset", "")
    return from_plain(
        Dataset,
        {
            "id": ours.get("dataset"),
            "title": title,
            "setting": ours.get("setting"),
            "territory": ours.get("territory"),
            "fields": fields,
            "in_order": ours.get("in_order", []),
        },
        where=where,
    )
