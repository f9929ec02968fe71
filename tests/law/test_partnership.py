"""With a partner that is no public body, all five principles are met, or nothing leaves."""

import datetime as dt

import pytest
from heard import answers, because, findings, rules, unmet

from openhaven.model.application import Funder
from openhaven.model.decision import Answer
from openhaven.model.record.agreement import Partnership, Principle
from openhaven.model.record.organisations import Organisation
from openhaven.model.record.seen import Seen

ID = "partnership-agreement-consultancy"
SEEN = Seen("minutes.pdf", "R. Okafor", dt.date(2026, 1, 1))
PRINCIPLES = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")


def found(*unmet):
    return tuple(Principle(id, id not in unmet, "as the board found") for id in PRINCIPLES)


@pytest.fixture
def company(story):
    """A company of record that asks for research, paid by nobody else."""
    return story["consultancy"].with_application(funders=())


def test_not_weighed_refuses_and_says_whom_it_is_about(company):
    asked = company.without(ID)
    assert answers(asked)["partnership"] is Answer.NOT_MET
    assert "Clearwater Insight is no public body of record" in because(asked, "partnership")


@pytest.mark.parametrize("principle", PRINCIPLES)
def test_any_one_unmet_refuses_and_is_cited(company, principle):
    asked = company.with_record(ID, principles=found(principle))
    assert answers(asked)["partnership"] is Answer.NOT_MET
    (finding,) = findings(asked, "partnership")
    assert finding.provisions == (principle,)
    assert f"finds unmet {principle} (as the board found)" in finding.because


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement": "another"},
        {"review": dt.date(2026, 11, 20)},
        {"by": ""},
        {"board": Seen("", "R. Okafor", dt.date(2026, 1, 1))},
        {"board": Seen("minutes.pdf", "R. Okafor", dt.date(2026, 11, 22))},
    ],
)
def test_without_the_boards_approval_in_date_for_this_agreement_it_does_not_count(company, changes):
    assert answers(company.with_record(ID, **changes))["partnership"] is Answer.NOT_MET


def test_all_met_is_met_and_one_that_fails_beside_it_is_a_no(company):
    assert answers(company)["partnership"] is Answer.MET
    second = Partnership("second", "agreement-consultancy", found("FIVE-3"), "the secretary", SEEN, dt.date(2027, 1, 1))
    assert answers(company.plus(second))["partnership"] is Answer.NOT_MET


def test_public_bodies_form_no_partnership(story):
    for name in ("university", "cancer audit", "commissioner"):
        assert rules(story[name], "partnership") == {"public_bodies_form_no_partnership"}


def test_the_principles_reach_tables_too(story):
    asked = story["commissioner"].with_record("board", bodies=())
    assert "partnership" in unmet(asked)


def test_whoever_pays_counts_and_what_the_application_says_of_them_does_not(story):
    asked = story["university"].with_application(funders=(Funder("Fen Trading", "public funding"),))
    assert "partnership" in unmet(asked)
    public = Organisation("fen", "Fen Trading", bodies=("government",))
    assert "partnership" not in unmet(asked.plus(public))
    both = Organisation("fen-2", "Fen Trading")
    assert "partnership" in unmet(asked.plus(public, both))


def test_before_july_2019_they_were_not_stated(company):
    asked = company.without(ID)
    assert rules(asked.at(dt.date(2019, 7, 14)), "partnership") == {"no_principles_were_stated_yet"}
    assert rules(asked.at(dt.date(2019, 7, 15)), "partnership") == {"all_five_principles_are_met"}


def test_a_partnership_weighs_each_of_the_five_once():
    for principles in (found()[:4], (*found(), found()[0]), ()):
        with pytest.raises(ValueError, match="each once"):
            Partnership("p", "a", principles, "the secretary", SEEN, dt.date(2027, 1, 1))
