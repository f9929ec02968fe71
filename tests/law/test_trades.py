"""Insurance and marketing in every hand and in every spelling: as business, processor, store, payer, or in the text."""

import pytest
from heard import answers, because, decided, unmet
from space import END, SEEN, START

from openhaven.law.provisions import PROVISIONS
from openhaven.law.speaking import mention
from openhaven.law.words import WORDS
from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.organisations import Accreditation, Organisation

AGREEMENT = "agreement-university"
INSURER = Organisation("acme", "Acme Life", business=("life insurance",), country="England")
ASSURED = Accreditation("iso-acme", "acme", "ISO 27001", "certified", START, END, SEEN, scope="all of it")
SPELT = (
    "in\u200bsurance", "\uff49\uff4e\uff53\uff55\uff52\uff41\uff4e\uff43\uff45", "life_insurance", "life-assurance",
    "market  research", "market-research", "telemarketing", "bancassurance", "microinsurance", "Lebensversicherung",
    "seguros", "assicurazioni", "yswiriant", "publicit\u00e9",
)  # fmt: skip


@pytest.mark.parametrize("spelt", SPELT)
def test_a_business_is_found_however_it_is_spelt(story, spelt):
    assert decided(story["university"].with_record("university", business=(spelt,))).verdict is Verdict.REFUSE
    paid = story["university"].with_application(funders=(Funder("university", spelt),))
    assert answers(paid)["purpose"] is Answer.REFERRED


def test_a_business_in_letters_that_a_rule_does_not_read_is_for_a_person(story):
    cyrillic = "\u0441\u0442\u0440\u0430\u0445\u043e\u0432\u0430\u043d\u0438\u0435"
    assert answers(story["university"].with_record("university", business=(cyrillic,)))["purpose"] is Answer.REFERRED
    paid = story["university"].with_application(funders=(Funder("university", cyrillic),))
    assert answers(paid)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("hands", [{"processors": ("acme",)}, {"storage": ("acme", "university")}])
def test_an_insurer_neither_processes_nor_stores(story, hands):
    asked = story["university"].plus(INSURER, ASSURED).with_record(AGREEMENT, **hands)
    assert unmet(asked) == {"purpose"}
    assert decided(asked).verdict is Verdict.REFUSE


@pytest.mark.parametrize("hands", [{"processors": ("acme",)}, {"storage": ("acme", "university")}])
def test_who_processes_or_stores_and_is_not_of_record_is_for_a_person(story, hands):
    asked = story["university"].plus(ASSURED).with_record(AGREEMENT, **hands)
    assert answers(asked)["recipient"] is Answer.REFERRED
    assert "acme" in because(asked, "recipient")


def test_what_a_body_is_in_law_can_be_an_insurer_too(story):
    asked = story["university"].with_record("university", bodies=("university", "insurance company"))
    assert unmet(asked) == {"purpose"}


@pytest.mark.parametrize("said", [{"purpose_text": "To price life insurance."}, {"title": "Marketing of stockings"}])
def test_what_an_application_says_can_give_its_code_the_lie(story, said):
    assert answers(story["university"].with_application(**said))["purpose"] is Answer.REFERRED


def test_what_an_agreement_says_it_is_for_is_read_too(story):
    asked = story["university"].with_record(AGREEMENT, objective="To sell advertising.")
    assert answers(asked)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("text", ["Post-marketing surveillance of a medicine.", "To ensure that care is safe."])
def test_words_that_only_look_like_it_stop_nobody(story, text):
    assert not unmet(story["university"].with_application(purpose_text=text))


def test_an_abbreviation_is_matched_whole():
    assert mention(["the London REC"], ["rec"])
    assert not mention(["Records Office"], ["rec"])


FOR_OTHERS = ("management consultancy", "consulting actuaries", "public relations", "public affairs", "Lobbyist",
              "data brokerage", "credit reference agency", "communications agency")  # fmt: skip


class TestAFunderThatActsForOthers:
    @pytest.mark.parametrize("business", FOR_OTHERS)
    def test_is_for_a_person_whatever_else_is_in_order(self, story, business):
        paid = story["university"].with_application(funders=(Funder("Tideway", business),))
        assert answers(paid)["purpose"] is Answer.REFERRED
        assert "somebody who may act for others" in because(paid, "purpose")
        assert "for whom the funders act" in because(paid, "purpose")

    @pytest.mark.parametrize("business", FOR_OTHERS)
    def test_is_known_by_its_record_too(self, story, business):
        paid = story["university"].with_application(funders=(Funder("tideway", "research"),))
        tideway = Organisation("tideway", "Tideway", business=(business,), bodies=("university",))
        assert answers(paid)["purpose"] is Answer.MET
        assert answers(paid.plus(tideway))["purpose"] is Answer.REFERRED

    def test_or_by_its_name(self, story):
        paid = story["university"].with_application(funders=(Funder("Tideway Public Relations", "research"),))
        assert answers(paid)["purpose"] is Answer.REFERRED

    @pytest.mark.parametrize("business", ["medical research", "charity", "software", "public health"])
    def test_others_are_not(self, story, business):
        paid = story["university"].with_application(funders=(Funder("Tideway", business),))
        assert answers(paid)["purpose"] is Answer.MET

    def test_the_words_are_dated_and_rest_on_a_provision(self):
        assert WORDS.acts_for_others.provision in PROVISIONS
        assert WORDS.acts_for_others.starts >= PROVISIONS[WORDS.acts_for_others.provision].starts
