"""Who may not flow, worked out afresh from the answer of the national check, and whether they stand in the file."""

from __future__ import annotations

from dataclasses import replace

import narwhals.stable.v2 as nw
import pyarrow as pa

from openhaven.model.words import Precision

from .cohort import MATCHED
from .leave import Leaving, names_a_person, pseudonymise
from .made import Made
from .objections import may_not_flow
from .optouts import as_number
from .plan import PERSON, PSEUDONYM, length
from .reading import distinct


def in_file(made: Made, barred: nw.LazyFrame) -> int:
    """How many of these people of the haven stand in the file under the key by which people leave."""
    person, engine = made.person, made.plan.engine
    if person is None:
        return length(engine, rows_that_left(made).join(barred.select(PERSON), on=PERSON, how="semi"))
    if person.pseudonym and made.outcomes:
        return len(study_ids(made, person) - study_ids_but(made, barred))
    assert made.people_in_file is not None
    return length(engine, made.people_in_file.join(_named_as(made, barred, person), on=person.name, how="semi"))


def referred_to(made: Made, barred: nw.LazyFrame) -> list[str]:
    """Columns of the file that name people other than those whom its rows are about, and one of these people."""
    return [] if made.table is not None else [each.name for each in naming(made) if _names_one(made, barred, each)]


def not_returned(made: Made) -> nw.LazyFrame:
    """People of the haven whom the national check did not return: afresh, whatever the road made of its answer."""
    assert made.answer is not None
    returned = made.plan.engine.table(pa.table({"_number": made.answer.numbers}))
    numbered = made.everyone.people.with_columns(as_number(nw.col("nhs_number")).alias("_number"))
    return numbered.join(returned, on="_number", how="anti").drop("_number")


def objecting_people(made: Made) -> nw.LazyFrame:
    """People of the haven whom a list of objections leaves out, afresh from its numbers."""
    assert made.objectors is not None
    return may_not_flow(made.everyone, made.objectors)


def naming(made: Made) -> list[Leaving]:
    """The columns in which a row names another person than the one it is about."""
    naming = [each for each in made.columns if names_a_person(made.plan.dataset, each.field)]
    return [each for each in naming if each.precision is not Precision.ALL]


def _names_one(made: Made, barred: nw.LazyFrame, each: Leaving) -> bool:
    if each.pseudonym and made.outcomes:
        return bool(study_ids(made, each) - study_ids_but(made, barred) - {None})
    named = distinct(made, each.name).select(nw.col(each.name).cast(nw.String))
    return bool(length(made.plan.engine, named.join(_named_as(made, barred, each), on=each.name, how="semi")))


def study_ids_but(made: Made, barred: nw.LazyFrame) -> set[str]:
    """The study ids of the people on the road, but for these."""
    flowing = made.plan.people.join(barred.select(PERSON), on=PERSON, how="anti").select(PSEUDONYM)
    return set(made.plan.engine.collect(flowing)[PSEUDONYM].to_pylist())


def _named_as(made: Made, barred: nw.LazyFrame, each: Leaving) -> nw.LazyFrame:
    """Those people as text, as that column would name them: by pseudonym, or by their key."""
    if not each.pseudonym or made.key is None:
        return barred.select(nw.col("person_key").alias(each.name))
    few = made.plan.engine.materialise(barred)  # else an engine may give everyone a pseudonym before it picks the few
    named = pseudonymise(replace(made.everyone, people=few), made.key).people
    return made.plan.engine.as_text(named, PSEUDONYM).select(nw.col(PSEUDONYM).alias(each.name))


def rows_that_left(made: Made) -> nw.LazyFrame:
    """The rows that left, with the vault's person ids beside them: for a file that has no key to a person."""
    plan = made.plan
    if made.protected is not None or plan.whole:
        return made.protected.rows if made.protected is not None else plan.rows
    return plan.rows.join(plan.people.select(PERSON), on=PERSON, how="semi")


def study_ids(made: Made, each: Leaving) -> set[str | None]:
    column = made.plan.engine.collect(distinct(made, each.name))[each.name]
    return set(column.to_pylist())


def matched(made: Made) -> set[str]:
    return {each.study_id for each in made.outcomes if each.says == MATCHED}
