"""A provision shown to a person: what it says, where it stands, how sure we are, and which rules state it."""

from __future__ import annotations

from textwrap import fill

from .provisions import Confidence, Provision
from .ruleset import RULESET

_SURE = {
    Confidence.READ: "read at the source",
    Confidence.SECONDARY: "known from a secondary source",
    Confidence.TO_BE_CONFIRMED: "to be confirmed",
}


def shown(provision: Provision) -> str:
    """The provision as a few lines of text."""
    until = f" to {provision.ends}" if provision.ends else ""
    return "\n".join(
        [
            f"{provision.id}  {provision.title}",
            fill(provision.gist, width=100, initial_indent="  ", subsequent_indent="  "),
            f"  Source: {provision.source}",
            f"  In force: from {provision.starts}{until}; {_SURE[provision.confidence]}",
            f"  {_stated(provision)}",
        ]
    )


def _stated(provision: Provision) -> str:
    rules = RULESET.stated_by()[provision.id]
    if provision.not_modelled and not rules:
        return f"No rule states it: {provision.not_modelled}"
    stated = [f"Stated by: {', '.join(rules)}"] if rules else []
    held = [f"Held in: {', '.join(provision.held_in)}"] if provision.held_in else []
    return "; ".join(stated + held)
