"""What is demanded beyond k: as agreed, as policy has it, of both together the stricter; silence demands nothing."""

from dataclasses import replace

import pytest
from heard import because, decided, demanded, rules, unmet
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.obligation import (
    KAnonymity,
    KOverEvents,
    KOverKeys,
    LDiversity,
    LocalRecoding,
    NoPersonLink,
    TCloseness,
)
from openhaven.model.protection import (
    NONE,
    Closeness,
    Distance,
    Diversity,
    OverEvents,
    OverKeys,
    Protection,
    Recoding,
    Spread,
    stricter,
)
from openhaven.model.words import Precision

BEYOND_K = (LDiversity, TCloseness, KOverKeys, KOverEvents, NoPersonLink, LocalRecoding)


def agreeing(story, name="university", **protection):
    asked = story[name]
    return asked.with_record(asked.application.agreement, protection=Protection(**protection))


def with_policy(asked, **protection):
    policy = replace(asked.facts.policy, protection=Protection(**protection))
    return replace(asked, facts=replace(asked.facts, policy=policy))


def kinds(asked):
    return {type(each) for each in decided(asked).obligations} & set(BEYOND_K)


def test_silence_demands_k_alone(story):
    assert kinds(story["university"]) == set()
    assert demanded(story["university"], KAnonymity).k >= 5


def test_each_demand_of_an_agreement_is_an_obligation_over_the_same_characteristics(story):
    asked = agreeing(
        story,
        diversity=(Diversity(3, field="diagnosis"),),
        closeness=(Closeness(0.4),),
        keys=(OverKeys(20, 2),),
        events=(OverEvents(5, 2),),
    )
    quasi = demanded(asked, KAnonymity).quasi
    assert demanded(asked, LDiversity).l == 3 and demanded(asked, LDiversity).field == "diagnosis"
    assert demanded(asked, TCloseness).t == 0.4 and demanded(asked, TCloseness).field == "diagnosis"
    assert demanded(asked, KOverKeys).keys == 2 and demanded(asked, KOverEvents).events == 2
    assert {demanded(asked, kind).quasi for kind in (LDiversity, TCloseness, KOverKeys, KOverEvents)} == {quasi}


def test_policy_demands_of_whoever_agreed_nothing(story):
    asked = with_policy(story["university"], diversity=(Diversity(2),), events=(OverEvents(3, 2),))
    assert demanded(asked, LDiversity).field == "diagnosis"
    assert "Policy of this installation" in demanded(asked, KOverEvents).because


def test_the_stricter_of_agreement_and_policy_wins(story):
    asked = agreeing(story, diversity=(Diversity(4),), events=(OverEvents(3, 2),))
    asked = with_policy(asked, diversity=(Diversity(2),), events=(OverEvents(5, 2),))
    assert demanded(asked, LDiversity).l == 4
    assert demanded(asked, KOverEvents).k == 5


@pytest.mark.parametrize("name", ["cancer audit", "commissioner"])
def test_policy_for_rows_says_nothing_of_identifiable_data_and_of_tables(story, name):
    assert kinds(with_policy(story[name], diversity=(Diversity(2),), no_person_link=True)) == set()


def test_what_is_not_confidential_cannot_be_protected_by_l(story):
    asked = agreeing(story, diversity=(Diversity(3, field="sex"),))
    assert unmet(asked) == {"minimum necessary"}
    assert "sex is no confidential field" in because(asked, "minimum necessary")


def test_values_without_an_order_have_no_ordered_distance(story):
    asked = agreeing(story, closeness=(Closeness(0.2, Distance.ORDERED, "diagnosis"),))
    assert "the values of diagnosis have no order" in because(asked, "minimum necessary")
    every = agreeing(story, closeness=(Closeness(0.2, Distance.ORDERED),))
    assert demanded(every, TCloseness).distance is Distance.EQUAL, "the equal distance is never less"


def test_a_precision_that_the_field_does_not_have_is_refused(story):
    asked = agreeing(story, diversity=(Diversity(3, field="diagnosis", at=Precision.MONTH),))
    assert "diagnosis is not told by its month" in because(asked, "minimum necessary")


def test_rows_without_a_link_leave_without_a_key(story):
    asked = agreeing(story, no_person_link=True)
    assert "no_key_leaves_where_rows_are_not_linked" in rules(asked, "minimum necessary")
    fields = tuple(each for each in asked.application.fields if each.name != "nhs_number")
    assert demanded(asked.with_application(fields=fields), NoPersonLink)


def test_class_by_class_no_k_over_events_is_reached(story):
    both = agreeing(story, recoding=Recoding.LOCAL, events=(OverEvents(5, 2),))
    assert unmet(both) == {"minimum necessary"}
    assert demanded(agreeing(story, recoding=Recoding.LOCAL), LocalRecoding)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Diversity, {"l": 0.5}),
        (Diversity, {"l": 2.5}),
        (Diversity, {"l": 3, "c": 2.0}),
        (Diversity, {"l": 3, "spread": Spread.RECURSIVE}),
        (Diversity, {"l": 3, "spread": Spread.RECURSIVE, "c": 0.0}),
        (Diversity, {"l": 3, "at": Precision.CHAPTER}),
        (Closeness, {"t": 1.5}),
        (OverKeys, {"k": 0, "keys": 2}),
        (OverEvents, {"k": 5, "events": 0}),
    ],
)
def test_a_demand_that_makes_no_sense_is_not_made(kind, said):
    with pytest.raises(ValueError):
        kind(**said)


small = st.integers(1, 4)
demands = st.builds(
    Protection,
    diversity=st.lists(st.builds(Diversity, l=small, field=st.sampled_from(["", "a"])), max_size=2).map(tuple),
    closeness=st.lists(st.builds(Closeness, t=st.sampled_from([0.1, 0.3])), max_size=2).map(tuple),
    keys=st.lists(st.builds(OverKeys, k=small, keys=small), max_size=2).map(tuple),
    events=st.lists(st.builds(OverEvents, k=small, events=small), max_size=2).map(tuple),
    no_person_link=st.booleans(),
    recoding=st.sampled_from(Recoding),
)


@given(demands, demands)
def test_both_together_are_no_weaker_than_either(first, second):
    both = stricter(first, second)
    for each in (first, second):
        for l in each.diversity:  # noqa: E741
            assert any(one.field == l.field and one.l >= l.l for one in both.diversity)
        for t in each.closeness:
            assert any(one.t <= t.t for one in both.closeness)
        assert all(any(one.keys == k.keys and one.k >= k.k for one in both.keys) for k in each.keys)
        assert all(any(one.events == k.events and one.k >= k.k for one in both.events) for k in each.events)
        assert both.no_person_link >= each.no_person_link


@given(demands)
def test_nothing_more_changes_nothing(one):
    assert stricter(one, NONE) == one
