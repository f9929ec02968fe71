"""The two senses of a list, each checked when made, and the one question asked of both: who flows.

A list is for applying opt-outs only (NDO-15): it is overwritten by the next, never joined to records, and a release
keeps no more of it than counts, digest and date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from openhaven.model.errors import BadInput

from .numbers import Numbers

MAX_AGE_DAYS = 21  # NDO-14, to be confirmed against the operational policy; an installation's setting overrides it
MOST_REMOVED = 0.25  # about one person in twenty has opted out: more than this points to a broken file


class Sense(StrEnum):
    """What being on a list means."""

    MAY_FLOW = "may_flow"
    OBJECTS = "objects"


class Source(StrEnum):
    """Whose list of objectors it is."""

    TYPE_1 = "type 1"
    NATIONAL = "national"


def _instant(at: dt.datetime, where: str) -> None:
    if at.tzinfo is None:
        raise ValueError(f"{where}: an instant needs its time zone")


def _check_fresh(at: dt.datetime, on: dt.date, max_age_days: int, *, where: str, again: str) -> None:
    # The UTC day, never later than the London one, so that an hour's doubt makes a list older and not younger.
    day = at.astimezone(dt.UTC).date()
    if day > on:
        raise BadInput(f"dated {day}, which is after {on}", where=where, todo=f"Check the clock, then {again}.")
    if (on - day).days > max_age_days:
        raise BadInput(
            f"of {day} is {(on - day).days} days old on {on}; it may be relied on for {max_age_days}",
            where=where,
            todo=f"{again[0].upper()}{again[1:]}.",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The national check (NDO-13): the numbers sent, the numbers that came back, and when we asked.

    Raises BadInput when what came back is not part of what was asked, is empty although something was asked, or
    leaves out more than the share `most_removed` of it."""

    id: str
    asked: Numbers
    returned: Numbers
    asked_at: dt.datetime
    most_removed: float = MOST_REMOVED

    def __post_init__(self) -> None:
        _instant(self.asked_at, self._where)
        if not 0 <= self.most_removed <= 1:
            raise ValueError(f"{self._where}: most_removed is a share between 0 and 1")
        if strangers := len(self.returned.without(self.asked)):
            raise BadInput(
                f"{strangers} of the numbers returned were never asked about",
                where=self._where,
                todo="This answers another question, or was altered. Ask again.",
            )
        if len(self.asked) and not len(self.returned):
            raise BadInput(
                "the answer is empty although numbers were asked about",
                where=self._where,
                todo="Nobody would be released. Ask again.",
            )
        if self.removed > self.most_removed * len(self.asked):
            raise BadInput(
                f"the answer leaves out {self.removed} of {len(self.asked)} people, more than the share of "
                f"{self.most_removed:g} set for this installation",
                where=self._where,
                todo="Ask again; if the answer is right, raise the setting for this question.",
            )

    @property
    def _where(self) -> str:
        return f"answer {self.id}"

    @property
    def sense(self) -> Sense:
        """Who is named may flow."""
        return Sense.MAY_FLOW

    @property
    def removed(self) -> int:
        """How many of those asked about did not come back: they have opted out, or are not known to the service."""
        return len(self.asked) - len(self.returned)

    @property
    def digest(self) -> str:
        """SHA-256 of what came back."""
        return self.returned.digest

    def check_fresh(self, *, on: dt.date, max_age_days: int = MAX_AGE_DAYS) -> None:
        """Raises BadInput when asked more than `max_age_days` before `on`, or after it (NDO-14)."""
        _check_fresh(self.asked_at, on, max_age_days, where=self._where, again="ask again")


@dataclass(frozen=True, slots=True)
class ObjectorList:
    """Those who object: Type 1 at one controller, or the national body's own list (then `controller` is empty)."""

    id: str
    source: Source
    numbers: Numbers
    made_at: dt.datetime
    controller: str = ""
    without_number: int = 0

    def __post_init__(self) -> None:
        _instant(self.made_at, self._where)
        if (self.source is Source.TYPE_1) != bool(self.controller):
            raise ValueError(f"{self._where}: a Type 1 list belongs to one controller, a national list to none")

    @property
    def _where(self) -> str:
        return f"{self.source} list {self.id}"

    @property
    def sense(self) -> Sense:
        """Who is named does not flow."""
        return Sense.OBJECTS

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers that object."""
        return self.numbers.digest

    def check_fresh(self, *, on: dt.date, max_age_days: int = MAX_AGE_DAYS) -> None:
        """Raises BadInput when made more than `max_age_days` before `on`, or after it."""
        _check_fresh(self.made_at, on, max_age_days, where=self._where, again="have the list made anew and load it")


def is_fresh(given: Answer | ObjectorList, *, on: dt.date, max_age_days: int = MAX_AGE_DAYS) -> bool:
    """Whether the list may still be relied on that day."""
    try:
        given.check_fresh(on=on, max_age_days=max_age_days)
    except BadInput:
        return False
    return True


def who_flows(people: Numbers, given: Answer | ObjectorList) -> Numbers:
    """Those of `people` whom the list lets flow: of an answer only who came back, so no number not asked about."""
    if isinstance(given, Answer):
        return people.both(given.returned)
    return people.without(given.numbers)
