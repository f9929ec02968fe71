"""What is demanded of a permitted use never becomes less because a record that is for it is taken away."""

from dataclasses import replace
from functools import cache

import pytest
from space import VALUES, bases, one_thing_wrong, stated

from openhaven.law import decide
from openhaven.law.bearing import Bearing, bearing
from openhaven.model import obligation as o
from openhaven.model.decision import Verdict
from openhaven.model.record.approvals import Support
from openhaven.model.words import Purpose, Route

pytestmark = pytest.mark.xdist_group("the space of coded facts")


def lessened(before, after):
    """The obligations of `before` of which `after` demands less. Which paper is named, and by when it is reviewed, may
    differ: another paper carries the use then."""
    kinds = {}
    for each in after:
        kinds.setdefault(type(each), []).append(each)
    return [each for each in before if not any(_as_much(each, other) for other in kinds.get(type(each), ()))]


def _as_much(was, now):
    match was:
        case o.NationalOptOut():
            return now.applies >= was.applies
        case o.Objections() | o.RestrictedCodes():
            return set(now.lists) >= set(was.lists)
        case o.OnlyFields():
            return set(now.fields) <= set(was.fields)
        case o.OnlyControllers():
            return set(now.controllers) <= set(was.controllers)
        case o.KAnonymity():
            return now.k >= was.k and set(now.quasi) >= set(was.quasi) and now.suppression <= was.suppression
        case o.OnlyConsenting() | o.Review() | o.Conditions():
            return True
        case o.UseUntil():
            return now.until <= was.until
        case o.DestroyBy():
            return now.by <= was.by
    return replace(now, because="", provisions=()) == replace(was, because="", provisions=())


@cache
def permitted():
    """Permitted uses of the space: those in which nothing is wrong, and those with one thing other."""
    found = [base for base in bases() if verdict(stated(base)) is Verdict.PERMIT]
    near = [each for base in found[::12] for each in one_thing_wrong(base) if verdict(stated(each)) is Verdict.PERMIT]
    return [*found[::3], *near]


def decided(case, records=None):
    facts = case.facts if records is None else replace(case.facts, records=tuple(records))
    return decide(case.application, facts, on=case.on)


def verdict(case):
    return decided(case).verdict


def without_each(case):
    """Each supporting record, and what is left without it."""
    for_it = [each for each in case.facts.records if bearing(each) is Bearing.SUPPORTING]
    for gone in for_it:
        yield gone, [each for each in case.facts.records if each is not gone]


def test_over_the_space(record_property):
    tried = 0
    for case in map(stated, permitted()):
        before = decided(case)
        for gone, records in without_each(case):
            after = decided(case, records)
            if after.verdict is Verdict.PERMIT:
                assert not lessened(before.obligations, after.obligations), gone
                tried += 1
    record_property("cases", f"a supporting record gone from a permitted use, which is permitted still: {tried:,}")
    assert tried > 500


@pytest.mark.parametrize("route", [Route.COPI_2, Route.COPI_5])
@pytest.mark.parametrize("exempt", [("ground",), ("second",), ("ground", "second"), ()])
def test_of_two_approvals_one_taken_away_lifts_no_opt_out(route, exempt):
    level, purpose = "identifiable", Purpose.CLINICAL_AUDIT.value
    case = stated({"route": route.value, "level": level, "purpose": purpose, "body": VALUES["body"][1]})
    (first,) = (each for each in case.facts.records if isinstance(each, Support))
    says = {"national_opt_out": "exempt", "exemption": "minutes of 3 March 2026"}
    both = [replace(first, id=id, **(says if id in exempt else {})) for id in ("ground", "second")]
    others = [each for each in case.facts.records if each is not first]
    asked = replace(case, application=replace(case.application, basis=("ground", "second")))
    whole = decided(asked, [*others, *both])
    applies = [each.applies for each in whole.obligations if isinstance(each, o.NationalOptOut)]
    assert applies == [len(exempt) < 2]
    for one in both:
        fewer = decided(asked, [*others, one])
        assert fewer.verdict is Verdict.PERMIT
        assert not lessened(whole.obligations, fewer.obligations)
    renamed = replace(asked, application=replace(asked.application, basis=exempt))
    if exempt:  # what the application does not rely on says nothing of it
        found = decided(renamed, [*others, *both]).obligations
        assert [each.applies for each in found if isinstance(each, o.NationalOptOut)] == [False]
