"""Rows of a recoded file beside those of its original: by their place, or by a key where rows are missing."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import ALL, Ints
from openhaven.model.errors import BadInput
from openhaven.tools.combinations import Combinations


@dataclass(frozen=True)
class AttackRequest:
    """`original` has the same rows in the same order; or `row_key` names the column by which rows of both are matched,
    and rows may be missing from the file. With `person` attacks count people, else rows. `seed` makes their draws come
    again."""

    original: Path
    qi: tuple[str, ...]
    confidential: str | None = None
    person: str | None = None
    row_key: str | None = None
    hierarchies: Path | None = None
    separator: str | None = None
    attempts: int = 500
    seed: int = 1


@dataclass(frozen=True)
class Matched:
    """`file` numbers the rows of the file that are shown, `original` the row of the original that each is; `dropped`
    the other rows of the original."""

    file: Ints
    original: Ints
    dropped: Ints


def match(out: Combinations, original: Combinations, request: AttackRequest) -> Matched:
    """Rows that are `*` in every quasi-identifier count as dropped, unless all are. Raises BadInput."""
    place = _by_key(out, original, request) if request.row_key else _by_place(out, original, request)
    shown = ~_hidden(out, request)[out.of_row]
    file = np.flatnonzero(shown) if shown.any() else np.arange(len(place))
    dropped = np.ones(len(original.of_row), dtype=np.bool_)
    dropped[place[file]] = False
    return Matched(file, place[file], np.flatnonzero(dropped))


def _by_place(out: Combinations, original: Combinations, request: AttackRequest) -> Ints:
    if len(out.of_row) != len(original.of_row):
        raise BadInput(
            f"the original has {len(original.of_row):,} rows and the file {len(out.of_row):,}",
            where=str(request.original),
            todo="Name a column that tells rows apart in both with --row-key.",
        )
    return np.arange(len(out.of_row))


def _by_key(out: Combinations, original: Combinations, request: AttackRequest) -> Ints:
    """The original's row of each row of the file."""
    assert request.row_key is not None
    row = dict.fromkeys(original.values[request.row_key], -1)
    for number, code in enumerate(original.apart[request.row_key].tolist()):
        row[original.values[request.row_key][code]] = number
    if len(row) < len(original.of_row):
        raise BadInput("the key does not tell the rows apart", where=f"{request.row_key} in {request.original}")
    keys = out.values[request.row_key]
    if len(keys) < len(out.of_row):
        raise BadInput("the key does not tell the rows of the file apart", where=request.row_key)
    if unknown := [key for key in keys if key not in row]:
        raise BadInput(
            f"{len(unknown):,} rows of the file are not in the original, such as {unknown[0]!r}",
            where=request.row_key,
            todo="Attacks need the file and the original it was made from.",
        )
    return np.array([row[key] for key in keys], dtype=np.int64)[out.apart[request.row_key]]


def _hidden(out: Combinations, request: AttackRequest) -> Bools:
    """Which combinations are `*` in every quasi-identifier."""
    hidden = np.ones(len(out.rows), dtype=np.bool_)
    for at, name in enumerate(request.qi):
        hidden &= out.codes[:, at] == (out.values[name].index(ALL) if ALL in out.values[name] else -1)
    return hidden
