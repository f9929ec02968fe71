"""Hierarchies: trees, or refused with the reason."""

import pytest

from openhaven.disclosure.hierarchy import Hierarchy, suppress_only
from openhaven.model.errors import BadInput


def test_a_file_gives_one_leaf_a_line_and_its_labels_upwards() -> None:
    ages = Hierarchy.from_text("age", '\ufeff34;30-39;*\r\n35;30-39;*\r\n"a;b";other;*\r\n')
    assert ages.leaves == ("34", "35", "a;b")
    assert ages.levels[1:] == (("30-39", "30-39", "other"), ("*", "*", "*"))
    assert ages.groupings[1].codes.tolist() == [0, 0, 1]
    assert ages.groupings[1].loss.tolist() == [0.5, 0.0]
    assert ages.groupings[2].loss.tolist() == [1.0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("a;x;*\na;y;*", "'a' twice"),
        ("a;x;*\nb;x", "line 2 has 2 levels"),
        ("a;x;1\nb;x;2", "not a tree: 'x' at level 1 becomes both '1' and '2'"),
        ('a;"x', "not readable as CSV"),
    ],
)
def test_what_is_not_a_tree_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        Hierarchy.from_text("age", text)


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(BadInput, match=r"misses 2 value.*'Elbonia'"):
        Hierarchy.from_text("country", "UK;*").encode(["UK", "Elbonia", "Ruritania", "Elbonia"])


def test_levels_that_part_nothing_new_are_not_tried() -> None:
    assert Hierarchy("a", (("x", "y"), ("X", "Y"), ("*", "*"), ("all", "all"))).distinct_levels() == (0, 2)


def test_a_column_without_hierarchy_is_shown_or_hidden() -> None:
    assert suppress_only("sex", ["f", "m", "f"]).levels == (("f", "m"), ("*", "*"))
    assert Hierarchy("sex", (("f", "m"),)).topped().levels == (("f", "m"), ("*", "*"))
    assert Hierarchy("sex", (("f", "m"), ("any", "any"))).topped().top == 1
