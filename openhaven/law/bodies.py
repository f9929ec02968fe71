"""Is an organisation that a paper names the one that is meant? By its id, its name or its ODS code, however spelt."""

from openhaven.model.record import Organisation

from .case import Case
from .words import plain


def is_called(case: Case, said: str, id: str) -> bool:
    """Whether a paper that says `said` speaks of the organisation of that id."""
    return said == id or plain(said) in names_of(case, id)


def names_of(case: Case, id: str) -> frozenset[str]:
    """The id, and the names and ODS codes under which an organisation is on record, as they are compared."""
    return case.kept((names_of, id), lambda: _names(id, case.facts.called(Organisation, id)))


def is_of_record(case: Case, *said: str) -> bool:
    """Whether one of these texts is how any organisation of record is called."""
    called = {plain(each) for each in said}
    return any(called & names_of(case, each.id) for each in case.facts.every(Organisation))


def _names(id: str, records: tuple[Organisation, ...]) -> frozenset[str]:
    said = (id, *(text for each in records for text in (each.name, each.ods)))
    return frozenset(filter(None, map(plain, said)))
