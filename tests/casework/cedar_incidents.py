"""Who may do what with an incident, said a second time in Cedar: nothing here knows openhaven.casework."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cedarpy import Decision, PolicySet, is_authorized_batch

TEXT = """
// Whoever reported it follows it, whatever they are here for; so does the organisation that it is about.
permit (principal, action == Action::"read", resource) when { principal.tie == "reported it" };
permit (principal, action == Action::"add what is known", resource)
  when { principal.tie == "reported it" && resource.stage != "closed" };
permit (principal, action == Action::"read", resource)
  when { ["applicant", "signatory"].contains(principal.role)
         && principal.tie == "of the organisation that it is about" };
permit (principal, action == Action::"add what is known", resource)
  when { ["applicant", "signatory"].contains(principal.role)
         && principal.tie == "of the organisation that it is about" && resource.stage != "closed" };

// Those whose data it is see it.
permit (principal, action == Action::"read", resource)
  when { ["staff of a controller", "Caldicott Guardian"].contains(principal.role)
         && principal.tie == "of an organisation whose data it is" };

// The team deals with it, and only the risk owner settles what cannot be taken back.
permit (principal, action == Action::"read", resource)
  when { ["case officer", "senior information risk owner"].contains(principal.role) };
permit (principal, action in [Action::"add what is known", Action::"freeze", Action::"tell the Commissioner",
        Action::"tell the controllers", Action::"write down the lessons"], resource)
  when { ["case officer", "senior information risk owner"].contains(principal.role) && resource.stage != "closed" };
permit (principal, action == Action::"say that it is contained", resource)
  when { ["case officer", "senior information risk owner"].contains(principal.role) && resource.stage == "reported" };
permit (principal, action in [Action::"decide not to tell the Commissioner", Action::"decide whether people are told",
        Action::"take a step against the organisation"], resource)
  when { principal.role == "senior information risk owner" && resource.stage != "closed" };
permit (principal, action == Action::"close", resource)
  when { principal.role == "senior information risk owner" && resource.stage == "contained" };

// Nobody of the organisation that it is about has a hand in it.
forbid (principal, action, resource)
  when { principal.tie == "of the organisation that it is about"
         && !["applicant", "signatory"].contains(principal.role) };
"""
FOR_PROGRAMS = """
// What is decided, or said in public in somebody's name, they do themselves: a one-time code shows that they are there.
forbid (principal, action in [Action::"freeze", Action::"decide not to tell the Commissioner",
        Action::"decide whether people are told", Action::"take a step against the organisation", Action::"close"],
        resource) unless { principal.code_shown };
"""
POLICIES = PolicySet.from_str(TEXT)
BY_PROGRAM = PolicySet.from_str(TEXT + FOR_PROGRAMS)

Tried = tuple[str, str, str, str]
"""Role, tie, deed, stage."""


def allowed(cases: Sequence[Tried], *, by_program: bool = False, code_shown: bool = False) -> list[bool]:
    """Whether each of these is allowed, on the pages, or by a program, with or without a code."""
    requests = [
        {
            "principal": {"type": "Person", "id": f"{role}|{tie}"},
            "action": {"type": "Action", "id": deed},
            "resource": {"type": "Incident", "id": stage},
        }
        for role, tie, deed, stage in cases
    ]
    people = sorted({(role, tie) for role, tie, _, _ in cases})
    entities = [
        {
            "uid": {"type": "Person", "id": f"{role}|{tie}"},
            "attrs": {"role": role, "tie": tie, "code_shown": code_shown},
            "parents": [],
        }
        for role, tie in people
    ]
    entities += [
        {"uid": {"type": "Incident", "id": stage}, "attrs": {"stage": stage}, "parents": []}
        for stage in sorted({each[3] for each in cases})
    ]
    answers = is_authorized_batch(requests, BY_PROGRAM if by_program else POLICIES, json.dumps(entities))
    return [each.decision is Decision.Allow for each in answers]
