"""What happens to cases at the desk, in a process of its own, since Django is set up once in a process:
`python cases_script.py HAVEN APPLICATION.toml`. The answer is JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openhaven.desk.setup import configure, desk_settings, make_tables

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "web"))


def main(folder: str, file: str) -> dict[str, Any]:
    configure(desk_settings())
    from applying import answers_of

    from openhaven.haven import open_haven

    haven = open_haven(Path(folder), operator="a test")
    make_tables(haven.folder)
    return played(haven, answers_of(Path(file)))


def told(act: Callable[[], object]) -> str:
    """What was said when it was refused; empty where it was done."""
    try:
        act()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def played(haven: Any, answers: dict[str, Any]) -> dict[str, Any]:
    from openhaven.casework.answers import typed_of
    from openhaven.casework.questions import BY_ID
    from openhaven.casework.states import Action
    from openhaven.desk import cases, documents, provisional, reviewing
    from openhaven.desk.models import Case, Person, Post, Upload
    from openhaven.records import reads

    def person(name: str, role: str, organisation: str = "") -> Person:
        made, _ = Person.objects.get_or_create(email=f"{name}@desk", defaults={"name": name, "joined": haven.clock()})
        Post.objects.get_or_create(person=made, role=role, organisation=organisation)
        return made

    ann, olu = person("ann", "applicant", "UNIVERSITY"), person("olu", "case officer")
    una, sir = person("una", "independent adviser"), person("sir", "senior information risk owner")
    found: dict[str, Any] = {"stranger begins": told(lambda: cases.open_case(haven, olu, "UNIVERSITY"))}
    case = cases.open_case(haven, ann, "UNIVERSITY")
    found["waits"] = provisional.provisional(haven, case).outcome
    found["too early"] = told(lambda: cases.submit(haven, case, ann))
    for id, answer in {**answers, "agreement": {"agreement": ""}}.items():
        if cases.question_of(id, provisional.offered_to(haven, "UNIVERSITY"), case) is None:
            continue
        typed = typed_of(BY_ID[id], answer)
        cases.save(haven, case, ann, BY_ID[id], typed=typed, seen=cases.seen_as(case, BY_ID[id]))
    asked = provisional.decided(haven, provisional.application(case, provisional.offered_to(haven, "UNIVERSITY")))
    found["without an agreement"] = asked.decision.verdict
    found |= {
        "outcome": provisional.provisional(haven, case).outcome,
        "beyond the agreement": provisional.refused_beyond_agreement(asked),
    }
    kept = documents.attach(haven, case, ann, name="a.txt", content=b"seen by nobody else")
    found["given back"] = documents.content_of(haven, kept).decode()
    Upload.objects.filter(pk=kept.pk).update(sealed=bytes(kept.sealed)[:-1] + b"x")
    found["tampered"] = told(lambda: documents.content_of(haven, Upload.objects.get(pk=kept.pk)))
    found["step changed"] = told(lambda: case.steps.first().save())
    found["step deleted"] = told(lambda: case.steps.first().delete())
    found["officer on a draft"] = told(lambda: cases.take(haven, case, olu, Action.CHECK))
    cases.submit(haven, case, ann)
    found["applicant checks"] = told(lambda: cases.take(haven, case, ann, Action.CHECK))
    old = Case.objects.get(pk=case.pk)
    cases.take(haven, case, olu, Action.CHECK)
    found["twice"] = told(lambda: cases.take(haven, old, olu, Action.CHECK))
    found["state after twice"] = Case.objects.get(pk=case.pk).state
    agreed = reviewing.Heard("All agree.", says="supports")
    found["routine"] = told(lambda: reviewing.minute(haven, case, olu, agreed, routine=True))
    cases.take(haven, case, olu, Action.TO_ADVISERS)
    found["no opinion"] = told(lambda: reviewing.minute(haven, case, olu, agreed, routine=False))
    named = " ".join(f"99900000{ending}" for ending in range(10, 100))  # some of them are numbers
    found["patient named"] = told(lambda: reviewing.advise(haven, case, una, reviewing.Heard(named, says="supports")))
    reviewing.advise(haven, case, una, reviewing.Heard("Sound.", says="supports"))
    reviewing.minute(haven, case, olu, agreed, routine=False)
    Post.objects.create(person=una, role="senior information risk owner")
    found["signs twice"] = told(lambda: reviewing.decide(haven, case, una, Action.APPROVE, reviewing.Heard("x")))
    size = len(list(reads.decisions(case.pk)))
    reviewing.decide(haven, case, sir, Action.APPROVE, reviewing.Heard("Worth it."))
    found["state"] = Case.objects.get(pk=case.pk).state
    found["decisions entered"] = len(list(reads.decisions(case.pk))) - size
    found["steps"] = list(case.steps.values_list("action", flat=True))[-6:]
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), default=str))
