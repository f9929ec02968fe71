"""What goes in and comes out of the service for programs about the requests and visits of patients."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from ninja import Schema
from pydantic import Field

from openhaven.desk.patients.visits import Channel, Shown
from openhaven.web.api.shapes import LONGEST, MOST, MOST_TYPED, Id, Number

MOST_WRITTEN = 2_000  # characters, of what staff write of a person's request


class RequestOut(Schema):
    """A request of a person about their own data, by its number: never whose, nor in which words. `due` is none while
    the clock stands."""

    number: int
    stage: str
    received: dt.date
    due: dt.date | None
    late: bool


class StageIn(Schema):
    """Where the request stood when it was seen: where it stands otherwise by now, nothing is done."""

    stage: Annotated[str, Field(max_length=LONGEST)]


class RequestActIn(StageIn):
    """What is done with a request, and what is written with it."""

    words: Annotated[str, Field(max_length=MOST_TYPED)] = ""


class LeftOutIn(StageIn):
    """What is left out of a copy, under which exemption, and why: of all fields and records where none is named."""

    dataset: Id
    exemption: Id
    because: Annotated[str, Field(min_length=1, max_length=MOST_WRITTEN)]
    fields: Annotated[list[Id], Field(max_length=MOST, default_factory=list)]
    records: Annotated[list[Id], Field(max_length=MOST, default_factory=list)]
    opinion_by: Annotated[str, Field(max_length=LONGEST)] = ""
    opinion_on: dt.date | None = None
    silent: bool = False


class SaidOut(Schema):
    """Who asks, and in which words."""

    nhs_number: str
    words: str


class LeftOutOut(Schema):
    """That something is left out, and under which exemption: never what it is, nor why."""

    id: int
    dataset: str
    exemption: str


class StepOut(Schema):
    """A step of a request, without the words that were written."""

    deed: str
    by: str
    at: dt.datetime


class RequestActOut(Schema):
    """Something that the token's person may do with a request. `asks` is what is written with it, nothing where it is
    empty; where somebody `signs`, a one-time code is shown with it."""

    name: str
    title: str
    asks: str
    signs: bool


class RequestFullOut(RequestOut):
    """A request with what was done: never whose, nor in which words."""

    kind: str
    channel: str
    proxy: int | None
    law: str
    answered: dt.date | None
    steps: list[StepOut]
    left_out: list[LeftOutOut]
    can: list[RequestActOut]
    may_leave_out: bool


class VisitIn(Schema):
    """Somebody who called, wrote or came: who they say they are, and what showed it."""

    channel: Channel
    nhs_number: Annotated[str, Field(max_length=20)]
    shown: Shown
    words: Annotated[str, Field(max_length=MOST_WRITTEN)] = ""
    proxy: Number | None = None


class VisitOut(Schema):
    """A visit that goes on: never of whom."""

    number: int
    channel: str
    shown: str
    began: dt.datetime
    can_ask: list[str]


class VisitAskedOut(Schema):
    """A request that was opened for somebody."""

    number: int
    stage: str
    due: dt.date | None
