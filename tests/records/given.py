"""Things to record, all made up."""

from __future__ import annotations

import datetime as dt
import hashlib

from openhaven.model.application import Application, DataProtection, FieldAsked
from openhaven.model.dataset import Dataset, Field
from openhaven.model.decision import Decision, Verdict
from openhaven.model.facts import Policy
from openhaven.model.record.controllers import Hold
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import FieldType, Level, Precision, Purpose, Role, Route, Setting
from openhaven.optouts.lists import Sense
from openhaven.records import kept
from openhaven.vault.arrival import DeliveredFile, Delivery, Screened

POLICY = Policy()
DATASET = Dataset(
    id="hes",
    title="Episodes",
    setting=Setting.HOSPITAL,
    territory="England",
    fields=(Field(name="AGE", type=FieldType.INTEGER, role=Role.QUASI),),
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def organisation(name: str = "University of Somewhere", id: str = "uni") -> Organisation:
    return Organisation(id=id, name=name, bodies=("university",))


def hold(id: str = "h1", ends: dt.date | None = None) -> Hold:
    return Hold(id=id, reason="a pause", by="the board", starts=dt.date(2026, 3, 1), ends=ends)


def delivery(id: str = "d1", *, controller: str = "trust-a", replaces: str | None = None) -> Delivery:
    return Delivery(
        id=id,
        dataset="hes",
        controller=controller,
        received="2026-03-02T09:00:00Z",
        inbound_route="contract",
        rows=10,
        people=4,
        files=(DeliveredFile(name="hes.csv", sha256=digest(id), bytes=120),),
        screened=Screened(optouts=("type 1",), by="the sender"),
        replaces=replaces,
    )


def question(id: str = "q1") -> kept.OptOutQuestion:
    return kept.OptOutQuestion(id=id, list="national", asked="2026-03-02T09:00:00Z", count=1000, digest=digest("asked"))


def answer(id: str = "a1", question: str = "q1") -> kept.OptOutAnswer:
    return kept.OptOutAnswer(
        id=id,
        list="national",
        sense=Sense.MAY_FLOW if question else Sense.OBJECTS,
        as_of="2026-03-02T09:00:00Z",
        loaded="2026-03-02T10:00:00Z",
        count=950,
        digest=digest("answered"),
        question=question,
    )


def application(id: str = "app-1") -> Application:
    return Application(
        format=1,
        id=id,
        title="A study",
        applicant="uni",
        recipient="uni",
        purpose=Purpose.RESEARCH,
        purpose_text="to learn",
        route=Route.NOT_CONFIDENTIAL,
        dataset="hes",
        level=Level.DE_IDENTIFIED,
        data_protection=DataProtection(article_6="6(1)(e)", article_9="9(2)(j)"),
        fields=(FieldAsked(name="AGE", reason="needed"),),
        agreement="agr-1",
    )


def decision(application: str = "app-1", verdict: Verdict = Verdict.PERMIT) -> Decision:
    return Decision(
        application=application,
        on=dt.date(2026, 3, 2),
        ruleset="2026.1",
        verdict=verdict,
        questions=(),
        obligations=(),
    )


def release(id: str = "r1", *, replaces: str = "", agreement: str = "agr-1") -> kept.Release:
    return kept.Release(
        id=id,
        application="app-1",
        agreement=agreement,
        dataset="hes",
        recipient="uni",
        decision="app-1.1",
        manifest_sha256=digest(f"manifest {id}"),
        out="out",
        recoding=(("AGE", Precision.AGE_10),),
        replaces=replaces,
    )
