"""What `haven anonymise` did, for programs and for people."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from openhaven.disclosure.events import Shared
from openhaven.disclosure.kept import Association, Marginal
from openhaven.disclosure.trajectories import SingledOut
from openhaven.tools.people_lines import known_events_lines, singled_out_lines
from openhaven.tools.removed import WhomRemoved

MOST_LABELS = 12  # of a column, told to people


HOW_IT_WAS_MADE = (
    "a cell is coarse because rows of its class differ there: whoever knows how this was made can rule values out, and",
    "  with a small k (2 or 3) describe single people; haven risk OUT --attack ORIGINAL measures how often",
    "  for sure, however they reason, {loss:.4f} of the information stays lost (rows of a class could change places)",
)


@dataclass(frozen=True)
class LocalReport:
    """Of a local recoding: `cells` gives for each column the share of cells at each level; `column` names the new
    column that says each row's levels; `loss_for_sure` is what stays lost whoever argues back from how it was made;
    then what is left of every label, and of every two columns together."""

    column: str
    loss_for_sure: float
    cells: dict[str, dict[int, float]]
    marginals: tuple[Marginal, ...]
    associations: tuple[Association, ...]


@dataclass(frozen=True)
class AnonymiseReport:
    """`k` is the smallest class left, of people where a person is named, else of rows; `l` the fewest confidential
    values in a class, `t` the greatest distance of a class from the whole.

    `levels` and `highest` give each column's level and its hierarchy's last; `loss` lies between 0 and 1. `gave_up`
    says what a bounded search left out, `proven` that nothing better exists. `next_best` and `trade` are recodings that
    the search met: the next in loss, and what suppressing less or more would have cost or bought; `alternatives_say`
    what of this cannot be told. `warnings` say that nothing is left, of some columns or of all.
    """

    file: str
    out: str
    recoding: str
    rows: int
    suppressed: int
    asked: str
    wanted_k: int
    k: int
    counts: str
    l: int | None  # noqa: E741 (the model's own name)
    t: float | None
    loss: float
    levels: dict[str, int] | None
    highest: dict[str, int]
    without_hierarchy: tuple[str, ...]
    runner_up: dict[str, object] | None
    proven: bool
    gave_up: tuple[str, ...]
    local: LocalReport | None
    singled_out: SingledOut | None
    next_best: tuple[dict[str, Any], ...] = ()
    trade: tuple[dict[str, Any], ...] = ()
    alternatives_say: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    removed: WhomRemoved | None = None
    known_events: Shared | None = None

    def as_json(self) -> dict[str, object]:
        """One document."""
        return asdict(self)

    def as_text(self) -> str:
        """For a person to read."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from self.warnings
        yield f"{self.rows:,} rows written to {self.out}, {self.suppressed:,} of them suppressed"
        yield f"asked: {self.asked}"
        yield f"smallest class shown: {self.k:,} {self.counts}" if self.k else "no class is shown"
        if self.l is not None and self.t is not None:
            yield f"fewest confidential values in a class: {self.l}; greatest distance from the whole: {self.t:.3f}"
        yield f"information lost: {self.loss:.4f} (0 is intact, 1 is nothing left)"
        if self.local is not None:
            yield from (line.format(loss=self.local.loss_for_sure) for line in HOW_IT_WAS_MADE)
        yield from self._columns()
        yield from self._why()
        yield from self._how_good()
        if self.removed:
            yield from self.removed.lines()
        if self.singled_out:
            yield from singled_out_lines(self.singled_out)
        if self.known_events:
            yield from known_events_lines(self.known_events)

    def _columns(self) -> Iterator[str]:
        for name, highest in self.highest.items():
            note = "; no hierarchy was found, so shown or *" if name in self.without_hierarchy else ""
            if self.levels is not None:
                yield f"  {name}: level {self.levels[name]} of {highest}{note}"
            elif self.local is not None:
                cells = ", ".join(f"{share:.1%} at level {level}" for level, share in self.local.cells[name].items())
                yield f"  {name}: {cells}{note}"
        if self.local is not None:
            yield f"the levels of each row are in the new column {self.local.column!r}"
            yield from self._labels(self.local.marginals)
            yield "how strongly two columns go together (Cramér's V), before and after:"
            for each in self.local.associations:
                yield f"  {each.first} and {each.second}: {each.before:.3f}, {each.after:.3f}"

    def _labels(self, told: Sequence[Marginal]) -> Iterator[str]:
        yield f"rows that hold a value, and that still show it ({MOST_LABELS} a column; all labels are in --json):"
        for name in self.highest:
            leaves = sorted(
                (each for each in told if each.column == name and not each.level), key=lambda each: -each.before
            )
            for each in leaves[:MOST_LABELS]:
                yield f"  {name} {each.label}: {each.before:,}, {each.after:,}"

    def _why(self) -> Iterator[str]:
        """Why this recoding and not the next best, and what another share of suppressed rows would come to."""
        if self.levels is not None:
            yield from self._alternatives(self.levels)
        for each in self.next_best if self.local is not None else ():
            levels = ", ".join(f"{name} {level}" for name, level in zip(self.highest, each["levels"], strict=True))
            yield f"with one level a column, as far as a search found, the loss is {each['loss']:.4f}: {levels}"
        yield from self.alternatives_say

    def _alternatives(self, levels: dict[str, int]) -> Iterator[str]:
        if self.next_best:
            yield "next best, of the recodings that were counted:"
        for each in self.next_best:
            yield f"  {_changed(levels, each['levels'])}: {_comes_to(each)}"
        others = [each for each in self.trade if each["suppressed_rows"] != self.suppressed]
        if others:
            yield "with another share suppressed, of the recodings that were counted (a search for it may find better):"
        for each in others:
            yield f"  {_comes_to(each)}, {_changed(levels, each['levels'])}"

    def _how_good(self) -> Iterator[str]:
        if self.proven:
            yield "no recoding within these hierarchies loses less"
        elif self.recoding == "local":
            yield "a local recoding is not proven best: another may lose less"
        elif self.known_events:
            yield "known events are looked at row by row: another recoding may lose less"
        elif self.counts == "people":
            yield "people were counted by a lower bound during the search: a recoding that loses less may exist"
        for each in self.gave_up:
            yield f"the search was bounded: {each}; a recoding that loses less may exist"


def _changed(levels: dict[str, int], other: Any) -> str:
    """Which columns stand at another level."""
    pairs = zip(levels.items(), other, strict=True)
    return (
        ", ".join(f"{name} at level {there} not {here}" for (name, here), there in pairs if here != there) or "the same"
    )


def _comes_to(alternative: dict[str, Any]) -> str:
    return f"loss {alternative['loss']:.4f}, {alternative['suppressed_rows']:,} rows suppressed"
