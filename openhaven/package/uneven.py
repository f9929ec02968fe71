"""Whether suppression falls unevenly on age, sex, ethnicity or area, judged by the figures that a face shows.

The yardstick is the four-fifths rule (29 CFR 1607.4 D, the United States Uniform Guidelines on Employee Selection
Procedures), turned to rows that stay: a group of which less than four fifths as large a share stays as of the group
that keeps most is named. No British rule sets a threshold; that public bodies look at all is due to the duty of
section 149 of the Equality Act 2010. A face judges its own protected figures, so that a warning cannot give away what
they hide.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FOUR_FIFTHS = 0.8
MOST_NAMED = 6
_NOISE = 1e-9  # of floating point
RULE = (
    "Judged by the four-fifths rule (29 CFR 1607.4 D), a yardstick chosen for this certificate: a group is named where "
    "less than four fifths as large a share of its rows stays as of the group that keeps most."
)
HIDDEN = "Groups whose figures are hidden here are judged in the controllers' copy alone."
Figures = Mapping[str, Any]


def uneven(removed: Sequence[Figures]) -> list[str]:
    """Sentences for people, none where nothing can be said; the rule itself comes last."""
    judged = [each for each in removed if each["group"]]
    found = [sentence for by in dict.fromkeys(each["by"] for each in judged) for sentence in _by(by, judged)]
    if not judged:
        return []
    hidden = any(kept_share(each) is None for each in judged)
    none = [] if found else ["Suppression falls evenly on the groups whose figures are shown."]
    return [*found, *none, RULE, *([HIDDEN] if hidden else [])]


def uneven_by(face: Mapping[str, Any]) -> str:
    """One sentence for the head of the page, empty where suppression does not fall unevenly."""
    by = [each["by"] for each in face["removed"] if each["group"]]
    found = [each for each in dict.fromkeys(by) if any(_by(each, face["removed"]))]
    return f"Suppression falls unevenly by {'; '.join(found)}." if found else ""


def kept_share(each: Figures) -> float | None:
    """The share of a group's rows that stay, None where a figure is hidden or there is no row."""
    removed, of = str(each["removed"]), str(each["of"])
    if not (removed.isdecimal() and of.isdecimal()) or not int(of):
        return None
    return max(0.0, 1 - int(removed) / int(of))


def _by(by: str, judged: Sequence[Figures]) -> Iterator[str]:
    known = [(each, share) for each in judged if each["by"] == by and (share := kept_share(each)) is not None]
    best, most = max(known, key=lambda pair: pair[1], default=({}, 0.0))
    low = sorted((pair for pair in known if pair[1] < FOUR_FIFTHS * most - _NOISE), key=lambda pair: pair[1])
    if not low:
        return
    named = [f"{_part(1 - share)} of the rows of “{each['value']}”" for each, share in low[:MOST_NAMED]]
    more = f" and much of {len(low) - MOST_NAMED} more" if len(low) > MOST_NAMED else ""
    yield (
        f"Suppression falls unevenly by {by}: it removed {', '.join(named)}{more}, but {_part(1 - most)} of "
        f"those of “{best['value']}”. Findings may not hold for those who were removed most."
    )


def _part(share: float) -> str:
    return "nothing" if share <= 0 else "less than 1%" if share < 0.01 else f"{share:.0%}"
