"""Tables protected so that they tell nothing about few people beside what was released before: the least change.
Beside tables, whoever received them; and beside files of records that their recipient has.

Where a new table and earlier ones would tell of a group, the sum of the new table's cells that helps to tell it is made
as unsure as a small count; which cells are hidden for that is chosen as for any other protection.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from openhaven.disclosure.files import File, told_beside_files
from openhaven.disclosure.ledger import Counted, Ledger, Remembered, of_people
from openhaven.disclosure.memory import Told, told_together
from openhaven.disclosure.protection import Protected, protect
from openhaven.disclosure.rules import Rule
from openhaven.disclosure.tables import Table
from openhaven.model.errors import Referred, Unmet

MOST_ROUNDS = 8


@dataclass(frozen=True)
class Beside:
    """The tables as they may leave. `earlier` tables and `files` were looked at; `told` is what would have been told,
    table by table, without the `further` cells that were hidden for it."""

    protected: Protected
    earlier: int
    told: tuple[tuple[Told, ...], ...]
    further: int
    files: int = 0


@dataclass(frozen=True)
class Tables:
    """Tables that leave together, who is counted in each, and which counts people of which rows."""

    tables: Sequence[Table]
    counted: Sequence[Counted]
    people_of: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class Before:
    """What was released before: a ledger for each of the new tables, and files of records that their recipient has."""

    ledgers: Sequence[Ledger]
    files: Sequence[File] = ()


def protect_beside(made: Tables, rule: Rule, before: Before) -> Beside:
    """Apply the rule, beside what was released before. Raises Unmet, or Referred, naming the earlier release, where
    hiding cells does not help."""
    untold: list[set[tuple[int, ...]]] = [set() for _ in made.tables]
    first: tuple[tuple[Told, ...], ...] = ()
    hidden = 0
    told: tuple[tuple[Told, ...], ...] = ()
    for _ in range(MOST_ROUNDS):
        protected = protect(made.tables, rule, people_of=made.people_of, untold=[sorted(each) for each in untold])
        told = told_beside(made, protected, before)
        if not first:
            first, hidden = told, _hidden(protected)
        if not any(told) and any(not each.hidden.all() for each in protected.tables):
            earlier = max(map(len, before.ledgers), default=0)
            return Beside(protected, earlier, first, _hidden(protected) - hidden, len(before.files))
        new = [
            {each.cells for each in of_one if each.cells} - known for of_one, known in zip(told, untold, strict=True)
        ]
        if not any(new):  # nothing more to hide, or nothing left that prints
            break
        for known, more in zip(untold, new, strict=True):
            known |= more
    raise _unsafe([each for of_one in (*told, *first) for each in of_one], before)


def told_beside(made: Tables, protected: Protected, before: Before) -> tuple[tuple[Told, ...], ...]:
    """What each table tells beside the tables of its ledger, rows, read as people, beside those of people, and both
    beside the files."""
    new = [Remembered("", table, who) for table, who in zip(protected.tables, made.counted, strict=True)]
    found = [told_together(each, ledger) for each, ledger in zip(new, before.ledgers, strict=True)]
    people_of = {rows: people for people, rows in made.people_of}
    for people, rows in made.people_of:
        if (read := of_people(new[rows], new[people])) is not None:
            found[rows] += told_together(read, before.ledgers[people])
    for rows in set(range(len(new))) - {people for people, _ in made.people_of} if before.files else ():
        whose = people_of.get(rows)
        told = told_beside_files(new[rows], None if whose is None else new[whose], before.files, before.ledgers[rows])
        for at, each in zip((rows, whose), told, strict=False):
            if at is not None:
                found[at] += each
    return tuple(map(tuple, found))


def _hidden(protected: Protected) -> int:
    return sum(int(each.hidden.sum()) for each in protected.tables)


def _unsafe(told: Sequence[Told], before: Before) -> Unmet | Referred:
    """Of what could not be hidden the first; a person decides where it follows only from files of recipients who share
    who processes or stores them."""
    together = {each.id for each in before.files if each.together}
    sure = [each for each in told if not together or not set(each.earlier) <= together]
    first = (sure or told)[0]
    cells = "; ".join(" and ".join(labels) for labels in first.earlier_cells[:3])
    between = f"between {first.low} and {first.high}" if first.low < first.high else str(first.low)
    what = (
        f"beside release {', '.join(first.earlier)} ({cells}) this table would tell that a group of few people counts "
        f"{between}, and hiding cells does not help"
    )
    if sure:
        return Unmet(what, todo="Count by coarser categories, or the same people as before.")
    return Referred(
        f"{what}; one organisation processes or stores both",
        todo="A named person decides whether they can be combined. If not, policy.numbers.shared-holders says how many "
        "shared organisations count; else count by coarser categories.",
    )
