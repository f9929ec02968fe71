"""Case managers, safe havens, invoices and risk stratification: who sees whom, who re-identifies, when it ends."""

import datetime as dt

import pytest
from heard import answers, because, decided, demanded, rules, unmet

from openhaven.model.application import FieldAsked
from openhaven.model.decision import Answer
from openhaven.model.obligation import AuditViews, NationalOptOut
from openhaven.model.record.approvals import Exemption
from openhaven.model.record.organisations import Accreditation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route, Setting

START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("letter.pdf", "R. Okafor", START)
QUESTION = "confidentiality"


def said(asked):
    return answers(asked)[QUESTION]


def accredited(scheme, status="accredited", **changes):
    parts = {"id": "accreditation-1", "organisation": "audit-body", "scheme": scheme, "status": status,
             "starts": START, "ends": END, "seen": SEEN}  # fmt: skip
    return Accreditation(**{**parts, **changes})


class TestCaseManagers:
    def asked(self, story, purpose=Purpose.CASE_MANAGEMENT, **policy):
        asked = story["cancer audit"].with_application(route=Route.CASE_MANAGER, purpose=purpose)
        return asked.with_policy(**policy)

    def test_were_a_proposal_and_are_not_law(self, story):
        assert said(self.asked(story)) is Answer.NOT_MET
        assert "was proposed in 2014 and is not law" in because(self.asked(story), QUESTION)

    def test_where_a_setting_admits_them_each_view_is_recorded(self, story):
        asked = self.asked(story, case_managers=True)
        assert said(asked) is Answer.MET
        found = [each for settled in decided(asked).questions for finding in settled.findings
                 for each in finding.obligations if isinstance(each, AuditViews)]  # fmt: skip
        assert "ends with the case" in found[0].because

    def test_arrange_care_and_do_nothing_else(self, story):
        assert said(self.asked(story, Purpose.RESEARCH, case_managers=True)) is Answer.NOT_MET

    def test_before_the_proposal_nothing_answered_for_them(self, story):
        assert said(self.asked(story, case_managers=True).at(dt.date(2014, 6, 25))) is Answer.NOT_MET


class TestSafeHavens:
    def asked(self, story, *records, purpose=Purpose.POPULATION_HEALTH, **policy):
        asked = story["cancer audit"].with_application(route=Route.SAFE_HAVEN, purpose=purpose)
        return asked.with_policy(**policy).plus(*records)

    def test_regulations_were_never_made(self, story):
        assert said(self.asked(story, accredited("accredited safe haven"))) is Answer.NOT_MET

    def test_where_a_setting_admits_them_they_are_accredited(self, story):
        found = accredited("accredited safe haven")
        assert said(self.asked(story, found, safe_havens=True)) is Answer.MET
        assert said(self.asked(story, safe_havens=True)) is Answer.NOT_MET

    @pytest.mark.parametrize(
        "changes",
        [
            {"ends": dt.date(2026, 11, 20)},
            {"status": "removed"},
            {"organisation": "university"},
            {"scheme": "DSPT"},
            {"seen": Seen("", "", START)},
        ],
    )
    def test_an_accreditation_that_is_over_or_anothers_does_not_count(self, story, changes):
        found = accredited(**{"scheme": "accredited safe haven", **changes})
        assert said(self.asked(story, found, safe_havens=True)) is Answer.NOT_MET

    def test_decide_about_nobody_in_particular(self, story):
        found = accredited("accredited safe haven")
        asked = self.asked(story, found, purpose=Purpose.CASE_MANAGEMENT, safe_havens=True)
        assert said(asked) is Answer.NOT_MET

    def test_the_opt_out_is_kept(self, story):
        asked = self.asked(story, accredited("accredited safe haven"), safe_havens=True)
        assert rules(asked, "national opt-out") == {"else_the_opt_out_applies"}


class TestInvoices:
    def asked(self, story, *fields, **changes):
        asked = story["cancer audit"].with_application(
            purpose=Purpose.INVOICE_VALIDATION,
            fields=tuple(FieldAsked(name, "to match the invoice") for name in fields or ("nhs_number", "born")),
        )
        asked = asked.with_record(
            "support-audit", purpose=Purpose.INVOICE_VALIDATION, fields=fields or ("nhs_number", "born")
        )
        return asked.with_record("audit-body", **{"bodies": ("commissioning support unit",), **changes})

    def test_need_support_and_one_accreditation(self, story):
        assert said(self.asked(story)) is Answer.MET
        assert unmet(self.asked(story)) >= {"recipient"}
        place = accredited("controlled environment for finance", "listed", scope="the finance team")
        assert "recipient" not in unmet(self.asked(story).plus(place))

    def test_never_by_shared_business_services(self, story):
        place = accredited("controlled environment for finance", "listed", scope="the finance team")
        shared = self.asked(story, business=("shared business services",)).plus(place)
        assert "recipient" in unmet(shared)

    @pytest.mark.parametrize(
        ("fields", "few"),
        [
            (("nhs_number", "born"), True),
            (("nhs_number", "postcode"), True),
            (("nhs_number", "born", "postcode"), False),
            (("nhs_number", "name"), False),
        ],
    )
    def test_need_few_identifiers(self, story, fields, few):
        found = rules(self.asked(story, *fields), "minimum necessary")
        assert ("invoices_need_few_identifiers" in found) is not few

    def exempted(self, story, code, **changes):
        parts = {"id": "exemption-1", "code": code, "purpose": Purpose.INVOICE_VALIDATION, "datasets": ("episodes",),
                 "fields": ("nhs_number", "born"), "recipients": ("audit-body",), "starts": START, "ends": END,
                 "seen": SEEN}  # fmt: skip
        asked = self.asked(story).plus(Exemption(**{**parts, **changes}))
        return asked.with_application(basis=("support-audit", "exemption-1"))

    def test_for_care_outside_a_contract_are_exempt_from_the_opt_out(self, story):
        asked = self.exempted(story, "non-contracted activity")
        assert rules(asked, "national opt-out") == {"national_policy_exempts_some_flows"}

    @pytest.mark.parametrize(
        "changes", [{"ends": dt.date(2026, 11, 20)}, {"recipients": ()}, {"fields": ()}, {"seen": Seen("", "", START)}]
    )
    def test_an_exemption_that_does_not_cover_the_use_exempts_nothing(self, story, changes):
        asked = self.exempted(story, "non-contracted activity", **changes)
        assert rules(asked, "national opt-out") == {"else_the_opt_out_applies"}
        assert "No exemption relied on stands" in because(asked, "national opt-out")

    def test_nor_does_one_for_something_else(self, story):
        asked = self.exempted(story, "patient survey")
        assert rules(asked, "national opt-out") == {"else_the_opt_out_applies"}


class TestExemptionsThatAreToBeConfirmed:
    def asked(self, story, **policy):
        exemption = Exemption("exemption-1", "disease registration", Purpose.CLINICAL_AUDIT, ("episodes",),
                              ("nhs_number", "born", "sex", "admitted", "diagnosis"), ("audit-body",), START, END,
                              SEEN)  # fmt: skip
        asked = (
            story["cancer audit"].plus(exemption).with_record("audit-body", bodies=("public health body", "nhs body"))
        )
        return asked.with_application(basis=("support-audit", "exemption-1")).with_policy(**policy)

    def test_count_only_where_the_installation_has_confirmed_them(self, story):
        assert demanded(self.asked(story), NationalOptOut).applies
        confirmed = self.asked(story, optout_exemptions=("disease registration",))
        assert not demanded(confirmed, NationalOptOut).applies
        assert "has not confirmed" in because(self.asked(story), "national opt-out")


class TestRiskStratification:
    def asked(self, story, *records, level=Level.IDENTIFIABLE, bodies=("nhs body",)):
        asked = story["cancer audit"].with_application(purpose=Purpose.RISK_STRATIFICATION, level=level)
        asked = asked.with_record("support-audit", purpose=Purpose.RISK_STRATIFICATION)
        return asked.with_record("audit-body", bodies=bodies).plus(*records)

    APPROVED = accredited("risk stratification approval", "listed", scope="the region")

    def test_identifiable_data_goes_to_the_approved_processor_alone_by_one_approval(self, story):
        assert not {"confidentiality", "recipient"} & unmet(self.asked(story, self.APPROVED))
        assert "recipient" in unmet(self.asked(story))

    def test_a_commissioner_sees_pseudonyms_or_counts(self, story):
        assert said(self.asked(story, self.APPROVED, bodies=("integrated care board",))) is Answer.NOT_MET
        asked = self.asked(story, level=Level.DE_IDENTIFIED, bodies=("integrated care board",))
        assert "who_sees_whom_in_risk_stratification" not in rules(asked, QUESTION)

    def test_only_those_who_care_for_a_person_re_identify(self, story):
        asked = self.asked(story, bodies=("gp practice",))
        assert said(asked) is Answer.REFERRED
        assert "everybody in it is a patient of the practice" in because(asked, QUESTION)

    def test_takes_no_social_care_data(self, story):
        asked = self.asked(story, self.APPROVED).with_dataset(setting=Setting.COUNCIL)
        assert said(asked) is Answer.NOT_MET
