"""What the decision demands of the classes of rows, and the same as models over counts (disclosure/models)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from openhaven.disclosure.classes import ValueCounts, combine
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.models import (
    Demands,
    DistinctL,
    EntropyL,
    EqualT,
    EverySubset,
    HierarchicalT,
    K,
    Model,
    OfPart,
    OrderedT,
    RecursiveL,
    Subsets,
)
from openhaven.model.obligation import (
    KAnonymity,
    KOverEvents,
    KOverKeys,
    LDiversity,
    LocalRecoding,
    Obligation,
    TCloseness,
)
from openhaven.model.protection import Distance, Spread
from openhaven.model.words import Precision

from .counting import Ints, Quasi, absent, codes_of
from .ladder import ladder_of
from .leave import Leaving
from .precision import coarsened, low_end

Spreads = LDiversity | TCloseness


@dataclass(frozen=True, slots=True)
class Demanded:
    """k per row, and what is demanded beside it."""

    k: KAnonymity
    spread: tuple[Spreads, ...] = ()
    keys: tuple[KOverKeys, ...] = ()
    events: tuple[KOverEvents, ...] = ()
    local: LocalRecoding | None = None

    @classmethod
    def of(cls, k: KAnonymity, obligations: Sequence[Obligation]) -> Demanded:
        """Those among the obligations that bear on classes."""
        return cls(
            k,
            tuple(each for each in obligations if isinstance(each, LDiversity | TCloseness)),
            tuple(each for each in obligations if isinstance(each, KOverKeys)),
            tuple(each for each in obligations if isinstance(each, KOverEvents)),
            next((each for each in obligations if isinstance(each, LocalRecoding)), None),
        )

    @property
    def confidential(self) -> tuple[str, ...]:
        """The fields whose values are counted, each once."""
        return tuple(dict.fromkeys(each.field for each in self.spread))

    @property
    def largest_k(self) -> int:
        """The most people that have to be told apart in a class. k over some keys adds up many classes, for which one
        word of a people mask is too short."""
        return max([self.k.k, *(each.k for each in self.keys), *([64] if self.keys else [])])

    @property
    def need(self) -> dict[int, int]:
        """How many people have to share any so many known events."""
        need: dict[int, int] = {}
        for each in self.events:
            need[each.events] = max(each.k, need.get(each.events, 0))
        return need

    def __str__(self) -> str:
        said = [f"k = {self.k.k}"]
        said += [
            f"l = {each.l:g} of {each.field}" if isinstance(each, LDiversity) else f"t = {each.t:g} of {each.field}"
            for each in self.spread
        ]
        said += [f"k = {each.k} over any {each.keys} characteristics" for each in self.keys]
        said += [f"k = {each.k} over any {each.events} known events of a person" for each in self.events]
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Values:
    """The confidential values in a table of counted combinations: each line's code, and the models over them.

    Where several fields are counted a code stands for a combination of their values."""

    codes: Ints
    models: tuple[Model, ...]
    obligations: tuple[Spreads, ...]

    def counts(self, owner: Ints, rows: Ints) -> ValueCounts:
        """How often each occurs in each class; `owner` is the class of each line."""
        return ValueCounts.of(owner, self.codes, count=rows, values=int(self.codes.max(initial=0)) + 1)


def values_of(
    spread: tuple[Spreads, ...], counted: pa.Table, columns: Mapping[str, tuple[Leaving, str]], quasi: Quasi
) -> Values:
    """`columns` gives for each confidential field how it leaves, and the name of its key in the table."""
    known = {}
    for name, (leaves, key) in columns.items():
        numbers, codes = codes_of(counted[key].to_pylist())
        known[name] = (leaves, list(numbers), codes)
    codes = combine([each[2] for each in known.values()], [len(each[1]) for each in known.values()])
    _, first, joint = np.unique(codes, return_index=True, return_inverse=True)
    models = []
    for obligation in spread:
        leaves, held, of_line = known[obligation.field]
        model, part = _model(obligation, leaves, held, quasi), of_line[first]
        if isinstance(obligation, LDiversity) and obligation.at is not Precision.AS_HELD:
            grouped = [_grouped(value, obligation.at, leaves, quasi) for value in held]
            part = codes_of(grouped)[1][part]
        alone = len(known) == 1 and (part == np.arange(len(part))).all()
        models.append(model if alone else OfPart(model, part))
    return Values(joint.astype(np.int64), tuple(models), spread)


def demands_of(demanded: Demanded, values: Values | None, *, tighter: float = 1.0) -> Demands:
    """Everything that is demanded of classes; t is taken times `tighter`, where suppression changes the whole."""
    models: list[Model] = [K(demanded.k.k)]
    if values is not None:
        models += [_tightened(each, tighter) for each in values.models]
    over = tuple(Subsets(each.k, each.keys) for each in demanded.keys)
    return Demands(tuple(models), EverySubset(over) if over else None)


def _tightened(model: Model, by: float) -> Model:
    if isinstance(model, OfPart):
        return OfPart(_tightened(model.model, by), model.part)
    if isinstance(model, EqualT | OrderedT | HierarchicalT):
        return replace(model, t=model.t * by)
    return model


def _model(obligation: Spreads, leaves: Leaving, held: list[Any], quasi: Quasi) -> Model:
    if isinstance(obligation, LDiversity):
        if obligation.spread is Spread.ENTROPY:
            return EntropyL(obligation.l)
        if obligation.spread is Spread.RECURSIVE and obligation.c is not None:
            return RecursiveL(obligation.c, int(obligation.l))
        return DistinctL(int(obligation.l))
    if obligation.distance is Distance.ORDERED:
        return OrderedT(obligation.t, _ranks(held))
    if obligation.distance is Distance.HIERARCHICAL:
        return HierarchicalT(obligation.t, _tree(leaves, held, quasi))
    return EqualT(obligation.t)


def _tree(leaves: Leaving, held: list[Any], quasi: Quasi) -> Hierarchy:
    """The ladder of the field, its leaves in the order of their codes."""
    return ladder_of(leaves, held, quasi).hierarchy


def _ranks(held: list[Any]) -> tuple[int, ...]:
    """The place of each value in ascending order, bands by where they begin; no value comes first."""
    placed = sorted(range(len(held)), key=lambda at: (not absent(held[at]), _place(held[at])))
    ranks = [0] * len(held)
    for rank, at in enumerate(placed):
        ranks[at] = rank
    return tuple(ranks)


def _place(value: Any) -> Any:
    if absent(value):
        return 0
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return float(low_end(value))


def _grouped(value: Any, at: Precision, leaves: Leaving, quasi: Quasi) -> Any:
    return value if absent(value) else coarsened(value, at, field=leaves.field, places=quasi.places)
