"""Tools on plain files; no haven is needed: risk, anonymise, tabulate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from openhaven.cli.not_built import not_built
from openhaven.cli.opened import file_type, overwrite_option, path_type, secret_type
from openhaven.cli.speak import answer, json_option, note, steps
from openhaven.model.errors import BadInput


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


_ASKED = ("k", "keys", "confidential", "l", "diversity", "c", "t", "distance", "population", "k_map", "events")


def _shares(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(f"{text!r} is not two shares", todo="For example --presence 0,0.5.") from error
    return low, high


@click.command("risk")
@click.argument("file", type=file_type)
@click.option("--qi", required=True, help="Quasi-identifiers, parted by commas.")
@click.option("--person", help="The column that names the person; people are then counted.")
@click.option(
    "--known-events", "events", type=int, help="Count who shares any so many known rows of a person; with --person."
)
@click.option("--confidential", help="The column whose value must not be learned.")
@click.option("--hierarchies", type=path_type, help="A folder of hierarchies: what each level would buy and cost.")
@click.option("--population", type=file_type, help="A file of the population, with the same quasi-identifiers.")
@click.option("--sampling-fraction", "fraction", type=float, help="The share of the population in the file: 0.05.")
@click.option("--threshold", type=int, default=5, show_default=True, help="A row in a smaller class is at risk.")
@click.option("--largest-set", type=int, default=3, show_default=True, help="Columns at a time for special uniques.")
@click.option("--attack", "original", type=file_type, help="The original of FILE, row by row: try attacks on FILE.")
@click.option("--row-key", help="A column that tells rows apart in both, where FILE has fewer rows than its original.")
@click.option("--attempts", type=int, default=500, show_default=True, help="Of each attack.")
@click.option("--html", type=path_type, help="Write a page with charts as well.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@overwrite_option
@json_option
def risk_command(file: Path, qi: str, as_json: bool, **said: Any) -> None:
    """Measure how far the rows of a file single people out."""
    from openhaven.tools.risk import RiskRequest, risk

    page, overwrite = said.pop("html"), said.pop("overwrite")
    request = RiskRequest(_names(qi), **said)
    if page is not None:
        from openhaven.tools.risk_page import check_page, write_page

        check_page(page, file, request, overwrite=overwrite)
    found = risk(file, request)
    if page is not None:
        write_page(found, page)
        note(f"the page is {page}; it names small groups, so keep it as safe as the file")
    answer(found.as_json(), found.as_text, as_json=as_json)


@click.command("anonymise")
@click.argument("file", type=file_type)
@click.argument("out", type=path_type)
@click.option("--qi", required=True, help="Quasi-identifiers, parted by commas.")
@click.option("--k", required=True, type=int, help="The fewest rows (people, with --person) that a class may hold.")
@click.option("--keys", type=int, help="k over every combination of so many quasi-identifiers, not over all of them.")
@click.option("--l", type=float, help="l-diversity: so many confidential values in each class.")
@click.option(
    "--diversity", type=click.Choice(["distinct", "entropy", "recursive"]), default="distinct", show_default=True
)
@click.option("--c", type=float, help="c of recursive diversity.")
@click.option("--t", type=float, help="t-closeness: greatest distance of a class's values from the whole.")
@click.option("--distance", type=click.Choice(["equal", "ordered", "hierarchical"]), default="equal", show_default=True)
@click.option("--confidential", help="The column whose value must not be learned.")
@click.option("--population", type=file_type, help="A file of the population, with the same quasi-identifiers.")
@click.option("--k-map", type=int, help="The fewest rows of the population in each class.")
@click.option("--presence", help="Lowest and highest share of a class's population in the file: 0,0.5.")
@click.option(
    "--suppression", type=float, default=0.0, show_default=True, help="The largest share of rows to suppress."
)
@click.option("--recoding", type=click.Choice(["global", "local"]), default="global", show_default=True)
@click.option("--hierarchies", type=path_type, help="A folder of hierarchies, as ARX has them.")
@click.option("--person", help="The column that names the person; k then counts people.")
@click.option("--known-events", "events", type=int, help="k people share any so many known rows of a person, too.")
@click.option(
    "--groups", help="Columns, parted by commas, by which to say whom suppression removed: age,sex,ethnicity,area."
)
@click.option("--keep", multiple=True, help="A column that looks like an identifier and may stay. May be repeated.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@overwrite_option
@json_option
def anonymise_command(file: Path, out: Path, as_json: bool, **said: Any) -> None:
    """Recode quasi-identifiers until every class holds k; every row and column stays in its place."""
    from openhaven.tools.anonymise import AnonymiseRequest, anonymise
    from openhaven.tools.demands import Asked

    asked = Asked(presence=_shares(said.pop("presence")), **{name: said.pop(name) for name in _ASKED})
    keep = tuple(name for each in said.pop("keep") for name in _names(each))
    groups = _names(said.pop("groups"))
    request = AnonymiseRequest(qi=_names(said.pop("qi")), asked=asked, keep=keep, groups=groups, **said)
    with steps("anonymise", total=3) as tell:
        done = anonymise(file, out, request, tell=tell)
    for warning in done.warnings:
        note(f"warning: {warning}")
    answer(done.as_json(), done.as_text, as_json=as_json)


@click.command("tabulate")
@click.argument("file", type=file_type)
@click.option("--by", required=True, help="Columns to count by, parted by commas.")
@click.option("--rule", required=True, help="HES-2018, HES-2013, OPENSAFELY, threshold-10, rounded-5, cell-key-2, …")
@click.option("--out", required=True, type=path_type, help="The table: .csv, .json, .html or .txt.")
@click.option("--measure", help="A column to sum.")
@click.option("--figure", "figures", multiple=True, help="Beside the counts: percent:sex, rate, mean:cost, p90:cost, …")
@click.option("--intervals", is_flag=True, help="95% intervals beside percentages and rates.")
@click.option("--population", type=file_type, help="A CSV of the people behind each cell, for rates.")
@click.option("--survival", help="Times and outcomes: days:died=yes.")
@click.option("--at", help="Ends of the steps of --survival: 30,90,180.")
@click.option("--cell-key", type=secret_type, help="The file of the secret, for the rule cell-key-2.")
@click.option("--record", help="The column that tells records apart, for the rule cell-key-2.")
@click.option("--person", help="The column that names the person; people are then counted too.")
@click.option("--national", is_flag=True, help="The file covers the nation: its grand total is a national one.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@overwrite_option
@json_option
def tabulate_command(file: Path, out: Path, as_json: bool, **said: Any) -> None:
    """Count, protect small numbers, and audit the table as an attacker would."""
    from openhaven.tools.figures import FiguresAsked
    from openhaven.tools.tabulate import TabulateRequest, tabulate

    figures = tuple(word for each in said.pop("figures") for word in _names(each))
    names = ("intervals", "population", "survival")
    beside = FiguresAsked(figures, at=_names(said.pop("at")), **{name: said.pop(name) for name in names})
    done = tabulate(file, out, TabulateRequest(by=_names(said.pop("by")), beside=beside, **said))
    answer(done.as_json(), done.as_text, as_json=as_json)


@click.command("protect")
@click.argument("table", type=file_type)
@click.option("--by", required=True, help="Columns of labels, parted by commas.")
@click.option("--value", required=True, help="The column of counts or amounts.")
@click.option("--out", required=True, type=path_type, help="The protected table: .csv, .json, .html or .txt.")
@click.option("--rule", help="For counts: HES-2018, HES-2013, OPENSAFELY, threshold-10, …")
@click.option("--status", help="For amounts: the column of statuses (U hidden, S may be hidden, Z and E shown).")
@click.option("--lower", help="For amounts: the column of how far below its value an unsafe cell must stay possible.")
@click.option("--upper", help="The same, above.")
@click.option("--cost", help="The column of what hiding a cell costs; else its amount.")
@click.option("--tolerance", type=float, default=0.0, help="How far totals of amounts may differ from their parts.")
@click.option("--total", default="Total", show_default=True, help="What a total is called in the table.")
@click.option("--national", is_flag=True, help="The table covers the nation: its grand total is a national one.")
@click.option("--hierarchies", type=path_type, help="A folder of hierarchies, as ARX has them.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@overwrite_option
@json_option
def protect_command(table: Path, out: Path, as_json: bool, **said: Any) -> None:
    """Check a ready table with totals, hide what must be and as little else as it takes, and audit it."""
    from openhaven.tools.protect import ProtectRequest, protect

    done = protect(table, out, ProtectRequest(by=_names(said.pop("by")), **said))
    answer(done.as_json(), done.as_text, as_json=as_json)


link_command = not_built("link", "Link two files of people.")
