"""Assisted service: somebody calls, writes or comes, staff see who it is, and do for them what the pages would do.

Each thing is entered in the private log as done for the person. Nothing about their data is said before it is known who
they are; who it was is wiped when the visit ends, and after a day in any case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from openhaven.casework.asking import Deed, Stage, Tie, Who, why_not
from openhaven.desk.models import Proxy, Request, Visit
from openhaven.desk.patients import proxies, requests
from openhaven.desk.patients.hiding import hidden
from openhaven.desk.patients.requests import DEEDS, SHORTER, How, Kind, Said
from openhaven.desk.patients.sealed import mark, seal, unsealed
from openhaven.haven import Haven
from openhaven.haven.looking import look_up, seen_by
from openhaven.haven.my_uses import MyUses, my_uses
from openhaven.haven.own_choices import Yes, yes_of
from openhaven.identity.nhs_number import clean, numbers_within
from openhaven.model.errors import BadInput
from openhaven.records.kept import Looked

LASTS = dt.timedelta(days=1)
"""So long a visit stays open; our own choice."""


class Channel(StrEnum):
    """How somebody came."""

    CALL = "a call"
    LETTER = "a letter"
    VISIT = "a visit"


class Shown(StrEnum):
    """What showed who they are."""

    PASSPORT = "passport or driving licence seen"
    CALLED_BACK = "called back on the number that the practice has, and asked what only they know"
    KNOWN = "vouched for by somebody who knows them and works here"
    POST = "answered to a letter to the address on record"
    NOTHING = "nothing yet"


@dataclass(frozen=True, slots=True)
class NewVisit:
    """Somebody who came: by which way, who they say they are, what showed it, and for whom as a proxy."""

    channel: Channel
    nhs_number: str
    shown: Shown
    words: str = ""
    proxy: int | None = None


def begin(haven: Haven, new: NewVisit, *, staff: str) -> Visit:
    """Begin to help somebody. Raises BadInput for what is no NHS number, or a proxy who may not act for them now."""
    number = clean(new.nhs_number)
    if number is None:
        raise BadInput("this is not an NHS number: it has ten digits, and the last one has to fit the others")
    if numbers_within([new.words]) or len(new.words) > SHORTER:
        raise BadInput("take the NHS number out of the words, and keep them short")
    row = _proxy(haven, new.proxy, number) if new.proxy else None
    why = f"helped by {new.channel}: {new.shown}"
    look_up(seen_by(haven, staff), Looked.PERSON, of="a visit", why=why, nhs_number=number)
    return Visit.objects.create(
        began=haven.clock(),
        by=staff,
        channel=new.channel,
        shown=new.shown,
        words=new.words.strip(),
        mark=mark(haven, number),
        proxy=row,
        sealed=seal(haven, number),
    )


def _proxy(haven: Haven, id: int, number: str) -> Proxy:
    row = Proxy.objects.filter(pk=id, mark_of=mark(haven, number)).first()
    if row is None or proxies.tie(haven, row) is not Tie.ACTS:
        raise BadInput("this proxy does not act for that person now")
    return row


def going_on(staff: str) -> Sequence[Visit]:
    """The visits of one member of staff that are not ended."""
    return list(Visit.objects.filter(by=staff, ended=None).order_by("-pk"))


def why_not_now(haven: Haven, visit: Visit, deed: Deed) -> str:
    """Why this cannot be done for them now; empty where it can."""
    if visit.ended is not None or not visit.sealed:
        return "the visit has ended"
    if visit.shown == Shown.NOTHING and deed in (Deed.SEE_USES, Deed.SEE_YES):
        return "first it has to be known who they are"
    if visit.proxy is not None:
        return proxies.why_not_now(haven, visit.proxy, deed)
    if proxies.has_died_by_mark(visit.mark):
        return "a death is on record: only who acts for the dead can ask"
    return why_not(Who.PERSON, Tie.OWN, deed, Stage.NONE)


def uses_for(haven: Haven, visit: Visit, *, staff: str) -> MyUses:
    """Where their data was used, to be read to them or printed; for a proxy without what is masked. Raises BadInput."""
    number = _open(haven, visit, Deed.SEE_USES, staff=staff, what="my-uses")
    found = my_uses(haven, number)
    return found.without_sensitive(hidden(haven, number)) if visit.proxy else found


def yes_for(haven: Haven, visit: Visit, *, staff: str) -> tuple[Yes, ...]:
    """What they said yes to. Raises BadInput."""
    return yes_of(haven, _open(haven, visit, Deed.SEE_YES, staff=staff, what="what they said yes to"))


def explained(haven: Haven, visit: Visit, *, staff: str) -> None:
    """Note that their choices were explained to them."""
    number = _number(haven, visit)
    why = f"explained by {visit.channel}"
    look_up(seen_by(haven, staff), Looked.PERSON, of="choices", why=why, nhs_number=number)


def ask_for(haven: Haven, visit: Visit, kind: Kind, words: str, *, staff: str, on_record: str = "") -> Request:
    """Open a request in their words. Where it is not yet known who they are its clock waits for that. Raises
    BadInput."""
    if refused := why_not_now(haven, visit, DEEDS[kind]):
        raise BadInput(refused)
    shown = "" if visit.shown == Shown.NOTHING else visit.shown
    how = How(shown, by=staff, channel=visit.channel, proxy=visit.proxy)
    return requests.ask(haven, kind, Said(_number(haven, visit), words), how, on_record=on_record)


def take_back_for(haven: Haven, visit: Visit, consent: str, *, staff: str) -> Request:
    """Take a yes back for them, at once. Raises BadInput where there is none."""
    mine = next((each for each in yes_for(haven, visit, staff=staff) if each.consent == consent), None)
    if mine is None or mine.taken_back:
        raise BadInput("there is no such yes to take back")
    words = f"They take back their yes to {mine.study}."
    return ask_for(haven, visit, Kind.WITHDRAWAL, words, staff=staff, on_record=consent)


def end(haven: Haven, visit: Visit) -> None:
    """End it; who it was is wiped."""
    Visit.objects.filter(pk=visit.pk, ended=None).update(ended=haven.clock(), sealed="")


def end_old(now: dt.datetime) -> int:
    """End visits that were left open for a day. Returns how many."""
    return int(Visit.objects.filter(ended=None, began__lt=now - LASTS).update(ended=now, sealed=""))


def _open(haven: Haven, visit: Visit, deed: Deed, *, staff: str, what: str) -> str:
    if refused := why_not_now(haven, visit, deed):
        raise BadInput(refused)
    number = _number(haven, visit)
    whose = f"the {visit.proxy.who}, proxy {visit.proxy.pk}, of the person" if visit.proxy else "the person"
    why = f"by {visit.channel}, for {whose}: {visit.shown}"
    look_up(seen_by(haven, staff), Looked.PERSON, of=what, why=why, nhs_number=number)
    return number


def _number(haven: Haven, visit: Visit) -> str:
    if not visit.sealed:
        raise BadInput("the visit has ended")
    return str(unsealed(haven, visit.sealed))
