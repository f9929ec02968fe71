"""What goes in and comes out of the service for programs; of patients' requests and visits see patient_shapes.py."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from ninja import Schema
from pydantic import AwareDatetime, Field

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""
MOST = 500
"""Entries of the log in one answer."""
LONGEST = 200  # characters of an id
MOST_TYPED = 10_000  # characters of one text
EARLIEST, LATEST = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1900, 9000))
"""Instants that have a day in every place."""
Id = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f/]+$")]
Number = Annotated[int, Field(ge=0, le=LARGEST)]


class Wrong(Schema):
    """What is wrong, where, and what to do."""

    what: str
    where: str = ""
    todo: str = ""


class CheckpointOut(Schema):
    """How far the log has come, as a signed note (C2SP)."""

    size: int
    checkpoint: str


class EntryOut(Schema):
    """An entry of the log: its place, and what it says."""

    index: int
    entry: dict[str, Any]


class CaseOut(Schema):
    """An application on its way."""

    id: str
    title: str
    organisation: str
    state: str
    since: dt.datetime
    opened: dt.datetime


class JobOut(Schema):
    """A release asked for."""

    number: int
    application: str
    decision: str
    state: str
    asked: dt.datetime
    ended: dt.datetime | None
    steps: list[str]
    said: str
    release: str


class JobIn(Schema):
    """Which permit on record to release under."""

    decision: Id


class CaseFullOut(CaseOut):
    """An application, with its version, which an act has to name, and what the token's person may do with it."""

    version: int
    can: list[str]


class CaseIn(Schema):
    """For which organisation to apply."""

    organisation: Id


Typed = dict[Annotated[str, Field(max_length=LONGEST)], list[Annotated[str, Field(max_length=MOST_TYPED)]]]
"""What would be typed on a page: the texts of each input by its name."""


class ChoiceOut(Schema):
    """One answer to choose."""

    value: str
    text: str


class InputOut(Schema):
    """One thing to type or choose: `most` is in characters."""

    name: str
    label: str
    kind: str
    optional: bool
    most: int
    choices: list[ChoiceOut]


class QuestionOut(Schema):
    """A question with its answer as it would be typed. Inputs that repeat stand under each of `rows`, as `row.name`;
    a date has three, ending in `-day`, `-month` and `-year`. `seen` says which answer this is: whoever answers sends it
    back."""

    id: str
    section: str
    title: str
    hint: str
    stands: str
    rows: list[str]
    inputs: list[InputOut]
    typed: dict[str, list[str]]
    seen: str


class AnswerIn(Schema):
    """An answer, and which answer it takes the place of."""

    typed: Typed
    seen: Annotated[str, Field(max_length=LONGEST)]


class NotRead(Wrong):
    """What is wrong with an answer, by the names of its inputs."""

    wrong: dict[str, str] = Field(default_factory=dict)


class VersionIn(Schema):
    """The case as it was seen: where it is another by now, nothing is done."""

    version: Number


class ActIn(VersionIn):
    """What is done, with what would be typed on its page."""

    typed: Typed = Field(default_factory=dict)


class AgreementActIn(ActIn):
    """What is done with an agreement. Who signs names the version that they read, by its `sha256`."""

    sha256: Annotated[str, Field(max_length=64)] = ""


class ActOut(Schema):
    """Something that the token's person may do with a case, and what has to be typed. Where somebody `signs`, a
    one-time code is shown with it."""

    name: str
    title: str
    signs: bool
    inputs: list[InputOut]


class TextIn(Schema):
    """Words for the thread."""

    text: Annotated[str, Field(max_length=MOST_TYPED)]


class MessageOut(Schema):
    """Words of the thread."""

    by: str
    role: str
    at: dt.datetime
    text: str


class DocumentOut(Schema):
    """A document of a case, without its content."""

    number: int
    name: str
    by: str
    at: dt.datetime


class OpinionOut(Schema):
    """What somebody said of a case."""

    by: str
    says: str
    text: str
    at: dt.datetime


class MinuteOut(OpinionOut):
    """What came of it; `conditions` are one on each line."""

    conditions: str


class LeftOpenOut(Schema):
    """A text or a name that the law leaves to two people, word for word, where it stands, and who has answered. `mark`
    stands for these very words."""

    mark: str
    words: str
    where: str
    answered: list[str]


class ReviewOut(Schema):
    """What was said of a case, and what the law leaves to two people: `needed` says what helps, and who decides."""

    opinions: list[OpinionOut]
    minutes: list[MinuteOut]
    left_open: list[LeftOpenOut]
    needed: list[str]


class ChangeOut(Schema):
    """One thing that is another now."""

    title: str
    before: list[str]
    after: list[str]


class ChangesOut(Schema):
    """What changed between the last two submissions, and what the engine finds otherwise `now`."""

    answers: list[ChangeOut]
    findings: list[ChangeOut]
    now: list[ChangeOut]


class ListOut(Schema):
    """Whether a list of people waits for the release."""

    here: bool


class AgreementOut(Schema):
    """An agreement, or a case for which one is to be drawn up: `ends` is the last day of the term in force, `waits`
    whether it waits for the token's person to sign it on the pages."""

    case: str
    id: str
    title: str
    organisation: str
    state: str
    since: dt.datetime
    ends: dt.date | None
    waits: bool


class SignatureOut(Schema):
    """That somebody signed a version."""

    side: str
    role: str
    by: str
    at: dt.datetime


class VersionOut(Schema):
    """A version as it was drawn up; `sha256` is what both sides sign, `cut` why the term was cut."""

    number: int
    why: str
    by: str
    at: dt.datetime
    sha256: str
    cut: str
    signatures: list[SignatureOut]


class VersionFullOut(VersionOut):
    """A version with its terms as a record has them, and its words, clause by clause."""

    terms: dict[str, Any]
    clauses: list[dict[str, Any]]


class DueOut(Schema):
    """Something that falls due of an agreement."""

    case: str
    kind: str
    what: str
    by: dt.date
    late: bool


class AgreementFullOut(AgreementOut):
    """An agreement with its terms in force, its versions, what falls due, what of a destruction is not certified, and
    the version of its case, which an act has to name."""

    version: int
    can: list[str]
    terms: dict[str, Any] | None
    versions: list[VersionOut]
    due: list[DueOut]
    still_there: list[str]
    amends: str
    amendments: list[str]


class IncidentOut(Schema):
    """An incident: until when the Commissioner is told, and whether that is settled."""

    id: str
    title: str
    stage: str
    about: str
    dataset: str
    agreement: str
    known: dt.datetime
    reported: dt.datetime
    until: dt.datetime
    settled: bool
    late: bool


class DeedOut(Schema):
    """Something that was done about an incident."""

    deed: str
    what: str
    text: str
    by: str
    role: str
    at: dt.datetime


class IncidentFullOut(IncidentOut):
    """An incident with all that was done, what is missing before it can be closed, what is frozen for it, and its
    version, which an act has to name."""

    version: int
    can: list[str]
    steps: list[DeedOut]
    missing: list[str]
    frozen: list[str]


class ReportIn(Schema):
    """An incident to report, as on its page. `known` is when somebody first knew, with its offset from UTC."""

    title: Annotated[str, Field(max_length=MOST_TYPED)]
    text: Annotated[str, Field(max_length=MOST_TYPED)]
    known: Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
    about: Annotated[str, Field(max_length=LONGEST)] = ""
    dataset: Annotated[str, Field(max_length=LONGEST)] = ""
    agreement: Annotated[str, Field(max_length=LONGEST)] = ""


class SupportDueOut(Schema):
    """A review or an end of support that an approval rests on."""

    support: str
    what: str
    by: dt.date
    late: bool
