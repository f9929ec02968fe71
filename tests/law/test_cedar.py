"""Two implementations of the algebra, ours and one in Cedar, come to the same on the same findings."""

from itertools import chain, combinations, product

import cedar
from hypothesis import given, settings
from hypothesis import strategies as st
from space import VALUES, bases, one_thing_wrong, stated

from openhaven.law import decide
from openhaven.law.algebra import answer, overall
from openhaven.model.decision import Answer, Effect, Verdict

EFFECTS = (Effect.PERMIT, Effect.FORBID, Effect.REFER, Effect.FAILED)


def test_every_set_of_findings_comes_to_the_same_answer():
    sets = list(chain.from_iterable(combinations(EFFECTS, size) for size in range(len(EFFECTS) + 1)))
    said = {f"question {place}": effects for place, effects in enumerate(sets)}
    assert cedar.answers(said) == {question: answer(effects) for question, effects in said.items()}


def test_every_row_of_answers_comes_to_the_same_verdict():
    for length in range(6):
        for answers in product(Answer, repeat=length):
            answered = {f"question {place}": each for place, each in enumerate(answers)}
            assert cedar.verdict(answered) == overall(answers)


@given(
    said=st.dictionaries(st.text(min_size=1, max_size=8), st.lists(st.sampled_from(EFFECTS), max_size=6), max_size=20)
)
@settings(max_examples=300)
def test_random_findings_come_to_the_same(said):
    ours = {question: answer(effects) for question, effects in said.items()}
    assert cedar.answers(said) == ours
    assert cedar.verdict(ours) == overall(ours.values())


def test_what_real_rules_find_comes_to_the_same(record_property):
    seen, near = set[Verdict](), bases()[::29]
    near += [vector for base in bases()[::400] for vector in one_thing_wrong(base)]
    near += one_thing_wrong({name: values[0] for name, values in VALUES.items()})
    for vector in near:
        case = stated(vector)
        decision = decide(case.application, case.facts, on=case.on)
        said = {each.question: [finding.effect for finding in each.findings] for each in decision.questions}
        assert cedar.answers(said) == decision.answers
        assert cedar.verdict(cedar.answers(said)) == decision.verdict
        seen.add(decision.verdict)
    assert seen == set(Verdict)
    record_property("cases", f"decisions on which Cedar agrees: {len(near):,}")
