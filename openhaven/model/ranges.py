"""What a number setting may be: from the provision that it serves, or from what it counts. Outside it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that a setting may be, both allowed, and why."""

    least: float
    most: float
    why: str

    def __str__(self) -> str:
        return f"{self.least:g} to {self.most:g}"


RANGES: Mapping[str, Range] = {
    "policy.optout_max_age_days": Range(1, 31, "NDO-14: an answer is not relied on for longer than a few weeks"),
    "policy.support_review_grace_days": Range(0, 365, "LAW-29: support is reviewed once a year"),
    "policy.k_limited": Range(2, 1000, "ANON-03: one person is no class of people"),
    "policy.suppression": Range(0, 1, "a share of the rows"),
    "optouts.largest_share_removed": Range(0.01, 1, "a share of those asked about"),
    "optouts.type_1_max_age_days": Range(1, 31, "T1-03, NDO-14 by analogy: a list older than a month is not fresh"),
    "service.idle_minutes": Range(5, 240, "ASVS 5.0, 7.1.1: nobody types for so long without a page"),
    "service.session_hours": Range(1, 24, "ASVS 5.0, 7.1.1: nobody works for longer"),
    "service.servers_in_front": Range(0, 5, "those that each add an address to X-Forwarded-For"),
    "engine.threads": Range(0, 1024, "processors; 0 is all of them"),
}
"""By the setting's name in haven.toml. Those of `policy.numbers` have theirs in the law's numbers."""


def check_range(setting: str, value: float) -> None:
    """Raises ValueError where a setting is outside its range, in words for the reader of haven.toml."""
    known = RANGES[setting]
    if not known.least <= value <= known.most:
        raise ValueError(f"{setting.split('.')[1]} is {value:g}; it may be {known} ({known.why})")
