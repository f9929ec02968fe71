"""Every setting is shown as it stands, with what is to be confirmed of it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from openhaven.haven.choices import settings_of
from openhaven.law.numbers import NUMBERS
from openhaven.model.facts import Policy
from openhaven.model.settings import Haven, Settings, flat

GIVEN = {"policy": {"numbers": {"k-limited": 4}, "optout_max_age_days": 14}}


@dataclass
class Opened:
    """What is asked of an opened haven here."""

    settings: Settings = field(
        default_factory=lambda: Settings(
            1,
            Haven("A Haven", "a.example", "c@a.example"),
            policy=Policy(optout_max_age_days=14, numbers={"k-limited": 4}),
        )
    )
    given: dict[str, Any] = field(default_factory=lambda: GIVEN)

    def today(self) -> dt.date:
        return dt.date(2026, 11, 21)


def test_every_setting_is_there_and_numbers_one_by_one():
    haven = Opened()
    names = [each.setting for each in settings_of(haven)]
    own = {each.setting for each in NUMBERS.values() if each.chosen_by_id}
    assert set(names) == {name for name, _, _ in flat(haven.settings, {})} - {"policy.numbers"} | own
    assert len(names) == len(set(names))


def test_what_was_chosen_stands_beside_what_is_to_be_confirmed():
    shown = {each.setting: each for each in settings_of(Opened())}
    chosen, not_chosen = shown["policy.numbers.k-limited"], shown["policy.numbers.k-public"]
    assert (chosen.value, chosen.source, not_chosen.value, not_chosen.source) == (4, "haven.toml", 5, "default")
    assert str(chosen).startswith("policy.numbers.k-limited = 4    (haven.toml; people; ANON-03: to be confirmed")
    assert "nothing is made public" in str(not_chosen)
    days = shown["policy.optout_max_age_days"]
    assert (days.value, days.source) == (14, "haven.toml") and "NDO-14: to be confirmed" in str(days)
    assert "T1-CODES: to be confirmed" in str(shown["optouts.type_1_withdrawn"])
    assert shown["engine.name"].notes == ()
