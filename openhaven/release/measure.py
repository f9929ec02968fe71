"""Each obligation measured again, on the very file that leaves. One function an obligation, found by its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.disclosure.audit import audit
from openhaven.identity.nhs_number import valid_mask
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
)
from openhaven.model.words import Level, Precision

from .cohort import MATCHED
from .counting import Ints, Quasi, class_sizes
from .leave import Leaving, names_a_person, pseudonymise
from .made import Made
from .minimise import cohort_rule
from .plan import PERSON, PSEUDONYM, length, one, with_fields
from .precision import is_coarse
from .restricted import same_system
from .table import printed_in

Measure = Callable[[Any, Made], Evidence]
MOST_LISTED = 200_000  # distinct values of a coarsened column that are looked at one by one


@dataclass(frozen=True, slots=True)
class Certified:
    """The lines of a certificate, and the sizes and rows of the classes on the file where k was measured."""

    lines: tuple[Line, ...]
    sizes: tuple[Ints, Ints] | None


def certify(made: Made) -> Certified:
    """One line for each obligation of the decision. Raises Unmet naming the first that the file does not meet."""
    lines = []
    made = replace(made, sizes=_sizes_on_file(made), people_in_file=_people_in_file(made))
    for obligation in made.obligations:
        evidence = MEASURES[type(obligation)](obligation, made)
        if not evidence.met:
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
    return Evidence(obligation.kind, met, says, measured or {}, checker, counts or {})


def _file(made: Made) -> nw.LazyFrame:
    return made.plan.engine.scan([made.path])


def _distinct(made: Made, column: str) -> nw.LazyFrame:
    """The values of one column of the file, each once."""
    return _file(made).group_by(column).agg(nw.len().alias("_rows")).select(column)


def _fields(obligation: OnlyFields, made: Made) -> Evidence:
    if made.table is not None:
        header = made.path.read_text(encoding="utf-8").splitlines()[0].split(",")
        found = header[: len(made.table.by)]
        expected = list(made.table.by)
    else:
        found, expected = _file(made).collect_schema().names(), [each.name for each in made.columns]
    too_fine = [] if made.table is not None else _too_fine(made)
    says = f"the file has exactly the {len(expected)} columns agreed, none finer than agreed"
    if found != expected:
        says = f"the file has {', '.join(found)}; agreed are {', '.join(expected)}"
    elif too_fine:
        says = f"finer than agreed: {', '.join(too_fine)}"
    return _evidence(
        obligation,
        found == expected and not too_fine,
        says,
        Checker.RECIPIENT,
        measured={
            "columns": found,
            "precision": {each.name: _precision(made, each.field.name, each.precision) for each in made.columns},
        },
    )


def _precision(made: Made, name: str, agreed: Precision) -> str:
    return made.recoding.get(name, agreed).value


def _too_fine(made: Made) -> list[str]:
    """Columns in which a value is not its own coarsened form."""
    found = []
    for each in made.columns:
        precision = made.recoding.get(each.field.name, each.precision)
        if each.pseudonym or precision is Precision.AS_HELD:
            continue
        values = made.plan.engine.collect(_distinct(made, each.name))[each.name].to_pylist()
        held = (value for value in values if value is not None)
        fine = (not is_coarse(value, precision, field=each.field, places=made.plan.places) for value in held)
        if len(values) > MOST_LISTED or any(fine):
            found.append(each.name)
    return found


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
    return _evidence(
        obligation, met, says, Checker.CONTROLLER, measured={"controllers": used, "declined": list(obligation.declined)}
    )


def _opt_outs(obligation: NationalOptOut, made: Made) -> Evidence:
    if not obligation.applies:
        return _evidence(
            obligation,
            True,
            obligation.because,
            Checker.ANYONE,
            measured={"applied": False},
        )
    assert made.answer is not None  # the road cannot have come this far without one
    stayed, referred = _objectors_in_file(made), _objectors_referred_to(made)
    left_out = made.plan.count("people left out because the national check did not return them")
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


def _objectors_in_file(made: Made) -> int:
    """People of the haven who may not flow, yet stand in the file under the key by which people leave."""
    person, engine = made.person, made.plan.engine
    if person is None:
        return length(engine, _rows_of(made).join(_barred(made).select(PERSON), on=PERSON, how="semi"))
    if person.pseudonym and made.outcomes:
        return len(_study_ids(made, person) - _study_ids_that_flow(made))
    assert made.people_in_file is not None
    return length(engine, made.people_in_file.join(_barred_as(made, person), on=person.name, how="semi"))


def _objectors_referred_to(made: Made) -> list[str]:
    """Columns of the file that name people other than those whom its rows are about, and one who may not flow."""
    return [] if made.table is not None else [each.name for each in _naming(made) if _names_a_barred_one(made, each)]


def _naming(made: Made) -> list[Leaving]:
    """The columns in which a row names another person than the one it is about."""
    naming = [each for each in made.columns if names_a_person(made.plan.dataset, each.field)]
    return [each for each in naming if each.precision is not Precision.ALL]


def _names_a_barred_one(made: Made, each: Leaving) -> bool:
    if each.pseudonym and made.outcomes:
        return bool(_study_ids(made, each) - _study_ids_that_flow(made) - {None})
    named = _distinct(made, each.name).select(nw.col(each.name).cast(nw.String))
    return bool(length(made.plan.engine, named.join(_barred_as(made, each), on=each.name, how="semi")))


def _returned(made: Made) -> nw.LazyFrame:
    """The numbers of those who may flow: afresh from the answer, whatever the road made of it."""
    assert made.answer is not None
    return made.plan.engine.table(pa.table({"nhs_number": made.answer.returned.cast(pa.string())}))


def _barred(made: Made) -> nw.LazyFrame:
    """People of the haven who may not flow."""
    return made.everyone.people.join(_returned(made), on="nhs_number", how="anti")


def _study_ids_that_flow(made: Made) -> set[str]:
    flowing = made.plan.people.join(_returned(made), on="nhs_number", how="semi").select(PSEUDONYM)
    return set(made.plan.engine.collect(flowing)[PSEUDONYM].to_pylist())


def _barred_as(made: Made, each: Leaving) -> nw.LazyFrame:
    """Those people as text, as that column would name them: by pseudonym, or by their key."""
    if not each.pseudonym or made.key is None:
        return _barred(made).select(nw.col("person_key").alias(each.name))
    barred = pseudonymise(replace(made.everyone, people=_barred(made)), made.key).people
    return made.plan.engine.as_text(barred, PSEUDONYM).select(nw.col(PSEUDONYM).alias(each.name))


def _people_in_file(made: Made) -> nw.LazyFrame | None:
    """The keys of people in the file, each once, as text (a whole number, where that is the key)."""
    if made.person is None or made.table is not None:
        return None
    found = []
    for batch in pq.ParquetFile(made.path).iter_batches(1 << 20, columns=[made.person.name]):
        keys = batch.column(0).cast(pa.string())
        repeats = pc.equal(keys[1:], keys[:-1]).fill_null(False)  # rows of a person stand together, so most repeat
        found.append(keys.filter(pc.invert(pa.concat_arrays([pa.array([False]), repeats]))))
    return made.plan.engine.table(pa.table({made.person.name: pa.chunked_array(found, pa.string()).drop_null()}))


def _rows_of(made: Made) -> nw.LazyFrame:
    """The rows that left, with the vault's person ids beside them: for a file that has no key to a person."""
    plan = made.plan
    if made.protected is not None or plan.whole:
        return made.protected.rows if made.protected is not None else plan.rows
    return plan.rows.join(plan.people.select(PERSON), on=PERSON, how="semi")


def _level(obligation: AtLevel, made: Made) -> Evidence:
    if obligation.level is Level.IDENTIFIABLE:
        return _evidence(
            obligation,
            True,
            "identifiable, as decided: treat every row as confidential",
            Checker.ANYONE,
            measured={"level": obligation.level.value},
        )
    named = [each.name for each in made.columns if _identifies(made, each)]
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


def _identifies(made: Made, each: Leaving) -> bool:
    precision = made.recoding.get(each.field.name, each.precision)
    return each.field.identifies and not each.pseudonym and precision is Precision.AS_HELD


def nhs_numbers_in(made: Made) -> dict[str, int]:
    """Columns of the file in which valid NHS numbers stand, with how many distinct ones."""
    found = {}
    file = _file(made)
    known = {made.person.name} if made.person and made.key else set()  # each one is shown to be a pseudonym of ours
    for name, kind in file.collect_schema().items():
        if name in known:
            continue
        if kind == nw.String or kind.is_integer():
            text = _distinct(made, name).select(nw.col(name).cast(nw.String))
            likely = text.filter(nw.col(name).str.contains(r"^\d{3}[ -]?\d{3}[ -]?\d{4}$"))
            values = made.plan.engine.collect(likely)[name].combine_chunks()
            plain = pc.replace_substring_regex(values.cast(pa.string()), "[ -]", "")
            if count := int(np.sum(valid_mask(plain))):
                found[name] = count
    return found


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
    levels = {each.name: _precision(made, each.field.name, each.precision) for each in made.quasi.columns}
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


def _sizes_on_file(made: Made) -> tuple[Ints, Ints] | None:
    """Class sizes and rows read from the file itself, people told apart by the key under which they leave."""
    obligation = one(KAnonymity, made.obligations)
    if made.quasi is None or not made.quasi.columns or not isinstance(obligation, KAnonymity):
        return None
    file = _file(made)
    person = made.person
    known = made.quasi.has_person and person is not None
    keyed = (
        file.with_columns(nw.col(person.name).alias(PERSON))
        if known and person
        else file.with_columns(nw.lit(None).alias(PERSON))
    )
    return class_sizes(made.plan.engine, keyed, Quasi(made.quasi.columns, made.quasi.places, known), k=obligation.k)


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
    found = _restricted_in_file(obligation, made)
    says = f"every coded column was searched for the codes of {', '.join(obligation.lists)}; none stands in the file"
    return _evidence(
        obligation,
        not found,
        f"restricted codes stand in {', '.join(found)}" if found else says,
        Checker.CONTROLLER,
        measured={"lists": list(obligation.lists)},
        counts={"records left out": made.plan.count("rows with a restricted code, left out")},
    )


def _restricted_in_file(obligation: RestrictedCodes, made: Made) -> list[str]:
    """Coded columns of the file in which a listed code stands, read value by value."""
    listed = [each for each in made.restricted if each.name in obligation.lists]
    found = []
    for each in made.columns:
        codes = tuple(code for every in listed if same_system(every.system, each.field.codes) for code in every.codes)
        if each.field.codes and codes and made.table is None:
            values = made.plan.engine.collect(_distinct(made, each.name))[each.name].to_pylist()
            if any(value is not None and value.startswith(codes) for value in values):
                found.append(each.name)
    return found


def _consenting(obligation: OnlyConsenting, made: Made) -> Evidence:
    assert made.person is not None
    matched = _matched(made)
    strangers = [made.person.name] if _study_ids(made, made.person) - matched else []
    strangers += [each.name for each in _naming(made) if _study_ids(made, each) - matched - {None}]
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


def _study_ids(made: Made, each: Leaving) -> set[str | None]:
    column = made.plan.engine.collect(_distinct(made, each.name))[each.name]
    return set(column.to_pylist())


def _matched(made: Made) -> set[str]:
    return {each.study_id for each in made.outcomes if each.says == MATCHED}


def _promised(says: Callable[[Any], str], checker: Checker = Checker.ANYONE) -> Measure:
    """Obligations that act after the file is made: the certificate states them and the log enters them."""
    return lambda obligation, made: _evidence(obligation, True, says(obligation), checker)


MEASURES: Mapping[type[Obligation], Measure] = {
    OnlyFields: _fields,
    OnlyCohort: _cohort,
    OnlyControllers: _controllers,
    NationalOptOut: _opt_outs,
    AtLevel: _level,
    PseudonymScope: _pseudonyms,
    KAnonymity: _k,
    SmallNumbers: _small_numbers,
    RestrictedCodes: _restricted,
    OnlyConsenting: _consenting,
    DestroyIdentifiers: _promised(
        lambda each: (
            "the people file is destroyed once the release is entered; the "
            "destruction has its own certificate and entry"
        ),
        Checker.CONTROLLER,
    ),
    EncryptTo: _promised(lambda each: f"the package opens only with the key of record of {each.recipient}"),
    DestroyBy: _promised(lambda each: f"the recipient destroys this data by {each.by:%-d %B %Y}"),
    Replace: _promised(
        lambda each: (
            f"this replaces release {each.release} in full; the former file is to be destroyed "
            f"by {each.destroy_former_by:%-d %B %Y}"
        )
    ),
    Register: _promised(
        lambda each: (
            "the log entry names application, agreement, dataset and recipient; public registers are made from entries"
        )
    ),
}
