"""Who may do what with a case: role, relation and state are asked one after the other, and a no says why.

Nobody reviews, advises on or decides a case of their own or of their own organisation; nobody signs in two roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from .roles import Role
from .states import Action, Move, Relation, State, moves_of


@dataclass(frozen=True, slots=True)
class Post:
    """A role of a person, for an organisation where it is not of the haven itself."""

    role: Role
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who has to do with a case: ids of organisations, and of the person who wrote it. The recipient is one of those
    interested."""

    author: str
    applicant: str
    interested: frozenset[str]
    givers: frozenset[str]
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person before one case: their id, all their posts, and in which roles they have signed it already."""

    id: str
    posts: tuple[Post, ...]
    signed_as: frozenset[Role] = frozenset()


def relation(someone: Someone, parties: Parties) -> Relation:
    """The closest tie between a person and a case, by all posts that they hold."""
    organisations = {each.organisation for each in someone.posts if each.organisation}
    if someone.id == parties.author:
        return Relation.AUTHOR
    if parties.applicant in organisations:
        return Relation.MEMBER
    if parties.interested & organisations:
        return Relation.INTERESTED
    return Relation.GIVER if parties.givers & organisations else Relation.APART


def roles_for(someone: Someone, parties: Parties) -> frozenset[Role]:
    """The roles that count for this case: applicants for their organisation, signatories for the recipient, guardians
    and controllers for givers."""
    counts = {
        Role.APPLICANT: frozenset({parties.applicant}),
        Role.SIGNATORY: frozenset({parties.recipient} - {""}),
        Role.GUARDIAN: parties.givers,
        Role.CONTROLLER: parties.givers,
    }
    return frozenset(each.role for each in someone.posts if each.organisation in counts.get(each.role, {""}))


def why_not(someone: Someone, parties: Parties, action: Action, state: State) -> str:
    """Why a person may not do this now, for them to read; empty where they may."""
    tie, roles = relation(someone, parties), roles_for(someone, parties)
    found = [refusal(role, tie, action, state, signed=someone.signed_as) for role in sorted(roles)]
    return "" if "" in found else _nearest(found)


def may(someone: Someone, parties: Parties, action: Action, state: State) -> bool:
    """Whether a person may do this now."""
    return not why_not(someone, parties, action, state)


def acting_role(someone: Someone, parties: Parties, action: Action, state: State) -> Role | None:
    """The role in which a person does this, None where they may not."""
    tie = relation(someone, parties)
    for role in sorted(roles_for(someone, parties)):
        if not refusal(role, tie, action, state, signed=someone.signed_as):
            return role
    return None


NOBODY = "you have no post that lets you do this"


def refusal(role: Role, tie: Relation, action: Action, state: State, *, signed: Iterable[Role] = ()) -> str:
    """Why one role in one relation may not do this in a state; empty where it may."""
    lines = [each for each in moves_of(action) if role in each.roles]
    if not lines:
        return NOBODY
    if not (lines := [each for each in lines if tie in each.relations]):
        return f"you are {tie}" if tie not in (Relation.AUTHOR, Relation.APART) else _WHY_TIED[tie]
    if not (lines := [each for each in lines if state in each.starts]):
        return f"the case is {state}"
    return _twice(lines, role, signed)


_WHY_TIED = {
    Relation.AUTHOR: "it is your own case",
    Relation.APART: "you have no part in this case",
}


def _twice(lines: list[Move], role: Role, signed: Iterable[Role]) -> str:
    others = sorted({each for each in signed if each is not role})
    if others and all(each.signs for each in lines):
        return f"you have signed this case as {others[0]}, and nobody signs in two roles"
    return ""


def _nearest(found: list[str]) -> str:
    """The reason that tells most: the one that came furthest."""
    told = [each for each in found if each != NOBODY]
    return told[-1] if told else NOBODY
