"""What the very file that leaves says of itself: its values, its people, its classes."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.identity.nhs_number import LIKE_A_NUMBER, numbers_within
from openhaven.model.obligation import (
    KAnonymity,
    RestrictedCodes,
)
from openhaven.model.words import Precision

from .counting import Ints, Quasi, class_sizes
from .leave import Leaving
from .local import with_levels
from .made import Made
from .plan import PERSON, one
from .precision import is_coarse
from .restricted import plain_code, same_system

MOST_LISTED = 200_000  # distinct values of a coarsened column that are looked at one by one


def the_file(made: Made) -> nw.LazyFrame:
    return made.plan.engine.scan([made.path])


def distinct(made: Made, column: str) -> nw.LazyFrame:
    """The values of one column of the file, each once."""
    return the_file(made).group_by(column).agg(nw.len().alias("_rows")).select(column)


def _by_cell(made: Made, each: Leaving) -> bool:
    return made.quasi is not None and each in made.quasi.columns


def precision_of(made: Made, name: str, agreed: Precision) -> str:
    return made.recoding.get(name, agreed).value


def too_fine(made: Made) -> list[str]:
    """Columns in which a value is not its own coarsened form."""
    found = []
    for each in made.columns:
        precision = made.recoding.get(each.field.name, each.precision)
        if each.pseudonym or precision is Precision.AS_HELD or (made.local and _by_cell(made, each)):
            continue  # cells with levels of their own are looked at with these
        values = made.plan.engine.collect(distinct(made, each.name))[each.name].to_pylist()
        held = (value for value in values if value is not None)
        fine = (not is_coarse(value, precision, field=each.field, places=made.plan.places) for value in held)
        if len(values) > MOST_LISTED or any(fine):
            found.append(each.name)
    return found


def identifies(made: Made, each: Leaving) -> bool:
    precision = made.recoding.get(each.field.name, each.precision)
    return each.field.identifies and not each.pseudonym and precision is Precision.AS_HELD


def nhs_numbers_in(made: Made) -> dict[str, int]:
    """Columns of the file in which valid NHS numbers stand, with how many distinct ones."""
    found = {}
    file = the_file(made)
    ours = made.person is not None and made.key is not None and not made.outcomes
    known = {made.person.name} if made.person and ours else set()  # each one is shown to be a pseudonym of ours
    for name, kind in file.collect_schema().items():
        if name in known:
            continue
        if kind == nw.String or kind.is_integer():
            text = distinct(made, name).select(nw.col(name).cast(nw.String))
            likely = made.plan.engine.collect(text.filter(nw.col(name).str.contains(LIKE_A_NUMBER)))
            if count := len(numbers_within(likely[name].to_pylist())):
                found[name] = count
    return found


def people_in_file(made: Made) -> nw.LazyFrame | None:
    """The keys of people in the file, each once, as text (a whole number, where that is the key)."""
    if made.person is None or made.table is not None:
        return None
    name, found = made.person.name, []
    with pq.ParquetFile(made.path, read_dictionary=[name]) as file:
        for number in range(file.num_row_groups):
            for chunk in file.read_row_group(number, columns=[name])[name].chunks:
                keys = pc.unique(chunk).drop_null().cast(pa.string())
                goes_on = (
                    bool(found) and bool(len(keys)) and keys[0] == found[-1][-1]
                )  # rows of a person stand together
                if len(keys) > goes_on:
                    found.append(keys[int(goes_on) :])
    return made.plan.engine.table(pa.table({name: pa.chunked_array(found, pa.string())}))


def sizes_on_file(made: Made) -> tuple[Ints, Ints] | None:
    """Class sizes and rows read from the file itself, people told apart by the key under which they leave."""
    obligation, quasi = one(KAnonymity, made.obligations), file_quasi(made)
    if quasi is None or not isinstance(obligation, KAnonymity):
        return None
    return class_sizes(made.plan.engine, keyed_by_person(made, the_file(made)), quasi, k=obligation.k)


def file_quasi(made: Made) -> Quasi | None:
    """The characteristics as they stand in the file, and whether people are told apart there; None without any."""
    if made.quasi is None or not made.quasi.columns:
        return None
    found = Quasi(made.quasi.columns, made.quasi.places, made.quasi.has_person and made.person is not None)
    return with_levels(found) if made.local else found


def keyed_by_person(made: Made, file: nw.LazyFrame) -> nw.LazyFrame:
    """The file with the key by which people leave called as in the vault, empty where there is none."""
    if made.quasi is None or not made.quasi.has_person or made.person is None:
        return file.with_columns(nw.lit(None).alias(PERSON))
    return file.with_columns(nw.col(made.person.name).alias(PERSON))


def smallest_on_file(made: Made) -> int:
    """The size of the smallest class on the file."""
    return int(made.sizes[0].min()) if made.sizes is not None and len(made.sizes[0]) else 0


def restricted_in_file(obligation: RestrictedCodes, made: Made) -> list[str]:
    """Coded columns of the file in which a listed code stands, read value by value."""
    listed = [each for each in made.restricted if each.name in obligation.lists]
    found = []
    for each in made.columns:
        codes = tuple(
            plain_code(code) for every in listed if same_system(every.system, each.field.codes) for code in every.codes
        )
        if each.field.codes and codes and made.table is None:
            values = made.plan.engine.collect(distinct(made, each.name))[each.name].to_pylist()
            if any(value is not None and plain_code(value).startswith(codes) for value in values):
                found.append(each.name)
    return found
