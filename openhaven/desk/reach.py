"""With which cases and incidents a person may do something, asked of the database: what `casework/policy.py` and
`casework/incidents.py` say of one is said here of all of them, so that no list has to look at every row."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from openhaven.casework.incidents import LINES, Deed, Tie
from openhaven.casework.roles import Role
from openhaven.casework.states import Action, Move, Relation, State, moves_of
from openhaven.desk.models import Case, Incident, Person, Post, Step
from openhaven.desk.offers import on_record
from openhaven.haven import Haven
from openhaven.model.record.agreement import Agreement
from openhaven.records import reads

NOTHING = Q(pk__in=())
OWN_WAY = frozenset({Role.APPLICANT, Role.SIGNATORY})
"""Roles that count by who applies or receives alone: to them it is the same who pays."""
SIGNED = tuple(each.value for each in Action if any(move.signs for move in moves_of(each)))
Word = TypeVar("Word")


def _any(found: Iterable[Q]) -> Q:
    return reduce(or_, found, NOTHING)


def _nearest_first(nearest: Mapping[Word, Q]) -> Mapping[Word, Q]:
    """Each tie without those that stand before it: the closest one counts."""
    apart, found = Q(), dict[Word, Q]()
    for tie, is_so in nearest.items():
        found[tie] = apart & is_so
        apart = apart & ~is_so
    return found


# --- cases ------------------------------------------------------------------------------------------------------------


def cases_for(haven: Haven, person: Person, action: Action) -> QuerySet[Case]:
    """The cases with which a person may do this now."""
    posts = list(person.posts.all())
    ties = _ties(haven, person, posts)
    may = (
        Q(state__in=move.starts) & _counts(haven, post) & _any(ties[each] for each in move.relations)
        & _not_twice(person, post, move)
        for move in moves_of(action)
        for post in posts
        if post.role in move.roles
    )  # fmt: skip
    found: QuerySet[Case] = Case.objects.filter(_any(may)).select_related("author")
    return found


def states_for(person: Person, action: Action) -> tuple[State, ...]:
    """The states in which a person may do this with some case, in their order."""
    roles = {each.role for each in person.posts.all()}
    found = {start for move in moves_of(action) if roles & set(move.roles) for start in move.starts}
    return tuple(each for each in State if each in found)


def _ties(haven: Haven, person: Person, posts: Collection[Post]) -> Mapping[Relation, Q]:
    own = {each.organisation for each in posts} - {""}
    pays = NOTHING if {each.role for each in posts} <= OWN_WAY else _paid_by(haven, own)
    return _nearest_first(
        {
            Relation.AUTHOR: Q(author=person),
            Relation.MEMBER: Q(organisation__in=own),
            Relation.INTERESTED: Q(recipient__in=own) | pays,
            Relation.GIVER: Q(dataset__in=_given_by(haven, own)),
            Relation.APART: Q(),
        }
    )


def _given_by(haven: Haven, own: Collection[str]) -> list[str]:
    return [id for id, controllers in on_record(haven).controllers.items() if set(own) & set(controllers)]


def _counts(haven: Haven, post: Post) -> Q:
    """The cases for which a post counts."""
    match post.role:
        case Role.APPLICANT:
            return Q(organisation=post.organisation)
        case Role.SIGNATORY:
            return Q(recipient=post.organisation) | Q(recipient="", organisation=post.organisation)
        case Role.GUARDIAN | Role.CONTROLLER:
            return Q(dataset__in=_given_by(haven, {post.organisation}))
    return NOTHING if post.organisation else Q()


def _not_twice(person: Person, post: Post, move: Move) -> Q:
    """Nobody signs in two roles."""
    if not move.signs:
        return Q()
    others = Step.objects.filter(person=person, action__in=SIGNED).exclude(role=post.role)
    return ~Q(pk__in=others.values("case_id"))


def _paid_by(haven: Haven, own: Collection[str]) -> Q:
    """The cases that one of these organisations pays for."""
    if not own:
        return NOTHING
    paid = Case.objects.exclude(funding__in=("", "[]")).values_list("pk", "funding")
    names = ids_by_name(haven)
    return Q(pk__in=[pk for pk, funding in paid if payers(json.loads(funding), names) & set(own)])


def ids_by_name(haven: Haven) -> Mapping[str, str]:
    """Organisations of record by their names, however they are written."""
    return {_plain(name): id for id, name in on_record(haven).organisations.items()}


def payers(funding: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> frozenset[str]:
    """Who pays, by ids of record where they are on record: applicants write a name or an id."""
    said = [_plain(each.get("organisation", "")) for each in funding]
    return frozenset({names.get(each, each) for each in said} | {each.upper() for each in said} - {""})


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


# --- incidents --------------------------------------------------------------------------------------------------------


def incidents_for(haven: Haven, person: Person, deed: Deed) -> QuerySet[Incident]:
    """The incidents with which a person may do this now."""
    posts = list(person.posts.all())
    roles, ties = {each.role for each in posts}, _incident_ties(haven, person, posts)
    may = (
        Q(stage__in=line.stages) & _any(ties[each] for each in line.ties)
        for line in LINES
        if line.deed is deed and roles & set(line.roles)
    )
    found: QuerySet[Incident] = Incident.objects.filter(_any(may))
    return found


def _incident_ties(haven: Haven, person: Person, posts: Collection[Post]) -> Mapping[Tie, Q]:
    own = {each.organisation for each in posts} - {""}
    agreements = [each for each in reads.records_of("agreement") if isinstance(each, Agreement)]
    unknown = ~Q(agreement__in=[each.id for each in agreements])
    given = Q(agreement__in=[each.id for each in agreements if own & set(each.controllers)])
    given |= unknown & Q(dataset__in=_given_by(haven, own))
    if any(own & set(each) for each in on_record(haven).controllers.values()):
        given |= unknown & Q(dataset="")
    return _nearest_first(
        {
            Tie.CONCERNED: Q(about__in=own),
            Tie.REPORTER: Q(reporter=person),
            Tie.GIVER: given,
            Tie.APART: Q(),
        }
    )
