"""Is an organisation that a paper names the one that is meant? By its id, its name or its ODS code, however spelt.

What speaks against it is compared by letters and digits alone, so that nothing is missed for a full stop."""

from collections.abc import Iterable, Mapping

from openhaven.model.record.organisations import Organisation

from .case import Case, Register
from .plainly import listed
from .reading import bare, plain


def titled(case: Register, id: str, more: str = "") -> str:
    """An organisation as people know it, with its id in brackets, and what more is to be said of it."""
    of = next(iter(case.facts.called(Organisation, id)), None)
    name = "" if of is None or plain(of.name) == plain(id) else of.name
    inside = "; ".join(filter(None, (id if name else "", more)))
    return f"{name or id} ({inside})" if inside else id


def each_titled(case: Register, ids: Iterable[str], *, last: str = "and") -> str:
    """The same of several, as a sentence lists them."""
    return listed((titled(case, id) for id in ids), last=last)


def is_called(case: Case, said: str, id: str) -> bool:
    """Whether a paper that says `said` speaks of the organisation of that id."""
    return said == id or plain(said) in names_of(case, id)


def names_of(case: Case, id: str) -> frozenset[str]:
    """The id, and the names and ODS codes under which an organisation is on record, as they are compared."""
    return case.kept((names_of, id), lambda: _names(id, case.facts.called(Organisation, id)))


def spellings_of(case: Case, id: str) -> frozenset[str]:
    """The same by their letters and digits alone."""
    return case.kept((spellings_of, id), lambda: frozenset(filter(None, map(bare, names_of(case, id)))))


def is_of_record(case: Case, *said: str) -> bool:
    """Whether one of these texts is how any organisation of record is called, by letters and digits alone."""
    called = {bare(each) for each in said}
    return any(called & spellings_of(case, each.id) for each in case.facts.every(Organisation))


def spelt(case: Register, said: str) -> tuple[Organisation, ...]:
    """Whoever is on record under that id, name or ODS code, by its letters and digits alone: looked for in an index of
    these records, since a haven knows hundreds."""
    known = case.of_register.get(spelt)
    if known is None:
        known = case.of_register[spelt] = _spelt(case.facts.every(Organisation))
    return known.get(bare(said), ())


def _spelt(records: tuple[Organisation, ...]) -> Mapping[str, tuple[Organisation, ...]]:
    found = dict[str, tuple[Organisation, ...]]()
    for each in records:
        for spelling in {bare(each.id), bare(each.name), bare(each.ods)}:
            found[spelling] = (*found.get(spelling, ()), each)
    return found


def _names(id: str, records: tuple[Organisation, ...]) -> frozenset[str]:
    said = (id, *(text for each in records for text in (each.name, each.ods)))
    return frozenset(filter(None, map(plain, said)))
