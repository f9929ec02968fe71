"""Uses for which every paper is there, made from scenarios/starts.toml for any day; `telling` adds what differs."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from complete import GIVEN_ON, Complete, ods_of

from openhaven.model.application import Application, Comparison, Condition, DataProtection, FieldAsked, TableAsked
from openhaven.model.dataset import Dataset, Field
from openhaven.model.facts import Facts, FormerApplication, FormerRelease, Policy
from openhaven.model.record.advice import Classification
from openhaven.model.record.agreement import Agreement, FieldAgreed
from openhaven.model.record.approvals import Requirement, Support
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, FieldType, Kind, Level, Precision, Purpose, Role, Route, Setting

HERE = Path(__file__).parent / "scenarios"
STARTS: dict[str, dict[str, Any]] = tomllib.loads((HERE / "starts.toml").read_text(encoding="utf-8"))
CONTROLLERS = ("north-trust", "south-trust")
SETTINGS = {"episodes": Setting.HOSPITAL, "gp-records": Setting.GP}
GDPR, TOOLKIT = dt.date(2018, 5, 25), dt.date(2018, 4, 1)
IN_1998 = {
    Route.STATUTORY_DUTY: ("Schedule 2 paragraph 3", "Schedule 3 paragraph 7"),
    Route.COURT_ORDER: ("Schedule 2 paragraph 3", "Schedule 3 paragraph 7"),
}
GROUNDS = {
    Route.COPI_2: "support",
    Route.COPI_5: "support",
    Route.COPI_3: "statement",
    Route.STATUTORY_DUTY: "law",
    Route.COURT_ORDER: "order",
    Route.CONSENT: "consent",
    Route.CONSULTEE: "advice",
}
"""What the record that carries a route is called."""


@dataclass
class Told:
    """A case as it is told: what is asked, the records by the names that scenarios give them, and the rest."""

    asked: dict[str, Any]
    records: dict[str, Record]
    dataset: Dataset
    start: dt.date
    end: dt.date
    policy: dict[str, Any] = field(default_factory=lambda: {"restricted_lists": ("example-restricted",)})
    controllers: tuple[str, ...] = CONTROLLERS
    former: tuple[FormerRelease, ...] = ()
    refused: tuple[FormerApplication, ...] = ()

    @property
    def seen(self) -> Seen:
        return Seen("paper.pdf", "R. Okafor, records officer", self.start)

    @property
    def application(self) -> Application:
        return Application(**self.asked)

    @property
    def facts(self) -> Facts:
        policy = Policy(**self.policy)
        return Facts(self.dataset, self.controllers, policy, tuple(self.records.values()), self.former, self.refused)


def start(name: str, papers_of: dt.date) -> Told:
    """The use of that name, its papers made in the year of that day."""
    spec = STARTS[name]
    begins = dt.date(papers_of.year, 1, 1)
    ends = dt.date(papers_of.year + spec.get("years", 2) - 1, 12, 31)
    told = Told(_asked(spec, papers_of), {}, _dataset(spec), begins, ends)
    told.records |= {each.id: each for each in _parties(told, spec)}
    _agree(told, spec, papers_of)
    return told


def _asked(spec: dict[str, Any], day: dt.date) -> dict[str, Any]:
    level, route = Level(spec["level"]), Route(spec["route"])
    fields = tuple(FieldAsked(name, "the purpose needs it", _precision(name, level)) for name in _names(spec, level))
    pair = DataProtection(*spec["pair"].split(" + "))
    if day < GDPR:
        pair = DataProtection(*IN_1998.get(route, ("Schedule 2 paragraph 5", "Schedule 3 paragraph 8")))
    return {
        "format": 1,
        "id": "application",
        "title": name_of(spec),
        "applicant": spec["recipient"],
        "recipient": spec["recipient"],
        "purpose": Purpose(spec["purpose"]),
        "purpose_text": spec["says"],
        "route": route,
        "dataset": spec.get("dataset", "episodes"),
        "level": level,
        "data_protection": pair,
        "fields": fields,
        "agreement": "agreement",
        "basis": (GROUNDS[route],) if route in GROUNDS else (),
        "cohort": (Condition("diagnosis", Comparison.STARTS, ("C",)),),
        "table": TableAsked(("area", "diagnosis")) if level is Level.AGGREGATE else None,
    }


def name_of(spec: dict[str, Any]) -> str:
    return next(name for name, each in STARTS.items() if each is spec)


def _names(spec: dict[str, Any], level: Level) -> tuple[str, ...]:
    usual = (
        ("area", "diagnosis") if level is Level.AGGREGATE else ("nhs_number", "born", "area", "admitted", "diagnosis")
    )
    return tuple(spec.get("fields", usual))


def _precision(name: str, level: Level) -> Precision:
    return Precision.YEAR if name == "born" and level is not Level.IDENTIFIABLE else Precision.AS_HELD


def _dataset(spec: dict[str, Any]) -> Dataset:
    id = spec.get("dataset", "episodes")
    return Dataset(
        id,
        id,
        SETTINGS[id],
        "England",
        (
            Field("nhs_number", FieldType.STRING, Role.PERSON, kind=Kind.NHS_NUMBER),
            Field("name", FieldType.STRING, Role.IDENTIFIER, kind=Kind.NAME),
            Field("born", FieldType.DATE, Role.IDENTIFIER, kind=Kind.DATE_OF_BIRTH),
            Field("postcode", FieldType.STRING, Role.IDENTIFIER, kind=Kind.POSTCODE),
            Field("area", FieldType.STRING, Role.QUASI),
            Field("admitted", FieldType.DATE, Role.CONTENT),
            Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL, codes="icd-10"),
            Field("notes", FieldType.STRING, Role.FREE_TEXT),
            Field("treated_by", FieldType.STRING, Role.CONTENT, kind=Kind.CLINICIAN),
            Field("consultant", FieldType.STRING, Role.CONTENT),
            Field("surname", FieldType.STRING, Role.CONTENT),
        ),
    )


def _parties(told: Told, spec: dict[str, Any]) -> list[Record]:
    of = spec["recipient"]
    bodies, business = (tuple(filter(None, spec.get(key, "").split(", "))) for key in ("bodies", "business"))
    trusts: list[Record] = [
        Organisation(each, each, ("nhs trust",), ods=ods_of(each), country="England") for each in CONTROLLERS
    ]
    said: list[Record] = [
        Authority(
            f"authority-of-{each}",
            each,
            told.dataset.id,
            Say.YES,
            told.start,
            told.end,
            told.seen,
            tuple(Purpose),
            grounds=GIVEN_ON,
        )
        for each in CONTROLLERS
    ]
    party = Organisation(of, of, bodies, business, age_key=f"age1{of}", ods=ods_of(of), country="England")
    return [party, *trusts, *said]


def _agree(told: Told, spec: dict[str, Any], day: dt.date) -> None:
    """The agreement, what carries the route, every other paper, and those of the start alone."""
    ask = told.asked
    agreement = Agreement(
        id="agreement",
        title=ask["title"],
        recipient=ask["recipient"],
        controllers=CONTROLLERS,
        purpose=ask["purpose"],
        dataset=ask["dataset"],
        level=ask["level"],
        fields=tuple(FieldAgreed(each.name, each.precision) for each in ask["fields"]),
        starts=told.start,
        ends=told.end,
        destroy_within_days=30,
        epoch="1",
        signed=told.seen,
        penalties="supply stops",
        cohort=ask["cohort"],
    )
    complete = Complete(agreement, ask["route"], told.start, told.end, outside=spec.get("outside", False))
    made = [complete.agreed, *_classified(told), *_ground(told), *complete.records]
    if day < GDPR:
        made = [each for each in made if not (each.id.startswith("fee-") and each.organisation in CONTROLLERS)]
    if day < TOOLKIT:
        made = [_of_the_toolkit_before(each) for each in made]
    for record in (_called(each) for each in made):
        told.records[record.id] = record


def _classified(told: Told) -> list[Record]:
    ask = told.asked
    if ask["level"] is Level.IDENTIFIABLE:
        return []
    by = ("C. Guardian", "Caldicott Guardian")
    return [
        Classification(
            "classification",
            ask["dataset"],
            ask["level"],
            "under contract",
            *by,
            told.start,
            told.end,
            "k",
            fields=tuple(FieldAgreed(each.name) for each in told.dataset),
            recipients=(ask["recipient"],),
            settings=tuple(Access),
        )
    ]


def _of_the_toolkit_before(record: Record) -> Record:
    if getattr(record, "scheme", "") != "DSPT":
        return record
    return replace(record, scheme="IG Toolkit", status="satisfactory")


def _of_whom(name: str, record: Record) -> str:
    """The fee of a controller has the controller's name, that of the recipient needs none."""
    of = getattr(record, "organisation", "")
    return f"{name}-of-{of}" if of in CONTROLLERS else name


def _called(record: Record) -> Record:
    """The record under the name that scenarios give it."""
    names = {
        "dspt-": f"security-of-{getattr(record, 'organisation', '')}",
        "contract-": "contract",
        "fee-": _of_whom("fee", record),
        "dpia-": "assessment",
        "notice-": "notice",
        "guardian-": "recommendation",
        "rec-": "committee",
        "hra-": "approval",
        "partnership-": "partnership",
        "interests-": "interests",
    }
    return next((replace(record, id=name) for before, name in names.items() if record.id.startswith(before)), record)


def _ground(told: Told) -> list[Record]:
    """The record that carries the route, where one does."""
    route = told.asked["route"]
    if route not in GROUNDS:
        return []
    cover = cover_of(told) | {"id": GROUNDS[route]}
    if route in (Route.COPI_2, Route.COPI_5):
        return [_support(told, cover)]
    if route is Route.CONSENT:
        return [ConsentMaterial(**cover, study="The trial", wordings=("v2",), items=("hospital",), people="p.csv")]
    if route is Route.CONSULTEE:
        return [ConsulteeAdvice(**cover, study="The trial", approved=told.seen)]
    return [Requirement(**cover, route=route, enactment="As noted", requires=True, level=told.asked["level"])]


def cover_of(told: Told) -> dict[str, Any]:
    """What a record that carries a route covers: all that is asked."""
    ask = told.asked
    return {
        "purpose": ask["purpose"],
        "datasets": (ask["dataset"],),
        "recipients": (ask["recipient"],),
        "fields": tuple(each.name for each in ask["fields"]),
        "starts": told.start,
        "ends": told.end,
        "seen": told.seen,
    }


def _support(told: Told, cover: dict[str, Any]) -> Support:
    research = told.asked["purpose"] is Purpose.RESEARCH
    letter = cover.pop("seen")
    return Support(
        **cover,
        letter=letter,
        regulation=2 if told.asked["route"] is Route.COPI_2 else 5,
        title=told.asked["title"],
        applicant=told.asked["applicant"],
        decided_by="Health Research Authority" if research else "Secretary of State for Health",
        review=told.end,
        schedule=(4, 5),
        national_opt_out="applies",
        research=research,
        ethics_opinion="13/NB/0001, favourable" if research else "",
        practicability="40,000 people, half of them dead or moved",
    )
