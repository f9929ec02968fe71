"""The rows of a plan as what looks at known events takes them (disclosure/known_events.py), with their places."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.events import NOBODY
from openhaven.disclosure.known_events import Known
from openhaven.engines import Engine

from .counting import Ints, Quasi, keyed
from .demanded import Values
from .plan import DELIVERY, PERSON, ROW


@dataclass(frozen=True, slots=True)
class KnownRows:
    """Every row as numbers, and which delivery's row it is."""

    rows: Known
    delivery: Ints
    row: Ints


def whose_lines(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, counted: pa.Table) -> Known:
    """Whose each row is, and its line in the table of counted combinations; rows in no order."""
    lines = counted.select(quasi.keys).append_column("_class", pa.array(np.arange(len(counted)), pa.int64()))
    found = keyed(rows, quasi).select(*quasi.keys, PERSON)
    table = engine.collect(found.join(engine.table(lines), on=quasi.keys, how="inner").select(PERSON, "_class"))
    return Known(_numbered(table[PERSON]), table["_class"].to_numpy().astype(np.int64))


def known_rows(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, counted: pa.Table, values: Values | None) -> KnownRows:
    """The rows at the precision agreed, each with its line in the table of counted combinations."""
    lines = counted.select(quasi.keys).append_column("_class", pa.array(np.arange(len(counted)), pa.int64()))
    found = keyed(rows, quasi).select(*quasi.keys, PERSON, DELIVERY, ROW)
    placed = found.join(engine.table(lines), on=quasi.keys, how="inner").select(PERSON, "_class", DELIVERY, ROW)
    table = engine.collect(placed).sort_by([(DELIVERY, "ascending"), (ROW, "ascending")])  # on every engine alike
    person = _numbered(table[PERSON])
    line, delivery, row = (table[name].to_numpy().astype(np.int64) for name in ("_class", DELIVERY, ROW))
    if values is None:
        return KnownRows(Known(person, line), delivery, row)
    return KnownRows(Known(person, line, values.codes, int(values.codes.max(initial=0)) + 1), delivery, row)


def _numbered(people: pa.ChunkedArray) -> Ints:
    """A number for each person; NOBODY where none is known."""
    codes = people.combine_chunks().dictionary_encode()
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    numbers: Ints = codes.indices.fill_null(NOBODY).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers
