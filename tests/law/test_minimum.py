"""Field by field, row by row: no more people, years or detail than the purpose needs."""

import pytest
from heard import answers, because, rules, unmet

from openhaven.model.application import Comparison, Condition
from openhaven.model.decision import Answer
from openhaven.model.words import Level

QUESTION = "minimum necessary"


class TestACohort:
    @pytest.mark.parametrize("field", ["nhs_number", "episode", "name", "born", "postcode"])
    @pytest.mark.parametrize("name", ["university", "commissioner"])
    def test_that_picks_people_by_what_names_them_is_refused_below_the_identifiable_level(self, story, name, field):
        clause = Condition(field, Comparison.IS, ("1980-02-29" if field == "born" else "9990000018",))
        asked = story[name].with_application(cohort=(clause,))
        assert unmet(asked) == {QUESTION}
        assert rules(asked, QUESTION) >= {"no_cohort_picks_people_out"}
        assert f"picks people by {field}" in because(asked, QUESTION)

    @pytest.mark.parametrize("field", ["sex", "area", "diagnosis"])
    def test_by_what_people_share_is_not(self, story, field):
        asked = story["university"].with_cohort(Condition(field, Comparison.IS, ("1",)))
        assert "no_cohort_picks_people_out" not in rules(asked, QUESTION)
        assert not unmet(asked)

    def test_at_the_identifiable_level_people_may_be_named(self, story):
        clause = Condition("nhs_number", Comparison.IS, ("9990000018",))
        asked = story["cancer audit"].with_application(cohort=(clause,))
        assert "no_cohort_picks_people_out" not in rules(asked, QUESTION)


class TestEverybody:
    @pytest.mark.parametrize("name", ["university", "cancer audit", "health protection"])
    def test_held_in_all_years_is_for_a_person_without_a_reason(self, story, name):
        asked = story[name].with_cohort()
        assert answers(asked)[QUESTION] is Answer.REFERRED
        assert "everybody_is_asked_for_with_a_reason" in rules(asked, QUESTION)

    def test_with_a_reason_they_may_be_asked_for(self, story):
        asked = story["university"].with_cohort(everyone="rare events need all years")
        assert not unmet(asked)

    def test_a_file_of_people_is_a_cohort(self, story):
        assert not unmet(story["trial"])
        assert story["trial"].application.cohort == ()

    def test_a_table_counts_everybody(self, story):
        assert story["commissioner"].application.level is Level.AGGREGATE
        assert not unmet(story["commissioner"])
