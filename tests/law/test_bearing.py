"""Facts are for a use or against it: without one that is for it, or with one against it, no verdict ever improves."""

import datetime as dt
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from space import CONTROLLERS, END, FACTORS, SEEN, START, UNSEEN, VALUES, bases, one_thing_wrong, stated

from openhaven.law import decide
from openhaven.law.bearing import BEARINGS, Bearing, bearing
from openhaven.model.decision import Verdict
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement, Partnership
from openhaven.model.record.approvals import Opinion, Support
from openhaven.model.record.choices import Heard, Objection
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.data_protection import Assessment
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.organisations import Breach, Organisation
from openhaven.model.words import Purpose

pytestmark = pytest.mark.xdist_group("the space of coded facts")

RANK = {Verdict.REFUSE: 0, Verdict.REFER: 1, Verdict.PERMIT: 2}

ADVERSE = {
    Hold: (
        Hold("x", "paused", "the board", START),
        Hold("x", "paused", "the board", START, dataset="episodes"),
        Hold("x", "paused", "the board", START, programme="care"),
        Hold("x", "paused", "the board", START, agreement="agreement"),
        Hold("x", "over", "the board", START, dt.date(2026, 2, 1)),
    ),
    Breach: (
        Breach("x", "body", "an open share", START),
        Breach("x", "body", "late destruction", START, closed=dt.date(2026, 2, 1)),
        Breach("x", "another", "an open share", START),
    ),
    Objection: (
        Objection("x", Heard.OPEN, START, "people.txt"),
        Objection("x", Heard.UPHELD, START, "people.txt", decided=SEEN),
        Objection("x", Heard.NOT_UPHELD, START, "people.txt", decided=SEEN),
        Objection("x", Heard.OPEN, START, "people.txt", datasets=("episodes",), purposes=(Purpose.RESEARCH,)),
    ),
    Recommendation: tuple(
        Recommendation("x", Advice.OPPOSES, "C. Guardian", role, body, START, END, agreement="agreement")
        for role in ("Caldicott Guardian", "independent adviser")
        for body in (CONTROLLERS[0], "body")
    ),
    Organisation: (
        Organisation("stranger", "Stranger", business=("life insurance",), age_key="age1stranger"),
        Organisation("heart fund", "Heart Fund", business=("reinsurance",)),
        Organisation("another", "Steady Insurance"),
        Organisation("heart-fund", "Heart Fund", business=("public relations",)),
    ),
}
"""Records of every kind that can be adverse, about the cases of the space: adding one never improves a verdict."""


def turned(record):
    """The same record, its answer turned to a no."""
    if isinstance(record, Authority):
        return replace(record, says=Say.DECLINES)
    if isinstance(record, Recommendation):
        return replace(record, says=Advice.OPPOSES)
    if isinstance(record, Assessment):
        return replace(record, high_residual_risk=True)
    if isinstance(record, Organisation):
        return replace(record, owners=("kindly",))
    if isinstance(record, Support | Opinion):
        return replace(record, paid_by=("Somebody Else",))
    if isinstance(record, Partnership):
        return replace(record, principles=tuple(replace(each, met=False) for each in record.principles))
    return record


def shortened(record, day):
    """The same record, withdrawn or ended on an earlier day, where it has such a thing."""
    if isinstance(record, Support):
        return replace(record, withdrawn_on=day)
    if isinstance(record, Agreement | Authority):
        return replace(record, ends=max(record.starts, min(record.ends, day)))
    return record


def verdict(case, records=None):
    facts = case.facts if records is None else replace(case.facts, records=tuple(records))
    return RANK[decide(case.application, facts, on=case.on).verdict]


@cache
def permitted():
    """Every permitted use of the space in which nothing is wrong, by its base."""
    return [base for base in bases() if verdict(stated(base)) == RANK[Verdict.PERMIT]]


@cache
def stopped():
    """Permitted uses with one thing wrong."""
    vectors = (vector for base in permitted()[:: max(1, len(permitted()) // 10)] for vector in one_thing_wrong(base))
    return [case for vector in vectors if verdict(case := stated(vector)) < RANK[Verdict.PERMIT]]


vectors = st.fixed_dictionaries(
    {name: st.sampled_from(VALUES[name]) for name in ("purpose", "route", "level", "body")}
).flatmap(
    lambda base: st.dictionaries(st.sampled_from(list(FACTORS)), st.integers(1, 20), max_size=3).map(
        lambda more: base | {name: VALUES[name][place % len(VALUES[name])] for name, place in more.items()}
    )
)
"""A use with up to three things wrong."""
adverse = st.sampled_from([record for records in ADVERSE.values() for record in records])


def without(records, kept):
    """Only what is not for the use, and of what is for it those whose place is kept."""
    return [each for place, each in enumerate(records) if bearing(each) is not Bearing.SUPPORTING or place in kept]


class TestEveryKind:
    @pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
    def test_has_a_type(self, kind):
        assert kind in BEARINGS

    def test_no_type_is_for_a_kind_that_is_not_there(self):
        assert set(BEARINGS) == set(KINDS.values())

    def test_that_can_be_adverse_is_tried(self):
        always = {kind for kind, of in BEARINGS.items() if of.__name__ == "_adverse"}
        assert always <= set(ADVERSE)
        for kind, records in ADVERSE.items():
            assert {type(each) for each in records} == {kind}
            assert {bearing(each) for each in records} == {Bearing.ADVERSE}

    def test_that_can_answer_is_tried(self):
        whole = [record for case in map(stated, permitted()[::3]) for record in case.facts.records]
        answers = {type(each) for each in map(turned, whole) if bearing(each) is Bearing.ANSWER}
        assert answers == {Authority, Assessment, Partnership, Support, Opinion, Organisation}


class TestEachRecord:
    def test_that_is_for_a_use_never_improves_it_by_being_taken_away(self, record_property):
        """Of uses with one thing wrong, which are refused or referred, so that a verdict could improve."""
        tried = 0
        for case in stopped():
            before = verdict(case)
            for record in case.facts.records:
                if bearing(record) is Bearing.SUPPORTING:
                    fewer = [each for each in case.facts.records if each is not record]
                    assert verdict(case, fewer) <= before, record
                    tried += 1
        record_property("cases", f"a supporting record taken away: {tried:,}")
        assert tried > 5000

    def test_that_is_against_a_use_never_improves_it_by_being_added(self, record_property):
        tried = 0
        for case in stopped():
            before = verdict(case)
            for record in (record for records in ADVERSE.values() for record in records):
                assert verdict(case, [*case.facts.records, record]) <= before, record
                tried += 1
        record_property("cases", f"an adverse record added: {tried:,}")
        assert tried > 5000

    def test_that_is_needed_refuses_or_refers_where_all_of_its_kind_are_gone(self):
        needed = set()
        for case in map(stated, permitted()[::3]):
            for kind in {type(each) for each in case.facts.records}:
                if (
                    verdict(case, [each for each in case.facts.records if type(each) is not kind])
                    < RANK[Verdict.PERMIT]
                ):
                    needed.add(kind)
        assert {Agreement, Authority, Organisation} <= needed


class TestAnyUse:
    @given(vector=vectors, data=st.data())
    @settings(max_examples=300, deadline=None)
    def test_never_improves_by_what_is_for_it_being_taken_away(self, vector, data):
        case = stated(vector)
        places = st.sets(st.integers(0, len(case.facts.records) - 1))
        gone = (
            data.draw(places) if data.draw(st.booleans()) else {data.draw(st.integers(0, len(case.facts.records) - 1))}
        )
        kept = set(range(len(case.facts.records))) - gone
        fewer = without(case.facts.records, kept)
        assert verdict(case, fewer) <= verdict(case)
        fewest = without(case.facts.records, kept - data.draw(places))
        assert verdict(case, fewest) <= verdict(case, fewer)

    @given(vector=vectors, adverse=adverse, data=st.data())
    @settings(max_examples=300, deadline=None)
    def test_never_improves_by_what_is_against_it_being_added(self, vector, adverse, data):
        case = stated(vector)
        place = data.draw(st.integers(0, len(case.facts.records)))
        more = [*case.facts.records[:place], adverse, *case.facts.records[place:]]
        assert verdict(case, more) <= verdict(case)

    @given(vector=vectors, data=st.data())
    @settings(max_examples=300, deadline=None)
    def test_never_improves_by_an_answer_turned_to_a_no(self, vector, data):
        case = stated(vector)
        turn = data.draw(st.sets(st.integers(0, len(case.facts.records) - 1), min_size=1))
        records = [turned(each) if place in turn else each for place, each in enumerate(case.facts.records)]
        assert verdict(case, records) <= verdict(case)

    @given(vector=vectors, data=st.data(), day=st.dates(START, dt.date(2026, 11, 20)))
    @settings(max_examples=200, deadline=None)
    def test_never_improves_by_what_is_withdrawn_or_ended(self, vector, data, day):
        case = stated(vector)
        places = data.draw(st.sets(st.integers(0, len(case.facts.records) - 1)))
        records = [shortened(each, day) if place in places else each for place, each in enumerate(case.facts.records)]
        assert verdict(case, records) <= verdict(case)


@pytest.mark.parametrize(
    "odd",
    [{"decided_by": "the board"}, {"practicability": ""}, {"conditions_met": None}, {"letter": UNSEEN}],
    ids=lambda odd: next(iter(odd)),
)
def test_a_second_approval_that_is_not_in_order_makes_a_use_no_worse_and_taken_away_no_better(odd):
    case = stated(
        {"route": "COPI regulation 5", "level": "identifiable", "purpose": "clinical audit", "body": "nhs body"}
    )
    (ground,) = (each for each in case.facts.records if each.id == "ground")
    second = replace(ground, id="second", **odd)
    both = replace(case, application=replace(case.application, basis=("ground", "second")))
    records = case.facts.records
    assert verdict(both, [*records, second]) == verdict(both, records) == RANK[Verdict.PERMIT]
    alone = [each for each in records if each is not ground]
    assert verdict(both, [*alone, second]) < RANK[Verdict.PERMIT]


@pytest.mark.parametrize("kind", ADVERSE, ids=lambda kind: kind.__name__)
def test_every_adverse_kind_stops_something(kind):
    """Else the property would hold of a kind that no rule reads."""
    if kind in (Objection, Organisation):  # the one is an obligation, the other is read only of parties and funders
        return
    assert any(
        verdict(case, [*case.facts.records, each]) < 2
        for case in map(stated, permitted()[::3])
        for each in ADVERSE[kind]
    )
