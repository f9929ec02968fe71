"""A word in disguise is the word: by entities, signs, digits, look-alikes, spaces, or with letters left out. What is
innocent stays so."""

from __future__ import annotations

import html

import pytest
from heard import answers, decided
from hypothesis import given
from hypothesis import strategies as st

from openhaven.law.glancing import may_speak_of
from openhaven.law.reading import readable
from openhaven.law.rules.purpose import FOR_OTHERS, SPOKEN_OF, TRADES
from openhaven.law.speaking import mention, speaks_of
from openhaven.law.words import WORDS
from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Verdict

DISGUISED = (
    "in-surance pricing", "i n s u r a n c e", "i.n.s.u.r.a.n.c.e", "in surance", "insu ranc e", "in_surance",
    "I-N-S-U-R-A-N-C-E", "in/sur/ance", "in\u2011surance", "in\u00b7surance", "in&shy;surance", "in\u00adsur\u00adance",
    "in\u200bsurance", "in\u2060surance", "in\ufeffsurance", "in\u034fsurance", "i\u20dd nsurance",
    "&#105;nsurance", "&#x69;nsurance", "&amp;#105;nsurance", "&#105nsurance", "in&#8203;surance", "in&zwnj;surance",
    "1nsurance", "insur4nce", "1n5ur4nc3", "in$urance", "!nsurance", "insur@nce", "|nsurance", "lnsurance",
    "m4rketing", "m@rk3ting", "rnarketing", "mark3ting", "market-ing", "m a r k e t i n g", "market1ng", "m*rketing",
    "ins*rance", "ins#rance", "in*surance", "in!surance", "in|surance", "und3rwriting", "undervvriting", "under-writer",
    "\uff49nsurance", "\U0001d422nsurance", "\u24d8nsurance", "\U0001f158nsurance", "\U0001f178nsurance",
    "\U0001f1eensurance", "\u0456nsurance", "\u03b9nsurance", "in\u03c3urance", "insu\u03c1ance", "ins\u0443rance",
    "\u0131nsurance", "inssurance", "innsurance", "inshurance", "insurence", "marketting", "advertizing",
    "s e l l to patients", "s-e-l-l", "s3lling", "c u s t o m e r s", "cust0mers", "prernium setting",
    "m0rtgage lending", "l0an applicants", "1oan applicants", "pol1cyh0lders", "life-cov3r", "data br0ker",
    "databroker", "marketresearch", "%69nsurance", "in%73urance", "%2569nsurance", "\\u0069nsurance", "\\x69nsurance",
    "%D1%96nsurance", "in<b></b>surance", "in<!-- -->surance", "<i>in</i>surance", "\u00a1nsurance",
)  # fmt: skip
"""Each of them is read by people as a word that is for a person to look at."""

OF_A_TRADE = tuple(each for each in DISGUISED if mention([each], TRADES))
"""Those of insurance and marketing, and not of what only an application is doubted for."""

INNOCENT = (
    "To ensure that care is safe.",
    "How market forces act on the price of medicines.",
    "Quality assurance of screening.",
    "Linked by national insurance number at source.",
    "Post-marketing surveillance of a medicine.",
    "Uninsured patients are not seen apart.",
    "Operations in surgery, and in surgical wards; admissions in summer.",
    "Patients under written agreement.",
    "Chains urged by guidelines; regions urgently asked for it.",
    "COVID-19, ICD-10 codes C00 to D48, B12, HbA1c, H1N1 and SF-36 in 2020/21.",
    "Groups A, B and C; vitamins A, D, E, K; stages I, I and I.",
    "People aged 65+ in the region, 50% of them men (n = 1,024).",
    "R. S. Ellis and J. M. Arket wrote the plan.",
    "Adverse events; the market in Glasgow.",
    "TNF-\u03b1, IFN\u03b3, NF\u03baB, \u00b5mol/l and \u03b2-blockers.",
    "Endurance after a fall; a premature birth; custom and practice; a cell line.",
    "Radio analysis of a trial of thyroid cold nodules & hello and goodbye.".replace("cold", "warm"),
    "Ioan Jones leads it at Bwrdd Iechyd; it's the nation's concern for numbers.",
    "AT&T is not a part; R&D is; a & b; x < y > z.",
    "Year 1 ending March 2027; phase 1: ending treatment; the decade to 2021, ending in May; stage I, ending early.",
    "Survivors of critical illness; critical illness polyneuropathy; who was admitted with a critical illness.",
    "Actuarial survival at five years, and actuarial overall survival, by Kaplan and Meier.",
    "The primary outcome is death. Benefits to patients come sooner; we ask for income. Protection is as agreed.",
    "Health-related quality of life, covering ten years; no barrier is insurmountable.",
    "Leukaemia near Sellafield; tumours of the sella turcica; falls and the community equipment loan service.",
    "The university provides assurances that nobody is identified.",
    "Sickness absence by national insurance contributions and by social insurance statistics.",
    "A ban on advertising of junk food; exposure to alcohol marketing; restrictions on tobacco advertising.",
    "Participants were recruited by advert and by letter.",
    "Universal health coverage; consultant cover; a policy on risk; minimum unit pricing; the payer perspective.",
    "Prospective validation; the lead gene; the lead general practitioner; clients of drug services; brand-name drugs.",
    "Deaths in service personnel; home insulation; intermediate care; a market town; non-profit homes; drug pricing.",
    "95%CI, 20%50, 5%de, 12%a; health promotion; the labour market; a market town; loss to follow-up; ADs and Ads.",
)

OTHER_WORDS = (
    "actuarial pricing of policies", "premium setting", "to set rates for life policies",
    "risk-based pricing of cover", "who is eligible for cover", "exclusion of pre-existing conditions from cover",
    "claims experience by postcode", "longevity risk pricing for pension funds", "for a private medical scheme",
    "a health cash plan", "takaful products", "prepaid funeral plans", "equity release",
    "credit ratings of borrowers", "pre-employment checks", "tenant screening", "customer acquisition", "lead gen",
    "lead generation", "direct e-mail to households", "a mailshot to the newly diagnosed", "targeted promotion",
    "promotional offers", "personalised offers", "retargeting of patients", "audience segmentation",
    "consumer profiling", "propensity to buy", "likely buyers", "online ads", "an ad campaign", "upselling",
    "cross-selling", "loyalty programmes", "which prescribers to target, for detailing visits",
    "prescriber targeting", "a go-to-market strategy", "market sizing", "market access", "product launch",
    "to monetise the data", "resale of rows", "to be sold to companies", "for our clients", "pricing our products",
    "a mailing list of people with diabetes",
)  # fmt: skip
"""Insurance, marketing, selling and vetting by words of the trades that do them."""

OF_PUBLIC_BODIES = (
    "The effect of tobacco advertising on smoking in pregnancy.",
    "Alcohol sales and admissions; selling of tobacco to minors; food marketing near schools.",
    "Sickness absence of the social insurance, and of national insurance, by year.",
    "Volunteers responded to adverts; an email campaign raised uptake of screening.",
    "Mortgage arrears, student loans and suicide.",
    "Insurance status is unknown; job adverts stood empty; vaccination adverts on the radio.",
    "Bowel screening kits sent by direct mail; beds were loaned.",
)
"""Innocent where nobody may gain: a marketer or an insurer would write the same."""

LETTERS = {"a": "\u0430", "e": "\u0435", "i": "\u0456", "o": "\u043e", "s": "\u0455", "c": "\u0441", "p": "\u0440"}
LEET = {"a": "4@", "e": "3", "i": "1!|", "o": "0", "s": "5$", "t": "7", "g": "9"}
UNSEEN = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "&#8203;", "&shy;")
BETWEEN = ("-", ".", "_", "/", "*", " ", "\u2011", "\u00b7", "\u2009", "'")


@pytest.mark.parametrize("text", DISGUISED)
def test_a_word_in_disguise_is_for_a_person(story, text):
    asked = story["university"]
    assert answers(asked.with_application(purpose_text=f"Study 12. {text}."))["purpose"] is Answer.REFERRED
    assert answers(asked.with_application(title=f"For {text}"))["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_sentence_stops_nobody(story, text):
    assert readable(text)
    assert answers(story["university"].with_application(purpose_text=text))["purpose"] is Answer.MET


@pytest.mark.parametrize("text", OTHER_WORDS)
def test_another_word_for_the_same_is_for_a_person(story, text):
    asked = story["university"]
    for said in (
        asked.with_application(purpose_text=f"Study 12: {text}."),
        asked.with_record("agreement-university", objective=text),
    ):
        assert answers(said)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize("text", OF_PUBLIC_BODIES)
def test_what_health_research_says_of_trades_stops_no_public_body(story, text):
    asked = story["university"].with_application(purpose_text=text)
    assert answers(asked)["purpose"] is Answer.MET
    for gains in (
        asked.with_record("university", bodies=("company",), business=("tobacco",)),
        asked.with_record("agreement-university", commercial=True),
        asked.with_application(funders=(Funder("Northby Brewers", "alcohol"),)),
    ):
        assert answers(gains)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize(
    "text",
    ["National Insurance Company, pricing", "post-marketing leaflets", "actuarial rates of life policies",
     "a better quality of life cover", "social insurance for private clients of ours", "uninsured buyers of insurance"],
)  # fmt: skip
def test_an_innocent_beginning_hides_nothing(story, text):
    asked = story["university"].with_application(purpose_text=text)
    asked = asked.with_record("agreement-university", commercial=True)
    assert answers(asked)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize(
    "name",
    ["Northby Actuaries", "Northby Claims Management", "Northby Mortgages", "Northby Loans", "Customer Insight Northby",
     "Lead Gen Northby", "Northby Friendly Society", "Northby Consulting", "N%6Frthby %49nsurers"],
)  # fmt: skip
def test_a_name_tells_of_a_business_that_is_not_on_record(story, name):
    asked = story["university"].with_record("university", name=name)
    assert answers(asked)["purpose"] is Answer.REFERRED


@pytest.mark.parametrize(
    "name",
    ["Loanhead Surgery", "Loansdean Practice", "Selling Surgery", "Salesbury School", "Coverdale", "Customs House"],
)
def test_a_name_of_a_place_tells_of_none(story, name):
    asked = story["university"].with_record("university", name=name)
    assert answers(asked)["purpose"] is Answer.MET


def test_those_of_a_trade_are_known_to_be():
    assert len(OF_A_TRADE) > 60
    assert not {each for each in DISGUISED if "sur" in each} - {*OF_A_TRADE}


@pytest.mark.parametrize("text", OF_A_TRADE)
def test_a_business_or_a_payer_in_disguise_gets_nothing_more(story, text):
    asked = story["university"]
    assert decided(asked.with_record("university", business=(text,))).verdict is not Verdict.PERMIT
    assert decided(asked.with_record("university", name=f"Northby {text}")).verdict is not Verdict.PERMIT
    for funder in (Funder("Northby Fund", text), Funder(f"Northby {text}", "health research")):
        assert answers(asked.with_application(funders=(funder,)))["purpose"] is Answer.REFERRED


ABROAD = frozenset(
    (
        "assureur|bima company|bima polic|ka bima|beema|sigorta|draudim|kindlustus|apdrosina|prima de seguro|marchnata|"
        "hysbyseb|reklam|reclame|vermarkt|absatzforder|kundengewinn|mercadotecn|mercadeo|anuncios dirig|pubblicita|"
        "ishtihar|ishtehar|tashheer|tashhir|pazarlama|demarchage|werbeanzeig|publicitari|publicitair|poliza de|"
        "compagnie d assurance|contrat d assurance|polizas de|polisa|werbe|campana publicit|kampania reklam"
    ).split("|")
)
"""Beginnings of words of other languages."""


@pytest.mark.parametrize("words", [TRADES, FOR_OTHERS])
def test_every_trade_is_known_by_a_whole_word_too(words):
    """Only whole words are looked for in parts: a beginning alone would be found in what two words make together."""
    alone = {"publicite", "assurances", "inssur", "innsur", "inshur", "advertiz", "marketting", "communications agenc",
             "another line of business", "ensuranc", "insoor", "insrnc", "insce.", "ins co.", "ins company", "pojisten",
             "seguro de vida", "seguro medico", "marketng", "mktg", "mkting", "ad tech.", "telesell",
             "leadgen"} | ABROAD  # fmt: skip
    for word in set(words) - alone:
        assert any(mention([each], [word]) for each in WORDS.whole), word


def test_no_whole_word_stands_there_for_nothing():
    assert all(mention([each], (*SPOKEN_OF, *FOR_OTHERS)) for each in WORDS.whole)


def one_letter(word: str, place: int, how: str) -> str:
    """A word with the letter at that place written otherwise."""
    letter = word[place]
    other = {
        "entity": f"&#{ord(letter)};",
        "hexadecimal": f"&#x{ord(letter):x};",
        "twice an entity": html.escape(f"&#{ord(letter)};"),
        "look-alike": LETTERS.get(letter, letter),
        "sign": LEET.get(letter, letter)[0],
        "another sign": LEET.get(letter, letter)[-1],
        "two letters": {"m": "rn", "w": "vv"}.get(letter, letter),
        "broad": chr(ord(letter) + 0xFEE0) if letter != " " else letter,
        "bold": chr(0x1D41A + ord(letter) - 97) if letter.isalpha() else letter,
        "circled": chr(0x24D0 + ord(letter) - 97) if letter.isalpha() else letter,
        "marked": f"{letter}\u0301",
        "capital": letter.upper(),
    }
    return f"{word[:place]}{other[how]}{word[place + 1 :]}"


ONE_LETTER = ("entity", "hexadecimal", "twice an entity", "look-alike", "sign", "another sign", "two letters", "broad",
              "bold", "circled", "marked", "capital")  # fmt: skip


@st.composite
def disguises(draw):
    """A whole word, and the same with one thing done to it."""
    word = draw(st.sampled_from(WORDS.whole))
    how = draw(st.sampled_from(("one letter", "unseen", "parted", "apart", "capitals")))
    place = draw(st.integers(1, len(word) - 1))
    match how:
        case "one letter":
            place = draw(st.integers(0, len(word) - 2))
            return word, one_letter(word, place, draw(st.sampled_from(ONE_LETTER)))
        case "unseen":
            return word, f"{word[:place]}{draw(st.sampled_from(UNSEEN))}{word[place:]}"
        case "parted":
            return word, f"{word[:place]}{draw(st.sampled_from(BETWEEN))}{word[place:]}"
        case "apart":
            return word, draw(st.sampled_from(BETWEEN)).join(word.replace(" ", ""))
        case _:
            return word, word.upper()


@given(
    disguises(),
    st.sampled_from(("", "Study 12 of ", "What becomes of people in ")),
    st.sampled_from(("", ".", " 2026")),
)
def test_no_disguise_is_better_than_the_plain_word(made, before, after):
    word, disguised = made
    texts = [f"{before}{each}{after}" for each in (word, disguised)]
    words = (*SPOKEN_OF, *FOR_OTHERS)
    plainly, in_disguise = (mention([text], words) for text in texts)
    assert plainly
    assert in_disguise, disguised
    for text in texts:
        assert may_speak_of((text,), words), text
    if speaks_of(texts[0], SPOKEN_OF):
        assert speaks_of(texts[1], SPOKEN_OF) or not readable(texts[1]), disguised


@pytest.mark.parametrize("text", ["a" * 50_000, "i " * 25_000, "in" * 25_000, "1" * 50_000, "*" * 50_000, "&" * 50_000,
                                  "&amp;" * 9_000, "m" * 50_000, "l1" * 25_000, "insuranc " * 5_000])  # fmt: skip
def test_no_text_takes_long_to_read(text):
    speaks_of(f"{text}#", SPOKEN_OF)
