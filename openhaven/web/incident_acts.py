"""What people can do about an incident: each deed with its words and what is typed for it, as one table. Pages and
programs both go by it, and programs do none that is a person's own word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from openhaven.casework.agreeing import LADDER
from openhaven.casework.incidents import Deed
from openhaven.casework.questions import Choice, Input, Kind, Offered, Question, fixed
from openhaven.casework.reading import Typed, read
from openhaven.desk import cases
from openhaven.desk import incidents as desk
from openhaven.desk.models import Incident, Person
from openhaven.desk.offers import name_of, on_record
from openhaven.haven import Haven
from openhaven.haven.place import LONDON
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement
from openhaven.records import reads

D, K = Deed, Kind
TEXT = Input("text", "What was done, and by whom", K.LONG, most=cases.LONGEST)
WHY = Input("text", "Why", K.LONG, most=cases.LONGEST)


@dataclass(frozen=True, slots=True)
class Act:
    """One deed on a page of its own."""

    deed: Deed
    title: str
    button: str
    inputs: tuple[Input, ...] = (TEXT,)
    hint: str = ""
    grave: bool = False


def _chosen(*words: str) -> Input:
    return Input(
        "what", "Which?", K.CHOICE, choices=fixed(*(Choice(each, each[:1].upper() + each[1:]) for each in words))
    )


ACTS: Mapping[str, Act] = MappingProxyType({
    "add": Act(D.ADD, "Add what is known", "Add", (Input("text", "What is known", K.LONG, most=cases.LONGEST),)),
    "contain": Act(D.CONTAIN, "It is contained", "Say so", hint="How it was stopped from going further."),
    "freeze": Act(D.FREEZE, "Freeze what it touches", "Freeze",
                  (Input("text", "What happened, in a sentence for the public", K.LONG, most=500),), grave=True,
                  hint="From now on nothing leaves, not even what is being made. A breach is shown in the public "
                       "register in these words: name nobody."),
    "regulator": Act(D.TELL_REGULATOR, "The Information Commissioner is told", "Record it",
                     hint="When, by whom, and under which reference. What is not known yet can follow in phases "
                          "(Article 33(4))."),
    "no-regulator": Act(D.NOT_TELL, "The Commissioner need not be told", "Record it", (WHY,),
                        hint="Only where a risk to people is unlikely (Article 33(1)). Write down the facts, the "
                             "effects and what was done (Article 33(5))."),
    "controllers": Act(D.TELL_CONTROLLERS, "The controllers are told", "Record it",
                       hint="Each controller whose data it touches, without delay (Article 33(2))."),
    "people": Act(D.TELL_PEOPLE, "Are the people told?", "Record it", (_chosen(*desk.Told), WHY),
                  hint="They are where the risk to them is high (Article 34)."),
    "sanction": Act(D.SANCTION, "Take a step against the organisation", "Record it", (_chosen(*LADDER), WHY),
                    grave=True,
                    hint="Step by step, or at once where it is grave (DARS-14). Agreements are suspended and ended on "
                         "their own pages."),
    "lessons": Act(D.LEARN, "Write down the lessons", "Keep",
                   (Input("text", "What is done otherwise from now on", K.LONG, most=cases.LONGEST),)),
    "close": Act(D.CLOSE, "Close this incident", "Close", (WHY,),
                 hint="What was frozen for it is freed, unless the organisation was excluded."),
})  # fmt: skip
"""Every deed that has a page, by its place in the address."""


def _more(haven: Haven, incident: Incident, act: Act) -> tuple[Input, ...]:
    """What is asked beside the words, by what is known of the incident."""
    if act.deed is D.FREEZE:
        words = [Choice(each, each[:1].upper() + each[1:]) for each in desk.scopes(incident)]
        return (Input("what", "What is frozen?", K.CHOICE, choices=fixed(*words)),)
    if act.deed is D.TELL_CONTROLLERS:
        names = [Choice(each, name_of(haven, each)) for each in desk.whose(haven, incident)]
        return (Input("chosen", "Who was told?", K.CHOICES, choices=fixed(*names)),) if names else ()
    return ()


def form_of(haven: Haven, incident: Incident, name: str) -> Question:
    """What is typed for a deed, as a page of one question."""
    each = ACTS[name]
    return Question(name, "", each.title, (*_more(haven, incident, each), *each.inputs), hint=each.hint)


def attempt(haven: Haven, incident: Incident, person: Person, name: str, typed: Typed) -> Mapping[str, str]:
    """Do what was filled in. Returns what is wrong with it by the input's name, nothing where it was done.

    Raises BadInput, NotAllowed, and Stale where the incident is another than the person saw."""
    found = read(form_of(haven, incident, name), typed, Offered(), {})
    if not found.wrong:
        said = desk.Said(found.answer["text"], found.answer.get("what", ""), tuple(found.answer.get("chosen", ())))
        desk.do(haven, incident, person, ACTS[name].deed, said)
    return found.wrong


# --- the report -------------------------------------------------------------------------------------------------------


def report_form(haven: Haven) -> Question:
    known = on_record(haven)
    agreements = [each for each in reads.records_of("agreement") if isinstance(each, Agreement)]
    unknown = Choice("", "Not known, or none")
    return Question("report", "", "Report an incident", (
        Input("title", "What happened, in a few words", K.LINE, most=desk.MOST_TITLE, hint="Name no patient."),
        Input("text", "What you know: what, when, whose data, how many people", K.LONG, most=cases.LONGEST,
              hint="Do not wait until you know everything. Name no patient."),
        Input("known", "On which day did somebody first know of it?", K.DATE, hint="For example, 27 3 2026"),
        Input("time", "At what time?", K.LINE, most=5, hint="For example, 14:30. The 72 hours run from then."),
        Input("about", "At which organisation did it happen?", K.PICK, optional=True,
              hint="Leave it empty for the haven itself.",
              choices=fixed(unknown, *(Choice(id, name) for id, name in known.organisations.items()))),
        Input("dataset", "Which data does it touch?", K.PICK, optional=True,
              choices=fixed(unknown, *(Choice(each.id, each.title) for each in known.datasets))),
        Input("agreement", "Under which agreement?", K.PICK, optional=True,
              choices=fixed(unknown, *(Choice(each.id, f"{each.id}: {each.title}") for each in agreements))),
    ), hint="Report it at once, also where you are not sure. Nobody is blamed for a report.")  # fmt: skip


def reported(said: Mapping[str, Any]) -> desk.Reported:
    try:
        time = dt.time.fromisoformat(said["time"])
    except ValueError:
        raise BadInput("Give the time as hours and minutes, such as 14:30") from None
    known = dt.datetime.combine(dt.date.fromisoformat(said["known"]), time.replace(tzinfo=None), tzinfo=LONDON)
    return desk.Reported(said["title"], said["text"], known, said["about"], said["dataset"], said["agreement"])
