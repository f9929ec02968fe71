"""Whose records are in the file, and whose must not be: measured again, obligation by obligation."""

from __future__ import annotations

from openhaven.model.obligation import (
    Checker,
    Evidence,
    NationalOptOut,
    Objections,
    OnlyCohort,
    OnlyConsenting,
    OnlyControllers,
    RestrictedCodes,
)
from openhaven.model.words import Precision

from .barred import in_file, matched, naming, not_returned, objecting_people, referred_to, study_ids
from .evidence import evidence
from .made import Made
from .minimise import cohort_rule
from .objections import OBJECTED
from .optouts import NOT_RETURNED
from .plan import length, with_fields
from .reading import restricted_in_file


def cohort(obligation: OnlyCohort, made: Made) -> Evidence:
    if not obligation.conditions:
        return evidence(obligation, True, "every row of the dataset is in the cohort", Checker.CONTROLLER)
    fields = [(made.plan.dataset.field(each.field), Precision.AS_HELD) for each in obligation.conditions]
    names = made.plan.rows.collect_schema().names()
    rows = with_fields(made.plan, [each for each in fields if each[0].name not in names]).rows
    outside = length(made.plan.engine, rows.filter(~cohort_rule(made.plan.dataset, obligation.conditions)))
    clauses = "; ".join(f"{each.field} {each.test} {', '.join(each.values)}" for each in obligation.conditions)
    return evidence(
        obligation,
        outside == 0,
        f"no row outside the cohort ({clauses})",
        Checker.CONTROLLER,
        measured={"conditions": clauses},
        counts={"rows outside": outside},
    )


def controllers(obligation: OnlyControllers, made: Made) -> Evidence:
    used = sorted({each.controller for each in made.plan.held})
    met = set(used) <= set(obligation.controllers)
    says = f"rows of {', '.join(used)}, each with authority on record"
    if obligation.declined:
        says += f"; {', '.join(obligation.declined)} declined and is left out"
    if obligation.unnamed:
        says += f"; {', '.join(obligation.unnamed)} is no party to the agreement and is left out"
    left_out = {"declined": list(obligation.declined), "unnamed": list(obligation.unnamed)}
    return evidence(obligation, met, says, Checker.CONTROLLER, measured={"controllers": used, **left_out})


def opt_outs(obligation: NationalOptOut, made: Made) -> Evidence:
    if not obligation.applies:
        left_out = made.plan.count(NOT_RETURNED)
        says = f"{left_out} people were left out by it" if left_out else obligation.because
        return evidence(obligation, not left_out, says, Checker.CONTROLLER, measured={"applied": False})
    assert made.answer is not None  # the road cannot have come this far without one
    barred = not_returned(made)
    stayed, referred = in_file(made, barred), referred_to(made, barred)
    left_out = made.plan.count(NOT_RETURNED)
    numberless = made.plan.count("people without a checkable NHS number, left out")
    says = (
        "whole records of everybody whom the national check did not return are left out; the answer was "
        f"{made.answer.age_days} days old, {obligation.max_age_days} are allowed"
    )
    if referred:
        says = f"people who may not flow are referred to in {', '.join(referred)}"
    if stayed:
        says = f"{stayed} people who may not flow are in the file"
    return evidence(
        obligation,
        not stayed and not referred,
        says,
        Checker.CONTROLLER,
        measured={"applied": True, "list": made.answer.list_id, "age in days": made.answer.age_days},
        counts={
            "people not returned": left_out,
            "people without a checkable NHS number": numberless,
            "rows without a person key": made.plan.count("rows without a person key, left out"),
        },
    )


def objections(obligation: Objections, made: Made) -> Evidence:
    barred = objecting_people(made)
    stayed, referred = in_file(made, barred), referred_to(made, barred)
    says = f"whole records of everybody who objected are left out ({', '.join(obligation.lists)})"
    if referred:
        says = f"people who objected are referred to in {', '.join(referred)}"
    if stayed:
        says = f"{stayed} people who objected are in the file"
    return evidence(
        obligation,
        not stayed and not referred,
        says,
        Checker.CONTROLLER,
        measured={"lists": list(obligation.lists)},
        counts={OBJECTED.removesuffix(" because they objected"): made.plan.count(OBJECTED)},
    )


def restricted(obligation: RestrictedCodes, made: Made) -> Evidence:
    found = restricted_in_file(obligation, made)
    says = f"every coded column was searched for the codes of {', '.join(obligation.lists)}; none stands in the file"
    return evidence(
        obligation,
        not found,
        f"restricted codes stand in {', '.join(found)}" if found else says,
        Checker.CONTROLLER,
        measured={"lists": list(obligation.lists)},
        counts={"records left out": made.plan.count("rows with a restricted code, left out")},
    )


def consenting(obligation: OnlyConsenting, made: Made) -> Evidence:
    assert made.person is not None
    listed = matched(made)
    strangers = [made.person.name] if study_ids(made, made.person) - listed else []
    strangers += [each.name for each in naming(made) if study_ids(made, each) - listed - {None}]
    says = (
        "everybody in the file was matched by NHS number and date of birth, and their own consent was "
        "checked (wording, items, period, not withdrawn)"
    )
    outcomes = {
        name.removeprefix("people file: "): count
        for name, count in made.plan.counts
        if name.startswith("people file: ")
    }
    return evidence(
        obligation,
        not strangers,
        says if not strangers else f"who did not consent is named in {', '.join(strangers)}",
        Checker.CONTROLLER,
        measured={"consent": obligation.consent, "wordings": list(obligation.wordings)},
        counts=outcomes,
    )
