"""By when something is due in a case. What the law sets names its provision; the rest is said to be our own choice."""

import datetime as dt
from dataclasses import dataclass

from openhaven.law.numbers import NUMBERS
from openhaven.law.plainly import months_after

from .states import State


@dataclass(frozen=True, slots=True)
class Clock:
    """What is due in a state, so many days or months after it was entered. `citation` is a provision's id, empty where
    the time is our own choice."""

    id: str
    state: State
    what: str
    days: int = 0
    months: int = 0
    citation: str = ""

    def due(self, since: dt.date) -> dt.date:
        """The last day on which it is in time."""
        return months_after(since, self.months) + dt.timedelta(days=self.days)


def _of_law(id: str, state: State, what: str, *, on: dt.date) -> Clock:
    number = NUMBERS[id]
    value = number.at(on).value
    days, months = (value, 0) if number.unit == "days" else (0, value)
    return Clock(id, state, what, days, months, number.citation)


OURS = (
    Clock("first-check", State.SUBMITTED, "the team looks whether anything is missing", days=10),
    Clock("answers", State.QUESTIONS, "the applicant answers; later the case can be withdrawn", days=60),
    Clock("sent-on", State.CHECKED, "the case goes to the advisers", days=10),
    Clock("advice", State.ADVISERS, "the advisers give their opinions", days=20),
    Clock("decided", State.DISCUSSED, "the decision is made", days=10),
)
"""Working agreements of this version, not law."""


def clocks(on: dt.date) -> tuple[Clock, ...]:
    """Every clock, with the law's numbers as they stand on a day."""
    review = "the applicant may ask for a review"
    return (
        *OURS,
        *(_of_law("review-request-months", each, review, on=on) for each in (State.APPROVED, State.REFUSED)),
    )


def due(state: State, *, since: dt.date, on: dt.date) -> tuple[Clock, dt.date] | None:
    """What is due in a state and by when; None where nothing is."""
    return next(((each, each.due(since)) for each in clocks(on) if each.state is state), None)
