"""What is looked at quickly, without words, comes to what the slow and obvious way finds."""

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from space import bases, one_thing_wrong, stated

from openhaven.law import decide
from openhaven.law.agenda import ROAD, in_order
from openhaven.law.case import Case
from openhaven.law.evidence import classification, faults_of_classification
from openhaven.law.glancing import PIECE, _by_piece, _fours, _parts, may_speak_of
from openhaven.law.references import normal
from openhaven.law.rules import assessment, data_protection, minimum
from openhaven.law.rules.protection import protection_of
from openhaven.law.rules.purpose import SPOKEN_OF
from openhaven.law.speaking import _speaks_of
from openhaven.law.words import PAIRS
from openhaven.model.obligation import Register, Review
from openhaven.model.protection import NONE, OverKeys, Protection, Recoding
from openhaven.model.record.advice import Classification
from openhaven.model.record.data_protection import Assessment
from openhaven.model.words import Level, Precision, Role


@cache
def cases():
    """Uses of every kind, and some with each single thing wrong."""
    vectors = [*bases()[::11], *(each for base in bases()[::400] for each in one_thing_wrong(base))]
    return [Case(each.application, each.facts, each.on) for each in map(stated, vectors)]


def test_the_classification_is_the_first_in_which_nothing_is_at_fault():
    found = set()
    for case in cases():
        every = sorted(case.facts.every(Classification), key=lambda each: each.id)
        mine = [each for each in every if each.dataset == case.application.dataset]
        fits = [each for each in mine if not faults_of_classification(case, each)]
        identifiable = case.application.level is Level.IDENTIFIABLE
        assert classification(case) == (None if identifiable or not fits else fits[0])
        found.add((classification(case) is None, bool(mine)))
    assert found == {(True, True), (True, False), (False, True)}


def test_an_assessment_carries_a_use_where_it_has_no_fault():
    said = set()
    for case in cases():
        for each in case.facts.every(Assessment):
            said.add(assessment._carries(case, each))
            assert assessment._carries(case, each) is not bool(assessment._faults(case, each))
    assert said == {True, False}


def test_fields_looked_at_once_are_what_each_question_finds_alone():
    for case in cases():
        ask, looked, named = case.application, minimum._looked_at(case), case.facts.dataset.named
        assert looked.without_reason == [each.name for each in ask.fields if not each.reason.strip()]
        assert looked.free_text == [each.name for each in ask.fields if named[each.name].role is Role.FREE_TEXT]
        assert looked.leaving == [(each.name, each.precision) for each, _ in case.leaving]
        left = [each for each in case.leaving if each[0].precision is not Precision.ALL]
        assert looked.quasi == [
            each.name for each, field in left if field.role is Role.QUASI or field.kind in minimum.COARSE_ENOUGH
        ]
        assert looked.keys == [e.name for e, field in case.leaving if field.role is Role.KEY or field.refers_to]
        assert looked.person == [each.name for each, field in case.leaving if field.role is Role.PERSON]
        assert looked.identifying == [
            each.name for each, field in left if minimum._identifies(ask.level, each.precision, field)
        ]


def test_the_grounds_of_a_controller_are_the_first_that_stand_and_rather_need_no_document():
    for case in cases()[::5]:
        use = case.outline
        for bodies in (("nhs trust",), ("university",), ("company",)):
            open_to = data_protection._standing(use.on, use.purpose, use.route, bodies, use.ended)
            assert [
                pair for _, pair in data_protection._by_preference(use.on, use.purpose, use.route, bodies, use.ended)
            ] == sorted(open_to, key=lambda pair: (bool(pair.needs or pair.person), PAIRS.index(pair)))
            for words, pair in data_protection._by_preference(use.on, use.purpose, use.route, bodies, use.ended):
                assert words == normal(pair)


@pytest.mark.parametrize("protection", [NONE, Protection(), Protection(keys=(OverKeys(3, 2),)), Protection(
    no_person_link=True), Protection(recoding=Recoding.LOCAL)])  # fmt: skip
def test_a_protection_demands_nothing_where_it_is_equal_to_none(protection):
    assert protection.is_none is (protection == NONE)
    case = Case(*(lambda each: (each.application, each.facts, each.on))(stated({})))
    assert protection_of(case).is_none


def test_every_word_looked_for_is_looked_for_by_a_part_of_it_or_found_by_either_four_of_a_piece():
    short, long, fours = _by_piece(SPOKEN_OF)
    for parts in _parts(SPOKEN_OF):
        if max(map(len, parts)) < PIECE:
            assert any(part in parts and parts in every for part, every in short)
            continue
        for before in ("", "x"):  # wherever it stands, one of its fours begins at an even place
            told = {four for part in parts for four in _fours(before + part)} & fours
            assert any(parts in long[four] for four in told), parts


TEXTS = ("", "how often children wait", "who sells", "cover for lives", "data", "a broker of", "Plans: 12", "mоrtgage")


@given(st.lists(st.sampled_from((*TEXTS, *SPOKEN_OF)) | st.text(max_size=12), max_size=5))
def test_texts_looked_at_together_pass_over_none_that_speaks_when_read(texts):
    assert may_speak_of(texts, SPOKEN_OF) or not any(_speaks_of(text, SPOKEN_OF, ()) for text in texts)


def test_a_text_of_everyday_words_is_not_read_further():
    assert not may_speak_of(("How long people wait for a bed", "deaths within 30 days"), SPOKEN_OF)


@cache
def demanded():
    """Obligations of every kind that the space knows."""
    every = (stated(base) for base in bases()[::11])
    owed = [each for case in every for each in decide(case.application, case.facts, on=case.on).obligations]
    more = [Register(provisions=("REG-01",), because=because) for because in ("a", "b")]
    return [*owed, *more, *more]


@given(st.randoms(use_true_random=False), st.integers(0, 40))
def test_obligations_stand_in_the_order_of_the_road_each_once(chance: random.Random, many):
    some = chance.choices(demanded(), k=many)
    slowly = sorted(set(some), key=lambda each: (ROAD.index(type(each)), each.because, repr(each)))
    assert in_order(some) == tuple(slowly)


def test_two_of_one_kind_and_reason_stand_in_the_order_of_their_words():
    one, other = (Review(provisions=("LAW-29",), because="so", record=id, what="support", by=stated({}).on)
                  for id in ("a", "b"))  # fmt: skip
    assert in_order([other, one, other]) == (one, other)
