"""What `haven risk` found as one page: no script, nothing remote, pictures drawn in place, readable on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from openhaven.disclosure.risk_utility import Point
from openhaven.tools.files import check_out, written_whole
from openhaven.tools.risk_report import LevelsReport, RiskReport
from openhaven.tools.risk_request import RiskRequest

BANDS = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 99), (100, 999), (1000, None))
SHOWN = 8  # bars of a picture
WIDTH, HEIGHT = 300, 170  # of the curve, inside its axes
ROOM = 16  # that a number takes there


@dataclass(frozen=True)
class Bar:
    """`share` (0 to 1) is the bar's length, `text` stands at its end."""

    label: str
    share: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A point of the curve, in pixels from the top left of the axes; `told`: its number has room beside it."""

    x: float
    y: float
    number: int
    says: str
    told: bool


def check_page(out: Path, path: Path, request: RiskRequest, *, overwrite: bool) -> None:
    """Raises BadInput where the page would go over a file that is read or there already."""
    check_out(out, inputs=(path, request.population, request.original), overwrite=overwrite)


def write_page(report: RiskReport, out: Path) -> None:
    """Write the page whole or not at all. Raises BadInput where the folder is not there."""
    with written_whole(out) as temporary:
        temporary.write_text(as_html(report), encoding="utf-8")


def as_html(report: RiskReport) -> str:
    """The page, in British English."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["whole"], made.filters["percent"] = _whole, _percent
    return made.get_template("risk.html").render(
        report=report,
        sizes=_sizes(report),
        attackers=_attackers(report),
        columns=_columns(report),
        sets=_sets(report),
        models=_models(report),
        curve=_curve(report.levels.found.path) if report.levels else [],
        levels=_levels(report.levels) if report.levels else [],
    )


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _percent(share: float) -> str:
    """A share in per cent, never rounded to nought or all where it is neither."""
    if 0 < share < 0.001:
        return "under 0.1%"
    return "over 99.9%" if 0.999 < share < 1 else f"{share:.1%}"


def _sizes(report: RiskReport) -> list[Bar]:
    bars = []
    for low, high in BANDS:
        rows = sum(rows for size, _, rows in report.sizes if size >= low and (high is None or size <= high))
        label = f"{low:,} or more" if high is None else str(low) if low == high else f"{low:,} to {high:,}"
        bars.append(Bar(label, rows / report.risk.rows, f"{rows:,} ({_percent(rows / report.risk.rows)})"))
    while bars and not bars[-1].share:
        bars.pop()
    return bars


def _attackers(report: RiskReport) -> list[Bar]:
    found = report.attackers
    means = (
        ("Prosecutor: knows they are in the file", found.prosecutor.mean),
        ("Journalist: looks for anybody", found.journalist.mean),
        ("Marketer: wants as many as possible", found.marketer),
    )
    return [Bar(name, mean, _percent(mean)) for name, mean in means]


def _columns(report: RiskReport) -> list[Bar]:
    """By how much the mean risk would fall were each column left out."""
    mean = report.attackers.prosecutor.mean if not report.risk.people else report.risk.classes / report.risk.rows
    falls = sorted(
        ((max(0.0, mean - each.mean_risk_without), each.name, each.special_share) for each in report.columns),
        reverse=True,
    )
    most = max(falls[0][0], 1e-12)
    return [Bar(name, fall / most, f"{_percent(fall)} ({special:.0%})") for fall, name, special in falls[:SHOWN]]


def _sets(report: RiskReport) -> list[Bar]:
    sets = report.special.sets[:SHOWN]
    most = max((count for _, count in sets), default=1)
    return [Bar(" and ".join(names), count / most, f"{count:,}") for names, count in sets]


def _models(report: RiskReport) -> list[Bar]:
    found = report.uniqueness
    if found is None:
        return []
    each = (("Pitman", found.pitman), ("Zayatz", found.zayatz), ("SNB", found.snb))
    most = max([value for _, value in each if value] or [1.0])
    return [
        Bar(
            name + (" (taken)" if name.lower() == str(found.chosen) else ""),
            (value or 0) / most,
            "no solution" if value is None else f"{value:,.0f} ({_percent(value / found.population)})",
        )
        for name, value in each
    ]


def _curve(path: Sequence[Point]) -> list[Mark]:
    top = max(point.mean for point in path) or 1.0
    marks: list[Mark] = []
    for number, point in enumerate(path):
        x, y = round(point.loss * WIDTH, 1), round((1 - point.mean / top) * HEIGHT, 1)
        told = all(abs(x - each.x) > ROOM or abs(y - each.y) > ROOM for each in marks if each.told)
        marks.append(Mark(x, y, number, f"loss {point.loss:.3f}, mean risk {point.mean:.3f}", told))
    return marks


def _levels(report: LevelsReport) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Two tables: the path, and each column by itself."""

    def lines(points: Sequence[Point], numbered: bool) -> list[tuple[str, ...]]:
        return [
            (
                f"{number}. {report.label(point)}" if numbered else report.label(point),
                f"{point.mean:.3f}",
                f"{point.uniques:,}",
                f"{point.k:,}",
                f"{point.loss:.3f}",
            )
            for number, point in enumerate(points)
        ]

    single = (report.found.start, *report.found.single)
    return [
        ("Step by step, the best for its cost", lines(report.found.path, True)),
        ("One column at a time", lines(single, False)),
    ]
