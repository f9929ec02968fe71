"""Uses that a person hides from who acts for them: kept as keyed codes of person and use, which tell neither."""

from __future__ import annotations

import hmac

from openhaven.desk.models import Hidden
from openhaven.haven import Haven
from openhaven.haven.looking import look_up
from openhaven.haven.my_uses import HIDES
from openhaven.model.errors import BadInput
from openhaven.records import reads
from openhaven.records.kept import Looked


def hide(haven: Haven, nhs_number: str, release: str, *, why: str) -> None:
    """Hide a use from everybody who acts for the person. Entered first. Raises BadInput where there is none."""
    _check(haven, nhs_number, release, why=why)
    Hidden.objects.get_or_create(mark=_mark(haven, nhs_number, release))


def show(haven: Haven, nhs_number: str, release: str, *, why: str) -> None:
    """Show it again. Entered first. Raises BadInput where there is none."""
    _check(haven, nhs_number, release, why=why)
    Hidden.objects.filter(mark=_mark(haven, nhs_number, release)).delete()


def hidden(haven: Haven, nhs_number: str) -> frozenset[str]:
    """The releases that a person hides."""
    marks = {_mark(haven, nhs_number, each.release.id): each.release.id for each in reads.releases()}
    found = set(Hidden.objects.values_list("mark", flat=True)) if len(marks) > _MANY else _of(marks)
    return frozenset(release for mark, release in marks.items() if mark in found)


_MANY = 500
"""So many values one question holds; of more releases all marks are read."""


def _of(marks: dict[str, str]) -> set[str]:
    return set(Hidden.objects.filter(mark__in=marks).values_list("mark", flat=True))


def _check(haven: Haven, nhs_number: str, release: str, *, why: str) -> None:
    if reads.release(release) is None:
        raise BadInput(f"there is no release {release}")
    look_up(haven, Looked.PERSON, of=HIDES, why=why, nhs_number=nhs_number)


def _mark(haven: Haven, nhs_number: str, release: str) -> str:
    key = haven.keys.service_key("hidden uses")
    return hmac.digest(key, f"{nhs_number}|{release}".encode(), "sha256").hex()
