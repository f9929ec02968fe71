"""The states of a case and all moves between them, as one table; the picture in docs/ is drawn from it.

The stages are those of a request to the national body (DARS-01); what is incomplete goes back with questions (DARS-02).

Who may and in which state are two things: `policy.py` asks both."""

from dataclasses import dataclass
from enum import StrEnum

from .roles import Role


class State(StrEnum):
    """Where a case stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    QUESTIONS = "back with questions"
    CHECKED = "checked"
    ADVISERS = "with advisers"
    DISCUSSED = "discussed"
    APPROVED = "approved"
    REFUSED = "refused"
    ELSEWHERE = "referred elsewhere"
    AGREEMENT = "agreement"
    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    ENDED = "ended"
    DESTROYED = "destroyed"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What a person does with a case."""

    READ = "read"
    READ_REVIEW = "read the review"
    WRITE = "write"
    ATTACH = "attach a document"
    TALK = "write a message"
    SUBMIT = "submit"
    SEND_LIST = "send the list of people"
    WITHDRAW = "withdraw"
    CHECK = "check"
    ASK = "send back with questions"
    TO_ADVISERS = "send to advisers"
    ADVISE = "give an opinion"
    MINUTE = "minute the discussion"
    MINUTE_ROUTINE = "minute as routine"
    RECOMMEND = "recommend as guardian"
    AUTHORISE = "answer for a controller"
    SETTLE = "answer what the law leaves to a person"
    APPROVE = "approve"
    REFUSE = "refuse"
    REFER_ON = "refer elsewhere"
    TAKE_UP = "take up again"
    DRAW_UP = "draw up the agreement"
    READ_AGREEMENT = "read the agreement"
    SIGN = "sign for the recipient"
    COUNTERSIGN = "sign for the haven"
    AMEND = "ask for an amendment"
    EXTEND = "propose a longer term"
    REPLACE = "replace by its amendment"
    SUSPEND = "suspend"
    LIFT = "lift the suspension"
    END = "end"
    CHASE = "ask for the destruction"
    DESTROY = "certify the destruction"
    CERTIFY = "record the destruction"


class Relation(StrEnum):
    """What ties a person to a case, the closest tie first: the closest one counts."""

    AUTHOR = "wrote it"
    MEMBER = "of the organisation that applies"
    INTERESTED = "of an organisation that receives or pays"
    GIVER = "of an organisation whose data it is"
    APART = "no part in it"


class Need(StrEnum):
    """What has to be there before a move is made, beside the right person and state."""

    COMPLETE = "every question is answered"
    REASON = "the reason is written down"
    OPINION = "an adviser has given an opinion"
    ROUTINE = "only a table with small numbers suppressed is asked for"
    NOT_REFUSED = "the law, as the engine states it, does not refuse, or refuses only for want of the agreement"
    LEFT = "the law leaves words or a name to two people, and this person has read them"
    WHOLE = "every organisation that it names is on record"
    SIGNED = "the recipient has signed this version"
    PERMITTED = "the engine permits it on the day, with what is signed"
    EVIDENCE = "what the decision rests on lasts as long"
    AMENDED = "its amendment is in force"
    CERTIFICATE = "the recipient has certified the destruction"


S, R = State, Role
OWN = frozenset({Relation.AUTHOR, Relation.MEMBER})
"""Who applies."""
NO_CONFLICT = frozenset({Relation.GIVER, Relation.APART})
"""Who may review, advise and decide: nobody whose own case it is, or their organisation's."""
GIVES = frozenset({Relation.GIVER})
"""Who speaks for an organisation whose data it is."""
RECEIVES = frozenset({Relation.AUTHOR, Relation.MEMBER, Relation.INTERESTED})
"""Who may be of the recipient; a signatory's post counts for the recipient alone."""
STAFF = (Role.CASE_OFFICER, Role.RISK_OWNER)
OPEN = (S.SUBMITTED, S.CHECKED, S.ADVISERS, S.DISCUSSED)
EVER = tuple(State)
SINCE_SUBMITTED = tuple(each for each in State if each is not S.DRAFT)
SINCE_CHECKED = tuple(each for each in SINCE_SUBMITTED if each not in (S.SUBMITTED, S.QUESTIONS))
WHILE_DECIDED = (S.CHECKED, S.ADVISERS, S.DISCUSSED, S.APPROVED, S.AGREEMENT, S.IN_FORCE)
"""While there is something to decide: an agreement brings words of its own, and an answer ends with its review."""
AGREED = (S.AGREEMENT, S.IN_FORCE, S.SUSPENDED, S.ENDED, S.DESTROYED, S.REPLACED)
LIVE = (S.IN_FORCE, S.SUSPENDED)
SINCE_ADVISERS = tuple(each for each in SINCE_CHECKED if each is not S.CHECKED)


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table. `to` is None where the state stays; `signs` where the act is a signature, which nobody
    gives twice in two roles."""

    action: Action
    starts: tuple[State, ...]
    to: State | None
    roles: tuple[Role, ...]
    relations: frozenset[Relation]
    needs: tuple[Need, ...] = ()
    signs: bool = False


A, N = Action, Need
MOVES = (
    Move(A.READ, EVER, None, (R.APPLICANT,), OWN),
    Move(A.READ, SINCE_SUBMITTED, None, STAFF, NO_CONFLICT),
    Move(A.READ, SINCE_CHECKED, None, (R.GUARDIAN, R.CONTROLLER), GIVES),
    Move(A.READ, SINCE_ADVISERS, None, (R.ADVISER,), NO_CONFLICT),
    Move(A.READ_REVIEW, SINCE_SUBMITTED, None, STAFF, NO_CONFLICT),
    Move(A.READ_REVIEW, SINCE_CHECKED, None, (R.GUARDIAN, R.CONTROLLER), GIVES),
    Move(A.READ_REVIEW, SINCE_ADVISERS, None, (R.ADVISER,), NO_CONFLICT),
    Move(A.WRITE, (S.DRAFT, S.QUESTIONS), None, (R.APPLICANT,), OWN),
    Move(A.ATTACH, (S.DRAFT, S.QUESTIONS), None, (R.APPLICANT,), OWN),
    Move(A.TALK, EVER, None, (R.APPLICANT,), OWN),
    Move(A.TALK, SINCE_SUBMITTED, None, STAFF, NO_CONFLICT),
    Move(A.SUBMIT, (S.DRAFT, S.QUESTIONS), S.SUBMITTED, (R.APPLICANT,), OWN, (N.COMPLETE,)),
    Move(A.SEND_LIST, (S.APPROVED, S.AGREEMENT, S.IN_FORCE), None, (R.APPLICANT,), OWN),
    Move(A.WITHDRAW, (S.DRAFT, S.QUESTIONS, *OPEN), S.WITHDRAWN, (R.APPLICANT,), OWN),
    Move(A.CHECK, (S.SUBMITTED,), S.CHECKED, (R.CASE_OFFICER,), NO_CONFLICT),
    Move(A.ASK, OPEN, S.QUESTIONS, (R.CASE_OFFICER,), NO_CONFLICT, (N.REASON,)),
    Move(A.TO_ADVISERS, (S.CHECKED,), S.ADVISERS, (R.CASE_OFFICER,), NO_CONFLICT),
    Move(A.ADVISE, (S.ADVISERS,), None, (R.ADVISER,), NO_CONFLICT, (N.REASON,), signs=True),
    Move(A.MINUTE, (S.ADVISERS,), S.DISCUSSED, (R.CASE_OFFICER,), NO_CONFLICT, (N.OPINION, N.REASON)),
    Move(A.MINUTE_ROUTINE, (S.CHECKED,), S.DISCUSSED, (R.CASE_OFFICER,), NO_CONFLICT, (N.ROUTINE, N.REASON)),
    Move(A.RECOMMEND, (S.CHECKED, S.ADVISERS, S.DISCUSSED), None, (R.GUARDIAN,), GIVES, (N.REASON,), signs=True),
    Move(A.AUTHORISE, (S.CHECKED, S.ADVISERS, S.DISCUSSED, S.APPROVED, S.AGREEMENT), None, (R.CONTROLLER,), GIVES,
         signs=True),
    Move(A.SETTLE, WHILE_DECIDED, None, (R.GUARDIAN,), GIVES, (N.LEFT, N.REASON), signs=True),
    Move(A.SETTLE, WHILE_DECIDED, None, (R.RISK_OWNER,), NO_CONFLICT, (N.LEFT, N.REASON), signs=True),
    Move(A.APPROVE, (S.DISCUSSED,), S.APPROVED, (R.RISK_OWNER,), NO_CONFLICT, (N.NOT_REFUSED, N.REASON), signs=True),
    Move(A.REFUSE, (S.CHECKED, S.DISCUSSED), S.REFUSED, (R.RISK_OWNER,), NO_CONFLICT, (N.REASON,), signs=True),
    Move(A.REFER_ON, (S.CHECKED, S.DISCUSSED), S.ELSEWHERE, (R.RISK_OWNER,), NO_CONFLICT, (N.REASON,), signs=True),
    Move(A.TAKE_UP, (S.ELSEWHERE,), S.CHECKED, (R.CASE_OFFICER,), NO_CONFLICT, (N.REASON,)),
    Move(A.DRAW_UP, (S.APPROVED,), S.AGREEMENT, (R.CASE_OFFICER,), NO_CONFLICT, (N.WHOLE,)),
    Move(A.DRAW_UP, (S.AGREEMENT,), None, (R.CASE_OFFICER,), NO_CONFLICT, (N.WHOLE,)),
    Move(A.READ_AGREEMENT, AGREED, None, (R.APPLICANT,), OWN),
    Move(A.READ_AGREEMENT, AGREED, None, (R.SIGNATORY,), RECEIVES),
    Move(A.READ_AGREEMENT, AGREED, None, STAFF, NO_CONFLICT),
    Move(A.READ_AGREEMENT, AGREED, None, (R.GUARDIAN, R.CONTROLLER), GIVES),
    Move(A.SIGN, (S.AGREEMENT, S.IN_FORCE), None, (R.SIGNATORY,), RECEIVES, signs=True),
    Move(A.COUNTERSIGN, (S.AGREEMENT,), S.IN_FORCE, (R.RISK_OWNER,), NO_CONFLICT, (N.SIGNED, N.PERMITTED), signs=True),
    Move(A.COUNTERSIGN, (S.IN_FORCE,), None, (R.RISK_OWNER,), NO_CONFLICT, (N.SIGNED, N.PERMITTED), signs=True),
    Move(A.AMEND, (S.IN_FORCE,), None, (R.APPLICANT,), OWN),
    Move(A.EXTEND, (S.IN_FORCE,), None, (R.CASE_OFFICER,), NO_CONFLICT, (N.EVIDENCE,)),
    Move(A.REPLACE, LIVE, S.REPLACED, (R.RISK_OWNER,), NO_CONFLICT, (N.AMENDED,), signs=True),
    Move(A.SUSPEND, (S.IN_FORCE,), S.SUSPENDED, STAFF, NO_CONFLICT, (N.REASON,)),
    Move(A.LIFT, (S.SUSPENDED,), S.IN_FORCE, (R.RISK_OWNER,), NO_CONFLICT, (N.REASON,)),
    Move(A.END, LIVE, S.ENDED, STAFF, NO_CONFLICT, (N.REASON,)),
    Move(A.CHASE, (S.ENDED,), None, (R.CASE_OFFICER,), NO_CONFLICT, (N.REASON,)),
    Move(A.DESTROY, (*LIVE, S.ENDED), None, (R.SIGNATORY,), RECEIVES),
    Move(A.CERTIFY, (S.ENDED,), S.DESTROYED, (R.CASE_OFFICER,), NO_CONFLICT, (N.CERTIFICATE,)),
)  # fmt: skip

LAST = frozenset({S.REFUSED, S.DESTROYED, S.REPLACED, S.WITHDRAWN})
"""States after which nothing more is decided."""
OWN_WORD = frozenset({A.LIFT, A.DESTROY})
"""No signatures, and yet somebody's own word."""


def moves_of(action: Action) -> tuple[Move, ...]:
    """The lines of the table for one action."""
    return tuple(each for each in MOVES if each.action is action)


def move_in(action: Action, state: State) -> Move | None:
    """A line by which an action is done in a state, None where it is not. Where several roles do it, it is the same for
    each: who may is asked apart."""
    return next((each for each in moves_of(action) if state in each.starts), None)


def is_in_person(action: Action, state: State) -> bool:
    """Whether this is somebody's own word: for who has shown who they are in this session, and by a program only with a
    code that shows that they are there."""
    move = move_in(action, state)
    return action in OWN_WORD or (move is not None and move.signs)
