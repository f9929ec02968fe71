"""An explanation as its readers meet it: whoever applies, who reviews, a guardian, and a program."""

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from telling import begin

from openhaven.law import Sender, decide, explain, letter, turning
from openhaven.law.explaining import (
    A_PERSONS_NO,
    HOW_KNOWN,
    as_data,
    cited,
    in_words,
    to_be_confirmed,
    what_next,
    what_would_change_it,
    who_decides,
)
from openhaven.law.ruleset import RULESET
from openhaven.model.decision import Answer, Effect, Verdict
from openhaven.model.record.organisations import Organisation
from openhaven.web.explained import explained

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 11, 21)
SENDER = Sender("Northby Haven", "reviews@haven.example")


def told(start, *differs):
    case = begin(start, TODAY, differs)
    return case, decide(case.application, case.facts, on=TODAY)


def said(case, decision, turned=True):
    found = turning(case.application, case.facts, on=TODAY) if turned else None
    return " ".join(explain(decision, found).split())


def written(case, decision):
    organisations = case.facts.every(Organisation)
    return letter(decision, case.application, sender=SENDER, organisations=organisations).text


OUTCOMES = {
    "a permit": ("a cancer audit",),
    "a refusal": ("a cancer audit", "no recommendation", "fee: ends 2026-11-20"),
    "a referral": ("a university study", "agreement: ends 2035-12-31"),
}
of_each = pytest.mark.parametrize("outcome", OUTCOMES)


@of_each
def test_whoever_reads_read_after_a_provision_is_told_what_it_means(outcome):
    case, decision = told(*OUTCOMES[outcome])
    assert HOW_KNOWN in said(case, decision)
    assert HOW_KNOWN in " ".join(written(case, decision).split())


def test_who_is_in_a_hurry_is_told_first_which_questions_stand_in_the_way():
    case, decision = told("a cancer audit", "no recommendation", "fee: ends 2026-11-20")
    assert said(case, decision).startswith("Refused. Not met: 12 and 16. Application ")
    case, decision = told("a university study", "agreement: ends 2035-12-31")
    assert "anything can be released. Referred: 11. Application " in said(case, decision)
    case, decision = told("a university study")
    assert "Not met" not in said(case, decision).partition(" 1. ")[0]


def test_nobody_is_said_to_decide_where_nothing_would_change_it():
    case, decision = told("an AI partnership", "ai company: business data broker")
    assert decision.verdict is Verdict.REFUSE
    assert who_decides(decision) == ()
    assert "Who must decide -" not in said(case, decision)
    assert "WHO MUST DECIDE" not in written(case, decision)


def test_who_decides_after_a_refusal_is_told_as_what_comes_then():
    case, decision = told("a cancer audit", "dataset: territory Scotland")
    assert decision.verdict is Verdict.REFUSE
    text = said(case, decision)
    assert "Who would then have to decide - Those who answer for confidential information in Scotland." in text
    assert "WHO WOULD THEN HAVE TO DECIDE" in written(case, decision)
    assert explained(decision)["decides"] == "Who would then have to decide", "on pages too"
    assert explained(decision, agreed=Verdict.REFER)["decides"] == "Who must decide", (
        "where only a signature is missing"
    )
    assert "the authority of Scotland" in what_would_change_it(decision), "or the next answer is another no"


def test_a_persons_no_is_not_undone_by_applying_again():
    _, decision = told("a cancer audit", "recommendation: says does not support")
    assert any("no that a person gave stands" in each for each in what_next(decision))
    assert {rule.name for rule in RULESET.rules} >= A_PERSONS_NO
    _, decision = told("a cancer audit", "fee: ends 2026-11-20")
    assert not any("no that a person gave" in each for each in what_next(decision))


def test_what_could_not_be_settled_is_for_the_operator_to_put_right():
    _, decision = told("a cancer audit", "fee: ends 2026-11-20")
    settled = next(each for each in decision.questions if each.answer is Answer.NOT_MET)
    failed = settled.findings[0]._replace(effect=Effect.FAILED)
    broken = replace(decision, questions=(replace(settled, findings=(failed,)),))
    assert any("for us to put right" in each for each in what_next(broken))
    assert not any("for us to put right" in each for each in what_next(decision))


def test_two_changes_together_are_not_taken_for_any_two_of_the_list():
    case, decision = told("a university study", "no fee", "no notice")
    assert "Each of these pairs of changes would turn it - If " in said(case, decision)
    assert "Two of these" not in said(case, decision)


CAUTION = "A fact is changed because it is so, never for the sake of the answer."


def test_what_would_turn_it_is_no_advice_to_change_a_fact():
    for one in (("a university study", "no fee"), ("a university study",)):
        assert CAUTION in said(*told(*one))
    assert CAUTION not in said(*told("an AI partnership", "ai company: business data broker")), "nothing is told there"


@pytest.mark.parametrize(
    ("differs", "words"),
    [
        (("a cancer audit", "no support"), "If support were on record (COPI regulation 5), "),
        (("a consented trial", "no consent"), "If consent material were on record (what people agreed to), "),
        (("a cancer audit", "support: practicability nothing"), "If support support stated its practicability, "),
        (("a university study", "notice: purposes clinical audit"), "said purposes: clinical audit and research, "),
        (("a university study", "university: age key nothing"), "If organisation university stated its age key, "),
        (("a consented trial", "consent: people nothing"), "If consent consent stated its people, "),
        (("a university study", "agreement: benefits 2026-06-30"), "benefits: care is safer and another"),
        (("a university study", "agreement: protection no_person_link = true"), "nhs_number, every value as *, "),
    ],
)
def test_a_change_is_told_in_words_that_people_use(differs, words):
    case, decision = told(*differs)
    text = said(case, decision)
    assert words in text
    assert "(stated)" not in text and not re.search(r"[A-Z]+_[A-Z]+", text.partition("Relied on")[0])


@of_each
def test_dates_are_written_as_people_write_them(outcome):
    case, decision = told(*OUTCOMES[outcome])
    assert not re.findall(r"\d{4}-\d\d-\d\d", written(case, decision) + said(case, decision))


def test_a_letter_says_what_its_short_names_stand_for():
    case, decision = told("a cancer audit", "north trust: name Northby Hospitals", "no authority of north trust")
    text = written(case, decision)
    assert "WHO IS WHO" in text and "- north-trust: Northby Hospitals" in text
    assert "- south-trust:" not in text, "a name that is not in the letter needs no telling"


def test_a_refusal_names_as_unsure_what_it_rests_on_and_nothing_else():
    _, decision = told("a cancer audit", "no recommendation")
    text = written(*told("a cancer audit", "no recommendation"))
    unsure = text.partition("RELIED ON AND STILL TO BE CONFIRMED")[2]
    assert "CAG-03" in unsure and "ANON-08" not in unsure
    assert any("ANON-08" in each for each in to_be_confirmed(decision)), "the reviewer is told of all"


@of_each
def test_a_program_is_told_all_that_a_person_is(outcome):
    case, decision = told(*OUTCOMES[outcome])
    found = turning(case.application, case.facts, on=TODAY)
    data = json.loads(json.dumps(as_data(decision, found)))
    texts = " ".join(_strings(data))
    for each in (
        *map(in_words, decision.obligations),
        *what_would_change_it(decision),
        *what_next(decision),
        *who_decides(decision),
        *to_be_confirmed(decision),
        *(turn.words for turn in found.better),
    ):
        assert each in texts
    cites = {f"{each['id']} {each['title']} ({each['confidence']})" for each in data["provisions"]}
    named = {id for settled in decision.questions for each in settled.findings for id in each.provisions}
    assert cites == {cited(id) for id in named}
    assert all(each["asks"] in said(case, decision) for each in data["questions"])


@of_each
def test_every_key_that_a_program_gets_is_written_down_and_no_other(outcome):
    case, decision = told(*OUTCOMES[outcome])
    data = as_data(decision, turning(case.application, case.facts, on=TODAY))
    page = (ROOT / "docs" / "reference" / "decisions.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"\n## ([^\n]+)\n(.*?)(?=\n## |\Z)", page, re.DOTALL))
    told_keys = {title: set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE)) for title, text in parts.items()}
    assert set(data) == told_keys["The whole"]
    assert {key for each in data["questions"] for key in each} == told_keys["A question"]
    findings = [each for settled in data["questions"] for each in settled["findings"]]
    assert {key for each in findings for key in each} == told_keys["A finding"]
    turns = [each for name in ("better", "worse") for each in data["would_change"][name]]
    assert {key for each in turns for key in each} == (told_keys["A change"] if turns else set())
    steps = [step for each in turns for step in each["steps"]]
    assert {key for each in steps for key in each} == (told_keys["A step of a change"] if turns else set())


def _strings(data):
    if isinstance(data, dict):
        data = data.values()
    if isinstance(data, str):
        yield data
    elif hasattr(data, "__iter__"):
        for each in data:
            yield from _strings(each)
