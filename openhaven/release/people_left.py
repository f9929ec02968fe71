"""Whose records left: the NHS numbers behind the very file, for the tree of tags and for nothing else.

Rows without a person key and people without a checkable NHS number have no tag: nothing can be proven of them."""

from __future__ import annotations

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from .barred import rows_that_left
from .made import Made
from .plan import PERSON, PSEUDONYM
from .reading import people_in_file

_BATCH = 65_536
_NUMBER = "nhs_number"


def numbers_that_left(made: Made) -> Iterator[list[str]]:
    """The NHS numbers, each once, in batches and in no order: of the people in the file, and for a table of those
    counted in it. Whoever is only referred to in another's record is not among them."""
    if made.plan.dataset.person is None:
        return
    numbered = _people(made).filter(~nw.col(_NUMBER).is_null()).select(_NUMBER).unique()
    for batch in made.plan.engine.collect(numbered).to_batches(_BATCH):
        yield batch[_NUMBER].to_pylist()


def _people(made: Made) -> nw.LazyFrame:
    """The people who left, found by the key that the file gives them, where it gives one."""
    person, people, engine = made.person, made.plan.people, made.plan.engine
    keys = people_in_file(made)
    if person is None or keys is None:
        return people.join(rows_that_left(made).select(PERSON).unique(), on=PERSON, how="semi")
    if person.pseudonym:
        named = engine.as_text(people.select(PSEUDONYM, _NUMBER), PSEUDONYM)
        named = named.select(nw.col(PSEUDONYM).alias(person.name), _NUMBER)
    else:
        named = people.select(nw.col("person_key").alias(person.name), _NUMBER)
    return named.join(keys, on=person.name, how="semi")
