"""Incidents: who may do what with one, from the first word to the lessons, as one table; and the clock of GDPR-20.

Whoever signs in may report. Those who deal with it belong to no organisation that it is about. Nothing is closed until
it is contained, the Commissioner is told or it is decided why not, the controllers know, and lessons are written."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from openhaven.law.numbers import NUMBERS

from .roles import Role

CLOCK = "breach-notice-hours"


class Stage(StrEnum):
    """Where an incident stands."""

    REPORTED = "reported"
    CONTAINED = "contained"
    CLOSED = "closed"


class Deed(StrEnum):
    """What a person does with an incident."""

    READ = "read"
    ADD = "add what is known"
    CONTAIN = "say that it is contained"
    FREEZE = "freeze"
    TELL_REGULATOR = "tell the Commissioner"
    NOT_TELL = "decide not to tell the Commissioner"
    TELL_CONTROLLERS = "tell the controllers"
    TELL_PEOPLE = "decide whether people are told"
    SANCTION = "take a step against the organisation"
    LEARN = "write down the lessons"
    CLOSE = "close"


class Tie(StrEnum):
    """What ties a person to an incident; the closest counts, and whoever is of the organisation is of it first."""

    CONCERNED = "of the organisation that it is about"
    REPORTER = "reported it"
    GIVER = "of an organisation whose data it is"
    APART = "no part in it"


class Need(StrEnum):
    """What has to be there before it is closed."""

    CONTAINED = "it is contained"
    REGULATOR = "the Commissioner is told, or it is decided why not"
    PEOPLE = "it is decided whether people are told"
    CONTROLLERS = "the controllers are told"
    LESSONS = "lessons are written down"


D, S, T, R = Deed, Stage, Tie, Role
OPEN = (S.REPORTED, S.CONTAINED)
EVER = tuple(Stage)
FREE = frozenset({T.REPORTER, T.GIVER, T.APART})
"""Who may deal with it: nobody of the organisation that it is about."""
STAFF = (R.CASE_OFFICER, R.RISK_OWNER)
ALL = tuple(Role)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `to` is None where the stage stays."""

    deed: Deed
    stages: tuple[Stage, ...]
    to: Stage | None
    roles: tuple[Role, ...]
    ties: frozenset[Tie]


LINES = (
    Line(D.READ, EVER, None, STAFF, FREE),
    Line(D.READ, EVER, None, ALL, frozenset({T.REPORTER})),
    Line(D.READ, EVER, None, (R.APPLICANT, R.SIGNATORY), frozenset({T.CONCERNED})),
    Line(D.READ, EVER, None, (R.CONTROLLER, R.GUARDIAN), frozenset({T.GIVER})),
    Line(D.ADD, OPEN, None, STAFF, FREE),
    Line(D.ADD, OPEN, None, ALL, frozenset({T.REPORTER})),
    Line(D.ADD, OPEN, None, (R.APPLICANT, R.SIGNATORY), frozenset({T.CONCERNED})),
    Line(D.CONTAIN, (S.REPORTED,), S.CONTAINED, STAFF, FREE),
    Line(D.FREEZE, OPEN, None, STAFF, FREE),
    Line(D.TELL_REGULATOR, OPEN, None, STAFF, FREE),
    Line(D.NOT_TELL, OPEN, None, (R.RISK_OWNER,), FREE),
    Line(D.TELL_CONTROLLERS, OPEN, None, STAFF, FREE),
    Line(D.TELL_PEOPLE, OPEN, None, (R.RISK_OWNER,), FREE),
    Line(D.SANCTION, OPEN, None, (R.RISK_OWNER,), FREE),
    Line(D.LEARN, OPEN, None, STAFF, FREE),
    Line(D.CLOSE, (S.CONTAINED,), S.CLOSED, (R.RISK_OWNER,), FREE),
)
IN_PERSON = frozenset({D.FREEZE, D.NOT_TELL, D.TELL_PEOPLE, D.SANCTION, D.CLOSE})
"""Decisions, and what is said in public: by a program only with a code that shows that the person is there."""
SETTLES = {
    Need.REGULATOR: (D.TELL_REGULATOR, D.NOT_TELL),
    Need.PEOPLE: (D.TELL_PEOPLE,),
    Need.CONTROLLERS: (D.TELL_CONTROLLERS,),
    Need.LESSONS: (D.LEARN,),
}
"""By which deeds a need is met."""


def line_for(role: Role, tie: Tie, deed: Deed, stage: Stage) -> Line | None:
    """The line by which one role with one tie does this in a stage; None where it may not."""
    return next(
        (each for each in LINES
         if each.deed is deed and stage in each.stages and role in each.roles and tie in each.ties), None
    )  # fmt: skip


def lacks(done: frozenset[Deed], stage: Stage) -> tuple[Need, ...]:
    """What is missing before an incident can be closed, by what was done so far."""
    contained = () if stage is not Stage.REPORTED else (Need.CONTAINED,)
    return (*contained, *(need for need, deeds in SETTLES.items() if not done & frozenset(deeds)))


@dataclass(frozen=True, slots=True)
class Clock:
    """The regulator's clock (UK GDPR, Article 33(1)): from when it runs, and until when the Commissioner is told."""

    since: dt.datetime
    until: dt.datetime

    def late(self, now: dt.datetime) -> bool:
        """Whether its hours are over."""
        return now > self.until

    def hours_left(self, now: dt.datetime) -> int:
        """Whole hours that are left; 0 once they are over."""
        return max(0, int((self.until - now).total_seconds() // 3600))


def clock(known: dt.datetime) -> Clock:
    """The clock of what became known at that instant."""
    hours = NUMBERS[CLOCK].at(known.date()).value
    return Clock(known, known + dt.timedelta(hours=hours))
