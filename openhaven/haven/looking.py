"""Who looks at what: entered in the private log before it is looked at. Its head enters the public log at fixed times.

The private log is entered under the time at which its period began, and filled up at the end of it: neither the number
of look-ups nor their hours can be told from its entries. The instant of each stands in its body."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from openhaven.haven.periods import enter_due_head, period_of
from openhaven.haven.place import LONDON, Haven
from openhaven.identity.nhs_number import clean, numbers_within
from openhaven.log.presence import person_key, tag
from openhaven.model.errors import BadInput
from openhaven.records import reads, writes
from openhaven.records.act import instant
from openhaven.records.kept import LOOK_UP, Looked, LookedUp, LookUp
from openhaven.records.look_up_proofs import look_up_proof

ERASABLE = (LOOK_UP, "operator")
"""The bodies of an entry of the private log."""

_LOOK_UPS = "look-ups"
"""What a person's tag in the private log is made for; no release has such an id."""


def look_up(haven: Haven, what: Looked, *, of: str, why: str, nhs_number: str = "") -> None:
    """Enter a look-up, before what is looked at is read. Where it cannot be entered, nothing is looked at.

    `of` names a dataset, list, file or release; never a person: whose record it was is `nhs_number`, which is kept as
    a keyed tag. Raises BadInput where the words hold an NHS number, or the clock was set back."""
    if numbers_within([of, why]):
        raise BadInput("the words name a person by an NHS number, which stands nowhere in the log", where="--because")
    act = haven.bare_act()
    enter_due_head(haven.settings.log, act)
    person = _tag(haven, nhs_number) if nhs_number else ""
    made = LookUp(what, of, why, instant(haven.clock()), person)
    writes.record_look_up(look_up=made, act=haven.act_of(period_of(haven.settings.log, haven.clock())))


def seen_by(haven: Haven, staff: str) -> Haven:
    """The haven with a member of staff as who looks. They stand in the entry apart from the words that say why, so that
    a proof of the look-up leaves them out, and they can be erased alone."""
    return replace(haven, operator=staff)


def looked_up(haven: Haven, *, why: str, nhs_number: str = "") -> Sequence[LookedUp]:
    """Every look-up, or those of one person's record. Reading them is one itself, and the last of them. Raises
    BadInput where nothing says why, or the number is none."""
    if not why.strip():
        raise BadInput("nothing says why", todo="Say it: --because TEXT")
    number = clean(nhs_number) if nhs_number else ""
    if number is None:
        raise BadInput("this is not a valid NHS number", where="--person")
    look_up(haven, Looked.LOOK_UPS, of=_LOOK_UPS, why=why, nhs_number=number)
    wanted = _tag(haven, number) if number else ""
    return [each for each in reads.look_ups() if not wanted or (each.look_up and each.look_up.person == wanted)]


def prove_look_up(haven: Haven, index: int, *, why: str) -> str:
    """The file with which an auditor checks one look-up, without the name of who looked. To give it is a look-up too.
    Raises BadInput where nothing says why, or there is nothing to prove."""
    if not why.strip():
        raise BadInput("nothing says why", todo="Say it: --because TEXT")
    look_up(haven, Looked.LOOK_UPS, of=f"the proof of look-up {index}", why=why)
    return look_up_proof(index)


def erase_look_up(haven: Haven, index: int, *, body: str, because: str) -> int:
    """Erase what stands in the private log of one look-up (`look_up`), or who made it (`operator`). Returns the place
    of the entry there that says so. Raises BadInput."""
    if body not in ERASABLE or not because.strip():
        raise BadInput(
            f"name one of its bodies and say why: it has {', '.join(ERASABLE)}",
            where=f"entry {index} of the private log",
            todo="haven log erase INDEX --private --body NAME --because TEXT",
        )
    if numbers_within([because]):
        raise BadInput("the words name a person by an NHS number, which stands nowhere in the log", where="--because")
    enter_due_head(haven.settings.log, haven.bare_act())
    act = haven.act_of(period_of(haven.settings.log, haven.clock()))
    return writes.erase_look_up(index=index, name=body, reason=because, act=act).index


def look_up_lines(found: Sequence[LookedUp]) -> Iterator[str]:
    """Look-ups for a person to read."""
    for each in found:
        if each.look_up is None:
            yield f"{each.index:>6}  (erased)"
            continue
        at = dt.datetime.fromisoformat(each.look_up.at).astimezone(LONDON)
        yield (
            f"{each.index:>6}  {at:%Y-%m-%d %H:%M}  {each.operator or '(erased)'}: {each.look_up.what}, "
            f"{each.look_up.of}: {each.look_up.why}"
        )


def _tag(haven: Haven, nhs_number: str) -> str:
    return tag(person_key(haven.keys.tags.key, nhs_number), _LOOK_UPS).hex()
