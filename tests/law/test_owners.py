"""Who owns an organisation counts as its own line of business and its own kind: a name hides no insurer or marketer."""

import pytest
from heard import answers, because, decided, unmet
from space import END, SEEN, START

from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.organisations import Accreditation, Organisation

INSURER = Organisation("acme", "Acme", bodies=("company",), business=("life insurance",))
MARKETER = Organisation("bright", "Bright", bodies=("company",), business=("advertising",))
CONSULTANCY = Organisation("tide", "Tide", bodies=("company",), business=("management consultancy",))
HOLDING = Organisation("holding", "Northby Holding", bodies=("company",), owners=("acme",))
COMPANY = Organisation("fens", "Fens", bodies=("company",))
TRUST = Organisation("trust", "Trust", bodies=("nhs trust",))


def owned(story, *owners, name="university"):
    """The university's use, the university owned by the first of them."""
    return story[name].plus(*owners).with_record("university", owners=(owners[0].id,))


class TestWhoReceives:
    @pytest.mark.parametrize("owners", [(INSURER,), (MARKETER,), (HOLDING, INSURER)])
    def test_and_is_owned_by_an_insurer_or_marketer_gets_nothing(self, story, owners):
        asked = owned(story, *owners)
        assert answers(asked)["purpose"] is Answer.NOT_MET
        assert f"which {owners[-1].name} owns" in because(asked, "purpose")

    def test_and_is_owned_by_somebody_who_acts_for_others_is_for_a_person(self, story):
        asked = owned(story, CONSULTANCY)
        assert answers(asked)["purpose"] is Answer.REFERRED

    def test_and_is_owned_by_nobody_on_record_is_for_a_person(self, story):
        asked = story["university"].with_record("university", owners=("somebody",))
        assert answers(asked)["purpose"] is Answer.REFERRED
        assert "somebody" in because(asked, "purpose")

    def test_and_is_owned_by_a_public_body_is_as_before(self, story):
        assert decided(owned(story, TRUST)).verdict is Verdict.PERMIT

    def test_and_is_owned_by_itself_through_another_comes_to_an_end(self, story):
        ring = Organisation("ring", "Ring", bodies=("nhs trust",), owners=("university",))
        assert decided(owned(story, ring)).verdict is Verdict.PERMIT

    def test_is_known_by_name_or_code_of_its_owner_too(self, story):
        asked = story["university"].plus(INSURER).with_record("university", owners=("ACME",))
        assert answers(asked)["purpose"] is Answer.NOT_MET


@pytest.mark.parametrize("hands", [{"processors": ("host",)}, {"storage": ("host", "university")}])
@pytest.mark.parametrize("owner", [INSURER, MARKETER])
def test_so_it_is_of_who_processes_or_stores(story, hands, owner):
    host = Organisation("host", "Host", bodies=("company",), country="England", owners=(owner.id,))
    assured = Accreditation("iso-host", "host", "ISO 27001", "certified", START, END, SEEN, scope="all of it")
    asked = story["university"].plus(owner, host, assured).with_record("agreement-university", **hands)
    assert unmet(asked) == {"purpose"}
    assert decided(asked).verdict is Verdict.REFUSE


class TestWhoPays:
    def paid(self, story, *records):
        return story["university"].plus(*records).with_application(funders=(Funder("Heart Fund", "charity"),))

    def fund(self, *owners):
        return Organisation("fund", "Heart Fund", bodies=("charity",), owners=owners)

    def test_and_is_owned_by_nobody_else_is_as_before(self, story):
        assert decided(self.paid(story, self.fund())).verdict is Verdict.PERMIT

    @pytest.mark.parametrize("owners", [(INSURER,), (MARKETER,), (CONSULTANCY,), (HOLDING, INSURER)])
    def test_and_is_owned_by_an_insurer_or_marketer_is_for_a_person(self, story, owners):
        asked = self.paid(story, self.fund(owners[0].id), *owners)
        assert answers(asked)["purpose"] is Answer.REFERRED
        assert "Heart Fund" in because(asked, "purpose")

    def test_and_is_owned_by_a_company_may_gain(self, story):
        asked = self.paid(story, self.fund("fens"), COMPANY)
        assert answers(asked)["partnership"] is Answer.NOT_MET
        assert answers(self.paid(story, self.fund("trust"), TRUST))["partnership"] is Answer.MET


class TestAPayerThatActsForAnother:
    def paid(self, story, *records):
        fund = Organisation("fund", "Heart Fund", bodies=("charity",), acts_for=tuple(each.id for each in records))
        return story["university"].plus(fund, *records).with_application(funders=(Funder("Heart Fund", "charity"),))

    def test_is_looked_through(self, story):
        assert decided(self.paid(story, TRUST)).verdict is Verdict.PERMIT
        assert answers(self.paid(story, INSURER))["purpose"] is Answer.REFERRED
        assert answers(self.paid(story, COMPANY))["partnership"] is Answer.NOT_MET


class TestAPublicBody:
    def test_that_a_company_owns_is_an_outside_partner(self, story):
        asked = owned(story, COMPANY)
        assert answers(asked)["partnership"] is Answer.NOT_MET
        assert "Northby University, which Fens owns," in because(asked, "partnership")

    def test_makes_no_public_body_of_the_company_that_it_owns(self, story):
        company = story["consultancy"].with_application(funders=()).plus(TRUST)
        asked = company.with_record("consultancy", owners=("trust",)).without("partnership-agreement-consultancy")
        assert answers(asked)["partnership"] is Answer.NOT_MET

    def test_that_a_company_owns_has_the_term_of_commercial_uses(self, story):
        asked = owned(story, COMPANY)
        assert "commercial" in because(asked, "agreement")
