"""Protecting records: one recoding a column, then suppression, until every class holds what is demanded.

Combinations are counted once, on the quasi-identifiers and the confidential values that are to be spread; the search
and the suppression work on their counts; the rows are then streamed once, without the classes that still fail. What is
demanded of several rows of one person is looked at row by row (see `known_events`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

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

from .counting import (
    MASK,
    Quasi,
    bars,
    class_table,
    exact_people,
    ints,
    keyed,
    masks,
    sizes,
)
from .demanded import Demanded, Values, demands_of, values_of
from .known_events import KnownRows, known_rows, whose_lines
from .ladder import Ladder, ladder
from .leave import Leaving
from .local import Left, Lines, for_sure, recoded
from .plan import DELIVERY, ROW, Plan, length
from .weighed import AGREED, CLASS_BY_CLASS, NO_MORE, NOT_WEIGHED, Weighed, weigh

Recoding = Mapping[str, Precision]
Shape = Callable[[Plan, Recoding], nw.LazyFrame]
TIGHTER = (1.0, 0.97, 0.9, 0.8, 0.6)
"""What t is taken times while searching: suppression changes the whole that classes are compared with."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """The rows of a plan at a recoding: `all` with every column that leaves; `counted` with the quasi-identifiers and
    the confidential fields `spread` alone, and what tells each row."""

    all: Shape
    counted: Shape
    spread: tuple[Leaving, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted, one line a combination of characteristics and confidential values; equal characteristics stand
    on several lines where values are counted."""

    table: pa.Table
    quasi: Quasi
    ladders: tuple[Ladder, ...]
    values: Values | None

    @property
    def total(self) -> int:
        """All rows."""
        return _total(self.table)

    def classes(self) -> Classes:
        """As the search takes them."""
        codes = np.stack([each.codes for each in self.ladders], axis=1)
        rows = ints(self.table["rows"])
        confidential = None if self.values is None else self.values.counts(np.arange(len(rows)), rows)
        return Classes(codes, rows, masks(self.table, self.quasi), confidential)


def protect(
    plan: Plan, shapes: Shapes, quasi: Quasi, demanded: KAnonymity | Demanded, *, agreed: Recoding | None
) -> Protected:
    """Make every class of the quasi-identifiers satisfy what is demanded.

    `agreed` is the recoding of an earlier delivery of the agreement: it is used again as it stands, or the release
    stops. Raises Unmet when what is demanded cannot be reached within the suppression."""
    if isinstance(demanded, KAnonymity):
        demanded = Demanded(demanded)
    if agreed is not None:
        _check_same_fields(quasi, agreed)
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
        recoding = _recoding(counts, levels)
        merged, held = _merged(counts, levels)
        failing = _failing(plan.engine, shapes.counted(plan, recoding), quasi, merged, held, _exactly(demanded, counts))
        small = merged.filter(pa.array(failing))
        suppressed = _total(small)
        if suppressed <= demanded.k.suppression * counts.total:
            break
    else:
        raise _too_many(suppressed, counts.total, demanded, agreed)
    chosen = shapes.all(plan, recoding)
    rows = _without(plan.engine, chosen, small, quasi) if suppressed else chosen
    return Protected(rows, recoding, counts.total - suppressed, suppressed, loss,
                     _before(counts), _told(merged), _told(small), weighed=weighed)  # fmt: skip


def count(plan: Plan, shapes: Shapes, quasi: Quasi, demanded: Demanded) -> Counts:
    """Count each combination once. Raises Unmet where there is no row."""
    both = replace(quasi, columns=(*quasi.columns, *shapes.spread))
    table = class_table(plan.engine, shapes.counted(plan, {}), both, k=demanded.largest_k)
    if _total(table) == 0:
        raise Unmet("no row is left to release")
    if demanded.events or demanded.local is not None:  # which of equals goes first must not depend on the engine
        table = table.sort_by([(key, "ascending") for key in both.keys])
    ladders = tuple(ladder(each, table[key], quasi) for each, key in zip(quasi.columns, quasi.keys, strict=True))
    beside = both.keys[len(quasi.columns) :]
    columns = {each.field.name: (each, key) for each, key in zip(shapes.spread, beside, strict=True)}
    values = values_of(demanded.spread, table, columns, quasi) if demanded.spread else None
    return Counts(table, quasi, ladders, values)


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
    both = replace(counts.quasi, columns=(*counts.quasi.columns, *shapes.spread))
    demands = _exactly(demanded, counts)
    found = recoded(plan.engine, shapes.all(plan, {}), both, counts.table, counts.ladders, counts.classes(), demands)
    lines = Lines(counts.ladders, None if counts.values is None else counts.values.codes, ints(counts.table["rows"]))
    known = None
    if counts.quasi.has_person:
        known = whose_lines(plan.engine, shapes.counted(plan, {}), both, counts.table)
    left = replace(found.left, loss_for_sure=for_sure(lines, found.class_of, known))
    finest = {each.field.name: each.precision for each in counts.quasi.columns}
    empty = pa.table({"rows": pa.array([], pa.int64())})
    return Protected(
        found.rows,
        finest,
        counts.total,
        0,
        left.loss,
        _before(counts),
        empty,
        empty,
        left=left,
        weighed=Weighed(says=CLASS_BY_CLASS),
    )


def _total(classes: pa.Table) -> int:
    return int(ints(classes["rows"]).sum())


def _told(classes: pa.Table) -> pa.Table:
    """Keys and rows, without masks."""
    return classes.select([name for name in classes.column_names if not name.startswith(MASK)])


def _before(counts: Counts) -> tuple[Bar, ...]:
    if counts.values is None:
        return bars(sizes(counts.table, counts.quasi), ints(counts.table["rows"]))
    merged, _ = _merged(counts, [0] * len(counts.ladders))
    return bars(sizes(merged, counts.quasi), ints(merged["rows"]))


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
        return _agreed_levels(counts, agreed), None, Weighed(says=AGREED)
    hierarchies = [each.hierarchy for each in counts.ladders]
    chosen = recode(counts.classes(), hierarchies, demands=demands, suppression=demanded.k.suppression)
    weighed = weigh(counts.quasi, counts.ladders, chosen.next_best, chosen.trade, rows=counts.total)
    return list(chosen.levels), chosen.loss, weighed


def _recoding(counts: Counts, levels: list[int]) -> dict[str, Precision]:
    every = zip(counts.quasi.columns, counts.ladders, levels, strict=True)
    return {each.field.name: ladder.steps[level] for each, ladder, level in every}


def _check_same_fields(quasi: Quasi, agreed: Recoding) -> None:
    """Deliveries under one agreement share pseudonyms: other characteristics beside the former ones would be joined."""
    now, before = {each.field.name for each in quasi.columns}, set(agreed)
    if now != before:
        raise Unmet(
            f"the delivery before had {', '.join(sorted(before)) or 'no characteristics'}, and this one has "
            f"{', '.join(sorted(now)) or 'none'}: joined by their pseudonyms they would part people further",
            todo="Ask for the same fields, or make a new agreement with pseudonyms of its own.",
        )


def _agreed_levels(counts: Counts, agreed: Recoding) -> list[int]:
    return [
        _agreed_level(each, ladder, agreed) for each, ladder in zip(counts.quasi.columns, counts.ladders, strict=True)
    ]


def _agreed_level(each: Leaving, ladder: Ladder, agreed: Recoding) -> int:
    step = agreed.get(each.field.name, each.precision)
    if step not in ladder.steps:
        raise Unmet(
            f"{each.field.name} left at {step} before, which is finer than what is decided now ({each.precision})",
            todo="Make a new agreement: a refresh keeps the recoding of the delivery before.",
        )
    return ladder.steps.index(step)


def _merged(counts: Counts, levels: list[int]) -> tuple[pa.Table, Classes]:
    """The classes at these levels, under the keys that rows have there; masks are ORed, people never added."""
    merged, _ = roll_up(counts.classes(), [each.hierarchy for each in counts.ladders], levels)
    columns: dict[str, Any] = {}
    for number, (key, each, level) in enumerate(zip(counts.quasi.keys, counts.ladders, levels, strict=True)):
        labels = each.hierarchy.groupings[level].labels
        behind = pa.array([each.keys[level][label] for label in labels])
        columns[key] = behind.take(pa.array(merged.codes[:, number]))
    columns["rows"] = pa.array(merged.rows)
    if merged.people is not None:
        for word, mask in enumerate(merged.people.T):
            columns[f"{MASK}{word}"] = pa.array(np.ascontiguousarray(mask).view(np.int64))
    return pa.table(columns), merged


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
    both = replace(counts.quasi, columns=(*counts.quasi.columns, *shapes.spread))
    known = known_rows(plan.engine, shapes.counted(plan, {}), both, counts.table, counts.values)
    most, demands = int(demanded.k.suppression * counts.total + 1e-9), _exactly(demanded, counts)
    hierarchies = [each.hierarchy for each in counts.ladders]
    wanted = Wanted(known.rows, counts.classes(), hierarchies, demands, demanded.need, most)
    if agreed is not None:
        levels = tuple(_agreed_levels(counts, agreed))
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
    recoding, (merged, _) = _recoding(counts, levels), _merged(counts, levels)
    class_of = roll_up(counts.classes(), [each.hierarchy for each in counts.ladders], levels)[1][known.rows.line]
    removed = np.bincount(class_of[gone], minlength=len(merged))
    small = _told(merged).set_column(merged.column_names.index("rows"), "rows", pa.array(removed))
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
        _before(counts),
        _told(merged),
        small.filter(pa.array(removed > 0)),
        lost,
        found.says,
    )
