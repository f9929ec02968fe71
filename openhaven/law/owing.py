"""What those owe who get data, made of what a record says: its conditions, its day of review, where data may lie."""

import datetime as dt
from functools import cache

from openhaven.model.obligation import Conditions, KeptAt, Obligation, Review, UsedIn, UseUntil, Within
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.kinds import KINDS, Record
from openhaven.model.record.organisations import Organisation

from .case import Case
from .plainly import day
from .words import SAFEGUARDS, WORDS

_WORDS = {kind: name for name, kind in KINDS.items()}


def reviewed(kind: type[Record], id: str, by: dt.date, provision: str) -> tuple[Obligation, ...]:
    """That a record of that kind and id, on which a decision rests, is reviewed by its day."""
    because = f"The decision rests on {id}, which is due for review on {day(by)}."
    return (Review(provisions=(provision,), because=because, record=id, what=_WORDS[kind], by=by),)


def conditional(id: str, set_by: str, conditions: tuple[str, ...], provision: str) -> tuple[Obligation, ...]:
    """That each condition is kept which that record sets; nothing where it sets none."""
    if not conditions:
        return ()
    stated = tuple(filter(None, (each.strip().rstrip(".") for each in conditions)))
    if not stated:
        return ()
    because = f"{id} says yes on these conditions."
    return (Conditions(provisions=(provision,), because=because, record=id, set_by=set_by, conditions=stated),)


@cache
def tied_to(article_9: str) -> tuple[Obligation, ...]:
    """What a condition of Article 9 is tied to, which the law itself sets as a condition; nothing where it is none."""
    tied = SAFEGUARDS.get(article_9)
    if tied is None:
        return ()
    because = f"{article_9 if article_9.startswith('Schedule') else f'Article {article_9}'} is tied to them."
    by, id = "data protection law", tied.provision
    return (Conditions(provisions=(id,), because=because, record=id, set_by=by, conditions=tied.conditions),)


def standard(id: str) -> tuple[Obligation, ...]:
    """What is asked of everybody who has support, here that of this id."""
    by, because = "the standard conditions of support", f"{id} is support, and they go with it."
    return (Conditions(provisions=("LAW-29",), because=because, record=id, set_by=by,
                       conditions=WORDS.support_conditions),)  # fmt: skip


@cache
def restricted(months: int) -> tuple[Obligation, ...]:
    """What regulation 7 asks of everybody who gets rows under the Regulations, with its review after so many months."""
    because, by = "Whoever processes under the 2002 Regulations keeps to their regulation 7.", "regulation 7"
    looked = f"whether it is still needed, and how much of it, is looked at again at least every {months} months"
    stated = (*WORDS.regulation_7, looked)
    return (Conditions(provisions=("LAW-26",), because=because, record="LAW-26", set_by=by, conditions=stated),)


def placed(case: Case, agreement: Agreement) -> tuple[Obligation, ...]:
    """Where the agreement lets the data be used and kept, and how; nothing of what it does not state."""
    because, found = f"{agreement.id} says so.", list[Obligation]()
    if agreement.setting is not None:
        found.append(UsedIn(provisions=("DARS-11",), because=because, access=agreement.setting))
    if agreement.storage:
        storage, processors = _coded(case, agreement.storage), _coded(case, agreement.processors)
        found.append(KeptAt(provisions=("DARS-11",), because=because, storage=storage, processors=processors))
    if agreement.territory:
        found.append(Within(provisions=("DARS-11",), because=because, territories=agreement.territory))
    return tuple(found)


def _coded(case: Case, ids: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each organisation with its ODS code, empty where it is not of record."""
    return tuple([(id, of.ods if (of := case.sole(Organisation, id)) else "") for id in ids]) if ids else ()


def kept_until(id: str, until: dt.date) -> Obligation:
    """That data is used until the last day of the agreement of that id, or of what it rests on."""
    because = f"{id} ends on {day(until)}."
    return UseUntil(provisions=("DARS-11",), because=because, until=until)
