"""Where the national data opt-out is applied on the road: whole records, by NHS number (NDO-12, NDO-13)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.model.errors import Unmet
from openhaven.model.obligation import NationalOptOut

from .plan import PERSON, Plan, length

NOT_RETURNED = "people left out because the national check did not return them"
_FLOWS = "_flows"


@dataclass(frozen=True, slots=True)
class MayFlow:
    """The answer of the national check that is relied on: the numbers returned, and how old it is in days."""

    list_id: str
    returned: pa.Array
    age_days: int
    digest: str


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
    numbers = pc.unique(answer.returned.cast(pa.string()))
    returned = pa.table({"nhs_number": numbers, _FLOWS: pa.repeat(True, len(numbers))})
    marked = plan.engine.materialise(plan.people.join(plan.engine.table(returned), on="nhs_number", how="left"))
    people, barred = marked.filter(nw.col(_FLOWS)).drop(_FLOWS), marked.filter(nw.col(_FLOWS).is_null())
    not_returned = barred.filter(nw.col("held") & ~nw.col("nhs_number").is_null())
    plan = plan.counted(NOT_RETURNED, length(plan.engine, not_returned))
    return replace(plan, people=people, whole=False, barred=barred.select(PERSON) if plan.whole else None)


def _without_number(plan: Plan) -> int:
    return length(plan.engine, plan.people.filter(nw.col("held") & nw.col("nhs_number").is_null()))


def _without_person(plan: Plan) -> int:
    return length(plan.engine, plan.rows.filter(nw.col(PERSON).is_null()))
