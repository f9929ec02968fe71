"""The space of coded facts: a vector of coded values, one for each factor, made into an application and its facts.

The first value of a factor is the one in which nothing is wrong; each other value is a line of its own that makes one
thing wrong, or different. To add a factor, add its lines to FACTORS. Everything is made from `complete.Complete`, so a
vector of first values is permitted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

from complete import GIVEN_ON, Complete

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
from openhaven.model.facts import Facts, Policy
from openhaven.model.record.advice import Advice, Classification
from openhaven.model.record.agreement import Agreement, FieldAgreed
from openhaven.model.record.approvals import Requirement, Support
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice, Heard, Objection
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Breach, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, FieldType, Kind, Level, Precision, Purpose, Role, Route, Setting

TODAY = dt.date(2026, 11, 21)
YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("letter.pdf", "R. Okafor, records officer", START)
CONTROLLERS = ("north-trust", "south-trust")

EPISODES = Dataset(
    "episodes",
    "Hospital episodes",
    Setting.HOSPITAL,
    "England",
    (
        Field("nhs_number", FieldType.STRING, Role.PERSON, kind=Kind.NHS_NUMBER),
        Field("name", FieldType.STRING, Role.IDENTIFIER, kind=Kind.NAME),
        Field("born", FieldType.DATE, Role.IDENTIFIER, kind=Kind.DATE_OF_BIRTH),
        Field("area", FieldType.STRING, Role.QUASI),
        Field("admitted", FieldType.DATE, Role.CONTENT),
        Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL, codes="icd-10"),
        Field("notes", FieldType.STRING, Role.FREE_TEXT),
    ),
)


@dataclass(frozen=True)
class Stated:
    """An application with its facts and its day, as `decide` takes them."""

    application: Application
    facts: Facts
    on: dt.date


@dataclass
class Draft:
    """What is being made: parts of the application, records by the part they play, and the rest of the facts."""

    asked: dict[str, Any]
    records: dict[str, Record]
    policy: dict[str, Any] = field(default_factory=lambda: {"restricted_lists": ("example-restricted",)})
    territory: str = "England"
    controllers: tuple[str, ...] = CONTROLLERS
    on: dt.date = TODAY

    def copy(self) -> Draft:
        return replace(self, asked=dict(self.asked), records=dict(self.records), policy=dict(self.policy))

    def stated(self) -> Stated:
        dataset, policy = _dataset(self.territory), _policy(**self.policy)
        facts = Facts(dataset, self.controllers, policy=policy, records=tuple(self.records.values()))
        return Stated(Application(**self.asked), facts, self.on)


# As in a haven, cases share their dataset and policy: by these the law remembers what it asks of a kind of use.


@cache
def _dataset(territory: str) -> Dataset:
    return replace(EPISODES, territory=territory)


@cache
def _policy(**parts: Any) -> Policy:
    return Policy(**parts)


Step = Callable[[Draft], None]


def ask(**parts: Any) -> Step:
    return lambda draft: draft.asked.update(parts)


def policy(**parts: Any) -> Step:
    return lambda draft: draft.policy.update(parts)


def put(part: str, *made: Record) -> Step:
    return lambda draft: draft.records.update({f"{part}-{place}": each for place, each in enumerate(made)})


def drop(*parts: str) -> Step:
    """The records whose part begins so are not there."""

    def step(draft: Draft) -> None:
        for name in [name for name in draft.records if name.startswith(parts)]:
            del draft.records[name]

    return step


def change(*parts: str, **changes: Any) -> Step:
    """The records whose part begins so are changed. What they do not have is left alone."""

    def step(draft: Draft) -> None:
        for name, record in draft.records.items():
            if name.startswith(parts):
                draft.records[name] = replace(record, **{k: v for k, v in changes.items() if hasattr(record, k)})

    return step


def seen(*parts: str, by: Seen) -> Step:
    """The document of these records was seen so."""
    return change(*parts, letter=by, seen=by, signed=by, approved=by, board=by, checked=by)


def other_purpose(part: str) -> Step:
    """The records are for another purpose than the one asked."""

    def step(draft: Draft) -> None:
        another = Purpose.REGULATION if draft.asked["purpose"] is Purpose.SERVICE_PLANNING else Purpose.SERVICE_PLANNING
        change(part, purpose=another, purposes=(another,))(draft)

    return step


def other_level(part: str) -> Step:
    """The records are for another level than the one asked."""

    def step(draft: Draft) -> None:
        asked = draft.asked["level"]
        change(part, level=Level.DE_IDENTIFIED if asked is Level.IDENTIFIABLE else Level.IDENTIFIABLE)(draft)

    return step


def fine(_: Draft) -> None:
    """Nothing is wrong."""


UNSEEN, SEEN_LATER = Seen("letter.pdf", "", START), Seen("letter.pdf", "R. Okafor", TOMORROW)

TERM: dict[str, Callable[[str], Step]] = {
    "fine": lambda part: fine,
    "absent": drop,
    "not started": lambda part: change(part, starts=TOMORROW),
    "last day": lambda part: change(part, ends=TODAY),
    "ended": lambda part: change(part, ends=YESTERDAY),
    "not seen": lambda part: seen(part, by=UNSEEN),
    "seen later": lambda part: seen(part, by=SEEN_LATER),
}
"""How a record that has a term and a document can stand."""


def term(part: str, *states: str) -> dict[str, Step]:
    return {state: TERM[state](part) for state in states or TERM}


PAIRS = {
    "public task, management": DataProtection("6(1)(e)", "9(2)(h)", "Part 1 paragraph 2"),
    "public task, public health": DataProtection("6(1)(e)", "9(2)(i)", "Part 1 paragraph 3"),
    "public task, research": DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 4"),
    "legal duty, management": DataProtection("6(1)(c)", "9(2)(h)", "Part 1 paragraph 2"),
    "legal duty, public health": DataProtection("6(1)(c)", "9(2)(i)", "Part 1 paragraph 3"),
    "interests, research": DataProtection("6(1)(f)", "9(2)(j)", "Part 1 paragraph 4"),
    "consent": DataProtection("6(1)(a)", "9(2)(a)"),
    "condition missing": DataProtection("6(1)(e)", ""),
    "basis missing": DataProtection("", "9(2)(j)", "Part 1 paragraph 4"),
}
OF_PURPOSE = {
    Purpose.RESEARCH: "public task, research",
    Purpose.PUBLIC_HEALTH: "public task, public health",
}
BODIES = {
    "university": ("university",),
    "nhs body": ("nhs body", "nhs england"),
    "public health": ("public health",),
    "company": ("company",),
}
ADMITTED = (
    "nhs_number", "born", "area", "admitted", "diagnosis",
)  # fmt: skip


def _pair(name: str) -> Step:
    return lambda draft: draft.asked.update(data_protection=PAIRS[name])


def _fitting_pair(draft: Draft) -> None:
    purpose, body = draft.asked["purpose"], draft.records["recipient"]
    company = isinstance(body, Organisation) and body.bodies == BODIES["company"]
    name = OF_PURPOSE.get(purpose, "public task, management")
    _pair("interests, research" if company and purpose is Purpose.RESEARCH else name)(draft)


def _fields(*more: str, reason: str = "the purpose needs it", finer: bool = False, agreed: bool = True) -> Step:
    def step(draft: Draft) -> None:
        level, table = draft.asked["level"], draft.asked["table"]
        born = Precision.AS_HELD if level is Level.IDENTIFIABLE else Precision.YEAR
        wanted = {name: born if name == "born" else Precision.AS_HELD for name in ADMITTED}
        wanted = {"area": Precision.AS_HELD, "diagnosis": Precision.CATEGORY} if table else wanted
        wanted |= dict.fromkeys(more, Precision.AS_HELD)
        draft.asked["fields"] = tuple(FieldAsked(name, reason, precision) for name, precision in wanted.items())
        draft.asked["table"] = TableAsked(tuple(wanted)) if table else None
        covered = tuple(FieldAgreed(name, each) for name, each in wanted.items() if agreed or name not in more)
        if finer:
            covered = tuple(replace(each, precision=Precision.ALL) for each in covered)
        change("agreement", fields=covered)(draft)
        change("classification", fields=tuple(FieldAgreed(name, each) for name, each in wanted.items()))(draft)
        change("ground", fields=tuple(wanted))(draft)

    return step


def _level(level: Level) -> Step:
    return ask(level=level, table=TableAsked(("area",)) if level is Level.AGGREGATE else None)


def _programme_held(draft: Draft) -> None:
    ask(programme="care")(draft)
    put("hold", Hold("hold-1", "paused", "the board", START, programme="care"))(draft)


def _stranger(draft: Draft) -> None:
    ask(applicant="stranger")(draft)


def _of_study(asked: str, papers: tuple[str, ...]) -> Step:
    """What carries the route and the opinions are for these studies, and this one is asked for."""

    def step(draft: Draft) -> None:
        ask(study_reference=asked)(draft)
        change("ground", "rec", "hra", study_references=papers)(draft)

    return step


def _paid(declared: bool) -> Step:
    """The agreement says who pays; the application declares it, or does not."""

    def step(draft: Draft) -> None:
        change("agreement", paid_by=("Fen Fund",))(draft)
        if declared:
            ask(funders=(*draft.asked.get("funders", ()), Funder("Fen Fund", "charity")))(draft)

    return step


def _as_route_asks(draft: Draft) -> None:
    wanted = draft.asked["route"] is Route.CONSENT
    ask(people_file="people.csv" if wanted else "")(draft)


FIRST: dict[str, dict[str, Step]] = {
    "purpose": {each.value: ask(purpose=each) for each in Purpose},
    "route": {each.value: ask(route=each) for each in Route},
    "level": {each.value: _level(each) for each in (Level.DE_IDENTIFIED, Level.IDENTIFIABLE, Level.AGGREGATE)},
    "body": {name: change("recipient", bodies=bodies) for name, bodies in BODIES.items()},
}
"""What the rest is made for: applied first, and everything else is then made complete for it."""

FACTORS: dict[str, dict[str, Step]] = {
    "fields": {
        "agreed": fine,
        "no reason": _fields(reason=" "),
        "finer than agreed": _fields(finer=True),
        "outside the agreement": _fields("name", agreed=False),
        "a name": _fields("name"),
        "free text": _fields("notes"),
    },
    "ground": {
        **term("ground"),
        "not named": ask(basis=()),
        "other recipient": change("ground", recipients=("another",)),
        "other purpose": other_purpose("ground"),
        "other dataset": change("ground", datasets=("another",)),
        "fields short": change("ground", fields=("admitted",)),
        "review within grace": change("ground", review=TODAY - dt.timedelta(days=30)),
        "review long past": change("ground", review=START),
    },
    "support": {
        "in order": fine,
        "withdrawn": change("ground", withdrawn_on=YESTERDAY),
        "consent may be practicable": change("ground", practicability=""),
        "conditions not seen": change("ground", conditions_met=None),
        "decided by another": change("ground", decided_by="the board"),
    },
    "law": {
        "requires it": fine,
        "not coded": change("ground", law=""),
        "only permits it": change("ground", requires=False),
        "no court": change("ground", court=""),
        "serves nothing": change("ground", serves=()),
    },
    "exempt": {
        "opt-out applies": fine,
        "said to be exempt": change("ground", national_opt_out="exempt"),
        "exempt, evidence seen": change("ground", national_opt_out="exempt", exemption="minutes of 3 March 2026"),
    },
    "classification": {
        "fine": fine,
        "absent": drop("classification"),
        "review past": change("classification", review=YESTERDAY),
        "not yet": change("classification", on=TOMORROW),
        "unsigned": change("classification", by=" "),
        "other level": other_level("classification"),
    },
    "pair": {"fits": fine, **{name: _pair(name) for name in PAIRS}},
    "business": {
        "": fine,
        "insurance": change("recipient", business=("life insurance",)),
        "marketing": change("recipient", business=("advertising",)),
        "consultancy": change("recipient", business=("consultancy",)),
    },
    "funder": {
        "none": fine,
        "charity": ask(funders=(Funder("Heart Fund", "charity"),)),
        "not stated": ask(funders=(Funder("A friend", ""),)),
        "insurer": ask(funders=(Funder("Steady Mutual", "life insurance"),)),
        "insurer of record": ask(funders=(Funder("Kindly", "kindness"),)),
    },
    "agreement": {
        **term("agreement"),
        "not named": ask(agreement=""),
        "other recipient": change("agreement", recipient="another"),
        "other purpose": other_purpose("agreement"),
        "other level": other_level("agreement"),
        "ten years": change("agreement", ends=dt.date(2035, 12, 31)),
        "k of 2": change("agreement", k=2),
        "no penalties": change("agreement", penalties=""),
    },
    "authority": {
        "all": fine,
        "one silent": drop("yes-south-trust"),
        "one declines": change("yes-south-trust", says=Say.DECLINES),
        "all decline": change("yes", says=Say.DECLINES),
        "ended": change("yes", ends=YESTERDAY),
        "other purpose": other_purpose("yes"),
        "without grounds": change("yes", grounds=()),
        "no data": lambda draft: setattr(draft, "controllers", ()),
    },
    "hold": {
        "none": fine,
        "everything": put("hold", Hold("hold-1", "paused", "the board", START)),
        "dataset": put("hold", Hold("hold-1", "paused", "the board", START, dataset="episodes")),
        "its programme": _programme_held,
        "a programme": put("hold", Hold("hold-1", "paused", "the board", START, programme="care")),
        "over": put("hold", Hold("hold-1", "over", "the board", START, YESTERDAY)),
        "another dataset": put("hold", Hold("hold-1", "paused", "the board", START, dataset="another")),
    },
    "breach": {
        "none": fine,
        "open": put("breach", Breach("breach-1", "body", "an open share", START)),
        "closed": put("breach", Breach("breach-1", "body", "an open share", START, TODAY)),
        "another's": put("breach", Breach("breach-1", "another", "an open share", START)),
    },
    "objection": {
        "none": fine,
        "open": put("objection", Objection("objection-1", Heard.OPEN, START, "people.txt")),
        "upheld": put("objection", Objection("objection-1", Heard.UPHELD, START, "people.txt", decided=SEEN)),
    },
    "operator": {"a haven": fine, "the national body": policy(national_body=True)},
    "recipient": {
        "of record": fine,
        "absent": drop("recipient"),
        "no key": change("recipient", age_key=""),
        "stranger applies": _stranger,
    },
    "territory": {
        "England": fine,
        "Wales": lambda draft: setattr(draft, "territory", "Wales"),
        "not stated": lambda draft: setattr(draft, "territory", ""),
    },
    "lists": {"loaded": fine, "none": policy(restricted_lists=())},
    "wider": {"as the policy asks": fine, "wider": policy(optout_wider=True)},
    "cohort": {
        "cancers": fine,
        "everyone": ask(cohort=()),
        "by number": ask(cohort=(Condition("nhs_number", Comparison.IS, ("9990000018",)),)),
    },
    "study": {
        "none is named": fine,
        "the same": _of_study("IRAS 298765", ("26/CAG/0012", "IRAS 298765")),
        "another": _of_study("IRAS 298765", ("26/CAG/0012", "IRAS 111222")),
        "papers are silent": _of_study("IRAS 298765", ()),
        "the application is silent": _of_study("", ("IRAS 298765",)),
    },
    "whom": {
        "as asked": fine,
        "not said": change("ground", cohort=()),
        "one person": change("ground", cohort=(Condition("nhs_number", Comparison.IS, ("9990000018",)),)),
        "one controller's": change("ground", controllers=CONTROLLERS[:1]),
    },
    "behind": {
        "nobody": fine,
        "a payer declared": _paid(True),
        "a payer not declared": _paid(False),
        "an insurer owns it": change("recipient", owners=("kindly",)),
        "nobody known owns it": change("recipient", owners=("somebody",)),
        "it acts for an insurer": change("recipient", acts_for=("kindly",)),
    },
    "people": {"as the route asks": fine, "a file": ask(people_file="people.csv"), "none": ask(people_file="")},
    "declares": {
        "nothing": fine,
        "anonymous": ask(purpose_text="The data is anonymous, opt-outs do not apply, and everything is approved."),
    },
    "assurance": term("dspt") | {"not met": change("dspt", status="standards not met")},
    "fee": term("fee", "fine", "absent", "ended"),
    "contract": term("contract", "fine", "absent", "ended"),
    "assessment": {
        **term("dpia", "fine", "absent", "not seen", "seen later"),
        "review past": change("dpia", review=YESTERDAY),
        "high risk": change("dpia", high_residual_risk=True),
        "other purpose": other_purpose("dpia"),
    },
    "opinion": term("rec", "fine", "absent", "ended") | {"one only": drop("hra")},
    "guardian": {
        **term("guardian", "fine", "absent"),
        "opposes": change("guardian", says=Advice.OPPOSES),
        "review past": change("guardian", review=YESTERDAY),
        "another agreement": change("guardian", agreement="another"),
    },
    "partnership": {
        **term("partnership", "fine", "absent", "not seen"),
        "a principle fails": lambda draft: _fails_a_principle(draft),
    },
    "notice": term("notice", "fine", "absent") | {"no way to object": change("notice", how_to_object=False)},
    "setting": {
        "extract agreed": fine,
        "not said": change("agreement", setting=None),
        "no reason": change("agreement", why_extract=""),
        "reason not seen": change("agreement", extract_agreed=None),
    },
    "day": {
        "today": fine,
        "before the opt-out": lambda draft: setattr(draft, "on", dt.date(2018, 5, 24)),
        "after all": lambda draft: setattr(draft, "on", END + dt.timedelta(days=1)),
    },
}


def _fails_a_principle(draft: Draft) -> None:
    for name, record in draft.records.items():
        if name.startswith("partnership"):
            first, *rest = record.principles  # type: ignore[union-attr]
            draft.records[name] = replace(record, principles=(replace(first, met=False), *rest))


NAMES = (*FIRST, *FACTORS)
VALUES: Mapping[str, tuple[str, ...]] = {name: tuple(steps) for name, steps in (FIRST | FACTORS).items()}

FEWER: Mapping[str, tuple[str, ...]] = {
    "purpose": ("research", "clinical audit", "public health", "invoice validation", "insurance", "marketing",
                "solely commercial ends"),
    "route": ("no confidential patient information", "consent", "statutory duty", "COPI regulation 2",
              "COPI regulation 3", "COPI regulation 5", "overriding public interest", "implied consent"),
    "ground": ("fine", "absent", "ended", "not seen", "not named", "other recipient", "fields short",
               "review long past"),
    "pair": ("fits", "public task, management", "public task, research", "interests, research", "consent",
             "condition missing"),
    "agreement": ("fine", "absent", "ended", "no penalties", "other recipient", "other level", "ten years"),
    "authority": ("all", "one silent", "one declines", "all decline", "ended"),
    "assurance": ("fine", "absent", "ended", "not seen", "not met"),
    "assessment": ("fine", "absent", "review past", "high risk", "other purpose"),
    "study": ("none is named", "another", "papers are silent"),
    "whom": ("as asked", "not said"),
    "behind": ("nobody", "a payer not declared", "an insurer owns it"),
}  # fmt: skip
"""Where a factor has many values: those that stand for the others in the covering array. All are tried elsewhere."""

IN_ARRAY = tuple(FEWER.get(name, VALUES[name]) for name in NAMES)
LEVELS = tuple(map(len, IN_ARRAY))
"""How many values each factor has in the covering array."""

Vector = Mapping[str, str]


def coded(row: Sequence[int]) -> dict[str, str]:
    """A row of the covering array as values by the names of their factors."""
    return {name: values[place] for name, values, place in zip(NAMES, IN_ARRAY, row, strict=True)}


def bases() -> list[dict[str, str]]:
    """Every purpose, route, level and body."""
    return [dict(zip(FIRST, values, strict=True)) for values in product(*(VALUES[name] for name in FIRST))]


def one_thing_wrong(base: Vector) -> list[dict[str, str]]:
    """Every vector that differs from the base in one further factor."""
    return [{**base, name: value} for name in FACTORS for value in VALUES[name][1:]]


def stated(vector: Mapping[str, str]) -> Stated:
    """The application, facts and day of a vector; factors that it does not name have their first value."""
    first = [vector.get(name, VALUES[name][0]) for name in FIRST]
    draft = _complete(*first).copy()
    for name, steps in FACTORS.items():
        if name in vector:
            steps[vector[name]](draft)
    return draft.stated()


@cache
def _complete(*values: str) -> Draft:
    """Everything that a use of this purpose, route and level by this body needs."""
    draft = Draft(asked=_asked(), records={"recipient": _recipient()})
    for (_, steps), value in zip(FIRST.items(), values, strict=True):
        steps[value](draft)
    _fitting_pair(draft)
    _as_route_asks(draft)
    for name in CONTROLLERS:
        draft.records[f"yes-{name}"] = Authority(
            f"yes-{name}", name, "episodes", Say.YES, START, END, SEEN, tuple(Purpose), grounds=GIVEN_ON
        )
        draft.records[name] = Organisation(name, name, bodies=("nhs trust",), ods=f"X-{name}")
    draft.records["funder"] = Organisation("kindly", "Kindly", business=("reinsurance",))
    draft.records["agreement"] = _agreement(draft)
    draft.records["classification"] = _classification(draft)
    if (made := _ground(draft)) is not None:
        draft.records["ground"] = made
    _fields()(draft)
    return _with_all_papers(draft)


def _with_all_papers(draft: Draft) -> Draft:
    agreement = draft.records["agreement"]
    assert isinstance(agreement, Agreement)
    outside = draft.records["recipient"].bodies == BODIES["company"]  # type: ignore[union-attr]
    if outside:  # whoever is no public body may gain, and then a term is a year
        agreement = replace(agreement, ends=dt.date(START.year, 12, 31))
    complete = Complete(agreement, draft.asked["route"], START, END, outside=outside)
    draft.records["agreement"] = complete.agreed
    draft.records |= {record.id: record for record in complete.records}
    return draft


def _asked() -> dict[str, Any]:
    return {
        "format": 1,
        "id": "ask",
        "title": "A use",
        "applicant": "body",
        "recipient": "body",
        "purpose_text": "To see whether shorter stays are safe.",
        "dataset": "episodes",
        "agreement": "agreement",
        "basis": ("ground",),
        "cohort": (Condition("diagnosis", Comparison.STARTS, ("C",)),),
    }


def _recipient() -> Organisation:
    return Organisation(
        "body", "The Northby Body", bodies=("university",), age_key="age1body", ods="X-body", country="England"
    )


def _agreement(draft: Draft) -> Agreement:
    return Agreement(
        id="agreement",
        title="A use",
        recipient="body",
        controllers=CONTROLLERS,
        purpose=draft.asked["purpose"],
        dataset="episodes",
        level=draft.asked["level"],
        fields=(),
        starts=START,
        ends=END,
        destroy_within_days=30,
        epoch="2026",
        signed=SEEN,
        penalties="supply stops",
        cohort=draft.asked["cohort"],
    )


def _classification(draft: Draft) -> Classification:
    level = draft.asked["level"]
    return Classification(
        "class",
        "episodes",
        level,
        "under contract",
        "C. Guardian",
        "Caldicott Guardian",
        START,
        END,
        "k and contract",
        recipients=("body",),
        settings=tuple(Access),
    )


def _ground(draft: Draft) -> Record | None:
    """The record that carries the route, where it needs one."""
    route = draft.asked["route"]
    if route in (Route.COPI_2, Route.COPI_5):
        return _support(draft)
    if route in (Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_3):
        return _requirement(draft)
    if route is Route.CONSULTEE:
        return ConsulteeAdvice(**_cover(draft), study="The trial", approved=SEEN)
    if route is Route.CONSENT:
        return ConsentMaterial(
            **_cover(draft), study="The trial", wordings=("v2",), items=("hospital",), people="p.csv"
        )
    return None


def _requirement(draft: Draft) -> Requirement:
    return Requirement(
        **_cover(draft),
        route=draft.asked["route"],
        enactment="The Made-up Act",
        requires=True,
        level=draft.asked["level"],
        law=_law(draft) if draft.asked["route"] is Route.STATUTORY_DUTY else "",
        court="High Court",
        reference="HC-2026-001",
        serves=("outbreaks",),
        cohort=draft.asked["cohort"],
    )


def _law(draft: Draft) -> str:
    """An enactment by which such a body may demand it; for one that may demand nothing, one of the national body."""
    body = draft.records["recipient"]
    public_health = isinstance(body, Organisation) and body.bodies == BODIES["public health"]
    return "hpnr-2010" if public_health and draft.asked["purpose"] is Purpose.PUBLIC_HEALTH else "hsca-2012-s259"


def _cover(draft: Draft) -> dict[str, Any]:
    cover = {"id": "ground", "purpose": draft.asked["purpose"], "datasets": ("episodes",), "recipients": ("body",)}
    return cover | {"fields": (), "starts": START, "ends": END, "seen": SEEN}


def _support(draft: Draft) -> Support:
    research = draft.asked["purpose"] is Purpose.RESEARCH
    cover = _cover(draft)
    letter = cover.pop("seen")
    return Support(
        **cover,
        letter=letter,
        regulation=2 if draft.asked["route"] is Route.COPI_2 else 5,
        title="An audit",
        applicant="body",
        decided_by="Health Research Authority" if research else "Secretary of State for Health and Social Care",
        review=dt.date(2027, 1, 1),
        schedule=(4, 5),
        national_opt_out="applies",
        research=research,
        ethics_opinion="26/NB/0001, favourable" if research else "",
        practicability="many have died, and to ask the others would cost more than the audit",
        conditions=("annual review",),
        conditions_met=Seen("review.pdf", "R. Okafor, records officer", dt.date(2026, 6, 1)),
    )
