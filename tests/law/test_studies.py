"""A paper given for one study counts for no other: support, consent, opinions, the agreement, the assessment."""

from dataclasses import replace

import pytest
from heard import answers, because, decided, unmet

from openhaven.law.coding import check_application, check_record
from openhaven.model.decision import Answer, Verdict
from openhaven.model.errors import BadInput

A, B = "26/CAG/0012", "26/CAG/0099"
CARRIED = {"cancer audit": "support-audit", "trial": "consent-trial"}
"""A use, and the record that carries its way round the duty of confidence."""


def of(story, name, *, asks="", papers=()):
    """The use of that name that asks for a study, its carrying record about these."""
    return story[name].with_application(study_reference=asks).with_record(CARRIED[name], study_references=papers)


@pytest.mark.parametrize("name", CARRIED)
class TestWhatCarriesTheUse:
    def test_that_names_no_study_is_decided_as_before_where_none_is_asked_for(self, story, name):
        assert decided(of(story, name)).verdict is Verdict.PERMIT

    @pytest.mark.parametrize("papers", [(A,), (A, "IRAS 298765"), ("IRAS 298765", A)])
    def test_counts_for_its_own_study(self, story, name, papers):
        assert answers(of(story, name, asks=A, papers=papers))["confidentiality"] is Answer.MET

    def test_of_another_study_counts_for_nothing(self, story, name):
        asked = of(story, name, asks=B, papers=(A,))
        assert answers(asked)["confidentiality"] is Answer.NOT_MET
        assert f"is for the study {A}, not {B}" in because(asked, "confidentiality")

    def test_of_one_study_does_not_carry_an_application_that_says_none(self, story, name):
        asked = of(story, name, papers=(A,))
        assert answers(asked)["confidentiality"] is Answer.NOT_MET
        said = because(asked, "confidentiality")
        assert f"is for the study {A}, and the application does not say for which study it asks" in said
        assert "study_reference" in said

    def test_that_does_not_say_for_which_study_it_is_is_for_a_person(self, story, name):
        asked = of(story, name, asks=A)
        assert answers(asked)["confidentiality"] is Answer.REFERRED
        assert f"{CARRIED[name]} does not say for which study" in because(asked, "confidentiality")

    def test_beside_one_that_says_it_makes_nothing_worse_and_taken_away_nothing_better(self, story, name):
        asked = of(story, name, asks=A, papers=(A,))
        (first,) = (each for each in asked.facts.records if each.id == CARRIED[name])
        second = replace(first, id="z-second", study_references=())
        both = asked.plus(second).with_application(basis=(first.id, second.id))
        assert answers(both)["confidentiality"] is Answer.MET
        assert answers(both.without(first.id))["confidentiality"] is Answer.REFERRED


@pytest.mark.parametrize(
    ("asked", "stated"),
    [("IRAS 298765", "IRAS ID: 298765"), ("iras-298765", "IRAS Project ID 298765"), (A, "26 / cag / 0012"),
     ("Northby heart study", "northby-heart study"), ("CAG 8-03(PR3)/2014", "CAG 8-03 (PR3)/2014")],
)  # fmt: skip
def test_a_study_is_one_however_its_reference_is_written(story, asked, stated):
    assert decided(of(story, "cancer audit", asks=asked, papers=(stated,))).verdict is Verdict.PERMIT


@pytest.mark.parametrize("paper", ["rec-agreement-trial", "hra-agreement-trial"])
class TestAnOpinion:
    def test_of_another_study_counts_for_nothing(self, story, paper):
        asked = of(story, "trial", asks=B, papers=(B,)).with_record(paper, study_references=(A,))
        assert answers(asked)["ethics"] is Answer.NOT_MET
        assert f"is for the study {A}, not {B}" in because(asked, "ethics")

    def test_of_one_study_does_not_carry_an_application_that_says_none(self, story, paper):
        asked = story["trial"].with_record(paper, study_references=(A,))
        assert unmet(asked) == {"ethics"}
        assert "study_reference" in because(asked, "ethics")

    def test_that_says_none_is_for_a_person_where_one_is_asked_for(self, story, paper):
        both = ("rec-agreement-trial", "hra-agreement-trial")
        asked = of(story, "trial", asks=A, papers=(A,))
        for each in both:
            asked = asked.with_record(each, study_references=(A,))
        assert decided(asked).verdict is Verdict.PERMIT
        silent = asked.with_record(paper, study_references=())
        assert answers(silent)["ethics"] is Answer.REFERRED
        assert f"{paper} does not say for which study" in because(silent, "ethics")


@pytest.mark.parametrize(
    ("record", "question"), [("agreement-audit", "agreement"), ("dpia-agreement-audit", "impact assessment")]
)
class TestAnAgreementOrAnAssessment:
    """Either may be about several studies, or about none by name."""

    def test_that_names_none_is_decided_as_before(self, story, record, question):
        assert answers(of(story, "cancer audit", asks=A, papers=(A,)))[question] is Answer.MET

    def test_that_names_several_counts_for_each_of_them(self, story, record, question):
        asked = of(story, "cancer audit", asks=A, papers=(A,)).with_record(record, study_references=(B, A))
        assert decided(asked).verdict is Verdict.PERMIT

    @pytest.mark.parametrize("asks", ["", B])
    def test_of_another_study_counts_for_nothing(self, story, record, question, asks):
        asked = story["cancer audit"].with_application(study_reference=asks).with_record(record, study_references=(A,))
        assert answers(asked)[question] is Answer.NOT_MET
        assert f"is for the study {A}" in because(asked, question)


class TestAReference:
    @pytest.mark.parametrize("wrong", ["26/CAG/12", "2026/CAG/0012", "IRAS 12", "IRAS ID", "IRAS 29876x"])
    def test_that_claims_a_known_form_has_its_shape(self, story, wrong):
        asked = story["cancer audit"].with_application(study_reference=wrong)
        with pytest.raises(BadInput, match=r"ask\.toml: study_reference: .* is not an? .*Write it such as"):
            check_application(asked.application, where="ask.toml")
        (support,) = (each for each in asked.facts.records if each.id == "support-audit")
        with pytest.raises(BadInput, match=r"s\.toml: study_references: .* is not an? "):
            check_record(replace(support, study_references=(A, wrong)), where="s.toml")

    @pytest.mark.parametrize("right", [A, "IRAS 298765", "IRAS ID: 1003456", "NHS-2026-14", "PIAG 4-08(a)/2002"])
    def test_of_another_form_is_a_local_one(self, story, right):
        check_application(story["cancer audit"].with_application(study_reference=right).application, where="ask.toml")

    @pytest.mark.parametrize("nothing", ["n/a", "tbc", "-"])
    def test_that_says_nothing_is_none(self, story, nothing):
        with pytest.raises(BadInput, match="says nothing"):
            check_application(
                story["cancer audit"].with_application(study_reference=nothing).application, where="ask.toml"
            )
