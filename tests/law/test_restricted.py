"""Codes that an Act bars, the dated exceptions to it, and codes that are sensitive by policy alone."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, demanded, obligations, rules, unmet

from openhaven.model.decision import Answer
from openhaven.model.obligation import KAnonymity, RestrictedCodes, SmallNumbers
from openhaven.model.record.approvals import Exemption
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose

QUESTION = "restricted codes"
START, END = dt.date(2022, 1, 1), dt.date(2030, 12, 31)
SEEN = Seen("advice.pdf", "a lawyer of the operator", START)
ABOUT = {"SI 2005/916": "health protection", "SI 2022/742": "university"}
"""A use that each Order is about."""


def lists(asked):
    return {name for each in obligations(asked, RestrictedCodes) for name in each.lists}


class TestWhatAnActBars:
    def test_is_looked_for_in_every_coded_column(self, story):
        assert lists(story["university"]) == {"example-restricted"}

    def test_identifiable_data_needs_a_list(self, story):
        asked = story["cancer audit"].with_policy(restricted_lists=())
        assert unmet(asked) == {QUESTION}
        assert "diagnosis could hold restricted codes. Lists of them that are loaded: none." in because(asked, QUESTION)

    def test_rows_without_names_are_for_a_person_where_no_list_is_loaded(self, story):
        asked = story["university"].with_policy(restricted_lists=())
        assert answers(asked)[QUESTION] is Answer.REFERRED
        text = because(asked, QUESTION)
        assert "Lists of them that are loaded: none" in text and "no identifying detail" not in text
        assert "policy.restricted_lists" in text

    @pytest.mark.parametrize(("name", "answer"), [("university", Answer.REFERRED), ("cancer audit", Answer.NOT_MET)])
    def test_a_list_of_gender_recognition_alone_is_not_the_list_that_is_missing(self, story, name, answer):
        asked = story[name].with_policy(restricted_lists=(), gender_recognition_lists=("gender",))
        assert answers(asked)[QUESTION] is answer
        assert "only gender (gender recognition)" in because(asked, QUESTION)

    def test_without_a_coded_column_there_is_nothing_to_look_in(self, story):
        fields = tuple(replace(each, codes="") for each in story["university"].facts.dataset)
        asked = story["university"].with_dataset(fields=fields).with_policy(restricted_lists=())
        assert answers(asked)[QUESTION] is Answer.MET
        assert "No column is described as coded" in because(asked, QUESTION)

    def test_a_table_names_nobody(self, story):
        assert lists(story["commissioner"]) == set()


class TestGenderRecognition:
    def relied(self, asked, code, on=dt.date(2026, 11, 21), **changes):
        ask = asked.application
        parts = {
            "id": "exception-1",
            "code": code,
            "purpose": ask.purpose,
            "datasets": ("episodes",),
            "fields": tuple(each.name for each in ask.fields),
            "recipients": (ask.recipient,),
            "starts": START,
            "ends": END,
            "seen": SEEN,
        }
        asked = asked.plus(Exemption(**{**parts, **changes})).with_application(basis=(*ask.basis, "exception-1"))
        return asked.with_policy(gender_recognition_lists=("gender",)).at(on)

    def test_is_left_out_unless_an_order_excepts_it(self, story):
        asked = story["university"].with_policy(gender_recognition_lists=("gender",))
        assert lists(asked) == {"example-restricted", "gender"}
        excepted = self.relied(story["university"], "SI 2022/742")
        assert lists(excepted) == {"example-restricted"}
        assert not unmet(excepted)

    @pytest.mark.parametrize(
        ("code", "on", "answer"),
        [
            ("SI 2022/742", dt.date(2022, 7, 27), Answer.NOT_MET),
            ("SI 2022/742", dt.date(2022, 7, 28), Answer.MET),
            ("SI 2022/742", dt.date(2027, 7, 27), Answer.MET),
            ("SI 2022/742", dt.date(2027, 7, 28), Answer.NOT_MET),
            ("SI 2005/916", dt.date(2022, 7, 27), Answer.MET),
            ("SI 2005/916", dt.date(2027, 7, 28), Answer.MET),
        ],
    )
    def test_an_order_stands_on_its_days(self, story, code, on, answer):
        assert answers(self.relied(story[ABOUT[code]], code, on))[QUESTION] is answer

    @pytest.mark.parametrize("name", ["university", "cancer audit"])
    def test_the_order_of_2005_is_about_care_and_prevention_and_no_research_or_audit(self, story, name):
        asked = self.relied(story[name], "SI 2005/916")
        assert answers(asked)[QUESTION] is Answer.NOT_MET
        assert "gender" in lists(asked)

    def test_the_order_of_2005_is_about_those_who_employ_health_professionals(self, story):
        asked = self.relied(story["health protection"], "SI 2005/916")
        assert answers(asked)[QUESTION] is Answer.MET
        assert answers(asked.with_record("agency", bodies=("government department",)))[QUESTION] is Answer.NOT_MET

    def test_the_order_of_2022_is_about_research(self, story):
        asked = self.relied(story["university"].with_application(purpose=Purpose.COMMISSIONING), "SI 2022/742")
        assert answers(asked)[QUESTION] is Answer.NOT_MET

    @pytest.mark.parametrize(
        "changes", [{"recipients": ()}, {"fields": ()}, {"seen": Seen("", "", START)}, {"ends": dt.date(2026, 11, 20)}]
    )
    def test_what_does_not_cover_the_use_excepts_nothing(self, story, changes):
        asked = self.relied(story["university"], "SI 2022/742", **changes)
        assert answers(asked)[QUESTION] is Answer.NOT_MET
        assert "named in the application and in force on 21 November 2026" in because(asked, QUESTION)
        assert "gender" in lists(asked)

    def test_a_code_that_is_no_exception_changes_nothing(self, story):
        assert "gender" in lists(self.relied(story["university"], "SI 1999/1"))


class TestSensitiveByPolicy:
    APPROVED = Seen("approval.pdf", "the Caldicott Guardian", dt.date(2026, 1, 1))

    def asked(self, story, name="university", **changes):
        id = story[name].application.agreement
        return story[name].with_policy(sensitive_lists=("sexual health",)).with_record(id, **changes)

    def test_is_left_out_without_an_approval_from_rows_and_tables(self, story):
        assert "sexual health" in lists(self.asked(story))
        assert lists(self.asked(story, "commissioner")) == {"sexual health"}

    def test_an_agreement_alone_is_for_the_guardian(self, story):
        asked = self.asked(story, sensitive=("sexual health",))
        assert answers(asked)[QUESTION] is Answer.REFERRED
        assert rules(asked, QUESTION) >= {"an_agreement_alone_admits_nothing_sensitive"}
        assert "sexual health" in lists(asked)

    def test_an_approval_admits_it_under_a_larger_k(self, story):
        asked = self.asked(story, sensitive=("sexual health",), sensitive_approved=self.APPROVED)
        assert lists(asked) == {"example-restricted"}
        assert demanded(asked, KAnonymity).k == 10
        assert demanded(self.asked(story), KAnonymity).k == 5

    def test_and_a_stronger_rule_for_small_numbers(self, story):
        asked = self.asked(story, "commissioner", sensitive=("sexual health",), sensitive_approved=self.APPROVED)
        assert demanded(asked, SmallNumbers).rule == "threshold-10"
        assert demanded(self.asked(story, "commissioner"), SmallNumbers).rule == "HES-2018"

    def test_a_larger_k_that_was_agreed_stays(self, story):
        asked = self.asked(story, sensitive=("sexual health",), sensitive_approved=self.APPROVED, k=20)
        assert demanded(asked, KAnonymity).k == 20

    def test_what_the_law_bars_no_approval_admits(self, story):
        asked = self.asked(story, sensitive=("example-restricted",), sensitive_approved=self.APPROVED)
        assert "example-restricted" in lists(asked)

    @pytest.mark.parametrize("level", [Level.IDENTIFIABLE])
    def test_identifiable_data_too(self, story, level):
        assert "sexual health" in lists(self.asked(story, "cancer audit"))
