"""A change of the law or of the records: which uses that stand are decided otherwise, and how."""

import datetime as dt
from dataclasses import replace

import pytest
from space import TODAY, bases, stated
from starts import STARTS
from telling import begin

from openhaven.law import RULESET, decide
from openhaven.law.changes import Change, Moved, Use, Withdrawn, affected, facts_after, law_after, read_change
from openhaven.model.decision import Answer, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.kinds import KINDS


def change(**parts):
    return Change(**({"format": 1, "title": "a change under study", "on": TODAY} | parts))


def use(**vector):
    case = stated(vector)
    return Use(case.application, case.facts)


UNIVERSITY = {"route": "no confidential patient information"}
TRIAL = {"route": "consent", "level": "identifiable"}


def test_an_approval_withdrawn_refuses_the_use_that_rests_on_it_and_says_by_which_question():
    (found,) = affected([use(**UNIVERSITY)], change(withdrawn=(Withdrawn("classification", "class"),)))
    assert (found.application, found.agreement) == ("ask", "agreement")
    assert (found.before, found.after) == (Verdict.PERMIT, Verdict.REFUSE)
    assert Moved("confidentiality", Answer.MET, Answer.NOT_MET) in found.moved


def test_uses_that_do_not_rest_on_what_changes_are_not_listed():
    uses = [use(**UNIVERSITY), use(**TRIAL)]
    found = list(affected(uses, change(withdrawn=(Withdrawn("consent", "ground"),))))
    assert [each.before for each in found] == [Verdict.PERMIT]
    assert {moved.question for moved in found[0].moved} >= {"confidentiality"}


def test_rules_that_end_leave_their_question_to_silence():
    before = use(**UNIVERSITY)
    decision = decide(before.application, before.facts, on=TODAY)
    pairs = next(each for each in decision.questions if each.question == "data protection")
    (found,) = affected([before], change(rules=tuple(finding.rule for finding in pairs.findings)))
    assert found.moved == (Moved("data protection", Answer.MET, Answer.NOT_MET),)


def test_a_provision_that_ends_takes_every_rule_that_states_it_along():
    ended = law_after(change(provisions=("GDPR-01",)))
    assert not [rule for rule in ended.rules if "GDPR-01" in rule.provisions]
    assert list(affected([use(**UNIVERSITY)], change(provisions=("GDPR-01",))))


@pytest.mark.parametrize(
    ("provision", "turned"),
    [
        ("GDPR-13", {"a charity's study", "an AI partnership"}),
        ("GDPR-16", set()),
        ("GDPR-19", set()),
        ("GDPR-11", {"a cancer registry", "a COVID notice"}),
    ],
)
def test_a_combination_that_is_valid_no_longer_turns_just_the_uses_that_rest_on_it(provision, turned):
    """Other combinations stand as they did: a rule that offers several is not gone with one of them."""
    told = {name: begin(name, TODAY) for name in STARTS}
    uses = [Use(replace(each.application, id=name), each.facts) for name, each in told.items()]
    found = list(affected(uses, change(provisions=(provision,))))
    assert {each.application for each in found} == turned
    assert {moved.question for each in found for moved in each.moved} <= {"data protection"}
    assert all(each.after is Verdict.REFUSE for each in found)


def test_controllers_that_gave_data_out_on_a_combination_that_ends_lack_grounds_unless_they_state_another():
    """GDPR-10 and GDPR-14: in the tests each trust states both (e) and (c), and for an audit (c) does not stand."""
    told = begin("a cancer audit", TODAY)
    (found,) = affected([Use(told.application, told.facts)], change(provisions=("GDPR-10",)))
    assert found.moved == (Moved("data protection", Answer.MET, Answer.NOT_MET),)
    assert not list(affected([Use(told.application, told.facts)], change(provisions=("GDPR-14",))))


def test_an_exemption_that_ends_lifts_the_opt_out_for_no_other():
    told = begin("a patient survey", TODAY)
    survey = Use(told.application, told.facts)
    assert not list(affected([survey], change(provisions=("NDO-05",))))
    (found,) = affected([survey], change(provisions=("NDO-06",)))
    assert (found.before, found.after, found.gained) == (Verdict.PERMIT, Verdict.PERMIT, ("national-opt-out",))


def test_where_every_combination_ends_that_a_rule_offers_the_rule_ends():
    pairs = tuple(f"GDPR-1{n}" for n in range(7))
    left = {rule.name for rule in law_after(change(provisions=(*pairs, "GDPR-19"))).rules}
    assert "the_pair_fits_the_use_since_2026" not in left
    assert "the_pair_fits_the_use_since_2026" in {rule.name for rule in law_after(change(provisions=pairs)).rules}
    assert "the_pair_fits_the_use" not in {rule.name for rule in law_after(change(provisions=pairs)).rules}


def test_a_number_takes_its_new_value_even_where_it_was_read_in_the_law():
    (found,) = affected([use(**UNIVERSITY)], change(numbers={"agreement-term-years": 1}))
    assert Moved("agreement", Answer.MET, Answer.REFERRED) in found.moved
    assert found.after is Verdict.REFER


def test_a_setting_may_change_only_what_is_demanded():
    (found,) = affected([use(**UNIVERSITY)], change(settings={"k_limited": 10}))
    assert (found.before, found.after, found.moved) == (Verdict.PERMIT, Verdict.PERMIT, ())
    assert found.gained == found.lost == ("k-anonymity",)


def test_a_use_that_was_refused_and_stays_so_is_listed_where_another_question_moves():
    refused = use(**UNIVERSITY, hold="everything")
    (found,) = affected([refused], change(withdrawn=(Withdrawn("classification", "class"),)))
    assert (found.before, found.after) == (Verdict.REFUSE, Verdict.REFUSE)
    assert found.moved


def test_what_is_listed_is_what_two_decisions_tell_apart():
    """The slow way: decide each use under the law and facts as they were and as they would be, and read everything."""
    uses = [Use(case.application, case.facts) for case in map(stated, bases()[::23])]
    for made in (
        change(settings={"optout_wider": True}),
        change(provisions=("LAW-11",)),
        change(numbers={"k-limited": 50}),
        change(withdrawn=(Withdrawn("authority", "yes-south-trust"),)),
    ):
        otherwise = []
        for each in uses:
            before = decide(each.application, each.facts, on=made.on)
            after = decide(each.application, facts_after(made, each.facts), on=made.on, ruleset=law_after(made))
            demanded = [
                {replace(obligation, because="", provisions=()) for obligation in decision.obligations}
                for decision in (before, after)
            ]
            if before.answers != after.answers or demanded[0] != demanded[1]:
                otherwise.append((each.application, before.verdict, after.verdict))
        found = list(affected(uses, made))
        assert len(found) == len(otherwise) > 0
        assert [(each.before, each.after) for each in found] == [(before, after) for _, before, after in otherwise]


def slowly(uses, made):
    """Every use decided under the law and the records as they were, and as they would be, whatever changes."""
    for each in uses:
        before = decide(each.application, each.facts, on=made.on)
        after = decide(each.application, facts_after(made, each.facts), on=made.on, ruleset=law_after(made))
        stays = [{replace(one, because="", provisions=()) for one in each.obligations} for each in (before, after)]
        if before.answers != after.answers or stays[0] != stays[1]:
            yield each.application, before.verdict, after.verdict


def quickly(uses, made):
    by_id = {each.application.id: each.application for each in uses}
    return [(by_id[each.application], each.before, each.after) for each in affected(uses, made)]


def one_haven():
    """Uses by every way round before all their records, and one of each that names no paper or another agreement."""
    every = {base["route"]: base for base in bases() if base["purpose"] == "research"}
    made = [stated(base) for base in every.values()]
    records = {(type(each), each.id): each for case in made for each in case.facts.records}
    facts = replace(made[0].facts, records=tuple(records.values()))
    asked = [case.application for case in made]
    asked += [replace(each, basis=()) for each in asked] + [replace(each, agreement="another") for each in asked]
    return [Use(replace(each, id=f"ask-{place}"), facts) for place, each in enumerate(asked)]


def test_no_record_that_is_withdrawn_is_thought_out_of_reach_of_a_use_that_it_turns():
    uses, turned = one_haven(), 0
    for record in uses[0].facts.records:
        made = change(
            withdrawn=(Withdrawn(next(name for name, kind in KINDS.items() if kind is type(record)), record.id),)
        )
        assert quickly(uses, made) == list(slowly(uses, made))
        turned += bool(quickly(uses, made))
    assert turned > 5


def test_no_rule_that_ends_is_thought_silent_where_it_spoke():
    uses = one_haven()
    spoke = sorted({name for each in uses for name in decide(each.application, each.facts, on=TODAY).spoke})
    silent = sorted({rule.name for rule in RULESET.rules} - set(spoke))
    for name in (*spoke[::4], *silent[::12]):
        assert quickly(uses, change(rules=(name,))) == list(slowly(uses, change(rules=(name,))))


def test_a_decision_knows_which_rules_spoke_before_and_after_its_reasons_are_read():
    case = stated({})
    decision = decide(case.application, case.facts, on=case.on)
    spoke = decision.spoke
    assert spoke == {finding.rule for settled in decision.questions for finding in settled.findings}
    assert replace(decision, questions=tuple(decision.questions)).spoke == spoke


def test_a_change_is_read_from_a_file():
    read = read_change(
        """
        format = 1
        title = "support is withdrawn"
        on = 2026-12-01
        provisions = ["LAW-15"]
        withdrawn = [{ kind = "support", id = "CAG-1" }]
        [numbers]
        k-limited = 5
        [settings]
        optout_wider = true
        """,
        where="change.toml",
    )
    assert (read.on, read.withdrawn, read.settings) == (
        dt.date(2026, 12, 1),
        (Withdrawn("support", "CAG-1"),),
        {"optout_wider": True},
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('provisions = ["LAW-XX"]', "LAW-XX is not known"),
        ('rules = ["no_such_rule"]', "no_such_rule is not known"),
        ('withdrawn = [{ kind = "permit", id = "x" }]', "no records are of kind 'permit'"),
        ("numbers = { shoe-size = 9 }", "shoe-size is not known"),
        ("settings = { shoe_size = 9 }", "shoe_size is not known"),
        ('settings = { optout_wider = "yes" }', "true or false"),
        ("", "nothing changes"),
    ],
)
def test_a_change_that_cannot_be_is_refused_naming_what_is_accepted(line, says):
    with pytest.raises(BadInput, match=says):
        read_change(f'format = 1\ntitle = "odd"\non = 2026-12-01\n{line}\n', where="change.toml")


def test_a_withdrawn_record_that_is_not_there_is_bad_input():
    with pytest.raises(BadInput, match="no support CAG-1"):
        list(affected([use(**UNIVERSITY)], change(withdrawn=(Withdrawn("support", "CAG-1"),))))
