"""Who acts for another: recorded by staff on evidence, looked at again at 13 and 16, ended with it, and wiped.

For the dead their representatives act, under the Act of 1990; who acted for them in their life acts no more (SAR-07).
Each access of a proxy is entered in the private log as one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from openhaven.casework import proxies as casework
from openhaven.casework.asking import Deed, Stage, Tie, Who, why_not
from openhaven.desk.models import Proxy
from openhaven.desk.patients.requests import SHORTER
from openhaven.desk.patients.sealed import mark, seal, unsealed
from openhaven.haven import Haven
from openhaven.haven.looking import look_up, seen_by
from openhaven.identity.nhs_number import clean, numbers_within
from openhaven.model.errors import BadInput
from openhaven.records.kept import Looked


@dataclass(frozen=True, slots=True)
class NewProxy:
    """A proxy to be recorded: for whom (`of`, and `name` as the proxy calls them), by whom (`by`, an NHS number, empty
    for who does not sign in), as what, on which evidence, until which day."""

    of: str
    name: str
    who: Who
    evidence: str
    until: dt.date
    by: str = ""
    born: dt.date | None = None
    died: dt.date | None = None
    deeds: frozenset[Deed] = frozenset()


def record(haven: Haven, new: NewProxy, *, staff: str) -> Proxy:
    """Record a proxy, from today on. Raises BadInput where something does not fit, or it would have ended already."""
    of, by = clean(new.of), clean(new.by) if new.by else ""
    if of is None or by is None:
        raise BadInput("this is not an NHS number: it has ten digits, and the last one has to fit the others")
    if of == by:
        raise BadInput("nobody is their own proxy")
    _check_words(new.evidence, "say what you saw")
    today = haven.today()
    noun = casework.Proxy(new.who, today, new.until, born=new.born, died=new.died, deeds=new.deeds)
    for day, what in ((new.born, "birth"), (new.died, "death")):
        if day is not None and day > today:
            raise BadInput(f"the day of the {what} is to come")
    if today > casework.last_day(noun, chosen=haven.settings.policy.numbers):
        raise BadInput("it would have ended already: by its evidence, or since the child is grown up")
    why = f"a proxy is recorded: {new.who}"
    look_up(seen_by(haven, staff), Looked.PERSON, of="proxies", why=why, nhs_number=of)
    return Proxy.objects.create(
        who=new.who,
        mark_of=mark(haven, of),
        mark_by=mark(haven, by) if by else "",
        sealed=seal(haven, [of, new.name.strip(), new.born.isoformat() if new.born else ""]),
        evidence=new.evidence.strip(),
        since=today,
        until=new.until,
        died=new.died,
        deeds=sorted(new.deeds),
    )


def noun_of(haven: Haven, row: Proxy) -> casework.Proxy:
    """The proxy as the tables see it."""
    born = unsealed(haven, row.sealed)[2] if row.sealed else ""
    if not row.sealed and row.who == Who.PARENT:  # wiped: it has ended, and any day does
        born = row.since.isoformat()
    return casework.Proxy(
        Who(row.who),
        row.since,
        row.until,
        born=dt.date.fromisoformat(born) if born else None,
        reviewed=row.reviewed,
        died=row.died,
        ended=row.ended,
        deeds=frozenset(map(Deed, row.deeds)),
    )


def tie(haven: Haven, row: Proxy) -> Tie:
    """Whether they may act today."""
    if not row.sealed:
        return Tie.LAPSED
    deaths = [each.died for each in Proxy.objects.filter(mark_of=row.mark_of).exclude(died=None) if each.died]
    chosen = haven.settings.policy.numbers
    return casework.tie_of(noun_of(haven, row), on=haven.today(), deaths=deaths, chosen=chosen)


def review_due(haven: Haven, row: Proxy) -> dt.date | None:
    """The day of a review that was reached and is not done; None where there is none."""
    return casework.review_due(noun_of(haven, row), on=haven.today(), chosen=haven.settings.policy.numbers)


def why_not_now(haven: Haven, row: Proxy, deed: Deed, stage: Stage = Stage.NONE) -> str:
    """Why a proxy may not do this now; empty where they may."""
    if deed not in noun_of(haven, row).may:
        return "this was not given to you"
    return why_not(Who(row.who), tie(haven, row), deed, stage)


def acting(haven: Haven, nhs_number: str) -> Sequence[Proxy]:
    """For whom somebody may act today."""
    rows = Proxy.objects.filter(mark_by=mark(haven, nhs_number), ended=None).order_by("pk")
    return [each for each in rows if tie(haven, each) is Tie.ACTS]


def acting_for(haven: Haven, nhs_number: str) -> Sequence[Proxy]:
    """Who may act for somebody today."""
    rows = Proxy.objects.filter(mark_of=mark(haven, nhs_number), ended=None).order_by("pk")
    return [each for each in rows if tie(haven, each) is Tie.ACTS]


def has_died(haven: Haven, nhs_number: str) -> bool:
    """Whether a death is on record."""
    return has_died_by_mark(mark(haven, nhs_number))


def has_died_by_mark(of: str) -> bool:
    """The same, by the mark of the person."""
    return Proxy.objects.filter(mark_of=of).exclude(died=None).exists()


def person_of(haven: Haven, row: Proxy) -> tuple[str, str]:
    """The number of whom they act for, and how they call them. Raises BadInput where it has ended and is wiped."""
    if not row.sealed:
        raise BadInput("it has ended, and who it was is wiped")
    number, name, _ = unsealed(haven, row.sealed)
    return number, name


def why_words(row: Proxy) -> str:
    """Who looks, for the private log: as a proxy, and not by name."""
    return f"a proxy for the person ({row.who}, proxy {row.pk}), signed in with proven identity"


def review(haven: Haven, row: Proxy, *, evidence: str, until: dt.date, staff: str) -> None:
    """Record that a person looked at it again: what they saw, and until when it counts now. Raises BadInput."""
    _check_words(evidence, "say what you saw, and what a child of that age said themselves")
    number, _ = person_of(haven, row)
    if until < haven.today() or row.ended:
        raise BadInput("it has ended: record it anew")
    look_up(seen_by(haven, staff), Looked.PERSON, of=f"proxy {row.pk}", why="it is reviewed", nhs_number=number)
    Proxy.objects.filter(pk=row.pk).update(reviewed=haven.today(), evidence=evidence.strip(), until=until)


def end(haven: Haven, row: Proxy, *, why: str, by: str) -> None:
    """End it now; who it was is wiped. Raises BadInput where it has ended."""
    _check_words(why, "say why it ends")
    number, _ = person_of(haven, row)
    look_up(seen_by(haven, by), Looked.PERSON, of=f"proxy {row.pk}", why="it is ended", nhs_number=number)
    Proxy.objects.filter(pk=row.pk, ended=None).update(ended=haven.today(), ended_why=why.strip(), sealed="")


def end_old(haven: Haven) -> int:
    """Wipe those whose evidence has ended. Returns how many. A death stays known by its mark."""
    found = Proxy.objects.filter(ended=None).exclude(sealed="")
    chosen = haven.settings.policy.numbers
    over = [each for each in found if haven.today() > casework.last_day(noun_of(haven, each), chosen=chosen)]
    for each in over:
        Proxy.objects.filter(pk=each.pk).update(ended=haven.today(), ended_why="the evidence ended", sealed="")
    return len(over)


def on_record() -> Sequence[Proxy]:
    """Every proxy that was not ended, and then those that were."""
    return sorted(Proxy.objects.all(), key=lambda each: (each.ended is not None, each.until, each.pk))


def _check_words(words: str, otherwise: str) -> None:
    if not words.strip() or len(words) > SHORTER:
        raise BadInput(otherwise)
    if numbers_within([words]):
        raise BadInput("take the NHS number out of the words")
