"""Who sees what of a release, and who may take its package away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from django.db.models import prefetch_related_objects

from openhaven.desk.models import Person
from openhaven.desk.roles import Role
from openhaven.haven import Haven
from openhaven.haven.faces import FULL
from openhaven.records import kept, reads

STAFF = frozenset({Role.CASE_OFFICER, Role.RISK_OWNER, Role.ADVISER})
"""Of the haven: they see what the recipient sees, and the jobs."""
OF_CONTROLLERS = frozenset({Role.CONTROLLER, Role.GUARDIAN})


class Face(StrEnum):
    """Which face of a certificate a person sees."""

    NONE = "none"
    RECIPIENT = "recipient"
    FULL = "full"


def is_staff(person: Person) -> bool:
    """Whether a person works for the haven with releases."""
    return any(role in STAFF for role, _ in _posts(person))


def face_for(haven: Haven, person: Person, release: kept.Release) -> Face:
    """Everything for who serves a controller whose data it holds; the recipient's face for its people and our staff."""
    posts = _posts(person)
    controllers = controllers_of(haven, release)
    if any(role in OF_CONTROLLERS and organisation in controllers for role, organisation in posts):
        return Face.FULL
    if any(role in STAFF for role, _ in posts) or may_download(person, release):
        return Face.RECIPIENT
    return Face.NONE


def may_download(person: Person, release: kept.Release) -> bool:
    """Only people of the recipient that the release names."""
    return (Role.APPLICANT, release.recipient) in _posts(person)


def seen_by(haven: Haven, person: Person) -> Iterable[kept.ReleaseKept]:
    """The releases of which a person sees a face, the latest first."""
    return [each for each in reversed(reads.releases()) if face_for(haven, person, each.release) is not Face.NONE]


def controllers_of(haven: Haven, release: kept.Release) -> frozenset[str]:
    """Whose data it held; nobody's where the certificate is not kept here any more."""
    return _controllers(haven.releases / release.id / FULL)


def _posts(person: Person) -> list[tuple[str, str]]:
    prefetch_related_objects([person], "posts")  # asked once for a person, however many releases are looked at
    return [(post.role, post.organisation) for post in person.posts.all()]


@lru_cache(maxsize=4096)
def _read(path: Path) -> frozenset[str]:
    return frozenset(json.loads(path.read_text(encoding="utf-8"))["controllers"])


def _controllers(path: Path) -> frozenset[str]:
    return _read(path) if path.is_file() else frozenset()
