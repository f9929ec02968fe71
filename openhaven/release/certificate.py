"""The certificate put together: lines, the picture of class sizes, who can be singled out, whom suppression removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.disclosure.trajectories import singled_out
from openhaven.model.certificate import Certificate, Output, Removed
from openhaven.model.obligation import KAnonymity, SmallNumbers
from openhaven.model.words import Level

from .counting import absent, bars
from .made import Made
from .measure import Certified

MOST_VALUES = 40  # a characteristic with more values than this is too fine for the table of whom suppression removed
PERSONAL = "This is personal data about people: it is handled, kept and destroyed under the agreement."


@dataclass(frozen=True, slots=True)
class Heading:
    """What a certificate says of the release as a whole, beside what was measured."""

    release: str
    title: str
    purpose: str
    agreement: str
    recipient: str
    made_on: dt.date
    witness: str = "not witnessed"


def certificate(made: Made, certified: Certified, output: Output, heading: Heading) -> Certificate:
    """The full certificate. Raises ValueError while an obligation is not met."""
    return Certificate(
        format=1,
        release=heading.release,
        application=made.decision.application,
        title=heading.title,
        agreement=heading.agreement,
        recipient=heading.recipient,
        controllers=tuple(sorted({each.controller for each in made.plan.held})),
        decided_on=made.decision.on,
        made_on=heading.made_on,
        ruleset=made.decision.ruleset,
        level=made.level.value,
        says=tuple(_statements(made)),
        lines=certified.lines,
        output=output,
        before=made.protected.before if made.protected else (),
        after=bars(*certified.sizes) if certified.sizes else (),
        singled_out=_singled_out(made),
        removed=tuple(_removed(made)),
        counts=(*made.plan.counts, ("rows that leave", output.rows)),
        policy=tuple(_policy(made)),
        to_be_confirmed=_to_be_confirmed(made),
        decision=made.decision.as_plain(),
        witness=heading.witness,
        purpose=heading.purpose,
    )


def _statements(made: Made) -> Iterator[str]:
    if made.level is not Level.AGGREGATE:
        yield PERSONAL
    if made.level is Level.DE_IDENTIFIED and made.person is not None:
        yield (
            "Rows carry a pseudonym of this recipient and agreement. k protects a row, not a person's history: the "
            "share of people told apart by one, two, three and all of their rows is measured below."
        )
    if made.protected is not None and made.protected.suppressed_rows:
        share = made.protected.suppressed_rows / (made.protected.suppressed_rows + made.protected.kept_rows)
        yield f"{share:.1%} of rows were suppressed because too few people shared their characteristics."


def _singled_out(made: Made) -> Mapping[str, float | None] | None:
    """Shares of people told apart by the quasi-identifiers of 1, 2, 3 and all of their rows, from the file itself."""
    person = made.person
    if made.quasi is None or not made.quasi.columns or person is None:
        return None
    names = made.quasi.names
    table = made.plan.engine.collect(made.plan.engine.scan([made.path]).select(*names, person.name))
    table = table.filter(pc.is_valid(table[person.name]))
    if not len(table):
        return None
    found = singled_out(_codes(table, [person.name]), _codes(table, names))
    return {
        "1": found.share(found.one),
        "2": found.share(found.two),
        "3": found.share(found.three),
        "all": found.share(found.all_rows),
    }


def _codes(table: pa.Table, names: list[str]) -> np.ndarray:
    """One integer for each distinct combination of these columns."""
    codes = np.zeros(len(table), dtype=np.int64)
    for name in names:
        column = table[name].cast(pa.string()).fill_null("\u2400").combine_chunks().dictionary_encode()
        codes = codes * max(len(column.dictionary), 1) + column.indices.to_numpy().astype(np.int64)
        _, codes = np.unique(codes, return_inverse=True)
    return codes


def _removed(made: Made) -> Iterator[Removed]:
    if made.quasi is None or made.protected is None or not made.protected.suppressed_rows:
        return
    for each, key in zip(made.quasi.columns, made.quasi.keys, strict=True):
        of, gone = _rows_by(made.protected.classes, key), _rows_by(made.protected.small, key)
        if 1 < len(of) <= MOST_VALUES:
            for value in sorted(of, key=str):
                shown = "not recorded" if absent(value) else str(value)
                yield Removed(each.field.title or each.name, shown, gone.get(value, 0), of[value])


def _rows_by(classes: pa.Table, key: str) -> dict[Any, int]:
    sums = classes.group_by(key).aggregate([("rows", "sum")])
    return dict(zip(sums[key].to_pylist(), sums["rows_sum"].to_pylist(), strict=True))


def _policy(made: Made) -> Iterator[str]:
    for obligation in made.obligations:
        if isinstance(obligation, KAnonymity):
            yield f"k = {obligation.k} and suppression of up to {obligation.suppression:.0%} of rows"
        if isinstance(obligation, SmallNumbers):
            yield f"the rule for small numbers, {obligation.rule}"


def _to_be_confirmed(made: Made) -> tuple[str, ...]:
    found = [
        said
        for question in made.decision.questions
        for finding in question.findings
        for said in finding.to_be_confirmed
    ]
    return tuple(dict.fromkeys(found))
