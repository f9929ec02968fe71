"""What a person is told of the uses of their record, in words that an eleven-year-old can read. No jargon, no guess.

What others wrote (titles, purposes, names) stands between “ and ”, as they wrote it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openhaven.law.plainly import day, listed
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import Level, Precision, Route
from openhaven.records.kept import ReleaseState

# Columns that tell nothing of the person: a code, or one value for all.
UNSAID = frozenset({"pseudonym", Precision.ALL})

_WHY_NOT = {
    Route.CONSENT: "People were asked, and said yes to this use.",
    Route.STATUTORY_DUTY: "A law says that this must be shared.",
    Route.COURT_ORDER: "A court told us to share it.",
    Route.COPI_3: "It helps to stop illness from spreading.",
}
"""Why the opt-out does not count, by the way in which the data was asked for (NDO-04)."""

_WHY_NOT_BY_RULE = {
    "NDO-BEFORE": "There was no national opt-out yet on that day.",
    "LAW-18": "The data does not say who people are. A named person checked this and signed for it.",
    "NDO-01": "The care was not given in England, and the opt-out is for care in England.",
    "NDO-03": "Those who gave leave for this use said that opt-outs do not count for it.",
    "NDO-05": "National rules say that opt-outs do not count for uses of this kind.",
}


@dataclass(frozen=True, slots=True)
class Use:
    """One release that held the person's record, and what the records say of it. `face` is the full certificate."""

    release: str
    recipient: str
    dataset: str
    sent: dt.date
    state: ReleaseState
    face: Mapping[str, Any]
    application: Mapping[str, Any]
    agreement: Agreement | None
    names: Mapping[str, str]

    @property
    def title(self) -> str:
        return str(self.face["title"])

    @property
    def sensitive(self) -> bool:
        """Whether the title could tell somebody who looks over a shoulder what the person has."""
        agreed = self.agreement
        return bool(self.application.get("cohort") or (agreed and (agreed.cohort or agreed.sensitive)))


def answers(use: Use, *, contact: str) -> tuple[tuple[str, str], ...]:
    """What a person would ask of one use, each with its answer."""
    return (
        ("Who got it?", _who(use)),
        ("Did it say who I am?", _whose(use)),
        ("What was in it?", _what(use)),
        ("What is it for?", f"They told us: {quoted(use.application.get('purpose_text') or use.face['purpose'])}."),
        ("Did my opt-out count?", _opt_out(use)),
        ("In which country is it used?", _country(use)),
        ("Is money made with it?", _money(use)),
        ("When does it end?", _end(use)),
        ("What came of it so far?", _results(use)),
        ("Whom can I ask?", f"Ask us: {quoted(contact)}. Tell us the number of this use: {quoted(use.release)}."),
    )


def quoted(text: object) -> str:
    """What others wrote, between quotation marks."""
    return f"“{str(text).strip().rstrip('.')}”"


def _who(use: Use) -> str:
    who, on = quoted(use.recipient), day(use.sent)
    match use.state:
        case ReleaseState.FINISHED:
            return f"{who}. We sent it on {on}."
        case ReleaseState.ABANDONED:
            return f"Nobody. We made it for {who} on {on}, but we did not send the key. Nobody could open it."
        case _:
            return f"Nobody so far. We made it for {who} on {on}. It is not sent yet."


def _whose(use: Use) -> str:
    level = use.face["level"]
    if level == Level.AGGREGATE:
        return "No. You were counted in a table of numbers. No record about you was sent."
    if named := _identifiers(use):
        return f"Yes. It had your {listed(map(quoted, named))}."
    code = any(each["precision"] == "pseudonym" for each in _columns(use))
    instead = " A code took their place. The code is the same each time they get data." if code else ""
    return f"It did not have your name, your home or your NHS number.{instead} It is still data about you."


def _identifiers(use: Use) -> list[str]:
    named = [each for each in _columns(use) if each.get("role") in ("identifier", "person")]
    return [_title(each) for each in named if each["precision"] == Precision.AS_HELD]


def _what(use: Use) -> str:
    titles = [_title(each) + _how_fine(each) for each in _columns(use) if each["precision"] not in UNSAID]
    from_ = f"It came from our data set {quoted(use.dataset)}."
    return f"{from_} It had: {quoted('; '.join(titles))}." if titles else from_


def _columns(use: Use) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = use.face["output"]["columns"]
    return found


def _title(column: Mapping[str, Any]) -> str:
    return str(column.get("title") or column["source"].replace("_", " "))


def _how_fine(column: Mapping[str, Any]) -> str:
    precision = column["precision"]
    return "" if precision == Precision.AS_HELD else f" ({precision})"


def _opt_out(use: Use) -> str:
    applied = _obligation(use, "national-opt-out")
    if applied is None:
        return "We have no note of this."
    if applied["applies"]:
        return (
            "Yes. We left out all those who had opted out by that day. Had you opted out by then, your record would "
            "not have been in it. We keep no note of what you chose."
        )
    return f"No. {_why_not(use, applied)} Your record would be in it if you had opted out, too."


def _why_not(use: Use, applied: Mapping[str, Any]) -> str:
    for rule in applied["provisions"]:
        if rule in _WHY_NOT_BY_RULE:
            return _WHY_NOT_BY_RULE[rule]
    route = use.application.get("route")
    if "NDO-04" in applied["provisions"] and route in _WHY_NOT:
        return _WHY_NOT[Route(route)]
    if any(rule in applied["provisions"] for rule in ("NDO-06", "NDO-07", "NDO-08")):
        return _WHY_NOT_BY_RULE["NDO-05"]
    return f"The reason we noted: {quoted(applied['because'])}."


def _country(use: Use) -> str:
    if use.agreement is None or not use.agreement.territory:
        return "The deal does not name a country."
    return f"In {quoted(listed(use.agreement.territory))}, and in no other. They have promised this."


def _money(use: Use) -> str:
    if use.agreement is None:
        return "There is no deal on our books that says so."
    made = "The deal lets them make money with it." if use.agreement.commercial else "The deal is not for making money."
    funders = use.application.get("funders") or ()
    names = [
        quoted(f"{use.names.get(each['organisation'], each['organisation'])}, {each['business']}") for each in funders
    ]
    return f"{made} Paid for by {listed(names)}." if names else f"{made} They named nobody else who pays for it."


def _end(use: Use) -> str:
    destroy = _obligation(use, "destroy-by")
    until = f"They may use it up to {day(use.agreement.ends)}. " if use.agreement is not None else ""
    gone = f"They must destroy it by {day(dt.date.fromisoformat(destroy['by']))}." if destroy else ""
    return f"{until}{gone}".strip() or "No end was agreed: a table of numbers stays open to all."


def _results(use: Use) -> str:
    hoped = [each.what for each in use.agreement.benefits] if use.agreement is not None else []
    said = "They have not told us yet."
    return f"{said} What they hope for: {quoted('; '.join(hoped))}." if hoped else said


def _obligation(use: Use, kind: str) -> Mapping[str, Any] | None:
    lines = (line["obligation"] for line in use.face["lines"])
    return next((each for each in lines if each["kind"] == kind), None)


def held_words(datasets: Sequence[str]) -> str:
    """Whether the haven holds a record of this number now."""
    if not datasets:
        return (
            "We looked for your NHS number, and we hold no record under it today. Perhaps we never had one. It may "
            "also be that a record of yours came to us with no number, or with a wrong one."
        )
    return f"Yes. We hold a record under your NHS number in {listed(map(quoted, datasets))}."


CANNOT_SEE = (
    "What others do. Your GP, your hospital and others keep data about you too, and may share it. Ask them as well.",
    "What was done with data once it was sent. Those who got it have made promises. We cannot watch them.",
    "Records with no NHS number. We cannot tell whose they are, so they are not in this list.",
    "Records of others that speak of you. A record of a baby may have a code for the mother.",
    "What you chose. We keep no note of it with your name. To see or change your choice, go to “nhs.uk” and look "
    "for “your NHS data matters”, or ask your GP.",
    "Who on our staff looked at your record. That is in another list, and you can ask us for it.",
)


PARTIAL = (
    "There may be more uses. Here we leave out those whose name could say something about health, for each person that "
    "someone acts for. The person can see them."
)
"""What is told to who looks in another's place, whether anything was left out or not."""


def unknown_words(releases: Sequence[str]) -> Iterator[str]:
    """What is said of releases of which no tags were made, or of which the haven no longer knows what they were."""
    if releases:
        yield f"There are old uses of which we cannot tell if your record was in them: {quoted(', '.join(releases))}."
