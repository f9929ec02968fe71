"""How a table is recoded: by the best of global recodings, class by class, or for known events of a person."""

from dataclasses import dataclass, replace

import numpy as np

from openhaven.disclosure.classes import Bools, Classes, ValueCounts, count_people, roll_up
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.known_events import Known, Levels, Wanted, lowest
from openhaven.disclosure.levels import at_levels, row_loss
from openhaven.disclosure.local import recode_locally
from openhaven.disclosure.recoding import Alternative, next_best, recode, trade
from openhaven.model.errors import Unmet
from openhaven.tools.anonymise_request import AnonymiseRequest
from openhaven.tools.anonymise_table import Table
from openhaven.tools.people import named_people

NO_MORE = "recodings that would need more rows suppressed than allowed were not counted to the end, so none is told"
GLANCE = 100_000_000  # class cells looked at for what one level a column would lose, beside levels class by class
CLASS_BY_CLASS = (
    "of recodings class by class no next best is told: the search compares moves, not whole recodings; to see what "
    "another k costs, ask for it"
)


@dataclass(frozen=True)
class Made:
    """`levels` and `class_of` of each combination of the file, and which are suppressed; `column_levels` where each
    column has one level. `next_best` and `trade` are other recodings that the search met; `says` is what it did not."""

    levels: Ints
    class_of: Ints
    suppressed: Bools
    loss: float
    gave_up: tuple[str, ...]
    column_levels: Levels | None = None
    proven: bool = False
    next_best: tuple[Alternative, ...] = ()
    trade: tuple[Alternative, ...] = ()
    says: tuple[str, ...] = ()


def searched(table: Table, request: AnonymiseRequest) -> tuple[Table, Made]:
    """The recoding, and the table it is of: for known events each combination is parted in two. Raises Unmet."""
    if request.asked.events is not None:
        return _for_known_events(table, request)
    return table, _locally(table) if request.recoding == "local" else _globally(table, request)


def _globally(table: Table, request: AnonymiseRequest) -> Made:
    hierarchies = table.found.hierarchies
    chosen = recode(table.classes, hierarchies, demands=table.demands, suppression=request.suppression)
    at = at_levels(table.classes, hierarchies, levels=chosen.levels, demands=table.demands)
    if request.person is not None:  # the masks may take a class for too small: count once more, exactly
        person = table.held.apart[request.person].astype(np.int64)
        exact = count_people(at.merged[table.held.of_row], person, classes=int(at.merged.max()) + 1)
        at = at_levels(table.classes, hierarchies, levels=chosen.levels, demands=table.demands, sizes=exact)
    own = slice(0, table.own)
    levels = np.tile(np.array(chosen.levels), (table.own, 1))
    gave_up = () if chosen.proven else (f"{chosen.counted:,} of {chosen.nodes:,} recodings were counted",)
    proven = chosen.proven and request.person is None
    return Made(
        levels,
        at.merged[own],
        at.suppressed[own],
        at.loss,
        gave_up,
        chosen.levels,
        proven,
        chosen.next_best,
        chosen.trade,
    )


def _for_known_events(table: Table, request: AnonymiseRequest) -> tuple[Table, Made]:
    """The finest recoding found under which few enough rows go; each combination in two, what stays and what goes."""
    classes, hierarchies, asked = table.classes, table.found.hierarchies, request.asked
    most = int(request.suppression * classes.total + 1e-9)
    need = {asked.events or 1: asked.k}
    found = lowest(Wanted(_known(table, request), classes, hierarchies, table.demands, need, most))
    if found.kept is None:
        raise Unmet(
            f"more than {request.suppression:.0%} of rows would have to be suppressed to reach {asked.known()}",
            todo="Allow more suppression, or ask for fewer known events or a smaller k.",
        )
    parted = _parted(table, found.kept)
    lost, gone = row_loss(parted.classes, hierarchies, found.levels), np.arange(parted.own) >= table.own
    lost[gone] = 1.0
    class_of = roll_up(parted.classes, hierarchies, found.levels)[1]
    levels = np.tile(np.array(found.levels), (parted.own, 1))
    whole = float(lost @ parted.classes.rows) / classes.total
    return parted, Made(
        levels,
        class_of,
        gone | (parted.held.rows == 0),
        whole,
        found.says,
        found.levels,
        next_best=next_best(found.met, found.levels),
        trade=trade(found.met),
        says=(NO_MORE,),
    )


def _known(table: Table, request: AnonymiseRequest) -> Known:
    assert request.person is not None
    held, counted = table.held, table.classes.confidential
    person, line = named_people(held.apart[request.person], held.values[request.person]), held.of_row
    if counted is None:
        return Known(person, line)
    value = np.zeros(table.own, dtype=np.int64)
    value[counted.owner] = counted.value  # each combination holds one confidential value
    return Known(person, line, value, len(counted.whole), counted.whole)


def _parted(table: Table, kept: Bools) -> Table:
    """Each combination twice: first with the rows that stay, then with those that go."""
    held, own = table.held, table.own
    of_row = held.of_row + np.where(kept, 0, own).astype(np.int32)
    rows = np.bincount(of_row, minlength=2 * own)
    codes, leaves = np.tile(held.codes, (2, 1)), np.tile(table.leaves, (2, 1))
    counted = table.classes.confidential
    if counted is not None:
        owner, value = np.concatenate((counted.owner, counted.owner + own)), np.tile(counted.value, 2)
        counted = ValueCounts(owner, value, rows[owner], counted.whole)
    held = replace(held, codes=codes, rows=rows, of_row=of_row)
    return replace(table, held=held, leaves=leaves, classes=Classes(leaves, rows, None, counted))


def _locally(table: Table) -> Made:
    classes, hierarchies = table.classes, table.found.hierarchies
    made = recode_locally(classes, hierarchies, demands=table.demands)
    best = recode(classes, hierarchies, demands=table.demands, most_work=GLANCE)
    beside = Alternative(best.levels, best.loss, best.suppressed_rows)
    nobody = np.zeros(table.own, dtype=np.bool_)
    own = slice(0, table.own)
    return Made(
        made.levels[own],
        made.class_of[own],
        nobody,
        made.loss,
        made.gave_up,
        None,
        False,
        (beside,),
        says=(CLASS_BY_CLASS,),
    )
