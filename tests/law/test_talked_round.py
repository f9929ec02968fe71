"""Nobody can talk it round: what is spelt otherwise, said elsewhere or left open gets nothing that the law does not
give.

Each test tells of one way in which a permit could be had, or an answer escaped, by how something is written."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import replace

import pytest
from starts import HERE
from telling import begin

from openhaven.law import decide
from openhaven.law.coding import check_application, check_record
from openhaven.law.pointing import Known, check_pointers
from openhaven.law.reading import bare, legible, readable
from openhaven.law.words import EXEMPTIONS
from openhaven.model.application import Comparison, Condition, FieldAsked, Funder
from openhaven.model.dataset import Field
from openhaven.model.decision import Answer, Effect, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Benefit, FieldAgreed
from openhaven.model.record.approvals import Support, TerritoryAuthority
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.organisations import Breach, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import FieldType, Precision, Purpose, Role, Route

START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("paper.pdf", "R. Okafor, records officer", START)
ALIKE = (
    "\u0456nsurance pr\u0456cing",  # Cyrillic
    "\u03b9nsur\u03b1nc\u03b5 pricing",  # Greek
    "\u0131nsurance pricing",  # a dotless i
    "\u026a\u0274\ua731\u1d1c\u0280\u1d00\u0274\u1d04\u1d07 pricing",  # small capitals
    "in\u200bsur\u00ad\u0430nce pricing",  # invisible signs
)


def decided(asked):
    return decide(asked.application, asked.facts, on=asked.on)


def answer(asked, question):
    return decided(asked).answers[question]


@pytest.mark.parametrize("text", ALIKE)
def test_letters_that_look_like_others_hide_no_insurance(story, text):
    assert answer(story["university"].with_application(purpose_text=text), "purpose") is Answer.REFERRED
    funder = Funder("Northby Fund", text)
    assert answer(story["university"].with_application(funders=(funder,)), "purpose") is Answer.REFERRED
    assert decided(story["university"].with_record("university", name=text)).verdict is not Verdict.PERMIT
    assert decided(story["university"].with_record("university", business=(text,))).verdict is not Verdict.PERMIT


def test_a_text_in_letters_that_a_rule_does_not_read_is_read_by_a_person(story):
    russian = "\u0441\u0442\u0440\u0430\u0445\u043e\u0432\u0430\u043d\u0438\u0435"
    greek = "\u03b1\u03c3\u03c6\u03ac\u03bb\u03b9\u03c3\u03b7"
    for text in (russian, greek, "\u4fdd\u9669"):
        asked = story["university"].with_application(purpose_text=text)
        assert answer(asked, "purpose") is Answer.REFERRED, text


def test_quantities_names_and_welsh_are_read_as_they_are(story):
    for text in (
        "TNF-\u03b1 and IFN\u03b3, 5 \u00b5g",
        "Caf\u00e9 Sjögren, cohort \u2014 50\u2009%",
        "Ysbyty T\u0177 Gwyn",
    ):
        assert readable(text), text
        assert answer(story["university"].with_application(purpose_text=text), "purpose") is Answer.MET, text
    assert legible("Bwrdd Iechyd D\u0175r")
    assert not legible("\u0420\u043e\u0433\u0430")


@pytest.mark.parametrize(
    "application",
    [
        {"fields": "to set the premiums of an insurer"},
        {"everyone": "our insurance customers could be anybody"},
    ],
)
def test_a_trade_spoken_of_beside_the_purpose_is_for_a_person(story, application):
    asked = story["university"]
    if "fields" in application:
        first, *others = asked.application.fields
        application = {"fields": (FieldAsked(first.name, application["fields"], first.precision), *others)}
    assert answer(asked.with_application(**application), "purpose") is Answer.REFERRED


def test_a_benefit_to_insurers_is_for_a_person(story):
    benefit = Benefit("better priced insurance", "premiums", dt.date(2027, 12, 31))
    asked = story["university"].with_record("agreement-university", benefits=(benefit,))
    assert answer(asked, "purpose") is Answer.REFERRED


@pytest.mark.parametrize("said", ["Acme Holdings", "acme", "ACME-Holdings.", "X-acme", "Acm\u0435 Holdings"])
def test_a_funder_is_who_it_is_on_record_however_it_is_spelt(story, said):
    acme = Organisation("acme", "Acme Holdings", bodies=("life insurer",), ods="X-acme")
    asked = story["university"].plus(acme).with_application(funders=(Funder(said, "health research"),))
    assert answer(asked, "purpose") is Answer.REFERRED


def test_a_consultancy_by_its_kind_of_body_is_for_a_person(story):
    asked = story["university"].with_record("university", bodies=("university", "actuarial consultancy"))
    assert answer(asked, "purpose") is Answer.REFERRED


def test_a_commercial_agreement_of_public_bodies_meets_the_five_principles_too(story):
    asked = story["university"].with_record("agreement-university", commercial=True)
    assert answer(asked, "partnership") is Answer.NOT_MET
    assert answer(asked.at(dt.date(2019, 7, 14)), "partnership") is Answer.MET


def test_a_company_with_no_business_of_record_may_gain_all_the_same(story):
    """Its term is the commercial one: a blank on record does not make three years of one."""
    asked = story["consultancy"].with_record("consultancy", business=()).with_application(funders=())
    found = next(each for each in decided(asked).questions if each.question == "agreement")
    assert "commercial" in " ".join(each.because for each in found.findings)


@pytest.mark.parametrize("said", ["caredata", "Care Data", "c\u0430re.data", "care_data"])
def test_a_hold_is_not_escaped_by_how_a_programme_is_spelt(story, said):
    asked = story["university"].with_record("agreement-university", programmes=(said,)).with_application(programme=said)
    assert answer(asked, "programme hold") is Answer.MET
    held = asked.plus(Hold("hold", "paused", "the Board", dt.date(2026, 1, 1), programme="care.data"))
    assert answer(held, "programme hold") is Answer.NOT_MET


def test_a_hold_on_a_dataset_is_not_missed_for_its_spelling(story):
    held = story["university"].plus(Hold("hold", "paused", "the Board", dt.date(2026, 1, 1), dataset="Episodes."))
    assert answer(held, "programme hold") is Answer.NOT_MET


def test_a_breach_is_not_missed_for_the_spelling_of_a_name(story):
    breach = Breach("b1", "Northby-University.", "sent it on", dt.date(2026, 3, 1))
    assert answer(story["university"].plus(breach), "recipient") is Answer.NOT_MET


def test_a_no_is_not_missed_for_the_spelling_of_a_dataset(story):
    asked = story["university"]
    yes = next(each for each in asked.facts.records if each.id == "yes-north-trust")
    no = replace(yes, id="no-north-trust", says=type(yes.says).DECLINES, dataset="Episodes")
    only = next(each for each in decided(asked.plus(no)).obligations if each.kind == "only-controllers")
    assert only.declined == ("north-trust",)


def test_a_name_by_its_letters():
    assert bare("care.data") == bare("Care-Data") == bare("c\u0430redata") == "caredata"


def test_an_authority_for_no_territory_is_none(story):
    asked = story["university"].with_dataset(territory="")
    fields = tuple(each.name for each in asked.application.fields)
    given = TerritoryAuthority(
        "anywhere", "", "Somebody", Purpose.RESEARCH, ("episodes",), fields, ("university",), START, END, SEEN
    )
    relied = asked.plus(given).with_application(basis=("anywhere",))
    assert answer(relied, "territory") is Answer.REFERRED


@pytest.mark.parametrize(("codes", "expected"), [("icd-10", Answer.MET), ("ICD 10 5th edition", Answer.MET)])
def test_neoplasms_are_told_by_their_own_codes(story, codes, expected):
    assert answer(_under_regulation_2(story, codes), "confidentiality") is expected


@pytest.mark.parametrize("codes", ["opcs-4", "snomed-ct", "local"])
def test_codes_of_operations_that_begin_alike_are_no_neoplasms(story, codes):
    """C is the eye in OPCS-4."""
    assert answer(_under_regulation_2(story, codes), "confidentiality") is Answer.REFERRED


def _under_regulation_2(story, codes):
    asked = story["cancer audit"].with_application(route=Route.COPI_2).with_record("support-audit", regulation=2)
    fields = tuple(replace(each, codes=codes) if each.codes else each for each in asked.facts.dataset)
    return asked.with_dataset(fields=fields)


def test_a_shared_business_service_sees_no_invoices_by_name_or_behind_another(story):
    asked = story["cancer audit"].with_application(purpose=Purpose.INVOICE_VALIDATION)
    shared = Organisation("sbs", "NHS Shared Business Services Ltd", bodies=("company",), ods="X-sbs")
    behind = asked.plus(shared).with_record("agreement-audit", processors=("sbs",))
    found = [each.because for each in _findings(behind, "recipient")]
    assert any("shared business service" in each for each in found)


def test_a_commissioner_that_stores_or_processes_sees_no_names_either(story):
    asked = story["cancer audit"].with_application(purpose=Purpose.RISK_STRATIFICATION)
    board = Organisation("board", "Northby Board", bodies=("integrated care board",), ods="X-board")
    for part in ("processors", "storage"):
        behind = asked.plus(board).with_record("agreement-audit", **{part: ("board",)})
        assert any("pseudonyms or counts" in each.because for each in _findings(behind, "confidentiality")), part
    assert not any("pseudonyms or counts" in each.because for each in _findings(asked, "confidentiality"))


@pytest.mark.parametrize(("bodies", "found"), [(("nhs trust",), False), (("council",), False), (("university",), True)])
def test_a_case_manager_is_of_the_health_service_or_social_care(story, bodies, found):
    asked = story["cancer audit"].with_policy(case_managers=True).with_record("audit-body", bodies=bodies)
    asked = asked.with_application(route=Route.CASE_MANAGER, purpose=Purpose.CASE_MANAGEMENT)
    assert (answer(asked, "confidentiality") is Answer.NOT_MET) is found


def test_the_guardian_of_one_that_gets_the_data_of_others_is_not_its_own_judge(story):
    """A trust that is among the givers, and asks for what all of them hold."""
    asked = story["cancer audit"].with_application(recipient="north-trust", applicant="north-trust")
    asked = asked.with_record("agreement-audit", recipient="north-trust")
    assert answer(asked, "guardian") is Answer.NOT_MET
    assert answer(asked.with_record("guardian-agreement-audit", organisation="south-trust"), "guardian") is Answer.MET
    alone = asked.with_record("agreement-audit", controllers=("north-trust",))
    assert answer(alone, "guardian") is Answer.MET


@pytest.mark.parametrize("part", ["wordings", "items"])
def test_consent_to_a_blank_is_consent_to_nothing(story, part):
    assert answer(story["trial"].with_record("consent-trial", **{part: (" ",)}), "confidentiality") is Answer.NOT_MET


@pytest.mark.parametrize("part", ["reasons", "release_model"])
def test_a_classification_says_what_was_weighed_and_why(story, part):
    asked = story["university"].with_record("class-rows", **{part: " "})
    assert answer(asked, "confidentiality") is Answer.NOT_MET


def test_a_statement_that_does_not_say_what_it_is_is_none(story):
    asked = story["health protection"].with_record("statement", enactment=" ")
    assert answer(asked, "confidentiality") is Answer.NOT_MET


def test_what_stands_twice_in_a_paper_contradicts_itself(story):
    both = (FieldAgreed("born", Precision.YEAR), FieldAgreed("born"))
    for id in ("agreement-university", "class-rows"):
        with pytest.raises(ValueError, match="born stands twice"):
            story["university"].with_record(id, fields=both)


def test_a_cohort_that_admits_everything_is_none():
    with pytest.raises(ValueError, match="admits everything"):
        Condition("diagnosis", Comparison.STARTS, ("",))


def test_a_paper_seen_before_its_last_signature_is_not_the_signed_one(story):
    asked = story["university"].with_record("agreement-university", signed_on=dt.date(2026, 1, 2))
    asked = asked.with_record("agreement-university", starts=dt.date(2026, 2, 1))
    assert answer(asked, "agreement") is Answer.REFERRED


def test_support_that_does_not_carry_the_use_lengthens_no_term(story):
    """Beside the support that carries it stands one that lasts longer, given to somebody else, and one withdrawn."""
    asked = story["cancer audit"].with_record("support-audit", ends=dt.date(2027, 6, 30))
    support = asked.facts.one(Support, "support-audit")
    for other in (
        replace(support, id="other", applicant="somebody-else", ends=END),
        replace(support, id="other", withdrawn_on=dt.date(2026, 6, 1), ends=END),
    ):
        both = asked.plus(other).with_application(basis=("support-audit", "other"))
        assert answer(both, "agreement") is Answer.NOT_MET
    good = asked.plus(replace(support, id="other", ends=END)).with_application(basis=("support-audit", "other"))
    assert answer(good, "agreement") is Answer.MET


def test_support_to_be_withdrawn_ends_the_term_before(story):
    asked = story["cancer audit"].with_record("support-audit", withdrawn_on=dt.date(2027, 1, 1))
    assert answer(asked, "agreement") is Answer.NOT_MET


def test_the_approvals_of_research_are_not_outlasted(story):
    asked = story["trial"].with_record("rec-agreement-trial", ends=dt.date(2027, 6, 30))
    assert answer(asked, "agreement") is Answer.NOT_MET
    assert answer(asked.with_record("agreement-trial", ends=dt.date(2027, 6, 30)), "agreement") is Answer.MET


def test_before_2019_too_nothing_is_used_once_what_it_rests_on_has_ended(story):
    asked = begin("a cancer audit", dt.date(2016, 5, 1), ["support: ends 2016-12-31"])
    kinds = {each.kind: each for each in decide(asked.application, asked.facts, on=dt.date(2016, 5, 1)).obligations}
    assert kinds["use-until"].until == dt.date(2016, 12, 31)
    assert kinds["destroy-by"].by == dt.date(2017, 1, 30)


@pytest.mark.parametrize(("days", "expected"), [(365, Answer.MET), (366, Answer.REFERRED), (30_000, Answer.REFERRED)])
def test_data_is_not_kept_for_ever_by_a_long_time_to_destroy_it(story, days, expected):
    asked = story["university"].with_record("agreement-university", destroy_within_days=days)
    assert answer(asked, "agreement") is expected


def test_an_exemption_for_prescription_charges_is_for_the_body_that_pays_them():
    assert EXEMPTIONS["prescription charges"].bodies


def _findings(asked, question):
    return next(each for each in decided(asked).questions if each.question == question).findings


def _every_scenario():
    for path in sorted(HERE.glob("*/*.toml")):
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
        for each in whole.pop("scenario"):
            one = whole | each
            told = begin(one["start"], one.get("papers_of", one["on"]), one.get("differs", ()))
            yield one["name"], decide(told.application, told.facts, on=one["on"])


def test_whoever_is_refused_or_waits_is_told_what_would_help_unless_nothing_would():
    """Nothing helps an insurer or a marketer; everybody else reads what is missing, and who decides."""
    hopeless = {"insurance_and_marketing_are_never_purposes", "insurers_and_marketers_receive_nothing"}
    for name, decision in _every_scenario():
        for each in (one for settled in decision.questions for one in settled.findings):
            if each.effect is not Effect.PERMIT and each.rule not in hopeless:
                assert each.missing, (name, each)
            assert (each.effect is Effect.REFER) == bool(each.who), (name, each)


def test_a_controller_on_record_is_not_told_that_it_is_not(story):
    asked = story["university"].with_application(purpose=Purpose.OFFICIAL_STATISTICS)
    asked = asked.with_record("north-trust", bodies=("mutual society",))
    said = [each for one in _findings(asked, "data protection") for each in one.missing]
    assert said
    assert not any("what north-trust is in law" in each for each in said)


@pytest.mark.parametrize(
    "text",
    [
        "pricing of annuities", "better terms for our policyholders", "to plan our sales force",
        "which patients to sell to", "customer acquisition for our app", "brand awareness of our device",
        "to set premiums", "life-cover eligibility", "health of loan applicants", "for mortgage lenders",
        "employers screening job applicants", "credit-scoring",
        "MORTGAGE\u200b lending", "telesales lists",
    ],
)  # fmt: skip
def test_selling_and_pricing_by_other_words_is_for_a_person(story, text):
    assert answer(story["university"].with_application(purpose_text=text), "purpose") is Answer.REFERRED
    assert answer(story["university"].with_record("agreement-university", objective=text), "purpose") is Answer.REFERRED


@pytest.mark.parametrize(
    "text", ["admissions of children with the pupil premium", "loaned equipment in the ward", "selling of tobacco"]
)
def test_what_is_near_to_such_words_waits_at_worst_for_a_person(story, text):
    """A word too many costs a look; a word too few would cost the promise."""
    assert answer(story["university"].with_application(purpose_text=text), "purpose") is not Answer.NOT_MET


NAMES_NOBODY = ("-", "n/a", "N/A.", "tbc", "None", "...", " ? ", "to be confirmed", "See above", "TBD")


@pytest.mark.parametrize("said", NAMES_NOBODY)
def test_a_space_filled_with_what_says_nothing_is_bad_input(story, said):
    """A reason, a named person, a measure: each has to say something before it is taken for one."""
    asked = story["university"].application
    check_application(asked, where="a.toml")
    first, *others = asked.fields
    for changes in ({"everyone": said}, {"purpose_text": said}, {"fields": (replace(first, reason=said), *others)}):
        with pytest.raises(BadInput, match="says nothing"):
            check_application(replace(asked, **changes), where="a.toml")


@pytest.mark.parametrize("said", NAMES_NOBODY)
@pytest.mark.parametrize(
    ("name", "id", "part"),
    [
        ("university", "agreement-university", "why_extract"),
        ("university", "agreement-university", "why_days"),
        ("university", "agreement-university", "objective"),
        ("university", "class-rows", "by"),
        ("university", "class-rows", "reasons"),
        ("university", "notice-agreement-university", "where"),
        ("cancer audit", "support-audit", "practicability"),
        ("cancer audit", "guardian-agreement-audit", "by"),
        ("health protection", "statement", "enactment"),
    ],
)
def test_so_it_is_in_a_record(story, said, name, id, part):
    record = next(each for each in story[name].facts.records if each.id == id)
    check_record(record, where="a.toml")
    with pytest.raises(BadInput, match=f"{part}: .* says nothing"):
        check_record(replace(record, **{part: said}), where="a.toml")


@pytest.mark.parametrize("part", ["document", "by"])
def test_nobody_and_nothing_were_not_seen(story, part):
    record = next(each for each in story["university"].facts.records if each.id == "agreement-university")
    with pytest.raises(BadInput, match=f"signed: {part}: '-' says nothing"):
        check_record(replace(record, signed=replace(record.signed, **{part: "-"})), where="a.toml")


@pytest.mark.parametrize("year", [2206, 9999, 1926, 26])
@pytest.mark.parametrize("part", ["starts", "ends", "signed_on"])
def test_a_day_out_of_range_is_bad_input(story, part, year):
    """2206 for 2026 would be a term without end."""
    record = next(each for each in story["university"].facts.records if each.id == "agreement-university")
    with pytest.raises((BadInput, ValueError), match=r"is out of range|before it starts"):
        check_record(replace(record, **{part: dt.date(year, 1, 1)}), where="a.toml")


def test_a_day_out_of_range_is_found_within_what_a_record_holds(story):
    record = next(each for each in story["university"].facts.records if each.id == "agreement-university")
    for changes in (
        {"signed": replace(record.signed, on=dt.date(2206, 1, 1))},
        {"benefits": (Benefit("care is safer", "deaths", dt.date(2206, 1, 1)),)},
    ):
        with pytest.raises(BadInput, match=r"is out of range\. Accepted is a day from 1948-07-05 to 2099-12-31"):
            check_record(replace(record, **changes), where="a.toml")


def test_an_agreement_has_an_epoch(story):
    record = next(each for each in story["university"].facts.records if each.id == "agreement-university")
    with pytest.raises(BadInput, match="an epoch is needed"):
        check_record(replace(record, epoch=" "), where="a.toml")


@pytest.mark.parametrize(
    ("application", "agreement"),
    [("university", "another"), ("another", "agreement-university"), ("university", ""), ("", "agreement-university")],
)
def test_a_guardians_no_is_not_missed_for_a_slip_in_what_else_it_names(story, application, agreement):
    no = Recommendation(
        "no", Advice.OPPOSES, "C. Guardian", "Caldicott Guardian", "north-trust", START, END, application, agreement
    )
    assert answer(story["university"].plus(no), "guardian") is Answer.NOT_MET
    yes = replace(no, says=Advice.SUPPORTS)
    audit = story["cancer audit"].without("guardian-agreement-audit")
    slip = replace(yes, application="audit", agreement="another")
    assert answer(audit.plus(slip), "guardian") is Answer.NOT_MET, "a yes reaches what it names, all of it"


@pytest.mark.parametrize(
    "name",
    ["patient_name", "surname", "Given_Name", "familyName", "HOMEADD", "patient.address", "phone", "e-mail", "dob",
     "nhs_no", "date_of_birth", "hospital_number", "postcode of usual address", "NINO"],
)  # fmt: skip
@pytest.mark.parametrize("role", [Role.CONTENT, Role.QUASI, Role.CONFIDENTIAL])
def test_a_name_described_as_content_does_not_leave_unseen(story, name, role):
    """A slip in a description would let names leave in rows that name nobody."""
    asked = _with_column(story, Field(name, FieldType.STRING, role))
    assert answer(asked, "minimum necessary") is Answer.REFERRED


@pytest.mark.parametrize("name", ["name_of_ward", "address_count", "ward", "birth_weight", "theatre_phone_used"])
def test_what_is_called_otherwise_is_no_name(story, name):
    assert answer(_with_column(story, Field(name, FieldType.STRING, Role.CONTENT)), "minimum necessary") is Answer.MET


def _with_column(story, column):
    asked = story["university"]
    fields = (*asked.application.fields, FieldAsked(column.name, "to compare them"))
    agreed = tuple(FieldAgreed(each.name, each.precision) for each in fields)
    asked = asked.with_dataset(fields=(*asked.facts.dataset.fields, column)).with_application(fields=fields)
    return asked.with_record("agreement-university", fields=agreed).with_record("class-rows", fields=agreed)


@pytest.mark.parametrize("changes", [{"storage": ("",)}, {"processors": (" ",)}, {"territory": (" ",)}])
def test_a_blank_is_no_place(story, changes):
    assert decided(story["university"].with_record("agreement-university", **changes)).verdict is Verdict.REFUSE


@pytest.mark.parametrize("country", ["Englnd", "Atlantis", "britain", "UK.", "abroad"])
def test_a_country_that_nobody_knows_is_abroad(story, country):
    """Records of before are not checked again."""
    asked = story["university"].with_record("university", country=country)
    assert answer(asked, "territory") is Answer.NOT_MET
    wide = asked.with_record("agreement-university", territory=("England", country))
    assert answer(wide, "territory") is Answer.REFERRED


def test_a_line_of_business_without_a_name_is_for_a_person(story):
    asked = story["university"].with_record("university", business=("another line of business",))
    assert answer(asked, "purpose") is Answer.REFERRED


@pytest.mark.parametrize("said", ["-", "n/a", "not stated", ""])
def test_who_pays_and_does_not_say_what_it_does_is_no_friend(story, said):
    asked = story["university"].with_application(funders=(Funder("Fund X", said),))
    assert decided(asked).verdict is not Verdict.PERMIT


def test_a_hold_that_names_blanks_holds_everything(story):
    held = story["university"].plus(Hold("hold", "paused", "the Board", START, programme=" ", dataset=" "))
    assert answer(held, "programme hold") is Answer.NOT_MET


def test_a_no_that_names_nobody_is_bad_input(story):
    yes = next(each for each in story["university"].facts.records if each.id == "yes-north-trust")
    no = replace(yes, says=type(yes.says).DECLINES)
    for record, part in (
        (replace(no, controller=""), "controller"),
        (replace(no, dataset=" "), "dataset"),
        (Breach("b", "", "sent it on", START), "organisation"),
    ):
        with pytest.raises(BadInput, match=f"{part}: it names nothing"):
            check_pointers(record, Known(), where="a.toml")


@pytest.mark.parametrize("name", ["area", "notes"])
def test_a_cohort_rule_does_not_tell_what_was_not_agreed(story, name):
    """Who is in it would be known by a field that the agreement does not cover, asked for or not."""
    asked, more = story["university"], Condition(name, Comparison.STARTS, ("B20",))
    told = asked.with_application(cohort=(*asked.application.cohort, more))
    assert answer(asked, "minimum necessary") is Answer.MET
    assert answer(told, "minimum necessary") is Answer.NOT_MET
    agreed = told.with_record(asked.application.agreement, cohort=told.application.cohort)
    assert answer(agreed, "minimum necessary") is Answer.MET


def test_a_cohort_rule_by_names_is_agreed_or_refused_also_where_data_names_people(story):
    asked = story["cancer audit"]
    by_name = Condition("name", Comparison.STARTS, ("Fox",))
    told = asked.with_application(cohort=(*asked.application.cohort, by_name))
    assert answer(told, "minimum necessary") is Answer.NOT_MET


@pytest.mark.parametrize("respelt", [str.swapcase, lambda id: f"{id}.", lambda id: id.replace("a", "\u0430")])
def test_a_guardians_no_is_not_escaped_by_another_spelling_of_the_application_or_the_agreement(story, respelt):
    asked = story["university"]
    no = Recommendation("no", Advice.OPPOSES, "C. G", "Caldicott Guardian", "north-trust", START, END,
                        application=asked.application.id)  # fmt: skip
    again = asked.plus(no).with_application(id=respelt(asked.application.id))
    assert answer(again, "guardian") is Answer.NOT_MET
    agreement = replace(no, application="", agreement=respelt(asked.application.agreement))
    assert answer(asked.plus(agreement), "guardian") is Answer.NOT_MET
    assert answer(asked.plus(no).with_application(id="another"), "guardian") is Answer.MET


@pytest.mark.parametrize("respelt", [str.swapcase, lambda id: f"{id}.", lambda id: id.replace("a", "\u0430")])
def test_nor_is_a_controllers_no(story, respelt):
    asked = story["university"]
    no = Authority("no", "north-trust", "episodes", Say.DECLINES, START, END, SEEN, application=asked.application.id)
    for id in (asked.application.id, respelt(asked.application.id)):
        found = decided(asked.plus(no).with_application(id=id)).obligations
        assert next(each.controllers for each in found if each.kind == "only-controllers") == ("south-trust",)


@pytest.mark.parametrize("sign", ["\u202e", "\u2067"])
def test_a_text_that_is_written_backwards_is_read_by_a_person(story, sign):
    for part in ("title", "purpose_text", "everyone"):
        asked = story["university"].with_application(**{part: f"{sign}gnicirp ecnarusni"})
        assert answer(asked, "purpose") is Answer.REFERRED
