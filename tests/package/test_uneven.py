"""The warning that suppression falls unevenly: by the four-fifths rule, and only from figures that a face shows."""

from dataclasses import replace

import package_story as story
import pytest

from openhaven.disclosure.rules import rule_named
from openhaven.model.certificate import Removed
from openhaven.package.certificate import full, public, recipient
from openhaven.package.page import as_html
from openhaven.package.uneven import HIDDEN, RULE, kept_share, uneven, uneven_by


def figures(*pairs, group="sex"):
    return [
        {"by": "Sex", "group": group, "value": f"v{n}", "removed": removed, "of": of}
        for n, (removed, of) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    "pairs, named",
    [
        (((0, 100), (20, 100)), False),
        (((0, 100), (21, 100)), True),
        (((10, 100), (28, 100)), False),
        (((10, 100), (29, 100)), True),
        (((5, 100), (5, 100)), False),
        (((100, 100), (100, 100)), False),
    ],
)
def test_a_group_is_named_where_less_than_four_fifths_as_much_of_it_stays(pairs, named):
    found = uneven(figures(*pairs))
    assert bool([each for each in found if each.startswith("Suppression falls unevenly by Sex")]) is named
    assert RULE in found and "29 CFR 1607.4" in RULE


def test_who_lost_how_much_is_said():
    (says, _) = uneven(figures((1, 1000), (35, 100), (0, 100)))
    assert says.startswith(
        "Suppression falls unevenly by Sex: it removed 35% of the rows of “v1”, but nothing of those of “v2”."
    )


def test_characteristics_that_are_not_of_the_four_are_not_judged():
    assert uneven(figures((100, 100), (0, 100), group="")) == []
    assert uneven([]) == []


def test_a_hidden_figure_is_not_judged_and_that_is_said():
    found = uneven(figures(("*", "50"), ("5", "100")))
    assert kept_share(figures(("*", "50"))[0]) is None
    assert found[0].startswith("Suppression falls evenly") and found[-1] == HIDDEN


@pytest.fixture(scope="module")
def certificate(whole):
    return story.certificate(story.output(whole.plain))


def test_a_copy_that_leaves_judges_what_it_shows_alone(certificate):
    whole, copy = full(certificate), recipient(certificate, rule=story.hes_2018)
    assert any("Isles of Scilly" in each for each in whole["removed_says"])
    assert not any("Isles of Scilly" in each for each in copy["removed_says"]) and HIDDEN in copy["removed_says"]
    assert uneven_by(whole) == "Suppression falls unevenly by age; ethnicity; area."
    assert uneven_by(copy) == "Suppression falls unevenly by age; ethnicity."


def test_the_page_warns_at_its_head_and_where_the_figures_are(certificate):
    for face in (full(certificate), public(certificate, rule=story.hes_2018)):
        page = as_html(face, naming=story.NAMING)
        head, rest = page.split("</section>", 1)
        assert uneven_by(face) in head and "Look again" in rest and "Ethnicity, which does not leave" in rest


def test_few_that_stay_are_not_given_away_by_those_removed(certificate):
    made = replace(certificate, removed=(Removed("area", "Wales", 80, 82, "area"), Removed("area", "Kent", 90, 900)))
    shown = recipient(made, rule=rule_named("threshold-10").show)["removed"]
    assert [each["removed"] for each in shown] == ["*", "*"], "two stay; and alone it could be worked out"


def test_a_hidden_figure_is_not_alone_where_the_others_are_exact(certificate):
    counts = ((3, 500), (41, 500), (92, 500), (0, 500))
    made = replace(certificate, removed=tuple(Removed("sex", str(n), *pair, "sex") for n, pair in enumerate(counts)))
    exact = recipient(made, rule=rule_named("threshold-10").show)["removed"]
    assert [each["removed"] for each in exact] == ["*", "*", "92", "0"]
    rounded = recipient(made, rule=rule_named("HES-2018").show)["removed"]
    assert [each["removed"] for each in rounded] == ["*", "40", "90", "0"], "rounded figures hide it already"
