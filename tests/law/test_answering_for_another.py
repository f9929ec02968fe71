"""A paper answers its own question, of its own use, and a no is not outlived by an older yes."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, unmet
from space import END, PAIRS, SEEN, START

from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.advice import Recommendation
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.approvals import Approves, Opinion, Requirement
from openhaven.model.record.choices import ConsentMaterial
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.organisations import Accreditation, Breach
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route

LATER = dt.date(2026, 10, 1)
HOLD = Hold("hold-1", "engagement is not done", "the board", START)


def later(name: str, scheme: str, status: str) -> Accreditation:
    return Accreditation(f"{name}-later", "university", scheme, status, LATER, END, Seen("", "", LATER))


class TestALaterNo:
    @pytest.mark.parametrize("status", ["standards not met", "Approaching standards", "withdrawn"])
    def test_takes_back_security_assurance_without_any_paper(self, story, status):
        asked = story["university"].plus(later("dspt", "DSPT", status))
        assert unmet(asked) == {"security assurance"}
        said = because(asked, "security assurance")
        assert "no longer stands since dspt-later" in said and said.count("no longer stands") == 1
        assert not unmet(asked.at(LATER - dt.timedelta(days=1)))

    def test_takes_back_the_contract(self, story):
        assert unmet(story["university"].plus(later("c", "framework contract", "terminated"))) == {"recipient"}

    def test_an_earlier_no_is_overtaken(self, story):
        before = replace(later("c", "framework contract", "withdrawn"), starts=START - dt.timedelta(days=1))
        assert not unmet(story["university"].plus(before))

    def test_a_status_of_which_nobody_can_tell_that_it_stands_takes_it_back_too(self, story):
        assert unmet(story["university"].plus(later("c", "framework contract", "renewal asked for"))) == {"recipient"}
        assert not unmet(story["university"].plus(later("c", "framework contract", "signed")))

    def test_of_a_controller_needs_no_paper(self, story):
        no = Authority("no-1", "north-trust", "episodes", Say.DECLINES, START, END, Seen("", "", START))
        asked = story["university"].plus(no, replace(no, id="no-2", controller="south-trust"))
        assert unmet(asked) == {"authority"}


class TestSupportForResearch:
    def test_is_decided_by_the_research_authority_whatever_its_record_is_marked_as(self, story):
        asked = (
            story["cancer audit"]
            .with_application(purpose=Purpose.RESEARCH, data_protection=PAIRS["public task, research"])
            .with_record("support-audit", purpose=Purpose.RESEARCH, ethics_opinion="26/NB/0001")
            .with_record("agreement-audit", purpose=Purpose.RESEARCH)
            .completed()
        )
        assert unmet(asked) == {"confidentiality"}
        assert decided(asked).verdict is Verdict.REFER
        decided_by = "Health Research Authority"
        assert not unmet(asked.with_record("support-audit", decided_by=decided_by))


def test_consent_of_another_use_does_not_lengthen_an_agreement_that_rests_on_support(story):
    consent = next(each for each in story["trial"].facts.records if isinstance(each, ConsentMaterial))
    asked = story["cancer audit"].with_record("support-audit", ends=END - dt.timedelta(days=1)).plus(consent)
    both = asked.with_application(basis=("support-audit", consent.id))
    assert unmet(asked) == unmet(both) == {"agreement"}


class TestOpinions:
    def test_one_paper_is_not_both_the_opinion_and_the_approval(self, story):
        opinions = [each.id for each in story["trial"].facts.records if isinstance(each, Opinion)]
        asked = story["trial"].without(*opinions)
        body, what = "London Research Ethics Committee", Approves.FAVOURABLE_OPINION
        one = Opinion("o-1", body, "26/NB/0001", ("agreement-trial",), START, END, SEEN, what)
        assert unmet(asked.plus(one)) == {"ethics"}
        assert not unmet(asked.plus(one, replace(one, id="o-2", body="HRA", what=Approves.HRA_APPROVAL)))

    @pytest.mark.parametrize(
        "changes",
        [
            {"what": None},
            {"what": Approves.FAVOURABLE_OPINION},
            {"body": "Assistant to the Health Research Authority"},
            {"body": "not the HRA"},
        ],
    )
    def test_a_paper_counts_as_what_it_says_it_is_and_of_a_body_that_can_give_it(self, story, changes):
        assert unmet(story["trial"].with_record("hra-agreement-trial", **changes)) == {"ethics"}

    def test_a_committee_cannot_give_the_authoritys_approval(self, story):
        changes = {"what": Approves.HRA_APPROVAL}
        assert unmet(story["trial"].with_record("rec-agreement-trial", **changes)) == {"ethics"}

    def test_a_records_office_is_no_research_ethics_committee(self, story):
        assert unmet(story["trial"].with_record("rec-agreement-trial", body="Records Office")) == {"ethics"}


@pytest.mark.parametrize("organisation", ["", "cloud"])
def test_a_recommendation_is_not_of_whoever_processes_or_of_nobody(story, organisation):
    asked = story["cancer audit"].with_record("agreement-audit", processors=("cloud",))
    said = next(each.id for each in asked.facts.records if isinstance(each, Recommendation))
    assert answers(asked)["guardian"] is Answer.MET
    assert answers(asked.with_record(said, organisation=organisation))["guardian"] is Answer.NOT_MET


class TestHolds:
    @pytest.mark.parametrize("covers", [{"dataset": "Episodes "}, {"programme": " "}])
    def test_spelling_lets_nothing_escape(self, story, covers):
        asked = story["university"].with_record("agreement-university", programmes=("other",))
        assert unmet(asked.plus(replace(HOLD, **covers))) == {"programme hold"}

    @pytest.mark.parametrize(("held", "agreed"), [("Cafe\u0301", "Caf\u00e9"), ("care.data", "Care.Data\u200b")])
    def test_nor_do_signs_that_nobody_sees(self, story, held, agreed):
        asked = story["university"].with_record("agreement-university", programmes=(agreed,))
        assert unmet(asked.plus(replace(HOLD, programme=held))) == {"programme hold"}


@pytest.mark.parametrize("other", [{"datasets": ("another",)}, {"ends": dt.date(2016, 12, 31)}, {"recipients": ("x",)}])
def test_a_notice_about_another_use_does_not_set_type_2_aside(story, other):
    on = dt.date(2017, 6, 1)
    fields = tuple(each.name for each in story["cancer audit"].application.fields)
    notice = Requirement(
        "notice", Route.COPI_3, "A notice", True, Purpose.CLINICAL_AUDIT, ("episodes",), fields, ("audit-body",),
        Level.IDENTIFIABLE, dt.date(2016, 1, 1), dt.date(2018, 1, 1), Seen("n.pdf", "R. Okafor", dt.date(2016, 1, 1)),
        law="copi-3-4",
    )  # fmt: skip
    asked = story["cancer audit"].with_policy(national_body=True).at(on)
    asked = asked.with_application(basis=("support-audit", "notice"))
    left_out = "are left out of what the national body gives out"
    assert left_out not in because(asked.plus(notice), "other objections")
    assert left_out in because(asked.plus(replace(notice, **other)), "other objections")


def test_a_basis_that_is_not_on_record_is_named(story):
    said = because(story["cancer audit"].with_application(basis=("S-404",)), "confidentiality")
    assert "the application names S-404" in said


def test_what_contradicts_itself_is_no_record(story):
    with pytest.raises(ValueError, match="breach b"):
        Breach("b", "university", "an open share", LATER, START)
    agreement = next(each for each in story["university"].facts.records if isinstance(each, Agreement))
    for wrong in ({"k": 0}, {"suppression": 1.5}, {"suppression": float("nan")}):
        with pytest.raises(ValueError, match="agreement agreement-university"):
            replace(agreement, **wrong)
