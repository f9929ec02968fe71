"""Every text that reaches a decision is looked through for insurance and marketing, or says why it is not."""

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from heard import answers, decided

from openhaven.law.coding import CODED, NAMES
from openhaven.model.application import Application, Funder
from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.agreement import Agreement, Benefit
from openhaven.model.record.approvals import Opinion
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.organisations import Organisation

READ = {
    "Application.title", "Application.purpose_text", "Application.everyone", "Application.programme",
    "FieldAsked.reason", "Funder.organisation", "Funder.business",
    "Agreement.title", "Agreement.objective", "Agreement.why_extract", "Agreement.everyone", "Agreement.why_days",
    "Agreement.onward_sharing", "Benefit.what", "Benefit.measure",
    "Organisation.name", "Organisation.address", "Organisation.business", "Organisation.bodies",
    "Opinion.body", "Opinion.paid_by", "Support.paid_by", "Partnership.paid_by", "Agreement.paid_by",
}  # fmt: skip
"""Looked through by a rule: tried below, one by one."""
WRITTEN_HERE = "written by the operator's own people, of what they saw or decided, and not by an applicant"
OF_THE_PAPER = (
    "the name or the terms of a paper that its giver wrote, and a named person looked at; the giver is of record"
)
VALUES = "names of fields, values and versions, which are compared and no prose"
SAID = "a text that can only speak against a use"
TERMS = "terms that can only bind the recipient further"
NOT_READ = {
    VALUES: "FieldAsked.name FieldAgreed.name Condition.values TableAsked.by Agreement.epoch Support.fields "
    "TableAsked.figures Peopled.labels "
    "Condition.field Requirement.fields ConsentMaterial.fields "
    "ConsentMaterial.wordings ConsentMaterial.items ConsulteeAdvice.fields "
    "Exemption.fields TerritoryAuthority.fields Agreement.sensitive Agreement.table_rule Description.sha256 "
    "Description.fields DataProtection.article_6 DataProtection.article_9 DataProtection.schedule_1 "
    "Application.people_file ConsentMaterial.people Objection.people Support.national_opt_out Closeness.field "
    "Requirement.reference Opinion.reference Accreditation.scope Diversity.field",
    OF_THE_PAPER: "Support.title Support.exemption Support.ethics_opinion Support.conditions Support.practicability "
    "Requirement.enactment Requirement.court Requirement.everyone ConsentMaterial.study ConsulteeAdvice.study "
    "TerritoryAuthority.body "
    "Opinion.conditions Notice.where",
    WRITTEN_HERE: "Classification.by Classification.reasons Classification.release_model Recommendation.by "
    "Recommendation.conditions Recommendation.settles Partnership.by Principle.because Seen.document Seen.by",
    SAID: "Hold.reason Hold.by Breach.what",
    TERMS: "Agreement.penalties",
}
WORDS = "for insurance pricing"


def held(hint):
    """The types within a type: of a list, or of what may be missing."""
    if get_origin(hint) in (tuple, Union, UnionType):
        return {one for each in get_args(hint) if each is not Ellipsis for one in held(each)}
    return {hint}


def texts(kind, seen=None):
    """Every part of a class that holds texts, and of the classes within it."""
    seen = set() if seen is None else seen
    if kind in seen:
        return
    seen.add(kind)
    hints = get_type_hints(kind)
    for each in fields(kind):
        for of in held(hints[each.name]):
            if of is str:
                yield f"{kind.__name__}.{each.name}", (kind, each.name)
            elif isinstance(of, type) and is_dataclass(of) and not issubclass(of, Enum):
                yield from texts(of, seen)


def of_nobody(part):
    """Ids, and words that are coded, are what they name."""
    kind, name = part
    return name in NAMES or (kind, name) in CODED


ALL = dict(each for kind in (Application, *KINDS.values()) for each in texts(kind))
FREE = {name for name, part in ALL.items() if not of_nobody(part)} | {"Organisation.business", "Organisation.bodies"}
FREE |= {"Application.programme", "Funder.organisation"}


def test_every_free_text_is_looked_through_or_says_why_not():
    told = [*READ, *(name for names in NOT_READ.values() for name in names.split())]
    assert len(told) == len(set(told)), "each once"
    assert sorted(told) == sorted(FREE)


def one(record, **changes):
    return lambda asked: asked.with_record(record, **changes)


def ask(**changes):
    return lambda asked: asked.with_application(**changes)


TRIED = {
    "Application.title": ask(title=WORDS),
    "Application.purpose_text": ask(purpose_text=WORDS),
    "Application.everyone": ask(everyone=WORDS),
    "Application.programme": ask(programme=WORDS),
    "FieldAsked.reason": lambda asked: asked.with_application(
        fields=tuple(replace(each, reason=WORDS) for each in asked.application.fields)
    ),
    "Funder.organisation": ask(funders=(Funder(WORDS, "research"),)),
    "Funder.business": ask(funders=(Funder("university", "mortgage lending"),)),
    "Agreement.title": one("agreement-university", title=WORDS),
    "Agreement.objective": one("agreement-university", objective=WORDS),
    "Agreement.why_extract": one("agreement-university", why_extract=WORDS),
    "Agreement.everyone": one("agreement-university", everyone=WORDS),
    "Agreement.why_days": one("agreement-university", why_days=WORDS),
    "Agreement.onward_sharing": one("agreement-university", onward_sharing=WORDS),
    "Benefit.what": lambda asked: benefit(asked, what=WORDS),
    "Benefit.measure": lambda asked: benefit(asked, measure=WORDS),
    "Agreement.paid_by": one("agreement-university", paid_by=(WORDS,)),
    "Organisation.name": one("university", name=WORDS),
    "Organisation.address": one("university", address="Acme Insurance House, Northby"),
    "Organisation.business": one("university", business=(WORDS,)),
    "Organisation.bodies": one("university", bodies=("university", WORDS)),
}


def benefit(asked, **changes):
    agreement = asked.facts.one(Agreement, "agreement-university")
    made = replace(Benefit("care", "deaths", agreement.ends), **changes)
    return asked.with_record(agreement.id, benefits=(made,))


OF_ANOTHER_USE = {"Opinion.body", "Opinion.paid_by", "Support.paid_by", "Partnership.paid_by"}
"""Tried below, and in test_payers.py."""


@pytest.mark.parametrize("name", sorted(READ - OF_ANOTHER_USE))
def test_what_is_looked_through_turns_the_purpose(story, name):
    asked = story["university"]
    assert answers(asked)["purpose"] is Answer.MET
    assert answers(TRIED[name](asked))["purpose"] is not Answer.MET


def test_a_committee_called_after_insurers_gives_no_favourable_opinion(story):
    asked = story["trial"]
    found = asked.facts.every(Opinion)
    assert decided(asked).verdict is Verdict.PERMIT
    for body in ("Acme Insurance Research Ethics Committee", "Acme In-surance Research Ethics Committee"):
        told = asked.with_record(found[0].id, body=body)
        assert answers(told)["ethics"] is Answer.NOT_MET


@pytest.mark.parametrize(
    "address", ["1 Market Street", "records@northby.example", "Sellers Row", "The Maltings, Loanhead"]
)
def test_an_address_is_where_somebody_is(story, address):
    assert Organisation("x", "x", address=address).address == address
    assert answers(story["university"].with_record("university", address=address))["purpose"] is Answer.MET
