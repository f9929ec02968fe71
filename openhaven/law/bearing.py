"""How a record bears on a decision: for it, against it, or as an answer that may be a no. Every kind has a type.

A record for it, taken away, never improves a verdict; one against it, added, never does; an answer, turned from yes to
no, never does. The tests of the law try all three, and a kind that is not listed here fails them."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from openhaven.model.record.advice import Advice, Classification, Recommendation
from openhaven.model.record.agreement import Agreement, Partnership
from openhaven.model.record.approvals import Exemption, Opinion, Requirement, Support, TerritoryAuthority
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice, Objection
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.data_protection import Assessment, DataProtectionDocument, Notice
from openhaven.model.record.description import Description
from openhaven.model.record.kinds import Record
from openhaven.model.record.organisations import Accreditation, Breach, Organisation

from .assurance import takes_back
from .speaking import mention
from .words import WORDS


class Bearing(StrEnum):
    """What a record can do to a verdict."""

    SUPPORTING = "supporting"
    ADVERSE = "adverse"
    ANSWER = "an answer that is a no"


def bearing(record: Record) -> Bearing:
    """How this record bears on a decision. Raises KeyError for a kind that has no type."""
    return BEARINGS[type(record)](record)


def _supporting(_: Record) -> Bearing:
    return Bearing.SUPPORTING


def _adverse(_: Record) -> Bearing:
    return Bearing.ADVERSE


def _organisation(each: Organisation) -> Bearing:
    """That a body is of record helps; that its business is insurance or marketing, or is done for others, is held
    against whom it pays for. Who owns it, and for whom it acts, is an answer that may be held against it."""
    trades = (*WORDS.insurance, *WORDS.marketing, *WORDS.acts_for_others.words)
    if mention((each.name, *each.business, *each.bodies), trades):
        return Bearing.ADVERSE
    return Bearing.ANSWER if each.owners or each.acts_for else Bearing.SUPPORTING


def _accreditation(each: Accreditation) -> Bearing:
    """A status that takes back what was said before is held against those who have it."""
    return Bearing.ADVERSE if takes_back(each.scheme, each.status) else Bearing.SUPPORTING


def _authority(each: Authority) -> Bearing:
    """A no is an answer too: the data of who declines is left out, and that of the others may leave."""
    return Bearing.ANSWER if each.says is Say.DECLINES else Bearing.SUPPORTING


def _recommendation(each: Recommendation) -> Bearing:
    return Bearing.ADVERSE if each.says is Advice.OPPOSES else Bearing.SUPPORTING


def _assessment(each: Assessment) -> Bearing:
    return Bearing.ANSWER if each.high_residual_risk else Bearing.SUPPORTING


def _partnership(each: Partnership) -> Bearing:
    return _paper(each) if all(principle.met for principle in each.principles) else Bearing.ANSWER


def _paper(each: Support | Opinion | Partnership) -> Bearing:
    """A paper that says who pays is held against a use that does not declare them."""
    return Bearing.ANSWER if each.paid_by else Bearing.SUPPORTING


BEARINGS: Mapping[type, Callable[[Any], Bearing]] = MappingProxyType(
    {
        Organisation: _organisation,
        Support: _paper,
        Requirement: _supporting,
        ConsentMaterial: _supporting,
        ConsulteeAdvice: _supporting,
        Exemption: _supporting,
        Objection: _adverse,
        DataProtectionDocument: _supporting,
        TerritoryAuthority: _supporting,
        Classification: _supporting,
        Agreement: _supporting,
        Accreditation: _accreditation,
        Authority: _authority,
        Hold: _adverse,
        Breach: _adverse,
        Assessment: _assessment,
        Opinion: _paper,
        Recommendation: _recommendation,
        Partnership: _partnership,
        Notice: _supporting,
        Description: _supporting,
    }
)
