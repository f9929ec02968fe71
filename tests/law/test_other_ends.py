"""What is neither insurance nor marketing by name: engagement that promotes, other ends than health, research that is
coded as audit, who processes and has a use for the data itself, and companies known by their names alone."""

import datetime as dt

import pytest
from complete import ods_of
from heard import answers, because

from openhaven.law.case import Case
from openhaven.law.rules.purpose import left_to_two
from openhaven.model.application import Funder
from openhaven.model.decision import Answer
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.record.seen import Seen

START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("paper.pdf", "R. Okafor", START)

PROMOTING = (
    "Patient engagement campaign for our new inhaler", "Consumer engagement with a wellness app before launch",
    "Engage high-value patients with private screening", "An awareness campaign: ask your doctor for our drug",
    "An adherence programme sponsored by the manufacturer", "To influence prescribers towards the sponsor's product",
    "To grow the sponsor's share of statins", "To support the sponsor's commercial strategy", "Our pricing strategy",
    "Setting tariffs for health plans", "Which applicants may join a health plan", "Tables for longevity products",
    "Who is accepted for cover", "People likely to respond to an offer of hearing aids", "Lookalike models",
    "Patient acquisition for clinics", "Private patient recruitment for our hospitals",
    "The data will be licensed to third parties", "The model will be licensed worldwide",
    "To share the rows with our parent company",
)  # fmt: skip
OTHER_ENDS = (
    "For immigration enforcement", "Deportation of overstayers", "Tracing debtors of the trust", "Tenant referencing",
    "To help employers screen staff", "To check benefit claims", "Benefits fraud", "Police intelligence",
    "To be used in litigation against the trust", "Football betting odds", "For a custody dispute",
    "To find out where a former partner lives",
)  # fmt: skip
HEALTH = (
    "Public engagement about the study; patients and the public were engaged throughout.",
    "Sponsored by the university; the sponsor is the university. Awareness of the signs of stroke.",
    "How employers support staff with long Covid; screening of staff for tuberculosis.",
    "Health of migrants and of people in immigration detention; benefit claimants and mental health.",
    "Prescribers, and what influences how they prescribe; a strategy on medicines; the NHS Long Term Plan.",
    "Deaths after contact with the police; claims for clinical negligence; offers of appointments and responses.",
    "Older people with debts; tenants in cold homes; plans for health and care; the product of two numbers.",
)
RESEARCH = (
    "A randomised trial of two dressings", "To test the hypothesis that delay costs lives", "For a PhD thesis",
    "A doctoral project", "A randomized comparison", "Part of a master's dissertation",
)  # fmt: skip
AUDIT = (
    "To audit care against the national standards, and to inform later research.",
    "How many patients who were enrolled in trials had the recommended care; random samples of notes.",
)


@pytest.mark.parametrize("text", [*PROMOTING, *OTHER_ENDS])
def test_what_serves_another_end_is_for_a_person(story, text):
    asked = story["university"]
    assert answers(asked.with_application(purpose_text=text))["purpose"] is Answer.REFERRED
    assert answers(asked.with_record("agreement-university", objective=text))["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("text", HEALTH)
def test_what_health_research_says_stops_nobody(story, text):
    asked = story["university"].with_application(purpose_text=text)
    assert answers(asked.with_record("agreement-university", commercial=True))["purpose"] is Answer.MET


@pytest.mark.parametrize("text", RESEARCH)
def test_research_coded_as_audit_is_for_a_person(story, text):
    asked = story["cancer audit"]
    for said in (asked.with_application(purpose_text=text), asked.with_record("agreement-audit", objective=text)):
        assert answers(said)["purpose"] is Answer.REFERRED
        assert "speaks of research" in because(said, "purpose")
        assert text in [each.words for each in left_to_two(Case(said.application, said.facts, said.on))]
    assert answers(story["university"].with_application(purpose_text=text))["purpose"] is Answer.MET


@pytest.mark.parametrize("text", AUDIT)
def test_an_audit_may_speak_of_research(story, text):
    assert answers(story["cancer audit"].with_application(purpose_text=text))["purpose"] is Answer.MET


def processing(asked, business):
    body = Organisation("maker", "Northby Makers", ("company",), (business,), ods=ods_of("maker"), country="England")
    security = Accreditation("dspt-maker", "maker", "DSPT", "standards met", START, END, SEEN, ods=ods_of("maker"))
    return asked.plus(body, security)


@pytest.mark.parametrize("business", ["artificial intelligence", "pharmaceuticals", "medical devices", "genomics"])
@pytest.mark.parametrize("part", ["processors", "storage"])
def test_who_processes_and_may_want_it_for_itself_is_for_a_person(story, business, part):
    asked = processing(story["university"], business).with_record("agreement-university", **{part: ("maker",)})
    assert answers(asked)["purpose"] is Answer.REFERRED
    assert "Northby Makers" in because(asked, "purpose")
    assert "Northby Makers" in [each.words for each in left_to_two(Case(asked.application, asked.facts, asked.on))]


@pytest.mark.parametrize("business", ["hosting", "information technology", "data analysis", "software"])
def test_who_processes_for_others_as_its_business_processes(story, business):
    asked = processing(story["university"], business).with_record("agreement-university", processors=("maker",))
    assert answers(asked)["purpose"] is Answer.MET


@pytest.mark.parametrize(
    "name",
    ["Bupa Foundation", "Aviva plc", "AXA Health", "Legal & General", "Swiss Re", "Munich Re", "Acxiom", "Experian"],
)
def test_a_company_of_a_trade_is_known_by_its_name(story, name):
    asked = story["university"]
    assert answers(asked.with_record("university", name=name))["purpose"] is Answer.REFERRED
    paid = asked.with_application(funders=(Funder(name, "health care"),))
    assert answers(paid)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize(
    "name",
    [
        "University of Zurich",
        "Royal London Hospital",
        "Admiral Nurses",
        "Vitality Trial",
        "Phoenix Futures",
        "Axis Care",
    ],
)
def test_who_shares_a_word_with_one_is_none(story, name):
    assert answers(story["university"].with_record("university", name=name))["purpose"] is Answer.MET
