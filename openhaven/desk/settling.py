"""What the law leaves to two people, the risk owner and a Caldicott Guardian: the very words, and each one's answer.

An answer is a recommendation of this one application that settles those words and no others. The engine decides again
with it; another text is read anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from django.db.models import Max

from openhaven.casework.awaited import NEW_WORDS
from openhaven.casework.policy import acting_role
from openhaven.casework.roles import Role
from openhaven.casework.states import Action, State
from openhaven.desk.agreements.drawing import supposed, waiting
from openhaven.desk.agreements.signing import enter_decision
from openhaven.desk.cases import NotAllowed, as_person, check, parties, someone, step
from openhaven.desk.models import Case, Person
from openhaven.desk.offers import offered_to
from openhaven.desk.provisional import application, decided
from openhaven.desk.reviewing import Heard, Speaker, checked, giver, keep, minuted, recommendation
from openhaven.haven import Haven
from openhaven.haven.deciding import Decided
from openhaven.law.algebra import Question
from openhaven.law.case import Case as LawCase
from openhaven.law.flow import in_hand
from openhaven.law.plainly import day, listed
from openhaven.law.rules.purpose import left_to_two
from openhaven.law.ruleset import RULESET
from openhaven.model.decision import Answer
from openhaven.model.errors import BadInput
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.records import reads


@dataclass(frozen=True, slots=True)
class Left:
    """One text or name, word for word; where it stands; who has answered to it, in which roles. `mark` stands for these
    very words."""

    mark: str
    words: str
    where: str
    answered: tuple[str, ...]
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Open:
    """What is left to two people in a case today: the texts, why a rule leaves them, who has to decide, and what is
    needed."""

    left: tuple[Left, ...] = ()
    because: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def open_in(haven: Haven, case: Case) -> Open:
    """What is open in a case, with the agreement that waits to be signed supposed. Raises BadInput where the answers
    make no application."""
    return open_of(_at_hand(haven, case))


def awaits(haven: Haven, case: Case, person: Person) -> bool:
    """Whether words wait for this person: they may answer to them, nobody of their role has, nor they themselves in any
    way since the words came."""
    role = role_of(haven, case, person)
    if role is None:
        return False
    came = case.steps.filter(action__in=sorted(NEW_WORDS)).aggregate(last=Max("pk"))["last"] or 0
    if case.steps.filter(pk__gt=came, person=person, action=Action.SETTLE).exists():
        return False
    try:
        return any(role not in each.roles for each in open_to(haven, case, person).left)
    except BadInput:
        return False


def open_to(haven: Haven, case: Case, person: Person, found: Decided | None = None) -> Open:
    """What is open in a case for one of the two people: nothing where this person would be refused, because the role is
    not theirs or the data would come to their own organisation. `found` is the decision of today, where it is at hand.
    Raises BadInput as `open_in`."""
    role = role_of(haven, case, person)
    if role is None:
        return Open()
    found = found or _at_hand(haven, case)
    try:
        _answers_for(haven, case, person, role, found)
    except NotAllowed:
        return Open()
    return open_of(found)


def open_of(found: Decided) -> Open:
    """What a decision leaves to two people; nothing where the purpose is refused, since nobody's answer mends that."""
    purpose = next((each for each in found.decision.questions if each.question == Question.PURPOSE), None)
    if purpose is None or purpose.answer is not Answer.REFERRED:
        return Open()
    left = tuple(
        Left(
            _mark(each.words),
            each.words,
            listed(each.where),
            tuple(map(_by, each.answered)),
            frozenset(one.role for one in each.answered),
        )
        for each in left_to_two(_case_of(found))
    )
    if not left:
        return Open()
    asks = [each for each in purpose.findings if each.who]
    return Open(
        left,
        tuple(each.because for each in asks),
        tuple(dict.fromkeys(each.who for each in asks)),
        tuple(dict.fromkeys(one for each in asks for one in each.missing)),
    )


def settle(haven: Haven, case: Case, person: Person, heard: Heard, marks: tuple[str, ...]) -> Decided:
    """One person's answer: a record under their name, and the decision made again with it. `marks` are of the texts
    that they have read. Raises BadInput where nothing is left to them, or they ticked nothing."""
    role = check(haven, case, person, Action.SETTLE)
    heard = checked(heard, Advice)
    before = _at_hand(haven, case)
    here = [each.words for each in open_of(before).left]
    read = tuple(each for each in here if _mark(each) in marks)
    if not here:
        raise BadInput("The law leaves nothing to two people here")
    if heard.says == Advice.SUPPORTS and not read:
        raise BadInput("Tick what you have read: your answer is to these words, and to no others")
    organisation = _answers_for(haven, case, person, role, before)
    acting = as_person(haven, person, role)
    noun = recommendation(haven, case, f"answer-{organisation or 'owner'}", heard,
                          Speaker(person.name, role, organisation))  # fmt: skip
    keep(acting, case, "recommendation", replace(noun, settles=_settles(noun, read)))
    after = _at_hand(haven, case)
    with step(haven, case, person, Action.SETTLE, what=f"{heard.says}: {after.decision.verdict}"):
        minuted(haven, case, person, heard)
    if case.stands is State.IN_FORCE and before.decision.verdict is not after.decision.verdict:
        enter_decision(acting, case)
    return after


def role_of(haven: Haven, case: Case, person: Person) -> Role | None:
    """In which of the two roles somebody would answer; None where they may not."""
    return acting_role(someone(person, case), parties(haven, case), Action.SETTLE, case.stands)


def _answers_for(haven: Haven, case: Case, person: Person, role: Role, found: Decided) -> str:
    """The organisation for which a guardian answers, none for the risk owner. Raises NotAllowed where the data would be
    in its hands."""
    organisation = giver(haven, case, person, role) if role is Role.GUARDIAN else ""
    if organisation and organisation in in_hand(_case_of(found)):
        raise NotAllowed("You cannot answer here: the data would be in the hands of your own organisation")
    return organisation


def _settles(noun: Recommendation, read: tuple[str, ...]) -> tuple[str, ...]:
    """What was read now, and what the same person had answered to before, whose record this one takes the place of."""
    if noun.says is Advice.OPPOSES:
        return ()
    former = next((each for each in reads.records_of("recommendation") if each.id == noun.id), None)
    own = isinstance(former, Recommendation) and former.by == noun.by and former.review >= noun.on
    return tuple(dict.fromkeys((*(former.settles if own else ()), *read)))


def _at_hand(haven: Haven, case: Case) -> Decided:
    """What the engine says today, with the agreement that waits for signatures supposed."""
    version = waiting(case) if case.stands in (State.AGREEMENT, State.IN_FORCE) else None
    if version is not None:
        return supposed(haven, case, version.agreement)
    return decided(haven, application(case, offered_to(haven, case.organisation)))


def _case_of(found: Decided) -> LawCase:
    return LawCase(found.application, found.facts, found.decision.on, RULESET.numbers)


def _mark(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _by(answer: Recommendation) -> str:
    return f"{answer.by}, {answer.role}, {day(answer.on)}"
