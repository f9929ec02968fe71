"""Insurance, selling and other ends than health in other words: two words near each other, by a slip, backwards, in
another language, or only where somebody may gain. What is innocent, and what only denies, stops no public body."""

from __future__ import annotations

import pytest
from heard import answers

from openhaven.law.denying import without_denials
from openhaven.law.glancing import may_speak_of
from openhaven.law.matching import near, pair
from openhaven.law.nearby import MISSPELT, NEAR_EACH_OTHER
from openhaven.law.reading import in_another_language
from openhaven.law.rules.purpose import READ, SPOKEN_OF
from openhaven.law.speaking import mention
from openhaven.law.spelling import LONG, misspelt, slips_in, turned
from openhaven.law.words import WORDS
from openhaven.model.application import Funder
from openhaven.model.decision import Answer

OTHER_WORDS = (
    "Setting the rates at which term assurance is offered", "Modelling lapse and surrender of whole-of-life contracts",
    "Evidence to repudiate claims", "To set the excess on travel policies", "Quoting rates for group life schemes",
    "Viatical settlements", "Pension risk transfer", "Targeting of ads on social networks to people with eczema",
    "Doctors who can be persuaded to switch to our tablets", "Competitive intelligence on a medicine",
    "To increase revenue from cosmetic procedures", "Rows will be passed to subscribers for a fee", "List rental",
    "Data enrichment for companies", "Access to the rows will be sold by subscription", "Dynamic pricing",
    "Probability of default by postcode", "So that landlords will screen people", "Skip tracing",
    "To help managers dismiss staff", "For the Home Office to find people", "Handing rows to the police",
    "Detecting benefit cheats", "Canvassing for a party at the election", "Solely for profit", "To gain shareholders",
    "Training a commercial large language model", "The algorithm is to be sold worldwide", "To make money from them",
)  # fmt: skip
WRITTEN_OTHERWISE = (
    "gnitekram", "gnicirp ecnarusni", "GNITIRWREDNU", "gni-tek-ram", "g n i t e k r a m", "gnit3kram", "srerusni",
    "znexrgvat", "vafhenapr", "haqrejevgvat", "makreting", "merketing", "nsurance", "insuarnce", "undewriting",
    "marketign", "mortage", "polcyholder", "mark\u20acting", "marke\u2020ting", "in\u00a7urance", "in[b]sur[/b]ance",
    "&lt;b&gt;in&lt;/b&gt;surance",
)  # fmt: skip
OF_OTHER_LANGUAGES = (
    "Marchnata i gleifion", "Cwmni yswirwyr", "gwerthu data cleifion", "sprzeda\u017c danych", "reklama lek\u00f3w",
    "zindagi ka bima", "tashheer", "Kundengewinnung", "Bonit\u00e4tspr\u00fcfung", "vente de fichiers", "hipotecas",
    "mercadotecnia", "pubblicit\u00e0", "sigorta", "pazarlama",
    "Wir m\u00f6chten wissen, wie hoch die Beitr\u00e4ge f\u00fcr kranke Menschen sein sollten",
    "Queremos saber cu\u00e1nto deben pagar los enfermos por su cobertura privada",
)  # fmt: skip
WHERE_SOMEBODY_GAINS = (
    "Whom our book should take", "What a competitor does", "Affluent patients", "Boosting uptake of our app",
    "The price which our product can have", "Royalties", "Renewals", "Revenue by region", "Free samples for mothers",
    "Coupons for mothers",
)  # fmt: skip
INNOCENT = (
    "People with a National Insurance number are counted once. Premium bonds are no income.",
    "Post-marketing pharmacovigilance; the time from marketing approval to first use.",
    "The Be Clear on Cancer advertising campaign; TV adverts on stroke; Stoptober advertising and quit attempts.",
    "Social marketing of condoms; the watershed for junk food adverts; sugary drink sales after the levy.",
    "Lead poisoning; leads of an ECG; lead generation of pacemakers; lead-time bias; lead extraction.",
    "Selling of knives; sell-by dates; sex workers who sell sex; selling takeaway food near schools.",
    "Loan of wheelchairs; loan sharks; homeowners with a mortgage; mortgage repossessions; interest rates and debts.",
    "Vaccine cover; consultant cover at night; policies on restraint; excess deaths; loading dose; the policy.",
    "European Health Insurance Card holders; insurance-based systems; fear of insurance discrimination.",
    "Deaths in police custody; suspects who die; benefit sanctions; Home Office detention centres; migrants' health.",
    "For-profit care homes; private equity ownership of nursing homes; commercial determinants of health.",
    "Training of a model on radiographs; algorithms sold to the NHS perform worse in women; software incidents.",
    "Vetting of referrals; shortlisting of candidate genes; pre-employment screening of nurses.",
    "A data protection policy; programmatic management of tuberculosis; whiplash injuries; dating apps and syphilis.",
    "Facebook use and body image; letters and vouchers raise uptake; switching to generics; demand for our service.",
    "The trust insures its estate. Insured persons in the Danish register. Advertising standards.",
    "Ensuring equity; markers; was it a rat I saw; stressed desserts; live, evil; rotavirus; SOC codes of trades.",
    "Gwella gofal i bobl hŷn ym Mwrdd Iechyd Prifysgol Betsi Cadwaladr: amseroedd aros a chanlyniadau.",
    "Deaths, admissions, prescriptions, referrals, outpatient attendances, operations, investigations, births.",
)
DENIALS = (
    "No data will be given to insurers.", "Under no circumstances will data be used for marketing.",
    "The data will not be used for insurance, marketing or advertising.",
    "Data must not be used for marketing, insurance or any solely commercial purpose.", "It is not for insurance.",
    "We will never share data with an insurance company.", "Insurers have no part in the study.",
    "None of the data may be used for insurance, credit or employment decisions.",
)  # fmt: skip
NO_DENIALS = (
    "The data will not only be used for insurance.", "No data will be given to insurers unless they pay.",
    "The data will not be used solely for marketing.", "It is not for research but for insurance.",
    "The data will be used for marketing, not insurance.", "No data will not be used for marketing.",
    "Not for insurance. For marketing.", "Not insurance, marketing is the purpose.", "For insurance.",
    "It is for marketing and not for insurance.", "Data is used for insurance, and will not be sold for marketing.",
    "Insurers use the data and have no access to other data.", "No purpose other than insurance.",
)  # fmt: skip


@pytest.mark.parametrize("text", [*OTHER_WORDS, *WRITTEN_OTHERWISE, *OF_OTHER_LANGUAGES])
def test_what_is_meant_in_another_way_is_for_a_person(story, text):
    asked = story["university"]
    assert answers(asked.with_application(purpose_text=f"Study 12. {text}."))["purpose"] is Answer.REFERRED
    assert answers(asked.with_record("agreement-university", objective=text))["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("text", WHERE_SOMEBODY_GAINS)
def test_words_of_business_are_for_a_person_where_somebody_may_gain(story, text):
    asked = story["university"].with_application(purpose_text=text)
    assert answers(asked)["purpose"] is Answer.MET
    assert answers(asked.with_record("agreement-university", commercial=True))["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("text", [*INNOCENT, *DENIALS])
def test_what_is_innocent_stops_no_public_body(story, text):
    asked = story["university"].with_application(purpose_text=f"To see how long people wait. {text} It is published.")
    assert answers(asked)["purpose"] is Answer.MET


@pytest.mark.parametrize("text", NO_DENIALS)
def test_what_only_begins_as_a_denial_denies_nothing(story, text):
    assert answers(story["university"].with_application(purpose_text=text))["purpose"] is Answer.REFERRED
    assert without_denials("Insurers pay. No data will be sold for marketing.") == "Insurers pay."


def test_who_may_gain_denies_nothing(story):
    asked = story["university"].with_record("agreement-university", commercial=True)
    assert answers(asked.with_application(purpose_text=DENIALS[0]))["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("name", ["Selly Oak Health Centre", "Loanhead Hospice", "Sellindge Surgery"])
def test_a_place_that_pays_is_a_place(story, name):
    paid = story["university"].with_application(funders=(Funder(name, "charity"),))
    assert answers(paid)["purpose"] is Answer.MET


def test_every_long_word_is_read_backwards_and_thirteen_letters_on():
    for word in WORDS.whole:
        if " " not in word and len(word) >= LONG and mention([word], SPOKEN_OF):
            for disguised in turned(word):
                assert mention([f"of {disguised} in care"], SPOKEN_OF), disguised


def test_a_slip_in_a_long_word_is_mended_and_none_of_them_is_another_word():
    slips = slips_in(MISSPELT)
    assert {"makreting", "insuarnce", "mortage"} <= set(slips)
    assert not {"ensuring", "assurance", "insures", "advertises", "advertisements", *WORDS.whole} & set(slips)
    for word in MISSPELT:
        for slip in misspelt(word):
            assert mention([f"of {slip} it"], SPOKEN_OF), slip


@pytest.mark.parametrize("words", NEAR_EACH_OTHER)
def test_words_near_each_other_are_seen_in_a_moment_and_alone_mean_nothing(words):
    first, second = pair(words)
    for one in first:
        text = f"{one.rstrip('.')} {second[0].rstrip('.')}"
        assert may_speak_of((text,), (words,))
        assert near((words,)).search(text), text
        far = f"{one.rstrip('.')} a b c d e f g h {second[0].rstrip('.')}"
        assert not near((words,)).search(far)


def test_each_way_to_read_looks_for_what_the_strictest_does():
    for gains in (False, True):
        assert set(SPOKEN_OF) <= set(READ[gains, False]) < set(READ[gains, True])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Asthma",
        "Salmonella outbreak surveillance, all regions, all ages, 2015-2025, weekly",
        "Ysbyty Gwynedd ac Ysbyty Glan Clwyd: amseroedd aros am lawdriniaeth ar y glun",
    ],
)
def test_english_welsh_and_lists_are_in_no_other_language(text):
    assert not in_another_language(text)
