"""What is kept besides facts and deliveries: opt-out lists without their numbers, decisions and releases."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openhaven.model.words import Precision
from openhaven.optouts.lists import Sense

FILE = "file"
"""The body of a fact's entry that holds the digest of a file which the fact relies on."""

MEMORY = "memory"
"""The body of a release's entry that says what it printed, and under which digest the vault holds whom it is about."""

SETTINGS = "settings"
"""The body of an entry that holds every setting in force, and which of them changed."""

LAW = "law"
"""Among settings, and as an id of the entry where it changed: the rules by which is decided, with their digest."""

LOOK_UP = "look_up"
"""The body of an entry of the private log; empty where the entry only fills."""

CORRECTION = "correction"
"""The body of an entry that corrects another."""

KEY_ROTATION = "key_rotation"
"""The body of an entry that holds the announcement of a key, signed by it and by the one before."""

SCOPE_DESTRUCTION = "scope_destruction"
"""The body of an entry that holds the certificate of a destroyed pseudonym scope."""

LOG_KEY = "log"
"""How an entry names the key that signs heads; `packages` is the one that signs manifests."""

PRIVATE_HEAD = "private_head"
"""The body of an entry of the public log that holds size and root of the private one."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def _check_digest(value: str, of: str) -> None:
    if not _SHA256.fullmatch(value):
        raise ValueError(f"{of}: a SHA-256 digest has 64 lowercase hex characters")


def _check_instant(value: str, of: str) -> None:
    if dt.datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(f"{of}: the time {value} does not say its zone")


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """One setting by its dotted name, as the log last had it and as it is; None where there was or is none."""

    setting: str
    before: Any
    now: Any


@dataclass(frozen=True, slots=True)
class OptOutQuestion:
    """What was asked of a `may_flow` list: how many numbers, and a digest of them; never the numbers. `local_id` is
    what the message called itself, for the reply to repeat; `file` is what it was written to."""

    id: str
    list: str
    asked: str
    count: int
    digest: str
    local_id: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        _check_instant(self.asked, f"question {self.id}")
        _check_digest(self.digest, f"question {self.id}")


class NamedBy(StrEnum):
    """What ties a reply to the question that it answers; the numbers alone cannot."""

    CONTROL_FILE = "control file"
    FILE_NAME = "file name"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class OptOutAnswer:
    """A list as it was loaded. `as_of` is the instant it speaks of, `loaded` when it came; `question` is empty for a
    list that `objects`, and so is `named_by`; `controller` is whose Type 1 objectors it names."""

    id: str
    list: str
    sense: Sense
    as_of: str
    loaded: str
    count: int
    digest: str
    question: str = ""
    controller: str = ""
    named_by: NamedBy | None = None

    def __post_init__(self) -> None:
        if (self.sense is Sense.MAY_FLOW) != bool(self.question):
            raise ValueError(f"list {self.list}: an answer to a question says who may flow, and only such a one does")
        for time in (self.as_of, self.loaded):
            _check_instant(time, f"list {self.list}")
        _check_digest(self.digest, f"list {self.list}")


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it enters the log. `recoding` is what a refresh must use again; `out` is where the package lies;
    `replaces` names the release whose file this one replaces in full; `scope` is that of its pseudonyms, and
    `scope_key` the id of their key, which tells nothing of it."""

    id: str
    application: str
    agreement: str
    dataset: str
    recipient: str
    decision: str
    manifest_sha256: str
    out: str
    recoding: tuple[tuple[str, Precision], ...] = ()
    replaces: str = ""
    scope: str = ""
    scope_key: str = ""

    def __post_init__(self) -> None:
        _check_digest(self.manifest_sha256, f"release {self.id}")


@dataclass(frozen=True, slots=True)
class Correction:
    """What an entry should have said: `now` takes the place of `what` in one of its bodies, or is a remark where both
    are empty. It is public, and names no person."""

    entry: int
    body: str
    what: str
    now: str
    because: str

    def __post_init__(self) -> None:
        if bool(self.body) != bool(self.what):
            raise ValueError("a correction names a body and what of it, or neither")


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction as the log holds it: its place, its day in London, the entry it corrects, and what it says (None
    where that was erased)."""

    index: int
    on: dt.date
    entry: int
    said: Correction | None


@dataclass(frozen=True, slots=True)
class Reissued:
    """A certificate issued again, and why."""

    release: str
    manifest_sha256: str
    because: str

    def __post_init__(self) -> None:
        _check_digest(self.manifest_sha256, f"release {self.release}")


class Looked(StrEnum):
    """What staff looked at, or a command on their behalf."""

    CONTENT = "content of the vault"
    NUMBERS_HELD = "every NHS number held"
    PEOPLE_FILE = "a file of people"
    PERSON = "what was done with one person's record"
    LOOK_UPS = "who looked at what"
    EVERYTHING = "the whole haven, copied"
    ACCOUNTS = "who may sign in"
    PACKAGE = "the package of a release"
    CASE = "an application and its review"


@dataclass(frozen=True, slots=True)
class LookUp:
    """One look-up or access: what of, of which dataset, list, release or file, why, and at which instant. `person` is
    a tag made with the haven's own key, empty where it was not about one person."""

    what: Looked
    of: str
    why: str
    at: str
    person: str = ""

    def __post_init__(self) -> None:
        _check_instant(self.at, "look-up")
        if self.person:
            _check_digest(self.person, "look-up")


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A look-up as the private log holds it: its place, who looked (empty where that was erased), and the rest."""

    index: int
    operator: str
    look_up: LookUp | None


class ReleaseState(StrEnum):
    """Where a release stands: in the log and not yet handed over, handed over, or given up."""

    ENTERED = "entered"
    FINISHED = "finished"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class ReleaseKept:
    """A release with its state and its place in the log. `ended` is the place of the entry that ended it."""

    release: Release
    state: ReleaseState
    entered_at: dt.datetime
    index: int
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionKept:
    """A decision as it was recorded; `application` and `decision` are plain data, None where they were erased."""

    id: str
    application_id: str
    verdict: str
    decided_at: dt.datetime
    index: int
    application: dict[str, Any] | None
    decision: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class FactVersion:
    """One version of a record: when it was recorded, by whom (empty where that was erased), and its plain data."""

    kind: str
    id: str
    version: int
    recorded_at: dt.datetime
    operator: str
    record: dict[str, Any] | None
    index: int
