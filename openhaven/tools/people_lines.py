"""What is told of people with several rows: whom some of their rows single out, who shares known events."""

from collections.abc import Iterator
from typing import Any

from openhaven.disclosure.events import Shared
from openhaven.disclosure.trajectories import SingledOut


def known_events_lines(found: Shared) -> Iterator[str]:
    """Who shares any so many known events of a person."""
    events = f"{found.events} known event{'' if found.events == 1 else 's'}"
    yield f"any {events} of a person (all, of who has fewer) are shared by at least {found.fewest:,} people"
    few, alone = (f"{count:,} ({count / max(1, found.people):.1%})" for count in (found.below, found.alone))
    yield f"  people of whom some are shared by fewer than {found.threshold}: {few}; by nobody: {alone}"


def singled_out_lines(found: SingledOut) -> list[str]:
    """The share of people singled out by one, two, three and all of their rows."""
    shares: list[tuple[str, int, Any]] = [
        ("one row", found.one, None),
        ("two rows", found.two, found.looked_at_two),
        ("three rows", found.three, found.looked_at_three),
        ("all rows", found.all_rows, None),
    ]
    return [
        f"singled out by {name:<10} {'at least ' if cut else ''}{found.share(count):.1%} of people"
        + (f" (by their {cut} rarest rows)" if cut else "")
        for name, count, cut in shares
    ]
