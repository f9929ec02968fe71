"""`haven risk OUT --attack ORIGINAL`: attacks on a recoded file, marked by the original it was made from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.attacks import Attack, Column, Released, attack
from openhaven.disclosure.attributes import attributes
from openhaven.disclosure.classes import Bools, ValueCounts
from openhaven.disclosure.downcoding import Downcoding, Minimality, downcoding, minimality
from openhaven.disclosure.hierarchy import ALL, Hierarchy, Ints
from openhaven.disclosure.parts import by_parts
from openhaven.model.errors import BadInput
from openhaven.tools.combinations import Combinations, read_combinations
from openhaven.tools.files import Coded, check_columns, open_source
from openhaven.tools.hierarchies import Found, hierarchies_for, leaf_codes
from openhaven.tools.matched import AttackRequest, Matched, match

MOST_CELLS = 200_000_000  # of what each label of a column may stand for


@dataclass(frozen=True)
class AttacksReport:
    """What each attack reached, beside its control and what the measured risk allows. `counts` is people or rows;
    `dropped` rows of the original are not in the file, or `*` throughout."""

    original: str
    attempts: int
    counts: str
    dropped: int
    attacks: tuple[Attack, ...]
    downcoding: Downcoding
    minimality: Minimality | None

    def as_json(self) -> dict[str, object]:
        """A part of the document."""
        return {
            "original": self.original,
            "attempts": self.attempts,
            "attacks_count": self.counts,
            "dropped_rows": self.dropped,
            "attacks": [{**asdict(each), "beats": each.beats} for each in self.attacks],
            "downcoding": {**asdict(self.downcoding), "learned": self.downcoding.learned},
            "minimality": self.minimality and {**asdict(self.minimality), "learned": self.minimality.learned},
        }

    def lines(self) -> list[str]:
        """For a person to read."""
        lines = ["attacks, marked by the original: right, 95% interval, control, advantage over it"]
        shown = f"; {self.dropped:,} rows of the original are not shown" if self.dropped else ""
        lines.append(f"  counted: {self.counts}{shown}")
        for each in self.attacks:
            lines.append(
                f"  {each.name}: {each.attack.rate:.1%} ({each.attack.low:.1%} to {each.attack.high:.1%}) of "
                f"{each.attack.attempts:,}, {each.control.rate:.1%}, {each.advantage:.1%}"
            )
            if each.bound is not None:
                lines.append(f"    {_verdict(each)}: {each.bound:.1%} ({each.says})")
            elif each.advantage > 0:
                lines.append(f"    no bound: {each.says}")
        return [*lines, *self._downcoding(), *self._minimality()]

    def _downcoding(self) -> list[str]:
        found = self.downcoding
        loss = f"loss {found.loss:.4f}, on the values that this attack leaves {found.loss_left:.4f}"
        sure = f"on those that nobody can rule out, however they reason, {found.loss_for_sure:.4f} or more"
        if not found.cells:
            return [f"  downcoding: no cell gives a value away; {loss}", f"    {sure}"]
        late = f"; {found.given_up:,} values were left open, as too much bears on them" if found.given_up else ""
        return [
            f"  downcoding: in {found.cells:,} cells a value was ruled out, rightly in {found.right.rate:.1%} "
            f"(by chance {found.by_chance:.1%}){late}",
            f"    {loss}",
            f"    {sure}",
        ]

    def _minimality(self) -> list[str]:
        found = self.minimality
        if found is None or not found.classes:
            return []
        return [
            f"  minimality: in {found.classes:,} classes the guess was right for {found.guess.rate:.1%}, "
            f"the commonest value for {found.plain.rate:.1%}"
        ]


def attack_file(path: Path, request: AttackRequest) -> AttacksReport:
    """Attack the file at `path`. Raises BadInput where its rows are not those of the original."""
    out, original = _read(path, request), _read(request.original, request)
    matched = match(out, original, request)
    columns = {name: Coded(original.values[name], original.codes[:, at]) for at, name in enumerate(request.qi)}
    found = hierarchies_for(request.original, columns, folder=request.hierarchies)
    coded = leaf_codes(found.hierarchies, columns)
    person = original.apart[request.person].astype(np.int64) if request.person else None
    released = Released(
        tuple(
            _column(hierarchy, each.codes[original.of_row], out, matched, at=at, found=found)
            for at, (hierarchy, each) in enumerate(zip(found.hierarchies, coded, strict=True))
        ),
        _secret(out, original, matched, request),
        None if person is None else person[matched.original],
        None if person is None else person[matched.dropped],
    )
    return _attacked(released, found.hierarchies, request)


def _read(path: Path, request: AttackRequest) -> Combinations:
    source = open_source(path, separator=request.separator)
    wanted = [*request.qi, *([request.confidential] if request.confidential else [])]
    apart = [name for name in (request.person, request.row_key) if name is not None and path == request.original]
    apart += [request.row_key] if request.row_key is not None and path != request.original else []
    check_columns(source, [*wanted, *apart])
    return read_combinations(source, wanted, apart=list(dict.fromkeys(apart)))


def _column(
    hierarchy: Hierarchy, leaves: Ints, out: Combinations, matched: Matched, *, at: int, found: Found
) -> Column:
    """Without a hierarchy, what a label may stand for is learned from the rows themselves; `*` is anything."""
    labels, shown = out.values[hierarchy.column], out.codes[:, at][out.of_row][matched.file]
    if len(labels) * len(hierarchy.leaves) > MOST_CELLS:
        raise BadInput("the column has too many values for attacks", where=hierarchy.column)
    covers: Bools = np.zeros((len(labels), len(hierarchy.leaves)), dtype=np.bool_)
    number = {label: code for code, label in enumerate(labels)}
    for level in hierarchy.levels:
        for leaf, label in enumerate(level):
            if label in number:
                covers[number[label], leaf] = True
    if ALL in number:
        covers[number[ALL]] = True
    own = leaves[matched.original]
    if hierarchy.column in found.without:
        covers[shown, own] = True
    if not covers[shown, own].all():
        raise BadInput(
            "a row of the file does not fit the row of the original",
            where=hierarchy.column,
            todo="Attacks need the same rows in the same order, or --row-key, and the hierarchies that were used.",
        )
    return Column(hierarchy.column, own, shown, covers, leaves[matched.dropped])


def _secret(out: Combinations, original: Combinations, matched: Matched, request: AttackRequest) -> Ints | None:
    name = request.confidential
    if name is None:
        return None
    number = {value: code for code, value in enumerate(original.values[name])}
    shown = np.array([number.get(value, -1) for value in out.values[name]])[out.codes[:, -1]][out.of_row][matched.file]
    secret: Ints = original.codes[:, -1][original.of_row][matched.original]
    if (shown != secret).any():
        raise BadInput("the confidential values are not those of the original, row by row", where=name)
    return secret


def _attacked(released: Released, hierarchies: Sequence[Hierarchy], request: AttackRequest) -> AttacksReport:
    fewest = None
    rows = np.bincount(released.class_of)
    if released.secret is not None:
        values = ValueCounts.of(released.class_of, released.secret, values=int(released.secret.max()) + 1)
        fewest = attributes(rows, values).l
    return AttacksReport(
        original=str(request.original),
        attempts=request.attempts,
        counts="rows" if released.person is None else "people",
        dropped=len(released.columns[0].dropped),
        attacks=_tried(released, hierarchies, request),
        downcoding=downcoding(released, hierarchies),
        minimality=None
        if fewest is None
        else minimality(released, hierarchies, k=int(rows.min()), l=fewest, seed=request.seed),
    )


def _tried(released: Released, hierarchies: Sequence[Hierarchy], request: AttackRequest) -> tuple[Attack, ...]:
    found = attack(released, attempts=request.attempts, seed=request.seed, best_guess=released.best_guess)
    more = by_parts(released, hierarchies, attempts=request.attempts, seed=request.seed)
    return found if more is None else (*found, more)


def _verdict(each: Attack) -> str:
    """How the rate stands to its bound: a rate above it that chance explains beats nothing, and is not below it."""
    if each.beats:
        return "MORE than the measured risk allows"
    within = each.bound is not None and each.attack.rate > each.bound
    return "within chance of what the measured risk allows" if within else "no more than the measured risk allows"
