"""The life of an agreement at the desk, in a process of its own, since Django is set up once in a process:
`python agreements_script.py HAVEN APPLICATION.toml`. The answer is JSON. `in-force` behind it stops once the agreement
is in force, `one-in-force-one-approved` once another case waits for its agreement; `suspend CASE` suspends one, and
`suspend-while-it-is-made CASE` does so in the middle of a release."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "web"))


def main(folder: str, file: str, what: str = "", case: str = "") -> dict[str, Any]:
    configure(desk_settings())
    from applying import answers_of

    from openhaven.haven import open_haven

    haven = open_haven(Path(folder), operator="a test")
    make_tables(haven.folder)
    life = Life(haven, answers_of(Path(file)))
    if what == "in-force":
        life.first()
        return {**life.found, "case": life.case.pk}
    if what == "one-in-force-one-approved":
        life.first()
        return {"in force": life.case.pk, "approved": life.approved(life.written()).pk}
    if what == "suspend-while-it-is-made":
        return life.suspended_while_made(case)
    if what == "suspend":
        life.suspend(case)
        return {}
    return life.lived()


def told(act: Callable[[], object]) -> str:
    """What was said when it was refused; empty where it was done."""
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


class Life:
    """One agreement, from approval to destruction."""

    def __init__(self, haven: Any, answers: dict[str, Any]) -> None:
        self.haven, self.answers, self.found = haven, answers, dict[str, Any]()
        today = haven.today()
        self.answers |= {"agreement": {"agreement": ""}, "period": {
            "starts": str(today - dt.timedelta(days=9)), "ends": str(today + dt.timedelta(days=5000))}}  # fmt: skip
        self.ann, self.sig = (
            self.person("ann", "applicant", "UNIVERSITY"),
            self.person("sig", "signatory", "UNIVERSITY"),
        )
        self.olu, self.una = self.person("olu", "case officer"), self.person("una", "independent adviser")
        self.sir = self.person("sir", "senior information risk owner")
        self.elsewhere = self.person("els", "signatory", "INSURER")
        self.both = self.person("both", "signatory", "UNIVERSITY")
        self.person("both", "senior information risk owner")

    def person(self, name: str, role: str, organisation: str = "") -> Any:
        from openhaven.desk.models import Person, Post

        joined = self.haven.clock()
        made, _ = Person.objects.get_or_create(email=f"{name}@desk", defaults={"name": name, "joined": joined})
        Post.objects.get_or_create(person=made, role=role, organisation=organisation)
        return made

    def approved(self, case: Any) -> Any:
        """A case that was submitted, reviewed and approved."""
        from openhaven.casework.states import Action
        from openhaven.desk import cases, reviewing

        cases.submit(self.haven, case, self.ann)
        cases.take(self.haven, case, self.olu, Action.CHECK)
        cases.take(self.haven, case, self.olu, Action.TO_ADVISERS)
        reviewing.advise(self.haven, case, self.una, reviewing.Heard("Sound.", says="supports"))
        agreed = reviewing.Heard("All agree.", "report each year", "supports")
        reviewing.minute(self.haven, case, self.olu, agreed, routine=False)
        reviewing.decide(self.haven, case, self.sir, Action.APPROVE, reviewing.Heard("Worth it."))
        return case

    def written(self) -> Any:
        from openhaven.casework.answers import typed_of
        from openhaven.casework.questions import BY_ID
        from openhaven.desk import cases, provisional

        case = cases.open_case(self.haven, self.ann, "UNIVERSITY")
        for id, answer in self.answers.items():
            if cases.question_of(id, provisional.offered_to(self.haven, "UNIVERSITY"), case) is not None:
                typed = typed_of(BY_ID[id], answer)
                saved = cases.save(
                    self.haven, case, self.ann, BY_ID[id], typed=typed, seen=cases.seen_as(case, BY_ID[id])
                )
                assert saved.done, (id, saved)
        return case

    def lived(self) -> dict[str, Any]:
        self.first()
        self.extended()
        self.suspended()
        self.amended()
        self.lapsed()
        self.begins_later()
        self.ended()  # last: on the day of an end its hold binds whatever asks for the same
        return self.found

    def shown(self, case: Any) -> Any:
        from openhaven.desk.agreements.drawing import waiting
        from openhaven.desk.agreements.signing import Shown

        version = waiting(case)
        return Shown(version.sha256 if version else "")

    def first(self) -> None:
        """Drawn up, signed by both, in force."""
        from openhaven.casework.agreeing import Chosen
        from openhaven.desk.agreements import drawing, signing
        from openhaven.records import reads

        haven, found = self.haven, self.found
        self.case = case = self.approved(self.written())
        found["applicant draws up"] = told(lambda: drawing.draw_up(haven, case, self.ann, Chosen()))
        drawing.draw_up(haven, case, self.olu, Chosen())
        first = drawing.waiting(case)
        found["cut"], found["asked until"] = first.cut, self.answers["period"]["ends"]
        signing.sign(haven, case, self.sig, self.shown(case))
        charged = Chosen(haven.today() + dt.timedelta(days=100), 30, 1200, "two days of preparation")
        found["charge without work"] = told(lambda: Chosen(charge=5))
        version = drawing.draw_up(haven, case, self.olu, charged)
        found["clauses"], found["terms"] = version.clauses, version.terms
        found["too early"] = told(lambda: signing.countersign(haven, case, self.sir, self.shown(case)))
        found["applicant signs"] = told(lambda: signing.sign(haven, case, self.ann, self.shown(case)))
        found["elsewhere signs"] = told(lambda: signing.sign(haven, case, self.elsewhere, self.shown(case)))
        found["both countersigns"] = told(lambda: signing.countersign(haven, case, self.both, self.shown(case)))
        found["other version"] = told(lambda: signing.sign(haven, case, self.sig, signing.Shown("0" * 64)))
        found["on record early"] = drawing.agreed(case) is not None
        signing.sign(haven, case, self.sig, self.shown(case))
        self.sig.posts.all().delete()
        self.person("sig", "senior information risk owner")
        found["moved to the other side"] = told(lambda: signing.countersign(haven, case, self.sig, self.shown(case)))
        self.sig.posts.all().delete()
        self.person("sig", "signatory", "UNIVERSITY")
        found["signs twice"] = told(lambda: signing.sign(haven, case, self.both, self.shown(case)))
        found["countersign"] = told(lambda: signing.countersign(haven, case, self.sir, self.shown(case)))
        found["state"] = case.state
        found["recorded"] = bool(drawing.agreed(case))
        found["verdict"] = [each.verdict for each in reads.decisions(case.pk)][-1:]
        found["releasable"] = self.releasable(case)

    def releasable(self, case: Any) -> bool:
        from openhaven.desk import jobs

        return case.pk in [each.application.id for each in jobs.releasable()]

    def verdict(self, case: Any) -> str:
        from openhaven.desk import offers, provisional

        asked = provisional.application(case, offers.offered_to(self.haven, case.organisation))
        return str(provisional.decided(self.haven, asked).decision.verdict)

    def extended(self) -> None:
        from openhaven.casework.agreeing import Chosen
        from openhaven.desk.agreements import drawing, signing

        case, now, haven = self.case, drawing.agreed(self.case), self.haven
        later, never = now.ends + dt.timedelta(days=50), now.ends + dt.timedelta(days=3000)
        self.found["shorter"] = told(lambda: drawing.extend(haven, case, self.olu, Chosen(ends=now.ends)))
        self.found["outlives"] = told(lambda: drawing.extend(haven, case, self.olu, Chosen(ends=never)))
        self.found["extend"] = told(lambda: drawing.extend(haven, case, self.olu, Chosen(ends=later)))
        self.found["before signatures"] = str(drawing.agreed(case).ends - now.ends)
        signing.sign(haven, case, self.sig, self.shown(case))
        signing.countersign(haven, case, self.sir, self.shown(case))
        self.found["after signatures"] = (drawing.agreed(case).ends - now.ends).days
        self.found["extended"] = [case.state, self.verdict(case)]

    def suspended(self) -> None:
        from openhaven.desk.agreements import ending

        case = self.case
        ending.suspend(self.haven, case, self.olu, "A condition was not kept.")
        self.found["suspended"] = [case.state, self.verdict(case)]
        self.found["officer lifts"] = told(lambda: ending.lift(self.haven, case, self.olu, "It is kept."))
        ending.lift(self.haven, case, self.sir, "It is kept.")
        self.found["lifted"] = case.state

    def suspend(self, case: str) -> None:
        from openhaven.desk.agreements import ending
        from openhaven.desk.models import Case

        ending.suspend(self.haven, Case.objects.get(pk=case), self.olu, "A condition was not kept.")

    def suspended_while_made(self, case: str) -> dict[str, Any]:
        """A worker's job, in the middle of which somebody else suspends the agreement."""
        import threading

        from openhaven.desk import jobs
        from openhaven.desk.working import Work

        decision = next(each.decision.id for each in jobs.releasable() if each.application.id == case)
        job = jobs.ask(self.haven, decision, by=self.olu)
        told = jobs.Hold.step

        def step(hold: Any, job: Any, name: str, now: Any) -> bool:
            if name == "cohort":
                self.suspend(case)
            return told(hold, job, name, now)

        jobs.Hold.step = step
        Work(self.haven.folder, threading.Event())._work_once()
        job.refresh_from_db()
        return {"state": job.state, "said": job.said, "steps": [each["step"] for each in job.steps]}

    def amended(self) -> None:
        """Fewer fields are asked for, approved and signed."""
        from openhaven.casework.agreeing import Chosen
        from openhaven.desk import cases
        from openhaven.desk.agreements import drawing, signing

        case, haven = self.case, self.haven
        new = drawing.amend(haven, case, self.ann)
        self.found["two amendments"] = told(lambda: drawing.amend(haven, case, self.ann))
        question = cases.BY_ID["title"]
        cases.save(
            haven, new, self.ann, question, typed={"title": ["A narrower study"]}, seen=cases.seen_as(new, question)
        )
        self.approved(new)
        drawing.draw_up(haven, new, self.olu, Chosen())
        signing.sign(haven, new, self.sig, self.shown(new))
        # the hold was lifted today, so it stands until tomorrow
        self.found["while held"] = told(lambda: signing.countersign(haven, new, self.sir, self.shown(new)))
        self.past_hold(case)
        self.found["amendment"] = told(lambda: signing.countersign(haven, new, self.sir, self.shown(new)))
        case.refresh_from_db()
        self.found["former"], self.found["amended title"] = case.state, drawing.agreed(new).title
        self.new = new

    def begins_later(self) -> None:
        """A term that begins in five days: signed now, decided on that day by the day's work."""
        from dataclasses import replace

        from openhaven.casework.agreeing import Chosen
        from openhaven.desk.agreements import drawing, signing
        from openhaven.haven.recording import record_noun

        haven, today = self.haven, self.haven.today()
        self.answers["period"]["starts"] = str(today + dt.timedelta(days=5))
        case = self.approved(self.written())
        drawing.draw_up(haven, case, self.olu, Chosen())
        signing.sign(haven, case, self.sig, self.shown(case))
        signing.countersign(haven, case, self.sir, self.shown(case))
        self.found["later"] = [case.state, self.releasable(case), signing.enter_due_decisions(haven)]
        record_noun(haven, "agreement", replace(drawing.agreed(case), starts=today))
        self.found["began"] = [signing.enter_due_decisions(haven), self.releasable(case)]
        self.found["once"] = signing.enter_due_decisions(haven)

    def past_hold(self, case: Any) -> None:
        """As if the suspension had begun and ended before today."""
        from dataclasses import replace

        from openhaven.haven.recording import record_noun
        from openhaven.records import reads

        held = next(each for each in reads.records_of("hold") if each.id.endswith("suspension"))
        before = self.haven.today() - dt.timedelta(days=1)
        record_noun(self.haven, "hold", replace(held, starts=before, ends=before))

    def lapsed(self) -> None:
        """As if the term had ended yesterday."""
        from dataclasses import replace

        from openhaven.desk.agreements import drawing, falling_due
        from openhaven.haven.recording import record_noun

        now, yesterday = drawing.agreed(self.new), self.haven.today() - dt.timedelta(days=1)
        record_noun(self.haven, "agreement", replace(now, starts=yesterday, ends=yesterday))
        due = [each.what for each in falling_due.due(self.haven, self.new)]
        self.found["lapsed"] = [self.new.state, self.verdict(self.new), due]
        record_noun(self.haven, "agreement", now)
        self.found["not lapsed"] = self.verdict(self.new)

    def ended(self) -> None:
        from openhaven.desk.agreements import drawing, ending, falling_due
        from openhaven.desk.models import Reminder

        haven, case, found = self.haven, self.new, self.found
        ending.end(haven, case, self.olu, "The study is over.")
        found["ended"] = [case.state, self.verdict(case)]
        found["due"] = str(drawing.agreed(case).ends + dt.timedelta(days=30))
        falling_due.remind(haven)
        found["reminders"] = [[each.what, str(each.due)] for each in Reminder.objects.filter(case=case)]
        found["no certificate"] = told(lambda: ending.record_destruction(haven, case, self.olu))
        today = haven.today()
        part = ending.Certified(today, "Wiped.", False, ("UNIVERSITY",), "")
        found["officer certifies"] = told(lambda: ending.certify(haven, case, self.olu, part))
        found["ahead"] = told(lambda: ending.certify(haven, case, self.sig, ending.Certified(
            today + dt.timedelta(days=1), "Wiped.", True, ("UNIVERSITY",))))  # fmt: skip
        ending.certify(haven, case, self.sig, part)
        found["backups left"] = told(lambda: ending.record_destruction(haven, case, self.olu))
        ending.certify(haven, case, self.sig, ending.Certified(today, "Wiped.", True, ("UNIVERSITY",)))
        found["destroyed"] = told(lambda: ending.record_destruction(haven, case, self.olu))
        found["last"] = case.state
        falling_due.remind(haven)
        found["reminders after"] = Reminder.objects.filter(case=case).count()


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), default=str))
