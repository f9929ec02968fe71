"""`haven anonymise`: recode the quasi-identifiers of a file globally, so that every row left is in a class of k.

The result is still personal data wherever a person can be singled out by other columns or by several rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.classes import Bools, count_people, distinct, people_masks
from openhaven.disclosure.hierarchy import ALL, Hierarchy, Ints
from openhaven.disclosure.levels import AtLevels, at_levels
from openhaven.disclosure.models import Demands, K
from openhaven.disclosure.recoding import Recoding, recode
from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded, Coder, Replacement, Source, check_columns, kind_of, open_source
from openhaven.tools.hierarchies import Found, hierarchies_for, leaf_codes
from openhaven.tools.identifiers import holds_nhs_number, named_like_identifier
from openhaven.tools.risk import NOT_BUILT, check_qi, singled_out_lines

MASK_WORDS = (
    4  # of 64 bits: at k = 5 one class of just 5 people in 25 is taken for smaller, and counted again at the end
)


@dataclass(frozen=True)
class AnonymiseRequest:
    """`suppression` is the largest share of rows (0 to 1) that may become `*`; `hierarchies` is a folder.

    `person` names the column of the person: k then counts people. `keep` names columns known to be safe.
    """

    qi: tuple[str, ...]
    k: int
    suppression: float = 0.0
    hierarchies: Path | None = None
    person: str | None = None
    keep: tuple[str, ...] = ()
    separator: str | None = None
    recoding: str = "global"
    l: int | None = None  # noqa: E741 (the model's own name)
    t: float | None = None
    confidential: str | None = None

    def __post_init__(self) -> None:
        check_qi(self.qi, self.person)
        if self.recoding not in ("global", "local"):
            raise BadInput(f"recoding is global or local, not {self.recoding!r}")
        if self.recoding == "local":
            raise BadInput("local recoding is not built in this version", todo="Use --recoding global.")
        if self.l is not None or self.t is not None or self.confidential is not None:
            raise BadInput(NOT_BUILT, todo="Leave out --l, --t and --confidential.")


@dataclass(frozen=True)
class AnonymiseReport:
    """What was done. `k` is the smallest class left, of people where a person is named, else of rows.

    `levels` and `highest` give each column's level and its hierarchy's last; `loss` lies between 0 and 1.
    """

    file: str
    out: str
    rows: int
    suppressed: int
    wanted_k: int
    k: int
    counts: str
    loss: float
    levels: dict[str, int]
    highest: dict[str, int]
    without_hierarchy: tuple[str, ...]
    runner_up: dict[str, object] | None
    proven: bool
    singled_out: SingledOut | None

    def as_json(self) -> dict[str, object]:
        """One document."""
        return asdict(self)

    def as_text(self) -> str:
        """For a person to read."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.rows:,} rows written to {self.out}, {self.suppressed:,} of them suppressed"
        yield f"every other row is in a class of at least {self.k:,} {self.counts} (asked: {self.wanted_k})"
        yield f"information lost: {self.loss:.4f} (0 is intact, 1 is nothing left)"
        for name, level in self.levels.items():
            note = "; no hierarchy was found, so shown or *" if name in self.without_hierarchy else ""
            yield f"  {name}: level {level} of {self.highest[name]}{note}"
        if self.runner_up:
            yield f"next best: levels {self.runner_up['levels']}, loss {self.runner_up['loss']:.4f}"
        yield self._how_good()
        if self.singled_out:
            yield from singled_out_lines(self.singled_out)

    def _how_good(self) -> str:
        if self.proven:
            return "no recoding within these hierarchies loses less"
        if self.counts == "people":
            return "people were counted by a lower bound during the search: a recoding that loses less may exist"
        return "the search was bounded: a recoding that loses less may exist"


def anonymise(path: Path | str, out: Path | str, request: AnonymiseRequest) -> AnonymiseReport:
    """Write `out`: every row and column in order, quasi-identifiers recoded. Raises BadInput or Unmet."""
    path, out = Path(path), Path(out)
    if kind_of(path) != kind_of(out) or path.resolve() == out.resolve():
        raise BadInput("the output must be another file of the same kind", where=str(out))
    source = open_source(path, separator=request.separator)
    columns = _read(source, request)
    found = hierarchies_for(path, {name: columns[name] for name in request.qi}, folder=request.hierarchies)
    leaves = leaf_codes(found.hierarchies, columns)
    person = columns[request.person].codes if request.person else None
    if request.k > (len(leaves[0].codes) if person is None else len(np.unique(person))):
        raise BadInput(f"k = {request.k} is more than the {'rows' if person is None else 'people'} in the file")
    made = _recode(leaves, found.hierarchies, person, request)
    changes = _replacements(leaves, found.hierarchies, made.levels, made.suppressed_rows)
    source.rewrite(out, changes)
    return _report(path, out, request=request, found=found, made=made)


def _read(source: Source, request: AnonymiseRequest) -> dict[str, Coded]:
    """Quasi-identifiers and person as numbers; every other column looked at for what identifies directly."""
    check_columns(source, [*request.qi, *request.keep, *([request.person] if request.person else [])])
    others = [name for name in source.columns if name not in (*request.qi, *request.keep)]
    _refuse_names(source, others)
    coder = Coder([*request.qi, *([request.person] if request.person else [])])
    for batch in source.batches(list(dict.fromkeys((*coder.columns, *others)))):
        coder.add(batch)
        for name in others:
            if holds_nhs_number(batch.column(name)):
                raise BadInput(
                    f"column {name!r} holds valid NHS numbers",
                    where=str(source.path),
                    todo=f"Remove it, or say --keep {name} if it holds something else.",
                )
    columns = coder.coded()
    if not len(columns[request.qi[0]].codes):
        raise BadInput("the file has a header and no rows", where=str(source.path))
    return columns


def _refuse_names(source: Source, others: Sequence[str]) -> None:
    if named := [name for name in others if named_like_identifier(name)]:
        raise BadInput(
            f"{', '.join(map(repr, named))} would be written as it is, and is named like an identifier",
            where=str(source.path),
            todo=f"Remove it, make it a quasi-identifier, or say --keep {named[0]} if it identifies nobody.",
        )


@dataclass(frozen=True)
class _Made:
    """A recoding applied to rows, people counted exactly."""

    recoding: Recoding
    at: AtLevels
    suppressed_rows: Bools
    class_of_row: Ints
    person: Ints | None

    @property
    def levels(self) -> tuple[int, ...]:
        return self.at.levels


def _recode(
    leaves: Sequence[Coded], hierarchies: Sequence[Hierarchy], person: Ints | None, request: AnonymiseRequest
) -> _Made:
    words = max(MASK_WORDS, request.k // 8)
    masks = None if person is None else people_masks(person, words=words)
    classes, class_of = distinct(np.stack([column.codes for column in leaves], axis=1), people=masks)
    recoding = recode(classes, hierarchies, k=request.k, suppression=request.suppression)
    at = at_levels(classes, hierarchies, levels=recoding.levels, demands=Demands((K(request.k),)))
    if person is not None:  # the masks may take a class for too small: count once more, exactly
        exact = count_people(at.merged[class_of], person, classes=int(at.merged.max()) + 1)
        at = at_levels(classes, hierarchies, levels=recoding.levels, demands=Demands((K(request.k),)), sizes=exact)
    return _Made(recoding, at, at.suppressed[class_of], at.merged[class_of], person)


def _replacements(
    leaves: Sequence[Coded], hierarchies: Sequence[Hierarchy], levels: Sequence[int], suppressed: Bools
) -> dict[str, Replacement]:
    changes = {}
    for column, hierarchy, level in zip(leaves, hierarchies, levels, strict=True):
        grouping = hierarchy.groupings[level]
        codes = grouping.codes[column.codes] if level else np.full(len(column.codes), -1)
        codes = np.where(suppressed, len(grouping.labels), codes)
        changes[hierarchy.column] = Replacement((*grouping.labels, ALL), codes)
    return changes


def _report(path: Path, out: Path, *, request: AnonymiseRequest, found: Found, made: _Made) -> AnonymiseReport:
    runner_up = made.recoding.runner_up
    kept = ~made.suppressed_rows
    trails = None
    if made.person is not None and kept.any():
        trails = singled_out(made.person[kept], made.class_of_row[kept])
    return AnonymiseReport(
        file=str(path),
        out=str(out),
        rows=len(kept),
        suppressed=int(made.suppressed_rows.sum()),
        wanted_k=request.k,
        k=made.at.k,
        counts="rows" if made.person is None else "people",
        loss=made.at.loss,
        levels=dict(zip(request.qi, made.levels, strict=True)),
        highest={hierarchy.column: hierarchy.top for hierarchy in found.hierarchies},
        without_hierarchy=found.without,
        runner_up=asdict(runner_up) if runner_up else None,
        proven=made.recoding.proven and made.person is None,
        singled_out=trails,
    )
