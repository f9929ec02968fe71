"""The pages of what people write: records, applications, descriptions of datasets."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from making.markdown import listed, table
from making.shapes import enum, noun
from openhaven.law.coding import BODIES
from openhaven.law.countries import COUNTRIES, PLACES
from openhaven.law.words import WORDS
from openhaven.model import dataset as described
from openhaven.model.application import Application
from openhaven.model.precision import OLDEST, TOP_AGE, ladder
from openhaven.model.record.kinds import KINDS
from openhaven.model.words import FieldType, Kind, Role


def records_page() -> str:
    kinds = {name: kind for name, kind in KINDS.items() if name != "dataset"}
    parts = [noun(kind, title=name) for name, kind in kinds.items()]
    hints = [hint for kind in kinds.values() for hint in typing.get_type_hints(kind).values()]
    within = {hint for each in _nested(hints) for hint in typing.get_type_hints(each).values()}
    nested = sorted({*_nested(hints), *_nested(within)}, key=lambda each: each.__name__)
    parts += [noun(each) for each in nested]
    hints += [hint for each in nested for hint in typing.get_type_hints(each).values()]
    parts += [enum(each) for each in sorted(set(_enums(hints)), key=lambda each: each.__name__)]
    parts += [_words_of_the_law()]
    return f"""# Records

`haven record KIND FILE.toml` writes down what a person has seen and checked. A later record of the same kind and id
takes the place of the earlier one; all are kept. An unknown key is refused. Dates are days in London, written
`2026-11-30`; a term includes its last day.

The kinds: {listed(kinds)}.

{chr(10).join(f"{part}{chr(10)}" for part in parts)}"""


def _words_of_the_law() -> str:
    """The coded words that parts of records state and that are no kind of their own, compared in any case."""
    listed = {
        "organisation: `bodies`": BODIES,
        "organisation: `business`": WORDS.lines_of_business,
        "organisation: `country`; territory: `territory`": COUNTRIES,
        "agreement: `territory`, and where a description says that care was given": PLACES,
        "recommendation and classification: `role`": WORDS.roles,
        "support: `decided_by`": (*WORDS.decides_research, *WORDS.decides_other),
        "document: `what`": (*WORDS.documents, *WORDS.transfer_documents),
    }
    lines = "\n\n".join(f"**{part}**: {', '.join(words)}" for part, words in listed.items())
    return f"## Words of the law\n\n{lines}\n"


def applications_page() -> str:
    hints = typing.get_type_hints(Application)
    nested = list(_nested(hints.values()))
    within = [hint for each in nested for hint in typing.get_type_hints(each).values()]
    nested += [each for each in _nested(within) if each not in nested]
    parts = [noun(Application, title="The application"), *(noun(each) for each in nested)]
    enums = {kind for noun in (Application, *nested) for kind in _enums(typing.get_type_hints(noun).values())}
    parts += [enum(each) for each in sorted(enums, key=lambda each: each.__name__)]
    return f"""# The application file

TOML. It says what is asked, and nothing that only a [record](records.md) can say: there is no key for "approved",
"anonymised" or "consented". `basis` and `agreement` name records relied on. Format 1.

{chr(10).join(f"{part}{chr(10)}" for part in parts)}"""


def _inside(hint: Any) -> Iterator[Any]:
    yield hint
    for each in typing.get_args(hint):
        yield from _inside(each)


def _nested(hints: Iterable[Any]) -> Iterator[type]:
    for hint in hints:
        yield from (each for each in _inside(hint) if dataclasses.is_dataclass(each) and isinstance(each, type))


def _enums(hints: Iterable[Any]) -> Iterator[type[StrEnum]]:
    for hint in hints:
        yield from (each for each in _inside(hint) if isinstance(each, type) and issubclass(each, StrEnum))


def datasets_page() -> str:
    fields = {
        "a date": described.Field("x", FieldType.DATE, Role.QUASI),
        "a whole number": described.Field("x", FieldType.INTEGER, Role.QUASI),
        "a postcode": described.Field("x", FieldType.STRING, Role.IDENTIFIER, kind=Kind.POSTCODE),
        "a coded field": described.Field("x", FieldType.STRING, Role.CONFIDENTIAL, codes="ICD-10"),
        "anything else": described.Field("x", FieldType.STRING, Role.QUASI),
    }
    ladders = [(name, listed(ladder(each))) for name, each in fields.items()]
    enums = "\n\n".join(enum(each) for each in (Role, Kind, FieldType, described.Setting))
    return f"""# The description of a dataset

A Frictionless `datapackage.json` with one resource. Beside it stands an object `openhaven` with `format`
({described.FORMAT}), `dataset` (its id), `setting`, `territory` and, where dates must be in order, `in_order`. Each
field has a `role`. See [describe a dataset](../how-to/describe-a-dataset.md).

{noun(described.Field, title="A field")}

`required`, `unique`, `enum`, `pattern`, `minimum` and `maximum` stand under `constraints`, as in Frictionless; any
other constraint is refused, since it would not be checked.

{enums}

## Precision

How far each kind of field can be coarsened. A field may leave as agreed or coarser, never finer.

{table(("field", "precisions, finest first"), ladders)}

Bands of a whole number of kind `age` end in an open one, `{TOP_AGE}+`; those of any other do not. An age must lie
between 0 and {OLDEST}, or the delivery is refused: where a column holds codes beside ages, as 7001 to 7007 for parts of
the first year, send whole years instead, or describe it without a kind."""
