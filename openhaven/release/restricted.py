"""Legally restricted codes: looked for in every coded column; a record that holds one is left out (SENS-01)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

import narwhals.stable.v2 as nw

from openhaven.model.errors import Unmet
from openhaven.model.obligation import RestrictedCodes

from .plan import Plan, length


@dataclass(frozen=True, slots=True)
class RestrictedList:
    """One dated list: the code system it is in, and the codes; a code covers all that begin with it."""

    name: str
    system: str
    codes: tuple[str, ...]


def leave_out_restricted(plan: Plan, obligation: RestrictedCodes | None, lists: Sequence[RestrictedList]) -> Plan:
    """Leave out rows with a listed code in any coded column, whether or not that column leaves. Raises Unmet
    when a list that the decision names is not loaded."""
    if obligation is None or not obligation.lists:
        return plan
    loaded = [each for each in lists if each.name in obligation.lists]
    if missing := sorted(set(obligation.lists) - {each.name for each in loaded}):
        raise Unmet(
            f"restricted codes are not loaded: {', '.join(missing)}", todo="Put the list where haven.toml says."
        )
    _check_covered(plan, loaded)
    found = [
        _plain_codes(nw.col(field.name)).str.starts_with(plain_code(code))
        for each in loaded
        for field in plan.dataset
        if same_system(field.codes, each.system) and not field.identifies
        for code in each.codes
    ]
    if not found:
        return plan.counted("rows with a restricted code, left out", 0)
    holds = reduce(or_, found)
    left_out = length(plan.engine, plan.rows.filter(holds))
    kept = replace(plan, rows=plan.rows.filter(~holds))
    return kept.counted("rows with a restricted code, left out", left_out)


def plain_code(code: str) -> str:
    """A code as it is compared: upper case, without dots and spaces, since N97.0 and n970 are one code."""
    return code.upper().replace(".", "").replace(" ", "")


def _plain_codes(column: nw.Expr) -> nw.Expr:
    return column.fill_null("").str.to_uppercase().str.replace_all("[. ]", "")


def same_system(one: str, other: str) -> bool:
    """Whether two names mean one code system: ICD-10 and icd10 do."""
    return _name(one) == _name(other) != ""


def _name(system: str) -> str:
    return "".join(each for each in system.casefold() if each.isalnum())


def _check_covered(plan: Plan, loaded: Sequence[RestrictedList]) -> None:
    """Every coded column must be one that some list speaks of: else codes in it would pass unsearched."""
    systems = sorted({field.codes for field in plan.dataset if field.codes and not field.identifies})
    for system in systems:
        if not any(same_system(system, each.system) for each in loaded):
            listed = ", ".join(sorted({each.system for each in loaded}))
            raise Unmet(
                f"no restricted list loaded speaks of {system}, in which columns of {plan.dataset.id} are coded",
                todo=f"The lists speak of {listed}. Load one for {system}, or set the system's name right.",
            )
