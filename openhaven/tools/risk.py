"""`haven risk`: how far the rows of a file give people away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from openhaven.disclosure.classes import Bools, combine, count_people, group
from openhaven.disclosure.hierarchy import ALL, Ints
from openhaven.disclosure.risk import Risk, measure, without_each
from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded, open_source, read_coded

NOT_BUILT = "l-diversity and t-closeness are not built in this version"


@dataclass(frozen=True)
class RiskRequest:
    """What to measure: the quasi-identifiers, and the column that names the person where there is one."""

    qi: tuple[str, ...]
    person: str | None = None
    confidential: str | None = None
    separator: str | None = None


@dataclass(frozen=True)
class RiskReport:
    """`suppressed` rows are `*` in every quasi-identifier; they are in no class and are counted apart.

    `without` says, for each quasi-identifier, how many rows would still be unique were it left out.
    """

    file: str
    qi: tuple[str, ...]
    rows: int
    suppressed: int
    risk: Risk
    singled_out: SingledOut | None
    without: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """One document; `people` is there where the person was named."""
        risk = {name: value for name, value in asdict(self.risk).items() if name not in ("rows", "people")}
        document: dict[str, object] = {
            "file": self.file,
            "qi": list(self.qi),
            "rows": self.rows,
            "suppressed": self.suppressed,
            **risk,
            "uniques_without": self.without,
        }
        if self.risk.people and self.singled_out:
            people = self.risk.people
            document |= {
                "people": people.people,
                "k_people": people.k,
                "rows_of_one_person_classes": people.rows_of_one,
            }
            document["singled_out"] = asdict(self.singled_out)
        return document

    def as_text(self) -> str:
        """For a person to read."""
        risk = self.risk
        lines = [
            f"{self.rows:,} rows, {risk.classes:,} classes of {', '.join(self.qi)}",
            f"smallest class (k)      {risk.k:,}",
            f"rows alone in a class   {risk.uniques:,} ({risk.uniques / self.rows:.1%})",
            f"rows in classes below {risk.threshold}  {risk.rows_at_risk:,} ({risk.rows_at_risk / self.rows:.1%})",
            f"average class           {risk.average_class:.1f}",
            f"highest, average risk   {risk.highest:.3f}, {risk.average:.3f}",
        ]
        if self.suppressed:
            lines.append(f"wholly suppressed rows  {self.suppressed:,}, not counted in any class")
        if risk.people:
            lines.append(f"people                  {risk.people.people:,}; fewest in a class {risk.people.k:,}")
        if self.singled_out:
            lines += singled_out_lines(self.singled_out)
        lines += [f"unique without {name}: {count:,}" for name, count in self.without.items()]
        return "\n".join(lines)


def singled_out_lines(found: SingledOut) -> list[str]:
    """The share of people singled out by one, two, three and all of their rows."""
    shares = [
        ("one row", found.one, None),
        ("two rows", found.two, found.looked_at_two),
        ("three rows", found.three, found.looked_at_three),
        ("all rows", found.all_rows, None),
    ]
    return [
        f"singled out by {name:<10} {'at least ' if cut else ''}{found.share(count):.1%} of people"
        + (f" (by their {cut} rarest rows)" if cut else "")
        for name, count, cut in shares
    ]


def risk(path: Path | str, request: RiskRequest) -> RiskReport:
    """Measure the file as it is. Raises BadInput."""
    if request.confidential is not None:
        raise BadInput(NOT_BUILT, todo="Leave out --confidential.")
    source = open_source(path, separator=request.separator)
    check_qi(request.qi, request.person)
    wanted = [*request.qi, *([request.person] if request.person else [])]
    columns = read_coded(source, wanted)
    hidden = suppressed_rows([columns[name] for name in request.qi])
    kept = ~hidden
    codes = np.stack([columns[name].codes[kept] for name in request.qi], axis=1)
    person = columns[request.person].codes[kept] if request.person else None
    class_of, rows = _classes(codes, [len(columns[name].values) for name in request.qi])
    return RiskReport(
        file=str(path),
        qi=request.qi,
        rows=len(hidden),
        suppressed=int(hidden.sum()),
        risk=_measure(class_of, rows, person),
        singled_out=None if person is None else singled_out(person, class_of),
        without=dict(zip(request.qi, without_each(codes), strict=True)),
    )


def check_qi(qi: Sequence[str], person: str | None) -> None:
    """Raises BadInput where the quasi-identifiers are none, named twice, or the person's own column."""
    if not qi or len(set(qi)) < len(qi):
        raise BadInput("name each quasi-identifier once", todo="For example --qi age,sex,area.")
    if person in qi:
        raise BadInput(f"{person!r} names the person, so it cannot be a quasi-identifier too")


def suppressed_rows(columns: Sequence[Coded]) -> Bools:
    """Rows that are `*` in every column, unless every row is."""
    hidden = np.ones(len(columns[0].codes), dtype=np.bool_)
    for column in columns:
        hidden &= column.codes == (column.values.index(ALL) if ALL in column.values else -1)
    return np.zeros_like(hidden) if hidden.all() else hidden


def _classes(codes: Ints, sizes: Sequence[int]) -> tuple[Ints, Ints]:
    class_of = group(combine(list(codes.T), sizes)).of_each
    return class_of, np.bincount(class_of)


def _measure(class_of: Ints, rows: Ints, person: Ints | None) -> Risk:
    if person is None:
        return measure(rows)
    people = count_people(class_of, person, classes=len(rows))
    return measure(rows, people=people, all_people=len(np.unique(person)))
