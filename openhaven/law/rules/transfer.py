"""Where will the data be? Everybody in whose hands it comes says so on record, it is nowhere but where that was agreed,
and what leaves the United Kingdom is transferred."""

from typing import NamedTuple

from openhaven.model.decision import Finding
from openhaven.model.record.data_protection import DataProtectionDocument
from openhaven.model.record.organisations import Organisation

from ..algebra import Question, forbid, permit, refer, rule
from ..bodies import each_titled, titled
from ..case import Case, Standing, kept, of_standing
from ..countries import adequacy, is_home, lies_in
from ..evidence import Weighed, faults_of_seen, weigh
from ..flow import ROWS, in_hand
from ..owing import reviewed
from ..plainly import day, listed, many
from ..words import WORDS

OFFICER = "the data protection officer"
TO_COVERED, TO_OTHERS = WORDS.transfer_documents
"""What is asked for of a transfer to where adequacy regulations reach, and of one to anywhere else."""


class Places(NamedTuple):
    """Of those in whose hands the data will be: who is nobody knows where; who is where it was not agreed, and where
    that is; and who takes it out of the United Kingdom, and where to."""

    unknown: tuple[str, ...]
    outside: tuple[tuple[str, str], ...]
    abroad: tuple[tuple[str, str], ...]


@rule(Question.TERRITORY, "DARS-04", "DARS-11", from_="2013-04-01", when=ROWS)
def where_the_data_will_be_is_on_record(case: Case) -> Finding | None:
    """Applicant, recipient, processors and places of storage each say on record in which country they are. Nobody is
    taken to be in England because nothing says otherwise."""
    unknown = _places(case).unknown
    if not unknown:
        return None
    return forbid(
        f"Nothing on record says in which country {each_titled(case, unknown)} {many(unknown, 'is', 'are')}, and so "
        "where the data would be.",
        missing=[f"an organisation record of {titled(case, id)} that states its country" for id in unknown],
    )


@rule(Question.TERRITORY, "DARS-11", from_="2013-04-01", when=ROWS)
def data_is_nowhere_but_where_it_was_agreed(case: Case) -> Finding | None:
    """Whoever has the data in hand is within the territory of use that the agreement states."""
    outside, agreement = _places(case).outside, case.agreement
    if agreement is None or not outside:
        return None
    return forbid(
        f"{agreement.id} lets the data be used in {listed(agreement.territory)}, and {_said(case, outside)}.",
        missing=["an agreement whose territory holds everybody who has the data in hand, or one without them"],
        used=[agreement.id, *(id for id, _ in outside)],
    )


@rule(Question.TERRITORY, "DARS-04", from_="2013-04-01", to="2018-05-24", when=ROWS)
def use_abroad_was_for_a_person(case: Case) -> Finding | None:
    """Before the Regulation too a person judged whether data may be used outside the United Kingdom."""
    abroad = _places(case).abroad
    if not abroad:
        return None
    return refer(
        f"Data would leave the United Kingdom: {_said(case, abroad)}.",
        who=OFFICER,
        missing=["the ground of the transfer, and its safeguards"],
        used=[id for id, _ in abroad],
    )


@rule(Question.TERRITORY, "TRANSFER-01", "DARS-04", from_="2018-05-25", when=ROWS)
def what_leaves_the_united_kingdom_is_transferred(case: Case) -> Finding | None:
    """Data used or kept abroad is transferred. Whether adequacy regulations or safeguards carry that is for a person,
    whose assessment is on record for each that has the data abroad; without it the question is the officer's."""
    abroad = _places(case).abroad
    if not abroad:
        return None
    found = {one: _documents(case, one) for one in abroad}
    without = [one for one, weighed in found.items() if not weighed.fits]
    if without:
        return _for_the_officer(case, without)
    rests = {one: weighed.fits[0] for one, weighed in found.items()}
    return permit(
        lambda: "; ".join(f"{titled(case, id)} is in {place}, on {rests[id, place].id}" for id, place in abroad) + ".",
        used=[id for one, each in rests.items() for id in (one[0], each.id)],
        obligations=[
            one
            for each in dict.fromkeys(rests.values())
            for one in reviewed(DataProtectionDocument, each.id, each.review, "TRANSFER-01")
        ],
    )


def needed_for(place: str, case: Standing) -> str:
    """The document that a transfer to that place rests on."""
    return TO_OTHERS if adequacy(place, case.on) is None else TO_COVERED


def transfers(case: Case) -> tuple[tuple[str, str], ...]:
    """For everybody who takes the data out of the United Kingdom, the document that this rests on."""
    return tuple((id, needed_for(place, case)) for id, place in _places(case).abroad)


def _for_the_officer(case: Case, without: list[tuple[str, str]]) -> Finding:
    covered = {place: adequacy(place, case.on) for _, place in without}
    reach = "; ".join(
        f"no adequacy regulations cover every recipient in {place}"
        if each is None
        else f"adequacy regulations cover {place} ({each.title}, to be confirmed)"
        for place, each in covered.items()
    )
    faults = [fault for one in without for fault in _documents(case, one).faults]
    return refer(
        f"Data would leave the United Kingdom: {_said(case, tuple(without))}; {reach}."
        f"{f' On record: {listed(faults)}.' if faults else ''}",
        who=OFFICER,
        missing=[
            f"a document of record, {needed_for(place, case)}, of {titled(case, id)} for {place}, seen by a named "
            f"person and in date on {day(case.on)}"
            for id, place in without
        ],
        used=[id for id, _ in without],
    )


def _said(case: Case, where: tuple[tuple[str, str], ...]) -> str:
    return listed(f"{titled(case, id)} would have it in {place}" for id, place in where)


@kept
def _places(case: Case) -> Places:
    agreement = case.agreement
    territory = () if agreement is None else agreement.territory
    return _placed(case, (in_hand(case), territory, case.application.recipient))


@of_standing
def _placed(case: Standing, asked: tuple[tuple[str, ...], tuple[str, ...], str]) -> Places:
    ids, territory, recipient = asked
    unknown, outside, abroad = list[str](), list[tuple[str, str]](), list[tuple[str, str]]()
    for id in ids:
        body = case.sole(Organisation, id)
        place = "" if body is None else body.country.strip()
        if not place:
            unknown.append(id)
            continue
        if territory and not lies_in(place, territory):
            outside.append((id, place))
        if not is_home(place):
            abroad.append((id, place))
    taken = {place for _, place in abroad}
    abroad += [(recipient, each) for each in territory if not is_home(each) and not _holds(each, taken)]
    return Places(tuple(unknown), tuple(outside), tuple(abroad))


def _holds(territory: str, places: set[str]) -> bool:
    """Whether one of these places lies in the territory: then it is looked at as the place that it is."""
    return any(lies_in(place, (territory,)) for place in places)


def _documents(case: Case, where: tuple[str, str]) -> Weighed[DataProtectionDocument]:
    id, place = where
    every = case.facts.having(DataProtectionDocument, "organisation", id)
    about = [each for each in every if each.what == needed_for(place, case)]
    return weigh(sorted(about, key=lambda each: each.id), lambda each: _faults(case, each))


def _faults(case: Case, each: DataProtectionDocument) -> list[str]:
    checks = (
        (case.on < each.starts, f"starts only on {day(each.starts)}"),
        (case.on > each.review, f"was due for review on {day(each.review)}"),
        (case.application.purpose not in each.purposes, f"is not about {case.application.purpose}"),
    )
    return [words for wrong, words in checks if wrong] + faults_of_seen(case, each.seen)
