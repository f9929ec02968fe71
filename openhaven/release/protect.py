"""Protecting records: one recoding a column, then suppression, until every class holds what is demanded.

Combinations are counted once, on the quasi-identifiers and the confidential values that are to be spread; the search
and the suppression work on their counts; the rows are then streamed once, without the classes that still fail. What is
demanded of several rows of one person is looked at row by row (see `known_events`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import Bools, Classes, roll_up
from openhaven.disclosure.known_events import Climbed, Wanted, lowest
from openhaven.disclosure.levels import staying
from openhaven.disclosure.models import Demands
from openhaven.disclosure.recoding import next_best, recode, trade
from openhaven.engines import Engine
from openhaven.model.certificate import Bar
from openhaven.model.errors import Unmet
from openhaven.model.obligation import KAnonymity
from openhaven.model.words import Precision

from .agreed import agreed_levels, check_same_fields
from .combinations import Counts, Recoding, Shapes, count, keys_and_rows, merged_at, recoding_at, sizes_before, total_of
from .counting import Quasi, exact_people, ints, keyed, sizes
from .demanded import Demanded, demands_of
from .known_events import KnownRows, known_rows, whose_lines
from .local import Left, Lines, for_sure, recoded
from .plan import DELIVERY, ROW, Plan, length
from .weighed import AGREED, CLASS_BY_CLASS, NO_MORE, NOT_WEIGHED, Weighed, weigh

TIGHTER = (1.0, 0.97, 0.9, 0.8, 0.6)
"""What t is taken times while searching: suppression changes the whole that classes are compared with."""


@dataclass(frozen=True, slots=True)
class Protected:
    """The frame that may leave (with `_person` beside it), how it was recoded, and what was suppressed.

    `classes` are those at the final recoding, with their rows; `small` those of which rows were suppressed, with how
    many; `lost` tells the rows suppressed one by one, where not whole classes were. `says` is what the search gave
    up, `weighed` the recodings that it met beside the one chosen."""

    rows: nw.LazyFrame
    recoding: Mapping[str, Precision]
    kept_rows: int
    suppressed_rows: int
    loss: float | None
    before: tuple[Bar, ...]
    classes: pa.Table
    small: pa.Table
    lost: nw.LazyFrame | None = None
    says: tuple[str, ...] = ()
    left: Left | None = None
    weighed: Weighed = NOT_WEIGHED


def protect(
    plan: Plan, shapes: Shapes, quasi: Quasi, demanded: KAnonymity | Demanded, *, agreed: Recoding | None
) -> Protected:
    """Make every class of the quasi-identifiers satisfy what is demanded.

    `agreed` is the recoding of an earlier delivery of the agreement: it is used again as it stands, or the release
    stops. Raises Unmet when what is demanded cannot be reached within the suppression."""
    if isinstance(demanded, KAnonymity):
        demanded = Demanded(demanded)
    if agreed is not None:
        check_same_fields(quasi, agreed)
    if not quasi.columns:
        return _nothing_to_protect(plan, shapes, demanded)
    counts = count(plan, shapes, quasi, demanded)
    if demanded.local is not None:
        return _class_by_class(plan, shapes, counts, demanded, agreed)
    if demanded.events:
        return _with_events(plan, shapes, counts, demanded, agreed)
    for tighter in _tries(counts, agreed):
        demands = demands_of(demanded, counts.values, tighter=tighter)
        levels, loss, weighed = _choose(counts, demands, demanded, agreed)
        recoding = recoding_at(counts, levels)
        merged, held = merged_at(counts, levels)
        failing = _failing(plan.engine, shapes.counted(plan, recoding), quasi, merged, held, _exactly(demanded, counts))
        small = merged.filter(pa.array(failing))
        suppressed = total_of(small)
        if suppressed <= demanded.k.suppression * counts.total:
            break
    else:
        raise _too_many(suppressed, counts.total, demanded, agreed)
    chosen = shapes.all(plan, recoding)
    rows = _without(plan.engine, chosen, small, quasi) if suppressed else chosen
    return Protected(rows, recoding, counts.total - suppressed, suppressed, loss,
                     sizes_before(counts), keys_and_rows(merged), keys_and_rows(small), weighed=weighed)  # fmt: skip


def _nothing_to_protect(plan: Plan, shapes: Shapes, demanded: Demanded) -> Protected:
    """No quasi-identifier leaves, so all rows are one class."""
    empty, rows = pa.table({"rows": pa.array([], pa.int64())}), shapes.all(plan, {})
    return Protected(rows, {}, length(plan.engine, rows), 0, 0.0, (), empty, empty)


def _class_by_class(
    plan: Plan, shapes: Shapes, counts: Counts, demanded: Demanded, agreed: Recoding | None
) -> Protected:
    """No row is suppressed; k is reached by the masks, a lower bound of people."""
    if agreed is not None:
        raise Unmet(
            "rows of the delivery before were coarsened class by class, and coarsened so again, under the same "
            "pseudonyms, the two together would tell more than either",
            todo="Make a new agreement with pseudonyms of its own, or agree global recoding.",
        )
    if demanded.keys or demanded.events or len(demanded.confidential) > 1:
        raise Unmet(f"class by class this version cannot reach {demanded}", todo="Agree global recoding.")
    demands = _exactly(demanded, counts)
    found = recoded(plan.engine, shapes.all(plan, {}), counts, demands)
    lines = Lines(counts.ladders, None if counts.values is None else counts.values.codes, ints(counts.table["rows"]))
    known = None
    if counts.quasi.has_person:
        known = whose_lines(plan.engine, shapes.counted(plan, {}), counts.both, counts.table)
    left = replace(found.left, loss_for_sure=for_sure(lines, found.class_of, known))
    finest = {each.field.name: each.precision for each in counts.quasi.columns}
    empty = pa.table({"rows": pa.array([], pa.int64())})
    return Protected(
        found.rows,
        finest,
        counts.total,
        0,
        left.loss,
        sizes_before(counts),
        empty,
        empty,
        left=left,
        weighed=Weighed(says=CLASS_BY_CLASS),
    )


def _too_many(suppressed: int, total: int, demanded: Demanded, agreed: Recoding | None) -> Unmet:
    under = " with the recoding agreed for this agreement" if agreed is not None else ""
    return Unmet(
        f"{suppressed:,} of {total:,} rows would have to be suppressed to reach {demanded}{under}; "
        f"{demanded.k.suppression:.0%} are allowed",
        todo="Agree a coarser precision, more suppression, or a new agreement.",
    )


def _tries(counts: Counts, agreed: Recoding | None) -> tuple[float, ...]:
    return TIGHTER if counts.values is not None and agreed is None else TIGHTER[:1]


def _choose(
    counts: Counts, demands: Demands, demanded: Demanded, agreed: Recoding | None
) -> tuple[list[int], float | None, Weighed]:
    """The level of each column, what is lost, and what else was met; the levels agreed where there are such."""
    if agreed is not None:
        return agreed_levels(counts, agreed), None, Weighed(says=AGREED)
    hierarchies = [each.hierarchy for each in counts.ladders]
    chosen = recode(counts.classes(), hierarchies, demands=demands, suppression=demanded.k.suppression)
    weighed = weigh(counts.quasi, counts.ladders, chosen.next_best, chosen.trade, rows=counts.total)
    return list(chosen.levels), chosen.loss, weighed


def _exactly(demanded: Demanded, counts: Counts) -> Demands:
    return demands_of(demanded, counts.values)


def _failing(
    engine: Engine, rows: nw.LazyFrame, quasi: Quasi, table: pa.Table, merged: Classes, demands: Demands
) -> Bools:
    """The classes that fail. A mask suspects; few rows are few people, and where rows are more the people of suspects
    are counted. Suppression changes the whole that values are compared with, so what is left is looked at again."""
    k = demands.models[0].fewest(merged.held)
    people = sizes(table, quasi)
    suspects = (people < k) & (merged.rows >= k)
    if quasi.has_person and suspects.any():
        people[suspects] = exact_people(engine, rows, quasi, table.filter(pa.array(suspects)))
    return ~staying(replace(merged.held, exact=np.minimum(people, merged.rows)), list(merged.codes.T), demands)


def _without(engine: Engine, rows: nw.LazyFrame, small: pa.Table, quasi: Quasi) -> nw.LazyFrame:
    names = rows.collect_schema().names()
    return keyed(rows, quasi).join(engine.table(small.select(quasi.keys)), on=quasi.keys, how="anti").select(*names)


def _with_events(plan: Plan, shapes: Shapes, counts: Counts, demanded: Demanded, agreed: Recoding | None) -> Protected:
    """The finest recoding found under which few enough rows have to go for any known events of a person, too."""
    known = known_rows(plan.engine, shapes.counted(plan, {}), counts.both, counts.table, counts.values)
    most, demands = int(demanded.k.suppression * counts.total + 1e-9), _exactly(demanded, counts)
    hierarchies = [each.hierarchy for each in counts.ladders]
    wanted = Wanted(known.rows, counts.classes(), hierarchies, demands, demanded.need, most)
    if agreed is not None:
        levels = tuple(agreed_levels(counts, agreed))
        found = Climbed(levels, wanted.kept(levels))
    else:
        found = lowest(wanted)
    if found.kept is None:
        under = " with the recoding agreed for this agreement" if agreed is not None else ""
        raise Unmet(
            f"more than {demanded.k.suppression:.0%} of rows would have to be suppressed to reach {demanded}{under}",
            todo="Agree a coarser precision, more suppression, fewer known events, or rows without a person link.",
        )
    weighed = Weighed(says=AGREED)
    if agreed is None:
        told = next_best(found.met, found.levels), trade(found.met)
        weighed = weigh(counts.quasi, counts.ladders, *told, rows=counts.total, says=NO_MORE)
    return replace(_without_rows(plan, shapes, counts, known, found), weighed=weighed)


def _without_rows(plan: Plan, shapes: Shapes, counts: Counts, known: KnownRows, found: Climbed) -> Protected:
    assert found.kept is not None
    gone, levels = ~found.kept, list(found.levels)
    recoding, (merged, _) = recoding_at(counts, levels), merged_at(counts, levels)
    class_of = roll_up(counts.classes(), [each.hierarchy for each in counts.ladders], levels)[1][known.rows.line]
    removed = np.bincount(class_of[gone], minlength=len(merged))
    small = keys_and_rows(merged).set_column(merged.column_names.index("rows"), "rows", pa.array(removed))
    suppressed, lost = int(gone.sum()), None
    if suppressed:
        lost = plan.engine.table(pa.table({DELIVERY: known.delivery[gone], ROW: known.row[gone]}))
        plan = replace(plan, rows=plan.rows.join(lost, on=[DELIVERY, ROW], how="anti"))
    return Protected(
        shapes.all(plan, recoding),
        recoding,
        counts.total - suppressed,
        suppressed,
        None,
        sizes_before(counts),
        keys_and_rows(merged),
        small.filter(pa.array(removed > 0)),
        lost,
        found.says,
    )
