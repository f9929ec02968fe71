"""Who answers and who receives: each controller's authority, the signed agreement, the recipient of record."""

import datetime as dt

from openhaven.model.decision import Finding
from openhaven.model.obligation import DestroyBy, EncryptTo, Obligation, OnlyControllers, Replace
from openhaven.model.record import Agreement, Authority, Breach, Say

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case
from ..evidence import faults_of_seen
from ..plainly import day, listed, years_after

OPERATOR = "the operator's senior responsible person"


@rule(Question.AUTHORITY, "LAW-31", "DARS-04", from_="2013-04-01")
def every_controller_has_answered(case: Case) -> Finding | None:
    """A controller of live data with no authority of record refuses by its silence; so does a haven with no data."""
    if not case.facts.controllers:
        return forbid(f"No controller has live data in {case.application.dataset}.", missing=["a delivery"])
    silent = [name for name in sorted(set(case.facts.controllers)) if _said(case, name) is None]
    if not silent:
        return None
    return forbid(
        f"No authority for this is on record of {listed(silent)}, and silence is a no.",
        missing=[f"the authority of {name}, standing or for {case.application.id}" for name in silent],
    )


@rule(Question.AUTHORITY, "LAW-31", "DARS-04", from_="2013-04-01")
def controllers_give_their_own_data(case: Case) -> Finding | None:
    """Data leaves of the controllers that said yes; those that decline are left out and named."""
    said = {name: _said(case, name) for name in sorted(set(case.facts.controllers))}
    yes = tuple(name for name, word in said.items() if word is Say.YES)
    declined = tuple(name for name, word in said.items() if word is Say.DECLINES)
    used = sorted(each.id for each in _authorities(case) if each.controller in said)
    if not yes:
        return (
            forbid("Every controller declines.", missing=["the authority of a controller"], used=used)
            if declined
            else None
        )
    left_out = f" {listed(declined)} declined and is left out." if declined else ""
    because = f"{listed(yes)} gave authority.{left_out}"
    only = OnlyControllers(provisions=("LAW-31",), controllers=yes, declined=declined, because=because)
    return permit(because, used=used, obligations=[only])


@rule(Question.AGREEMENT, "DARS-10", "DARS-11", "DARS-03", from_="2013-04-01")
def a_signed_agreement_is_in_force(case: Case) -> Finding | None:
    """Signed, in force on the day, with this recipient, for this purpose, dataset and level."""
    ask, agreement = case.application, case.agreement
    wanted = (
        f"an agreement with {ask.recipient}, signed and in force on {day(case.on)}, for {ask.purpose}, "
        f"{ask.dataset}, {ask.level}"
    )
    if agreement is None:
        named = (
            f"The agreement {ask.agreement} is not on record."
            if ask.agreement
            else "The application names no agreement."
        )
        return forbid(named, missing=[wanted])
    if faults := _faults_of_agreement(case, agreement):
        return forbid(f"{agreement.id} {listed(faults)}.", missing=[wanted], used=[agreement.id])
    return None


@rule(Question.AGREEMENT, "DARS-10", "DARS-11", "DARS-13", "ANON-07", from_="2013-04-01")
def the_agreement_binds_the_recipient(case: Case) -> Finding | None:
    """An agreement in force permits, and says when the data is destroyed and what a refresh replaces."""
    agreement = case.agreement
    if agreement is None or _faults_of_agreement(case, agreement):
        return None
    used = [agreement.id, *(former.id for former in case.facts.former if former.agreement == agreement.id)]
    return permit(
        f"{agreement.id} is signed and in force until {day(agreement.ends)}.",
        used=used,
        obligations=[_destroyed(agreement), *_replaced(case, agreement)],
    )


@rule(Question.AGREEMENT, "DARS-08", from_="2019-01-01")
def a_long_term_is_for_a_person(case: Case) -> Finding | None:
    """An agreement longer than the ordinary longest term is for a person to judge."""
    agreement, years = case.agreement, case.number("agreement-term-years")
    if agreement is None or agreement.ends < years_after(agreement.starts, years):
        return None
    return refer(
        f"{agreement.id} runs from {day(agreement.starts)} to {day(agreement.ends)}, longer than {years} years.",
        who=OPERATOR,
        missing=["why the term is longer"],
        used=[agreement.id],
    )


@rule(Question.RECIPIENT, "DARS-03", "SEC-01", from_="2016-07-06")
def applicant_and_recipient_are_of_record(case: Case) -> Finding | None:
    """Both are organisations of record, and the recipient has a key to which data is encrypted."""
    ask, recipient = case.application, case.recipient
    known = {party.id for party in case.parties}
    unknown = [id for id in sorted({ask.applicant, ask.recipient}) if id not in known]
    if unknown or recipient is None:
        return forbid(
            f"{listed(unknown)} is not an organisation of record.",
            missing=[f"an organisation record of {id}" for id in unknown],
        )
    if not recipient.age_key.startswith("age1"):
        return forbid(
            f"{recipient.name} has no key of record, so nothing can be encrypted to it.",
            missing=[f"the public key (age1…) of {recipient.name}"],
            used=[recipient.id],
        )
    sealed = EncryptTo(
        provisions=("SEC-01",),
        recipient=recipient.id,
        age_key=recipient.age_key,
        because=f"Only {recipient.name} can open the package.",
    )
    return permit(
        f"{recipient.name} is an organisation of record with a key.", used=sorted(known), obligations=[sealed]
    )


@rule(Question.RECIPIENT, "DARS-14", from_="2013-04-01")
def an_open_breach_stops_supply(case: Case) -> Finding | None:
    """Nothing is given to an applicant or recipient with a breach that nobody has closed."""
    parties = (case.application.applicant, case.application.recipient)
    found = sorted(
        (each for each in case.facts.every(Breach) if each.organisation in parties and _open(case, each)),
        key=lambda each: each.id,
    )
    if not found:
        return None
    said = listed(f"{each.id} of {day(each.on)} ({each.organisation}: {each.what})" for each in found)
    return forbid(
        f"A breach is open: {said}.",
        missing=["the closing of the breach by a person"],
        used=[each.id for each in found],
    )


def _authorities(case: Case) -> list[Authority]:
    ask = case.application
    return [
        each
        for each in case.facts.every(Authority)
        if each.dataset == ask.dataset
        and each.application in ("", ask.id)
        and (not each.purposes or ask.purpose in each.purposes)
        and case.in_force(each.starts, each.ends)
        and not faults_of_seen(case, each.seen)
    ]


def _said(case: Case, controller: str) -> Say | None:
    words = {each.says for each in _authorities(case) if each.controller == controller}
    return Say.DECLINES if Say.DECLINES in words else next(iter(words), None)


def _faults_of_agreement(case: Case, agreement: Agreement) -> list[str]:
    ask = case.application
    checks = (
        (case.on < agreement.starts, f"starts only on {day(agreement.starts)}"),
        (case.on > agreement.ends, f"ended on {day(agreement.ends)}"),
        (agreement.recipient != ask.recipient, f"is with {agreement.recipient}, not {ask.recipient}"),
        (agreement.purpose is not ask.purpose, f"is for {agreement.purpose}, not {ask.purpose}"),
        (agreement.dataset != ask.dataset, f"is about {agreement.dataset}, not {ask.dataset}"),
        (agreement.level is not ask.level, f"agrees the level {agreement.level}, not {ask.level}"),
    )
    return [words for wrong, words in checks if wrong] + faults_of_seen(case, agreement.signed)


def _destroyed(agreement: Agreement) -> Obligation:
    by = agreement.ends + dt.timedelta(days=agreement.destroy_within_days)
    return DestroyBy(
        provisions=("DARS-13",),
        by=by,
        because=f"{agreement.id} ends on {day(agreement.ends)}, and the data is "
        f"destroyed within {agreement.destroy_within_days} days.",
    )


def _replaced(case: Case, agreement: Agreement) -> list[Obligation]:
    due = case.on + dt.timedelta(days=agreement.destroy_within_days)
    former = [
        each
        for each in case.facts.former
        if each.agreement == agreement.id and not each.replaced and each.on <= case.on
    ]
    return [
        Replace(
            provisions=("DARS-13",),
            release=each.id,
            destroy_former_by=due,
            because=f"This replaces {each.id} of {day(each.on)} in full; the former file is destroyed.",
        )
        for each in sorted(former, key=lambda each: (each.on, each.id))
    ]


def _open(case: Case, breach: Breach) -> bool:
    return breach.on <= case.on and (breach.closed is None or breach.closed > case.on)
