"""Where other objections are applied on the road: whole records of whoever a list names, by NHS number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from openhaven.model.errors import Unmet
from openhaven.model.obligation import Objections, Obligation

from .optouts import as_number
from .plan import PERSON, Plan, length

OBJECTED = "people left out because they objected"
_NUMBER, _OBJECTS = "_number", "_objects"


@dataclass(frozen=True, slots=True)
class Objectors:
    """Those whom the lists of these names say to leave out. `digest` tells one set of numbers from another."""

    lists: tuple[str, ...]
    numbers: npt.NDArray[np.int64]
    digest: str


def lists_of(obligations: Sequence[Obligation]) -> tuple[str, ...]:
    """The lists that a decision wants applied, each once."""
    named = {name for each in obligations if isinstance(each, Objections) for name in each.lists}
    return tuple(sorted(named))


def leave_out_objectors(plan: Plan, obligations: Sequence[Obligation], objectors: Objectors | None) -> Plan:
    """Leave out whoever a list names. Raises Unmet when a list that the decision names is not there.

    Somebody without a checkable NHS number, or a row without a person key, could be the one who objected: they are
    left out as well, as under the national data opt-out (NDO-18)."""
    wanted = lists_of(obligations)
    if not wanted:
        return plan
    if missing := sorted(set(wanted) - set(objectors.lists if objectors else ())):
        raise Unmet(
            f"people on the list {', '.join(missing)} have to be left out, and the list is not here",
            todo="Nothing has left the haven. Load the list, or ask for a decision that does not need it.",
        )
    assert objectors is not None
    if plan.whole:
        rows = length(plan.engine, plan.rows.filter(nw.col(PERSON).is_null()))
        plan = plan.counted("rows without a person key, left out", rows)
    marked = plan.engine.materialise(
        plan.people.with_columns(as_number(nw.col("nhs_number")).alias(_NUMBER))
        .join(objecting(plan, objectors), on=_NUMBER, how="left")
        .drop(_NUMBER)
    )
    stays = nw.col(_OBJECTS).is_null() & ~nw.col("nhs_number").is_null()
    people, out = marked.filter(stays).drop(_OBJECTS), marked.filter(~stays)
    numberless = out.filter(nw.col("held") & nw.col("nhs_number").is_null())
    named = out.filter(nw.col("held") & ~nw.col(_OBJECTS).is_null())
    plan = plan.counted(
        "people without a checkable NHS number, left out with objectors", length(plan.engine, numberless)
    )
    plan = plan.counted(OBJECTED, length(plan.engine, named))
    return replace(plan, people=people, whole=False, barred=_barred(plan, out.select(PERSON)))


def objecting(plan: Plan, objectors: Objectors) -> nw.LazyFrame:
    """The numbers of those who objected, each once, and a mark beside each."""
    numbers = np.unique(objectors.numbers)
    return plan.engine.table(pa.table({_NUMBER: numbers, _OBJECTS: pa.repeat(True, len(numbers))}))


def may_not_flow(plan: Plan, objectors: Objectors) -> nw.LazyFrame:
    """The people of a plan who are named by a list, or of whom nobody can tell: told afresh from the numbers."""
    marked = plan.people.with_columns(as_number(nw.col("nhs_number")).alias(_NUMBER)).join(
        objecting(plan, objectors), on=_NUMBER, how="left"
    )
    return marked.filter(~nw.col(_OBJECTS).is_null() | nw.col("nhs_number").is_null()).drop(_NUMBER, _OBJECTS)


def _barred(plan: Plan, more: nw.LazyFrame) -> nw.LazyFrame | None:
    """Everybody left out so far, where that is still known."""
    if plan.whole:
        return more
    return None if plan.barred is None else plan.engine.materialise(nw.concat([plan.barred, more]))
