"""Who may receive: an organisation of record, approved by contract, its fee paid, and without a breach."""

import datetime as dt
from dataclasses import replace

import pytest
from heard import answers, because, decided, findings, unmet

from openhaven.model.decision import Answer, Verdict
from openhaven.model.record.organisations import Breach, Organisation
from openhaven.model.record.seen import Seen

BREACH = Breach("breach-1", "university", "data on an open share", dt.date(2025, 6, 1))


class TestContractAndFee:
    @pytest.mark.parametrize("id", ["contract-university", "fee-university"])
    def test_rows_need_both_in_force(self, story, id):
        asked = story["university"]
        assert unmet(asked.without(id)) == {"recipient"}
        assert unmet(asked.with_record(id, ends=asked.on - dt.timedelta(days=1))) == {"recipient"}
        assert unmet(asked.with_record(id, starts=asked.on + dt.timedelta(days=1))) == {"recipient"}
        assert unmet(asked.with_record(id, status="applied for")) == {"recipient"}
        assert unmet(asked.with_record(id, seen=Seen("", "", asked.on))) == {"recipient"}

    def test_that_of_another_legal_entity_does_not_count(self, story):
        asked = story["university"].with_record("contract-university", organisation="university-hospital")
        assert unmet(asked) == {"recipient"}
        assert "nothing of record" in because(asked, "recipient")
        assert "framework contract (signed)" in because(asked, "recipient")

    def test_an_applicant_that_does_not_receive_needs_them_too(self, story):
        partner = Organisation("partner", "Partner University", bodies=("university",), country="England")
        asked = story["university"].plus(partner).with_application(applicant="partner")
        assert "Partner University (partner; nothing of record)" in because(asked, "recipient")

    def test_a_fee_from_which_one_is_exempt_need_not_be_paid(self, story):
        assert not unmet(story["university"].with_record("fee-university", status="Exempt"))

    def test_a_table_needs_neither(self, story):
        assert not [each for each in story["commissioner"].facts.records if each.id.startswith(("contract", "fee"))]
        assert not unmet(story["commissioner"])

    def test_no_fee_was_asked_for_before_may_2018(self, story):
        asked = story["university"].without("fee-university")
        said = [finding.rule for finding in findings(asked.at(dt.date(2018, 5, 24)), "recipient")]
        assert "who_answers_for_rows_has_paid_the_data_protection_fee" not in said

    @pytest.mark.parametrize("id", ["north-trust", "south-trust", "university"])
    def test_every_controller_and_the_recipient_pay_the_fee(self, story, id):
        assert unmet(story["university"].without(f"fee-{id}")) == {"recipient"}

    def test_a_processor_pays_none_for_what_it_does_for_others(self, story):
        cloud = Organisation("cloud", "Cloud", country="England", ods="X-cloud")
        asked = story["university"].plus(cloud).with_record("agreement-university", processors=("cloud",))
        assert answers(asked)["recipient"] is Answer.MET


class TestBreach:
    def test_an_open_one_refuses_and_is_named(self, story):
        asked = story["university"].plus(BREACH)
        assert unmet(asked) == {"recipient"}
        assert "breach-1 of 1 June 2025 (university: data on an open share)" in because(asked, "recipient")

    def test_one_closed_not_long_ago_is_for_a_person(self, story):
        asked = story["university"]
        for closed, verdict in (
            (asked.on, Verdict.REFER),
            (dt.date(2025, 11, 22), Verdict.REFER),
            (dt.date(2025, 11, 21), Verdict.PERMIT),
        ):
            assert decided(asked.plus(replace(BREACH, closed=closed))).verdict is verdict, closed

    @pytest.mark.parametrize("part", ["processors", "storage"])
    def test_of_a_processor_or_a_place_of_storage(self, story, part):
        cloud = Organisation("cloud", "Cloud", country="England")
        asked = story["university"].with_record("agreement-university", **{part: ("cloud",)}).plus(cloud)
        assert answers(asked.plus(replace(BREACH, organisation="cloud")))["recipient"] is Answer.NOT_MET
        assert answers(asked.plus(replace(BREACH, organisation="other")))["recipient"] is Answer.MET

    @pytest.mark.parametrize("said", ["University", " UNIVERSITY", "northby university", "X University"])
    def test_counts_however_the_organisation_is_spelt(self, story, said):
        asked = story["university"].plus(replace(BREACH, organisation=said))
        assert unmet(asked) == {"recipient"}

    def test_counts_of_one_body_under_another_id_by_its_ods_code(self, story):
        asked = story["university"].plus(replace(BREACH, organisation="northby-before-the-merger", ods="X-University"))
        assert unmet(asked) == {"recipient"}

    def test_is_not_lifted_by_taking_the_record_of_who_breached_away(self, story):
        cloud = Organisation("cloud", "Cloud", ods="CLD01", country="England")
        asked = story["university"].with_record("agreement-university", processors=("cloud",))
        asked = asked.plus(replace(BREACH, organisation="CLD01"))
        assert answers(asked)["recipient"] is answers(asked.plus(cloud))["recipient"] is Answer.NOT_MET

    def test_of_somebody_else_or_in_the_future_is_none(self, story):
        asked = story["university"]
        assert not unmet(asked.plus(replace(BREACH, organisation="another")))
        assert not unmet(asked.plus(replace(BREACH, on=asked.on + dt.timedelta(days=1))))
