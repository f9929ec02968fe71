"""Seven applications of a small haven, with all the records that each of them needs."""

import datetime as dt
from dataclasses import dataclass, replace

import pytest
from complete import GIVEN_ON, Complete, ods_of

from openhaven.model.application import (
    Application,
    Comparison,
    Condition,
    DataProtection,
    FieldAsked,
    Funder,
    TableAsked,
)
from openhaven.model.dataset import Dataset, Field
from openhaven.model.facts import Facts, FormerRelease, Policy
from openhaven.model.record.advice import Classification
from openhaven.model.record.agreement import Agreement, FieldAgreed
from openhaven.model.record.approvals import Requirement, Support
from openhaven.model.record.choices import ConsentMaterial
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, FieldType, Kind, Level, Precision, Purpose, Role, Route, Setting

ON = dt.date(2026, 11, 21)
START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("letter.pdf", "R. Okafor, records officer", dt.date(2026, 1, 1))
CONTROLLERS = ("north-trust", "south-trust")

EPISODES = Dataset(
    "episodes",
    "Hospital episodes",
    Setting.HOSPITAL,
    "England",
    (
        Field("nhs_number", FieldType.STRING, Role.PERSON, kind=Kind.NHS_NUMBER),
        Field("episode", FieldType.STRING, Role.KEY),
        Field("name", FieldType.STRING, Role.IDENTIFIER, kind=Kind.NAME),
        Field("born", FieldType.DATE, Role.IDENTIFIER, kind=Kind.DATE_OF_BIRTH),
        Field("postcode", FieldType.STRING, Role.IDENTIFIER, kind=Kind.POSTCODE),
        Field("sex", FieldType.STRING, Role.QUASI),
        Field("area", FieldType.STRING, Role.QUASI),
        Field("admitted", FieldType.DATE, Role.CONTENT),
        Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL, codes="icd-10"),
        Field("notes", FieldType.STRING, Role.FREE_TEXT),
    ),
)

PAIRS = {
    "service": DataProtection("6(1)(e)", "9(2)(h)", "Part 1 paragraph 2"),
    "public health": DataProtection("6(1)(e)", "9(2)(i)", "Part 1 paragraph 3"),
    "research": DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 4"),
}


@dataclass(frozen=True)
class Asked:
    """One application with the facts before which it is decided."""

    application: Application
    facts: Facts
    on: dt.date = ON

    def with_application(self, **changes: object) -> "Asked":
        return replace(self, application=replace(self.application, **changes))

    def with_cohort(self, *cohort: Condition, everyone: str = "") -> "Asked":
        """Asked for and agreed."""
        changes = {"cohort": cohort, "everyone": everyone}
        return self.with_application(**changes).with_record(self.application.agreement, **changes)

    def with_policy(self, **changes: object) -> "Asked":
        return replace(self, facts=replace(self.facts, policy=replace(self.facts.policy, **changes)))

    def with_dataset(self, **changes: object) -> "Asked":
        return replace(self, facts=replace(self.facts, dataset=replace(self.facts.dataset, **changes)))

    def plus(self, *records: Record) -> "Asked":
        return replace(self, facts=replace(self.facts, records=(*self.facts.records, *records)))

    def without(self, *ids: str) -> "Asked":
        kept = tuple(record for record in self.facts.records if record.id not in ids)
        assert len(kept) < len(self.facts.records), f"no record is called {ids}"
        return replace(self, facts=replace(self.facts, records=kept))

    def with_record(self, id: str, **changes: object) -> "Asked":
        assert any(record.id == id for record in self.facts.records), f"no record is called {id}"
        records = tuple(replace(r, **changes) if r.id == id else r for r in self.facts.records)
        return replace(self, facts=replace(self.facts, records=records))

    def completed(self, *, outside: bool = False) -> "Asked":
        """With the complete set of records for the use as it now is, in place of what it had of them."""
        agreement = self.facts.one(Agreement, self.application.agreement)
        whole = Complete(agreement, self.application.route, START, END, outside=outside)
        made = {record.id: record for record in (whole.agreed, *whole.records)}
        kept = tuple(record for record in self.facts.records if record.id not in made)
        return replace(self, facts=replace(self.facts, records=(*kept, *made.values())))

    def at(self, on: dt.date) -> "Asked":
        return replace(self, on=on)


def _asked(*names: tuple[str, Precision] | str) -> tuple[FieldAsked, ...]:
    pairs = [(name, Precision.AS_HELD) if isinstance(name, str) else name for name in names]
    return tuple(FieldAsked(name, f"the purpose needs {name}", precision) for name, precision in pairs)


def _agreement(application: Application, **changes: object) -> Agreement:
    fields = tuple(FieldAgreed(each.name, each.precision) for each in application.fields)
    made = Agreement(
        id=application.agreement,
        title=application.title,
        recipient=application.recipient,
        controllers=CONTROLLERS,
        purpose=application.purpose,
        dataset="episodes",
        level=application.level,
        fields=fields,
        starts=START,
        ends=END,
        destroy_within_days=30,
        epoch="2026",
        signed=SEEN,
        penalties="supply stops",
        cohort=application.cohort,
        everyone=application.everyone,
    )
    return replace(made, **changes)


def _organisation(id: str, name: str, *bodies: str, business: tuple[str, ...] = ()) -> Organisation:
    key = "age1" + id.replace("-", "q")
    return Organisation(id, name, bodies=bodies, business=business, age_key=key, ods=ods_of(id), country="England")


AUTHORITIES = tuple(
    Authority(f"yes-{name}", name, "episodes", Say.YES, START, END, SEEN, tuple(Purpose), grounds=GIVEN_ON)
    for name in CONTROLLERS
)  # standing
TRUSTS = tuple(
    Organisation(name, name.replace("-", " ").title(), bodies=("nhs trust",), ods=ods_of(name), country="England")
    for name in CONTROLLERS
)


def _facts(application: Application, *records: Record, former: tuple[FormerRelease, ...] = ()) -> Facts:
    outside = any(isinstance(each, Organisation) and not each.bodies for each in records)
    whole = Complete(_agreement(application), application.route, START, END, outside=outside)
    kept = (*AUTHORITIES, *TRUSTS, whole.agreed, *whole.records, *records)
    policy = Policy(restricted_lists=("example-restricted",))
    return Facts(EPISODES, CONTROLLERS, policy=policy, records=kept, former=former)


ROWS = _asked(
    "nhs_number", "episode", ("born", Precision.YEAR), ("postcode", Precision.AREA), "sex", "admitted", "diagnosis"
)


def _classification(application: Application, id: str) -> Classification:
    return Classification(
        id,
        "episodes",
        application.level,
        "under contract",
        "C. Guardian",
        "Caldicott Guardian",
        START,
        END,
        "k and contract",
        fields=tuple(FieldAgreed(each.name) for each in EPISODES),
        recipients=(application.recipient,),
        settings=tuple(Access),
    )


def _application(id: str, **parts: object) -> Application:
    made = Application(
        format=1,
        id=id,
        title=f"Study {id}",
        applicant="university",
        recipient="university",
        purpose=Purpose.RESEARCH,
        purpose_text="To see whether shorter stays are safe.",
        route=Route.NOT_CONFIDENTIAL,
        dataset="episodes",
        level=Level.DE_IDENTIFIED,
        data_protection=PAIRS["research"],
        fields=ROWS,
        agreement=f"agreement-{id}",
    )
    return replace(made, **parts)


def university() -> Asked:
    application = _application("university", cohort=(Condition("admitted", Comparison.FROM, ("2025-04-01",)),))
    records = (
        _organisation("university", "Northby University", "university"),
        _classification(application, "class-rows"),
    )
    return Asked(application, _facts(application, *records))


def refresh() -> Asked:
    before = university()
    former = FormerRelease("release-1", "university", "agreement-university", dt.date(2026, 10, 21))
    return replace(before, facts=replace(before.facts, former=(former,)))


def cancer_audit() -> Asked:
    fields = _asked("nhs_number", "born", "sex", "admitted", "diagnosis")
    application = _application(
        "audit",
        applicant="audit-body",
        recipient="audit-body",
        purpose=Purpose.CLINICAL_AUDIT,
        route=Route.COPI_5,
        level=Level.IDENTIFIABLE,
        data_protection=PAIRS["service"],
        fields=fields,
        basis=("support-audit",),
        cohort=(Condition("diagnosis", Comparison.STARTS, ("C",)),),
    )
    support = Support(
        id="support-audit",
        regulation=5,
        title="National audit of made-up cancers",
        applicant="audit-body",
        purpose=Purpose.CLINICAL_AUDIT,
        decided_by="Secretary of State for Health and Social Care",
        starts=START,
        ends=END,
        review=dt.date(2027, 1, 1),
        datasets=("episodes",),
        fields=tuple(each.name for each in fields),
        recipients=("audit-body",),
        schedule=(4, 5),
        national_opt_out="applies",
        letter=SEEN,
        practicability="many have died, and to ask the others would cost more than the audit",
        conditions=("annual review",),
        conditions_met=Seen("review.pdf", "R. Okafor, records officer", dt.date(2026, 6, 1)),
    )
    return Asked(
        application, _facts(application, _organisation("audit-body", "Audit Office of Northby", "nhs body"), support)
    )


def insurer() -> Asked:
    application = _application(
        "insurer", applicant="insurer", recipient="insurer", purpose=Purpose.INSURANCE, everyone="to price"
    )
    insurer = _organisation("insurer", "Steady Mutual", business=("life insurance",))
    return Asked(application, _facts(application, insurer, _classification(application, "class-rows")))


def consultancy() -> Asked:
    application = _application(
        "consultancy",
        applicant="consultancy",
        recipient="consultancy",
        funders=(Funder("Steady Mutual", "life insurance"),),
        data_protection=DataProtection("6(1)(f)", "9(2)(j)", "Part 1 paragraph 4"),
        cohort=(Condition("admitted", Comparison.FROM, ("2025-04-01",)),),
    )
    adviser = _organisation("consultancy", "Clearwater Insight", business=("research services",))
    return Asked(application, _facts(application, adviser, _classification(application, "class-rows")))


def health_protection() -> Asked:
    fields = _asked("nhs_number", "born", "postcode", "admitted", "diagnosis")
    application = _application(
        "outbreak",
        applicant="agency",
        recipient="agency",
        purpose=Purpose.PUBLIC_HEALTH,
        route=Route.COPI_3,
        level=Level.IDENTIFIABLE,
        data_protection=PAIRS["public health"],
        fields=fields,
        basis=("statement",),
        cohort=(Condition("diagnosis", Comparison.STARTS, ("A",)),),
    )
    statement = Requirement(
        id="statement",
        route=Route.COPI_3,
        enactment="The statement of the agency under regulation 3 on the made-up fever",
        requires=False,
        purpose=Purpose.PUBLIC_HEALTH,
        datasets=("episodes",),
        fields=tuple(each.name for each in fields),
        recipients=("agency",),
        level=Level.IDENTIFIABLE,
        starts=START,
        ends=END,
        seen=SEEN,
        serves=("recognising trends", "outbreaks"),
    )
    return Asked(
        application,
        _facts(application, _organisation("agency", "Health Protection Agency of Northby", "public health"), statement),
    )


def commissioner() -> Asked:
    application = _application(
        "counts",
        applicant="board",
        recipient="board",
        purpose=Purpose.COMMISSIONING,
        level=Level.AGGREGATE,
        data_protection=PAIRS["service"],
        fields=_asked("area", ("diagnosis", Precision.CATEGORY)),
        table=TableAsked(("area", "diagnosis")),
    )
    board = _organisation("board", "Northby Integrated Care Board", "integrated care board")
    return Asked(application, _facts(application, board, _classification(application, "class-tables")))


def trial() -> Asked:
    fields = _asked("nhs_number", "admitted", "diagnosis")
    application = _application(
        "trial",
        route=Route.CONSENT,
        level=Level.IDENTIFIABLE,
        fields=fields,
        basis=("consent-trial",),
        people_file="people.csv",
    )
    material = ConsentMaterial(
        id="consent-trial",
        study="The Northby trial",
        purpose=Purpose.RESEARCH,
        recipients=("university",),
        datasets=("episodes",),
        fields=tuple(each.name for each in fields),
        wordings=("v2",),
        items=("hospital records",),
        starts=START,
        ends=END,
        seen=SEEN,
        people="people.csv",
    )
    return Asked(
        application, _facts(application, _organisation("university", "Northby University", "university"), material)
    )


SEVEN = {
    "university": university,
    "cancer audit": cancer_audit,
    "insurer": insurer,
    "consultancy": consultancy,
    "health protection": health_protection,
    "commissioner": commissioner,
    "trial": trial,
    "refresh": refresh,
}


class Story(dict[str, Asked]):
    """The applications by name; printed in one word when a test fails."""

    def __repr__(self) -> str:
        return "story"


@pytest.fixture(scope="session")
def story() -> Story:
    """The applications by name, each with everything it needs."""
    return Story((name, made()) for name, made in SEVEN.items())
