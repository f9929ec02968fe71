"""Does a record point to what is there? One that names nobody known would never be found by a decision.

A yes that is not found refuses by its silence, and is seen; a no that is not found would let data go. So whatever names
an organisation names one of record, and what speaks against a use names nothing at all that is not known. The other
way, to take a no that names nobody as one against everybody, would stop every use for a slip of the pen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from openhaven.model.errors import BadInput
from openhaven.model.record.advice import Classification, Recommendation
from openhaven.model.record.agreement import Agreement, Partnership
from openhaven.model.record.approvals import Exemption, Opinion, Requirement, Support, TerritoryAuthority
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice, Objection
from openhaven.model.record.controllers import Authority, Hold
from openhaven.model.record.data_protection import Assessment, DataProtectionDocument, Notice
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Accreditation, Breach, Organisation

from .bearing import Bearing, bearing
from .plainly import listed
from .reading import bare

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Known:
    """What records can point to: organisations and agreements of record, datasets described, applications decided."""

    organisations: tuple[Organisation, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    datasets: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()

    def ids(self, what: str) -> tuple[str, ...]:
        """The ids of all that is known of a sort."""
        return tuple(sorted(self._ids(what)))

    def _ids(self, what: str) -> Iterable[str]:
        match what:
            case "organisation":
                return (each.id for each in self.organisations)
            case "agreement":
                return (each.id for each in self.agreements)
            case "dataset":
                return self.datasets
            case "application":
                return self.applications
            case _:
                return {name for each in self.agreements for name in each.programmes}


_COVERS = {"recipients": "organisation", "datasets": "dataset"}
POINTS: Mapping[type, Mapping[str, str]] = MappingProxyType(
    {
        Accreditation: {"organisation": "organisation"},
        Agreement: {
            **dict.fromkeys(("recipient", "controllers", "processors", "storage"), "organisation"),
            "dataset": "dataset",
        },
        Assessment: {"controller": "organisation", "recipients": "organisation", "datasets": "dataset"},
        Authority: {"controller": "organisation", "dataset": "dataset", "application": "application"},
        Breach: {"organisation": "organisation"},
        Classification: {"recipients": "organisation", "dataset": "dataset"},
        ConsentMaterial: _COVERS,
        ConsulteeAdvice: _COVERS,
        DataProtectionDocument: {"organisation": "organisation"},
        Exemption: _COVERS,
        Hold: {"dataset": "dataset", "programme": "programme", "agreement": "agreement"},
        Notice: {"organisations": "organisation", "datasets": "dataset"},
        Objection: {"datasets": "dataset"},
        Opinion: {"agreements": "agreement"},
        Organisation: {"owners": "organisation", "acts_for": "organisation"},
        Partnership: {"agreement": "agreement"},
        Recommendation: {"organisation": "organisation", "agreement": "agreement", "application": "application"},
        Requirement: {**_COVERS, "controllers": "organisation"},
        Support: {"applicant": "organisation", **_COVERS},
        TerritoryAuthority: _COVERS,
    }
)
"""What the parts of records point to. A part that is empty points to nothing."""
HOW = {
    "organisation": "Record it first: haven record organisation FILE.toml",
    "agreement": "Record it first: haven record agreement FILE.toml",
    "dataset": "Describe it first: haven dataset datapackage.json",
    "application": "It is known once it was decided on record, by its case or by haven release. "
    "To stop one before that: haven record hold FILE.toml",
    "programme": "Record an agreement that lists it first, or hold a dataset, or everything.",
}


def check_pointers(record: Record, known: Known, *, where: str) -> None:
    """Raises BadInput where a record names what nobody knows, with what is known; and where an organisation takes the
    ODS code or the key of another, or an id that differs from that of another in signs alone.

    What speaks for a use may name a dataset or an agreement that comes later, since a letter is often there before the
    data; not one that is here under another spelling, by which no decision would find it."""
    against = bearing(_without_payers(record)) is not Bearing.SUPPORTING
    if against:
        _check_named(record, where=where)
    for part, what in POINTS.get(type(record), {}).items():
        stated = getattr(record, part)
        check = _check if against or what == "organisation" else _check_spelling
        for each in stated if isinstance(stated, tuple) else (stated,):
            check(record, each, what, known, where=f"{where}: {part}")
    if isinstance(record, Organisation):
        _check_apart(record, known.organisations, where=where)


def _without_payers(record: Record) -> Record:
    """A paper that says who pays is a letter as any other: what it names may come later."""
    if isinstance(record, Support | Opinion | Partnership) and record.paid_by:
        return replace(record, paid_by=())
    return record


NEEDED: Mapping[type, tuple[str, ...]] = MappingProxyType(
    {
        Accreditation: ("organisation",),
        Assessment: ("recipients", "datasets", "purposes"),
        Authority: ("controller", "dataset"),
        Breach: ("organisation",),
    }
)
"""What a record against a use cannot leave out, since it would speak of nothing."""


def _check_named(record: Record, *, where: str) -> None:
    for part in NEEDED.get(type(record), ()):
        stated = getattr(record, part)
        if not stated or (isinstance(stated, str) and not stated.strip()):
            raise BadInput("it names nothing, and so would be found by no decision", where=f"{where}: {part}")


def _check(record: Record, said: str, what: str, known: Known, *, where: str) -> None:
    if not said or _found(record, said, what, known):
        return
    raise BadInput(f"no {what} {said!r} is known here", where=where, todo=f"{_meant(said, what, known)}{HOW[what]}")


def _check_spelling(record: Record, said: str, what: str, known: Known, *, where: str) -> None:
    meant = next((each for each in known.ids(what) if bare(each) == bare(said)), None)
    if meant is not None and not _found(record, said, what, known):
        raise BadInput(f"no {what} {said!r} is known here", where=where, todo=f"It is {meant!r} here: write that.")


def _found(record: Record, said: str, what: str, known: Known) -> bool:
    same: Callable[[Any], bool] = lambda each: each == said  # noqa: E731
    if what == "programme":  # it is compared by its letters, as a decision compares it
        same = lambda each: bare(each) == bare(said)  # noqa: E731
    if isinstance(record, Breach):
        return any(bare(said) in _names(each) for each in known.organisations)
    return any(same(each) for each in known.ids(what))


def _names(each: Organisation) -> set[str]:
    return set(filter(None, map(bare, (each.id, each.name, each.ods))))


def _meant(said: str, what: str, known: Known) -> str:
    if what == "organisation":
        named = [each.id for each in known.organisations if bare(said) in _names(each)]
        if named:
            return f"It is how {listed(named)} is called: write the id. "
    ids = known.ids(what)
    shown = f"{listed(ids[:MOST_SHOWN])}{' and others' if len(ids) > MOST_SHOWN else ''}" if ids else "none yet"
    return f"Known: {shown}. "


def _check_apart(record: Organisation, others: Iterable[Organisation], *, where: str) -> None:
    for each in others:
        if each.id == record.id:
            continue
        if bare(each.id) == bare(record.id):
            raise BadInput(
                f"{record.id!r} and {each.id!r} differ in signs and capitals alone, and nobody could tell them apart",
                where=f"{where}: id",
                todo=f"Write {each.id!r}, or an id of its own.",
            )
        if record.ods.strip() and bare(each.ods) == bare(record.ods):
            raise BadInput(
                f"{record.ods!r} is the ODS code of {each.id}, and a code is that of one organisation",
                where=f"{where}: ods",
                todo=f"Look the code up; where it has passed on, record {each.id} without it first.",
            )
        if record.age_key.strip() and bare(each.age_key) == bare(record.age_key):
            raise BadInput(
                f"{record.age_key!r} is the key of {each.id}, which could open what is sealed to {record.id}",
                where=f"{where}: age_key",
                todo="Ask for a key of its own.",
            )
