"""Who stands behind an organisation: its owners, and theirs, as records say. A name hides no line of business.

So with those for whom somebody acts who pays."""

from typing import NamedTuple

from openhaven.model.record.organisations import Organisation

from .bodies import spelt
from .case import Register, of_register
from .plainly import listed, many
from .reading import bare


class Behind(NamedTuple):
    """Those on record, each once, the nearest first; and those that are named and not on record."""

    owners: tuple[Organisation, ...]
    unknown: tuple[str, ...]


NOBODY = Behind((), ())


def behind(case: Register, named: tuple[str, ...]) -> Behind:
    """Those that are named, by id, name or code, and whoever owns them."""
    return _behind(case, named) if named else NOBODY


@of_register
def _behind(case: Register, named: tuple[str, ...]) -> Behind:
    owners, unknown, left = dict[str, Organisation](), list[str](), [*named]
    for name in left:  # which grows by the owners of owners
        found = spelt(case, name) if bare(name) else ()
        if not found:
            unknown.append(name)
        new = [each for each in found if each.id not in owners]
        owners |= {each.id: each for each in new}
        left += [name for each in new for name in each.owners]
    return Behind(tuple(owners.values()), tuple(dict.fromkeys(unknown)))


def with_owners(case: Register, of: Organisation) -> str:
    """Its name, and who owns it where its record says so."""
    found = behind(case, of.owners)
    names = [*(each.name for each in found.owners if each.id != of.id), *found.unknown]
    return f"{of.name}, which {listed(names)} {many(names, 'owns', 'own')}," if names else of.name
