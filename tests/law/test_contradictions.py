"""Where the sources contradict each other: which holds, and on which day."""

import datetime as dt

import pytest
from heard import answers, because, decided, demanded, obligations, rules, unmet

from openhaven.law.provisions import PROVISIONS
from openhaven.model.decision import Answer, Verdict
from openhaven.model.obligation import KAnonymity, NationalOptOut, Objections, SmallNumbers
from openhaven.model.record.controllers import Hold
from openhaven.model.record.organisations import Accreditation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose, Route, Setting

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize("name", ["university", "trial", "cancer audit", "health protection"])
@pytest.mark.parametrize("purpose", [Purpose.INSURANCE, Purpose.MARKETING, Purpose.COMMERCIAL])
def test_1_insurance_and_marketing_are_never_allowed_with_consent_or_without(story, name, purpose):
    asked = story[name].with_application(purpose=purpose)
    assert decided(asked).verdict is Verdict.REFUSE
    assert answers(asked)["purpose"] is Answer.NOT_MET


@pytest.mark.parametrize(
    ("on", "emergencies_only", "policy"), [(dt.date(2017, 6, 1), True, False), (TODAY, False, True)]
)
def test_2_only_emergencies_were_excepted_from_type_2_and_since_2018_policy_names_more(
    story, on, emergencies_only, policy
):
    asked = story["health protection"].with_policy(national_body=True).at(on)
    assert bool(obligations(asked, Objections)) is emergencies_only
    assert ("the_opt_out_does_not_reach_this_route" in rules(asked, "national opt-out")) is policy


@pytest.mark.parametrize("national_body", [True, False])
def test_3_the_national_opt_out_binds_every_body_and_not_the_national_one_alone(story, national_body):
    asked = story["cancer audit"].with_policy(national_body=national_body)
    assert [each.applies for each in obligations(asked, NationalOptOut)] == [True]


def test_4_the_practice_hears_type_1_and_the_person_sets_the_national_opt_out(story):
    gp = story["university"].with_dataset(setting=Setting.GP)
    assert "set aside when the GP data arrived" in because(gp, "other objections")
    assert "these are none" in because(story["university"], "other objections")
    assert demanded(story["cancer audit"], NationalOptOut).applies


def test_5_a_programme_on_hold_gives_nothing_whatever_was_announced(story):
    hold = Hold("hold-1", "engagement is not done", "the board", dt.date(2014, 2, 19), dataset="episodes")
    asked = story["university"].plus(hold)
    assert unmet(asked) == {"programme hold"}
    assert decided(asked).verdict is Verdict.REFUSE


def test_6_the_code_of_practice_is_published_since_december_2014():
    code = PROVISIONS["LAW-52"]
    assert code.starts == dt.date(2014, 12, 1)


@pytest.mark.parametrize(("admitted", "answer"), [(False, Answer.NOT_MET), (True, Answer.MET)])
def test_7_safe_havens_are_a_profile_and_not_law(story, admitted, answer):
    seen = Seen("letter.pdf", "R. Okafor", dt.date(2026, 1, 1))
    haven = Accreditation("haven-1", "audit-body", "accredited safe haven", "accredited", dt.date(2026, 1, 1),
                          dt.date(2027, 12, 31), seen)  # fmt: skip
    asked = story["cancer audit"].with_application(route=Route.SAFE_HAVEN).plus(haven)
    assert answers(asked.with_policy(safe_havens=admitted))["confidentiality"] is answer


def test_8_limited_release_stands_on_contract_and_classes_and_tables_on_small_numbers(story):
    rows, table = story["university"], story["commissioner"]
    assert demanded(rows, KAnonymity).k == 5
    assert "agreement" in unmet(rows.with_application(agreement=""))
    assert demanded(table, SmallNumbers).rule == "HES-2018"


class TestHistory:
    """The same use on six days: what stood in the way, and what was asked of it."""

    @pytest.mark.parametrize(
        ("on", "data_protection", "national", "type_2"),
        [
            (dt.date(2013, 6, 1), "the_conditions_of_1998_fit_the_use", False, "MET"),
            (dt.date(2014, 6, 1), "the_conditions_of_1998_fit_the_use", False, "REFERRED"),
            (dt.date(2016, 6, 1), "the_conditions_of_1998_fit_the_use", False, "LEFT OUT"),
            (dt.date(2018, 6, 1), "the_pair_fits_the_use", True, "LEFT OUT"),
            (dt.date(2022, 7, 1), "the_pair_fits_the_use", True, "MET"),
            (TODAY, "the_pair_fits_the_use_since_2026", True, "MET"),
        ],
    )
    def test_each_day_has_its_own_law(self, story, on, data_protection, national, type_2):
        asked = story["cancer audit"].with_policy(national_body=True).at(on)
        assert data_protection in rules(asked, "data protection")
        assert [each.applies for each in obligations(asked, NationalOptOut)] == [national]
        said = answers(asked)["other objections"]
        found = "LEFT OUT" if obligations(asked, Objections) else said.name
        assert found == type_2
