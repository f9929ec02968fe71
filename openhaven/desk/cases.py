"""Every change of a case: allowed first, entered in the private log, then made in one transaction with its step."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import F

from openhaven.casework.answers import open_questions
from openhaven.casework.policy import Parties, Post, Someone, acting_role, why_not
from openhaven.casework.questions import BY_ID, Offered, Question, said
from openhaven.casework.reading import Read, check_text, read, tidy
from openhaven.casework.roles import Role
from openhaven.casework.states import Action, Need, State, move_in
from openhaven.desk.models import Case, Message, Person, Step, Submission
from openhaven.desk.offers import controllers_of, offered_to
from openhaven.desk.reach import SIGNED, ids_by_name, payers
from openhaven.haven import Haven
from openhaven.haven.looking import look_up
from openhaven.haven.place import InUse
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.plain import to_plain
from openhaven.records.kept import Looked

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST = 5_000  # characters of what one person writes at once
WAIT, TRIES = 0.25, 40  # seconds; ten of them for another command to end


class NotAllowed(HavenError):
    """The person may not do this, or not now."""

    status = 2


class Stale(HavenError):
    """Somebody else changed the case after this person had looked at it."""

    status = 2


def enter(haven: Haven, case: str, what: str) -> None:
    """Enter a step in the private log: of which case and what, never what was written."""
    look_up(haven, Looked.CASE, of=case, why=what)


def as_person(haven: Haven, person: Person, role: Role) -> Haven:
    """The haven with a person as who acts."""
    return replace(haven, operator=f"{person.name}, {role}")


@contextmanager
def alone(haven: Haven) -> Iterator[None]:
    """Hold the haven for what enters the public log, as the commands do, waiting some seconds for another to end."""
    with ExitStack() as held:
        for left in reversed(range(TRIES)):
            try:
                held.enter_context(haven.locked("the service"))
                break
            except InUse:
                if left == 0:
                    raise
                time.sleep(WAIT)
        yield


# --- who --------------------------------------------------------------------------------------------------------------


def parties(haven: Haven, case: Case) -> Parties:
    """Whose case it is, whose data, and who would receive it or pays for it: by ids of record."""
    interested = {case.organisation, said(case.answers, "recipient", "recipient")}
    interested |= payers(case.answers.get("funding", ()), ids_by_name(haven))
    givers = controllers_of(haven, said(case.answers, "dataset", "dataset"))
    recipient = said(case.answers, "recipient", "recipient") or case.organisation
    return Parties(str(case.author_id), case.organisation, frozenset(interested - {""}), frozenset(givers), recipient)


def someone(person: Person, case: Case | None = None) -> Someone:
    """A person with their posts, and the roles in which they have signed a case."""
    posts = tuple(Post(Role(each.role), each.organisation) for each in person.posts.all())
    signed = [] if case is None else case.steps.filter(person=person, action__in=SIGNED).values_list("role", flat=True)
    return Someone(str(person.pk), posts, frozenset(Role(each) for each in signed))


def check(haven: Haven, case: Case, person: Person, action: Action) -> Role:
    """The role in which a person does this. Raises NotAllowed, saying why not."""
    who, whose = someone(person, case), parties(haven, case)
    if refused := why_not(who, whose, action, case.stands):
        raise NotAllowed(f"You cannot {action} here: {refused}")
    role = acting_role(who, whose, action, case.stands)
    assert role is not None
    return role


def can(haven: Haven, case: Case, person: Person) -> frozenset[Action]:
    """All that a person may do with a case now."""
    who, whose = someone(person, case), parties(haven, case)
    return frozenset(each for each in Action if not why_not(who, whose, each, case.stands))


def find(haven: Haven, id: str, person: Person, action: Action = Action.READ) -> Case | None:
    """A case that a person may see, None where there is none for them: a stranger is not told that it is there."""
    case = Case.objects.filter(pk=id).select_related("author").first()
    return case if case is not None and _may(haven, case, person, action) else None


def _may(haven: Haven, case: Case, person: Person, action: Action) -> bool:
    return not why_not(someone(person, case), parties(haven, case), action, case.stands)


# --- steps ------------------------------------------------------------------------------------------------------------


@contextmanager
def step(
    haven: Haven, case: Case, person: Person, action: Action, *, what: str = "", **changed: Any
) -> Iterator[Haven]:
    """One step: it is allowed, entered, and made together with what is done inside. `changed` are columns of the case.

    Gives the haven with the person as who acts. Raises NotAllowed, or Stale where the case is another by now."""
    role = check(haven, case, person, action)
    acting, now = as_person(haven, person, role), haven.clock()
    move = move_in(action, case.stands)
    assert move is not None
    enter(acting, case.pk, f"{action}: {what}" if what else action.value)
    after = move.to or case.stands
    with transaction.atomic():
        moved = {"state": after, "since": now} if move.to else {}
        same = Case.objects.filter(pk=case.pk, version=case.version, state=case.state)
        if not same.update(version=F("version") + 1, **moved, **changed):
            raise Stale("Somebody else changed this while you had it open")
        Step.objects.create(case=case, person=person, role=role, action=action, what=what, before=case.state,
                            after=after, at=now)  # fmt: skip
        yield acting
    case.refresh_from_db()


def take(haven: Haven, case: Case, person: Person, action: Action, *, text: str = "") -> None:
    """A move that needs nothing but, where the table says so, words: they go into the thread. Raises BadInput."""
    move = move_in(action, case.stands)
    needs = () if move is None else move.needs
    text = words(text, needed=Need.REASON in needs)
    with step(haven, case, person, action):
        if text:
            _message(haven, case, person, text)


def words(text: str, *, needed: bool = True) -> str:
    """What a person wrote, as it is kept. Raises BadInput where it is too long, names a patient, or is missing."""
    text = tidy(text)
    if needed and not text:
        raise BadInput("Write something here")
    check_text(text, most=LONGEST)
    return text


def _message(haven: Haven, case: Case, person: Person, text: str) -> None:
    role = case.steps.last().role
    Message.objects.create(case=case, person=person, role=role, text=text, at=haven.clock())


def talk(haven: Haven, case: Case, person: Person, text: str) -> None:
    """A message in the thread."""
    text = words(text)
    with step(haven, case, person, Action.TALK):
        _message(haven, case, person, text)


# --- the applicant's --------------------------------------------------------------------------------------------------


def open_case(haven: Haven, person: Person, organisation: str) -> Case:
    """Begin an application for an organisation. Raises NotAllowed where the person does not apply for it."""
    if not person.posts.filter(role=Role.APPLICANT, organisation=organisation).exists():
        raise NotAllowed("You do not apply for this organisation")
    id, now = new_id(), haven.clock()
    enter(as_person(haven, person, Role.APPLICANT), id, "begin")
    return Case.objects.create(id=id, author=person, organisation=organisation, state=State.DRAFT, since=now,
                               opened=now)  # fmt: skip


def new_id() -> str:
    """An id for a new case."""
    return f"CASE-{''.join(secrets.choice(LETTERS) for _ in range(6))}"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an answer: what is wrong with it, or who answered otherwise meanwhile, and what they said."""

    read: Read
    by: str = ""
    theirs: Any = None

    @property
    def done(self) -> bool:
        """Whether it is kept."""
        return not self.read.wrong and not self.by


def seen_as(case: Case, question: Question) -> str:
    """A mark of an answer as it stands, by which a form knows whether it was changed by somebody else since."""
    kept = json.dumps(case.answers.get(question.id), sort_keys=True)
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def save(
    haven: Haven, case: Case, person: Person, question: Question, *, typed: Mapping[str, Sequence[str]], seen: str
) -> Saved:
    """Keep an answer, unless something is wrong with it, or somebody else answered meanwhile: then nothing changes."""
    for _ in range(TRIES):
        check(haven, case, person, Action.WRITE)
        found = read(question, typed, offered_to(haven, case.organisation), case.answers)
        if found.wrong:
            return Saved(found)
        if question.id in case.answers and case.answers[question.id] == found.answer:
            return Saved(found)
        if seen != seen_as(case, question):
            return Saved(found, _who_wrote(case, question), case.answers.get(question.id))
        try:
            with step(haven, case, person, Action.WRITE, what=question.id,
                      answers={**case.answers, question.id: found.answer}):  # fmt: skip
                return Saved(found)
        except Stale:  # of another question: look again
            case.refresh_from_db()
    raise Stale("Too many people are writing at once")


def _who_wrote(case: Case, question: Question) -> str:
    last = case.steps.filter(action=Action.WRITE, what=question.id).select_related("person").last()
    return last.person.name if last else "Somebody else"


def submit(haven: Haven, case: Case, person: Person) -> Submission:
    """Submit what was written, with what the engine says of it. Raises BadInput where something is left to answer."""
    from openhaven.desk.provisional import application, decided

    offered = offered_to(haven, case.organisation)
    if left := open_questions(offered, case.answers):
        raise BadInput(f"These are still to be answered: {'; '.join(each.title for each in left)}")
    asked = application(case, offered)
    said_of_it = decided(haven, asked).decision.as_plain()
    with step(haven, case, person, Action.SUBMIT):
        return Submission.objects.create(
            case=case,
            number=case.submissions.count() + 1,
            person=person,
            at=haven.clock(),
            answers=case.answers,
            application=to_plain(asked),
            decision=said_of_it,
        )


def question_of(id: str, offered: Offered, case: Case) -> Question | None:
    """A question that is asked in this case."""
    found = BY_ID.get(id)
    return found if found is not None and found.asked(offered, case.answers) else None
