"""A complete set of records for one use: what every demand needs beside authority, classification and way round.

A new demand is added here, in one place, and every test that wants a permit has it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from openhaven.model.application import DataProtection
from openhaven.model.plain import to_plain
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement, Benefit, Partnership, Principle
from openhaven.model.record.approvals import Approves, Opinion
from openhaven.model.record.data_protection import Assessment, DataProtectionDocument, Notice
from openhaven.model.record.kinds import KINDS, Record
from openhaven.model.record.organisations import Accreditation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Level, Purpose, Route

GIVEN_ON = tuple(
    DataProtection(article_6, article_9, schedule_1)
    for article_9, schedule_1 in (
        ("9(2)(h)", "Part 1 paragraph 2"),
        ("9(2)(i)", "Part 1 paragraph 3"),
        ("9(2)(j)", "Part 1 paragraph 4"),
        ("9(2)(g)", "Part 2 paragraph 6"),
    )
    for article_6 in ("6(1)(e)", "6(1)(c)")
)
"""On which a trust gives its data out, whatever for."""
PRINCIPLES = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")
OF_A_RECIPIENT = {"contract": ("framework contract", "signed"), "fee": ("ICO fee", "paid")}


def ods_of(organisation: str) -> str:
    """The made-up ODS code that an organisation of the tests has."""
    return f"X-{organisation}"


def kind_of(record: Record) -> str:
    """The word by which a record is recorded: `haven record KIND FILE`."""
    return next(name for name, kind in KINDS.items() if kind is type(record))


def as_toml(record: Record | Mapping[str, Any]) -> str:
    """A record, or plain data, as TOML: tables and lists of them inline, and what is not stated left out."""
    plain = record if isinstance(record, Mapping) else to_plain(record)
    return "".join(f"{key} = {_inline(value)}\n" for key, value in plain.items() if value is not None)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_inline(each)}" for key, each in value.items() if each is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return str(value) if isinstance(value, dt.date) else json.dumps(value)


@dataclass(frozen=True)
class Complete:
    """What is needed from `start` to `end` for a use under one agreement. `outside`: the recipient, or who pays, is
    no public body."""

    agreement: Agreement
    route: Route
    start: dt.date
    end: dt.date
    outside: bool = False

    @property
    def seen(self) -> Seen:
        return Seen("paper.pdf", "R. Okafor, records officer", self.start)

    @property
    def agreed(self) -> Agreement:
        """The agreement with all the terms that an agreement needs, those that it states already kept."""
        made = self.agreement
        if made.level is Level.AGGREGATE:
            return made
        return replace(
            made,
            storage=made.storage or (made.recipient,),
            territory=made.territory or ("England",),
            setting=made.setting or Access.EXTRACT,
            why_extract=made.why_extract or "it is linked with what the recipient holds",
            extract_agreed=made.extract_agreed or self.seen,
            objective=made.objective or "To find out what helps people.",
            benefits=made.benefits or (Benefit("care is safer", "deaths within 30 days", self.end),),
            signed_on=made.signed_on or made.starts,
            why_days=made.why_days or "stays are counted in days",
            penalties=made.penalties or "supply stops",
        )

    @property
    def records(self) -> tuple[Record, ...]:
        """Everything else that is of record, each needed. Records of one organisation have its id in theirs, so
        those of two uses by one recipient can stand side by side."""
        made, found = self.agreement, list[Record]()
        if made.level is not Level.AGGREGATE:
            found += self._assured((made.recipient, *made.controllers))
            found += [self._of_recipient(name) for name in OF_A_RECIPIENT]
            found += [self._fee(id) for id in made.controllers if id != made.recipient]
            found += [self._assessment(), self._notice()]
        if made.level is Level.IDENTIFIABLE:
            found += [] if self.route in (Route.STATUTORY_DUTY, Route.COURT_ORDER) else [self._recommendation()]
            found += self._opinions() if made.purpose is Purpose.RESEARCH else []
        if made.purpose is Purpose.REGULATION:
            found += [self._document(each, "appropriate policy document") for each in made.controllers]
        return (*found, *([self._partnership(), self._interests()] if self.outside else []))

    def _assured(self, organisations: Iterable[str]) -> list[Record]:
        return [
            self._accreditation("dspt", id, "DSPT", "standards met", ods=ods_of(id))
            for id in sorted(set(organisations))
        ]

    def _of_recipient(self, name: str) -> Record:
        scheme, status = OF_A_RECIPIENT[name]
        return self._accreditation(name, self.agreement.recipient, scheme, status)

    def _fee(self, organisation: str) -> Record:
        return self._accreditation("fee", organisation, *OF_A_RECIPIENT["fee"])

    def _accreditation(self, name: str, organisation: str, scheme: str, status: str, *, ods: str = "") -> Record:
        return Accreditation(
            f"{name}-{organisation}", organisation, scheme, status, self.start, self.end, self.seen, ods=ods
        )

    def _assessment(self) -> Record:
        made = self.agreement
        return Assessment(
            id=f"dpia-{made.id}",
            controller=made.controllers[0],
            datasets=(made.dataset,),
            purposes=(made.purpose,),
            recipients=(made.recipient,),
            levels=(made.level,),
            approved=self.seen,
            review=self.end,
            high_residual_risk=False,
        )

    def _notice(self) -> Record:
        made = self.agreement
        return Notice(
            id=f"notice-{made.id}",
            organisations=(*made.controllers, made.recipient),
            datasets=(made.dataset,),
            purposes=(made.purpose,),
            where="https://privacy.example/",
            checked=self.seen,
            how_to_object=True,
        )

    def _recommendation(self) -> Record:
        made = self.agreement
        return Recommendation(
            id=f"guardian-{made.id}",
            says=Advice.SUPPORTS,
            by="C. Guardian",
            role="Caldicott Guardian",
            organisation=made.controllers[0],
            on=self.start,
            review=self.end,
            agreement=made.id,
        )

    def _opinions(self) -> list[Record]:
        bodies = {
            "rec": ("Northby Research Ethics Committee", Approves.FAVOURABLE_OPINION),
            "hra": ("Health Research Authority", Approves.HRA_APPROVAL),
        }
        return [
            Opinion(f"{name}-{self.agreement.id}", body, "26/NB/0001", (self.agreement.id,), self.start, self.end,
                    self.seen, what)
            for name, (body, what) in bodies.items()
        ]  # fmt: skip

    def _partnership(self) -> Record:
        return Partnership(
            id=f"partnership-{self.agreement.id}",
            agreement=self.agreement.id,
            principles=tuple(Principle(id, True, "as the board found") for id in PRINCIPLES),
            by="the board's secretary",
            board=self.seen,
            review=self.end,
        )

    def _interests(self) -> Record:
        return self._document(self.agreement.recipient, "legitimate-interests assessment")

    def _document(self, organisation: str, what: str) -> Record:
        name = "interests" if what.startswith("legitimate") else f"policy-of-{organisation}"
        return DataProtectionDocument(
            id=f"{name}-{self.agreement.id}",
            organisation=organisation,
            what=what,
            purposes=(self.agreement.purpose,),
            starts=self.start,
            review=self.end,
            seen=self.seen,
        )
