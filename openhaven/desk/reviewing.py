"""What those who review and decide do: opinions, the minute, and statutory decisions, each of which becomes a record.

The engine never decides what a person must, and no person permits what the engine refuses."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from openhaven.casework.questions import PAIR_SEPARATOR, said
from openhaven.casework.roles import Role
from openhaven.casework.states import Action, State
from openhaven.desk.cases import NotAllowed, Stale, alone, as_person, check, someone, step, words
from openhaven.desk.models import Case, Minute, Opinion, Person
from openhaven.desk.offers import controllers_of, offered_to
from openhaven.desk.provisional import application, decided, refused_beyond_agreement
from openhaven.haven import Haven
from openhaven.haven.deciding import Decided
from openhaven.haven.deciding import record as record_decision
from openhaven.haven.recording import record_noun
from openhaven.law.plainly import months_after
from openhaven.model.application import DataProtection
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.kinds import Record
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level

STANDS = 12  # months for which what was said at the desk stands until it is reviewed: our own choice
ADVISERS = "independent advisers"


class Opines(StrEnum):
    """What an adviser thinks."""

    SUPPORTS = "supports"
    OPPOSES = "does not support"
    UNSURE = "cannot say yet"


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody says at the desk: reasons, conditions one a line, and the answer chosen where there is a choice."""

    text: str
    conditions: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks in a record: a name, as whom, and for which organisation."""

    by: str
    role: str
    organisation: str = ""


def advise(haven: Haven, case: Case, person: Person, heard: Heard) -> None:
    """One adviser's opinion; another takes the place of an earlier one of theirs. Raises BadInput."""
    heard = checked(heard, Opines)
    with step(haven, case, person, Action.ADVISE):
        Opinion.objects.create(case=case, person=person, says=heard.says, text=heard.text, at=haven.clock())


def opinions_for(case: Case, person: Person) -> list[Opinion]:
    """The latest opinion of each adviser. While the case is with the advisers, one of them sees those of others only
    after giving their own."""
    latest = {each.person_id: each for each in case.opinions.select_related("person")}
    adviser = any(post.role is Role.ADVISER for post in someone(person).posts)
    if adviser and person.pk not in latest and case.stands is State.ADVISERS:
        return []
    return list(latest.values())


def minute(haven: Haven, case: Case, person: Person, heard: Heard, *, routine: bool) -> None:
    """Minute what the advisers said together: it becomes a record. Raises BadInput."""
    heard = checked(heard, Advice)
    if routine and said(case.answers, "level", "level") != Level.AGGREGATE:
        raise BadInput("Only a table with small numbers suppressed goes without advisers (DARS-12)")
    if not routine and not case.opinions.exists():
        raise BadInput("No adviser has given an opinion yet")
    action = Action.MINUTE_ROUTINE if routine else Action.MINUTE
    role = check(haven, case, person, action)
    if not routine:
        noun = recommendation(haven, case, "advice", heard, Speaker(ADVISERS, Role.ADVISER))
        keep(as_person(haven, person, role), case, "recommendation", noun)
    with step(haven, case, person, action):
        minuted(haven, case, person, heard)


def recommend(haven: Haven, case: Case, person: Person, heard: Heard) -> None:
    """A Caldicott Guardian's recommendation: a record, by the guardian, for their organisation. Raises BadInput."""
    heard = checked(heard, Advice)
    role = check(haven, case, person, Action.RECOMMEND)
    organisation = giver(haven, case, person, Role.GUARDIAN)
    noun = recommendation(haven, case, f"guardian-{organisation}", heard, Speaker(person.name, role, organisation))
    keep(as_person(haven, person, role), case, "recommendation", noun)
    with step(haven, case, person, Action.RECOMMEND, what=heard.says):
        minuted(haven, case, person, heard)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a controller says: yes or no, until when, and on which grounds it gives its data out."""

    says: str
    until: dt.date
    pair: str = ""


def authorise(haven: Haven, case: Case, person: Person, answered: Answered) -> None:
    """A controller's answer for this application: the Authority that the law asks for. Raises BadInput."""
    if answered.says not in list(Say):
        raise BadInput("Choose one of the answers")
    role, today = check(haven, case, person, Action.AUTHORISE), haven.today()
    if answered.until < today:
        raise BadInput("The last day cannot have passed")
    controller = giver(haven, case, person, Role.CONTROLLER)
    asked = application(case, offered_to(haven, case.organisation))
    grounds = (DataProtection(*answered.pair.split(PAIR_SEPARATOR)),) if answered.says == Say.YES else ()
    noun = Authority(
        id=f"{case.pk}-{controller}",
        controller=controller,
        dataset=asked.dataset,
        says=Say(answered.says),
        starts=today,
        ends=answered.until,
        seen=Seen(f"answer of {controller} to {case.pk}, given in the service", person.name, today),
        purposes=(asked.purpose,) if answered.says == Say.YES else (),
        application=case.pk,
        grounds=grounds,
    )
    keep(as_person(haven, person, role), case, "authority", noun)
    with step(haven, case, person, Action.AUTHORISE, what=answered.says):
        pass


def decide(haven: Haven, case: Case, person: Person, action: Action, heard: Heard) -> Decided:
    """The decision of the senior information risk owner. It becomes a record; then the engine decides once more with
    that record, and its decision is entered in the public log. Raises BadInput where the engine refuses what a person
    would approve: no person can permit what the law refuses."""
    role = check(haven, case, person, action)
    heard = checked(replace(heard, says=str(action)), Action)
    acting, asked = as_person(haven, person, role), application(case, offered_to(haven, case.organisation))
    if action is Action.APPROVE and refused_beyond_agreement(decided(haven, asked)):
        raise BadInput("The law refuses this, so it cannot be approved: nobody can permit what the law refuses")
    says = Advice.SUPPORTS if action is Action.APPROVE else Advice.OPPOSES
    if action is not Action.REFER_ON:
        noun = recommendation(haven, case, "decision", replace(heard, says=says), Speaker(person.name, role))
        keep(acting, case, "recommendation", noun)
    found = decided(haven, asked)
    if _is_entered(action, found):
        with alone(acting):
            found = record_decision(acting, found)
    with step(haven, case, person, action):
        minuted(haven, case, person, heard)
    return found


def _is_entered(action: Action, found: Decided) -> bool:
    """Whether the engine's decision is entered now. What is referred elsewhere is not decided yet, and what waits for
    the agreement is entered once that is signed: entered before, the register would call refused what was approved."""
    approved = action is Action.APPROVE and found.decision.verdict is not Verdict.REFUSE
    return approved or action is Action.REFUSE


def checked(heard: Heard, answers: type[StrEnum]) -> Heard:
    """What somebody said, as it is kept. Raises BadInput where it is no answer, or gives no reason."""
    if heard.says not in list(answers):
        raise BadInput("Choose one of the answers")
    return Heard(words(heard.text), words(heard.conditions, needed=False), heard.says)


def minuted(haven: Haven, case: Case, person: Person, heard: Heard) -> None:
    """Keep what was said with the case, for those who review it."""
    Minute.objects.create(case=case, person=person, at=haven.clock(),
                          says=heard.says, text=heard.text, conditions=heard.conditions)  # fmt: skip


def recommendation(haven: Haven, case: Case, what: str, heard: Heard, speaker: Speaker) -> Recommendation:
    """What was said, as the record that the engine reads; it stands until it is to be reviewed."""
    today = haven.today()
    conditions = tuple(each for line in heard.conditions.split("\n") if (each := line.strip()))
    return Recommendation(f"{case.pk}-{what}", Advice(heard.says), speaker.by, str(speaker.role), speaker.organisation,
                          today, months_after(today, STANDS), application=case.pk, conditions=conditions)  # fmt: skip


def keep(acting: Haven, case: Case, kind: str, noun: Record) -> None:
    """Record it. Raises Stale where somebody moved the case meanwhile."""
    with alone(acting):
        if Case.objects.filter(pk=case.pk, version=case.version).exists():
            record_noun(acting, kind, noun, application=case.pk)
            return
    raise Stale("Somebody else changed this while you had it open")


def giver(haven: Haven, case: Case, person: Person, role: Role) -> str:
    """The organisation for which a person speaks here: one whose data it is. Raises NotAllowed."""
    givers = controllers_of(haven, said(case.answers, "dataset", "dataset"))
    for post in someone(person).posts:
        if post.role is role and post.organisation in givers:
            return post.organisation
    raise NotAllowed("You hold no post for an organisation whose data this is")
