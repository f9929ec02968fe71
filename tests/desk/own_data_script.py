"""What happens to requests, copies, proxies and visits as days go by, in a process of its own, since Django is set up
once in a process: `python own_data_script.py HAVEN NUMBER PLAY`. The answer is JSON. In a haven days never go back."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables

OTHER, HELPER, CHILD = "9990000018", "9990000026", "9990000034"


def main(folder: str, number: str, play: str) -> dict[str, Any]:
    configure(desk_settings())
    from openhaven.haven import open_haven

    make_tables(open_haven(Path(folder)).folder)

    def at(days: int = 0) -> Any:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        return open_haven(Path(folder), operator="a test", clock=lambda: now)

    return PLAYS[play](at, number)


def told(act: Callable[[], object]) -> str:
    """What was said when it was refused; empty where it was done."""
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def kept(at: Callable[..., Any]) -> bytes:
    """All that the records hold."""
    return b"".join(path.read_bytes() for path in at().folder.glob("records.sqlite3*"))


def copies_play(at: Callable[..., Any], number: str) -> dict[str, Any]:
    from openhaven.casework.asking import Who
    from openhaven.desk.models import OwnCopy, Request
    from openhaven.desk.patients import copies, requests
    from openhaven.desk.patients.requests import How, Kind, Said, Staff
    from openhaven.desk.upkeep import after_restore

    officer, guardian = Staff(Who.OFFICER, "olu"), Staff(Who.GUARDIAN, "gus")
    found: dict[str, Any] = {}
    one = requests.ask(at(), Kind.COPY, Said(number, "All of it."), How(""))
    found["unproven"] = [one.stage, one.due is None]
    found["make unproven"] = told(lambda: copies.have_made(at(), one, officer))
    requests.show_who(at(3), one, officer, how="passport seen")
    found["due from proof"] = str(one.due) >= str(at(3).today() + dt.timedelta(days=28))
    found["guardian makes"] = told(lambda: copies.have_made(at(), one, guardian))
    found["number in words"] = told(lambda: requests.ask_back(at(4), one, officer, words=f"Are you {number}?"))
    one.refresh_from_db()
    requests.ask_back(at(4), one, officer, words="Which years?")
    requests.go_on(at(14), one, officer, words="All.")
    due = one.due
    found["too late"] = told(lambda: requests.extend(at(60), Request.objects.get(pk=one.pk), officer, words="long"))
    requests.extend(at(14), one, officer, words="three things at once")
    found["longer"] = (one.due - due).days > 55
    found["twice"] = told(lambda: requests.extend(at(14), one, officer, words="again"))
    stale = Request.objects.get(pk=one.pk)
    copies.have_made(at(15), one, officer)
    found["second"] = told(lambda: copies.have_made(at(15), stale, officer))
    found["made"] = [copies.make_next(at(15)), copies.make_next(at(15)), Request.objects.get(pk=one.pk).stage]
    found["sealed"] = number.encode() not in kept(at)
    one = Request.objects.get(pk=one.pk)
    content = copies.collect(at(16), one, nhs_number=number, why="the person")
    found["zip"] = content[:2] == b"PK"
    found["kept a day"] = [copies.wipe_old(at(16).clock()), copies.wipe_old(at(18).clock())]
    found["gone"] = told(lambda: copies.collect(at(18), Request.objects.get(pk=one.pk), nhs_number=number, why="again"))
    copies.have_made(at(18), one, officer)
    copies.make_next(at(18))
    found["uncollected"] = [copies.wipe_old(at(40).clock()), copies.wipe_old(at(49).clock())]
    one = Request.objects.get(pk=one.pk)
    copies.have_made(at(19), one, officer)
    after_restore(at(19).clock())
    found["restored"] = [OwnCopy.objects.count(), Request.objects.get(pk=one.pk).stage]
    one = Request.objects.get(pk=one.pk)
    requests.answer(at(20), one, officer, outcome="It is done.")
    found["wiped"] = Request.objects.get(pk=one.pk).sealed
    found["twice answered"] = told(
        lambda: requests.answer(at(20), Request.objects.get(pk=one.pk), officer, outcome="x")
    )
    return found


def records_play(at: Callable[..., Any], number: str) -> dict[str, Any]:
    from openhaven.casework.asking import Who
    from openhaven.desk.models import Request
    from openhaven.desk.patients import copies, requests
    from openhaven.desk.patients.requests import Kind, Said, Staff
    from openhaven.haven.own_choices import no_of

    found: dict[str, Any] = {}
    with at().alone("a long release"):
        made = requests.ask(at(), Kind.OBJECTION, Said(OTHER, "Stop."))
        found["waits"] = [made.entered, copies.anything_waits(), copies.make_next(at())]
        found["answered too early"] = told(
            lambda: requests.answer(at(), made, Staff(Who.OFFICER, "olu"), outcome="done")
        )
    found["then"] = [copies.make_next(at()), Request.objects.get(pk=made.pk).on_record, copies.anything_waits()]
    found["on record"] = [each.state for each in no_of(at(), OTHER)]
    row = Request.objects.get(pk=made.pk)
    found["undecided"] = told(lambda: requests.answer(at(), row, Staff(Who.OFFICER, "olu"), outcome="done"))
    requests.decide(at(), row, Staff(Who.GUARDIAN, "gus"), upheld=False, words="It is vital.")
    found["decided"] = [each.state for each in no_of(at(), OTHER)]
    requests.answer(at(), row, Staff(Who.OFFICER, "olu"), outcome="done")
    return found


def proxies_play(at: Callable[..., Any], number: str) -> dict[str, Any]:
    from openhaven.casework.asking import Deed, Who
    from openhaven.desk.models import Proxy
    from openhaven.desk.patients import proxies
    from openhaven.desk.patients.proxies import NewProxy

    today = at().today()
    born = today.replace(year=today.year - 13, day=1) + dt.timedelta(days=60)
    far = today + dt.timedelta(days=5000)
    child = NewProxy(CHILD, "Sam", Who.PARENT, "birth certificate", far, by=HELPER, born=born)
    row = proxies.record(at(), child, staff="olu")
    soon = (born.replace(year=born.year + 13) - today).days
    found: dict[str, Any] = {"in force": [len(proxies.acting(at(each), HELPER)) for each in (0, soon - 1, soon)]}
    proxies.review(at(soon), row, evidence="Sam says yes", until=far, staff="olu")
    row.refresh_from_db()
    sixteen = (born.replace(year=born.year + 16) - today).days
    found["reviewed"] = [len(proxies.acting(at(each), HELPER)) for each in (soon, sixteen - 1, sixteen)]
    found["not the child's own"] = len(proxies.acting(at(), CHILD))
    found["born is sealed"] = born.isoformat().encode() not in kept(at)
    found["numbers are sealed"] = not any(each.encode() in kept(at) for each in (CHILD, HELPER))
    eighteen = (born.replace(year=born.year + 18) - today).days
    found["ended"] = [
        proxies.end_old(at(eighteen - 1)),
        proxies.end_old(at(eighteen)),
        Proxy.objects.get(pk=row.pk).sealed,
    ]
    found["own"] = told(
        lambda: proxies.record(at(), NewProxy(CHILD, "x", Who.ATTORNEY, "seen", far, by=CHILD), staff="o")
    )
    grown = NewProxy(CHILD, "x", Who.PARENT, "seen", far, by=HELPER, born=today.replace(year=today.year - 19, day=1))
    found["grown"] = told(lambda: proxies.record(at(), grown, staff="olu"))
    claim = NewProxy(CHILD, "Sam", Who.CLAIMANT, "a claim; death certificate", far, by=HELPER, died=today)
    row = proxies.record(at(soon), claim, staff="olu")
    found["claimant"] = [proxies.why_not_now(at(soon), row, deed) == "" for deed in (Deed.ASK_COPY, Deed.SEE_USES)]
    return found


def visits_play(at: Callable[..., Any], number: str) -> dict[str, Any]:
    from openhaven.casework.asking import Who
    from openhaven.desk.models import Visit
    from openhaven.desk.patients import proxies, visits
    from openhaven.desk.patients.proxies import NewProxy
    from openhaven.desk.patients.requests import Kind
    from openhaven.desk.patients.visits import Channel, NewVisit, Shown

    found: dict[str, Any] = {}
    unknown = visits.begin(at(), NewVisit(Channel.CALL, number, Shown.NOTHING), staff="olu")
    found["nothing shown"] = told(lambda: visits.uses_for(at(), unknown, staff="olu"))
    asked = visits.ask_for(at(), unknown, Kind.COPY, "My record, please.", staff="olu")
    found["asked unknown"] = asked.stage
    known = visits.begin(at(), NewVisit(Channel.LETTER, number, Shown.POST), staff="olu")
    found["uses"] = len(visits.uses_for(at(), known, staff="olu").uses) > 0
    objected = visits.ask_for(at(), known, Kind.OBJECTION, "Stop.", staff="olu")
    found["objected"] = [objected.entered, objected.channel]
    died = NewProxy(CHILD, "Sam", Who.CLAIMANT, "death certificate", at(900).today(), died=at().today())
    proxies.record(at(), died, staff="olu")
    found["dead"] = told(
        lambda: visits.uses_for(
            at(), visits.begin(at(), NewVisit(Channel.CALL, CHILD, Shown.KNOWN), staff="o"), staff="o"
        )
    )
    found["sealed visit"] = number.encode() not in kept(at)
    visits.end(at(), known)
    found["over"] = told(lambda: visits.uses_for(at(), Visit.objects.get(pk=known.pk), staff="olu"))
    found["left open"] = [visits.end_old(at().clock()), visits.end_old(at(2).clock())]
    found["visits wiped"] = list(Visit.objects.exclude(sealed="").values_list("pk", flat=True))
    return found


PLAYS = {"copies": copies_play, "records": records_play, "proxies": proxies_play, "visits": visits_play}

if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
