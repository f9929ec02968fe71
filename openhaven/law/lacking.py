"""Records that are not there and could be, each made complete for one case, so that what it would change can be tried.

They are suppositions: nothing here is ever a fact, and nothing here enters a decision that stands."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from openhaven.model.application import DataProtection
from openhaven.model.record.advice import Advice, Classification, Recommendation
from openhaven.model.record.agreement import Agreement, Benefit, FieldAgreed, Partnership, Principle
from openhaven.model.record.approvals import Approves, Opinion, Requirement, Support, TerritoryAuthority
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.data_protection import Assessment, DataProtectionDocument, Notice
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Access, Level, Purpose, Route

from .assurance import CONTRACT, FEE, SECURE_ENVIRONMENT, SECURITY, assured
from .case import Case
from .evidence import setting_of, territories
from .flow import given, in_hand, receiving, sites
from .plainly import listed, months_after
from .rules.data_protection import grounds_for
from .rules.havens import FINANCE, RISK, SAFE_HAVEN, places
from .rules.transfer import transfers
from .words import ENACTMENTS, WORDS

MONTHS = 12
"""For how long what is supposed would stand."""
ID = "(not on record)"
HOME = "England"
STATED = "(stated)"
PAPERS = (
    (Approves.FAVOURABLE_OPINION, "Research Ethics Committee"),
    (Approves.HRA_APPROVAL, "Health Research Authority"),
)
FIVE = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")


def seen(on: dt.date) -> Seen:
    """A document, as a named person would have seen it by then."""
    return Seen(STATED, STATED, on)


def lacking(case: Case) -> Iterator[tuple[str, Record]]:
    """What could be on record and is not: in words whose or whereof, and the record. One that the route or the pair
    rests on would have to be named in the application too."""
    yield from _of_parties(case)
    yield from _of_the_use(case)
    yield from _of_the_route(case)


def _of_parties(case: Case) -> Iterator[tuple[str, Record]]:
    ask = case.application
    for id in dict.fromkeys((*receiving(case), *given(case).yes, *in_hand(case))):
        if case.sole(Organisation, id) is None:
            yield id, Organisation(id, id, ("public body",), age_key="age1", ods=_code(case, id), country=HOME)
    for controller in given(case).silent:
        yield controller, Authority(
            ID, controller, ask.dataset, Say.YES, *_term(case), seen(case.on), purposes=(ask.purpose,),
            grounds=grounds_supposed(case, controller),
        )  # fmt: skip
    for id in sites(case):
        yield from _assurances(case, id, SECURITY)
    for id in receiving(case):
        yield from _assurances(case, id, CONTRACT)
    for id in dict.fromkeys((*receiving(case), *given(case).asked)):
        yield from _assurances(case, id, FEE)
    for id in places(case):
        yield from _assurances(case, id, FINANCE, RISK, SAFE_HAVEN)
    for id in () if case.agreement is None else case.agreement.storage:
        yield from _assurances(case, id, SECURE_ENVIRONMENT)
    tell = tuple(sorted({*given(case).asked, *receiving(case)}))
    yield listed(tell), Notice(ID, tell, (ask.dataset,), (ask.purpose,), STATED, seen(case.on), True)


def grounds_supposed(case: Case, controller: str) -> tuple[DataProtection, ...]:
    """The first combination that stands for a controller and needs no document, else the first; none where none is."""
    standing = sorted(grounds_for(case, controller), key=lambda pair: bool(pair.needs or pair.person))
    return tuple(DataProtection(each.article_6, each.article_9, each.schedule_1) for each in standing[:1])


def _code(case: Case, organisation: str) -> str:
    """The ODS code by which evidence about it is on record."""
    found = case.facts.having(Accreditation, "organisation", organisation)
    return next((each.ods for each in found if each.ods), organisation)


def _assurances(case: Case, organisation: str, *uses: str) -> Iterator[tuple[str, Record]]:
    body = case.sole(Organisation, organisation)
    for use in uses:
        if assured(case, organisation, use) is not None:
            continue
        for scheme in WORDS.schemes:
            if scheme.use == use and case.in_force(scheme.starts, scheme.ends):
                yield f"{organisation}: {scheme.name}", Accreditation(
                    ID, organisation, scheme.name, scheme.statuses[0], *_term(case), seen(case.on),
                    ods="" if body is None else body.ods, scope=STATED,
                )  # fmt: skip
                break


def _of_the_use(case: Case) -> Iterator[tuple[str, Record]]:
    ask, until = case.application, _term(case)[1]
    if case.agreement is None:
        yield ask.agreement or "this use", _agreement(case)
    if ask.level is not Level.IDENTIFIABLE:
        yield f"{ask.dataset}, {ask.level}", _classification(case, until)
    if ask.level is not Level.AGGREGATE:
        yield "this use", _assessment(case)
        yield "a Caldicott Guardian", _recommendation(case)
    agreement = ask.agreement or ID
    for approves, body in PAPERS if ask.purpose is Purpose.RESEARCH else ():
        yield (
            body,
            Opinion(
                ID, body, STATED, (agreement,), *_term(case), seen(case.on), approves, study_references=_study(case)
            ),
        )
    met = tuple(Principle(id, True, STATED) for id in FIVE)
    yield agreement, Partnership(ID, agreement, met, STATED, seen(case.on), until)
    for of, what in dict.fromkeys((*((ask.recipient, each) for each in WORDS.documents), *transfers(case))):
        document = DataProtectionDocument(ID, of, what, (ask.purpose,), *_term(case), seen(case.on))
        yield f"{what} of {of}", document


def _of_the_route(case: Case) -> Iterator[tuple[str, Record]]:
    ask, cover = case.application, _cover(case)
    for place in territories(case.facts.dataset):
        yield place, TerritoryAuthority(ID, place, STATED, **cover)
    if ask.route in (Route.COPI_2, Route.COPI_5):
        yield ask.route, _support(case)
    if ask.route in (Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_3):
        yield from ((ask.route, each) for each in _requirements(case))
    if ask.route is Route.CONSENT:
        yield (
            "what people agreed to",
            ConsentMaterial(
                ID,
                STATED,
                wordings=(STATED,),
                items=(STATED,),
                people=STATED,
                study_references=_study(case),
                **cover,
            ),
        )
    if ask.route is Route.CONSULTEE:
        yield "a consultee", ConsulteeAdvice(ID, STATED, approved=seen(case.on), **cover)


def _term(case: Case) -> tuple[dt.date, dt.date]:
    return case.on, months_after(case.on, MONTHS) if case.agreement is None else max(case.on, case.agreement.ends)


def _cover(case: Case) -> dict[str, Any]:
    ask, (starts, ends) = case.application, _term(case)
    return {
        "purpose": ask.purpose,
        "datasets": (ask.dataset,),
        "fields": tuple(sorted(case.names)),
        "recipients": (ask.recipient,),
        "starts": starts,
        "ends": ends,
        "seen": seen(case.on),
    }


def _study(case: Case) -> tuple[str, ...]:
    """The study that is asked for, where the application names one."""
    return tuple(filter(None, [case.application.study_reference]))


def _support(case: Case) -> Support:
    cover, research = _cover(case), case.application.purpose is Purpose.RESEARCH
    return Support(
        id=ID,
        regulation=2 if case.application.route is Route.COPI_2 else 5,
        title=STATED,
        applicant=case.application.applicant,
        decided_by="Health Research Authority" if research else "Secretary of State",
        review=cover["ends"],
        schedule=(WORDS.circumstances[0].number,),
        national_opt_out="applies",
        letter=cover.pop("seen"),
        research=research,
        ethics_opinion=STATED if research else "",
        practicability=STATED,
        study_references=_study(case),
        **cover,
    )


def _requirements(case: Case) -> Iterator[Requirement]:
    ask = case.application
    laws = [each.code for each in ENACTMENTS.values() if each.requires and each.in_force(case.on)]
    for law in laws if ask.route is Route.STATUTORY_DUTY else ("",):
        yield Requirement(
            ID, ask.route, law or STATED, True, level=ask.level, law=law, court=STATED, reference=STATED,
            serves=WORDS.regulation_3[:1], cohort=ask.cohort, everyone="" if ask.cohort else STATED, **_cover(case),
        )  # fmt: skip


def _agreement(case: Case) -> Agreement:
    ask, (starts, ends) = case.application, _term(case)
    return Agreement(
        id=ask.agreement or ID,
        title=STATED,
        recipient=ask.recipient,
        controllers=case.facts.controllers,
        purpose=ask.purpose,
        dataset=ask.dataset,
        level=ask.level,
        fields=tuple(FieldAgreed(each.name, each.precision) for each in ask.fields),
        cohort=ask.cohort,
        everyone="" if ask.cohort else STATED,
        starts=starts,
        ends=ends - dt.timedelta(days=1),
        destroy_within_days=0,
        epoch=STATED,
        signed=seen(case.on),
        penalties=STATED,
        storage=(ask.recipient,),
        territory=(HOME,),
        programmes=(ask.programme,) if ask.programme else (),
        setting=Access.EXTRACT,
        why_extract=STATED,
        extract_agreed=seen(case.on),
        objective=STATED,
        benefits=(Benefit(STATED, STATED, ends),),
        why_days=STATED,
        signed_on=starts,
    )


def _classification(case: Case, until: dt.date) -> Classification:
    ask = case.application
    said = (ask.dataset, ask.level, STATED, STATED, STATED, case.on, until, STATED)
    fields = tuple(FieldAgreed(each.name, each.precision) for each in ask.fields)
    return Classification(ID, *said, fields, (ask.recipient,), (setting_of(case),))


def _assessment(case: Case) -> Assessment:
    ask, until = case.application, _term(case)[1]
    answers = (*given(case).yes, ask.recipient)[0]
    return Assessment(
        ID, answers, (ask.dataset,), (ask.purpose,), (ask.recipient,), (ask.level,), seen(case.on), until, False
    )


def _recommendation(case: Case) -> Recommendation:
    ask = case.application
    of = (*given(case).yes, STATED)[0]
    return Recommendation(
        ID, Advice.SUPPORTS, STATED, WORDS.guardians[0], of, case.on, _term(case)[1], application=ask.id
    )
