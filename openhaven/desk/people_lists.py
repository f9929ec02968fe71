"""An applicant's list of people: sent once the case is approved, kept in the vault, destroyed with the release."""

from __future__ import annotations

from openhaven.casework.questions import FILE, said
from openhaven.casework.states import Action
from openhaven.desk.cases import alone, check, step
from openhaven.desk.models import Case, Person
from openhaven.haven import Haven
from openhaven.haven.people import check_people, cohort_file, take_people
from openhaven.model.errors import BadInput
from openhaven.outside.viruses import look_through

LARGEST = 10_000_000  # bytes


def needs_list(case: Case) -> bool:
    """Whether a case asks for people on a list."""
    return bool(said(case.answers, "whom", "whom") == FILE)


def list_lies_here(haven: Haven, case: Case) -> bool:
    """Whether a list waits in the vault for the release."""
    return cohort_file(haven, case.pk).exists()


def send_list(haven: Haven, case: Case, person: Person, content: bytes) -> None:
    """Take in the list that a case asks for; one that was sent before is destroyed. Raises BadInput, in words for
    whoever sends it and without a name from it, where it cannot be taken."""
    check(haven, case, person, Action.SEND_LIST)
    if not needs_list(case):
        raise BadInput("This application asks for no list of people")
    if len(content) > LARGEST:
        raise BadInput(f"This file is larger than {LARGEST // 1_000_000} MB")
    look_through(content, clamd=haven.settings.service.clamd)
    check_people(content)
    with alone(haven), step(haven, case, person, Action.SEND_LIST):
        take_people(haven, case.pk, content)
