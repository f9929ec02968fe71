"""Who gets which letter while a case moves, in a process of its own: `python letters_script.py HAVEN APPLICATION.toml`.
The answer is JSON: after each step, the letters that the mail server took."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables

TESTS = Path(__file__).parents[1]
SAID = "Whether customers of pharmacies who are told of screening come to it."
sys.path[:0] = [str(TESTS), str(TESTS / "web")]


def main(folder: str, file: str) -> dict[str, Any]:
    configure(desk_settings())
    from applying import answers_of
    from letter_box import letter_box

    from openhaven.haven import open_haven
    from openhaven.model.settings import Mail, Secured

    clock = Clock(dt.datetime.now(dt.UTC))
    haven = open_haven(Path(folder), operator="a test", clock=clock)
    make_tables(haven.folder)
    with letter_box() as box:
        mail = Mail("127.0.0.1", box.port, Secured.NO, sender="haven@example.org", service="https://haven.example.org")
        here = replace(haven, settings=replace(haven.settings, mail=mail))
        return played(here, answers_of(Path(file)), box, clock)


class Clock:
    """A clock that goes on by an hour when it is told to."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def later(self, minutes: int = 61) -> None:
        self.now += dt.timedelta(minutes=minutes)


def forget_what_others_did() -> None:
    """Empty the desk's tables: tests that ran before may have worked in the haven that this one is a copy of."""
    from django.apps import apps
    from django.db import connection

    with connection.constraint_checks_disabled():
        for model in apps.get_app_config("desk").get_models():
            model._base_manager.all()._raw_delete(connection.alias)


def played(haven: Any, answers: dict[str, Any], box: Any, clock: Clock) -> dict[str, Any]:
    from openhaven.casework.states import Action
    from openhaven.desk import cases, reviewing
    from openhaven.desk.models import Person, Post, Told
    from openhaven.desk.telling import tell_by_mail
    from openhaven.model.errors import HavenError

    def person(name: str, role: str, organisation: str = "") -> Person:
        made = Person.objects.create(email=f"{name}@example.org", name=name.title(), joined=haven.clock())
        Post.objects.create(person=made, role=role, organisation=organisation)
        return made

    def letters(minutes: int = 61) -> dict[str, str]:
        """What everybody is told some minutes later."""
        clock.later(minutes)
        box.letters.clear()
        tell_by_mail(haven)
        return {each["To"].partition("@")[0]: f"{each['Subject']}\n{each.get_content()}" for each in box.letters}

    forget_what_others_did()
    ann, olu = person("ann", "applicant", "UNIVERSITY"), person("olu", "case officer")
    una, ula = person("una", "independent adviser"), person("ula", "independent adviser")
    sir = person("sir", "senior information risk owner")
    person("nobody", "senior information risk owner")
    gone = person("gone", "case officer")
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    case = cases.open_case(haven, ann, "UNIVERSITY")
    found: dict[str, Any] = {"id": case.pk, "title": answers["title"]["title"], "draft": letters()}
    submitted(haven, case, ann, answers)
    down = replace(haven, settings=replace(haven.settings, mail=replace(haven.settings.mail, port=1)))
    try:
        tell_by_mail(down)
    except HavenError as problem:
        found["server down"] = str(problem)
    found["submitted"] = letters()
    found["nothing new"] = letters()
    cases.take(haven, case, olu, Action.CHECK)
    cases.take(haven, case, olu, Action.TO_ADVISERS)
    found["advisers"] = letters()
    reviewing.advise(haven, case, una, reviewing.Heard("Sound.", says="supports"))
    cases.talk(haven, case, olu, "When would you begin?")
    found["talk"] = letters()
    cases.talk(haven, case, ann, "In spring.")
    found["answer"] = letters()
    reviewing.minute(haven, case, olu, reviewing.Heard("All agree.", says="supports"), routine=False)
    found["soon"] = letters(5)
    found["later"] = letters()
    reviewing.decide(haven, case, sir, Action.APPROVE, reviewing.Heard("Worth it."))
    found["approved"] = letters()
    people = {"ann": ann, "olu": olu, "una": una, "sir": sir, "gus": person("gus", "Caldicott Guardian", "aldermoor"),
              "bea": person("bea", "Caldicott Guardian", "brackenfield")}  # fmt: skip
    letters()
    two = cases.open_case(haven, ann, "UNIVERSITY")
    submitted(haven, two, ann, {**answers, "why": {"text": SAID}}, agreement=kept_at(haven, "brackenfield"))
    found |= {"two": two.pk, **left_to_two(haven, two, people, letters)}
    found["failed"] = dict(Told.objects.exclude(failed="").values_list("person__email", "failed"))
    found["told"] = ula.told.step == ann.told.step
    return found


def kept_at(haven: Any, organisation: str) -> str:
    """The id of an agreement on record under which the data lies at an organisation."""
    from openhaven.haven.recording import record_noun
    from openhaven.records import reads

    first = next(each for each in reads.records_of("agreement") if each.id == "DSA-001")
    record_noun(haven, "agreement", replace(first, id="DSA-KEPT", storage=(organisation,)))
    return "DSA-KEPT"


def submitted(haven: Any, case: Any, person: Any, answers: dict[str, Any], *, agreement: str = "") -> None:
    """Every question answered, and sent by who applies."""
    from openhaven.casework.answers import typed_of
    from openhaven.casework.questions import BY_ID
    from openhaven.desk import cases, provisional

    for id, answer in {**answers, "agreement": {"agreement": agreement}}.items():
        if cases.question_of(id, provisional.offered_to(haven, "UNIVERSITY"), case) is not None:
            typed = typed_of(BY_ID[id], answer)
            cases.save(haven, case, person, BY_ID[id], typed=typed, seen=cases.seen_as(case, BY_ID[id]))
    cases.submit(haven, case, person)


def left_to_two(haven: Any, case: Any, people: dict[str, Any], letters: Callable[[], dict[str, str]]) -> dict[str, Any]:
    """The letters of a case whose words two people have to read, until each of them has answered."""
    from openhaven.casework.states import Action
    from openhaven.desk import cases, reviewing, settling
    from openhaven.model.record.advice import Advice

    letters()
    cases.take(haven, case, people["olu"], Action.CHECK)
    found: dict[str, Any] = {"left to two": letters()}
    left = tuple(each.mark for each in settling.open_in(haven, case).left)
    try:
        settling.settle(haven, case, people["bea"], reviewing.Heard("It is care.", says="supports"), left)
    except cases.NotAllowed as refused:
        found["in her hands"] = str(refused)
    found["open to"] = [each for each in ("bea", "gus", "olu") if settling.open_to(haven, case, people[each]).left]
    settling.settle(haven, case, people["gus"], reviewing.Heard("It is care.", says="supports"), left)
    cases.take(haven, case, people["olu"], Action.TO_ADVISERS)
    found["one answered"] = letters()
    settling.settle(haven, case, people["sir"], reviewing.Heard("It is not.", says=Advice.OPPOSES), ())
    reviewing.advise(haven, case, people["una"], reviewing.Heard("Sound.", says="supports"))
    reviewing.minute(haven, case, people["olu"], reviewing.Heard("All agree.", says="supports"), routine=False)
    return {**found, "both answered": letters()}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
