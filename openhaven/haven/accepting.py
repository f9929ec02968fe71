"""What a release would tell beside earlier ones: why it stops, what helps, and what a named person accepted instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from openhaven.disclosure.file_after import Beside, Change
from openhaven.model.certificate import Certificate
from openhaven.model.errors import BadInput, Referred, Unmet
from openhaven.release.subtraction import Exposed, Kind


@dataclass(frozen=True, slots=True)
class Accepted:
    """That a named person accepts that so many people can be told to have opted out, and why."""

    exposed: int
    by: str
    because: str

    def __post_init__(self) -> None:
        if not self.by.strip() or not self.because.strip():
            raise BadInput(
                "nobody is named who accepts it, or no reason",
                todo="Give --accept-exposed NUMBER --accepted-by NAME --because TEXT.",
            )


def stopped_by_table(found: Sequence[Beside], change: Change | None, *, together: bool) -> Unmet | Referred:
    """Why a file does not leave that would tell of people beside an earlier table, and the least change that helps."""
    first, people = found[0], sum(each.people for each in found)
    cells = "; ".join(" and ".join(labels) for labels in first.cells[:3])
    between = f"between {first.low} and {first.high}" if first.low < first.high else str(first.low)
    accept = f'haven release … --accept-exposed {people} --accepted-by "NAME, ROLE" --because TEXT'
    return (Referred if together else Unmet)(
        f"beside the table of release {first.release} ({cells}) this file would tell of {people:,} people who are "
        f"counted there and are not in it: a group counts {between}",
        todo=f"{_safe_with(change)} Or a named person accepts it, which is logged: {accept}",
    )


def _safe_with(change: Change | None) -> str:
    if change is None:
        return "Ask for other records: neither fewer fields nor fewer records were found to help."
    if change.records is None:
        return f"It is safe without {' and '.join(change.without)}: agree fewer fields."
    return f"It is safe without {len(change.records):,} further records of these cells: ask for others, or for fewer."


def check_accepted(told: Sequence[Exposed], accepted: Accepted | None) -> None:
    """Raises Unmet, or Referred, where people would be told of and nobody accepted it; BadInput where another number
    was accepted than was measured."""
    if not told:
        if accepted is not None:
            raise BadInput("nobody would be exposed, so there is nothing to accept", todo="Leave --accept-exposed out.")
        return
    people = sum(each.people for each in told)
    if same := next((each for each in told if each.kind is Kind.WITH_AND_WITHOUT), None):
        raise Unmet(
            f"release {same.release} has the same content with other opt-outs applied: beside it this file would tell "
            f"of {same.people:,} people that they opted out",
            todo=f"Apply the same opt-outs to both, or record that the former file is destroyed: {_destroyed(same)}",
        )
    if accepted is None:
        raise _stopped(told, people)
    if accepted.exposed != people:
        raise BadInput(
            f"{accepted.exposed:,} people were accepted, and {people:,} are exposed",
            todo="Whoever accepts it accepts the number that was measured.",
        )


def _stopped(told: Sequence[Exposed], people: int) -> Unmet | Referred:
    opted = [each for each in told if each.kind is not Kind.BESIDE_TABLE]
    opted.sort(key=lambda each: each.kind is Kind.HELD_TOGETHER)
    first, many = opted[0], sum(each.people for each in opted)
    accept = f'haven release … --accept-exposed {people} --accepted-by "NAME, ROLE" --because TEXT'
    shared = f"{first.records:,} of its records are in release {first.release} too"
    tables = ", ".join(each.release for each in told if each.kind is Kind.BESIDE_TABLE)
    beside = f"; and beside the table of release {tables}, of {people - many:,} who are not in it" if tables else ""
    if first.kind is Kind.HELD_TOGETHER:
        return Referred(
            f"{shared}, and one organisation processes or stores both: who has both can tell of {many:,} people that "
            f"they opted out{beside}",
            todo=f"A named person decides whether they can be combined. If they accept it: {accept}",
        )
    if any(each.kind is Kind.TWO_BASES for each in opted):
        return Referred(
            f"this recipient holds data of the same people on another legal basis ({shared}): who has both can tell "
            f"of {many:,} people that they opted out{beside}",
            todo=f"A named person decides. If they accept it: {accept}",
        )
    return Unmet(
        f"{shared}, and {many:,} people of it have opted out since: who has both files can tell who they are{beside}",
        todo="There are three ways. New periods only: ask for records that no earlier file has. Full replacement: let "
        f"the recipient destroy the former file, then {_destroyed(first)}. Or a named person accepts it, which is "
        f"logged: {accept}",
    )


def _destroyed(each: Exposed) -> str:
    return f"haven destroyed {each.release} --certificate FILE --said-by NAME"


def stated(certificate: Certificate, memory: Mapping[str, Any]) -> Certificate:
    """The certificate with what a named person accepted: the number and why it was measured, never the name, which the
    log keeps."""
    accepted = memory.get("accepted")
    if not accepted:
        return certificate
    says, counts = [], []
    for table, what, who in _ACCEPTED:
        told = [each for each in memory["exposed"] if (each["kind"] == Kind.BESIDE_TABLE) == table]
        if told:
            earlier, people = ", ".join(each["release"] for each in told), sum(each["people"] for each in told)
            says.append(f"{what.format(earlier=earlier, people=people)} {_BY_A_PERSON}")
            counts.append((who, people))
    return replace(certificate, says=(*certificate.says, *says), counts=(*certificate.counts, *counts))


_BY_A_PERSON = "A named person accepted this number before anything left; the log keeps who, and why."
_ACCEPTED = (
    (
        False,
        "Who has the file of {earlier} too can tell of {people} people that they opted out.",
        "people who can be told to have opted out, accepted",
    ),
    (
        True,
        "Who has the table of {earlier} too can tell of {people} people that they are counted there and not in this "
        "file.",
        "people who can be told not to be in the file, accepted",
    ),
)
