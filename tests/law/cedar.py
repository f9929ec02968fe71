"""The algebra of the law said a second time, in Cedar, a policy language of its own: nothing here knows openhaven.law.

What rules say of a question are facts; five policies say what they come to. Cedar denies what nothing permits, and a
forbid beats every permit. Two requests tell the answer: may the question be met? may a person consider it?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cedarpy import Decision, PolicySet, is_authorized_batch

POLICIES = PolicySet.from_str("""
permit (principal, action == Action::"meet", resource is Question) when { resource.says.contains("permit") };
permit (principal, action == Action::"consider", resource is Question) when { resource.says.contains("refer") };
forbid (principal, action == Action::"meet", resource is Question) when { resource.says.contains("refer") };
forbid (principal, action, resource is Question) when { resource.says.containsAny(["forbid", "failed"]) };

permit (principal, action == Action::"meet", resource is Use)
    when { resource.met.containsAll(resource.asked) && !resource.asked.isEmpty() };
permit (principal, action == Action::"consider", resource is Use)
    when { resource.open.containsAll(resource.asked) && !resource.asked.isEmpty() };
""")

ANSWERS = {"meet": "met", "consider": "referred", "": "not met"}
VERDICTS = {"meet": "permit", "consider": "refer", "": "refuse"}


def answers(said: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The answer to each question, from what its rules said: permit, forbid, refer or failed, any number of each."""
    entities = [
        {"uid": {"type": "Question", "id": question}, "attrs": {"says": sorted(set(effects))}, "parents": []}
        for question, effects in said.items()
    ]
    return {question: ANSWERS[done] for question, done in zip(said, _best("Question", said, entities), strict=True)}


def verdict(answered: Mapping[str, str]) -> str:
    """What the answers come to: permit, refer or refuse."""
    met = sorted(question for question, answer in answered.items() if answer == "met")
    open_ = sorted(question for question, answer in answered.items() if answer in ("met", "referred"))
    use = {"uid": {"type": "Use", "id": "this"}, "parents": []}
    use["attrs"] = {"asked": sorted(answered), "met": met, "open": open_}
    (done,) = _best("Use", ["this"], [use])
    return VERDICTS[done]


def _best(kind: str, ids: Iterable[str], entities: list[dict[str, object]]) -> list[str]:
    """For each resource the better of what may be done with it, or nothing."""
    requests = [
        {
            "principal": {"type": "Law", "id": "law"},
            "action": {"type": "Action", "id": action},
            "resource": {"type": kind, "id": id},
        }
        for id in ids
        for action in ("meet", "consider")
    ]
    allowed = [
        each.decision is Decision.Allow for each in is_authorized_batch(requests, POLICIES, json.dumps(entities))
    ]
    pairs = zip(allowed[::2], allowed[1::2], strict=True)
    return ["meet" if meet else "consider" if consider else "" for meet, consider in pairs]
