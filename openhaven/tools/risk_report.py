"""What `haven risk` found, for programs and for people."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from openhaven.disclosure.events import Shared
from openhaven.disclosure.risk import Attackers, Risk
from openhaven.disclosure.risk_utility import Point, RiskUtility
from openhaven.disclosure.trajectories import SingledOut
from openhaven.disclosure.uniqueness import PopulationUniques
from openhaven.tools.attack import AttacksReport
from openhaven.tools.people_lines import known_events_lines, singled_out_lines

FORMAT = 2


@dataclass(frozen=True)
class ColumnRisk:
    """One quasi-identifier: its values, what would be left of the risk without it, and its share of the special
    uniques' score."""

    name: str
    values: int
    uniques_without: int
    mean_risk_without: float
    special_share: float


@dataclass(frozen=True)
class SpecialRow:
    """Somebody alone by few columns: the values of the smallest set there is, its size, SUDA's score and DIS."""

    values: dict[str, str]
    columns: int
    score: float
    dis: float | None


@dataclass(frozen=True)
class Special:
    """Special uniques: `unique` combinations are alone on all columns, `special` of them already by `most` columns.

    `sets` counts whom each set of columns singles out, smallest sets by which they are alone."""

    most: int
    unique: int
    special: int
    by_size: tuple[int, ...]
    sets: tuple[tuple[tuple[str, ...], int], ...]
    file_dis: float | None
    highest: tuple[SpecialRow, ...]
    gave_up: str


@dataclass(frozen=True)
class TwoFacts:
    """Somebody alone by two facts. `holders` says how many have each fact in the whole file."""

    facts: dict[str, str]
    holders: dict[str, int]


@dataclass(frozen=True)
class RareReport:
    """`pairs`: two columns, in how many cells one person is alone, and in how many of them a value is rare."""

    rare_below: int
    pairs: tuple[tuple[str, str, int, int], ...]
    examples: tuple[TwoFacts, ...]


@dataclass(frozen=True)
class AttributeReport:
    """As disclosure.attributes, with names; `people` in the classes that share one value, where people are known."""

    column: str
    l: int  # noqa: E741 (the model's own name)
    t: float
    classes: int
    rows: int
    people: int | None
    alone: int
    best_guess: float
    baseline: float
    shared: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class PopulationCounted:
    """Against a file of the population: its rows, and how many rows unique in the file are unique in it."""

    rows: int
    uniques: int
    missing: int


@dataclass(frozen=True)
class LevelsReport:
    """Risk and loss as columns are raised. `names` of the quasi-identifiers; without hierarchy: shown or `*`."""

    names: tuple[str, ...]
    without_hierarchy: tuple[str, ...]
    found: RiskUtility

    def label(self, point: Point) -> str:
        """What was raised last, and to which level."""
        if point.column is None:
            return "as it is"
        return f"{self.names[point.column]} to level {point.levels[point.column]}"

    def as_json(self) -> dict[str, object]:
        def plain(point: Point) -> dict[str, object]:
            levels = dict(zip(self.names, point.levels, strict=True))
            raised = None if point.column is None else self.names[point.column]
            return {**asdict(point), "column": raised, "levels": levels}

        return {
            "as_it_is": plain(self.found.start),
            "one_column": [plain(point) for point in self.found.single],
            "path": [plain(point) for point in self.found.path],
            "without_hierarchy": list(self.without_hierarchy),
            "gave_up": self.found.gave_up,
        }


@dataclass(frozen=True)
class RiskReport:
    """`suppressed` rows are `*` in every quasi-identifier; they are in no class and are counted apart.

    `sizes` counts classes and rows by the size of the class (people where they are known, else rows).
    """

    file: str
    qi: tuple[str, ...]
    rows: int
    suppressed: int
    risk: Risk
    attackers: Attackers
    singled_out: SingledOut | None
    columns: tuple[ColumnRisk, ...]
    sizes: tuple[tuple[int, int, int], ...]
    special: Special
    rare: RareReport
    attribute: AttributeReport | None = None
    uniqueness: PopulationUniques | None = None
    population: PopulationCounted | None = None
    levels: LevelsReport | None = None
    attacks: AttacksReport | None = None
    known_events: Shared | None = None

    @property
    def without(self) -> dict[str, int]:
        """How many rows would still be unique were each column left out."""
        return {each.name: each.uniques_without for each in self.columns}

    def as_json(self) -> dict[str, object]:
        """One document; `people` is there where the person was named, `l` and `t` where a confidential column was."""
        risk = {name: value for name, value in asdict(self.risk).items() if name not in ("rows", "people")}
        document: dict[str, object] = {
            "format": FORMAT,
            "file": self.file,
            "qi": list(self.qi),
            "rows": self.rows,
            "suppressed": self.suppressed,
            **risk,
            "uniques_without": self.without,
            "attackers": asdict(self.attackers),
            "columns": [asdict(each) for each in self.columns],
            "class_sizes": [dict(zip(("size", "classes", "rows"), each, strict=True)) for each in self.sizes],
            "special_uniques": self._special(),
            "alone_by_two_facts": self._rare(),
        }
        return document | self._more()

    def _special(self) -> dict[str, object]:
        sets = [{"columns": list(names), "alone": count} for names, count in self.special.sets]
        return {**asdict(self.special), "sets": sets}

    def _rare(self) -> dict[str, object]:
        named = ("first", "second", "alone", "rare")
        pairs = [dict(zip(named, pair, strict=True)) for pair in self.rare.pairs]
        return {**asdict(self.rare), "pairs": pairs}

    def _more(self) -> dict[str, object]:
        """What is there only where it was asked for."""
        more: dict[str, object] = {}
        if self.risk.people and self.singled_out:
            people = self.risk.people
            more |= {"people": people.people, "k_people": people.k, "rows_of_one_person_classes": people.rows_of_one}
            more["singled_out"] = asdict(self.singled_out)
        if self.attribute:
            shared = [dict(zip(("value", "classes", "rows"), each, strict=True)) for each in self.attribute.shared]
            more |= {"l": self.attribute.l, "t": self.attribute.t}
            more["attribute_disclosure"] = {**asdict(self.attribute), "shared": shared}
        if self.uniqueness:
            more["population_uniqueness"] = {**asdict(self.uniqueness), "chosen": str(self.uniqueness.chosen)}
        if self.population:
            more["population"] = asdict(self.population)
        if self.known_events:
            more["known_events"] = asdict(self.known_events)
        if self.levels:
            more["levels"] = self.levels.as_json()
        return more | (self.attacks.as_json() if self.attacks else {})

    def as_text(self) -> str:
        """For a person to read."""
        return "\n".join(_lines(self))


def _lines(report: RiskReport) -> Iterator[str]:
    risk, rows = report.risk, report.risk.rows
    yield f"{report.rows:,} rows, {risk.classes:,} classes of {', '.join(report.qi)}"
    yield f"smallest class (k)      {risk.k:,} rows"
    if risk.people:
        alone = risk.people.rows_of_one
        yield f"rows in classes of one person  {alone:,} ({alone / rows:.1%}); {risk.uniques:,} of them the only row"
    else:
        yield f"rows alone in a class   {risk.uniques:,} ({risk.uniques / rows:.1%})"
    yield f"rows in classes below {risk.threshold}  {risk.rows_at_risk:,} ({risk.rows_at_risk / rows:.1%})"
    yield f"average class           {risk.average_class:.1f}"
    if report.suppressed:
        yield f"wholly suppressed rows  {report.suppressed:,}, not counted in any class"
    if risk.people:
        yield f"people                  {risk.people.people:,}; fewest in a class {risk.people.k:,}"
    yield from _attackers(report)
    if report.singled_out:
        yield from singled_out_lines(report.singled_out)
    if report.known_events:
        yield from known_events_lines(report.known_events)
    yield from _columns(report)
    yield from _special(report.special)
    yield from _rare(report.rare)
    if report.attribute:
        yield from _attribute(report.attribute)
    yield from _population(report)
    if report.levels:
        yield from _levels(report.levels, "rows of one person alone" if risk.people else "rows alone")
    if report.attacks:
        yield from report.attacks.lines()


def _attackers(report: RiskReport) -> Iterator[str]:
    found, below = report.attackers, 1 / report.risk.threshold
    yield f"risk of a row: highest, mean, share of rows above {below:.2g}"
    for name, chances in (("prosecutor", found.prosecutor), ("journalist", found.journalist)):
        note = "" if name == "prosecutor" or found.population_known else "  (at most: no population was given)"
        yield f"  {name}  {chances.highest:.3f}, {chances.mean:.3f}, {chances.at_risk:.1%}{note}"
    yield f"  marketer    finds {found.marketer:.1%} of rows on average"


def _columns(report: RiskReport) -> Iterator[str]:
    yield "which columns drive it: rows unique without each, mean risk without it, share of special uniques' score"
    for each in sorted(report.columns, key=lambda column: column.mean_risk_without):
        yield f"  {each.name}: {each.uniques_without:,}, {each.mean_risk_without:.3f}, {each.special_share:.0%}"


def _special(found: Special) -> Iterator[str]:
    most = "one column" if found.most == 1 else f"{found.most} columns or fewer"
    yield f"special uniques: {found.special:,} of {found.unique:,} are alone already by {most}"
    for columns, count in found.sets[:5]:
        yield f"  {count:,} by {' and '.join(columns)}"
    if found.file_dis is not None:
        yield f"  a match to a unique row would be right with chance {found.file_dis:.2f} (DIS)"
    if found.gave_up:
        yield f"  {found.gave_up}"


def _rare(found: RareReport) -> Iterator[str]:
    if not found.examples:
        yield "nobody is alone by two facts"
        return
    alone = sum(pair[2] for pair in found.pairs)
    cells = "1 cell" if alone == 1 else f"{alone:,} cells"
    yield f"alone by two facts, neither of which is theirs alone: {cells}; the rarest:"
    for each in found.examples[:3]:
        (rare, other), (few, many) = each.facts.items(), each.holders.values()
        yield f"  {rare[0]} {rare[1]!r} ({few:,} in the file) within {other[0]} {other[1]!r} ({many:,}): one person"


def _attribute(found: AttributeReport) -> Iterator[str]:
    people = "" if found.people is None else f", {found.people:,} people"
    yield f"{found.column}: fewest values in a class (l) {found.l}; greatest distance from the whole (t) {found.t:.3f}"
    yield "  by equal distance, from all rows of the file, wholly suppressed ones included"
    classes = "1 class" if found.classes == 1 else f"{found.classes:,} classes"
    yield f"  {classes} of two rows or more where all share one value: {found.rows:,} rows{people} are told"
    yield f"  the best guess by class is right for {found.best_guess:.1%}; by the whole file {found.baseline:.1%}"


def _population(report: RiskReport) -> Iterator[str]:
    if report.population:
        found = report.population
        yield f"of the rows alone in the file, {found.uniques:,} are alone in the population of {found.rows:,}"
        if found.missing:
            yield f"  {found.missing:,} rows of the file have no like in the population: it is not the whole of it"
    if report.uniqueness:
        models = report.uniqueness
        said = ", ".join(
            f"{name} {'no solution' if value is None else f'{value:,.0f}'}"
            for name, value in (("Pitman", models.pitman), ("Zayatz", models.zayatz), ("SNB", models.snb))
        )
        yield f"uniques expected in a population of {models.population:,}: {models.estimate:,.0f} ({models.share:.2%})"
        yield f"  by {models.chosen}; {said}"
        yield f"  a row alone in the file is alone in the population with chance {models.of_sample:.2f}"


def _levels(report: LevelsReport, alone: str) -> Iterator[str]:
    yield f"what a level buys: mean risk, {alone}, k, information lost"
    for point in (report.found.start, *report.found.single):
        yield f"  {report.label(point)}: {point.mean:.3f}, {point.uniques:,}, {point.k:,}, {point.loss:.3f}"
    yield "step by step, the best for its cost:"
    for point in report.found.path[1:]:
        yield f"  {report.label(point)}: {point.mean:.3f}, {point.uniques:,}, {point.k:,}, {point.loss:.3f}"
    if report.found.gave_up:
        yield f"  {report.found.gave_up}"
