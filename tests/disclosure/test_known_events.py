"""Which levels are taken where known events of a person are asked for: held to looking at every choice of levels."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.disclosure import known_events
from openhaven.disclosure.classes import distinct, roll_up
from openhaven.disclosure.events import fewest_sharing
from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.known_events import Known, Wanted, lowest
from openhaven.disclosure.models import Demands, K

TREES = (
    Hierarchy("age", (tuple("abcdef"), tuple("112233"), tuple("xxxxyy"), tuple("******"))),
    Hierarchy("area", (tuple("ABCD"), tuple("NNSS"), tuple("****"))),
)
visits = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 3)), min_size=6, max_size=40)
Visits = list[tuple[int, int, int]]


def wanted(rows: Visits, *, k: int, events: int, most: int) -> Wanted:
    table = np.array(rows)
    classes, line = distinct(table[:, 1:])
    return Wanted(Known(table[:, 0], line), classes, TREES, Demands((K(k),)), {events: k}, most)


def every_choice(asked: Wanted) -> list[float]:
    """The loss of each choice of levels that does, best first."""
    found = []
    for levels in product(*(range(len(each.levels)) for each in TREES)):
        kept = asked.kept(levels)
        if kept is not None:
            found.append(asked.met(levels, kept).loss)
    return sorted(found)


@settings(max_examples=200, deadline=None)
@given(visits, st.integers(1, 5), st.floats(0, 0.6))
def test_for_one_known_event_no_choice_of_levels_loses_less(rows: Visits, k: int, share: float) -> None:
    """Rows that go count as lost: a coarser choice under which fewer go may lose less."""
    asked = wanted(rows, k=k, events=1, most=int(share * len(rows)))
    found, losses = lowest(asked), every_choice(asked)
    assert (found.kept is None) == (not losses)
    if found.kept is not None:
        assert asked.met(found.levels, found.kept).loss == pytest.approx(losses[0])
        assert min(each.loss for each in found.met) == pytest.approx(losses[0])


def test_what_a_chain_passes_over_is_looked_at_too() -> None:
    """A node halfway that cannot be the best says nothing of those below it, which lose less where every row stays."""
    asked = wanted([(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 4, 0), (1, 0, 0), (1, 4, 0)], k=2, events=1, most=3)
    found = lowest(asked)
    assert found.kept is not None and asked.met(found.levels, found.kept).loss == pytest.approx(every_choice(asked)[0])


@settings(max_examples=120, deadline=None)
@given(visits, st.integers(2, 4), st.integers(2, 3), st.floats(0, 0.6))
def test_for_several_it_holds_within_what_may_go(rows: Visits, k: int, events: int, share: float) -> None:
    asked = wanted(rows, k=k, events=events, most=int(share * len(rows)))
    found = lowest(asked)
    if found.kept is None:
        return
    assert int((~found.kept).sum()) <= asked.most
    of_class = roll_up(asked.classes, TREES, found.levels)[1][asked.known.line]
    left = found.kept
    assert not left.any() or fewest_sharing(asked.known.person[left], of_class[left], events=events) >= k


def test_the_more_rows_the_fewer_looks_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(who, who % 6, who % 4) for who in range(24)]
    asked = wanted(rows, k=4, events=1, most=4)
    assert lowest(asked).says == ()
    monkeypatch.setattr(known_events, "FEWEST_LOOKS", 1)
    monkeypatch.setattr(known_events, "ROWS_LOOKED_AT", 24)
    found = lowest(asked)
    assert len(found.met) == 1 and found.says == ("only 1 recodings were looked at row by row, so another may do",)


def test_thirty_columns_are_answered_and_what_was_not_tried_is_said() -> None:
    """2 to the 30 choices of levels: none is made before it is its turn."""
    rng = np.random.default_rng(4)
    codes = np.concatenate((np.zeros((60, 1), dtype=np.int64), rng.integers(0, 2, (60, 29))), axis=1)
    classes, line = distinct(codes)
    trees = [Hierarchy(f"c{at}", (("0", "1"), ("*", "*"))) for at in range(30)]
    asked = Wanted(Known(np.arange(60) // 2, line), classes, trees, Demands((K(3),)), {2: 3}, 20)
    found = lowest(asked)
    assert found.kept is not None and found.levels.count(0) > 1
    assert any("between the first and the last" in each for each in found.says)
    of_class = roll_up(classes, trees, found.levels)[1][line]
    assert fewest_sharing((np.arange(60) // 2)[found.kept], of_class[found.kept], events=2) >= 3


def test_a_large_lattice_is_walked_in_ascending_order_each_choice_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_events, "MOST_NODES", 1)
    trees = [Hierarchy(f"c{at}", (("0", "1", "2"), ("*", "*", "*"))) for at in range(6)]
    codes = np.random.default_rng(1).integers(0, 3, (30, 6))
    classes, line = distinct(codes)
    asked = Wanted(Known(np.arange(30), line), classes, trees, Demands((K(2),)), {1: 2}, 3)
    search = known_events._Search(asked, [(0, 1)] * 6)
    walked = list(search.nodes())
    assert sorted(walked) == sorted(product((0, 1), repeat=6))
    losses = [search.loss(each) for each in walked]
    assert losses == pytest.approx(sorted(losses))
