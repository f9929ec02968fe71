"""What is demanded beyond k, measured again on an opened file: by whoever holds it, from what its certificate says."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from openhaven.disclosure.classes import Held, ValueCounts, combine
from openhaven.disclosure.events import NOBODY, fewest_sharing
from openhaven.disclosure.hierarchy import Hierarchy, Ints
from openhaven.disclosure.models import (
    DistinctL,
    EntropyL,
    EqualT,
    HierarchicalT,
    Model,
    OrderedT,
    RecursiveL,
    worst,
)
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.obligation import Checker
from openhaven.model.precision import LADDERS, TOP_AGE
from openhaven.model.words import Precision
from openhaven.package.opened_file import Opened, class_sizes
from openhaven.package.report import Check, Mark, failed, not_checked, passed

_L = "In every class the confidential values differ as much as was decided"
_T = "In every class the confidential values are spread as in the whole file, but for what was decided"
_KEYS = "What a few characteristics show together is shared by enough people"
_EVENTS = "Any known events of a person are shared by enough people"
_LINK = "No key tells that two rows are of one person"

_P = Precision
_FIRST = {_P.CATEGORY: 3, _P.CHAPTER: 1}
_BANDS = {_P.AGE_5: 5, _P.AGE_10: 10, _P.AGE_20: 20}
NO_AGE = "not an age"
Line = Mapping[str, Any]


def check_beyond(opened: Opened) -> Iterator[Check]:
    """One check for each obligation of these kinds that the certificate states, however many there are of a kind."""
    for line in opened.lines:
        kind = line["obligation"]["kind"]
        if kind in _CHECKS and line.get("checker") != Checker.CONTROLLER:
            what, check = _CHECKS[kind]
            try:
                yield check(opened, line)
            except (BadInput, Unmet) as problem:
                yield not_checked(what, problem.what)


def _diversity(opened: Opened, line: Line) -> Check:
    asked, at = line["obligation"], Precision(line["obligation"]["at"])
    values = _confidential(opened, asked["field"])
    if values is None:
        return passed(_L, f"{asked['field']} does not leave")
    model: Model = DistinctL(int(asked["l"]))
    if asked["spread"] == "entropy":
        model = EntropyL(asked["l"])
    elif asked["spread"] == "recursive":
        model = RecursiveL(asked["c"], int(asked["l"]))
    if at is _P.AS_HELD:
        return _modelled(_L, opened, asked, model, values)
    trees = _trees(line, values)
    return _agreed(_L, trees, [_modelled(_L, opened, asked, model, values.coarser(at, each)) for each in trees.known])


def _closeness(opened: Opened, line: Line) -> Check:
    asked = line["obligation"]
    values = _confidential(opened, asked["field"])
    if values is None:
        return passed(_T, f"{asked['field']} does not leave")
    model: Model = EqualT(asked["t"])
    if asked["distance"] == "ordered":
        model = OrderedT(asked["t"], values.ranks())
    elif asked["distance"] == "hierarchical":
        trees = _trees(line, values)
        models = [HierarchicalT(asked["t"], values.hierarchy(each)) for each in trees.known]
        return _agreed(_T, trees, [_modelled(_T, opened, asked, each, values) for each in models])
    return _modelled(_T, opened, asked, model, values)


@dataclass(frozen=True, slots=True)
class _Trees:
    """The ways in which values may become coarser; `places` says that a lookup which is not here may be one."""

    known: tuple[str, ...]
    places: bool = False


def _agreed(what: str, trees: _Trees, checks: Sequence[Check]) -> Check:
    """One answer where the certificate leaves open how values become coarser: what all ways come to. By whatever way no
    distance is greater than where all values lie equally far, which is the way of `plain`."""
    marks = {each.mark for each in checks}
    if marks == {Mark.PASSED} or (len(marks) == 1 and not trees.places):
        return checks[-1]
    return not_checked(what, "how its values become coarser is not told, and it depends on that")


def _modelled(what: str, opened: Opened, asked: Mapping[str, Any], model: Model, values: "_Values") -> Check:
    owner = _class_of(opened, opened.quasi(asked["quasi"]), len(values.codes))
    counts = ValueCounts.of(owner, values.codes, values=len(values.shown))
    held = Held(np.bincount(owner), confidential=counts)
    if not len(owner):
        return passed(what, "no row is in the file")
    found, classes = worst(model, held), len(held.rows)
    says = f"{asked['field']}: {model} was decided; the worst of {classes:,} classes has {_told(found)}"
    fails = int((~model.passes(held)).sum())
    return failed(what, f"{says}; {fails:,} classes do not hold it") if fails else passed(what, says)


def _told(found: float) -> str:
    return f"{found:.4g}" if isfinite(found) else "too few values"


def _over_keys(opened: Opened, line: Line) -> Check:
    asked, names = line["obligation"], opened.quasi(line["obligation"]["quasi"])
    size = min(int(asked["keys"]), len(names))
    if not names:
        return passed(_KEYS, "none of the characteristics is in the file")
    person = opened.person
    table = opened.read([*names, *([person] if person else [])])
    fewest = {
        chosen: int(class_sizes(table, by=chosen, person=person).min(initial=1 << 62))
        for chosen in combinations(names, size)
    }
    least = min(fewest, key=lambda each: fewest[each])
    says = (
        f"what {' and '.join(least)} show together is shared by {fewest[least]:,} {'people' if person else 'rows'} "
        f"at least, and of any {size} others no fewer; k is {asked['k']}"
    )
    if not table.num_rows:
        return passed(_KEYS, "no row is in the file")
    return passed(_KEYS, says) if fewest[least] >= asked["k"] else failed(_KEYS, says)


def _over_events(opened: Opened, line: Line) -> Check:
    asked, names, person = line["obligation"], opened.quasi(line["obligation"]["quasi"]), opened.person
    if not names:
        return passed(_EVENTS, "none of the characteristics is in the file")
    if person is None:
        sizes = class_sizes(opened.read(names), by=names, person=None)
        fewest, shared = int(sizes.min(initial=asked["k"])), "no key to a person leaves; each event is shared by"
    else:
        column = opened.read([person])[person]
        people = np.where(pc.is_null(column).to_numpy(), NOBODY, _numbered(column)[1])
        fewest = fewest_sharing(people, _class_of(opened, names, len(people)), events=int(asked["events"]))
        fewest = fewest if len(people) else int(asked["k"])
        shared = f"any {asked['events']} known events of a person, told apart by {person}, are shared by"
    says = f"{shared} {fewest:,} at least; k is {asked['k']}"
    return passed(_EVENTS, says) if fewest >= asked["k"] else failed(_EVENTS, says)


def _no_link(opened: Opened, line: Line) -> Check:
    """A column that says it is a key to a person links rows; another key does where a value stands twice."""
    keys = [
        each for each in opened.columns if each.get("role") in ("person", "key") or each["precision"] == "pseudonym"
    ]
    linking = [each["name"] for each in keys if each.get("role") == "person" or _stands_twice(opened, each["name"])]
    if linking:
        return failed(_LINK, f"{', '.join(linking)} tells which rows are of one person")
    looked = ", ".join(each["name"] for each in keys) or "none is in the file"
    return passed(_LINK, f"keys looked at, in each of which no value stands twice: {looked}")


def _stands_twice(opened: Opened, name: str) -> bool:
    column = opened.read([name])[name].drop_null()
    return len(pc.unique(column)) < len(column)


_CHECKS: Mapping[str, tuple[str, Callable[[Opened, Line], Check]]] = {
    "l-diversity": (_L, _diversity),
    "t-closeness": (_T, _closeness),
    "k-over-keys": (_KEYS, _over_keys),
    "k-over-events": (_EVENTS, _over_events),
    "no-person-link": (_LINK, _no_link),
}


def _class_of(opened: Opened, names: Sequence[str], rows: int) -> Ints:
    """The class of each row, one column in memory at a time; all rows are one class where no column is named."""
    codes, span = np.zeros(rows, dtype=np.int64), 1
    for name in names:
        shown, own = _numbered(opened.read([name])[name])
        codes = combine([codes, own], [span, len(shown)])
        span = int(codes.max(initial=0)) + 1
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _numbered(column: pa.ChunkedArray) -> tuple[list[Any], Ints]:
    """The values of a column, each once, and the number of each row's; no value is a value."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _confidential(opened: Opened, field: str) -> "_Values | None":
    """None where the field is not in the file, or every cell is `*`."""
    named = [each for each in opened.columns if field in (each["name"], each["source"])]
    if not named:
        return None
    shown, codes = _numbered(opened.read([named[0]["name"]])[named[0]["name"]])
    if set(shown) <= {str(_P.ALL)}:
        return None
    return _Values(shown, codes, str(named[0]["precision"]))


def _trees(line: Line, values: "_Values") -> _Trees:
    """How the field's values become coarser, as the certificate says; where it is of a time before it did, every way
    that suits the precisions and the values. Raises BadInput where that needs a lookup."""
    tree, at = line.get("figures", {}).get("tree"), line["obligation"].get("at")
    told = [str(tree)] if tree is not None else [each for each in LADDERS if values.suits(each, at)]
    known = tuple(each for each in told if each in LADDERS and each != "places")
    if not known:
        raise BadInput("how its values become coarser is not told, or needs a lookup that is not in the package")
    return _Trees(known, "places" in told)


class _Values:
    """The values of a confidential column, and the number of each row's."""

    def __init__(self, shown: list[Any], codes: Ints, precision: str) -> None:
        self.shown, self.codes, self.precision = shown, codes, precision

    def suits(self, tree: str, at: str | None) -> bool:
        """Whether values of this precision may be on that ladder, and be taken to the precision `at`."""
        steps = LADDERS[tree]
        if not {Precision(self.precision), Precision(at or self.precision)} <= set(steps):
            return False
        texts = all(value is None or isinstance(value, str) for value in self.shown)
        if tree in ("codes", "places", "plain"):
            return texts
        try:
            for step in steps[steps.index(Precision(self.precision)) + 1 :]:
                for value in self.shown:
                    _coarser(value, step, tree)
        except (AttributeError, TypeError, ValueError):
            return False
        return True

    def coarser(self, at: Precision, tree: str) -> "_Values":
        """The same by groups of values; no value stays by itself."""
        groups: dict[str | None, int] = {}
        of = [groups.setdefault(_coarser(value, at, tree), len(groups)) for value in self.shown]
        return _Values(list(groups), np.array(of, dtype=np.int64)[self.codes], str(at))

    def hierarchy(self, tree: str) -> Hierarchy:
        """A leaf for each value, in the order of their numbers, from the precision at which they leave."""
        steps = LADDERS[tree]
        above = steps[steps.index(Precision(self.precision)) + 1 :]
        rows = [[repr(value), *(repr(_coarser(value, step, tree)) for step in above)] for value in self.shown]
        return Hierarchy.from_rows("confidential", rows)

    def ranks(self) -> tuple[int, ...]:
        """The place of each value in ascending order, no value first. Raises BadInput where they have no order."""
        try:
            placed = sorted(range(len(self.shown)), key=lambda at: (self.shown[at] is not None, _place(self.shown[at])))
        except (TypeError, ValueError):
            raise BadInput("its values have no order that can be told from the file") from None
        return tuple(int(rank) for rank in np.argsort(placed))


def _place(value: Any) -> Any:
    if value is None:
        return 0
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return float(_low_end(value))


def _low_end(label: str) -> int:
    """The lower end of a band; what is no age comes before all ages."""
    if label == NO_AGE:
        return -1
    sign, digits = ("-", label[1:]) if label.startswith("-") else ("", label)
    return int(sign + digits.rstrip("+").split("-")[0])


def _coarser(value: Any, step: Precision, tree: str) -> str | None:
    """A label for the group of a value at a step of its ladder; equal labels are what counts."""
    if step is _P.ALL:
        return str(_P.ALL)
    if value is None or step is _P.AS_HELD:
        return None if value is None else str(value)
    if step in _FIRST:
        return str(value)[: _FIRST[step]]
    if step in _BANDS:
        return _band(_low_end(value) if isinstance(value, str) else int(value), _BANDS[step], tree)
    day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])
    part = {_P.MONTH: day.month, _P.QUARTER: (day.month - 1) // 3, _P.YEAR: 0}[step]
    return f"{day.year}-{part}"


def _band(low: int, width: int, tree: str) -> str:
    if tree == "ages" and low < 0:
        return NO_AGE
    return f"{TOP_AGE}+" if tree == "ages" and low >= TOP_AGE else str(low // width)
