"""What many cases share is found once for all of them, and is what each would have found alone."""

import random
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from space import CONTROLLERS, END, SEEN, START, bases, stated

from openhaven.law import RULESET, decide
from openhaven.law.agenda import ROAD
from openhaven.law.algebra import Question, settle
from openhaven.law.case import Case
from openhaven.law.rules.purpose import TRADES
from openhaven.law.speaking import _found, may_speak_of
from openhaven.law.words import WORDS
from openhaven.model.facts import Facts
from openhaven.model.quick import quickly_made
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.kinds import Record

WRONG = ({}, {"notice": "absent"}, {"authority": "one declines"}, {"assurance": "ended"}, {"assessment": "high risk"})


def own(record: Record) -> bool:
    return record.id.startswith("yes-")


NO = Authority("no", CONTROLLERS[0], "episodes", Say.DECLINES, START, END, SEEN, application="another")
"""A controller's no to one application alone."""


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_uses_before_one_set_of_records_are_decided_as_each_alone(wrong):
    some = random.Random(1).sample(bases(), 12)
    first = stated({**some[0], **wrong})
    facts = replace(first.facts, records=(*first.facts.records, NO))
    for base in some:
        for id in ("ask", "another"):
            application = replace(stated(base).application, id=id)
            alone = Facts(facts.dataset, facts.controllers, facts.policy, facts.records, facts.former)
            shared, by_itself = (decide(application, each, on=first.on) for each in (facts, alone))
            assert shared == by_itself
            case = Case(application, alone, first.on)
            assert shared.questions == tuple(settle(each, RULESET.of(each, on=first.on), case) for each in Question)


def test_what_was_read_of_other_records_is_not_used_again():
    case = stated({})
    assert decide(case.application, case.facts, on=case.on).verdict == "permit"
    without = replace(case.facts, records=tuple(each for each in case.facts.records if not own(each)))
    assert decide(case.application, without, on=case.on).verdict == "refuse"
    assert decide(case.application, case.facts, on=case.on).verdict == "permit"


PIECES = [
    *(part for word in TRADES for part in word.strip("*").split()),
    "post",
    "uninsur",
    "health",
    "Ä",
    "-",
    " ",
    "x",
    "1",
    "0",
    ".",
    "rn",
    "n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=30))
def test_no_text_that_speaks_of_a_trade_is_passed_over(text):
    assert may_speak_of((text,), TRADES) or not any(_found(text, TRADES, WORDS.innocent))


@pytest.mark.parametrize("kind", ROAD, ids=lambda kind: kind.__name__)
def test_an_obligation_is_made_quickly_and_stays_as_it_is(kind):
    parts = {each.name: object() for each in fields(kind)}
    made = kind(**parts)
    assert {name: getattr(made, name) for name in parts} == parts
    with pytest.raises(AttributeError):
        made.because = "changed"
    with pytest.raises(TypeError):
        kind(**parts, unknown=1)


def test_what_is_worked_out_is_not_made_quickly():
    with pytest.raises(TypeError, match="worked out"):
        quickly_made(Facts)
