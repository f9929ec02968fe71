"""What is demanded beyond k, measured on the file: the spread of confidential values, k over a few characteristics,
k over known events of a person, and that no key links rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.disclosure.classes import Held, combine
from openhaven.disclosure.events import NOBODY, fewest_sharing
from openhaven.disclosure.models import worst
from openhaven.model.obligation import (
    Checker,
    Evidence,
    KOverEvents,
    KOverKeys,
    LDiversity,
    NoPersonLink,
    TCloseness,
)
from openhaven.model.precision import kind_of_ladder
from openhaven.model.protection import Distance, Spread
from openhaven.model.words import Kind, Precision, Role

from .counting import Ints, Quasi, class_sizes, class_table, codes_of, ints, keyed
from .demanded import Values, values_of
from .evidence import evidence
from .leave import Leaving, names_a_person
from .made import Made
from .plan import PERSON, length
from .reading import file_quasi, keyed_by_person, smallest_on_file, the_file

SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class _Counted:
    """The classes on the file with what they hold of one confidential field."""

    values: Values
    held: Held

    @property
    def worst(self) -> float:
        """The figure that the model bounds, where it is worst."""
        return worst(self.values.models[0], self.held)

    @property
    def fits(self) -> bool:
        return bool(self.values.models[0].passes(self.held).all())

    @property
    def commonest(self) -> float:
        """The greatest share of the rows of a class that hold one value: how often the best guess is right there."""
        counts = self.held.confidential
        assert counts is not None
        return float((counts.count / self.held.rows[counts.owner]).max())


def l_diversity(obligation: LDiversity, made: Made) -> Evidence:
    if (found := _counted(obligation, made)) is None:
        return _does_not_leave(obligation)
    worst_class = found.worst
    shown, wanted = {
        Spread.DISTINCT: (f"at least {worst_class:.0f} different values", f"l = {obligation.l:g}"),
        Spread.ENTROPY: (f"the entropy of at least {worst_class:.4g} values", f"l = {obligation.l:g}"),
        Spread.RECURSIVE: (
            f"recursive ({_rounded_up(worst_class):g}, {obligation.l:g})-diversity",
            f"c = {obligation.c}, l = {obligation.l:g}",
        ),
    }[obligation.spread]
    by = "" if obligation.at is Precision.AS_HELD else f" by its {obligation.at}"
    says = (
        f"in every class {obligation.field}{by} has {shown} ({wanted} was decided); {_guess(obligation, made, found)}"
    )
    tree = {} if obligation.at is Precision.AS_HELD else _tree(obligation, made)
    name = "c" if obligation.spread is Spread.RECURSIVE else "l"
    figure = int(worst_class) if obligation.spread is Spread.DISTINCT else _finite(worst_class)
    return evidence(
        obligation,
        found.fits,
        says,
        _by_whom(tree),
        measured={name: figure, "field": obligation.field, "share of the commonest value": found.commonest, **tree},
    )


def t_closeness(obligation: TCloseness, made: Made) -> Evidence:
    if (found := _counted(obligation, made)) is None:
        return _does_not_leave(obligation)
    far = found.worst
    tree = _tree(obligation, made) if obligation.distance is Distance.HIERARCHICAL else {}
    says = (
        f"in every class {obligation.field} is spread as in the whole file, but for {_rounded_up(far):g} (t = "
        f"{obligation.t:g} was decided, {obligation.distance} distance); {_guess(obligation, made, found)}"
    )
    return evidence(
        obligation,
        found.fits,
        says,
        _by_whom(tree),
        measured={
            "t": _rounded_up(far),
            "field": obligation.field,
            "share of the commonest value": found.commonest,
            **tree,
        },
    )


def over_keys(obligation: KOverKeys, made: Made) -> Evidence:
    """Each combination of so many characteristics is counted on the file, people one by one."""
    if (quasi := file_quasi(made)) is None:
        return evidence(obligation, True, "no characteristic leaves that people differ in", Checker.RECIPIENT)
    size = min(obligation.keys, len(quasi.columns))
    fewest = min(_smallest(made, quasi, chosen, obligation.k) for chosen in combinations(quasi.columns, size))
    says = (
        f"what any {size} of {', '.join(quasi.names)} show together is shared by at least {fewest} "
        f"{'people' if quasi.has_person else 'rows'} (k = {obligation.k} was decided)"
    )
    return evidence(
        obligation, fewest >= obligation.k, says, Checker.RECIPIENT, measured={"k": fewest, "keys": obligation.keys}
    )


def over_events(obligation: KOverEvents, made: Made) -> Evidence:
    """Every so many rows of everybody are looked at; nothing is sampled."""
    person, quasi = made.person, file_quasi(made)
    if quasi is None:
        return evidence(obligation, True, "no characteristic leaves by which events are known", Checker.RECIPIENT)
    if person is None:
        fewest = smallest_on_file(made)
        says = (
            "no key to a person leaves, so what is known of several events cannot be put together by it; each event "
            f"is shared by at least {fewest} rows (k = {obligation.k} was decided)"
        )
    else:
        people, classes = _codes(made, [person.name]), _codes(made, quasi.names)
        people = np.where(_null(made, person.name), NOBODY, people)
        fewest = fewest_sharing(people, classes, events=obligation.events)
        says = (
            f"any {obligation.events} known events of a person are shared by at least {fewest} people (k = "
            f"{obligation.k} was decided); an event is known by {', '.join(quasi.names)}, and of whoever has "
            "fewer all are"
        )
    measured = {"k": fewest, "events": obligation.events}
    return evidence(obligation, fewest >= obligation.k, says, Checker.RECIPIENT, measured=measured)


def no_person_link(obligation: NoPersonLink, made: Made) -> Evidence:
    """No column is a key to a person, and keys of rows stand for one row each. What content alone links is told."""
    keys = [each.name for each in made.columns if each.precision is not Precision.ALL and _is_key(made, each)]
    linking = [name for name in keys if _stands_twice(made, name)]
    named = [each.name for each in made.columns if each.precision is not Precision.ALL and _names(made, each)]
    found = [*dict.fromkeys([*named, *linking])]
    by = _linked_by_content(made)
    says = "no key to a person leaves, and no key stands in two rows"
    if by:
        name, share = max(by.items(), key=lambda each: each[1])
        says += f"; {share:.1%} of rows hold a value of {name} that only one person has, more than once"
    if found:
        says = f"{', '.join(found)} tells which rows are of one person"
    return evidence(obligation, not found, says, Checker.RECIPIENT, measured={"keys that leave": keys, "linked": by})


def _tree(obligation: LDiversity | TCloseness, made: Made) -> dict[str, str]:
    """How the values become coarser, so that whoever holds the file can do it too."""
    return {"tree": kind_of_ladder(made.plan.dataset.field(obligation.field))}


def _by_whom(tree: Mapping[str, str]) -> Checker:
    """Places become coarser by a lookup that the recipient need not have."""
    return Checker.CONTROLLER if tree.get("tree") == "places" else Checker.RECIPIENT


def _does_not_leave(obligation: LDiversity | TCloseness) -> Evidence:
    return evidence(obligation, True, f"{obligation.field} does not leave", Checker.RECIPIENT)


def _counted(obligation: LDiversity | TCloseness, made: Made) -> _Counted | None:
    field = next((each for each in made.columns if each.field.name == obligation.field), None)
    quasi = file_quasi(made)
    if field is None or field.precision is Precision.ALL or made.quasi is None:
        return None
    quasi = quasi or replace(made.quasi, columns=())
    both = replace(quasi, columns=(*quasi.columns, field), has_person=False)
    table = class_table(made.plan.engine, _with_person(made, the_file(made)), both, k=1)
    *keys, key = both.keys
    values = values_of((obligation,), table, {field.field.name: (field, key)}, quasi)
    owner = _classes(table, keys)
    rows = np.bincount(owner, ints(table["rows"])).astype(np.int64)
    return _Counted(values, Held(rows, confidential=values.counts(owner, ints(table["rows"]))))


def _classes(table: pa.Table, keys: Sequence[str]) -> Ints:
    if not keys:
        return np.zeros(len(table), dtype=np.int64)
    columns = [codes_of(table[key].to_pylist())[1] for key in keys]
    codes = combine(columns, [int(each.max()) + 1 for each in columns])
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _guess(obligation: LDiversity | TCloseness, made: Made, found: _Counted) -> str:
    """How often the best guess of the value is right, of a row and of a person of the class where it is easiest."""
    says = f"at most {found.commonest:.0%} of the rows of a class hold the same value"
    people = _of_people(obligation, made)
    return says if people is None else f"{says}, and at most {people:.0%} of its people have one value in common"


def _of_people(obligation: LDiversity | TCloseness, made: Made) -> float | None:
    """The greatest share of the people of a class who hold one value in it, in any of their rows there."""
    quasi, person, engine = file_quasi(made), made.person, made.plan.engine
    if quasi is None or person is None:
        return None
    field = next(each for each in made.columns if each.field.name == obligation.field)
    both = replace(quasi, columns=(*quasi.columns, field))
    rows = keyed(_with_person(made, the_file(made)), both).filter(~nw.col(PERSON).is_null())
    pairs = rows.select(*both.keys, PERSON).unique()
    holders = pairs.group_by(*both.keys).agg(nw.len().alias("_holders"))
    most = holders.group_by(*quasi.keys).agg(nw.col("_holders").max())
    people = rows.select(*quasi.keys, PERSON).unique().group_by(*quasi.keys).agg(nw.len().alias("_people"))
    joined = engine.collect(most.join(people, on=quasi.keys, how="inner").select("_holders", "_people"))
    if not len(joined):
        return None
    return float((ints(joined["_holders"]) / ints(joined["_people"])).max())


def _with_person(made: Made, file: nw.LazyFrame) -> nw.LazyFrame:
    return keyed_by_person(made, file)


def _smallest(made: Made, quasi: Quasi, chosen: tuple[Leaving, ...], k: int) -> int:
    found, _ = class_sizes(made.plan.engine, _with_person(made, the_file(made)), replace(quasi, columns=chosen), k=k)
    return int(found.min()) if len(found) else 0


def _codes(made: Made, names: Sequence[str]) -> Ints:
    """One integer for each distinct combination of these columns, row by row, one column in memory at a time."""
    codes, span = np.zeros(0, dtype=np.int64), 1
    for name in names:
        column = _encoded(made, name)
        own = column.indices.fill_null(len(column.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
        codes = own if not len(codes) else combine([codes, own], [span, len(column.dictionary) + 1])
        span = int(codes.max(initial=0)) + 1
    return codes


def _encoded(made: Made, name: str) -> pa.DictionaryArray:
    kind = pq.read_schema(made.path).field(name).type
    text = [name] if pa.types.is_string(kind) else []
    column = pq.read_table(made.path, columns=[name], read_dictionary=text)[name]
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    return whole if isinstance(whole, pa.DictionaryArray) else pa.chunked_array(whole).combine_chunks()


def _null(made: Made, name: str) -> np.ndarray:
    column = pq.read_table(made.path, columns=[name])[name]
    return np.asarray(pc.is_null(column).to_numpy())


def _names(made: Made, each: Leaving) -> bool:
    """Whether a column is the key to a person, or to another."""
    field = each.field
    return (
        field.role is Role.PERSON
        or field.kind in (Kind.NHS_NUMBER, Kind.LOCAL_ID)
        or names_a_person(made.plan.dataset, field)
    )


def _is_key(made: Made, each: Leaving) -> bool:
    return each.pseudonym or each.field.role in (Role.PERSON, Role.KEY) or bool(each.field.refers_to)


def _stands_twice(made: Made, name: str) -> bool:
    held = the_file(made).filter(~nw.col(name).is_null())
    return length(made.plan.engine, held) != length(made.plan.engine, held.select(name).unique())


def _linked_by_content(made: Made) -> dict[str, float]:
    """By column: the share of rows whose value one person alone has, in more rows than one."""
    if made.protected is None or made.plan.dataset.person is None:
        return {}
    return {name: share for name, share in _shares(made) if share > 0}


def _shares(made: Made) -> Iterator[tuple[str, float]]:
    assert made.protected is not None
    engine, whole = made.plan.engine, max(made.protected.kept_rows, 1)
    for each in made.columns:
        if each.precision is Precision.ALL or _is_key(made, each):
            continue
        rows = made.protected.rows.filter(~nw.col(each.name).is_null()).select(each.name, PERSON)
        found = rows.group_by(each.name).agg(
            nw.len().alias("_rows"), nw.col(PERSON).min().alias("_first"), nw.col(PERSON).max().alias("_last")
        )
        alone = found.filter((nw.col("_rows") > 1) & (nw.col("_first") == nw.col("_last")))
        counted = engine.collect(alone.select(nw.col("_rows").sum().alias("n")))["n"][0].as_py() or 0
        yield each.name, round(counted / whole, 4)


def _rounded_up(value: float) -> float:
    """Four places, never less than was measured."""
    return value if value == float("inf") else float(np.ceil((value - SLACK) * 1e4) / 1e4)


def _finite(value: float) -> float | None:
    return round(value, 4) if value != float("inf") else None
