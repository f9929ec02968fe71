"""Tools on plain files; no haven is needed: risk, anonymise, tabulate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from openhaven.cli.not_built import not_built
from openhaven.cli.opened import file_type, path_type
from openhaven.cli.speak import answer, json_option, note


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


@click.command("risk")
@click.argument("file", type=file_type)
@click.option("--qi", required=True, help="Quasi-identifiers, parted by commas.")
@click.option("--person", help="The column that names the person; people are then counted.")
@click.option("--confidential", help="The column whose value must not be learned.")
@click.option("--hierarchies", type=path_type, help="A folder of hierarchies.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@json_option
def risk_command(file: Path, qi: str, as_json: bool, **said: Any) -> None:
    """Measure how far the rows of a file single people out."""
    from openhaven.tools.risk import RiskRequest, risk

    if said["hierarchies"]:
        note("haven risk measures the file as it is: hierarchies change none of its figures in this version")
    found = risk(file, RiskRequest(_names(qi), said["person"], said["confidential"], said["separator"]))
    answer(found.as_json(), found.as_text, as_json=as_json)


@click.command("anonymise")
@click.argument("file", type=file_type)
@click.argument("out", type=path_type)
@click.option("--qi", required=True, help="Quasi-identifiers, parted by commas.")
@click.option("--k", required=True, type=int, help="The fewest rows (people, with --person) that a class may hold.")
@click.option("--l", type=int, help="Distinct confidential values in each class.")
@click.option("--t", type=float, help="Greatest distance of a class's confidential values from the whole.")
@click.option("--confidential", help="The column whose value must not be learned.")
@click.option(
    "--suppression", type=float, default=0.0, show_default=True, help="The largest share of rows to suppress."
)
@click.option("--recoding", type=click.Choice(["global", "local"]), default="global", show_default=True)
@click.option("--hierarchies", type=path_type, help="A folder of hierarchies, as ARX has them.")
@click.option("--person", help="The column that names the person; k then counts people.")
@click.option("--keep", multiple=True, help="A column that looks like an identifier and may stay. May be repeated.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@json_option
def anonymise_command(file: Path, out: Path, as_json: bool, **said: Any) -> None:
    """Recode quasi-identifiers until every class holds k; every row and column stays in its place."""
    from openhaven.tools.anonymise import AnonymiseRequest, anonymise

    keep = tuple(name for each in said.pop("keep") for name in _names(each))
    done = anonymise(file, out, AnonymiseRequest(qi=_names(said.pop("qi")), keep=keep, **said))
    answer(done.as_json(), done.as_text, as_json=as_json)


@click.command("tabulate")
@click.argument("file", type=file_type)
@click.option("--by", required=True, help="Columns to count by, parted by commas.")
@click.option("--rule", required=True, help="The rule for small numbers: HES-2018, HES-2013, threshold-10, …")
@click.option("--out", required=True, type=path_type, help="The table, as CSV.")
@click.option("--measure", help="A column to sum.")
@click.option("--person", help="The column that names the person; people are then counted too.")
@click.option("--national", is_flag=True, help="The file covers the nation: its grand total is a national one.")
@click.option("--separator", help="Of a CSV file, where it is not found in the heading.")
@json_option
def tabulate_command(file: Path, out: Path, as_json: bool, **said: Any) -> None:
    """Count, protect small numbers, and audit the table as an attacker would."""
    from openhaven.tools.tabulate import TabulateRequest, tabulate

    done = tabulate(file, out, TabulateRequest(by=_names(said.pop("by")), **said))
    answer(done.as_json(), done.as_text, as_json=as_json)


protect_command = not_built("protect", "Protect a ready table with totals.")
link_command = not_built("link", "Link two files of people.")
serve_command = not_built("serve", "The web service.")
