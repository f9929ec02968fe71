"""What stands in the file: columns, precision, identifiers, pseudonyms, classes and counts, measured again."""

from __future__ import annotations

import csv

import narwhals.stable.v2 as nw

from openhaven.disclosure.audit import audit
from openhaven.disclosure.beside import Beside
from openhaven.disclosure.protection import Protected
from openhaven.disclosure.rules import HIDDEN
from openhaven.model.obligation import (
    AtLevel,
    Checker,
    Evidence,
    Figures,
    KAnonymity,
    LocalRecoding,
    OnlyFields,
    PseudonymScope,
    SmallNumbers,
)
from openhaven.model.words import Level

from .evidence import evidence
from .figures import Figured, made_again, told_again
from .local import LEVELS, wrong_cells
from .made import Made
from .plan import PSEUDONYM, length
from .reading import identifies, nhs_numbers_in, precision_of, the_file, too_fine
from .table import printed_in


def fields(obligation: OnlyFields, made: Made) -> Evidence:
    if made.table is not None:
        header = made.path.read_text(encoding="utf-8").splitlines()[0].split(",")
        found = header[: len(made.table.by)]
        expected = list(made.table.by)
    else:
        found, expected = the_file(made).collect_schema().names(), made.names
    finer = [] if made.table is not None else too_fine(made)
    says = f"the file has exactly the {len(expected)} columns agreed, none finer than agreed"
    if found != expected:
        says = f"the file has {', '.join(found)}; agreed are {', '.join(expected)}"
    elif finer:
        says = f"finer than agreed: {', '.join(finer)}"
    return evidence(
        obligation,
        found == expected and not finer,
        says,
        Checker.RECIPIENT,
        measured={
            "columns": found,
            "precision": {each.name: precision_of(made, each.field.name, each.precision) for each in made.columns},
        },
    )


def local_recoding(obligation: LocalRecoding, made: Made) -> Evidence:
    """Each cell is as coarse as the level told beside it, and that no finer than agreed."""
    if made.quasi is None or made.protected is None or made.protected.left is None:
        return evidence(obligation, True, "no characteristic leaves that could be coarsened", Checker.RECIPIENT)
    cells = the_file(made).select(*made.quasi.names, LEVELS).unique()
    wrong = wrong_cells(made.quasi, made.plan.engine.collect(cells))
    loss, sure = made.protected.left.loss, made.protected.left.loss_for_sure
    says = (
        f"{', '.join(made.quasi.names)} are coarsened class by class, {LEVELS} tells the level of each cell, and none "
        f"is finer than agreed; {loss:.1%} of what the cells could tell is lost, and no row is suppressed. A cell is "
        "coarse because rows of its class differ there, so whoever knows how this was made can say more than it does; "
        f"{sure:.1%} stays lost for sure, however they reason from this file and from how it was made"
    )
    if wrong:
        says = f"finer than agreed, or than the level told: {', '.join(wrong)}"
    measured = {"column": LEVELS, "loss": round(loss, 4), "loss for sure": round(sure, 4)}
    return evidence(obligation, not wrong, says, Checker.RECIPIENT, measured=measured)


def level(obligation: AtLevel, made: Made) -> Evidence:
    if obligation.level is Level.IDENTIFIABLE:
        return evidence(
            obligation,
            True,
            "identifiable, as decided: treat every row as confidential",
            Checker.ANYONE,
            measured={"level": obligation.level.value},
        )
    named = [each.name for each in made.columns if identifies(made, each)]
    found = {} if made.table is not None else nhs_numbers_in(made)
    if named:
        says = f"{', '.join(named)} would identify people"
    elif made.table is not None:
        says = "counts only; no row about a person"
    elif found:
        says = "NHS numbers stand in " + ", ".join(f"{name} ({count})" for name, count in found.items())
    else:
        says = (
            "no column is described as an identifier that leaves as held, and every text and whole number was looked "
            "through for NHS numbers"
        )
    met = not found and not named
    return evidence(obligation, met, says, Checker.RECIPIENT, measured={"level": obligation.level.value})


def pseudonyms(obligation: PseudonymScope, made: Made) -> Evidence:
    person, engine = made.person, made.plan.engine
    scope = f"recipient {obligation.recipient}, agreement {obligation.agreement}, epoch {obligation.epoch}"
    if person is None:
        return evidence(obligation, True, "no person key leaves", Checker.RECIPIENT)
    known = engine.as_text(made.plan.people.select(PSEUDONYM), PSEUDONYM).select(nw.col(PSEUDONYM).alias(person.name))
    assert made.people_in_file is not None
    foreign = made.people_in_file.join(known, on=person.name, how="anti")
    strangers = length(engine, foreign)
    return evidence(
        obligation,
        strangers == 0,
        f"every person key is a pseudonym of this scope ({scope})",
        Checker.CONTROLLER,
        measured={"scope": scope},
        counts={"keys not of this scope": strangers},
    )


def k_anonymity(obligation: KAnonymity, made: Made) -> Evidence:
    assert made.quasi is not None and made.protected is not None
    if made.sizes is None:
        return evidence(obligation, True, "no characteristic that people share or differ in leaves", Checker.RECIPIENT)
    sizes, _ = made.sizes
    smallest = int(sizes.min()) if len(sizes) else 0
    total = made.protected.kept_rows + made.protected.suppressed_rows
    share = made.protected.suppressed_rows / total
    counted = "people" if made.quasi.has_person and made.person is not None else "rows"
    levels = {each.name: precision_of(made, each.field.name, each.precision) for each in made.quasi.columns}
    keyless = made.quasi.has_person and made.person is None
    how = "; no key to a person leaves, so people were counted before and rows on this file" if keyless else ""
    says = (
        f"every combination of {', '.join(levels)} holds at least {smallest} {counted} (k = {obligation.k} was "
        f"decided){how}; {share:.1%} of rows suppressed, {obligation.suppression:.0%} allowed"
    )
    return evidence(
        obligation,
        smallest >= obligation.k and share <= obligation.suppression,
        says,
        Checker.RECIPIENT,
        measured={"k": smallest, "counted": counted, "recoding": levels, "share suppressed": round(share, 4)},
        counts={
            "classes": len(sizes),
            "rows suppressed": made.protected.suppressed_rows,
            **made.protected.weighed.as_figures(),
        },
    )


def small_numbers(obligation: SmallNumbers, made: Made) -> Evidence:
    assert made.table is not None
    protected = made.table.protected
    exposed = audit(protected.tables, people_of=((1, 0),) if len(protected.tables) > 1 else ())
    lines = printed_in(made.path.read_text(encoding="utf-8"), len(made.table.by))
    same = [line[: len(protected.tables)] for line in lines] == made.table.shown
    beside, told = made.table.beside, made.table.told_together()
    says = f"rule {obligation.rule}, policy of this installation; {_what_was_audited(protected, beside)}"
    if exposed or not same:
        says = f"{len(exposed)} counts can be worked out" if exposed else "the file is not the table that was audited"
    elif told:
        says = f"beside what was released before, {told} counts of few people can be worked out"
    return evidence(
        obligation,
        same and not exposed and not told,
        says,
        Checker.RECIPIENT,
        measured={
            "rule": obligation.rule,
            "earlier tables": beside.earlier,
            "files of the recipient": beside.files,
            "searches given up": protected.given_up,
        },
        counts={
            "small counts hidden": sum(protected.small),
            "further counts hidden": sum(protected.second),
            "counts of few people told beside earlier tables, had nothing been hidden for it": sum(
                map(len, beside.told)
            ),
        },
    )


def figures(obligation: Figures, made: Made) -> Evidence:
    """Those asked for and no others; those of counts made again of the counts as they print, those of amounts attacked
    again as they print."""
    assert made.table is not None
    figured, counts, printed = made.table.figured, made.table.printed, _figures_in_file(made)
    made_of = {each.name: each.texts for each in figured.columns} | made_again(obligation, counts)
    other = [name for name, texts in made_of.items() if printed.get(name) != list(texts)]
    same, told, given_up = list(printed) == [each.name for each in figured.columns] and not other, 0, _given_up(figured)
    if same and figured.amounts is not None:
        told = told_again(figured.columns, printed, counts, figured.amounts) + figured.told_together()
    says = _what_was_made(figured, given_up)
    if not same:
        says = f"the file has other figures: {', '.join(other or printed)}"
    elif told:
        says = f"figures tell {told} small counts, or sums of few, too closely, alone or beside what left before"
    return evidence(
        obligation,
        same and not told,
        says,
        Checker.CONTROLLER if figured.amounts else Checker.RECIPIENT,
        measured={
            "figures": {each.name: each.meaning for each in figured.columns},
            "left out": {name: sum(text == HIDDEN for text in texts) for name, texts in printed.items()},
            "earlier tables": len(figured.earlier),
            "searches given up": given_up,
        },
        counts={"figures left out for what they would have told beside these": figured.left_out},
    )


def _given_up(figured: Figured) -> int:
    return sum(each.given_up for each in figured.columns) + figured.given_up


def _figures_in_file(made: Made) -> dict[str, list[str]]:
    """What prints in each column after the counts, line by line."""
    assert made.table is not None
    first = len(made.table.by) + len(made.table.protected.tables)
    heading, *lines = csv.reader(made.path.read_text(encoding="utf-8").splitlines())
    return {name: [line[first + at] for line in lines] for at, name in enumerate(heading[first:])}


def _what_was_made(figured: Figured, given_up: int) -> str:
    says = f"{', '.join(each.name for each in figured.columns)}: made of the counts as they print"
    if figured.table is not None:
        says += (
            f"; those of {figured.table.field} are made of the rows and attacked together with the counts, and none "
            "tells a small count, or a sum of few, more closely than the counts do, nor beside the tables of this "
            f"dataset with such figures that were released before ({len(figured.earlier)})"
        )
    if given_up:
        says += f"; a search for where they may stand was given up {given_up} times, and they are then left out whole"
    return says


def _what_was_audited(protected: Protected, beside: Beside) -> str:
    """What no count can be worked out from, and what had to be hidden for it."""
    says = "the audit finds no count that can be worked out"
    if beside.earlier:
        says += f", nor together with the tables of this dataset released before ({beside.earlier})"
    if beside.files:
        says += f", nor of anybody who is not in the files of its records that the recipient has ({beside.files})"
    if not beside.earlier:
        says += ", and no table of this dataset was released before"
    if beside.further:
        says += f"; cells hidden for what they would have told beside these: {beside.further}"
    if protected.given_up:
        says += (
            "; the search for tables that leave a count open was given up at its bound for "
            f"{protected.given_up}, which count as told: their lines are withheld"
        )
    return says
