"""What people ask about their own data, said a second time in Cedar: nothing here knows openhaven.casework."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cedarpy import Decision, PolicySet, is_authorized_batch

TEXT = """
// The person, about themselves.
permit (principal, action, resource)
  when { principal.who == "the person" && resource.stage == "no request"
         && [Action::"see where data was used", Action::"take the proof of a use", Action::"see what was said yes to",
             Action::"ask for a copy", Action::"object", Action::"say yes to a study", Action::"take back a yes",
             Action::"complain", Action::"end what a proxy may do"].contains(action) };
permit (principal, action == Action::"collect the copy", resource)
  when { principal.who == "the person" && ["the copy is ready", "answered"].contains(resource.stage) };
forbid (principal, action, resource)
  when { principal.who == "the person" && principal.tie != "it is about them" };

// Who acts for them, on evidence in date: each no more than the person.
permit (principal, action, resource)
  when { ["parent", "attorney", "court deputy"].contains(principal.who) && resource.stage == "no request"
         && [Action::"see where data was used", Action::"take the proof of a use", Action::"ask for a copy",
             Action::"object", Action::"take back a yes", Action::"complain"].contains(action) };
permit (principal, action == Action::"say yes to a study", resource)
  when { principal.who == "parent" && resource.stage == "no request" };
permit (principal, action in [Action::"see where data was used", Action::"ask for a copy", Action::"complain"],
        resource)
  when { ["somebody they chose", "personal representative"].contains(principal.who)
         && resource.stage == "no request" };
permit (principal, action in [Action::"ask for a copy", Action::"complain"], resource)
  when { principal.who == "claimant" && resource.stage == "no request" };
permit (principal, action == Action::"collect the copy", resource)
  when { ["parent", "attorney", "court deputy", "somebody they chose",
          "personal representative"].contains(principal.who)
         && ["the copy is ready", "answered"].contains(resource.stage) };
forbid (principal, action, resource)
  when { ["parent", "attorney", "court deputy", "somebody they chose", "personal representative",
          "claimant"].contains(principal.who) && principal.tie != "acts for them, on evidence in date" };

// Data protection law ends with a life: nobody objects, consents or takes back for the dead.
forbid (principal, action in [Action::"object", Action::"say yes to a study", Action::"take back a yes",
        Action::"see what was said yes to", Action::"take the proof of a use"], resource)
  when { ["personal representative", "claimant"].contains(principal.who) };

// Staff.
permit (principal, action == Action::"read a request", resource)
  when { ["case officer", "Caldicott Guardian"].contains(principal.who) && resource.stage != "no request" };
permit (principal, action == Action::"answer", resource)
  when { ["case officer", "Caldicott Guardian"].contains(principal.who)
         && ["who asks is to be proven", "being worked on", "waiting for the person",
             "the copy is ready"].contains(resource.stage) };
permit (principal, action == Action::"record who asks", resource)
  when { principal.who == "case officer" && resource.stage == "who asks is to be proven" };
permit (principal, action == Action::"ask the person what they mean", resource)
  when { principal.who == "case officer" && resource.stage == "being worked on" };
permit (principal, action == Action::"record their answer", resource)
  when { principal.who == "case officer" && resource.stage == "waiting for the person" };
permit (principal, action == Action::"take longer", resource)
  when { principal.who == "case officer"
         && ["being worked on", "waiting for the person"].contains(resource.stage) };
permit (principal, action == Action::"have the copy made", resource)
  when { principal.who == "case officer" && ["being worked on", "the copy is ready"].contains(resource.stage) };
permit (principal, action == Action::"take the copy, to send it", resource)
  when { principal.who == "case officer" && resource.stage == "the copy is ready" };
permit (principal, action in [Action::"leave something out", Action::"put it back"], resource)
  when { principal.who == "Caldicott Guardian"
         && ["who asks is to be proven", "being worked on", "waiting for the person"].contains(resource.stage) };
permit (principal, action == Action::"decide on an objection", resource)
  when { principal.who == "Caldicott Guardian"
         && ["being worked on", "waiting for the person"].contains(resource.stage) };
forbid (principal, action, resource)
  when { ["case officer", "Caldicott Guardian", "other staff"].contains(principal.who)
         && principal.tie != "no part in it" };
"""
FOR_PROGRAMS = """
// Programs serve staff here, and patients never.
forbid (principal, action, resource) unless { ["case officer", "Caldicott Guardian"].contains(principal.who) };
// Who it is and what they wrote, what is kept from them, and what ends it: for who shows that they are there.
forbid (principal, action in [Action::"read a request", Action::"leave something out", Action::"put it back",
        Action::"decide on an objection", Action::"answer"], resource)
  unless { principal.code_shown };
// All that is held of a person goes through no program.
forbid (principal, action == Action::"take the copy, to send it", resource);
"""
POLICIES = PolicySet.from_str(TEXT)
BY_PROGRAM = PolicySet.from_str(TEXT + FOR_PROGRAMS)

Tried = tuple[str, str, str, str]
"""As what somebody comes, their tie, the deed, the stage."""


def allowed(cases: Sequence[Tried], *, by_program: bool = False, code_shown: bool = False) -> list[bool]:
    """Whether each of these is allowed, on the pages, or by a program, with or without a code."""
    requests = [
        {
            "principal": {"type": "Somebody", "id": f"{who}|{tie}"},
            "action": {"type": "Action", "id": deed},
            "resource": {"type": "Request", "id": stage},
        }
        for who, tie, deed, stage in cases
    ]
    people = sorted({(who, tie) for who, tie, _, _ in cases})
    entities: list[dict[str, object]] = [
        {
            "uid": {"type": "Somebody", "id": f"{who}|{tie}"},
            "attrs": {"who": who, "tie": tie, "code_shown": code_shown},
            "parents": [],
        }
        for who, tie in people
    ]
    entities += [
        {"uid": {"type": "Request", "id": stage}, "attrs": {"stage": stage}, "parents": []}
        for stage in sorted({each[3] for each in cases})
    ]
    answers = is_authorized_batch(requests, BY_PROGRAM if by_program else POLICIES, json.dumps(entities))
    return [each.decision is Decision.Allow for each in answers]
