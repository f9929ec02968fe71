"""Each controller answers for its own data, and an agreement reaches only the controllers that it names."""

from dataclasses import replace

import pytest
from heard import because, decided, demanded, unmet

from openhaven.model.decision import Verdict
from openhaven.model.obligation import OnlyControllers
from openhaven.model.record.controllers import Say
from openhaven.model.words import Purpose


def named(asked, *controllers):
    return asked.with_record("agreement-university", controllers=controllers)


def test_data_of_a_controller_that_the_agreement_does_not_name_is_left_out_and_said_so(story):
    asked = named(story["university"], "north-trust")
    only = demanded(asked, OnlyControllers)
    assert (only.controllers, only.unnamed) == (("north-trust",), ("south-trust",))
    assert "south-trust is no party to agreement-university and left out" in because(asked, "authority")


def test_a_controller_that_the_agreement_does_not_name_is_not_asked(story):
    asked = named(story["university"], "north-trust").without("yes-south-trust", "dspt-south-trust")
    assert demanded(asked, OnlyControllers).controllers == ("north-trust",)


@pytest.mark.parametrize("controllers", [(), ("another-trust",)])
def test_an_agreement_with_none_of_the_controllers_gives_nothing(story, controllers):
    asked = named(story["university"], *controllers)
    assert decided(asked).verdict is Verdict.REFUSE
    assert "names none of the controllers whose data would leave" in because(asked, "authority")


def test_the_one_named_declines_and_the_other_is_no_party(story):
    asked = named(story["university"], "north-trust").with_record("yes-north-trust", says=Say.DECLINES)
    assert unmet(asked) == {"authority"}
    assert "Every controller declines. north-trust declined" in because(asked, "authority")


def test_a_party_without_live_data_changes_nothing(story):
    asked = named(story["university"], "north-trust", "south-trust", "east-trust")
    assert demanded(asked, OnlyControllers).controllers == ("north-trust", "south-trust")


def test_a_haven_without_data_refuses(story):
    asked = story["university"]
    assert "authority" in unmet(replace(asked, facts=replace(asked.facts, controllers=())))


class TestForWhichPurposes:
    def test_a_yes_that_names_none_is_no_yes(self, story):
        asked = story["university"].with_record("yes-south-trust", purposes=())
        assert unmet(asked) == {"authority"}
        assert "yes-south-trust does not say for which purposes" in because(asked, "authority")

    def test_a_yes_is_for_those_that_it_names(self, story):
        asked = story["university"].with_record("yes-south-trust", purposes=(Purpose.RESEARCH,))
        assert not unmet(asked)
        assert unmet(asked.with_record("yes-south-trust", purposes=(Purpose.CLINICAL_AUDIT,))) == {"authority"}

    def test_a_no_that_names_none_is_for_all(self, story):
        asked = story["university"].with_record("yes-south-trust", says=Say.DECLINES, purposes=())
        assert "south-trust declined" in because(asked, "authority")
