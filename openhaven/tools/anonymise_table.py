"""A file as `haven anonymise` sees it: distinct combinations, their hierarchies, and what is demanded of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import Classes, ValueCounts, masks_of
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.models import Demands
from openhaven.model.errors import BadInput
from openhaven.tools.anonymise_request import LEVELS, AnonymiseRequest
from openhaven.tools.combinations import Combinations, read_combinations
from openhaven.tools.demands import order_of
from openhaven.tools.files import Coded, Source, check_columns, open_source
from openhaven.tools.hierarchies import Found, hierarchies_for, hierarchy_file, leaf_codes, read_hierarchy
from openhaven.tools.identifiers import holds_nhs_number, named_like_identifier

MASK_WORDS = 4  # of 64 bits; where people are more than bits, a class of few may be taken for smaller than it is


@dataclass(frozen=True)
class Table:
    """The file as combinations: `leaves` combinations x quasi-identifiers. After those of the file may come those
    that only the population has."""

    held: Combinations
    found: Found
    leaves: Ints
    classes: Classes
    demands: Demands

    @property
    def own(self) -> int:
        """How many combinations the file itself has."""
        return len(self.held.rows)


def table_of(source: Source, request: AnonymiseRequest) -> Table:
    held = _read(source, request)
    population = _read_population(request)
    columns = {name: Coded(held.values[name], held.codes[:, at]) for at, name in enumerate(held.columns)}
    known = {name: Coded(_both(name, held, population), columns[name].codes) for name in request.qi}
    found = hierarchies_for(source.path, known, folder=request.hierarchies)
    leaves = np.stack([each.codes for each in leaf_codes(found.hierarchies, columns)], axis=1)
    confidential = _in_order(columns.get(request.asked.confidential or ""))
    demands, confidential = _demands(source.path, request, confidential)
    classes = _classes(held, leaves, confidential, request)
    if population is not None:
        classes = _with_population(classes, found.hierarchies, population)
    table = Table(held, found, leaves, classes, demands)
    _check_sizes(table, request)
    return table


def _in_order(column: Coded | None) -> Coded | None:
    """Values numbered in ascending order, whichever row comes first."""
    if column is None:
        return None
    order = sorted(range(len(column.values)), key=column.values.__getitem__)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Coded(tuple(column.values[at] for at in order), place[column.codes])


def _read(source: Source, request: AnonymiseRequest) -> Combinations:
    """Combinations of what is recoded or counted; every other column is looked at for what identifies directly."""
    named = [*request.qi, *([request.asked.confidential] if request.asked.confidential else [])]
    apart = [*([request.person] if request.person else []), *(name for name in request.groups if name not in named)]
    check_columns(source, [*named, *request.keep, *apart])
    if request.recoding == "local" and LEVELS in source.columns:
        raise BadInput(f"the file has a column {LEVELS!r} already", where=str(source.path), todo="Rename it.")
    others = [name for name in source.columns if name not in (*request.qi, *request.keep)]
    _refuse_names(source, others)

    def look(name: str, values: pa.Array) -> None:
        if holds_nhs_number(values):
            raise BadInput(
                f"column {name!r} holds valid NHS numbers",
                where=str(source.path),
                todo=f"Remove it, or say --keep {name} if it holds something else.",
            )

    return read_combinations(source, named, apart=apart, look_at=others, look=look)


def _refuse_names(source: Source, others: Sequence[str]) -> None:
    if named := [name for name in others if named_like_identifier(name)]:
        raise BadInput(
            f"named like an identifier, and would be written as it is: {', '.join(map(repr, named))}",
            where=str(source.path),
            todo=f"Remove each, make it a quasi-identifier, or say --keep {named[0]} where it identifies nobody.",
        )


def _read_population(request: AnonymiseRequest) -> Combinations | None:
    if request.asked.population is None:
        return None
    source = open_source(request.asked.population)
    check_columns(source, request.qi)
    return read_combinations(source, request.qi)


def _both(name: str, held: Combinations, population: Combinations | None) -> tuple[str, ...]:
    more = () if population is None else population.values[name]
    return tuple(dict.fromkeys((*held.values[name], *more)))


def _demands(path: Path, request: AnonymiseRequest, confidential: Coded | None) -> tuple[Demands, Coded | None]:
    """The models, and the confidential column as they number its values."""
    asked, hierarchy, order = request.asked, None, {}
    if confidential is not None and asked.confidential is not None and asked.t is not None:
        if asked.distance == "ordered":
            order = order_of(asked.confidential, confidential.values)
        if asked.distance == "hierarchical":
            file = hierarchy_file(path, asked.confidential, folder=request.hierarchies)
            if file is None:
                raise BadInput("hierarchical distance needs a hierarchy", where=asked.confidential)
            hierarchy = read_hierarchy(asked.confidential, file).topped()
            confidential = leaf_codes([hierarchy], {asked.confidential: confidential})[0]
    return asked.models(hierarchy, order), confidential


def _classes(held: Combinations, leaves: Ints, confidential: Coded | None, request: AnonymiseRequest) -> Classes:
    values = None
    if confidential is not None:
        number = np.arange(len(leaves))
        values = ValueCounts.of(number, confidential.codes, count=held.rows, values=len(confidential.values))
    people = None
    if request.person is not None:
        people = masks_of(held.of_row, held.apart[request.person], classes=len(leaves), words=mask_words(request))
    return Classes(leaves, held.rows, people, values)


def mask_words(request: AnonymiseRequest) -> int:
    """Of 64 bits, by which people are counted while searching."""
    return max(MASK_WORDS, request.asked.k // 8)


def _with_population(classes: Classes, hierarchies: Sequence[Hierarchy], population: Combinations) -> Classes:
    """The population's combinations after the file's own: they have no rows here."""
    coded = {
        name: Coded(population.values[name], population.codes[:, at]) for at, name in enumerate(population.columns)
    }
    leaves = np.stack([each.codes for each in leaf_codes(hierarchies, coded)], axis=1)
    more = len(leaves)
    people = classes.people
    if people is not None:
        people = np.concatenate((people, np.zeros((more, people.shape[1]), dtype=np.uint64)))
    return Classes(
        np.concatenate((classes.codes, leaves)),
        np.concatenate((classes.rows, np.zeros(more, dtype=np.int64))),
        people,
        classes.confidential,
        np.concatenate((np.zeros(len(classes), dtype=np.int64), population.rows)),
    )


def _check_sizes(table: Table, request: AnonymiseRequest) -> None:
    rows, k = table.classes.total, request.asked.k
    people = None if request.person is None else len(table.held.values[request.person])
    if k > (rows if people is None else people):
        held = f"{rows:,} rows" if people is None else f"{people:,} people"
        raise BadInput(f"k = {k} is more than the {held} in the file", todo="Ask for a smaller k.")
    if request.asked.presence is not None:
        _check_inside(table)


def _check_inside(table: Table) -> None:
    """Raises BadInput where the file has more rows of a combination than the population."""
    same = np.unique(table.classes.codes, axis=0, return_inverse=True)[1].ravel()
    held = np.bincount(same, table.classes.rows)
    wider = np.bincount(same, table.classes.population)
    if (held > wider).any():
        raise BadInput(
            f"{int((held > wider).sum()):,} combinations have more rows in the file than in the population",
            todo="The population must hold every row of the file.",
        )
