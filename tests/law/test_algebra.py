"""The laws of the decision, each by its name: over made-up rules, and over the real ones."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.law import RULESET, decide
from openhaven.law.algebra import Question, Rule, answer, forbid, overall, permit, refer, settle
from openhaven.law.case import Case
from openhaven.law.ruleset import Ruleset
from openhaven.model.application import Funder
from openhaven.model.decision import Answer, Effect, Finding, Verdict
from openhaven.model.obligation import NationalOptOut, Register
from openhaven.model.record.advice import Classification
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.approvals import Requirement, Support
from openhaven.model.record.choices import ConsentMaterial
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.organisations import Breach, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route

RANK = {Verdict.REFUSE: 0, Verdict.REFER: 1, Verdict.PERMIT: 2}
NAMES = (
    "university",
    "cancer audit",
    "insurer",
    "consultancy",
    "health protection",
    "commissioner",
    "trial",
    "refresh",
)
SUPPORTING = (Agreement, Authority, Classification, ConsentMaterial, Organisation, Requirement, Support)
SEEN = Seen("letter.pdf", "R. Okafor", dt.date(2026, 1, 1))
START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)

effects = st.lists(st.sampled_from([Effect.PERMIT, Effect.FORBID, Effect.REFER, Effect.FAILED, None]), max_size=5)


def made_up(place, effect):
    """A rule that always says the same: its effect, nothing, or an error."""

    def says(case):
        if effect is Effect.FAILED:
            raise RuntimeError("broken")
        made = {
            Effect.PERMIT: lambda: permit("yes"),
            Effect.FORBID: lambda: forbid("no"),
            Effect.REFER: lambda: refer("?", who="us"),
        }
        return made[effect]() if effect else None

    return Rule(f"rule-{place}", Question.PURPOSE, ("LAW-50",), dt.date(2013, 4, 1), None, says, "")


def settled(story, given):
    asked = story["university"]
    case = Case(asked.application, asked.facts, asked.on)
    return settle(Question.PURPOSE, [made_up(place, effect) for place, effect in enumerate(given)], case)


def verdict(asked):
    return decide(asked.application, asked.facts, on=asked.on).verdict


class TestOneQuestion:
    @given(given=effects)
    def test_forbid_beats_everything(self, story, given):
        assert settled(story, [*given, Effect.FORBID]).answer is Answer.NOT_MET

    @given(given=effects)
    def test_failure_refuses(self, story, given):
        assert settled(story, [*given, Effect.FAILED]).answer is Answer.NOT_MET

    @given(given=st.lists(st.sampled_from([Effect.PERMIT, Effect.REFER, None]), max_size=5))
    def test_refer_beats_permit(self, story, given):
        assert settled(story, [*given, Effect.REFER]).answer is Answer.REFERRED

    @given(given=st.lists(st.sampled_from([Effect.PERMIT, None]), max_size=5))
    def test_permit_meets_where_nothing_stands_against_it_and_silence_refuses(self, story, given):
        expected = Answer.MET if Effect.PERMIT in given else Answer.NOT_MET
        assert settled(story, given).answer is expected

    @given(given=effects, data=st.data())
    def test_order_and_repetition_do_not_matter(self, story, given, data):
        shuffled = data.draw(st.permutations(given))
        assert answer(e for e in given if e) is answer(e for e in (*shuffled, *given) if e)
        assert settled(story, given).answer is settled(story, shuffled).answer

    @given(given=effects)
    def test_adding_a_forbid_never_grants(self, story, given):
        before, after = settled(story, given).answer, settled(story, [*given, Effect.FORBID]).answer
        assert after is Answer.NOT_MET
        assert after is not Answer.MET or before is Answer.MET

    def test_the_same_rules_in_any_order_find_the_same_in_the_same_order(self, story):
        asked = story["cancer audit"]
        turned = Ruleset(RULESET.name, tuple(reversed(RULESET.rules)))
        decided = [decide(asked.application, asked.facts, on=asked.on, ruleset=each) for each in (RULESET, turned)]
        assert decided[0] == decided[1]


class TestTheWhole:
    @given(given=st.lists(st.sampled_from(list(Answer)), max_size=6))
    def test_refuse_beats_refer_beats_permit_and_asking_nothing_refuses(self, given):
        expected = Verdict.PERMIT
        if not given or Answer.NOT_MET in given:
            expected = Verdict.REFUSE
        elif Answer.REFERRED in given:
            expected = Verdict.REFER
        assert overall(given) is expected

    @pytest.mark.parametrize("question", list(Question))
    def test_a_question_that_no_rule_answers_refuses_the_whole(self, story, question):
        for asked in story.values():
            fewer = Ruleset("fewer", tuple(rule for rule in RULESET.rules if rule.question is not question))
            decided = decide(asked.application, asked.facts, on=asked.on, ruleset=fewer)
            assert decided.verdict is Verdict.REFUSE
            assert {each.question for each in decided.questions} == set(Question)

    @pytest.mark.parametrize("place", range(len(RULESET.rules)), ids=[rule.name for rule in RULESET.rules])
    def test_a_rule_that_breaks_refuses_and_does_not_crash(self, story, place):
        def breaks(case):
            raise ZeroDivisionError("a fault in the rule")

        rules = list(RULESET.rules)
        rules[place] = replace(rules[place], says=breaks, when=(), only=None, needs=())
        asked = story["university"]
        decided = decide(asked.application, asked.facts, on=asked.on, ruleset=Ruleset("broken", tuple(rules)))
        found = [f for s in decided.questions for f in s.findings if f.effect is Effect.FAILED]
        in_force = rules[place].in_force(asked.on)
        assert [each.rule for each in found] == ([rules[place].name] if in_force else [])
        assert decided.verdict is (Verdict.REFUSE if in_force else Verdict.PERMIT)

    def test_a_rule_that_speaks_nonsense_has_failed(self, story):
        asked = story["university"]
        case = Case(asked.application, asked.facts, asked.on)
        for nonsense in (
            Finding("", Effect.SILENT, "hm", ()),
            Finding("", Effect.PERMIT, "yes", ("NDO-14",)),
            "yes",
        ):
            rule = Rule(
                "odd", Question.PURPOSE, ("LAW-50",), dt.date(2013, 4, 1), None, lambda case, said=nonsense: said, ""
            )
            assert rule.find(case).effect is Effect.FAILED

    def test_obligations_come_only_with_a_permit(self, story):
        for asked in story.values():
            decided = decide(asked.application, asked.facts, on=asked.on)
            assert bool(decided.obligations) is (decided.verdict is Verdict.PERMIT)

    def test_an_obligation_demanded_twice_stands_once(self, story):
        asked = story["university"]
        duty = Register(provisions=("REG-01",), because="so that people can see")

        def same(name):
            says = lambda case: permit("yes", obligations=[duty])  # noqa: E731
            return Rule(name, Question.TRANSPARENCY, ("REG-01",), dt.date(2014, 4, 1), None, says, "")

        others = tuple(rule for rule in RULESET.rules if rule.question is not Question.TRANSPARENCY)
        twice = Ruleset("twice", (*others, same("one"), same("two")))
        decided = decide(asked.application, asked.facts, on=asked.on, ruleset=twice)
        assert [each for each in decided.obligations if isinstance(each, Register)] == [duty]


adverse = st.sampled_from(
    [
        lambda asked: Hold("hold-x", "paused", "the board", START),
        lambda asked: Hold("hold-x", "paused", "the board", START, dataset="episodes"),
        lambda asked: Hold("hold-x", "paused", "the board", START, programme="care"),
        lambda asked: Hold("hold-x", "paused", "the board", START, agreement=asked.application.agreement),
        lambda asked: Breach("breach-x", asked.application.recipient, "data on an open share", START),
        lambda asked: Breach("breach-x", asked.application.applicant, "late destruction", START, closed=END),
        lambda asked: Authority("no-x", "north-trust", "episodes", Say.DECLINES, START, END, SEEN),
        lambda asked: Authority(
            "no-x", "south-trust", "episodes", Say.DECLINES, START, END, SEEN, application=asked.application.id
        ),
    ]
)


def without_some(asked, data):
    """The case with some of its supporting records taken away, each of them a thing that only helps."""
    supporting = [record.id for record in asked.facts.records if isinstance(record, SUPPORTING)]
    gone = data.draw(st.sets(st.sampled_from(supporting))) if supporting else set()
    records = tuple(record for record in asked.facts.records if record.id not in gone)
    return replace(asked, facts=replace(asked.facts, records=records))


class TestFacts:
    @given(name=st.sampled_from(NAMES), data=st.data())
    def test_the_order_of_records_does_not_matter(self, story, name, data):
        asked = story[name]
        shuffled = tuple(data.draw(st.permutations(asked.facts.records)))
        controllers = tuple(data.draw(st.permutations(asked.facts.controllers)))
        facts = replace(asked.facts, records=shuffled, controllers=controllers)
        assert decide(asked.application, facts, on=asked.on) == decide(asked.application, asked.facts, on=asked.on)

    @given(name=st.sampled_from(NAMES), data=st.data())
    def test_taking_a_supporting_record_away_never_improves_the_verdict(self, story, name, data):
        fewer = without_some(story[name], data)
        assert RANK[verdict(fewer)] <= RANK[verdict(story[name])]
        fewest = without_some(fewer, data)
        assert RANK[verdict(fewest)] <= RANK[verdict(fewer)]

    @given(name=st.sampled_from(NAMES), adverse=adverse)
    def test_adding_an_adverse_record_never_improves_the_verdict(self, story, name, adverse):
        asked = story[name]
        assert RANK[verdict(asked.plus(adverse(asked)))] <= RANK[verdict(asked)]

    @given(name=st.sampled_from(NAMES), adverse=adverse, data=st.data())
    def test_adverse_records_never_improve_what_is_already_short_of_records(self, story, name, adverse, data):
        asked = without_some(story[name], data)
        record = adverse(asked)
        # A controller's no is an answer: it only worsens what its yes had given, so it is added where there was a yes.
        answered = {each.controller for each in asked.facts.every(Authority)}
        if isinstance(record, Authority) and record.controller not in answered:
            return
        assert RANK[verdict(asked.plus(record))] <= RANK[verdict(asked)]

    @given(name=st.sampled_from(NAMES), day=st.dates(dt.date(2026, 1, 1), dt.date(2026, 11, 20)))
    def test_ending_an_agreement_never_improves_the_verdict(self, story, name, day):
        asked = story[name]
        assert RANK[verdict(asked.with_record(asked.application.agreement, ends=day))] <= RANK[verdict(asked)]

    @pytest.mark.parametrize("name", NAMES)
    def test_without_any_one_of_the_records_it_rests_on_nothing_is_permitted(self, story, name):
        asked = story[name]
        for record in asked.facts.records:
            assert verdict(asked.without(record.id)) is not Verdict.PERMIT, record.id


class TestWords:
    words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1).filter(str.strip)

    @given(name=st.sampled_from(NAMES), title=words, text=words)
    @settings(max_examples=200)
    def test_the_applicants_words_alone_gain_nothing(self, story, name, title, text):
        asked = story[name]
        said = asked.with_application(title=title, purpose_text=text)
        assert RANK[verdict(said)] <= RANK[verdict(asked)]

    @given(
        name=st.sampled_from(NAMES),
        route=st.sampled_from(Route),
        level=st.sampled_from([Level.IDENTIFIABLE, Level.DE_IDENTIFIED]),
    )
    def test_claiming_another_route_or_level_never_permits(self, story, name, route, level):
        asked = story[name]
        if asked.application.table is not None or (route, level) == (asked.application.route, asked.application.level):
            return
        assert verdict(asked.with_application(route=route, level=level)) is not Verdict.PERMIT

    @given(name=st.sampled_from(NAMES), basis=st.lists(st.text(max_size=20).map(str.strip), max_size=3).map(tuple))
    def test_naming_records_that_are_not_there_gains_nothing(self, story, name, basis):
        asked = story[name]
        assert RANK[verdict(asked.with_application(basis=basis))] <= RANK[verdict(asked)]

    @given(name=st.sampled_from(NAMES), purpose=st.sampled_from([Purpose.INSURANCE, Purpose.MARKETING]), data=st.data())
    def test_insurance_and_marketing_are_refused_on_every_path(self, story, name, purpose, data):
        fewer = without_some(story[name], data)
        assert verdict(fewer.with_application(purpose=purpose)) is Verdict.REFUSE

    @given(name=st.sampled_from(NAMES), business=st.sampled_from(["insurance", "reinsurers", "advertising", ""]))
    def test_insurers_money_is_never_permitted(self, story, name, business):
        asked = story[name].with_application(funders=(Funder("Somebody", business),))
        assert verdict(asked) is not Verdict.PERMIT


@given(
    name=st.sampled_from(NAMES),
    route=st.sampled_from(Route),
    wider=st.booleans(),
    exempt=st.sampled_from(["", "minutes seen"]),
    classified=st.booleans(),
)
def test_the_opt_out_is_settled_once_and_left_off_only_for_a_reason_of_record(
    story, name, route, wider, exempt, classified
):
    asked = story[name].with_policy(optout_wider=wider).with_application(route=route)
    if not classified:
        kept = tuple(record for record in asked.facts.records if not isinstance(record, Classification))
        asked = replace(asked, facts=replace(asked.facts, records=kept))
    if asked.facts.every(Support):
        asked = asked.with_record("support-audit", national_opt_out="exempt", exemption=exempt)
    settled = next(
        s for s in decide(asked.application, asked.facts, on=asked.on).questions if s.question == "national opt-out"
    )
    found = [each for f in settled.findings for each in f.obligations if isinstance(each, NationalOptOut)]
    if route is Route.PUBLIC_INTEREST:
        assert found == []
        assert settled.answer is Answer.REFERRED
        return
    assert len(found) == 1
    by_route = route in (Route.CONSENT, Route.STATUTORY_DUTY, Route.COURT_ORDER, Route.COPI_3)
    classed = bool(asked.facts.every(Classification)) and not wider
    by_support = (
        route in (Route.COPI_2, Route.COPI_5)
        and bool(asked.facts.every(Support))
        and "support-audit" in asked.application.basis
        and bool(exempt)
    )
    assert found[0].applies is not (by_route or classed or by_support)
