"""The ways round the duty of confidence: each open with its evidence, and shut without any part of it."""

import datetime as dt

import pytest
from heard import answers, because, decided, demanded, rules, unmet

from openhaven.law.words import ENACTMENTS
from openhaven.model.application import DataProtection
from openhaven.model.decision import Answer, Verdict
from openhaven.model.obligation import NationalOptOut, OnlyConsenting
from openhaven.model.record.choices import ConsulteeAdvice
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route, Setting

START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("letter.pdf", "R. Okafor, records officer", START)
QUESTION = "confidentiality"


def said(asked):
    return answers(asked)[QUESTION]


class TestNobodyAgreesBySilence:
    @pytest.mark.parametrize("level", [Level.IDENTIFIABLE, Level.DE_IDENTIFIED])
    @pytest.mark.parametrize("purpose", [Purpose.RESEARCH, Purpose.COMMISSIONING, Purpose.INDIVIDUAL_CARE])
    def test_implied_consent_opens_nothing_here(self, story, purpose, level):
        asked = story["university"].with_application(route=Route.IMPLIED_CONSENT, purpose=purpose, level=level)
        assert said(asked) is Answer.NOT_MET

    def test_individual_care_is_sent_to_those_who_give_it(self, story):
        asked = story["university"].with_application(purpose=Purpose.INDIVIDUAL_CARE)
        assert answers(asked)["purpose"] is Answer.NOT_MET
        assert "a request to the organisation that gives the care" in because(asked, "purpose")


class TestConsent:
    def test_what_is_passed_on_was_agreed_to(self, story):
        asked = story["trial"].with_record("agreement-trial", onward_sharing="to the sponsor")
        assert said(asked) is Answer.NOT_MET
        assert "does not say that the data may be passed on" in because(asked, QUESTION)
        assert said(asked.with_record("consent-trial", onward_sharing=True)) is Answer.MET

    def test_the_age_from_which_a_person_agrees_is_of_the_day_or_chosen(self, story):
        assert demanded(story["trial"], OnlyConsenting).own_from_age == 16
        chosen = story["trial"].with_policy(numbers={"consent-own-age": 18})
        assert demanded(chosen, OnlyConsenting).own_from_age == 18


class TestAConsulteesAdvice:
    def advised(self, story, **changes):
        parts = {
            "id": "advice-1",
            "study": "The Northby trial",
            "purpose": Purpose.RESEARCH,
            "recipients": ("university",),
            "datasets": ("episodes",),
            "fields": ("nhs_number", "admitted", "diagnosis"),
            "starts": START,
            "ends": END,
            "seen": SEEN,
            "approved": SEEN,
        }
        advice = ConsulteeAdvice(**{**parts, **changes})
        return (
            story["trial"]
            .plus(advice)
            .with_application(route=Route.CONSULTEE, basis=("advice-1",), people_file="", purpose=parts["purpose"])
        )

    def test_is_not_consent_and_is_for_a_person(self, story):
        asked = self.advised(story)
        assert said(asked) is Answer.REFERRED
        assert "Advice is not consent" in because(asked, QUESTION)

    def test_does_not_take_the_place_of_consent(self, story):
        asked = self.advised(story).with_application(route=Route.CONSENT, people_file="people.csv")
        assert said(asked) is Answer.NOT_MET

    def test_leaves_the_national_opt_out_where_it_is(self, story):
        assert rules(self.advised(story), "national opt-out") == {"else_the_opt_out_applies"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"approved": None},
            {"approved": Seen("", "R. Okafor", START)},
            {"ends": dt.date(2026, 11, 20)},
            {"recipients": ("board",)},
            {"fields": ("admitted",)},
        ],
    )
    def test_without_its_papers_is_refused(self, story, changes):
        assert said(self.advised(story, **changes)) is Answer.NOT_MET

    def test_is_for_research_only(self, story):
        asked = self.advised(story, purpose=Purpose.CLINICAL_AUDIT).with_application(purpose=Purpose.CLINICAL_AUDIT)
        assert said(asked) is Answer.NOT_MET


class TestALawThatRequiresIt:
    def required(self, story, **changes):
        asked = story["health protection"].with_application(
            route=Route.STATUTORY_DUTY, data_protection=DataProtection("6(1)(c)", "9(2)(i)", "Part 1 paragraph 3")
        )
        parts = {"route": Route.STATUTORY_DUTY, "requires": True, "law": "hpnr-2010"}
        return asked.with_record("statement", **{**parts, **changes})

    def test_permits(self, story):
        assert said(self.required(story)) is Answer.MET

    def test_a_permission_is_not_enough_whatever_the_record_says(self, story):
        asked = self.required(story, law="hsca-2012-s261")
        assert said(asked) is Answer.NOT_MET
        assert "permits a disclosure and requires none" in because(asked, QUESTION)
        assert said(self.required(story, requires=False)) is Answer.NOT_MET

    def test_an_enactment_counts_while_it_is_law(self, story):
        before = self.required(story, law="srsa-2007-s45c", starts=dt.date(2017, 1, 1)).at(dt.date(2018, 1, 31))
        assert "was not law on 31 January 2018" in because(before, QUESTION)

    @pytest.mark.parametrize(
        ("law", "says"),
        [
            ("hsca-2012-s259", "national body, nhs england"),
            ("hsca-2008-s64", "regulator"),
            ("srsa-2007-s45c", "statistics board"),
        ],
    )
    def test_a_law_counts_for_the_bodies_that_may_demand_it(self, story, law, says):
        asked = self.required(story, law=law)
        assert unmet(asked) == {QUESTION}
        assert says in because(asked, QUESTION) and "agency is not on record as one" in because(asked, QUESTION)

    def test_a_law_counts_for_its_purposes_and_for_the_records_that_it_reaches(self, story):
        council = self.required(story).with_dataset(setting=Setting.COUNCIL)
        assert "reaches records of hospital, gp or other settings" in because(council, QUESTION)
        planning = Purpose.SERVICE_PLANNING
        asked = self.required(story, purpose=planning).with_application(purpose=planning)
        assert "which is for public health, not service planning" in because(asked, QUESTION)

    def test_whoever_asks_in_the_name_of_the_national_body_is_on_record_as_it(self, story):
        asked = self.required(story, law="hsca-2012-s259").with_record("agency", bodies=("NHS England",))
        assert said(asked) is Answer.MET
        assert said(asked.without("agency")) is Answer.NOT_MET

    def test_every_enactment_that_requires_says_of_whom_and_what(self):
        for each in ENACTMENTS.values():
            assert bool(each.demands and each.bodies) is each.requires

    def test_one_without_a_code_is_for_a_lawyer(self, story):
        asked = self.required(story, law="")
        assert said(asked) is Answer.REFERRED
        assert said(self.required(story, law="local-act-1850")) is Answer.NOT_MET

    def test_a_notice_under_regulation_3_4_requires_it(self, story):
        assert said(self.required(story, law="copi-3-4")) is Answer.MET


class TestAnOrderOfACourt:
    def ordered(self, story, **changes):
        asked = story["health protection"].with_application(route=Route.COURT_ORDER)
        parts = {"route": Route.COURT_ORDER, "requires": True, "court": "High Court", "reference": "KB-2026-000123"}
        cohort = asked.application.cohort
        return asked.with_record("statement", **{**parts, "cohort": cohort, **changes})

    def test_permits_as_far_as_it_goes(self, story):
        assert said(self.ordered(story)) is Answer.MET
        assert "High Court ordered this disclosure (KB-2026-000123" in because(self.ordered(story), QUESTION)

    @pytest.mark.parametrize(
        "changes",
        [
            {"court": ""},
            {"reference": " "},
            {"requires": False},
            {"fields": ("admitted",)},
            {"recipients": ("university",)},
            {"level": Level.AGGREGATE},
            {"ends": dt.date(2026, 11, 20)},
        ],
    )
    def test_no_more_than_ordered_and_by_whom(self, story, changes):
        assert said(self.ordered(story, **changes)) is Answer.NOT_MET


def test_a_file_of_people_that_is_called_nothing_is_no_file(story):
    """LAW-11: consent is looked at person by person, so blanks in place of a name bring nobody's."""
    with pytest.raises(ValueError, match="name a file that lies beside the application"):
        story["trial"].with_application(people_file="  ")
    assert said(story["trial"].with_application(people_file="")) is Answer.NOT_MET


class TestRegulation3:
    def test_says_what_it_serves(self, story):
        asked = story["health protection"]
        assert "for recognising trends and outbreaks" in because(asked, QUESTION)
        assert said(asked.with_record("statement", serves=())) is Answer.NOT_MET
        assert said(asked.with_record("statement", serves=("league tables",))) is Answer.NOT_MET

    @pytest.mark.parametrize(
        "body",
        [
            "public health body",
            "nhs trust",
            "communicable disease surveillance",
            "gp practice",
            "council",
            "clinical commissioning group",
        ],
    )
    def test_these_may_act_under_it(self, story, body):
        assert said(story["health protection"].with_record("agency", bodies=(body,))) is Answer.MET

    @pytest.mark.parametrize("body", ["university", "charity", "company"])
    def test_others_may_not(self, story, body):
        assert said(story["health protection"].with_record("agency", bodies=(body,))) is Answer.NOT_MET

    def test_is_for_public_health_only(self, story):
        asked = story["health protection"].with_application(purpose=Purpose.RESEARCH)
        assert said(asked) is Answer.NOT_MET

    def test_a_notice_says_that_it_requires(self, story):
        asked = story["health protection"].with_record("statement", law="copi-3-4", requires=True)
        assert "a notice under regulation 3(4), which requires the processing" in because(asked, QUESTION)
        assert said(asked.with_record("statement", requires=False)) is Answer.NOT_MET


class TestRegulation2:
    def cancer(self, story, **changes):
        asked = story["cancer audit"].with_application(route=Route.COPI_2, **changes)
        return asked.with_record("support-audit", regulation=2, **({"purpose": changes["purpose"]} if changes else {}))

    @pytest.mark.parametrize("purpose", [Purpose.CLINICAL_AUDIT, Purpose.PUBLIC_HEALTH, Purpose.SERVICE_PLANNING])
    def test_has_its_own_purposes(self, story, purpose):
        assert said(self.cancer(story, purpose=purpose)) is Answer.MET

    @pytest.mark.parametrize("purpose", [Purpose.INVOICE_VALIDATION, Purpose.OFFICIAL_STATISTICS])
    def test_and_no_others(self, story, purpose):
        assert said(self.cancer(story, purpose=purpose)) is Answer.NOT_MET

    def test_reaches_neoplasms_only(self, story):
        assert said(self.cancer(story).with_application(cohort=())) is Answer.REFERRED

    def test_is_not_support_under_regulation_5(self, story):
        assert said(story["cancer audit"].with_application(route=Route.COPI_2)) is Answer.NOT_MET


class TestRegulation5:
    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"schedule": ()}, "names no circumstance of the Schedule"),
            ({"schedule": (7,)}, "names no circumstance of the Schedule"),
            ({"withdrawn_on": dt.date(2026, 11, 21)}, "was withdrawn or closed on 21 November 2026"),
            ({"ends": dt.date(2026, 11, 20)}, "ended on 20 November 2026"),
            ({"letter": Seen("letter.pdf", "", START)}, "a named person has seen"),
            ({"recipients": ("board",)}, "does not name the recipient"),
            ({"datasets": ("births",)}, "does not cover the dataset"),
            ({"fields": ("admitted",)}, "does not cover the fields"),
            ({"research": True}, "no favourable ethics opinion"),
        ],
    )
    def test_each_part_is_needed(self, story, changes, says):
        asked = story["cancer audit"].with_record("support-audit", **changes)
        assert said(asked) is Answer.NOT_MET
        assert says in because(asked, QUESTION)

    @pytest.mark.parametrize("circumstance", [1, 3, 4, 5, 6])
    def test_one_circumstance_of_the_schedule_is_enough(self, story, circumstance):
        assert said(story["cancer audit"].with_record("support-audit", schedule=(circumstance,))) is Answer.MET

    def test_that_of_geographical_location_is_for_medical_research_alone(self, story):
        """LAW-20: an audit whose papers name the second circumstance and no other names none of its own."""
        audit = story["cancer audit"].with_record("support-audit", schedule=(2,))
        assert said(audit) is Answer.NOT_MET
        assert "names a circumstance of the Schedule that is not for clinical audit" in because(audit, QUESTION)
        assert said(audit.with_record("support-audit", schedule=(2, 5))) is Answer.MET
        study = audit.with_application(purpose=Purpose.RESEARCH).with_record(
            "support-audit",
            purpose=Purpose.RESEARCH,
            ethics_opinion="26/NB/0001",
            decided_by="Health Research Authority",
        )
        assert said(study) is Answer.MET

    def test_a_withdrawal_counts_from_its_day(self, story):
        tomorrow = dt.date(2026, 11, 22)
        asked = story["cancer audit"].with_record("support-audit", withdrawn_on=tomorrow)
        assert said(asked) is Answer.MET
        assert said(asked.at(tomorrow)) is Answer.NOT_MET

    def test_a_review_date_that_has_passed_warns_and_then_refuses(self, story):
        asked = story["cancer audit"].with_record("support-audit", review=dt.date(2026, 10, 1))
        assert "Warning: its review was due" in because(asked, QUESTION)
        assert said(asked.at(dt.date(2026, 12, 30))) is Answer.MET
        assert said(asked.at(dt.date(2026, 12, 31))) is Answer.NOT_MET

    @pytest.mark.parametrize(
        "changes",
        [
            {"practicability": " "},
            {"conditions_met": None},
            {"conditions_met": Seen("", "R. Okafor", START)},
            {"conditions_met": Seen("review.pdf", "R. Okafor", dt.date(2025, 11, 20))},
            {"decided_by": "Health Research Authority"},
            {"decided_by": ""},
        ],
    )
    def test_what_the_record_leaves_open_is_for_a_person(self, story, changes):
        asked = story["cancer audit"].with_record("support-audit", **changes)
        assert said(asked) is Answer.REFERRED

    @pytest.mark.parametrize("applicant", ["another-audit", "", "audit"])
    def test_what_was_given_to_another_applicant_supports_nothing(self, story, applicant):
        asked = story["cancer audit"].with_record("support-audit", applicant=applicant)
        assert said(asked) is Answer.NOT_MET
        assert f"was given to {applicant}, not audit-body" in because(asked, "confidentiality")

    @pytest.mark.parametrize("applicant", ["Audit-Body", "Audit Office of Northby", "x-audit-body"])
    def test_the_applicant_may_be_named_by_id_name_or_code(self, story, applicant):
        assert said(story["cancer audit"].with_record("support-audit", applicant=applicant)) is Answer.MET

    def test_support_without_conditions_has_none_to_meet(self, story):
        asked = story["cancer audit"].with_record("support-audit", conditions=(), conditions_met=None)
        assert said(asked) is Answer.MET

    def test_a_look_at_the_conditions_lasts_a_year(self, story):
        seen = Seen("review.pdf", "R. Okafor", dt.date(2025, 11, 21))
        asked = story["cancer audit"].with_record("support-audit", conditions_met=seen)
        assert said(asked) is Answer.MET
        assert said(asked.at(dt.date(2026, 11, 22))) is Answer.REFERRED

    @pytest.mark.parametrize("purpose", [Purpose.OFFICIAL_STATISTICS, Purpose.REGULATION, Purpose.COMMERCIAL])
    def test_is_for_medical_purposes(self, story, purpose):
        asked = story["cancer audit"].with_application(purpose=purpose).with_record("support-audit", purpose=purpose)
        assert said(asked) is Answer.NOT_MET
        assert "is not a medical purpose" in because(asked, QUESTION)

    @pytest.mark.parametrize("route", [Route.COPI_2, Route.COPI_5])
    def test_does_not_decide_about_particular_people(self, story, route):
        asked = story["cancer audit"].with_application(route=route, purpose=Purpose.CASE_MANAGEMENT)
        assert said(asked) is Answer.NOT_MET
        assert "support_decides_nobodys_care" in rules(asked, QUESTION)


def test_overriding_public_interest_is_never_permitted_by_a_rule(story):
    for name in ("university", "health protection", "cancer audit"):
        asked = story[name].with_application(route=Route.PUBLIC_INTEREST)
        assert said(asked) is Answer.REFERRED


def test_with_all_of_it_there_the_audit_is_permitted_and_the_opt_out_applied(story):
    assert decided(story["cancer audit"]).verdict is Verdict.PERMIT
    assert demanded(story["cancer audit"], NationalOptOut).applies


@pytest.mark.parametrize("people", ["", "  "])
def test_consent_that_names_no_file_of_people_cannot_be_looked_at(story, people):
    asked = story["trial"].with_record("consent-trial", people=people)
    assert said(asked) is Answer.NOT_MET
    assert "names no file of people's consents" in because(asked, "confidentiality")
