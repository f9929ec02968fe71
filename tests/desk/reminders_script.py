"""Who is told by mail of what falls due, day by day, in a process of its own: `python reminders_script.py HAVEN`. The
answer is JSON: of each day, the letters that the mail server took."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "desk")]
NUMBER, WORDS = "9990000018", "Everything about my stay in March"


def main(folder: str) -> dict[str, Any]:
    configure(desk_settings())
    from letter_box import letter_box
    from letters_script import Clock

    from openhaven.haven import open_haven
    from openhaven.model.settings import Mail, Secured

    clock = Clock(dt.datetime.now(dt.UTC))
    haven = open_haven(Path(folder), operator="a test", clock=clock)
    make_tables(haven.folder)
    with letter_box() as box:
        mail = Mail("127.0.0.1", box.port, Secured.NO, sender="haven@example.org", service="https://haven.example.org")
        return Days(replace(haven, settings=replace(haven.settings, mail=mail)), box, clock).lived()


class Days:
    """Some weeks with three agreements, a request and an incident."""

    def __init__(self, haven: Any, box: Any, clock: Any) -> None:
        from letters_script import forget_what_others_did

        self.haven, self.box, self.clock = haven, box, clock
        forget_what_others_did()
        self.people = {
            name: self.person(name, role, of)
            for name, role, of in (
                ("ann", "applicant", "UNIVERSITY"),
                ("sig", "signatory", "UNIVERSITY"),
                ("els", "signatory", "INSURER"),
                ("olu", "case officer", ""),
                ("sir", "senior information risk owner", ""),
                ("gua", "Caldicott Guardian", "aldermoor"),
                ("con", "staff of a controller", "aldermoor"),
            )
        }

    def person(self, name: str, role: str, of: str) -> Any:
        from openhaven.desk.models import Person, Post

        made = Person.objects.create(email=f"{name}@example.org", name=name.title(), joined=self.haven.clock())
        Post.objects.create(person=made, role=role, organisation=of)
        return made

    def falls(self, id: str, state: str, kind: str, days: int) -> None:
        """A case, and what falls due of it in so many days."""
        from openhaven.desk.models import AgreementVersion, Case, Reminder

        now, today = self.haven.clock(), self.haven.today()
        answers = {"title": {"title": "A secret study"}, "recipient": {"recipient": "UNIVERSITY"},
                   "dataset": {"dataset": "episodes"}}  # fmt: skip
        case = Case.objects.create(id=id, author=self.people["ann"], organisation="UNIVERSITY", state=state, since=now,
                                   opened=now, answers=answers)  # fmt: skip
        Reminder.objects.create(case=case, kind=kind, what=f"{kind}: the secret study",
                                due=today + dt.timedelta(days=days), since=today, last=today)  # fmt: skip
        if state == "agreement":
            AgreementVersion.objects.create(case=case, number=1, why="the first version", person=self.people["olu"],
                                            at=now, terms={}, clauses=[], sha256="0" * 64)  # fmt: skip

    def letters(self, **later: int) -> dict[str, str]:
        from openhaven.desk.telling import tell_by_mail

        self.clock.now += dt.timedelta(**later)
        self.box.letters.clear()
        tell_by_mail(self.haven)
        return {each["To"].partition("@")[0]: f"{each['Subject']}\n{each.get_content()}" for each in self.box.letters}

    def lived(self) -> dict[str, Any]:
        from openhaven.casework.reminding import Falls
        from openhaven.desk.incidents import Reported, report
        from openhaven.desk.models import Reminder
        from openhaven.desk.patients.requests import Kind, Said, ask

        self.falls("CASE-ENDED", "ended", Falls.DESTRUCTION, 30)
        self.falls("CASE-TERM", "in force", Falls.TERM, 50)
        self.falls("CASE-SIGN", "agreement", Falls.SIGNATURES, 28)
        self.falls("CASE-REST", "in force", Falls.EVIDENCE, 40)
        (first,) = Reminder.objects.filter(kind=Falls.EVIDENCE)
        Reminder.objects.create(case=first.case, kind=first.kind, what="another approval ends then", due=first.due,
                                since=first.since, last=first.last)  # fmt: skip
        request = ask(self.haven, Kind.COPY, Said(NUMBER, WORDS)).pk
        said = Reported("A laptop was lost", "On a train.", self.haven.clock(), dataset="episodes")
        incident = report(self.haven, self.people["olu"], said).pk
        found: dict[str, Any] = {"request": f"Request {request} ", "incident": incident}
        found["first"] = self.letters()
        found["at once"] = self.letters(minutes=5)
        found["an hour later"] = self.letters(hours=1)
        found["near"] = self.letters(days=24)
        found["next day"] = self.letters(days=1)
        found["late"] = self.letters(days=6)
        found["still late"] = self.letters(days=3)
        found["a week late"] = self.letters(days=7)
        return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
