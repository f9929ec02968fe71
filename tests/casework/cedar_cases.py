"""Who may do what with a case, said a second time in Cedar: nothing here knows openhaven.casework.

The table is not copied: states stand in groups, and what nobody may do with a conflict or a second signature is said
once, as a forbid that beats every permit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cedarpy import Decision, PolicySet, is_authorized_batch

TEXT = """
// The applicant's own people.
permit (principal, action in [Action::"read", Action::"write a message"], resource)
  when { principal.role == "applicant" };
permit (principal, action in [Action::"write", Action::"attach a document", Action::"submit"], resource)
  when { principal.role == "applicant" && ["draft", "back with questions"].contains(resource.state) };
permit (principal, action == Action::"withdraw", resource)
  when { principal.role == "applicant" && ["draft", "submitted", "back with questions", "checked", "with advisers",
         "discussed"].contains(resource.state) };
permit (principal, action == Action::"send the list of people", resource)
  when { principal.role == "applicant" && ["approved", "agreement", "in force"].contains(resource.state) };
permit (principal, action == Action::"ask for an amendment", resource)
  when { principal.role == "applicant" && resource.state == "in force" };
forbid (principal, action, resource)
  when { principal.role == "applicant" && !["wrote it", "of the organisation that applies"].contains(principal.tie) };

// Who signs for the recipient: nothing but the agreement, and nobody who is of neither side.
permit (principal, action == Action::"sign for the recipient", resource)
  when { principal.role == "signatory" && ["agreement", "in force"].contains(resource.state) };
permit (principal, action == Action::"certify the destruction", resource)
  when { principal.role == "signatory" && ["in force", "suspended", "ended"].contains(resource.state) };
forbid (principal, action, resource)
  when { principal.role == "signatory"
         && ["of an organisation whose data it is", "no part in it"].contains(principal.tie) };

// Once it is drawn up, whoever has to do with it reads it; advisers have done their part by then.
permit (principal, action == Action::"read the agreement", resource)
  when { ["applicant", "signatory", "case officer", "senior information risk owner", "Caldicott Guardian",
          "staff of a controller"].contains(principal.role)
         && ["agreement", "in force", "suspended", "ended", "destroyed", "replaced"].contains(resource.state) };

// Nobody else sees a draft, and nobody with a part in a case has anything to do with its review.
forbid (principal, action, resource) when { principal.role != "applicant" && resource.state == "draft" };
forbid (principal, action, resource)
  when { !["applicant", "signatory"].contains(principal.role) && ["wrote it", "of the organisation that applies",
         "of an organisation that receives or pays"].contains(principal.tie) };

// The team and the risk owner.
permit (principal, action in [Action::"read", Action::"read the review", Action::"write a message"], resource)
  when { ["case officer", "senior information risk owner"].contains(principal.role) };
permit (principal, action == Action::"send back with questions", resource)
  when { principal.role == "case officer"
         && ["submitted", "checked", "with advisers", "discussed"].contains(resource.state) };
permit (principal, action == Action::"check", resource)
  when { principal.role == "case officer" && resource.state == "submitted" };
permit (principal, action in [Action::"send to advisers", Action::"minute as routine"], resource)
  when { principal.role == "case officer" && resource.state == "checked" };
permit (principal, action == Action::"minute the discussion", resource)
  when { principal.role == "case officer" && resource.state == "with advisers" };
permit (principal, action == Action::"take up again", resource)
  when { principal.role == "case officer" && resource.state == "referred elsewhere" };
permit (principal, action == Action::"draw up the agreement", resource)
  when { principal.role == "case officer" && ["approved", "agreement"].contains(resource.state) };
permit (principal, action == Action::"propose a longer term", resource)
  when { principal.role == "case officer" && resource.state == "in force" };
permit (principal, action == Action::"replace by its amendment", resource)
  when { principal.role == "senior information risk owner" && ["in force", "suspended"].contains(resource.state) };
permit (principal, action in [Action::"record the destruction", Action::"ask for the destruction"], resource)
  when { principal.role == "case officer" && resource.state == "ended" };
permit (principal, action == Action::"approve", resource)
  when { principal.role == "senior information risk owner" && resource.state == "discussed" };
permit (principal, action in [Action::"refuse", Action::"refer elsewhere"], resource)
  when { principal.role == "senior information risk owner" && ["checked", "discussed"].contains(resource.state) };
permit (principal, action == Action::"sign for the haven", resource)
  when { principal.role == "senior information risk owner" && ["agreement", "in force"].contains(resource.state) };
permit (principal, action == Action::"lift the suspension", resource)
  when { principal.role == "senior information risk owner" && resource.state == "suspended" };
permit (principal, action == Action::"suspend", resource)
  when { ["case officer", "senior information risk owner"].contains(principal.role) && resource.state == "in force" };
permit (principal, action == Action::"end", resource)
  when { ["case officer", "senior information risk owner"].contains(principal.role)
         && ["in force", "suspended"].contains(resource.state) };

// Those who speak for whose data it is: once the case is checked, and only for a giver.
permit (principal, action in [Action::"read", Action::"read the review"], resource)
  when { ["Caldicott Guardian", "staff of a controller"].contains(principal.role)
         && !["submitted", "back with questions"].contains(resource.state) };
permit (principal, action == Action::"recommend as guardian", resource)
  when { principal.role == "Caldicott Guardian"
         && ["checked", "with advisers", "discussed"].contains(resource.state) };
permit (principal, action == Action::"answer for a controller", resource)
  when { principal.role == "staff of a controller"
         && ["checked", "with advisers", "discussed", "approved", "agreement"].contains(resource.state) };

// What the law leaves to two people, each of them answers: a guardian of whose data it is, and the risk owner.
permit (principal, action == Action::"answer what the law leaves to a person", resource)
  when { ["Caldicott Guardian", "senior information risk owner"].contains(principal.role)
         && ["checked", "with advisers", "discussed", "approved", "agreement", "in force"].contains(resource.state) };
forbid (principal, action, resource)
  when { ["Caldicott Guardian", "staff of a controller"].contains(principal.role)
         && principal.tie != "of an organisation whose data it is" };

// Advisers: from the day on which they are asked.
permit (principal, action in [Action::"read", Action::"read the review"], resource)
  when { principal.role == "independent adviser"
         && !["submitted", "back with questions", "checked"].contains(resource.state) };
permit (principal, action == Action::"give an opinion", resource)
  when { principal.role == "independent adviser" && resource.state == "with advisers" };

// Nobody signs in two roles.
forbid (principal, action in [Action::"give an opinion", Action::"recommend as guardian",
        Action::"answer for a controller", Action::"answer what the law leaves to a person",
        Action::"approve", Action::"refuse", Action::"refer elsewhere",
        Action::"sign for the recipient", Action::"sign for the haven", Action::"replace by its amendment"], resource)
  when { principal.signed_in_another };
"""
FOR_PROGRAMS = """
// What a person signs, certifies or lifts they do themselves, having shown who they are: a token does not show
// that, a one-time code does.
forbid (principal, action in [Action::"give an opinion", Action::"recommend as guardian",
        Action::"answer for a controller", Action::"answer what the law leaves to a person",
        Action::"approve", Action::"refuse", Action::"refer elsewhere",
        Action::"sign for the recipient", Action::"sign for the haven", Action::"replace by its amendment",
        Action::"lift the suspension", Action::"certify the destruction"], resource)
  unless { principal.code_shown };
"""
POLICIES = PolicySet.from_str(TEXT)
BY_PROGRAM = PolicySet.from_str(TEXT + FOR_PROGRAMS)

Tried = tuple[str, str, str, str, bool]
"""Role, tie, action, state, and whether the person has signed the case in another role."""


def allowed(cases: Sequence[Tried], *, by_program: bool = False, code_shown: bool = False) -> list[bool]:
    """Whether each of these is allowed, on the pages, or by a program, with or without a code."""
    requests = [
        {
            "principal": {"type": "Person", "id": f"{role}|{tie}|{signed}"},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Case", "id": state},
        }
        for role, tie, action, state, signed in cases
    ]
    answers = is_authorized_batch(
        requests, BY_PROGRAM if by_program else POLICIES, json.dumps(list(_entities(cases, code_shown)))
    )
    return [each.decision is Decision.Allow for each in answers]


def _entities(cases: Iterable[Tried], code_shown: bool) -> Iterable[dict[str, object]]:
    people = {(role, tie, signed) for role, tie, _, _, signed in cases}
    for role, tie, signed in sorted(people):
        attributes = {"role": role, "tie": tie, "signed_in_another": signed, "code_shown": code_shown}
        yield {"uid": {"type": "Person", "id": f"{role}|{tie}|{signed}"}, "attrs": attributes, "parents": []}
    for state in sorted({each[3] for each in cases}):
        yield {"uid": {"type": "Case", "id": state}, "attrs": {"state": state}, "parents": []}
