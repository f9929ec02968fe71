"""No rule without its law, no provision without an answer, no number outside the dated data."""

import ast
import datetime as dt
import re
from dataclasses import replace
from importlib.resources import files

import pytest

from openhaven.law import RULESET, decide, provision
from openhaven.law import numbers as dated
from openhaven.law import provisions as kept
from openhaven.law.algebra import Question, Rule
from openhaven.law.numbers import NUMBERS, number
from openhaven.law.provisions import GROUPS, PROVISIONS
from openhaven.law.ruleset import _CODE, gaps
from openhaven.law.speaking import mention
from openhaven.law.words import PAIRS, is_one_of
from openhaven.model.errors import BadInput
from openhaven.model.facts import Policy

DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")
RULES = [each for each in files("openhaven.law").joinpath("rules").iterdir() if each.name.endswith(".py")]
ONE = """
format = 2
title = "A group"
place = 1
[[provisions]]
id = "LAW-1"
title = "A title"
gist = "What it says."
source = "An Act"
starts = 2013-04-01
confidence = "read"
"""


def test_a_provision_is_found_however_its_letters_are_written():
    assert provision("ndo-14") is provision("NDO-14") and provision("sdc-hes-OLD").id == "SDC-HES-old"


def test_every_rule_cites_a_provision_that_is_kept():
    for rule in RULESET.rules:
        assert rule.provisions
        assert set(rule.provisions) <= set(PROVISIONS)
        assert rule.gist, f"{rule.name} does not say what it states"


def test_a_rule_that_cites_nothing_or_something_unknown_cannot_be_made():
    with pytest.raises(ValueError, match="cites no provision"):
        Rule("bare", Question.PURPOSE, (), dt.date(2013, 4, 1), None, lambda case: None, "")
    with pytest.raises(ValueError, match="unknown provisions: LAW-999"):
        Rule("odd", Question.PURPOSE, ("LAW-999",), dt.date(2013, 4, 1), None, lambda case: None, "")


def test_every_provision_is_stated_by_a_rule_or_says_why_not():
    assert gaps(RULESET) == []
    unstated = [id for id, names in RULESET.stated_by().items() if not names]
    assert unstated
    assert all(PROVISIONS[id].not_modelled or PROVISIONS[id].held_in for id in unstated)


def test_a_rule_left_out_leaves_a_gap_that_is_seen():
    fewer = replace(RULESET, rules=tuple(rule for rule in RULESET.rules if "COM-01" not in rule.provisions))
    assert gaps(fewer) == ["COM-01 is stated by no rule and does not say why"]


def test_no_rule_is_older_than_what_it_states():
    for rule in RULESET.rules:
        newest = max(PROVISIONS[id].starts for id in rule.provisions)
        assert rule.starts >= newest, rule.name


NARROWED = {("an_order_excepts_gender_recognition", "SENS-01-2022")}
"""Whose findings cite only what stands on the day."""


def test_no_rule_outlives_what_it_states():
    for each in RULESET.rules:
        for id in each.provisions:
            ends = PROVISIONS[id].ends
            if ends is not None and (each.name, id) not in NARROWED:
                assert each.ends is not None and each.ends <= ends, (each.name, id)


def test_every_question_has_a_rule_that_can_permit_on_a_day_of_this_year():
    for question in Question:
        assert RULESET.of(question, on=dt.date(2026, 11, 21)), question


def test_every_obligation_and_finding_cites_what_its_rule_cites(story):
    by_name = {rule.name: rule for rule in RULESET.rules}
    for asked in story.values():
        for settled in decide(asked.application, asked.facts, on=asked.on).questions:
            for finding in settled.findings:
                own = set(by_name[finding.rule].provisions)
                assert set(finding.provisions) <= own
                assert all(each.provisions and set(each.provisions) <= own for each in finding.obligations), (
                    finding.rule
                )


def literals(text: str) -> list[str]:
    """Numbers of the law written into a rule: all but 0 and 1, and days that are not the term of a rule.

    The size of a cache is no number of the law."""
    tree = ast.parse(text)
    made = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    decorators = [each for function in made for each in function.decorator_list]
    terms = {id(node) for each in decorators for node in ast.walk(each)}
    caches = {id(node) for each in decorators if "lru_cache" in ast.dump(each) for node in ast.walk(each)}
    return [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in caches
        if (type(node.value) in (int, float, complex) and node.value not in (0, 1))
        or (isinstance(node.value, str) and DAY.fullmatch(node.value) and id(node) not in terms)
    ]


@pytest.mark.parametrize("module", RULES, ids=[each.name for each in RULES])
def test_no_literal_number_and_no_day_stands_in_a_rule(module):
    assert literals(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("age = 13", ["line 1: 13"]),
        ("late = dt.date(2018, 5, 25)", ["line 1: 2018", "line 1: 5", "line 1: 25"]),
        ('late = "2018-05-25"', ["line 1: 2018-05-25"]),
        ("@lru_cache(maxsize=64)\ndef known(id):\n    return id[:64]", ["line 3: 64"]),
        ('@rule(Q.X, "A-1", years=13)\ndef says(case):\n    return None', ["line 1: 13"]),
        ('@rule(Q.X, "A-1", from_="2018-05-25")\ndef says(case):\n    return case.first[0], case.all[1:], True', []),
    ],
)
def test_a_literal_would_be_seen(text, found):
    assert literals(text) == found


class TestFile:
    def test_a_provision_is_found_by_its_id(self):
        assert provision("LAW-50").title == "Never for insurance or marketing"
        with pytest.raises(BadInput, match="LAW-999"):
            provision("LAW-999")

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (('confidence = "read"', 'confidence = "read"\ncolour = "blue"'), "colour"),
            (('confidence = "read"', 'confidence = "sure"'), "sure"),
            (('title = "A title"', ""), "title"),
            (('title = "A title"', 'title = " "'), "title is empty"),
            (("starts = 2013-04-01", 'starts = "soon"'), "soon"),
            (("starts = 2013-04-01", "starts = 2013-04-01\nends = 2012-01-01"), "before it starts"),
            (("format = 2", "format = 3"), "format 3"),
            (("format = 2", "format = "), "not TOML"),
            (('confidence = "read"', 'confidence = "read"\ndoubt = "the date"'), "in doubt"),
            (
                ('confidence = "read"', 'confidence = "read"\nheld_in = ["a.py"]\nnot_modelled = "so"'),
                "held in a module",
            ),
            (('confidence = "read"', 'confidence = "read"\nversion_of = "LAW-2"'), "no last day"),
        ],
    )
    def test_what_is_wrong_in_the_data_is_refused_by_name(self, change, says):
        with pytest.raises(BadInput, match=says):
            kept.load({"a.toml": ONE.replace(*change)})

    def test_a_provision_given_twice_is_refused(self):
        with pytest.raises(BadInput, match="LAW-1 stands twice"):
            kept.load({"a.toml": ONE, "b.toml": ONE})

    def test_an_earlier_text_names_a_provision_that_is_there(self):
        earlier = ONE.replace("starts = 2013-04-01", 'starts = 2013-04-01\nends = 2014-01-01\nversion_of = "LAW-2"')
        with pytest.raises(BadInput, match="an earlier text of LAW-2, which is not there"):
            kept.load({"a.toml": earlier})

    def test_groups_stand_in_their_places(self):
        later = ONE.replace("place = 1", "place = 0").replace("LAW-1", "LAW-2")
        assert [group.place for group in kept.load({"a.toml": ONE, "b.toml": later})] == [0, 1]
        assert [group.place for group in GROUPS] == sorted({group.place for group in GROUPS})

    def test_none_of_our_words_says_more_than_is_true(self):
        for each in PROVISIONS.values():
            assert not mention([each.title], ("lawful", "unlawful", "anonymous")), each.id


class TestNumbers:
    def test_the_value_of_a_day_is_given_and_a_day_without_one_is_an_error(self):
        assert number("opt-out-answer-days", on=dt.date(2026, 11, 21)) == 21
        with pytest.raises(LookupError, match="no value on 2018-05-24"):
            number("opt-out-answer-days", on=dt.date(2018, 5, 24))

    def test_a_value_ends_and_another_follows(self):
        text = """
format = 2
[[numbers]]
id = "days"
title = "days"
unit = "days"
citation = "NDO-14"
values = [
  { value = 21, starts = 2018-05-25, ends = 2026-12-31, confidence = "read", checked = 2026-11-21 },
  { value = 28, starts = 2027-01-01, confidence = "read", checked = 2026-11-21 },
]
"""
        days = dated.load(text, where="numbers.toml")["days"]
        assert [days.at(dt.date(2026, 12, 31)).value, days.at(dt.date(2027, 1, 1)).value] == [21, 28]
        with pytest.raises(BadInput, match="overlaps"):
            dated.load(text.replace("ends = 2026-12-31, ", ""), where="numbers.toml")

    def test_every_number_cites_a_provision_and_the_policy_starts_from_it(self):
        on, policy = dt.date(2026, 11, 21), Policy()
        assert {each.citation for each in NUMBERS.values()} <= set(PROVISIONS)
        assert policy.optout_max_age_days == number("opt-out-answer-days", on=on)
        assert policy.support_review_grace_days == number("support-review-grace-days", on=on)
        assert policy.k_limited >= number("k-limited", on=on)


class TestWords:
    def test_a_line_of_business_is_found_from_the_start_of_a_word(self):
        assert mention(["a life insurer"], ("insur",))
        assert mention(["Re-insurance"], ("insur",))
        assert not mention(["quality assurance"], ("insur", "life assurance"))

    def test_a_body_is_compared_whole(self):
        assert is_one_of(["Public-Health"], ["public health"])
        assert not is_one_of(["not a public health body"], ["public health"])

    def test_every_pair_cites_its_provision(self):
        assert all(pair.provision in PROVISIONS for pair in PAIRS)


def test_the_ruleset_is_named_by_its_version_and_digest(story):
    asked = story["university"]
    assert decide(asked.application, asked.facts, on=asked.on).ruleset == RULESET.name
    assert RULESET.name.startswith("openhaven-law 2026.11 sha256:")


def test_whatever_rules_are_made_of_changes_the_name_that_decisions_quote():
    """Every module of the law that a rule reads, or that such a module reads, is in the digest; what a provision says
    is there as data."""
    here = files("openhaven.law")
    known = {*_CODE, "provisions.py", "ruleset.py"}
    texts = [*RULES, *(here.joinpath(name) for name in _CODE)]
    read = [node for each in texts for node in ast.walk(ast.parse(each.read_text("utf-8")))]
    named = [
        each.module.split(".")[0] for each in read if isinstance(each, ast.ImportFrom) and each.level and each.module
    ]
    assert {f"{name}.py" for name in named if here.joinpath(f"{name}.py").is_file()} <= known
