"""Many cases, reminders and incidents: `python many_script.py HAVEN EMAIL COUNT`, in a process of its own. They are the
person's of that address, applying for the university."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from openhaven.desk.setup import configure, desk_settings, make_tables

STATES = ("submitted", "checked", "approved", "in force", "ended")


def main(folder: str, email: str, count: str) -> None:
    configure(desk_settings())
    from openhaven.casework.reminding import Falls
    from openhaven.desk.models import Case, Incident, Person, Reminder
    from openhaven.haven import open_haven

    haven = open_haven(Path(folder))
    make_tables(haven.folder)
    author, now, places = Person.objects.get(email=email), haven.clock(), range(int(count))
    cases = [
        Case(id=f"CASE-{place:04}", author=author, organisation="UNIVERSITY", state=STATES[place % len(STATES)],
             since=now - dt.timedelta(days=place % 20, minutes=place), opened=now,
             answers={"title": {"title": f"Study {place:04}"}, "dataset": {"dataset": "episodes"}})
        for place in places
    ]  # fmt: skip
    Case.objects.bulk_create(cases)
    Reminder.objects.bulk_create(
        Reminder(case=each, kind=Falls.TERM, what="the term ends", due=now.date(), since=now.date(), last=now.date())
        for each in cases
        if each.state == "in force"
    )
    Incident.objects.bulk_create(
        Incident(id=f"INC-{place:04}", reporter=author, title=f"Loss {place:04}", known=now, reported=now,
                 stage=("reported", "contained", "closed")[place % 3])
        for place in places
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
