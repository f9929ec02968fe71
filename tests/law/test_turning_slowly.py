"""What would turn a verdict, found the slow and obvious way: every change, and every two, each decided afresh with all
the facts. `turning` may leave none of them out, and may list nothing else."""

import random
from dataclasses import replace
from itertools import combinations

import pytest
from space import FACTORS, VALUES, bases, stated

from openhaven.law import decide, turning
from openhaven.law.case import Case
from openhaven.law.ruleset import RULESET
from openhaven.law.turning import moves
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput

RANK = {Verdict.REFUSE: 0, Verdict.REFER: 1, Verdict.PERMIT: 2}
NEVER = ("insurance", "marketing", "solely commercial ends", "individual care")
KNOWN = (
    {"purpose": "official statistics", "route": "consent", "level": "aggregate, small numbers suppressed",
     "body": "company", "cohort": "by number"},
    {"purpose": "resource planning", "route": "COPI regulation 3", "level": "aggregate, small numbers suppressed",
     "body": "nhs body", "classification": "not yet"},
)  # fmt: skip


def wrong(many, *, seed):
    """As many cases that are not permitted, one to three facts each of which are not in order."""
    chance, found = random.Random(seed), []
    of_use = [base for base in bases() if base["purpose"] not in NEVER]
    while len(found) < many:
        vector = dict(chance.choice(of_use))
        for name in chance.sample(list(FACTORS), chance.choice([1, 1, 2, 2, 3])):
            vector[name] = chance.choice(VALUES[name][1:])
        case = stated(vector)
        if decide(case.application, case.facts, on=case.on).verdict is not Verdict.PERMIT:
            found.append(case)
    return found


def changed(case, *made):
    """The case with these changes, made one after the other."""
    application, records = case.application, [(each, each) for each in case.facts.records]
    for move in made:
        if move.asked is not None:
            application = move.asked(application)
        if move.record is not None:
            records = [(was, move.made(now) if was is move.record and now else now) for was, now in records]
    added = [move.added for move in made if move.added is not None]
    return application, replace(case.facts, records=(*(now for _, now in records if now is not None), *added))


def helps(case, before, *made):
    """What it would come to with these changes, if that is better; nothing where they do not go together."""
    try:
        application, facts = changed(case, *made)
        verdict = decide(application, facts, on=case.on).verdict
    except (ValueError, BadInput):
        return None
    return verdict if RANK[verdict] > RANK[before] else None


def moves_of(case):
    return moves(Case(case.application, case.facts, case.on, RULESET.numbers))


def tried(case, every, size):
    """Every so many of these changes together that turn the verdict, and to what."""
    before = decide(case.application, case.facts, on=case.on).verdict
    return {
        (frozenset(move.step for move in made), verdict)
        for made in combinations(every, size)
        if (verdict := helps(case, before, *made)) is not None
    }


def listed(case):
    found = turning(case.application, case.facts, on=case.on)
    ranks = [RANK[turn.verdict] for turn in found.better]
    assert ranks == sorted(ranks, reverse=True)
    return {(frozenset(turn.steps), turn.verdict) for turn in found.better}


def test_every_one_change_that_helps_is_listed_and_two_only_where_none_does():
    for case in wrong(8, seed=1):
        alone, found = tried(case, moves_of(case), 1), listed(case)
        assert {turn for turn in found if len(turn[0]) == 1} == alone
        assert not alone or found == alone


TWICE = [*(stated(each) for each in KNOWN), *wrong(6, seed=2)]


@pytest.mark.parametrize("place", range(len(TWICE)))
def test_every_two_changes_that_help_are_listed_where_none_alone_does(place):
    """Of all that are listed and some others by chance: to try every two would take minutes."""
    case, chance = TWICE[place], random.Random(place)
    every, found = moves_of(case), listed(case)
    named = {step for steps, _ in found for step in steps}
    some = [move for move in every if move.step in named or chance.random() < 0.25]
    alone = tried(case, every, 1)
    assert found == (alone or tried(case, some, 2))
    assert found or place >= len(KNOWN)
