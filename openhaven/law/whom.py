"""Whom does a law, an order or a statement cover, and does the application keep to that?"""

from openhaven.model.record.approvals import Requirement

from .case import Case
from .cohorts import in_words, outside
from .flow import given
from .plainly import listed


def says_whom(record: Requirement) -> bool:
    """Whether its record says whose records it is about: a cohort, or in its own words everybody."""
    return bool(record.cohort or record.everyone.strip())


def faults_of_whom(case: Case, record: Requirement) -> list[str]:
    """Where others are asked for than those whom it covers, or others would give than those whom it names."""
    if not record.cohort and not record.controllers:
        return []
    found = list[str]()
    asked = case.application.cohort
    if asked != record.cohort and (beyond := outside(case.facts.dataset, asked, record.cohort)):
        found.append(f"is about people of whom {listed(map(in_words, beyond))}, and others are asked for")
    others = [id for id in given(case).yes if id not in record.controllers] if record.controllers else []
    if others:
        found.append(f"is about records of {listed(record.controllers)}, and {listed(others)} would give theirs")
    return found
