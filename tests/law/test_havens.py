"""Uses that are for places accredited for them alone."""

import datetime as dt

import pytest
from heard import answers, because, obligations, rules

from openhaven.model.decision import Answer
from openhaven.model.obligation import MAY_BE_PROMISED, Conditions
from openhaven.model.record.organisations import Accreditation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose

SEEN = Seen("list.pdf", "R. Okafor", dt.date(2026, 1, 1))


def accredited(organisation, scheme, status, **changes):
    parts = {"starts": SEEN.on, "ends": dt.date(2027, 1, 1), "seen": SEEN, "scope": "the finance team", **changes}
    return Accreditation("haven", organisation, scheme, status, **parts)


class TestFinance:
    RULE = "invoices_are_checked_in_a_controlled_environment"

    def asked(self, story, **changes):
        asked = story["cancer audit"].with_application(purpose=Purpose.INVOICE_VALIDATION, **changes)
        return asked.with_record("audit-body", bodies=("commissioning support unit",))

    @pytest.mark.parametrize("body", ["university", "nhs trust", "company"])
    def test_who_pays_no_invoices_for_the_health_service_checks_none(self, story, body):
        listed = accredited("audit-body", "controlled environment for finance", "listed")
        asked = self.asked(story).plus(listed)
        assert self.RULE not in rules(asked, "recipient")
        asked = asked.with_record("audit-body", bodies=(body,))
        assert self.RULE in rules(asked, "recipient")
        assert "is no commissioner or commissioning support unit of record" in because(asked, "recipient")

    def test_identifiable_data_for_invoices_needs_a_controlled_environment_that_is_listed(self, story):
        asked = self.asked(story)
        assert self.RULE in rules(asked, "recipient")
        assert "controlled environment for finance (listed)" in because(asked, "recipient")
        listed = accredited("audit-body", "controlled environment for finance", "listed")
        assert self.RULE not in rules(asked.plus(listed), "recipient")

    @pytest.mark.parametrize("changes", [{"ends": dt.date(2026, 11, 20)}, {"scope": ""}])
    def test_one_out_of_date_or_for_nothing_stated_does_not_count(self, story, changes):
        asked = self.asked(story)
        listed = accredited("audit-body", "controlled environment for finance", "listed", **changes)
        assert self.RULE in rules(asked.plus(listed), "recipient")

    def test_de_identified_rows_and_other_purposes_do_not(self, story):
        rows = self.asked(story, level=Level.DE_IDENTIFIED)
        for asked in (rows, story["cancer audit"]):
            assert self.RULE not in rules(asked, "recipient")


class TestRiskStratification:
    RULE = "risk_is_stratified_by_those_approved_for_it"

    @pytest.mark.parametrize("level", [Level.IDENTIFIABLE, Level.DE_IDENTIFIED])
    def test_rows_need_an_approved_organisation(self, story, level):
        asked = story["cancer audit"].with_application(purpose=Purpose.RISK_STRATIFICATION, level=level)
        assert self.RULE in rules(asked, "recipient")
        assert answers(asked)["recipient"] is Answer.NOT_MET
        approved = asked.plus(accredited("audit-body", "risk stratification approval", "listed"))
        assert answers(approved)["recipient"] is Answer.MET

    def test_who_finds_a_person_again_is_owed_and_promised(self, story):
        asked = story["cancer audit"].with_application(purpose=Purpose.RISK_STRATIFICATION)
        asked = asked.plus(accredited("audit-body", "risk stratification approval", "listed"))
        (owed,) = [each for each in obligations(asked, Conditions) if each.provisions == ("COM-04",)]
        assert any("only the practice that cares" in each for each in owed.conditions)
        assert owed.kind in MAY_BE_PROMISED
        unknown = asked.without("audit-body")
        assert answers(unknown)["recipient"] is Answer.NOT_MET, "an approval makes nobody an organisation of record"

    def test_counts_do_not(self, story):
        asked = story["commissioner"].with_application(purpose=Purpose.RISK_STRATIFICATION)
        assert self.RULE not in rules(asked, "recipient")


class TestSafeHaven:
    RULE = "a_safe_haven_is_accredited_as_one"

    def test_only_an_installation_that_decides_for_the_proposal_asks_for_it(self, story):
        asked = story["cancer audit"].with_record("audit-body", bodies=("nhs body", "accredited safe haven"))
        assert self.RULE not in rules(asked, "recipient")
        assert self.RULE in rules(asked.with_policy(safe_havens=True), "recipient")

    def test_accredited_it_may_receive(self, story):
        asked = story["cancer audit"].with_record("audit-body", bodies=("nhs body", "accredited safe haven"))
        asked = asked.with_policy(safe_havens=True)
        assert self.RULE not in rules(
            asked.plus(accredited("audit-body", "accredited safe haven", "accredited")), "recipient"
        )

    def test_nobody_else_and_no_table_is_asked(self, story):
        for name in ("cancer audit", "commissioner"):
            assert self.RULE not in rules(story[name].with_policy(safe_havens=True), "recipient")
        table = story["commissioner"].with_record("board", bodies=("integrated care board", "safe haven"))
        assert self.RULE not in rules(table.with_policy(safe_havens=True), "recipient")
