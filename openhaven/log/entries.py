"""Entries: what the public log says of one act. A type, a time, ids and salted commitments; never a body."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from openhaven.model.errors import BadInput

FORMAT = "openhaven.log.entry/1"
LARGEST_ENTRY = 65_535
"""Bytes of an entry: the length prefix in an entry bundle (tlog-tiles) is a uint16."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}")
_LIKE_NHS_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{3}-?[0-9]{3}-?[0-9]{4}(?![0-9A-Za-z])")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMITMENT = b"openhaven.log.commitment/1"
_BEFORE_SALT = len(_COMMITMENT).to_bytes(8, "big") + _COMMITMENT + (32).to_bytes(8, "big")
_KEPT = 4_096
"""So many entries are kept as they were read: a release reads those of its haven again and again."""


class EntryType(StrEnum):
    """Every act that enters the log. The list is closed: a new act is a new line here."""

    SETTINGS_CHANGED = "settings_changed"
    ORGANISATION_RECORDED = "organisation_recorded"
    ACCREDITATION_RECORDED = "accreditation_recorded"
    SUPPORT_RECORDED = "support_recorded"
    REQUIREMENT_RECORDED = "requirement_recorded"
    CLASSIFICATION_RECORDED = "classification_recorded"
    AGREEMENT_RECORDED = "agreement_recorded"
    CONSENT_RECORDED = "consent_recorded"
    CONSULTEE_RECORDED = "consultee_recorded"
    EXEMPTION_RECORDED = "exemption_recorded"
    OBJECTION_RECORDED = "objection_recorded"
    DOCUMENT_RECORDED = "document_recorded"
    TERRITORY_RECORDED = "territory_recorded"
    AUTHORITY_RECORDED = "authority_recorded"
    ASSESSMENT_RECORDED = "assessment_recorded"
    OPINION_RECORDED = "opinion_recorded"
    RECOMMENDATION_RECORDED = "recommendation_recorded"
    PARTNERSHIP_RECORDED = "partnership_recorded"
    NOTICE_RECORDED = "notice_recorded"
    HOLD_RECORDED = "hold_recorded"
    BREACH_RECORDED = "breach_recorded"
    DATASET_DESCRIBED = "dataset_described"
    DELIVERY_ACCEPTED = "delivery_accepted"
    DELIVERY_REPLACED = "delivery_replaced"
    OPTOUTS_ASKED = "optouts_asked"
    OPTOUTS_LOADED = "optouts_loaded"
    DECIDED = "decided"
    RELEASED = "released"
    RELEASE_FINISHED = "release_finished"
    RELEASE_ABANDONED = "release_abandoned"
    CERTIFICATE_REISSUED = "certificate_reissued"
    IDENTIFIERS_DESTROYED = "identifiers_destroyed"
    SCOPE_DESTROYED = "scope_destroyed"
    FILE_DESTROYED = "file_destroyed"
    BODY_ERASED = "body_erased"
    CORRECTION = "correction"
    KEY_ROTATED = "key_rotated"
    PRIVATE_HEAD = "private_head"
    LOOKED_UP = "looked_up"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, public for ever.

    `time` is RFC 3339 in UTC, whole seconds (2026-01-31T09:30:00Z). `ids` names what the act is about
    (release, agreement, dataset) by plain identifiers, never by a person's name or number; `commitments`
    gives for each body kept beside the log its commitment() in hex. Raises BadInput for anything else.
    """

    type: EntryType
    time: str
    ids: Mapping[str, str] = field(hash=False)
    commitments: Mapping[str, str] = field(hash=False)
    _bytes: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_type(self.type)
        _check_time(self.time)
        for name, value in self.ids.items():
            _check_id(name, value)
        for name, value in self.commitments.items():
            _check_name_of_body(name)
            if type(value) is not str or not _SHA256.fullmatch(value):
                _refuse(value, what=f"the commitment {name} in hex")
        object.__setattr__(self, "ids", MappingProxyType(dict(self.ids)))
        object.__setattr__(self, "commitments", MappingProxyType(dict(self.commitments)))
        object.__setattr__(self, "_bytes", _canonical(self))
        if len(self._bytes) > LARGEST_ENTRY:
            raise BadInput(f"larger than {LARGEST_ENTRY} bytes", where=f"log entry {self.type}")

    def __bytes__(self) -> bytes:
        """The canonical bytes (RFC 8785) that the log holds and hashes."""
        return self._bytes


def parse_entry(data: bytes) -> Entry:
    """Read an entry's bytes, only in their one canonical form. Raises BadInput, also for another format."""
    return _parsed(bytes(data))


@lru_cache(maxsize=_KEPT)
def _parsed(data: bytes) -> Entry:
    fields = _fields(data)
    if fields.get("format") != FORMAT:
        found = str(fields.get("format"))[:60]
        raise BadInput(f"format {found!r} is not {FORMAT}", where="log entry", todo="Use a newer version.")
    if set(fields) != {"format", "type", "time", "ids", "commitments"}:
        raise BadInput(f"has the fields {', '.join(sorted(fields))[:200]}", where="log entry")
    ids, commitments = fields["ids"], fields["commitments"]
    if not isinstance(ids, dict) or not isinstance(commitments, dict):
        raise BadInput("ids and commitments are objects", where="log entry")
    entry = Entry(_entry_type(fields["type"]), fields["time"], ids, commitments)
    if bytes(entry) != data:
        raise BadInput("not in canonical form (RFC 8785)", where="log entry")
    return entry


def commitment(body: bytes, salt: bytes) -> str:
    """A salted commitment to a body, in hex: it fixes the body and, while the salt is secret, hides it.

    SHA-256 over three fields, each behind its length as eight bytes, big-endian: the ASCII text
    `openhaven.log.commitment/1`, the salt (32 random bytes, fresh for each body), the body. The tag keeps
    these hashes apart from any other; the lengths keep one field from flowing into the next.
    """
    if len(salt) != 32:
        raise BadInput(f"a salt has 32 bytes, not {len(salt)}", where="commitment")
    return hashlib.sha256(_BEFORE_SALT + salt + len(body).to_bytes(8, "big") + body).hexdigest()


def _canonical(entry: Entry) -> bytes:
    """RFC 8785, written straight: in an entry that was checked nothing needs an escape, and ASCII names sort alike
    as characters and as UTF-16. (A writer of any JSON takes five times as long, and a batch is hundreds of these.)"""
    ids, commitments = _object(entry.ids), _object(entry.commitments)
    text = (
        f'{{"commitments":{commitments},"format":"{FORMAT}","ids":{ids},"time":"{entry.time}","type":"{entry.type}"}}'
    )
    return text.encode("ascii")


def _object(plain: Mapping[str, str]) -> str:
    return "{" + ",".join([f'"{name}":"{plain[name]}"' for name in sorted(plain)]) + "}" if plain else "{}"


def _fields(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_ENTRY:
        raise BadInput(f"larger than {LARGEST_ENTRY} bytes", where="log entry")
    try:
        fields = json.loads(data.decode())
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"not JSON in UTF-8 ({problem})", where="log entry") from problem
    if not isinstance(fields, dict):
        raise BadInput("not a JSON object", where="log entry")
    return fields


def _entry_type(value: object) -> EntryType:
    try:
        return EntryType(str(value))
    except ValueError as problem:
        raise BadInput(f"no such type: {str(value)[:60]!r}", where="log entry") from problem


def _check_type(value: object) -> None:
    if not isinstance(value, EntryType):
        raise BadInput(f"the type {value!r} is not one of EntryType", where="log entry")


@lru_cache(maxsize=64)  # what is entered together has one time
def _check_time(value: str) -> None:
    _check_matches(_TIME, value, what="a time in UTC, such as 2026-01-31T09:30:00Z")
    try:
        datetime.fromisoformat(value)
    except ValueError as problem:
        raise BadInput(f"no such time: {value} ({problem})", where="log entry") from problem


def _check_id(name: str, value: str) -> None:
    _check_matches(_NAME, name, what="an id's name")
    _check_matches(_ID, value, what=f"an identifier ({name})")
    if _LIKE_NHS_NUMBER.search(value):
        raise BadInput(f"the id {name} looks like an NHS number", where="log entry", todo="Use another id.")


@lru_cache(maxsize=64)  # there are some dozens of names
def _check_name_of_body(name: str) -> None:
    _check_matches(_NAME, name, what="a commitment's name")


def _check_matches(pattern: re.Pattern[str], value: object, *, what: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        _refuse(value, what=what)


def _refuse(value: object, *, what: str) -> None:
    raise BadInput(f"{str(value)[:60]!r} is not {what}", where="log entry")
