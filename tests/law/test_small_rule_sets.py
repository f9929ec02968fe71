"""The laws of the decision over all small rule sets: every row of up to five rules, each of which permits, forbids,
refers, fails or is silent; and every pair of questions with up to two rules each, in a whole decision."""

import datetime as dt
from itertools import product

import pytest
from space import stated

from openhaven.law import RULESET, decide
from openhaven.law.algebra import Question, Rule, answer, forbid, permit, refer, settle
from openhaven.law.case import Case
from openhaven.law.ruleset import Ruleset
from openhaven.model.decision import Answer, Effect, Verdict

PERMIT, FORBID, REFER, FAILED = Effect.PERMIT, Effect.FORBID, Effect.REFER, Effect.FAILED
SAYS = (PERMIT, FORBID, REFER, FAILED, None)
ROWS = [row for length in range(6) for row in product(SAYS, repeat=length)]
SHORT = [row for length in range(3) for row in product(SAYS, repeat=length)]
RANK = {Answer.NOT_MET: 0, Answer.REFERRED: 1, Answer.MET: 2}
WHOLE = {Verdict.REFUSE: 0, Verdict.REFER: 1, Verdict.PERMIT: 2}


def speaks(effect):
    def says(case):
        if effect is FAILED:
            raise RuntimeError("broken")
        made = {PERMIT: lambda: permit("yes"), FORBID: lambda: forbid("no"), REFER: lambda: refer("?", who="us")}
        return made[effect]() if effect else None

    return says


SPEAKING = {effect: speaks(effect) for effect in SAYS}


def rule(name, effect, question=Question.PURPOSE):
    return Rule(name, question, ("LAW-50",), dt.date(2013, 4, 1), None, SPEAKING[effect], "")


@pytest.fixture(scope="module")
def case():
    given = stated({})
    return Case(given.application, given.facts, given.on)


@pytest.fixture(scope="module")
def answers(case):
    """The answer of every row of up to five rules."""
    return {row: settle(Question.PURPOSE, _rules(row), case).answer for row in ROWS}


def _rules(row):
    return [rule(f"rule-{place}", effect) for place, effect in enumerate(row)]


def shorter(row):
    """The row without each of its rules in turn, and what was left out."""
    return [(row[:place] + row[place + 1 :], row[place]) for place in range(len(row))]


class TestEveryRowOfUpToFiveRules:
    def test_there_are_as_many_as_there_can_be(self, answers, record_property):
        assert len(answers) == sum(5**length for length in range(6)) == 3906
        record_property("cases", f"rule sets of up to five rules: {len(answers):,}")

    def test_forbid_beats_everything(self, answers):
        assert {answers[row] for row in ROWS if FORBID in row} == {Answer.NOT_MET}

    def test_a_failing_rule_refuses(self, answers):
        assert {answers[row] for row in ROWS if FAILED in row} == {Answer.NOT_MET}

    def test_referral_beats_permit(self, answers):
        rows = [row for row in ROWS if REFER in row and FORBID not in row and FAILED not in row]
        assert {answers[row] for row in rows} == {Answer.REFERRED}
        assert any(PERMIT in row for row in rows)

    def test_a_permit_meets_where_nothing_stands_against_it(self, answers):
        assert {answers[row] for row in ROWS if PERMIT in row and set(row) <= {PERMIT, None}} == {Answer.MET}

    def test_silence_refuses(self, answers):
        assert {answers[row] for row in ROWS if set(row) <= {None}} == {Answer.NOT_MET}

    def test_order_does_not_matter(self, answers):
        by_kind = {}
        for row in ROWS:
            by_kind.setdefault(tuple(sorted(map(str, row))), set()).add(answers[row])
        assert all(len(found) == 1 for found in by_kind.values())

    def test_repetition_does_not_matter(self, answers):
        by_set = {}
        for row in ROWS:
            by_set.setdefault(frozenset(row) - {None}, set()).add(answers[row])
        assert all(len(found) == 1 for found in by_set.values())

    def test_the_same_rule_twice_is_found_once(self, case):
        for row in SHORT:
            once, again = settle(Question.PURPOSE, _rules(row), case), settle(Question.PURPOSE, _rules(row) * 2, case)
            assert once == again

    def test_adding_a_forbid_a_failure_or_a_referral_never_grants(self, answers):
        for row in ROWS:
            for fewer, gone in shorter(row):
                if gone in (FORBID, FAILED):
                    assert answers[row] is Answer.NOT_MET
                if gone is REFER:
                    assert RANK[answers[row]] <= max(RANK[answers[fewer]], RANK[Answer.REFERRED])
                    assert answers[row] is not Answer.MET

    def test_only_a_permit_grants(self, answers):
        for row in ROWS:
            if answers[row] is Answer.MET:
                assert PERMIT in row

    def test_adding_a_silent_rule_changes_nothing(self, answers):
        for row in ROWS:
            assert all(answers[row] is answers[fewer] for fewer, gone in shorter(row) if gone is None)

    def test_the_answer_follows_from_what_was_said_alone(self, answers):
        assert all(answers[row] is answer(effect for effect in row if effect) for row in ROWS)


@pytest.fixture(scope="module")
def verdicts():
    """The verdict for every two rows of up to two rules on two questions; all others are met."""
    given, found = stated({}), {}
    varied = (Question.PURPOSE, Question.TRANSPARENCY)
    others = tuple(rule(each.value, PERMIT, each) for each in Question if each not in varied)
    for rows in product(SHORT, repeat=2):
        rules = [
            rule(f"{question.value}-{place}", effect, question)
            for question, row in zip(varied, rows, strict=True)
            for place, effect in enumerate(row)
        ]
        ruleset = Ruleset("made up", (*others, *rules))
        decision = decide(given.application, given.facts, on=given.on, ruleset=ruleset)
        found[rows] = decision.verdict, tuple(decision.answers[each] for each in varied)
    return found


class TestEveryPairOfQuestions:
    def test_there_are_as_many_as_there_can_be(self, verdicts, record_property):
        assert len(verdicts) == 31 * 31
        record_property("cases", f"pairs of small rule sets on two questions: {len(verdicts):,}")

    def test_the_whole_is_as_good_as_the_worst_question(self, verdicts):
        for verdict, answers in verdicts.values():
            assert WHOLE[verdict] == min(RANK[each] for each in answers)

    def test_what_one_question_says_never_changes_the_answer_to_the_other(self, verdicts, answers):
        for rows, (_, found) in verdicts.items():
            assert found == tuple(answers[row] for row in rows)

    def test_adding_a_forbid_to_either_question_refuses(self, verdicts):
        assert {verdict for rows, (verdict, _) in verdicts.items() if FORBID in rows[0] + rows[1]} == {Verdict.REFUSE}


def test_rules_of_no_question_refuse():
    given = stated({})
    assert decide(given.application, given.facts, on=given.on, ruleset=Ruleset("none", ())).verdict is Verdict.REFUSE


def test_the_order_of_the_real_rules_does_not_matter():
    turned = Ruleset(RULESET.name, tuple(reversed(RULESET.rules)))
    for vector in ({}, {"route": "consent"}, {"hold": "everything"}, {"funder": "insurer"}, {"ground": "ended"}):
        given = stated(vector)
        one, other = (decide(given.application, given.facts, on=given.on, ruleset=each) for each in (RULESET, turned))
        assert one == other
        assert hash(one) == hash(other)
