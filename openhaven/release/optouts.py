"""Where the national data opt-out is applied on the road: whole records, by NHS number (NDO-12, NDO-13)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from openhaven.model.errors import Unmet
from openhaven.model.obligation import NationalOptOut

from .plan import PERSON, Plan, length

NOT_RETURNED = "people left out because the national check did not return them"
_FLOWS, _NUMBER = "_flows", "_number"


@dataclass(frozen=True, slots=True)
class MayFlow:
    """The answer of the national check that is relied on: the numbers returned, and how old it is in days."""

    list_id: str
    returned: pa.Array
    age_days: int
    digest: str

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The numbers returned as whole numbers: people are found by these in half the time that texts take."""
        return np.asarray(self.returned.cast(pa.string()).cast(pa.int64()))


def apply_opt_outs(plan: Plan, obligation: NationalOptOut, answer: MayFlow | None) -> Plan:
    """Keep only people whose NHS number the national check returned. Raises Unmet without a fresh answer.

    A number that was not asked about does not flow; neither does a person without a checkable number (NDO-18),
    nor a row without a person key."""
    if not obligation.applies:
        return plan
    if answer is None:
        raise Unmet(
            "the national data opt-out has to be applied and there is no answer of the national check",
            todo="Run `haven optouts ask`, send the file, and `haven optouts load` the answer.",
        )
    if answer.age_days > obligation.max_age_days:
        raise Unmet(
            f"the answer of the national check ({answer.list_id}) is {answer.age_days} days old and may be "
            f"{obligation.max_age_days} at the most",
            todo="Run `haven optouts ask` again.",
        )
    plan = plan.counted("people without a checkable NHS number, left out", _without_number(plan))
    plan = plan.counted("rows without a person key, left out", _without_person(plan))
    marked = plan.engine.materialise(
        plan.people.with_columns(as_number(nw.col("nhs_number")).alias(_NUMBER))
        .join(plan.engine.table(_returned(answer)), on=_NUMBER, how="left")
        .drop(_NUMBER)
    )
    people, barred = marked.filter(nw.col(_FLOWS)).drop(_FLOWS), marked.filter(nw.col(_FLOWS).is_null())
    not_returned = barred.filter(nw.col("held") & ~nw.col("nhs_number").is_null())
    plan = plan.counted(NOT_RETURNED, length(plan.engine, not_returned))
    return replace(plan, people=people, whole=False, barred=barred.select(PERSON) if plan.whole else None)


def _returned(answer: MayFlow) -> pa.Table:
    """The numbers that may flow, each once, and a mark beside each."""
    numbers = np.sort(answer.numbers)
    numbers = numbers[np.append(numbers[:1] == numbers[:1], numbers[1:] != numbers[:-1])]
    return pa.table({_NUMBER: numbers, _FLOWS: pa.repeat(True, len(numbers))})


def as_number(column: nw.Expr) -> nw.Expr:
    """NHS numbers as whole numbers, as `MayFlow.numbers` has them: ten digits always, so that no two become one."""
    return column.cast(nw.Int64)


def _without_number(plan: Plan) -> int:
    return length(plan.engine, plan.people.filter(nw.col("held") & nw.col("nhs_number").is_null()))


def _without_person(plan: Plan) -> int:
    return length(plan.engine, plan.rows.filter(nw.col(PERSON).is_null()))
