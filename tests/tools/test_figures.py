"""`haven tabulate --figure`, `--survival`, and rules that move counts: what prints, and what is refused."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from openhaven.model.errors import BadInput
from openhaven.tools.figures import FiguresAsked
from openhaven.tools.tabulate import TabulateRequest, tabulate

AREAS, BANDS = ("east", "north", "west"), ("0-39", "40-64", "65+")


@pytest.fixture
def events(tmp_path: Path) -> Path:
    rng = np.random.default_rng(4)
    with (tmp_path / "events.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "who", "area", "band", "cost", "days", "died"))
        for at in range(600):
            area, band = AREAS[int(rng.choice(3, p=[0.5, 0.4, 0.1]))], BANDS[int(rng.integers(3))]
            died = "yes" if rng.random() < 0.4 else "no"
            writer.writerow((at, at % 400, area, band, int(rng.gamma(3, 40)), int(rng.integers(1, 200)), died))
    with (tmp_path / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("area", "band", "population", "standard"))
        writer.writerows((area, band, 10_000, 100 + 50 * at) for area in AREAS for at, band in enumerate(BANDS))
    return tmp_path / "events.csv"


def printed(events: Path, beside: FiguresAsked, **said: object) -> dict[tuple[str, ...], dict[str, str]]:
    out = events.with_name("out.csv")
    request = TabulateRequest(
        **{"by": ("area", "band"), "rule": "HES-2018", "overwrite": True, "beside": beside, **said}
    )  # type: ignore[arg-type]
    report = tabulate(events, out, request)
    with out.open(newline="") as file:
        return {tuple(line[name] for name in report.by): line for line in csv.DictReader(file)}


def test_percentages_ratios_and_intervals_are_made_of_what_prints(events: Path) -> None:
    lines = printed(events, FiguresAsked(("percent:area", "ratio:area=east/north"), intervals=True))
    for (area, band), line in lines.items():
        whole = lines["Total", band]["rows"]
        if "*" in (line["rows"], whole):
            assert line["percent of area"] == "*"
        else:
            assert line["percent of area"] == f"{min(100 * int(line['rows']) / int(whole), 100):.1f}"
            low, high = float(line["percent of area, from"]), float(line["percent of area, to"])
            assert low <= float(line["percent of area"]) <= high
        assert (line["ratio of east/north"] != "") == (area == "east")
    made = int(lines["east", "65+"]["rows"]) / int(lines["north", "65+"]["rows"])
    assert lines["east", "65+"]["ratio of east/north"] == f"{made:.2f}"


def test_rates_and_classes_use_the_population(events: Path) -> None:
    asked = FiguresAsked(("rate", "standardised:band", "classes:3"), events.with_name("people.csv"))
    lines = printed(events, asked)
    east = lines["east", "65+"]
    assert east["rate"] == f"{int(east['rows']) * 10:.1f}" and east["class"] == "3"
    assert lines["east", "Total"]["rate"] == f"{int(lines['east', 'Total']['rows']) / 30_000 * 100_000:.1f}"
    counts = [int(lines["east", band]["rows"]) for band in BANDS]
    made = sum(count * weight for count, weight in zip(counts, (100, 150, 200), strict=True)) / 450 * 10
    assert lines["east", "Total"]["rate standardised by band"] == f"{made:.1f}"
    assert lines["east", "65+"]["rate standardised by band"] == lines["east", "Total"]["class"] == ""


def test_means_and_percentiles_stand_beside_counts_and_the_greatest_never_prints(events: Path) -> None:
    lines = printed(events, FiguresAsked(("mean:cost", "median:cost", "p90:cost", "greatest:cost")), person="who")
    with events.open(newline="") as file:
        costs = sorted(float(row["cost"]) for row in csv.DictReader(file))
    total = lines["Total", "Total"]
    assert total["mean of cost"] == f"{sum(costs) / len(costs):.1f}" and total["median of cost"] == f"{costs[299]:g}"
    assert {line["greatest of cost"] for line in lines.values()} == {"*"}
    assert all(line["mean of cost"] == "*" for line in lines.values() if "*" in (line["rows"], line["people"]))


def test_survival_is_made_of_printed_counts_by_steps(events: Path) -> None:
    beside = FiguresAsked(survival="days:died=yes", at=("60", "120"))
    lines = printed(events, beside, by=("area",), rule="threshold-10")
    first, start = lines["east", "up to 60", "yes"], lines["east", "Total", "Total"]
    assert first["survival"] == f"{1 - int(first['rows']) / int(start['rows']):.3f}"
    assert lines["east", "after 120", "not yes"]["survival"] == lines["east", "Total", "yes"]["survival"] == ""
    chosen = printed(events, FiguresAsked(survival="days:died=yes"), by=("area",))
    assert len({key[1] for key in chosen}) > 3, "steps are chosen where none are given"


@pytest.mark.parametrize("rule", ["rounded-5", "cell-key-2"])
def test_counts_can_be_moved_instead_of_hidden(events: Path, rule: str) -> None:
    secret = events.with_name("secret")
    secret.write_text("0123456789abcdef" * 3)
    keys = {"cell_key": secret, "record": "id"} if rule == "cell-key-2" else {}
    lines = printed(events, FiguresAsked(("percent:area",)), rule=rule, **keys)
    assert "*" not in {line["rows"] for line in lines.values()}
    total = int(lines["Total", "Total"]["rows"])
    if rule == "rounded-5":
        assert total == sum(int(lines[area, "Total"]["rows"]) for area in AREAS) and total % 5 == 0
    else:
        assert abs(total - 600) <= 2 and printed(events, FiguresAsked(), by=("area",), rule=rule, **keys)[("Total",)][
            "rows"
        ] == str(total), "the same records, in another table"
    described = json.loads(events.with_name("out.csv-metadata.json").read_text())
    assert described["dc:conformsTo"] == rule


@pytest.mark.parametrize("ending", ["csv", "json", "html", "txt"])
def test_every_face_says_how_a_figure_was_made_and_under_which_rule(events: Path, ending: str) -> None:
    out = events.with_name(f"out.{ending}")
    beside = FiguresAsked(("mean:cost", "classes:3"))
    tabulate(events, out, TabulateRequest(("area", "band"), "HES-2018", beside=beside))
    text = (out.with_name("out.csv-metadata.json") if ending == "csv" else out).read_text()
    assert "mean of cost" in text.lower() and "hidden where it would tell of fewer" in text and "HES-2018" in text
    assert "Map classes of the printed counts" in text


BAD = [
    ({"figures": ("mode:cost",)}, "there is no figure 'mode:cost'"),
    ({"figures": ("percent",)}, "names no column or number"),
    ({"figures": ("percent:shoe",)}, "not one of the columns counted by"),
    ({"figures": ("ratio:area=east",)}, "does not say which values"),
    ({"figures": ("ratio:area=east/mars",)}, "there is no value 'mars'"),
    ({"figures": ("classes:1",)}, "2 to 9 classes"),
    ({"figures": ("rate",)}, "need a population"),
    ({"figures": ("mean:band",)}, "is not an amount"),
    ({"figures": ("mean:cost", "mean:days")}, "of one column"),
    ({"figures": ("mean:cost", "mean:cost")}, "would be called 'mean of cost'"),
    ({"intervals": True}, "of percentages and rates"),
    ({"at": ("30",)}, "--at is for --survival"),
    ({"survival": "days"}, "names no times and outcomes"),
    ({"survival": "days:died=perhaps"}, "there is no value 'perhaps'"),
    ({"survival": "days:died=yes", "at": ("90", "30")}, "steps of time go up"),
    ({"survival": "days:died=yes", "at": ("soon",)}, "is not a time"),
    ({"survival": "days:band=65+"}, "is counted by already"),
]


@pytest.mark.parametrize(("asked", "message"), BAD)
def test_what_cannot_be_made_is_refused_in_one_message(events: Path, asked: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        printed(events, FiguresAsked(**asked))  # type: ignore[arg-type]
    assert not events.with_name("out.csv").exists()


def test_people_who_stand_in_several_cells_are_rounded_by_themselves(events: Path) -> None:
    """Their totals are no sums, so none can stay one."""
    exact = printed(events, FiguresAsked(), rule="threshold-4", person="who")
    for labels, line in printed(events, FiguresAsked(), rule="rounded-5", person="who").items():
        assert int(line["people"]) % 5 == 0
        if exact[labels]["people"] != "*":
            assert abs(int(line["people"]) - int(exact[labels]["people"])) <= 2


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"rule": "cell-key-2"}, "--cell-key goes with"),
        ({"rule": "HES-2018", "record": "id"}, "--record is for"),
        ({"rule": "rounded-5", "national": True}, "no exact national total"),
        ({"rule": "rounded-2"}, "too few possibilities"),
        ({"rule": "cell-key-2", "cell_key": "people.csv"}, "Name the column|cell keys are of records"),
        ({"rule": "cell-key-2", "cell_key": "short", "record": "id"}, "32 bytes"),
        ({"rule": "cell-key-2", "cell_key": "none", "record": "id"}, "cannot be read"),
        ({"rule": "p-10", "measure": "cost", "beside": FiguresAsked(("percent:area",))}, "figures go beside counts"),
    ],
)
def test_rules_that_move_counts_say_what_they_need(events: Path, said: dict[str, object], message: str) -> None:
    events.with_name("short").write_text("secret")
    if "cell_key" in said:
        said = {**said, "cell_key": events.with_name(str(said["cell_key"]))}
    with pytest.raises(BadInput, match=message):
        printed(events, **{"beside": FiguresAsked(), **said})  # type: ignore[arg-type]
    assert not events.with_name("out.csv").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["area,population", "east,5"], "has the columns"),
        (["area,band,population", "east,0-39,many"], "is not a number of people"),
        (["area,band,population", "east,0-39,5"], "is missing"),
        (["area,band,population", "east,0-39,5", "east,0-39,5"], "given twice"),
    ],
)
def test_a_population_that_does_not_fit_is_refused(events: Path, lines: list[str], message: str) -> None:
    events.with_name("people.csv").write_text("\n".join(lines))
    with pytest.raises(BadInput, match=message):
        printed(events, FiguresAsked(("rate",), events.with_name("people.csv")))
