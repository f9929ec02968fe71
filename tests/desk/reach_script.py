"""What a person may do with each of many made-up cases and incidents, asked one by one and asked of the database:
`python reach_script.py HAVEN SEED`. The answer is JSON: what differs, and how much was allowed."""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables

ORGANISATIONS = ("UNIVERSITY", "INSURER", "aldermoor", "brackenfield", "CANCER-AUDIT")
FUNDERS = (*ORGANISATIONS, "University of Thornby", "university  OF thornby", "Insurer", "nobody", "")


def main(folder: str, seed: str) -> dict[str, Any]:
    configure(desk_settings())
    from openhaven.desk.models import Case, Incident, IncidentStep, Message, Reminder, Step
    from openhaven.haven import open_haven

    haven, chance = open_haven(Path(folder), operator="a test"), random.Random(int(seed))
    make_tables(haven.folder)
    for each in (Reminder, Step, Message, IncidentStep, Incident, Case):
        each._base_manager.all()._raw_delete("default")
    made = Made(haven, chance)
    return {"cases": made.cases(), "incidents": made.incidents(), "queue": made.queue()}


class Made:
    """People and cases at random."""

    def __init__(self, haven: Any, chance: random.Random) -> None:
        self.haven, self.chance = haven, chance
        self.people = [self.person(place) for place in range(12)]
        self.made = [self.case(place) for place in range(60)]

    def person(self, place: int) -> Any:
        from openhaven.desk.models import Person, Post
        from openhaven.desk.roles import OF_THE_HAVEN, Role

        person = Person.objects.create(email=f"p{place}@reach", name=f"p{place}", joined=self.haven.clock())
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            role = self.chance.choice(list(Role))
            of = "" if role in OF_THE_HAVEN else self.chance.choice(ORGANISATIONS)
            Post.objects.get_or_create(person=person, role=role, organisation=of)
        return person

    def case(self, place: int) -> Any:
        from openhaven.casework.states import State
        from openhaven.desk.models import Case, Step
        from openhaven.desk.reach import SIGNED
        from openhaven.desk.roles import Role

        any_of = self.chance.choice
        answers: dict[str, Any] = {}
        if any_of((True, True, False)):
            answers["recipient"] = {"recipient": any_of((*ORGANISATIONS, ""))}
        if any_of((True, True, False)):
            answers["dataset"] = {"dataset": any_of(("episodes", "none", ""))}
        if any_of((True, False)):
            answers["funding"] = [{"row": "1", "organisation": any_of(FUNDERS)}][: any_of((0, 1))]
        now = self.haven.clock() - dt.timedelta(hours=place * 7)
        case = Case.objects.create(id=f"CASE-{place}", author=any_of(self.people), organisation=any_of(ORGANISATIONS),
                                   state=any_of(list(State)), since=now, opened=now, answers=answers)  # fmt: skip
        for _ in range(any_of((0, 0, 1, 2))):
            Step.objects.create(case=case, person=any_of(self.people), role=any_of(list(Role)), action=any_of(SIGNED),
                                before="", after="", at=now)  # fmt: skip
        return case

    def cases(self) -> dict[str, Any]:
        """Every action of everybody, one by one and all at once."""
        from openhaven.casework.policy import may
        from openhaven.casework.states import Action
        from openhaven.desk.cases import parties, someone
        from openhaven.desk.reach import cases_for

        allowed, differ = 0, []
        whose = [(case, parties(self.haven, case)) for case in self.made]
        for who in self.people:
            before = [(case, someone(who, case), each) for case, each in whose]
            for action in Action:
                slow = {case.pk for case, whom, each in before if may(whom, each, action, case.stands)}
                quick = set(cases_for(self.haven, who, action).values_list("pk", flat=True))
                allowed += len(slow)
                if slow != quick:
                    differ.append([str(list(who.posts.all())), action, sorted(slow ^ quick)])
        return {"allowed": allowed, "differ": differ[:5]}

    def incidents(self) -> dict[str, Any]:
        from openhaven.casework.incidents import Deed, Stage
        from openhaven.desk import incidents as desk
        from openhaven.desk.models import Incident
        from openhaven.desk.reach import incidents_for

        any_of, now = self.chance.choice, self.haven.clock()
        made = [
            Incident.objects.create(
                id=f"INC-{place}", reporter=any_of(self.people), title="x", about=any_of(("", *ORGANISATIONS)),
                dataset=any_of(("", "episodes", "none")), agreement=any_of(("", "DSA-001", "DSA-NONE")), known=now,
                reported=now, stage=any_of(list(Stage)))
            for place in range(40)
        ]  # fmt: skip
        allowed, differ = 0, []
        for who in self.people:
            can = {each.pk: desk.can(self.haven, each, who) for each in made}
            for deed in Deed:
                slow = {id for id, deeds in can.items() if deed in deeds}
                quick = set(incidents_for(self.haven, who, deed).values_list("pk", flat=True))
                allowed += len(slow)
                if slow != quick:
                    differ.append([str(list(who.posts.all())), deed, sorted(slow ^ quick)])
        return {"allowed": allowed, "differ": differ[:5]}

    def queue(self) -> dict[str, Any]:
        """The queue page by page, and sorted as a whole."""
        from openhaven.casework.clocks import due
        from openhaven.desk.models import Case
        from openhaven.desk.queue import Queue
        from openhaven.haven.place import LONDON

        today = self.haven.today()

        def by(case: Any) -> dt.date:
            found = due(case.stands, since=case.since.astimezone(LONDON).date(), on=today)
            return found[1] if found else dt.date.max

        queue = Queue(Case.objects.all(), today)
        paged = [each for start in range(0, 200, 25) for each in queue[start : start + 25]]
        whole = sorted(Case.objects.all(), key=by)
        return {
            "same": sorted(each.pk for each in paged) == sorted(each.pk for each in whole),
            "ordered": [by(each) for each in paged] == [by(each) for each in whole],
            "count": [queue.count(), len(paged)],
        }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), default=str))
