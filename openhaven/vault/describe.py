"""Datasets described: the data package is checked, then kept as it was given."""

from __future__ import annotations

from pathlib import Path

from openhaven.law.coding import check_dataset
from openhaven.model.dataset import Dataset, dataset_from_package
from openhaven.model.errors import BadInput

from .places import Vault, private_folder, read_json, write_json


def dataset(vault: Vault, id: str) -> Dataset:
    """The description of a dataset. Raises BadInput where there is none of that id, naming those there are."""
    path = vault.dataset(id) / "datapackage.json"
    if not path.exists():
        raise BadInput(
            f"there is no dataset {id!r} here", todo=f"There are: {', '.join(datasets(vault)) or 'none yet'}."
        )
    return dataset_from_package(read_json(path, where=str(path)), where=str(path))


def datasets(vault: Vault) -> tuple[str, ...]:
    """The ids of all datasets described."""
    return tuple(sorted(path.parent.name for path in (vault.folder / "datasets").glob("*/datapackage.json")))


def add_dataset(vault: Vault, package: Path) -> Dataset:
    """Take in a description. The same one again changes nothing; another of the same id is refused, since what was
    delivered was checked against the first. Raises BadInput."""
    content = read_json(package, where=package.name)
    if not isinstance(content, dict):
        raise BadInput("this is not a data package", where=package.name)
    described = dataset_from_package(content, where=package.name)
    path = vault.dataset(described.id) / "datapackage.json"
    if path.exists():
        if read_json(path, where=str(path)) != content:
            raise BadInput(
                f"dataset {described.id!r} is described otherwise already",
                where=package.name,
                todo="Give the new description another id.",
            )
        return described
    from .fields import check_fields  # it loads DuckDB, which who only reads descriptions does not need

    check_fields(described, where=package.name)
    check_dataset(described, where=package.name)
    private_folder(path.parent)
    write_json(path, content)
    return described
