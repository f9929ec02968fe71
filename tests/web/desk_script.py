"""What a test does at a haven's desk, in a process of its own: Django is set up once in a process, and here with the
desk. `python desk_script.py HAVEN ask APPLICATION EMAIL`, or `again NUMBER`, `withdraw NUMBER`; the answer is JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables


def main(folder: str, what: str, *more: str) -> Any:
    configure(desk_settings())
    from openhaven.desk import jobs
    from openhaven.desk.models import Job, Person, Post
    from openhaven.desk.roles import Role
    from openhaven.haven import open_haven

    haven = open_haven(Path(folder), operator="a test")
    make_tables(haven.folder)
    match what:
        case "ask":
            person, _ = Person.objects.get_or_create(email=more[1], defaults={"name": "Olu", "joined": haven.clock()})
            Post.objects.get_or_create(person=person, role=Role.CASE_OFFICER)
            found = {each.application.id: each.decision.id for each in jobs.releasable()}
            return jobs.ask(haven, found[more[0]], by=person).number
        case "withdraw":
            return jobs.withdraw(Job.objects.get(number=more[0]), now=haven.clock())
        case "again":
            return jobs.again(haven, Job.objects.get(number=more[0]))
    raise SystemExit(f"what is {what}?")


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), default=str))
