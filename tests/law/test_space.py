"""What the law promises, tried over the space of coded facts.

Three sets of cases: a covering array in which any four coded facts meet in every combination; every purpose, route and
level with every state of the record that carries the route; and every permitted use with each single thing wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from covering import covering, missing_from
from space import FACTORS, LEVELS, VALUES, Vector, bases, coded, one_thing_wrong, stated

from openhaven.law import RULESET, decide
from openhaven.law.algebra import Question, overall, settle
from openhaven.law.case import Case
from openhaven.law.ruleset import Ruleset
from openhaven.model.decision import Answer, Decision, Effect, Verdict
from openhaven.model.obligation import NationalOptOut
from openhaven.model.words import Level, Purpose, Route

pytestmark = pytest.mark.xdist_group("the space of coded facts")  # the cases are decided once, by one worker

NEVER = ("insurance", "marketing", "solely commercial ends")
CARRIED = (Route.CONSENT, Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_2, Route.COPI_3, Route.COPI_5)
OUTSIDE_THE_OPT_OUT = (Route.CONSENT, Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_3)
OF_A_STUDY = (Route.CONSENT, Route.COPI_2, Route.COPI_5)
STANDS = ("fine", "last day", "review within grace")


def value(vector: Vector, name: str) -> str:
    return vector.get(name, VALUES[name][0])


def is_(name: str, *values: str) -> Callable[[Vector], bool]:
    return lambda vector: value(vector, name) in values


def has_a_way_round(vector: Vector) -> bool:
    """Whether the record that carries the route is there and reaches this use."""
    state, route = value(vector, "ground"), value(vector, "route")
    reviewed = state == "review long past" and route not in (Route.COPI_2, Route.COPI_5)  # only support has a review
    withdrawn = value(vector, "support") == "withdrawn" and route in (Route.COPI_2, Route.COPI_5)
    bare = value(vector, "law") == "only permits it" and route in (Route.STATUTORY_DUTY, Route.COURT_ORDER)
    another = value(vector, "study") not in ("none is named", "the same") and route in OF_A_STUDY
    others = value(vector, "whom") in ("not said", "one person") and route is Route.COURT_ORDER
    wrong = withdrawn or bare or another or others
    return route in CARRIED and (state in STANDS or reviewed) and not wrong


def opt_out_applies(vector: Vector) -> bool:
    """By hand, from the coded facts: applicable, and no exception is established."""
    today, england = value(vector, "day") == "today", value(vector, "territory") == "England"
    if not today or not england or value(vector, "route") in (*OUTSIDE_THE_OPT_OUT, Route.PUBLIC_INTEREST):
        return False
    classified = value(vector, "classification") == "fine" and value(vector, "level") != Level.IDENTIFIABLE
    if classified and value(vector, "wider") != "wider":
        return False
    supported = value(vector, "route") in (Route.COPI_2, Route.COPI_5) and value(vector, "ground") not in (
        "absent",
        "not named",
    )
    return not (supported and value(vector, "exempt") == "exempt, evidence seen")


def applied(decision: Decision) -> list[bool]:
    """What the findings on the opt-out demand, each once."""
    settled = next(each for each in decision.questions if each.question == Question.OPT_OUT)
    found = (each for finding in settled.findings for each in finding.obligations)
    return [each.applies for each in found if isinstance(each, NationalOptOut)]


def held(vector: Vector) -> bool:
    return value(vector, "hold") in ("everything", "dataset", "its programme") and value(vector, "day") == "today"


def the_opt_out_stands(vector: Vector, decision: Decision) -> bool:
    if decision.verdict is Verdict.PERMIT:
        return [each.applies for each in decision.obligations if isinstance(each, NationalOptOut)] == [True]
    return decision.answers[Question.OPT_OUT] is not Answer.MET or applied(decision) == [True]


@dataclass(frozen=True)
class Promise:
    """What must be so wherever `where` holds of the coded facts (or of what was decided)."""

    where: Callable[[Vector, Decision], bool]
    holds: Callable[[Vector, Decision], bool]


def permitted(decision: Decision) -> bool:
    return decision.verdict is Verdict.PERMIT


PROMISES = {
    "marketing, insurance and solely commercial ends are refused on every path": Promise(
        lambda v, d: value(v, "purpose") in NEVER and value(v, "day") == "today",
        lambda v, d: d.verdict is Verdict.REFUSE and d.answers[Question.PURPOSE] is Answer.NOT_MET,
    ),
    "nothing of that kind is permitted on any day": Promise(
        lambda v, d: value(v, "purpose") in NEVER, lambda v, d: not permitted(d)
    ),
    "insurers and marketers receive nothing": Promise(
        lambda v, d: value(v, "business") in ("insurance", "marketing") and value(v, "recipient") != "absent",
        lambda v, d: d.verdict is Verdict.REFUSE,
    ),
    "whom an insurer owns receives nothing": Promise(
        lambda v, d: value(v, "behind") == "an insurer owns it" and value(v, "recipient") != "absent",
        lambda v, d: d.verdict is Verdict.REFUSE,
    ),
    "a payer of the agreement that is not declared stops it": Promise(
        lambda v, d: (
            value(v, "behind") == "a payer not declared" and value(v, "agreement") not in ("absent", "not named")
        ),
        lambda v, d: d.answers[Question.PURPOSE] is Answer.NOT_MET and d.verdict is Verdict.REFUSE,
    ),
    "what was given for another study carries nothing": Promise(
        lambda v, d: value(v, "study") == "another" and value(v, "route") in OF_A_STUDY,
        lambda v, d: d.answers[Question.CONFIDENTIALITY] is Answer.NOT_MET and not permitted(d),
    ),
    "insurers' money behind a health purpose is referred": Promise(
        lambda v, d: (
            value(v, "funder") in ("insurer", "insurer of record", "not stated")
            and value(v, "purpose") not in (*NEVER, Purpose.INDIVIDUAL_CARE)
            and value(v, "business") in ("", "consultancy")
            and value(v, "behind") not in ("a payer not declared", "an insurer owns it")
            and value(v, "day") == "today"
        ),
        lambda v, d: d.answers[Question.PURPOSE] is Answer.REFERRED and not permitted(d),
    ),
    "no confidence is lifted without a record that reaches this use": Promise(
        lambda v, d: value(v, "level") == Level.IDENTIFIABLE and d.answers[Question.CONFIDENTIALITY] is Answer.MET,
        lambda v, d: has_a_way_round(v),
    ),
    "identifiable data needs a way round and a pair that stands": Promise(
        lambda v, d: value(v, "level") == Level.IDENTIFIABLE and permitted(d),
        lambda v, d: has_a_way_round(v) and value(v, "pair") not in ("condition missing", "basis missing"),
    ),
    "half a pair never meets data protection": Promise(
        lambda v, d: value(v, "pair") in ("condition missing", "basis missing"),
        lambda v, d: d.answers[Question.DATA_PROTECTION] is not Answer.MET and not permitted(d),
    ),
    "an opt-out that applies is an obligation, whatever the applicant declares": Promise(
        lambda v, d: opt_out_applies(v), the_opt_out_stands
    ),
    "a hold always refuses": Promise(
        lambda v, d: held(v), lambda v, d: d.verdict is Verdict.REFUSE and d.answers[Question.HOLD] is Answer.NOT_MET
    ),
    "an open breach always refuses": Promise(
        lambda v, d: value(v, "breach") == "open" and value(v, "day") == "today",
        lambda v, d: d.verdict is Verdict.REFUSE,
    ),
    "a controller that is silent refuses": Promise(
        lambda v, d: value(v, "authority") in ("one silent", "all decline", "ended", "other purpose", "no data"),
        lambda v, d: d.answers[Question.AUTHORITY] is not Answer.MET and not permitted(d),
    ),
    "nothing leaves without an agreement that stands": Promise(
        lambda v, d: value(v, "agreement") not in ("fine", "last day", "k of 2", "no penalties"),
        lambda v, d: not permitted(d),
    ),
    "no rows leave under an agreement without penalties": Promise(
        lambda v, d: value(v, "agreement") == "no penalties" and value(v, "level") != Level.AGGREGATE,
        lambda v, d: not permitted(d),
    ),
    "every question is asked, and the whole is no better than the worst": Promise(
        lambda v, d: True,
        lambda v, d: list(d.answers) == list(Question) and d.verdict is overall(d.answers.values()),
    ),
    "obligations come with a permit only, and a permit with obligations": Promise(
        lambda v, d: True, lambda v, d: bool(d.obligations) is permitted(d)
    ),
}


@dataclass
class Tried:
    """How many cases ran, in which of them each promise spoke, and where it was broken."""

    cases: Counter[str] = field(default_factory=Counter)
    spoke: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[Vector]] = field(default_factory=dict)

    def judge(self, kind: str, vector: Vector) -> Decision:
        case = stated(vector)
        decision = decide(case.application, case.facts, on=case.on)
        self.cases[kind] += 1
        self.verdicts[decision.verdict] += 1
        for name, promise in PROMISES.items():
            if promise.where(vector, decision):
                self.spoke[name] += 1
                if not promise.holds(vector, decision):
                    self.broken.setdefault(name, []).append(vector)
        return decision


def carried() -> Iterator[Vector]:
    """Every purpose, route and level with every state of the record that carries the route."""
    for base in bases():
        if base["body"] == "nhs body":
            yield from ({**base, "ground": state} for state in VALUES["ground"])


@pytest.fixture(scope="module")
def array():
    return covering(LEVELS)


@pytest.fixture(scope="module")
def permitted_bases():
    return [base for base in bases() if verdict_of(base) is Verdict.PERMIT]


def verdict_of(vector: Vector) -> Verdict:
    case = stated(vector)
    return decide(case.application, case.facts, on=case.on).verdict


@pytest.fixture(scope="module")
def tried(array, permitted_bases) -> Tried:
    tried = Tried()
    for row in array.tolist():
        tried.judge("any four coded facts together", coded(row))
    for vector in carried():
        tried.judge("purpose, route, level and what carries the route", vector)
    for vector in (each for base in one_of_each(permitted_bases) for each in nearby(base)):
        tried.judge("a permitted use and one thing wrong", vector)
    return tried


def one_of_each(permitted: Sequence[Vector]) -> list[Vector]:
    """Of the permitted uses by each route, at each level, by each body one, their purposes in turn."""
    kinds: dict[tuple[str, ...], list[Vector]] = {}
    for base in permitted:
        kinds.setdefault((base["route"], base["level"], base["body"]), []).append(base)
    return [same[place % len(same)] for place, same in enumerate(kinds.values())]


def nearby(base: Vector) -> list[dict[str, str]]:
    return [dict(base), *one_thing_wrong(base)]


def test_any_four_coded_facts_meet_in_every_combination(array):
    assert not list(missing_from(array, LEVELS))


@pytest.mark.parametrize("name", PROMISES)
def test_promise(tried, name, record_property):
    record_property("cases", f"{name}: {tried.spoke[name]:,}")
    assert tried.spoke[name] > 100
    assert tried.broken.get(name, [])[:3] == []


def test_there_is_something_to_promise(tried, record_property):
    """Cases of every verdict were among them, so that no promise holds for want of cases."""
    for kind, number in tried.cases.items():
        record_property("cases", f"{kind}: {number:,} cases")
    record_property("cases", f"verdicts: {', '.join(f'{n:,} {v}' for v, n in sorted(tried.verdicts.items()))}")
    assert min(tried.verdicts[verdict] for verdict in Verdict) > 500


def test_the_quick_way_finds_what_every_rule_called_in_turn_finds(array, permitted_bases):
    """`decide` calls only rules that are about the use, and makes words late; this calls them all, and at once."""
    every = [coded(row) for row in array[::40].tolist()]
    every += [vector for base in one_of_each(permitted_bases)[::3] for vector in nearby(base)[::5]]
    for vector in every:
        given = stated(vector)
        case = Case(given.application, given.facts, given.on)
        slowly = tuple(settle(question, RULESET.of(question, on=given.on), case) for question in Question)
        decision = decide(given.application, given.facts, on=given.on)
        assert decision.questions == slowly
        assert decision.verdict is overall(settled.answer for settled in slowly)
        assert decision.answers == {settled.question: settled.answer for settled in slowly}


def test_a_rule_is_silent_on_what_it_is_not_about(permitted_bases):
    """A rule that says which routes, purposes and levels it is about would have been silent, or failed, on others."""
    told_apart = [rule for rule in RULESET.rules if rule.when]
    everywhere = Ruleset("everywhere", tuple(replace(rule, when=()) for rule in told_apart))
    assert told_apart
    for vector in one_of_each(permitted_bases):
        given = stated(vector)
        case = Case(given.application, given.facts, given.on)
        for rule, bare in zip(told_apart, everywhere.rules, strict=True):
            said = rule.find(case)
            assert said is None or said == bare.find(case)


class TestOneQuestionsPermitNeverAnswersForAnother:
    @pytest.mark.parametrize("question", Question)
    def test_without_its_own_rules_a_question_is_not_met(self, permitted_bases, question):
        others = Ruleset("others", tuple(rule for rule in RULESET.rules if rule.question is not question))
        for base in one_of_each(permitted_bases)[::3]:
            given = stated(base)
            whole = decide(given.application, given.facts, on=given.on)
            fewer = decide(given.application, given.facts, on=given.on, ruleset=others)
            assert fewer.verdict is Verdict.REFUSE
            assert fewer.answers == {**whole.answers, question.value: Answer.NOT_MET}

    def test_every_question_that_is_met_is_met_by_a_rule_of_its_own(self, array):
        asked_by = {rule.name: rule.question for rule in RULESET.rules}
        for row in array[::40].tolist():
            given = stated(coded(row))
            for settled in decide(given.application, given.facts, on=given.on).questions:
                assert {asked_by[finding.rule] for finding in settled.findings} <= {settled.question}
                permits = [finding for finding in settled.findings if finding.effect is Effect.PERMIT]
                assert settled.answer is not Answer.MET or permits


def test_what_the_applicant_declares_changes_nothing(array):
    for row in array[::25].tolist():
        said, silent = ({**coded(row), "declares": each} for each in VALUES["declares"][::-1])
        one, other = (decide(given.application, given.facts, on=given.on) for given in (stated(said), stated(silent)))
        assert (one.verdict, one.answers, one.obligations) == (other.verdict, other.answers, other.obligations)


def test_every_factor_matters(permitted_bases):
    """Each value of each factor turns the answer, or the obligations, of some permitted use; else it codes nothing."""
    quiet = {(name, value) for name in FACTORS for value in VALUES[name][1:]}
    for base in one_of_each(permitted_bases):
        first = stated(base)
        before = decide(first.application, first.facts, on=first.on)
        for name, each in list(quiet):
            given = stated({**base, name: each})
            after = decide(given.application, given.facts, on=given.on)
            if (before.answers, before.obligations) != (after.answers, after.obligations):
                quiet.discard((name, each))
        if quiet == INDIFFERENT:
            break
    assert quiet == INDIFFERENT


INDIFFERENT = {
    ("declares", "anonymous"),
    ("breach", "another's"),
    ("hold", "over"),
    ("hold", "another dataset"),
    ("exempt", "said to be exempt"),
    ("assurance", "last day"),
    ("study", "the same"),
}
"""What changes nothing, and should not."""
