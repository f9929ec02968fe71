"""Who pays by a paper, or has somebody act for it, and is not declared by the application.

A payer shows in the agreement, in the five principles weighed, in support, and in what a committee or the Authority
gave; for whom an organisation acts shows in its own record. What is declared is compared by id, name or code."""

from typing import NamedTuple

from openhaven.model.record.agreement import Agreement, Partnership
from openhaven.model.record.approvals import Opinion, Support
from openhaven.model.record.organisations import Organisation

from .bodies import spelt
from .case import Case, Register, kept
from .flow import given, hands, receiving
from .reading import bare

Paper = Agreement | Partnership | Opinion | Support


class Payer(NamedTuple):
    """Who pays, as a paper says it."""

    paper: str
    name: str


class Client(NamedTuple):
    """For whom somebody acts who has the data in hand: its name where it is on record, else as it is called there."""

    agent: Organisation
    said: str
    name: str


def undeclared(case: Case) -> list[Payer]:
    """The payers of papers whom the application does not declare, as each paper calls them."""
    papers = [each for each in _papers(case) if each.paid_by]
    if not papers:
        return []
    payers = [Payer(each.id, name) for each in papers for name in each.paid_by if bare(name)]
    return [each for each in payers if _spellings(case, each.name).isdisjoint(_declared(case))]


def acting_for(case: Case) -> list[Client]:
    """For whom those act who will have the data, unless the application declares it or it is theirs already."""
    found = [(party, said) for party in hands(case) if party.acts_for for said in party.acts_for]
    if not found:
        return []
    known = _declared(case).union(*(_spellings(case, id) for id in given(case).asked))
    return [
        Client(party, said, next((each.name for each in spelt(case, said)), said))
        for party, said in found
        if _spellings(case, said).isdisjoint(known)
    ]


def _papers(case: Case) -> list[Paper]:
    of, having = case.application.agreement, case.facts.having
    found: list[Paper] = [] if case.agreement is None else [case.agreement]
    found += having(Partnership, "agreement", of)
    found += having(Opinion, "agreements", of)
    found += case.relied_on(Support)
    return found


@kept
def _declared(case: Case) -> frozenset[str]:
    """Who is declared to pay, and who asks and receives, by every spelling."""
    names = (*(each.organisation for each in case.application.funders), *receiving(case))
    return frozenset().union(*(_spellings(case, each) for each in names))


def _spellings(case: Register, name: str) -> frozenset[str]:
    """However whoever is called so is called, by letters and digits alone."""
    if not bare(name):
        return frozenset()
    said = [name, *(text for each in spelt(case, name) for text in (each.id, each.name, each.ods))]
    return frozenset(map(bare, said)) - {""}
