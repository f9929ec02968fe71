"""Who gives, who receives, who else has it in hand, and who is no public body. Worked out once for a case."""

from typing import NamedTuple

from openhaven.model.record import Authority, Organisation, Say
from openhaven.model.words import Level, Purpose, Route

from .case import Case
from .evidence import classification, faults_of_seen
from .words import WORDS, is_one_of

ROWS = (Level.IDENTIFIABLE, Level.DE_IDENTIFIED)
TABLES = Level.AGGREGATE
REQUIRED = (Route.STATUTORY_DUTY, Route.COURT_ORDER)
NOT_RESEARCH = tuple(purpose for purpose in Purpose if purpose is not Purpose.RESEARCH)


class Given(NamedTuple):
    """The controllers of live data: who gives, who declined, who has not answered, whom the agreement leaves out."""

    yes: tuple[str, ...]
    declined: tuple[str, ...]
    silent: tuple[str, ...]
    unnamed: tuple[str, ...]
    used: tuple[str, ...]

    @property
    def asked(self) -> tuple[str, ...]:
        """All that answer for live data under the agreement, whatever they said: what is asked of them does not fall
        away because one of them declines, since a no never makes a use easier."""
        return tuple(sorted((*self.yes, *self.declined, *self.silent)))


def given(case: Case) -> Given:
    """What the controllers said. One that the agreement does not name gives nothing under it, and is not asked."""
    return case.kept("given", lambda: _given(case))


def _given(case: Case) -> Given:
    found: dict[Say | None, list[str]] = {Say.YES: [], Say.DECLINES: [], None: []}
    agreement, used = case.agreement, list[str]()
    live = sorted(set(case.facts.controllers))
    named = live if agreement is None else [name for name in live if name in agreement.controllers]
    for name in named:
        said = [each for each in case.facts.having(Authority, "controller", name) if _carries(case, each)]
        found[_word(said)].append(name)
        used += [each.id for each in said]
    unnamed = tuple(name for name in live if name not in named)
    yes, declined, silent = (tuple(found[word]) for word in (Say.YES, Say.DECLINES, None))
    return Given(yes, declined, silent, unnamed, tuple(sorted(used)))


def _word(said: list[Authority]) -> Say | None:
    """A no outweighs a yes; nothing said is silence."""
    if any(each.says is Say.DECLINES for each in said):
        return Say.DECLINES
    return Say.YES if said else None


def _carries(case: Case, authority: Authority) -> bool:
    ask = case.application
    return (
        authority.dataset == ask.dataset
        and authority.application in ("", ask.id)
        and (not authority.purposes or ask.purpose in authority.purposes)
        and case.in_force(authority.starts, authority.ends)
        and not faults_of_seen(case, authority.seen)
    )


def receiving(case: Case) -> tuple[str, ...]:
    """The ids of applicant and recipient, each once."""
    return tuple(sorted({case.application.applicant, case.application.recipient}))


def in_hand(case: Case) -> tuple[str, ...]:
    """The ids of all in whose hands the data will be: applicant, recipient, processors and places of storage."""
    agreement = case.agreement
    more = () if agreement is None else (*agreement.processors, *agreement.storage)
    return tuple(sorted({*receiving(case), *more}))


def sites(case: Case) -> tuple[str, ...]:
    """The ids of everybody who holds the data: those that answer for it and those in whose hands it will be."""
    return tuple(sorted({*given(case).asked, *in_hand(case)}))


def outsiders(case: Case) -> tuple[str, ...]:
    """Who is no public body of record among applicant, recipient and those who pay. A charity of record that carries on
    no business may pay. What an applicant says of them does not count, so one that is not on record is an outsider."""
    return case.kept("outsiders", lambda: _outsiders(case))


def _outsiders(case: Case) -> tuple[str, ...]:
    parties = [each.name for each in case.parties if not _public(each)]
    return tuple(sorted({*parties, *_who_pays_and_may_gain(case)}))


def commercial(case: Case) -> bool:
    """Whether anybody stands to gain commercially (DARS-07): the agreement says so, a party that is no public body has
    a business of record, or somebody pays who is not known to gain nothing."""
    agreement = case.agreement
    if agreement is not None and agreement.commercial:
        return True
    return any(each.business and not _public(each) for each in case.parties) or bool(_who_pays_and_may_gain(case))


def _who_pays_and_may_gain(case: Case) -> list[str]:
    return [each.organisation for each in case.application.funders if not _gains_nothing(case, each.organisation)]


def _gains_nothing(case: Case, name: str) -> bool:
    """Whether organisations of that id or name are on record, each a public body or a charity without a business."""
    known = {*case.facts.called(Organisation, name), *case.facts.having(Organisation, "name", name)}
    return bool(known) and all(_public(each) or _charity(each) for each in known)


def _public(organisation: Organisation) -> bool:
    return is_one_of(organisation.bodies, WORDS.public_bodies)


def _charity(organisation: Organisation) -> bool:
    return not organisation.business and is_one_of(organisation.bodies, WORDS.charities)


def confidential(case: Case) -> bool:
    """Whether confidential patient information leaves: rows, unless a named person found otherwise for this kind."""
    level = case.application.level
    return level is Level.IDENTIFIABLE or (level is not TABLES and classification(case) is None)
