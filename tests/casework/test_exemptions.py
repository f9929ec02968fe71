"""What is left out of a copy names its exemption, of the right law, with an opinion where one is needed."""

from __future__ import annotations

import datetime as dt

import pytest

from openhaven.casework.exemptions import EXEMPTIONS, LeftOut, Opinion, Regime, check_left_out
from openhaven.model.errors import BadInput

TODAY = dt.date(2026, 11, 22)


def harm(on: dt.date) -> LeftOut:
    return LeftOut("episodes", "serious-harm", "it may shock", opinion=Opinion("Dr A", on))


@pytest.mark.parametrize(
    "wrong",
    [
        {"exemption": "because-we-like"},
        {"because": " "},
        {"exemption": "serious-harm"},
        {"exemption": "serious-harm", "opinion": Opinion(" ", TODAY)},
        {"silent": True},
        {"exemption": "research", "silent": True},
    ],
)
def test_what_does_not_fit_is_refused(wrong) -> None:
    with pytest.raises(BadInput):
        LeftOut(**{"dataset": "episodes", "exemption": "others", "because": "a letter of the sister", **wrong})


def test_an_opinion_counts_for_six_months_unless_the_haven_chose_another_number() -> None:
    check_left_out(harm(dt.date(2026, 5, 22)), regime=Regime.LIVING, on=TODAY)
    with pytest.raises(BadInput, match="too old"):
        check_left_out(harm(dt.date(2026, 5, 21)), regime=Regime.LIVING, on=TODAY)
    check_left_out(harm(dt.date(2026, 5, 21)), regime=Regime.LIVING, on=TODAY, chosen={"access-opinion-months": 7})
    with pytest.raises(BadInput, match="to come"):
        check_left_out(harm(TODAY + dt.timedelta(days=1)), regime=Regime.LIVING, on=TODAY)


def test_the_living_and_the_dead_each_have_their_own() -> None:
    with pytest.raises(BadInput, match="Access to Health Records Act 1990"):
        check_left_out(harm(TODAY), regime=Regime.DEAD, on=TODAY)
    for each in EXEMPTIONS.values():
        assert ("1990" in each.provision) is (each.regime is Regime.DEAD)
        assert each.told.endswith(".") and each.provision


def test_silence_is_for_what_telling_would_itself_give_away() -> None:
    assert {each.id for each in EXEMPTIONS.values() if each.silent} == {
        "serious-harm", "court", "expectations", "dead-did-not-want", "dead-harm",
    }  # fmt: skip
