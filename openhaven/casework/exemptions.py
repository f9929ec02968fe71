"""What may be left out of the copy that a person gets of their data, each with its provision; who is told, and who not.

Professionals who treated the person are not left out. What was left out is told by its kind and its exemption, never by
its content; and where saying so would itself do the harm, it is not told at all."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openhaven.law.answering import opinion_counts_until
from openhaven.law.numbers import NONE_CHOSEN
from openhaven.model.errors import BadInput


class Regime(StrEnum):
    """The law under which a copy is given: of somebody who lives, or of somebody who has died (SAR-07)."""

    LIVING = "UK GDPR, Article 15"
    DEAD = "Access to Health Records Act 1990"


@dataclass(frozen=True, slots=True)
class Exemption:
    """One ground for leaving something out. `told` are the words for the person. `opinion`: a health professional has
    to have said so, not long ago. `silent`: it may be left out without a word."""

    id: str
    title: str
    provision: str
    told: str
    regime: Regime = Regime.LIVING
    opinion: bool = False
    silent: bool = False


_SCHEDULE_3 = "Data Protection Act 2018, Schedule 3, Part 2"
_ACT_1990 = "Access to Health Records Act 1990"

EXEMPTIONS: Mapping[str, Exemption] = {
    each.id: each
    for each in (
        Exemption(
            "others",
            "it is about somebody else, who did not agree",
            "Data Protection Act 2018, Schedule 2, Part 3",
            "It tells of someone else, who has not said that you may see it.",
        ),
        Exemption(
            "serious-harm",
            "it would be likely to cause serious harm to somebody's health",
            f"{_SCHEDULE_3}, paragraph 5",
            "A health worker thinks that it would do serious harm to someone.",
            opinion=True,
            silent=True,
        ),
        Exemption(
            "court",
            "a court processes it",
            f"{_SCHEDULE_3}, paragraph 3",
            "It is in the hands of a court.",
            silent=True,
        ),
        Exemption(
            "expectations",
            "the person did not expect that who acts for them would see it, or does not want it",
            f"{_SCHEDULE_3}, paragraph 4",
            "The person it is about did not want it shown to someone else.",
            silent=True,
        ),
        Exemption(
            "research",
            "it is held for research or statistics alone, which this would seriously impair",
            "Data Protection Act 2018, Schedule 2, Part 6, paragraph 27",
            "It is kept for a study, and to show it would spoil the study.",
        ),
        Exemption(
            "excessive",
            "the request is manifestly unfounded or excessive",
            "UK GDPR, Article 12(5)",
            "You have had the same from us a short time ago.",
        ),
        Exemption(
            "dead-did-not-want",
            "the person who died asked in their life that it not be shown",
            f"{_ACT_1990}, sections 4(3) and 5(3)",
            "They did not want it shown.",
            regime=Regime.DEAD,
            silent=True,
        ),
        Exemption(
            "dead-harm",
            "it would be likely to cause serious harm to somebody's health",
            f"{_ACT_1990}, section 5(1)(a)(i)",
            "A health worker thinks that it would do serious harm to someone.",
            regime=Regime.DEAD,
            opinion=True,
            silent=True,
        ),
        Exemption(
            "dead-others",
            "it is about somebody else, or came from them, who did not agree",
            f"{_ACT_1990}, section 5(1)(a)(ii)",
            "It tells of someone else, who has not said that you may see it.",
            regime=Regime.DEAD,
        ),
        Exemption(
            "dead-claim",
            "it has no bearing on the claim that arises from the death",
            f"{_ACT_1990}, section 5(4)",
            "It has to do with other things than your claim.",
            regime=Regime.DEAD,
        ),
        Exemption(
            "dead-early",
            "it was made before 1 November 1991, and is not needed to understand what is shown",
            f"{_ACT_1990}, section 5(1)(b)",
            "It was written before November 1991.",
            regime=Regime.DEAD,
        ),
    )
}
"""SAR-05 and SAR-07; which paragraph says which is in part from memory, as the provisions say."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """That a health professional finds that showing it would likely do serious harm: who, and on which day."""

    by: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is left out of a copy: of one dataset, these fields of these records; no fields are all fields,
    no records all records. `records` are references as the preview shows them (delivery/row). `silent`: the person is
    not told, where the exemption lets that be."""

    dataset: str
    exemption: str
    because: str
    fields: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    opinion: Opinion | None = None
    silent: bool = False

    def __post_init__(self) -> None:
        if self.exemption not in EXEMPTIONS:
            raise BadInput(f"{self.exemption!r} is no exemption", todo=f"Exemptions: {', '.join(EXEMPTIONS)}.")
        if not self.because.strip():
            raise BadInput("say why this exemption applies here")
        known = EXEMPTIONS[self.exemption]
        if known.opinion and (self.opinion is None or not self.opinion.by.strip()):
            raise BadInput("this exemption needs the opinion of a health professional: who, and when")
        if self.silent and not known.silent:
            raise BadInput("under this exemption the person is told that something was left out")

    @property
    def known(self) -> Exemption:
        """The exemption."""
        return EXEMPTIONS[self.exemption]


def check_left_out(left: LeftOut, *, regime: Regime, on: dt.date, chosen: Mapping[str, int] = NONE_CHOSEN) -> None:
    """Raises BadInput where the exemption is of another law, or the opinion is not yet given or too old (SAR-05)."""
    if left.known.regime is not regime:
        raise BadInput(f"this exemption is not one under the {regime}")
    if left.opinion is not None:
        if left.opinion.on > on:
            raise BadInput(f"the opinion is of {left.opinion.on}, which is to come")
        if opinion_counts_until(left.opinion.on, chosen=chosen) < on:
            raise BadInput(f"the opinion of {left.opinion.on} is too old", todo="Ask for a new one.")
