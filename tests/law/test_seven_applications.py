"""The seven applications of the first story, decided, and what turns each of them."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from openhaven.law import decide
from openhaven.model.application import Comparison, Condition, DataProtection, FieldAsked, Funder, TableAsked
from openhaven.model.dataset import Field
from openhaven.model.decision import Answer, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.obligation import (
    AtLevel,
    DestroyBy,
    DestroyIdentifiers,
    EncryptTo,
    KAnonymity,
    NationalOptOut,
    OnlyCohort,
    OnlyConsenting,
    OnlyControllers,
    OnlyFields,
    PseudonymScope,
    Register,
    Replace,
    RestrictedCodes,
    SmallNumbers,
)
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.organisations import Breach, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import FieldType, Level, Precision, Purpose, Role, Route

SEEN = Seen("letter.pdf", "R. Okafor", dt.date(2026, 1, 1))
START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)


def decided(asked):
    return decide(asked.application, asked.facts, on=asked.on)


def answers(asked):
    return {settled.question: settled.answer for settled in decided(asked).questions}


def demanded(asked, kind):
    found = [each for each in decided(asked).obligations if isinstance(each, kind)]
    assert len(found) == 1, f"{kind.kind}: {len(found)}"
    return found[0]


def unmet(asked):
    return {question for question, answer in answers(asked).items() if answer is not Answer.MET}


def because(asked, question):
    settled = next(each for each in decided(asked).questions if each.question == question)
    return " ".join(" ".join((finding.because, *finding.missing)) for finding in settled.findings)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("university", "permit"),
        ("cancer audit", "permit"),
        ("insurer", "refuse"),
        ("consultancy", "refer"),
        ("health protection", "permit"),
        ("commissioner", "permit"),
        ("trial", "permit"),
        ("refresh", "permit"),
    ],
)
def test_each_application_comes_out_as_the_story_tells(story, name, verdict):
    assert decided(story[name]).verdict == verdict


def test_a_decision_can_be_written_as_json(story):
    for asked in story.values():
        plain = json.loads(json.dumps(decided(asked).as_plain()))
        assert [each["kind"] for each in plain["obligations"]] == [each.kind for each in decided(asked).obligations]


def test_only_a_refresh_has_two_files_to_think_of_and_every_obligation_comes_once(story):
    for asked in story.values():
        every = decided(asked).obligations
        kinds = [each.kind for each in every if each.kind not in ("conditions", "review")]
        assert len(kinds) == len(set(kinds)) and len(every) == len(set(every))


class TestUniversity:
    def test_leaves_de_identified_and_the_opt_out_is_not_required_with_the_reason(self, story):
        left = demanded(story["university"], NationalOptOut)
        assert not left.applies
        assert "no confidential patient information leaves" in left.because
        assert "C. Guardian" in left.because
        assert demanded(story["university"], AtLevel).level is Level.DE_IDENTIFIED

    def test_an_installation_may_apply_the_opt_out_more_widely(self, story):
        wider = demanded(story["university"].with_policy(optout_wider=True), NationalOptOut)
        assert wider.applies
        assert "choice of this installation" in wider.because

    def test_keys_leave_as_pseudonyms_of_recipient_and_agreement(self, story):
        scope = demanded(story["university"], PseudonymScope)
        assert (scope.recipient, scope.agreement, scope.epoch) == ("university", "agreement-university", "2026")

    def test_one_pseudonym_for_each_delivery_where_the_agreement_says_so(self, story):
        asked = story["university"].with_record("agreement-university", one_pseudonym_per_delivery=True)
        scopes = {demanded(asked.at(day), PseudonymScope).epoch for day in (asked.on, asked.on + dt.timedelta(days=1))}
        assert len(scopes) == 2

    def test_quasi_identifiers_and_coarsened_identifiers_are_classed_together(self, story):
        classes = demanded(story["university"], KAnonymity)
        assert (classes.k, classes.quasi, classes.suppression) == (5, ("born", "postcode", "sex"), 0.05)

    def test_k_is_as_agreed_where_the_agreement_says_one(self, story):
        asked = story["university"].with_record("agreement-university", k=7, suppression=0.01)
        classes = demanded(asked, KAnonymity)
        assert (classes.k, classes.suppression) == (7, 0.01)

    def test_rows_without_quasi_identifiers_still_carry_a_k(self, story):
        asked = story["university"].with_application(fields=(FieldAsked("admitted", "to count days"),))
        assert demanded(asked, KAnonymity).quasi == ()

    def test_a_k_below_the_least_in_use_is_for_a_person(self, story):
        asked = story["university"].with_record("agreement-university", k=2)
        assert decided(asked).verdict is Verdict.REFER

    def test_the_rest_of_the_road(self, story):
        asked = story["university"]
        assert demanded(asked, OnlyFields).fields[2] == ("born", Precision.YEAR)
        assert demanded(asked, OnlyCohort).conditions == asked.application.cohort
        assert demanded(asked, OnlyControllers).controllers == ("north-trust", "south-trust")
        assert demanded(asked, EncryptTo).age_key == "age1university"
        assert demanded(asked, RestrictedCodes).lists == ("example-restricted",)
        assert demanded(asked, DestroyBy).by == dt.date(2028, 1, 30)
        assert demanded(asked, Register).provisions

    def test_nothing_without_a_classification_by_a_named_person(self, story):
        """And what nobody has classified may be confidential, so a guardian would have to recommend it too."""
        refused = {"confidentiality", "guardian"}
        assert unmet(story["university"].without("class-rows")) == refused
        assert unmet(story["university"].with_record("class-rows", by=" ")) == refused
        assert unmet(story["university"].with_record("class-rows", role="")) == refused

    def test_a_classification_holds_until_its_review_and_from_its_day(self, story):
        asked = story["university"]
        assert not unmet(asked.with_record("class-rows", review=asked.on))
        late = asked.with_record("class-rows", review=asked.on - dt.timedelta(days=1))
        early = asked.with_record("class-rows", on=asked.on + dt.timedelta(days=1))
        assert unmet(late) == unmet(early) == {"confidentiality", "guardian"}

    def test_a_classification_of_tables_does_not_answer_for_rows(self, story):
        assert "confidentiality" in unmet(story["university"].with_record("class-rows", level=Level.AGGREGATE))

    @pytest.mark.parametrize(
        ("name", "precision"),
        [
            ("born", Precision.AS_HELD),
            ("postcode", Precision.AS_HELD),
            ("postcode", Precision.LSOA),
            ("name", Precision.AS_HELD),
        ],
    )
    def test_no_identifier_leaves_uncoarsened(self, story, name, precision):
        fields = (FieldAsked(name, "wanted", precision),)
        asked = story["university"].with_application(fields=fields)
        agreed = asked.facts.one(Agreement, "agreement-university")
        asked = asked.with_record(
            "agreement-university", fields=tuple(replace(agreed.fields[0], name=name) for _ in fields)
        )
        assert "would identify people" in because(asked, "minimum necessary")
        assert unmet(asked) == {"minimum necessary"}

    def test_a_coarser_field_than_agreed_is_fine_and_a_finer_one_is_not(self, story):
        asked = story["university"]

        def with_born(precision):
            fields = tuple(replace(f, precision=precision) if f.name == "born" else f for f in asked.application.fields)
            return asked.with_application(fields=fields)

        assert not unmet(with_born(Precision.ALL))
        assert unmet(with_born(Precision.MONTH)) == {"minimum necessary"}
        assert "born at month, where year is agreed" in because(with_born(Precision.MONTH), "minimum necessary")
        agreed = asked.facts.one(Agreement, "agreement-university").fields
        nothing = tuple(replace(each, precision=Precision.ALL) if each.name == "born" else each for each in agreed)
        asked = asked.with_record("agreement-university", fields=nothing)
        said = because(with_born(Precision.AS_HELD), "minimum necessary")
        assert "born as held, where nothing of it is agreed" in said

    def test_a_precision_that_the_field_cannot_have_is_bad_input(self, story):
        fields = tuple(replace(f, precision=Precision.CHAPTER) for f in story["university"].application.fields)
        with pytest.raises(BadInput, match=r"nhs_number cannot leave at 'first character'. Accepted is 'as held' or"):
            decided(story["university"].with_application(fields=fields))

    def test_free_text_never_leaves_even_if_agreed(self, story):
        asked = story["university"]
        fields = (*asked.application.fields, FieldAsked("notes", "colour"))
        agreement = asked.facts.one(Agreement, "agreement-university")
        agreed = (*agreement.fields, replace(agreement.fields[0], name="notes"))
        asked = asked.with_application(fields=fields).with_record("agreement-university", fields=agreed)
        assert "notes is free text" in because(asked, "minimum necessary")

    def test_a_field_without_a_reason_is_refused(self, story):
        fields = tuple(replace(field, reason=" ") for field in story["university"].application.fields)
        assert unmet(story["university"].with_application(fields=fields)) == {"minimum necessary"}

    def test_a_field_the_dataset_lacks_is_bad_input(self, story):
        with pytest.raises(BadInput, match="shoe_size"):
            decided(story["university"].with_application(fields=(FieldAsked("shoe_size", "to see"),)))
        with pytest.raises(BadInput, match="shoe_size"):
            cohort = (Condition("shoe_size", Comparison.IS, ("9",)),)
            decided(story["university"].with_application(cohort=cohort))

    def test_facts_of_another_dataset_are_bad_input(self, story):
        with pytest.raises(BadInput, match="facts of"):
            decided(story["university"].with_application(dataset="registrations"))


class TestCancerAudit:
    def test_support_seen_and_in_force_permits_and_opt_outs_apply(self, story):
        applied = demanded(story["cancer audit"], NationalOptOut)
        assert applied.applies
        assert applied.max_age_days == 21
        assert demanded(story["cancer audit"], AtLevel).level is Level.IDENTIFIABLE

    def test_the_21_days_are_shown_as_still_to_be_confirmed(self, story):
        findings = [f for s in decided(story["cancer audit"]).questions for f in s.findings]
        assert any(
            "NDO-14: days" in text and ": 21 (to be confirmed" in text
            for finding in findings
            for text in finding.to_be_confirmed
        )

    def test_an_exemption_counts_only_with_its_evidence(self, story):
        asked = story["cancer audit"]
        assert demanded(asked.with_record("support-audit", national_opt_out="exempt"), NationalOptOut).applies
        exempt = asked.with_record(
            "support-audit", national_opt_out="exempt", exemption="minutes of 3 March 2026, item 4"
        )
        assert not demanded(exempt, NationalOptOut).applies
        assert "item 4" in demanded(exempt, NationalOptOut).because

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"ends": dt.date(2026, 11, 20)}, "ended on 20 November 2026"),
            ({"starts": dt.date(2026, 11, 22)}, "starts only on 22 November 2026"),
            ({"purpose": Purpose.RESEARCH}, "is for research"),
            ({"datasets": ("other",)}, "does not cover the dataset"),
            ({"recipients": ("other",)}, "does not name the recipient"),
            ({"fields": ("nhs_number",)}, "does not cover the fields"),
            ({"schedule": ()}, "no circumstance"),
            ({"schedule": (7,)}, "no circumstance"),
            ({"regulation": 2}, "is support under regulation 2"),
            ({"research": True}, "no favourable ethics opinion"),
            ({"letter": Seen("letter.pdf", "", dt.date(2026, 1, 1))}, "names no document"),
            ({"letter": Seen("letter.pdf", "R. Okafor", dt.date(2026, 12, 1))}, "was not seen until 1 December 2026"),
        ],
    )
    def test_support_that_does_not_reach_this_use_refuses(self, story, changes, says):
        asked = story["cancer audit"].with_record("support-audit", **changes)
        assert decided(asked).verdict is Verdict.REFUSE
        assert says in because(asked, "confidentiality")

    def test_the_last_day_of_support_is_still_a_day_of_it(self, story):
        asked = story["cancer audit"].with_record("agreement-audit", ends=story["cancer audit"].on)
        assert decided(asked.with_record("support-audit", ends=asked.on, review=asked.on)).verdict is Verdict.PERMIT

    def test_a_review_date_that_passed_warns_within_the_grace_and_then_refuses(self, story):
        asked = story["cancer audit"]
        warned = asked.with_record("support-audit", review=asked.on - dt.timedelta(days=90))
        assert decided(warned).verdict is Verdict.PERMIT
        assert "Warning: its review was due on 23 August 2026" in because(warned, "confidentiality")
        late = asked.with_record("support-audit", review=asked.on - dt.timedelta(days=91))
        assert unmet(late) == {"confidentiality"}

    def test_naming_no_support_is_naming_none(self, story):
        asked = story["cancer audit"].with_application(basis=())
        assert decided(asked).verdict is Verdict.REFUSE
        assert "the application names none" in because(asked, "confidentiality")

    def test_support_decided_by_the_wrong_body_is_for_a_person(self, story):
        asked = story["cancer audit"].with_record("support-audit", decided_by="Health Research Authority")
        assert decided(asked).verdict is Verdict.REFER

    def test_research_support_needs_the_research_authority_and_an_ethics_opinion(self, story):
        asked = story["cancer audit"].with_application(
            purpose=Purpose.RESEARCH, data_protection=DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 4")
        )
        asked = asked.with_record("agreement-audit", purpose=Purpose.RESEARCH).completed()
        research = {"purpose": Purpose.RESEARCH, "research": True, "decided_by": "Health Research Authority"}
        opinion = {"ethics_opinion": "23/XX/0001, favourable"}
        assert decided(asked.with_record("support-audit", **research, **opinion)).verdict is Verdict.PERMIT
        assert unmet(asked.with_record("support-audit", **research)) == {"confidentiality"}

    def test_regulation_2_reaches_neoplasia_only(self, story):
        asked = story["cancer audit"].with_application(route=Route.COPI_2).with_record("support-audit", regulation=2)
        assert decided(asked).verdict is Verdict.PERMIT
        assert demanded(asked, NationalOptOut).applies
        everyone = asked.with_cohort()
        assert decided(everyone).verdict is Verdict.REFER
        hearts = asked.with_cohort(Condition("diagnosis", Comparison.STARTS, ("C", "I")))
        assert decided(hearts).verdict is Verdict.REFER

    def test_identifiable_data_without_a_route_is_refused(self, story):
        asked = story["cancer audit"].with_application(route=Route.NOT_CONFIDENTIAL)
        assert answers(asked)["confidentiality"] is Answer.NOT_MET
        assert "no way round the duty of confidence" in because(asked, "confidentiality")

    def test_the_conditions_of_support_are_shown(self, story):
        asked = story["cancer audit"].with_record("support-audit", conditions=("report every year",))
        assert "Its conditions: report every year." in because(asked, "confidentiality")

    def test_identifiable_data_needs_a_list_of_restricted_codes(self, story):
        assert unmet(story["cancer audit"].with_policy(restricted_lists=())) == {"restricted codes"}


class TestInsurance:
    def test_the_provision_is_named(self, story):
        settled = decided(story["insurer"]).questions[0]
        assert {"LAW-50", "LAW-51"} <= {id for finding in settled.findings for id in finding.provisions}

    @pytest.mark.parametrize("purpose", [Purpose.INSURANCE, Purpose.MARKETING])
    @pytest.mark.parametrize("name", ["university", "cancer audit", "health protection", "commissioner", "trial"])
    def test_the_purpose_is_refused_whoever_asks(self, story, purpose, name):
        asked = story[name].with_application(purpose=purpose)
        assert decided(asked).verdict is Verdict.REFUSE
        assert f"The purpose is {purpose}. Data is never given for it" in because(asked, "purpose")

    @pytest.mark.parametrize(
        "business", ["reinsurance", "Insurers", "direct marketing", "Market research", "advertising"]
    )
    def test_a_business_of_record_is_refused_whatever_the_purpose(self, story, business):
        asked = story["university"].with_record("university", business=("teaching", business))
        assert unmet(asked) == {"purpose"}
        assert decided(asked).verdict is Verdict.REFUSE

    def test_an_insurer_behind_an_honest_recipient_is_refused(self, story):
        insurer = Organisation("insurer", "Steady Mutual", business=("insurance",), age_key="age1x")
        asked = story["university"].plus(insurer).with_application(applicant="insurer")
        assert decided(asked).verdict is Verdict.REFUSE

    def test_insurer_money_names_who_must_decide(self, story):
        settled = decided(story["consultancy"]).questions[0]
        assert settled.answer is Answer.REFERRED
        who = settled.findings[0].who
        assert who.startswith("independent advice first")
        assert "senior responsible person" in who
        assert "Caldicott Guardian" in who

    def test_a_funder_is_looked_up_whatever_the_application_says_of_it(self, story):
        insurer = Organisation("steady", "Steady Mutual", business=("insurance",))
        asked = story["university"].plus(insurer).with_application(funders=(Funder("steady mutual", "kindness"),))
        assert decided(asked.completed(outside=True)).verdict is Verdict.REFER

    def test_a_funder_that_does_not_say_its_business_is_for_a_person(self, story):
        asked = story["university"].with_application(funders=(Funder("A friend", ""),)).completed(outside=True)
        assert decided(asked).verdict is Verdict.REFER

    def test_a_consultancy_is_for_a_person_even_if_it_names_no_funder(self, story):
        asked = story["university"].with_record("university", business=("health consultancy",))
        assert decided(asked).verdict is Verdict.REFER

    @pytest.mark.parametrize("business", ["health promotion", "quality assurance", "teaching", "market town council"])
    def test_other_words_are_not_mistaken_for_insurance_or_marketing(self, story, business):
        assert not unmet(story["university"].with_record("university", business=(business,)))

    def test_money_of_a_charity_of_record_changes_nothing(self, story):
        asked = story["university"].with_application(funders=(Funder("Heart Fund", "charity"),))
        assert decided(asked.plus(Organisation("heart", "Heart Fund", bodies=("charity",)))).verdict is Verdict.PERMIT
        trading = Organisation("heart", "Heart Fund", bodies=("charity",), business=("publishing",))
        assert unmet(asked.plus(trading)) == {"agreement", "partnership"}


class TestHealthProtection:
    def test_the_opt_out_is_not_applied_and_the_reason_is_given(self, story):
        left = demanded(story["health protection"], NationalOptOut)
        assert not left.applies
        assert "regulation 3" in left.because
        assert left.provisions == ("NDO-04",)

    def test_only_a_public_health_body_of_record(self, story):
        asked = story["health protection"].with_record("agency", bodies=("university",))
        assert "confidentiality" in unmet(asked)

    def test_only_for_public_health(self, story):
        asked = story["health protection"].with_application(purpose=Purpose.SERVICE_PLANNING)
        assert "confidentiality" in unmet(asked)

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"ends": dt.date(2026, 11, 20)}, "ended on"),
            ({"fields": ("born",)}, "does not cover the fields"),
            ({"level": Level.DE_IDENTIFIED}, "states the level de-identified"),
            ({"route": Route.STATUTORY_DUTY}, "is of record for statutory duty"),
        ],
    )
    def test_items_level_and_end_are_as_stated(self, story, changes, says):
        asked = story["health protection"].with_record("statement", **changes)
        assert unmet(asked) == {"confidentiality"}
        assert says in because(asked, "confidentiality")

    @pytest.mark.parametrize("route", [Route.STATUTORY_DUTY, Route.COURT_ORDER])
    def test_a_law_or_order_has_to_require_it(self, story, route):
        asked = story["health protection"].with_application(
            route=route, data_protection=DataProtection("6(1)(c)", "9(2)(i)", "Part 1 paragraph 3")
        )
        papers = {"law": "hpnr-2010", "court": "High Court", "reference": "KB-2026-000123"}
        papers["cohort"] = asked.application.cohort
        required = asked.with_record("statement", route=route, requires=True, **papers)
        assert decided(required).verdict is Verdict.PERMIT
        assert not demanded(required, NationalOptOut).applies
        permitted = asked.with_record("statement", route=route, requires=False, **papers)
        assert unmet(permitted) == {"confidentiality"}
        assert "permits the disclosure but does not require it" in because(permitted, "confidentiality")

    def test_the_public_interest_is_always_for_a_person(self, story):
        asked = story["health protection"].with_application(route=Route.PUBLIC_INTEREST)
        assert decided(asked).verdict is Verdict.REFER
        assert unmet(asked) == {"confidentiality", "national opt-out"}


class TestCommissioner:
    def test_small_numbers_are_protected_and_nothing_else_leaves(self, story):
        asked = story["commissioner"]
        assert demanded(asked, SmallNumbers).rule == "HES-2018"
        assert {each.kind for each in decided(asked).obligations}.isdisjoint({"k-anonymity", "pseudonym-scope"})

    def test_a_table_too_needs_a_classification(self, story):
        assert unmet(story["commissioner"].without("class-tables")) == {"confidentiality"}

    def test_a_table_by_person_is_refused(self, story):
        asked = story["commissioner"]
        fields = (FieldAsked("nhs_number", "to count by"),)
        agreement = asked.facts.one(Agreement, "agreement-counts")
        agreed = (replace(agreement.fields[0], name="nhs_number"),)
        asked = asked.with_application(fields=fields, table=TableAsked(("nhs_number",)))
        asked = asked.with_record("agreement-counts", fields=agreed)
        assert unmet(asked) == {"minimum necessary"}

    def test_a_table_by_another_person_or_record_referred_to_is_refused(self, story):
        """Whatever role the field has: each line would be named by somebody's number."""
        asked = story["commissioner"]
        mother = Field("mother", FieldType.STRING, Role.CONTENT, refers_to="nhs_number")
        asked = asked.with_dataset(fields=(*asked.facts.dataset.fields, mother))
        agreement = asked.facts.one(Agreement, "agreement-counts")
        asked = asked.with_application(fields=(FieldAsked("mother", "to count by"),), table=TableAsked(("mother",)))
        only = (replace(agreement.fields[0], name="mother"),)
        asked = asked.with_record("agreement-counts", fields=only).with_record("class-tables", fields=only)
        assert unmet(asked) == {"minimum necessary"}


class TestTrial:
    def test_consent_is_checked_person_by_person_and_identifiers_are_destroyed(self, story):
        consenting = demanded(story["trial"], OnlyConsenting)
        assert (consenting.consent, consenting.wordings) == ("consent-trial", ("v2",))
        assert demanded(story["trial"], DestroyIdentifiers)
        assert not demanded(story["trial"], NationalOptOut).applies

    @pytest.mark.parametrize(
        "changes",
        [
            {"ends": dt.date(2026, 11, 20)},
            {"purpose": Purpose.COMMISSIONING},
            {"recipients": ()},
            {"fields": ("admitted",)},
            {"wordings": ()},
            {"items": ()},
        ],
    )
    def test_consent_to_something_else_refuses(self, story, changes):
        assert unmet(story["trial"].with_record("consent-trial", **changes)) == {"confidentiality"}

    def test_without_the_file_of_people_nobody_can_be_checked(self, story):
        assert unmet(story["trial"].with_application(people_file="")) == {"confidentiality"}

    def test_a_file_of_people_is_not_passed_over_on_another_route(self, story):
        asked = story["cancer audit"].with_application(people_file="people.csv")
        assert unmet(asked) == {"minimum necessary"}


class TestRefresh:
    def test_replaces_in_full_and_the_former_file_is_due_for_destruction(self, story):
        replaced = demanded(story["refresh"], Replace)
        assert (replaced.release, replaced.destroy_former_by) == ("release-1", dt.date(2026, 12, 21))

    def test_keeps_the_pseudonyms(self, story):
        assert demanded(story["refresh"], PseudonymScope) == demanded(story["university"], PseudonymScope)

    def test_what_is_replaced_already_or_of_another_agreement_is_left(self, story):
        asked = story["refresh"]
        for changes in ({"replaced": True}, {"agreement": "another"}):
            former = tuple(replace(each, **changes) for each in asked.facts.former)
            left = replace(asked, facts=replace(asked.facts, former=former))
            assert not [each for each in decided(left).obligations if isinstance(each, Replace)]


class TestAuthority:
    def test_a_silent_controller_refuses_and_is_named(self, story):
        asked = story["university"].without("yes-south-trust")
        assert unmet(asked) == {"authority"}
        assert "on record of south-trust" in because(asked, "authority")

    def test_one_that_declines_is_left_out_and_named(self, story):
        asked = story["university"].with_record("yes-south-trust", says=Say.DECLINES)
        only = demanded(asked, OnlyControllers)
        assert (only.controllers, only.declined) == (("north-trust",), ("south-trust",))

    def test_no_beats_yes(self, story):
        no = Authority("no", "south-trust", "episodes", Say.DECLINES, START, END, SEEN, application="university")
        assert demanded(story["university"].plus(no), OnlyControllers).declined == ("south-trust",)

    def test_all_declining_refuses(self, story):
        asked = story["university"]
        for name in ("yes-north-trust", "yes-south-trust"):
            asked = asked.with_record(name, says=Say.DECLINES)
        assert unmet(asked) == {"authority"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"ends": dt.date(2026, 11, 20)},
            {"application": "another"},
            {"purposes": (Purpose.COMMISSIONING,)},
            {"dataset": "registrations"},
            {"seen": Seen("letter.pdf", "R. Okafor", dt.date(2026, 11, 22))},
        ],
    )
    def test_authority_for_something_else_is_silence(self, story, changes):
        assert unmet(story["university"].with_record("yes-south-trust", **changes)) == {"authority"}

    def test_a_haven_with_no_deliveries_has_nobody_to_ask(self, story):
        asked = story["university"]
        nobody = replace(asked, facts=replace(asked.facts, controllers=()))
        assert "No controller has live data" in because(nobody, "authority")


class TestAgreement:
    def test_its_last_day_counts_and_the_day_after_does_not(self, story):
        asked = story["university"]
        assert not unmet(asked.with_record("agreement-university", ends=asked.on))
        ended = asked.with_record("agreement-university", ends=asked.on - dt.timedelta(days=1))
        assert unmet(ended) == {"agreement"}
        assert "ended on 20 November 2026" in because(ended, "agreement")

    @pytest.mark.parametrize(
        "changes",
        [
            {"starts": dt.date(2026, 11, 22)},
            {"recipient": "another"},
            {"purpose": Purpose.COMMISSIONING},
            {"dataset": "registrations"},
            {"level": Level.IDENTIFIABLE},
            {"signed": Seen("", "R. Okafor", dt.date(2026, 1, 1))},
        ],
    )
    def test_an_agreement_about_something_else_refuses(self, story, changes):
        assert unmet(story["university"].with_record("agreement-university", **changes)) == {"agreement"}

    def test_none_named_or_none_of_record_refuses(self, story):
        for name in ("", "another"):
            asked = story["university"].with_application(agreement=name)
            assert unmet(asked) == {"agreement", "minimum necessary", "setting"}

    def test_more_than_three_years_are_for_a_person(self, story):
        asked = story["university"]
        three = asked.with_record("agreement-university", ends=dt.date(2028, 12, 31))
        assert decided(three).verdict is Verdict.PERMIT
        longer = asked.with_record("agreement-university", ends=dt.date(2029, 1, 1))
        assert decided(longer).verdict is Verdict.REFER


class TestRecipient:
    def test_not_of_record_refuses(self, story):
        refused = {"recipient", "data protection", "security assurance", "territory"}
        assert unmet(story["university"].without("university")) == refused
        refused = {"recipient", "security assurance", "territory", "transparency"}
        assert unmet(story["university"].with_application(applicant="somebody")) == refused

    def test_no_key_refuses(self, story):
        assert unmet(story["university"].with_record("university", age_key="")) == {"recipient"}

    def test_an_open_breach_refuses_until_a_person_closes_it(self, story):
        breach = Breach("breach-1", "university", "data on an open share", dt.date(2026, 11, 1))
        assert unmet(story["university"].plus(breach)) == {"recipient"}
        closed = story["university"].plus(replace(breach, closed=dt.date(2026, 11, 21)))
        assert decided(closed).verdict is Verdict.REFER
        assert unmet(story["university"].plus(replace(breach, closed=dt.date(2026, 11, 22)))) == {"recipient"}
        assert not unmet(story["university"].plus(replace(breach, organisation="another")))


class TestHold:
    @pytest.mark.parametrize(
        "scope", [{}, {"dataset": "episodes"}, {"programme": "care"}, {"programme": "care", "dataset": "episodes"}]
    )
    def test_programme_dataset_or_everything(self, story, scope):
        hold = Hold("hold-1", "engagement is not done", "the board", dt.date(2026, 11, 21), **scope)
        asked = story["university"].with_application(programme="care").plus(hold)
        assert unmet(asked) == {"programme hold"}
        assert "On hold (hold-1, since 21 November 2026 by the board: engagement is not done)" in because(
            asked, "programme hold"
        )
        assert decided(asked).verdict is Verdict.REFUSE

    def test_of_something_else_or_over_does_not_stop(self, story):
        asked = story["university"].with_application(programme="heart")
        asked = asked.with_record("agreement-university", programmes=("heart",))
        other = Hold("hold-1", "later", "the board", START, programme="care")
        over = Hold("hold-2", "over", "the board", START, ends=dt.date(2026, 11, 20))
        assert not unmet(asked.plus(other, over))

    def test_an_agreement_on_hold_stops_what_is_asked_under_it_and_nothing_else(self, story):
        agreement = story["university"].application.agreement
        hold = Hold("hold-1", "a condition was not kept", "the risk owner", START, agreement=agreement)
        assert unmet(story["university"].plus(hold)) == {"programme hold"}
        another = replace(story["university"].facts.one(Agreement, agreement), id="another", recipient="somebody")
        assert not unmet(story["university"].plus(another, replace(hold, agreement="another")))
        assert not unmet(story["university"].plus(replace(hold, ends=dt.date(2026, 11, 20))))

    def test_leaving_the_programme_out_of_the_application_does_not_escape_it(self, story):
        hold = Hold("hold-1", "engagement is not done", "the board", START, programme="care")
        assert decided(story["university"].plus(hold)).verdict is Verdict.REFER


class TestDataProtection:
    @pytest.mark.parametrize(
        "pair",
        [
            DataProtection("6(1)(f)", "9(2)(j)", "Part 1 paragraph 4"),
            DataProtection("6(1)(e)", "9(2)(h)", "Part 1 paragraph 2"),
            DataProtection("6(1)(e)", "9(2)(j)", ""),
            DataProtection("6(1)(e)", "9(2)(j)", "Part 1 paragraph 2"),
            DataProtection("6(1)(e)", "", ""),
            DataProtection("", "", ""),
        ],
    )
    def test_what_does_not_stand_is_refused_saying_what_would(self, story, pair):
        asked = story["university"].with_application(data_protection=pair)
        assert unmet(asked) == {"data protection"}
        assert "Article 6(1)(e) with Article 9(2)(j) and Schedule 1 Part 1 paragraph 4" in because(
            asked, "data protection"
        )

    def test_a_charity_rests_on_legitimate_interests_and_not_on_a_public_task(self, story):
        charity = story["university"].with_record("university", bodies=("charity",)).completed(outside=True)
        assert unmet(charity) == {"data protection"}
        assert not unmet(
            charity.with_application(data_protection=DataProtection("6(1)(f)", "9(2)(j)", "Part 1 paragraph 4"))
        )

    @pytest.mark.parametrize(
        "written",
        [("Article 6(1)(e)", "Art. 9(2)(J)", "Schedule 1 Part 1 para 4"), ("6 (1) (e)", "9(2)(j)", "Pt 1 para. 4")],
    )
    def test_other_spellings_are_the_same_pair(self, story, written):
        assert not unmet(story["university"].with_application(data_protection=DataProtection(*written)))

    def test_what_rests_on_papers_not_of_record_is_for_a_person(self, story):
        asked = story["trial"].with_application(data_protection=DataProtection("6(1)(a)", "9(2)(a)"))
        assert answers(asked)["data protection"] is Answer.REFERRED


class TestTerritoryAndTime:
    @pytest.mark.parametrize("territory", ["Wales", "Scotland", "England and Wales", ""])
    def test_care_given_elsewhere_needs_its_own_authority(self, story, territory):
        asked = story["university"].with_dataset(territory=territory)
        assert decided(asked).verdict is Verdict.REFER

    def test_each_year_has_its_own_duty_to_publish(self, story):
        for day, rule in (
            (dt.date(2020, 12, 7), "the_use_enters_the_register_as_before_2020"),
            (dt.date(2020, 12, 8), "the_use_enters_the_register"),
        ):
            told = Seen("notice.pdf", "R. Okafor", dt.date(2018, 5, 25))
            asked = story["university"].at(day).with_record("notice-agreement-university", checked=told)
            settled = decided(asked).questions[-1]
            assert settled.answer is Answer.MET
            assert [finding.rule for finding in settled.findings] == [rule]

    def test_de_identified_data_without_classification_falls_under_the_opt_out(self, story):
        asked = story["university"].without("class-rows")
        findings = next(s for s in decided(asked).questions if s.question == "national opt-out").findings
        assert [each.applies for finding in findings for each in finding.obligations] == [True]


def test_a_second_record_of_the_same_id_could_be_either_so_it_is_bad_input(story):
    twin = replace(story["university"].facts.one(Agreement, "agreement-university"), title="twin")
    with pytest.raises(BadInput, match="two records of kind agreement with the id agreement-university"):
        decided(story["university"].plus(twin))


def test_a_key_that_is_no_person_key_also_leaves_as_a_pseudonym(story):
    asked = story["university"].with_application(fields=(FieldAsked("episode", "to join"),))
    assert "episode" in demanded(asked, PseudonymScope).because
    assert asked.facts.dataset.field("episode").role is Role.KEY
