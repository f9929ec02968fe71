"""Which witnesses count by the settings, and whether what they cosigned for each finished release is still kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

from openhaven.log import EntryType, VerifierKey, parse_verifier_key
from openhaven.log.cosignature import WitnessPolicy, cosignatures
from openhaven.model.errors import BadInput, NotVerified
from openhaven.model.plain import from_plain
from openhaven.model.settings import Log
from openhaven.records import kept, models


def policy_of(chosen: Log, *, operator: str) -> WitnessPolicy:
    """Which witnesses count for this operator, and how many of them are needed. Raises BadInput where a key cannot be
    read."""
    counting = chosen.independent(operator)
    return WitnessPolicy(tuple(witness_key(each.key) for each in counting), chosen.witnesses)


def witness_key(text: str) -> VerifierKey:
    """The key of a witness as the settings state it. Raises BadInput, naming the setting."""
    try:
        return parse_verifier_key(text)
    except BadInput as problem:
        raise BadInput(problem.what, where=f"log.witness, {problem.where}", todo=problem.todo) from None


def check_none_missing() -> None:
    """No release was finished for which fewer witnesses cosigned than the settings asked for: their cosignatures are
    kept before its key is given, and what they cosigned later over its entry counts as well.

    The key is given between a release's entry and its end. Where settings changed meanwhile, one of them is met; what
    was asked for where settings were erased, nobody can tell. Raises NotVerified for the first that is missed."""
    finished = models.ReleaseEnd.objects.filter(state=kept.ReleaseState.FINISHED.value).order_by("entry_id")
    ended = [*finished.values_list("release", "entry_id")]  # first: what is finished meanwhile is not looked at
    begun = dict(models.Release.objects.values_list("id", "entry_id"))
    policies = [*_policies()]
    notes = [*models.Cosigned.objects.order_by("-size").values_list("size", "note")]

    @cache
    def cosigned(policy: WitnessPolicy) -> int:
        """So many entries lie under the largest checkpoint that meets a policy."""
        return next((size for size, note in notes if _meets(note, policy)), 0)

    for release, end in ended:
        at = begun[release]
        before = [policy for index, policy in policies if index < at][-1:] or [None]
        between = [policy for index, policy in policies if at < index < end]
        if all(policy is not None and cosigned(policy) <= at for policy in (*before, *between)):
            raise NotVerified(
                f"it says that release {release} was finished, for which {before[0]} must have cosigned entry {at}; "
                "that they did is not kept",
                where=f"entry {end}",
                todo="Have them cosign the log again: haven log tiles. If they do not, restore the newest backup.",
            )


def _policies() -> Iterator[tuple[int, WitnessPolicy | None]]:
    """What each entry of settings asks of witnesses, None where nothing, or where that was erased."""
    rows = models.Entry.objects.filter(type=str(EntryType.SETTINGS_CHANGED)).order_by("index")
    bodies = models.Body.objects.filter(entry__in=rows, name=kept.SETTINGS).order_by("entry_id")
    for index, data, erased_by in bodies.values_list("entry_id", "data", "erased_by_id"):
        yield index, None if erased_by is not None else _asked_by(json.loads(bytes(data))["settings"])


def _asked_by(said: dict[str, object]) -> WitnessPolicy | None:
    if not said.get("log.witnesses"):
        return None
    plain = {"witnesses": said["log.witnesses"], "witness": said["log.witness"]}
    chosen = from_plain(Log, plain, where="the settings in the log")
    return policy_of(chosen, operator=str(said["haven.operator"]))


def _meets(note: str, policy: WitnessPolicy) -> bool:
    try:
        return len(cosignatures(note, witnesses=policy.witnesses)) >= policy.needed
    except (BadInput, NotVerified):
        return False
