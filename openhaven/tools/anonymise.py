"""`haven anonymise`: recode the quasi-identifiers of a file until every class that is shown satisfies what is asked.

The result is still personal data wherever a person can be singled out by other columns or by several rows.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from openhaven.model.errors import BadInput
from openhaven.tools.anonymise_measure import (
    local_report,
    measured,
    removed,
    replacements,
    sharing,
    told_apart,
    warnings,
)
from openhaven.tools.anonymise_request import LEVELS, AnonymiseRequest
from openhaven.tools.anonymise_search import Made, searched
from openhaven.tools.anonymise_table import Table, table_of
from openhaven.tools.anonymised import AnonymiseReport
from openhaven.tools.files import check_out, kind_of, open_source

__all__ = ["LEVELS", "AnonymiseRequest", "anonymise"]
Tell = Callable[[str], None]


def anonymise(
    path: Path | str, out: Path | str, request: AnonymiseRequest, *, tell: Tell = lambda step: None
) -> AnonymiseReport:
    """Write `out`: every row and column in order, quasi-identifiers recoded. Raises BadInput or Unmet."""
    path, out = Path(path), Path(out)
    if kind_of(path) != kind_of(out):
        raise BadInput("the output must be another file of the same kind", where=str(out))
    check_out(out, inputs=(path, request.asked.population), overwrite=request.overwrite)
    source = open_source(path, separator=request.separator)
    tell("reading")
    table = table_of(source, request)
    tell("searching")
    table, made = searched(table, request)
    tell("writing")
    source.rewrite(out, replacements(table, made, request))
    return _report(table, made, request=request, path=path, out=out)


def _report(table: Table, made: Made, *, request: AnonymiseRequest, path: Path, out: Path) -> AnonymiseReport:
    smallest, fewest, farthest = measured(table, made, request)
    return AnonymiseReport(
        file=str(path),
        out=str(out),
        recoding=request.recoding,
        rows=table.classes.total,
        suppressed=int(table.held.rows[made.suppressed].sum()),
        asked=", ".join([str(table.demands), *([request.asked.known()] if request.asked.events else [])]),
        wanted_k=request.asked.k,
        k=smallest,
        counts="rows" if request.person is None else "people",
        l=fewest,
        t=farthest,
        loss=made.loss,
        levels=dict(zip(request.qi, made.column_levels, strict=True)) if made.column_levels else None,
        highest={hierarchy.column: hierarchy.top for hierarchy in table.found.hierarchies},
        without_hierarchy=table.found.without,
        runner_up=asdict(made.next_best[0]) if made.next_best else None,
        proven=made.proven,
        gave_up=made.gave_up,
        local=local_report(table, made, request) if made.column_levels is None else None,
        singled_out=told_apart(table, made, request),
        next_best=tuple(asdict(each) for each in made.next_best),
        trade=tuple(asdict(each) for each in made.trade),
        alternatives_say=made.says,
        warnings=tuple(warnings(table, made)),
        removed=removed(table, made, request),
        known_events=sharing(table, made, request),
    )
