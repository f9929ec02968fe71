"""The certificate put together: lines, the picture of class sizes, who can be singled out, whom suppression removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.disclosure.trajectories import SingledOut, singled_out
from openhaven.model.certificate import Certificate, Output
from openhaven.model.obligation import KAnonymity, SmallNumbers
from openhaven.model.words import Level
from openhaven.package.certificate import FORMAT

from .counting import bars
from .made import Made
from .measure import Certified
from .reading import file_quasi
from .removed import whom_removed

MOST_ROWS = 500_000  # rows in which people are told apart one by one; of more, those of one share of the people
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
    singled, removed = _singled(made, output.rows), whom_removed(made)
    return Certificate(
        format=FORMAT,
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
        says=(*_statements(made), *singled.limits),
        lines=certified.lines,
        output=output,
        before=made.protected.before if made.protected else (),
        after=bars(*certified.sizes) if certified.sizes else (),
        singled_out=singled.shares,
        removed=removed.figures,
        removed_says=removed.says,
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
    if made.protected is not None:
        yield from (f"{each[:1].upper()}{each[1:]}." for each in made.protected.says)


@dataclass(frozen=True, slots=True)
class _Singled:
    """Shares of people told apart by the quasi-identifiers of 1, 2, 3 and all of their rows, and what limits them."""

    shares: Mapping[str, float | None] | None = None
    limits: tuple[str, ...] = ()


def _singled(made: Made, rows: int) -> _Singled:
    """Measured on the file itself; in a file of very many rows, among one share of its people."""
    person = made.person
    if made.quasi is None or not made.quasi.columns or person is None:
        return _Singled()
    part = min(1.0, MOST_ROWS / max(rows, 1)) if made.key is not None else 1.0
    table = made.plan.engine.collect(_some_people(made, person.name, part).select(*_seen(made), person.name))
    table = table.filter(pc.is_valid(table[person.name]))
    if not len(table):
        return _Singled()
    found = singled_out(_codes(table, [person.name]), _codes(table, _seen(made)))
    counts = {"1": found.one, "2": found.two, "3": found.three, "all": found.all_rows}
    return _Singled({name: found.share(count) for name, count in counts.items()}, tuple(_limits(found, part)))


def _seen(made: Made) -> list[str]:
    """The columns that tell what is known of a row."""
    quasi = file_quasi(made)
    return [] if quasi is None else quasi.names


def _some_people(made: Made, person: str, part: float) -> nw.LazyFrame:
    """The rows of one share of the people: those with the lowest pseudonyms, which say nothing of who they are."""
    file = made.plan.engine.scan([made.path])
    return file if part == 1 else file.filter(nw.col(person) < nw.lit(f"{int(part * 16**8):08x}"))


def _limits(found: SingledOut, part: float) -> Iterator[str]:
    if part < 1:
        yield (
            f"The shares of people told apart were measured among {found.people:,} people, those with the lowest "
            "pseudonyms. Among all the people of the file fewer are told apart, never more but by chance."
        )
    for name, looked_at in (("two", found.looked_at_two), ("three", found.looked_at_three)):
        if looked_at is not None:
            yield (
                f"By {name} rows at least that share is told apart: of each person the {looked_at} rarest rows were "
                "looked at."
            )


def _codes(table: pa.Table, names: list[str]) -> np.ndarray:
    """One integer for each distinct combination of these columns."""
    codes = np.zeros(len(table), dtype=np.int64)
    for name in names:
        column = table[name].cast(pa.string()).fill_null("\u2400").combine_chunks().dictionary_encode()
        codes = codes * max(len(column.dictionary), 1) + column.indices.to_numpy().astype(np.int64)
        _, codes = np.unique(codes, return_inverse=True)
    return codes


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
