"""An applicant who wants names for an insurer, and tries what can be tried: none of it is permitted."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import because, decided
from space import END, START

from openhaven.law.pointing import Known, check_pointers
from openhaven.law.words import WORDS
from openhaven.model.application import Funder
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Benefit
from openhaven.model.record.approvals import Opinion
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose

ACME = Organisation("acme", "Acme Life", ("insurer",), ("life insurance",), age_key="age1acme", ods="X-acme",
                    country="England")  # fmt: skip
DSA = "agreement-audit"


def said(text):
    return lambda asked: asked.with_application(purpose_text=text)


def is_called(**changes):
    return lambda asked: asked.with_record(asked.application.recipient, **changes)


def agreed(**changes):
    return lambda asked: asked.with_record(DSA, **changes)


def paid(organisation, business="health research"):
    return lambda asked: asked.with_application(funders=(Funder(organisation, business),))


ATTACKS = {
    "capitals": said("INSURANCE PRICING"),
    "over two lines": said("for insu\nrance"),
    "over two columns": said("for insu\trance"),
    "in two words": said("insuran ce"),
    "over title and text": lambda asked: asked.with_application(title="A study of in", purpose_text="surance of lives"),
    "assurance": said("to offer life assurance"),
    "under-write": said("we under-write lives"),
    "actuarial tables": said("actuarial tables of lives"),
    "critical illness": said("for critical illness cover"),
    "critical illness claims": said("rates of critical-illness claims"),
    "income protection": said("for income protection products"),
    "death benefits": said("what death benefits pay out"),
    "premia": said("to set premia"),
    "adverts": said("targeted adverts for patients"),
    "a sales campaign": said("a sales campaign"),
    "by programme": lambda asked: asked.with_application(programme="insurance"),
    "a body of two kinds": is_called(bodies=("nhs trust", "Insurer")),
    "credit reference": is_called(business=("credit reference",)),
    "advertising": is_called(business=("advertising",)),
    "data aggregation": is_called(business=("data aggregation",)),
    "at an insurer's": is_called(address="c/o Acme Insurance"),
    "a processor": agreed(processors=("acme",)),
    "a processor in capitals": agreed(processors=("ACME",)),
    "a store by its name": agreed(storage=("Acme Life",)),
    "a store by its code": agreed(storage=("X-acme",)),
    "passed on": agreed(onward_sharing="with acme"),
    "passed on by name": agreed(onward_sharing="rows go to Acme Life"),
    "another purpose agreed": agreed(purpose=Purpose.MARKETING),
    "commercial": agreed(commercial=True),
    "a benefit": agreed(benefits=(Benefit("better insurance", "profit", END),)),
    "paid by id": paid("acme"),
    "paid by name": paid("Acme Life"),
    "paid by name and form": paid("Acme Life Ltd"),
    "paid by name and article": paid("The Acme Life"),
    "paid by a trade mark": paid("Acme Life\u2122"),
    "paid by a code": paid("x acme"),
    "paid by two in one": paid("Northby Fund and Acme Life", "charity"),
    "paid by nobody": paid("", "charity"),
    "paid by pensions": paid("P Fund", "pensions"),
    "paid by a syndicate": paid("Syndicate 33", "risk pooling"),
    "paid by a friendly society": paid("Oddfellows", "friendly society"),
    "paid by assurance": paid("P Fund", "assurance"),
    "asked by an insurer": lambda asked: asked.with_application(applicant="acme"),
    "asked by nobody": lambda asked: asked.with_application(applicant="nobody"),
    "received under another case of letters": lambda asked: asked.with_application(recipient="AUDIT-BODY"),
    "an agreement in another case of letters": lambda asked: asked.with_application(agreement=DSA.upper()),
    "no agreement": lambda asked: asked.with_application(agreement=""),
    "a file of customers": lambda asked: asked.with_application(people_file="customers.csv"),
    "support of another": lambda asked: asked.with_record("support-audit", applicant="acme"),
    "support for marketing": lambda asked: asked.with_record("support-audit", purpose=Purpose.MARKETING),
    "support of tomorrow": lambda asked: asked.with_record("support-audit", starts=dt.date(2026, 11, 22)),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_insurer_is_permitted_nothing(story, name):
    asked = story["cancer audit"].plus(ACME)
    assert decided(asked).verdict is Verdict.PERMIT
    assert decided(ATTACKS[name](asked)).verdict is not Verdict.PERMIT


def test_nor_by_a_committee_of_insurers(story):
    asked = story["trial"]
    opinion = asked.facts.every(Opinion)[0]
    asked = asked.with_record(opinion.id, body="The Insurers' Research Ethics Committee")
    assert decided(asked).verdict is not Verdict.PERMIT


@pytest.mark.parametrize("status", ["withdrawn", "Revoked.", "SUSPENDED", "not-met", "un\u200bsatisfactory"])
@pytest.mark.parametrize("called", ["university", "UNIVERSITY", "Northby University.", "x-university"])
@pytest.mark.parametrize("id", ["dspt-university", "fee-university", "contract-university"])
def test_what_takes_an_assurance_back_is_not_missed_for_how_it_is_written(story, status, called, id):
    asked = story["university"]
    later = replace(
        asked.facts.one(Accreditation, id), id="later", starts=dt.date(2026, 6, 1), seen=Seen("", "", START)
    )
    taken = asked.plus(replace(later, status=status, organisation=called, ods=""))
    assert decided(taken).verdict is Verdict.REFUSE
    before = asked.plus(replace(later, status=status, organisation=called, ods="", starts=dt.date(2025, 12, 1)))
    assert decided(before).verdict is Verdict.PERMIT


@pytest.mark.parametrize("name", ["commissioner", "university", "cancer audit", "trial"])
def test_a_controllers_no_does_not_make_up_for_what_is_not_on_record_of_it(story, name):
    asked = story[name].without("north-trust")
    yes = asked.facts.one(Authority, "yes-north-trust")
    assert decided(asked).verdict is Verdict.REFUSE
    declined = asked.plus(replace(yes, id="no", says=Say.DECLINES))
    assert decided(declined).verdict is Verdict.REFUSE
    assert "What north-trust is in law is not on record" in because(declined, "data protection")


@pytest.mark.parametrize("id", ["fee-university", "contract-university"])
def test_a_paper_that_names_another_code_is_that_of_another(story, id):
    asked = story["university"]
    assert decided(asked.with_record(id, ods="X-university")).verdict is Verdict.PERMIT
    assert decided(asked.with_record(id, ods="X-sister")).verdict is Verdict.REFUSE


@pytest.mark.parametrize("role", WORDS.classifies_nothing)
def test_who_advises_does_not_classify(story, role):
    assert set(WORDS.classifies_nothing) < set(WORDS.roles)
    for name, id in (("university", "class-rows"), ("commissioner", "class-tables")):
        asked = story[name].with_record(id, role=role.title())
        assert decided(asked).verdict is Verdict.REFUSE
        assert f"whose role is {role.title()}, who advises" in because(asked, "confidentiality")


@pytest.mark.parametrize(
    "column", ["uprn", "CHI number", "ip_address", "face_image", "iban", "geo_lat", "s_u_r_n_a_m_e", "enw"]
)
def test_a_column_called_like_what_is_one_persons_is_for_a_person(story, column):
    asked = story["university"]
    fields = tuple(replace(each, name=column) if each.name == "sex" else each for each in asked.facts.dataset)
    named = asked.with_dataset(fields=fields)
    for id in ("agreement-university", "class-rows"):
        held = next(each for each in named.facts.records if each.id == id).fields
        named = named.with_record(
            id, fields=tuple(replace(each, name=column) if each.name == "sex" else each for each in held)
        )
    wanted = tuple(replace(each, name=column) if each.name == "sex" else each for each in asked.application.fields)
    assert decided(named.with_application(fields=wanted)).verdict is Verdict.REFER


@pytest.mark.parametrize("key", ["age1acme", "AGE1ACME", " age1acme"])
def test_a_key_is_that_of_one_organisation(key):
    """What is sealed to the one could be opened by the other."""
    known = Known(organisations=(ACME,))
    check_pointers(replace(ACME, id="other", ods="", age_key="age1other"), known, where="a.toml")
    check_pointers(replace(ACME, name="Acme"), known, where="a.toml")
    with pytest.raises(BadInput, match="is the key of acme"):
        check_pointers(replace(ACME, id="other", ods="", age_key=key), known, where="a.toml")
