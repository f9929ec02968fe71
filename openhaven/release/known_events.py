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


def known_rows(engine: Engine, rows: nw.LazyFrame, quasi: Quasi, counted: pa.Table, values: Values | None) -> KnownRows:
    """The rows at the precision agreed, each with its line in the table of counted combinations."""
    lines = counted.select(quasi.keys).append_column("_class", pa.array(np.arange(len(counted)), pa.int64()))
    found = keyed(rows, quasi).select(*quasi.keys, PERSON, DELIVERY, ROW)
    placed = found.join(engine.table(lines), on=quasi.keys, how="inner").select(PERSON, "_class", DELIVERY, ROW)
    table = engine.collect(placed).sort_by([(DELIVERY, "ascending"), (ROW, "ascending")])  # on every engine alike
    people = table[PERSON].combine_chunks()
    codes = people.dictionary_encode()
    codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    person = codes.indices.fill_null(NOBODY).to_numpy(zero_copy_only=False).astype(np.int64)
    line, delivery, row = (table[name].to_numpy().astype(np.int64) for name in ("_class", DELIVERY, ROW))
    if values is None:
        return KnownRows(Known(person, line), delivery, row)
    return KnownRows(Known(person, line, values.codes, int(values.codes.max(initial=0)) + 1), delivery, row)
