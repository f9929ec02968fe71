"""A decision for a page: question by question, each finding with its provisions, the facts used and those missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openhaven.law import Turning
from openhaven.law.algebra import Question
from openhaven.law.explaining import (
    ASKS,
    HOW_KNOWN,
    WHO,
    in_words,
    reason,
    sentence,
    what_next,
    what_would_change_it,
    who_decides,
)
from openhaven.law.explaining import cited as cited_in_words
from openhaven.law.plainly import day, listed
from openhaven.model.decision import Answer, Decision, Effect, Finding, Settled, Verdict

OUTCOMES = {
    Verdict.PERMIT: "It can be released, provided that everything listed below is done.",
    Verdict.REFUSE: "The law refuses it as it stands.",
    Verdict.REFER: "A person has to decide.",
}
VERDICTS = {
    Verdict.PERMIT: ("Permitted, with conditions", "green"),
    Verdict.REFUSE: ("Refused", "red"),
    Verdict.REFER: ("For a person", "yellow"),
}
ONCE_AGREED = {
    Verdict.PERMIT: (
        ("Not before an agreement", "yellow"),
        "Only an agreement is missing, which is drawn up once the use is approved. Until both sides have signed it, "
        "the law refuses a release.",
    ),
    Verdict.REFER: (
        ("For a person", "yellow"),
        "A person has to decide. An agreement is drawn up after that. Until both sides have signed it, the law "
        "refuses a release.",
    ),
}
"""Where the law refuses only until an agreement is signed: by what it would say then."""
WITH_AGREEMENT = (
    "Nothing has to be asked for again: it is decided once more when both sides have signed the agreement.",
    "If you think this is wrong, ask for a review, and say why.",
)
TAGS = {Answer.MET: ("Yes", "green"), Answer.NOT_MET: ("No", "red"), Answer.REFERRED: ("For a person", "yellow")}
EFFECTS = {
    Effect.PERMIT: "Yes",
    Effect.REFER: "For a person",
    Effect.FORBID: "No",
    Effect.FAILED: "Could not be settled, so no",
}
_FIRST = (Answer.NOT_MET, Answer.REFERRED, Answer.MET)


def explained(
    decision: Decision, turning: Turning | None = None, *, agreed: Verdict | None = None
) -> Mapping[str, Any]:
    """What a page says of a decision: what stands in the way comes first. `agreed` is what the law would say with the
    agreement that is signed later."""
    tag, outcome = VERDICTS[decision.verdict], OUTCOMES[decision.verdict]
    if agreed in ONCE_AGREED:
        tag, outcome = ONCE_AGREED[agreed]
    questions = sorted(map(_question, decision.questions), key=lambda each: _FIRST.index(each["answer"]))
    return {
        "tag": dict(zip(("text", "colour"), tag, strict=True)),
        "outcome": outcome,
        "on": day(decision.on),
        "ruleset": decision.ruleset,
        "questions": questions,
        "known": HOW_KNOWN,
        "obligations": [in_words(each) for each in decision.obligations],
        "decides": WHO[agreed if agreed in ONCE_AGREED else decision.verdict],
        "who": [sentence(each) for each in who_decides(decision)],
        "missing": [sentence(each) for each in what_would_change_it(decision)],
        "turns": [each.words for each in turning.better] if turning else [],
        "next": WITH_AGREEMENT if agreed in ONCE_AGREED else what_next(decision),
    }


def _question(settled: Settled) -> dict[str, Any]:
    text, colour = TAGS[settled.answer]
    return {
        "asks": ASKS[Question(settled.question)],
        "answer": settled.answer,
        "tag": {"text": text, "colour": colour},
        "findings": [_finding(each) for each in settled.findings],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "effect": EFFECTS[found.effect],
        "because": reason(found),
        "provisions": [cited_in_words(id) for id in found.provisions],
        "used": listed(found.used) if found.used else "",
        "missing": [sentence(each) for each in found.missing],
        "who": found.who,
    }
