"""Each obligation measured again, on the very file that leaves. One function an obligation, found by its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw

from openhaven.disclosure.audit import audit
from openhaven.model.certificate import Line
from openhaven.model.errors import Unmet
from openhaven.model.obligation import (
    AtLevel,
    Checker,
    DestroyBy,
    DestroyIdentifiers,
    EncryptTo,
    Evidence,
    KAnonymity,
    NationalOptOut,
    Objections,
    Obligation,
    OnlyCohort,
    OnlyConsenting,
    OnlyControllers,
    OnlyFields,
    PseudonymScope,
    Register,
    Replace,
    RestrictedCodes,
    SmallNumbers,
    Standing,
    promise,
)
from openhaven.model.words import Level, Precision

from .barred import in_file, matched, naming, not_returned, objecting_people, referred_to, study_ids
from .counting import Ints
from .made import Made
from .minimise import cohort_rule
from .objections import OBJECTED
from .optouts import NOT_RETURNED
from .plan import PSEUDONYM, length, with_fields
from .reading import (
    identifies,
    nhs_numbers_in,
    people_in_file,
    precision_of,
    restricted_in_file,
    sizes_on_file,
    the_file,
    too_fine,
)
from .table import printed_in

Measure = Callable[[Any, Made], Evidence]


@dataclass(frozen=True, slots=True)
class Certified:
    """The lines of a certificate, and the sizes and rows of the classes on the file where k was measured."""

    lines: tuple[Line, ...]
    sizes: tuple[Ints, Ints] | None


def certify(made: Made) -> Certified:
    """One line for each obligation of the decision. Raises Unmet naming the first that the file does not meet."""
    lines = []
    made = replace(made, sizes=sizes_on_file(made), people_in_file=people_in_file(made))
    for obligation in made.obligations:
        evidence = MEASURES[type(obligation)](obligation, made)
        if evidence.standing is Standing.NOT_MET:
            raise Unmet(f"{obligation.kind} is not met: {evidence.says}", todo="Nothing has left the haven.")
        lines.append(Line(obligation, evidence))
    return Certified(tuple(lines), made.sizes)


def _evidence(
    obligation: Obligation,
    met: bool,
    says: str,
    checker: Checker,
    *,
    measured: Mapping[str, Any] | None = None,
    counts: Mapping[str, Any] | None = None,
) -> Evidence:
    standing = Standing.MEASURED if met else Standing.NOT_MET
    return Evidence(obligation.kind, standing, says, measured or {}, checker, counts or {})


def _fields(obligation: OnlyFields, made: Made) -> Evidence:
    if made.table is not None:
        header = made.path.read_text(encoding="utf-8").splitlines()[0].split(",")
        found = header[: len(made.table.by)]
        expected = list(made.table.by)
    else:
        found, expected = the_file(made).collect_schema().names(), [each.name for each in made.columns]
    finer = [] if made.table is not None else too_fine(made)
    says = f"the file has exactly the {len(expected)} columns agreed, none finer than agreed"
    if found != expected:
        says = f"the file has {', '.join(found)}; agreed are {', '.join(expected)}"
    elif finer:
        says = f"finer than agreed: {', '.join(finer)}"
    return _evidence(
        obligation,
        found == expected and not finer,
        says,
        Checker.RECIPIENT,
        measured={
            "columns": found,
            "precision": {each.name: precision_of(made, each.field.name, each.precision) for each in made.columns},
        },
    )


def _cohort(obligation: OnlyCohort, made: Made) -> Evidence:
    if not obligation.conditions:
        return _evidence(obligation, True, "every row of the dataset is in the cohort", Checker.CONTROLLER)
    fields = [(made.plan.dataset.field(each.field), Precision.AS_HELD) for each in obligation.conditions]
    names = made.plan.rows.collect_schema().names()
    rows = with_fields(made.plan, [each for each in fields if each[0].name not in names]).rows
    outside = length(made.plan.engine, rows.filter(~cohort_rule(made.plan.dataset, obligation.conditions)))
    clauses = "; ".join(f"{each.field} {each.test} {', '.join(each.values)}" for each in obligation.conditions)
    return _evidence(
        obligation,
        outside == 0,
        f"no row outside the cohort ({clauses})",
        Checker.CONTROLLER,
        measured={"conditions": clauses},
        counts={"rows outside": outside},
    )


def _controllers(obligation: OnlyControllers, made: Made) -> Evidence:
    used = sorted({each.controller for each in made.plan.held})
    met = set(used) <= set(obligation.controllers)
    says = f"rows of {', '.join(used)}, each with authority on record"
    if obligation.declined:
        says += f"; {', '.join(obligation.declined)} declined and is left out"
    if obligation.unnamed:
        says += f"; {', '.join(obligation.unnamed)} is no party to the agreement and is left out"
    left_out = {"declined": list(obligation.declined), "unnamed": list(obligation.unnamed)}
    return _evidence(obligation, met, says, Checker.CONTROLLER, measured={"controllers": used, **left_out})


def _opt_outs(obligation: NationalOptOut, made: Made) -> Evidence:
    if not obligation.applies:
        left_out = made.plan.count(NOT_RETURNED)
        says = f"{left_out} people were left out by it" if left_out else obligation.because
        return _evidence(obligation, not left_out, says, Checker.CONTROLLER, measured={"applied": False})
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
    return _evidence(
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


def _objections(obligation: Objections, made: Made) -> Evidence:
    barred = objecting_people(made)
    stayed, referred = in_file(made, barred), referred_to(made, barred)
    says = f"whole records of everybody who objected are left out ({', '.join(obligation.lists)})"
    if referred:
        says = f"people who objected are referred to in {', '.join(referred)}"
    if stayed:
        says = f"{stayed} people who objected are in the file"
    return _evidence(
        obligation,
        not stayed and not referred,
        says,
        Checker.CONTROLLER,
        measured={"lists": list(obligation.lists)},
        counts={OBJECTED.removesuffix(" because they objected"): made.plan.count(OBJECTED)},
    )


def _level(obligation: AtLevel, made: Made) -> Evidence:
    if obligation.level is Level.IDENTIFIABLE:
        return _evidence(
            obligation,
            True,
            "identifiable, as decided: treat every row as confidential",
            Checker.ANYONE,
            measured={"level": obligation.level.value},
        )
    named = [each.name for each in made.columns if identifies(made, each)]
    found = {} if made.table is not None else nhs_numbers_in(made)
    if named:
        says = f"{', '.join(named)} would identify people"
    elif made.table is not None:
        says = "counts only; no row about a person"
    elif found:
        says = "NHS numbers stand in " + ", ".join(f"{name} ({count})" for name, count in found.items())
    else:
        says = (
            "no column is described as an identifier that leaves as held, and every text and whole number was looked "
            "through for NHS numbers"
        )
    met = not found and not named
    return _evidence(obligation, met, says, Checker.RECIPIENT, measured={"level": obligation.level.value})


def _pseudonyms(obligation: PseudonymScope, made: Made) -> Evidence:
    person, engine = made.person, made.plan.engine
    scope = f"recipient {obligation.recipient}, agreement {obligation.agreement}, epoch {obligation.epoch}"
    if person is None:
        return _evidence(obligation, True, "no person key leaves", Checker.RECIPIENT)
    known = engine.as_text(made.plan.people.select(PSEUDONYM), PSEUDONYM).select(nw.col(PSEUDONYM).alias(person.name))
    assert made.people_in_file is not None
    foreign = made.people_in_file.join(known, on=person.name, how="anti")
    strangers = length(engine, foreign)
    return _evidence(
        obligation,
        strangers == 0,
        f"every person key is a pseudonym of this scope ({scope})",
        Checker.CONTROLLER,
        measured={"scope": scope},
        counts={"keys not of this scope": strangers},
    )


def _k(obligation: KAnonymity, made: Made) -> Evidence:
    assert made.quasi is not None and made.protected is not None
    if made.sizes is None:
        return _evidence(obligation, True, "no characteristic that people share or differ in leaves", Checker.RECIPIENT)
    sizes, _ = made.sizes
    smallest = int(sizes.min()) if len(sizes) else 0
    total = made.protected.kept_rows + made.protected.suppressed_rows
    share = made.protected.suppressed_rows / total
    counted = "people" if made.quasi.has_person and made.person is not None else "rows"
    levels = {each.name: precision_of(made, each.field.name, each.precision) for each in made.quasi.columns}
    keyless = made.quasi.has_person and made.person is None
    how = "; no key to a person leaves, so people were counted before and rows on this file" if keyless else ""
    says = (
        f"every combination of {', '.join(levels)} holds at least {smallest} {counted} (k = {obligation.k} was "
        f"decided){how}; {share:.1%} of rows suppressed, {obligation.suppression:.0%} allowed"
    )
    return _evidence(
        obligation,
        smallest >= obligation.k and share <= obligation.suppression,
        says,
        Checker.RECIPIENT,
        measured={"k": smallest, "counted": counted, "recoding": levels, "share suppressed": round(share, 4)},
        counts={"classes": len(sizes), "rows suppressed": made.protected.suppressed_rows},
    )


def _small_numbers(obligation: SmallNumbers, made: Made) -> Evidence:
    assert made.table is not None
    protected = made.table.protected
    exposed = audit(protected.tables, people_of=((1, 0),) if len(protected.tables) > 1 else ())
    same = printed_in(made.path.read_text(encoding="utf-8"), len(made.table.by)) == [
        list(cells) for cells in zip(*(table.shown for table in protected.tables), strict=True)
    ]
    says = f"rule {obligation.rule}, policy of this installation; the audit finds no count that can be worked out"
    if exposed or not same:
        says = f"{len(exposed)} counts can be worked out" if exposed else "the file is not the table that was audited"
    return _evidence(
        obligation,
        same and not exposed,
        says,
        Checker.RECIPIENT,
        measured={"rule": obligation.rule},
        counts={"small counts hidden": sum(protected.small), "further counts hidden": sum(protected.second)},
    )


def _restricted(obligation: RestrictedCodes, made: Made) -> Evidence:
    found = restricted_in_file(obligation, made)
    says = f"every coded column was searched for the codes of {', '.join(obligation.lists)}; none stands in the file"
    return _evidence(
        obligation,
        not found,
        f"restricted codes stand in {', '.join(found)}" if found else says,
        Checker.CONTROLLER,
        measured={"lists": list(obligation.lists)},
        counts={"records left out": made.plan.count("rows with a restricted code, left out")},
    )


def _consenting(obligation: OnlyConsenting, made: Made) -> Evidence:
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
    return _evidence(
        obligation,
        not strangers,
        says if not strangers else f"who did not consent is named in {', '.join(strangers)}",
        Checker.CONTROLLER,
        measured={"consent": obligation.consent, "wordings": list(obligation.wordings)},
        counts=outcomes,
    )


def _promised(says: Callable[[Any], str], checker: Checker) -> Measure:
    """Obligations that are carried out after the file is made: nothing is measured, so the certificate promises."""

    def promised(obligation: Obligation, _: Made) -> Evidence:
        made = promise(obligation.kind, obligation.due)
        return Evidence(obligation.kind, Standing.PROMISED, says(obligation), {}, checker, {}, made)

    return promised


MEASURES: Mapping[type[Obligation], Measure] = {
    OnlyFields: _fields,
    OnlyCohort: _cohort,
    OnlyControllers: _controllers,
    NationalOptOut: _opt_outs,
    Objections: _objections,
    AtLevel: _level,
    PseudonymScope: _pseudonyms,
    KAnonymity: _k,
    SmallNumbers: _small_numbers,
    RestrictedCodes: _restricted,
    OnlyConsenting: _consenting,
    DestroyIdentifiers: _promised(
        lambda each: "the people file that was sent for matching is destroyed", Checker.CONTROLLER
    ),
    EncryptTo: _promised(
        lambda each: f"the package's own key is sealed to the key of record of {each.recipient}", Checker.RECIPIENT
    ),
    DestroyBy: _promised(lambda each: "the recipient destroys this data, with every copy", Checker.CONTROLLER),
    Replace: _promised(
        lambda each: f"this release replaces {each.release} in full; the recipient destroys the former file",
        Checker.CONTROLLER,
    ),
    Register: _promised(
        lambda each: (
            "the log entry names application, agreement, dataset and recipient; public registers are made from entries"
        ),
        Checker.ANYONE,
    ),
}
