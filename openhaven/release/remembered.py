"""What the memory keeps of one release: whom it counts or holds in a file of numbers, what it printed as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from openhaven.disclosure.audit import Published
from openhaven.disclosure.classes import Bools
from openhaven.disclosure.figures_before import MeasuredTable, Shown
from openhaven.disclosure.hierarchy import Floats
from openhaven.disclosure.ledger import Counted, leaves_of
from openhaven.disclosure.moved import MovedRule, any_rule_named
from openhaven.disclosure.rules import Rule

from .units import Units

_MASKS = ("small", "withheld", "exact")


def memory_folder(dataset: Path) -> Path:
    """Where, in the vault's folder of a dataset, lies whom its releases are about."""
    return dataset / "memory"


def sweep_memory(vault: Path, *, on_record: Callable[[str], bool]) -> None:
    """Remove what is remembered of releases that never came on record. Only for who holds the haven alone."""
    for dataset in (vault / "datasets").glob("*"):
        for path in memory_folder(dataset).glob("*.parquet"):
            if not on_record(path.stem):
                path.unlink()


def write_counted(
    path: Path, counted: Sequence[Counted], metadata: Mapping[str, str], *, amounts: Floats | None = None
) -> None:
    """Table by table: each record or person, the cell in which it stands, and of a record whose it is. `amounts`: of
    each record of the first table, where figures were made of them."""
    table = np.repeat(np.arange(len(counted), dtype=np.int8), [len(each.units) for each in counted])
    units, leaves = (np.concatenate([getattr(each, name) for each in counted]) for name in ("units", "leaves"))
    whose = pa.chunked_array(
        [pa.nulls(len(each.units), pa.int64()) if each.person is None else pa.array(each.person) for each in counted]
    )
    columns: dict[str, Any] = {"table": table, "unit": units, "leaf": leaves, "person": whose}
    if amounts is not None:
        columns["amount"] = pa.chunked_array([pa.array(amounts), pa.nulls(len(units) - len(amounts), pa.float64())])
    _write(path, columns, metadata)


def read_amounts(path: Path) -> Floats:
    """The amount of each record of the first table, in the order of `read_counted`."""
    found = pq.read_table(path, columns=["amount"])["amount"].drop_null()
    return found.to_numpy().astype(np.float64)


def measured_plain(table: MeasuredTable) -> dict[str, Any]:
    """The figures of amounts that a table printed, as plain data."""
    return {"field": table.field, "figures": [[share, list(texts)] for share, texts in table.figures]}


def measured(id: str, plain: Mapping[str, Any], path: Path) -> MeasuredTable | None:
    """The figures of amounts of a table that was released, beside whom they are of; None where it had none."""
    if "measured" not in plain:
        return None
    rows = read_counted(path)[0]
    shown = tuple((share, tuple(texts)) for share, texts in plain["measured"]["figures"])
    table = as_printed(plain["tables"][0])
    return measured_table(Told(id, plain["measured"]["field"], shown), table, rows, read_amounts(path))


@dataclass(frozen=True, slots=True)
class Told:
    """Which figures a release printed, and of which field."""

    id: str
    field: str
    figures: tuple[Shown, ...]


def measured_table(told: Told, table: Published, rows: Counted, amounts: Floats) -> MeasuredTable:
    """What a table printed of amounts, and of whose, for the comparison with others."""
    person = np.zeros(len(rows.units), dtype=np.int64) if rows.person is None else rows.person
    whom = (rows.units, rows.leaves, person, amounts)
    return MeasuredTable(told.id, told.field, *whom, leaves_of(table), told.figures, table.rule.small)


def read_counted(path: Path) -> list[Counted]:
    """As they were written; before it was kept whose a record is, without that."""
    found = pq.read_table(path)
    table, unit, leaf = (found[name].to_numpy().astype(np.int64) for name in ("table", "unit", "leaf"))
    nobody = pa.chunked_array([pa.nulls(len(found), pa.int64())])
    whose = found["person"] if "person" in found.column_names else nobody
    person, kept = whose.fill_null(0).to_numpy(), whose.is_valid().to_numpy()
    inside = [table == at for at in range(int(table.max(initial=-1)) + 1)]
    return [Counted(unit[each], leaf[each], person[each] if kept[each].all() else None) for each in inside]


def write_units(path: Path, units: Units, metadata: Mapping[str, str]) -> None:
    """The records and the people of a file that leaves."""
    person = np.repeat(np.array([False, True]), [len(units.records), len(units.people)])
    _write(path, {"person": person, "unit": np.concatenate((units.records, units.people))}, metadata)


def read_units(path: Path) -> Units:
    """As they were written."""
    found = pq.read_table(path)
    person, unit = found["person"].to_numpy(), found["unit"].to_numpy().astype(np.int64)
    return Units(unit[~person], unit[person])


def _write(path: Path, columns: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    table = pa.table(dict(columns))
    pq.write_table(table.replace_schema_metadata(dict(metadata)), path, compression="zstd")


def printed(table: Published) -> dict[str, Any]:
    """What a table printed, and which of its cells were hidden for being small, as plain data."""
    plain: dict[str, Any] = {"unit": table.unit, "by": list(table.by), "labels": [list(each) for each in table.labels]}
    plain |= {"rule": table.rule.name, "shown": list(table.shown), "adds_up": list(table.adds_up)}
    plain |= {name: _places(getattr(table, name)) for name in _MASKS}
    derived = None if table.derived is None else _places(table.derived)
    most: dict[str, Any] = {"at_most": True} if table.at_most else {}
    most |= {"within": table.rule.within} if isinstance(table.rule, MovedRule) else {}
    return plain | {"derived": derived, "nobody_known": table.nobody_known} | most


def _rule(plain: Mapping[str, Any]) -> Rule:
    """Where counts moved, with how far they may have."""
    rule = any_rule_named(plain["rule"])
    return replace(rule, within=plain["within"]) if isinstance(rule, MovedRule) else rule


def as_printed(plain: Mapping[str, Any]) -> Published:
    """The table that was printed so."""
    shape = tuple(len(each) + 1 for each in plain["labels"])
    return Published(
        rule=_rule(plain),
        unit=plain["unit"],
        by=tuple(plain["by"]),
        labels=tuple(tuple(each) for each in plain["labels"]),
        shown=tuple(plain["shown"]),
        adds_up=tuple(plain["adds_up"]),
        nobody_known=plain["nobody_known"],
        at_most=plain.get("at_most", False),
        derived=None if plain["derived"] is None else _mask(plain["derived"], shape),
        small=_mask(plain["small"], shape),
        withheld=_mask(plain["withheld"], shape),
        exact=_mask(plain["exact"], shape),
    )


def _places(mask: Bools) -> list[int]:
    return [int(at) for at in np.flatnonzero(mask.ravel())]


def _mask(places: Sequence[int], shape: tuple[int, ...]) -> Bools:
    found = np.zeros(int(np.prod(shape)), dtype=np.bool_)
    found[list(places)] = True
    return found.reshape(shape)
