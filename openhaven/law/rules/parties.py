"""Who answers and who receives: each controller's authority, and the recipient of record."""

from collections.abc import Iterable
from functools import lru_cache

from openhaven.model.decision import Finding
from openhaven.model.obligation import EncryptTo, OnlyControllers
from openhaven.model.record.controllers import Authority
from openhaven.model.record.organisations import Breach, Organisation

from ..algebra import Question, forbid, permit, refer, rule
from ..assurance import CONTRACT, FEE, accepted, assured, why_not
from ..bodies import each_titled, is_of_record, spellings_of, titled
from ..case import Case
from ..flow import ROWS, given, in_hand, receiving
from ..plainly import day, listed, many, months_after
from ..reading import MANY, bare

OPERATOR = "the operator's senior responsible person"


@rule(Question.AUTHORITY, "LAW-31", "DARS-04", from_="2013-04-01")
def every_controller_has_answered(case: Case) -> Finding | None:
    """A controller whose data would leave and that has given no authority of record refuses by its silence; so does
    a haven with no data. One that the agreement does not name is not asked: its data does not leave."""
    if not case.facts.controllers:
        return forbid(f"No controller has live data in {case.application.dataset}.", missing=["a delivery"])
    silent = given(case).silent
    if not silent:
        return None
    bare = [
        each.id for name in silent for each in case.facts.having(Authority, "controller", name) if not each.purposes
    ]
    names_none = f" {listed(bare)} does not say for which purposes." if bare else ""
    return forbid(
        f"No authority for this is on record of {each_titled(case, silent)}, and silence is a no.{names_none}",
        missing=[
            f"the authority of {titled(case, name)} for {case.application.purpose}, standing or for "
            f"{case.application.id}"
            for name in silent
        ],
    )


@rule(Question.AUTHORITY, "LAW-31", "DARS-04", "DARS-11", from_="2013-04-01")
def controllers_give_their_own_data(case: Case) -> Finding | None:
    """Data leaves of the controllers that said yes and that the agreement names; the others are left out and named."""
    found = given(case)
    if not found.yes:
        return _nobody_gives(case)
    left_out = _left_out(case) if found.declined or found.unnamed else ""
    only = _only_controllers(found.yes, found.declined, found.unnamed, left_out)
    return permit(only.because, used=found.used, obligations=[only])


@lru_cache(maxsize=MANY)
def _only_controllers(
    yes: tuple[str, ...], declined: tuple[str, ...], unnamed: tuple[str, ...], left_out: str
) -> OnlyControllers:
    because = f"{listed(yes)} gave authority.{left_out}"
    return OnlyControllers(provisions=("LAW-31",), controllers=yes, declined=declined, unnamed=unnamed, because=because)


def _left_out(case: Case) -> str:
    found = given(case)
    words = (
        f" {listed(found.declined)} declined and {many(found.declined, 'is', 'are')} left out."
        if found.declined
        else ""
    )
    if found.unnamed:
        are = many(found.unnamed, "is", "are")
        words += f" {listed(found.unnamed)} {are} no party to {case.application.agreement} and left out."
    return words


def _nobody_gives(case: Case) -> Finding | None:
    found = given(case)
    if found.declined:
        because = f"Every controller declines.{_left_out(case)}" if found.unnamed else "Every controller declines."
        return forbid(because, missing=["the authority of a controller"], used=found.used)
    if not found.unnamed or found.silent:
        return None
    return forbid(
        f"{case.application.agreement} names none of the controllers whose data would leave: {listed(found.unnamed)}.",
        missing=["an agreement to which a controller of the data is a party"],
        used=[case.application.agreement],
    )


@rule(Question.RECIPIENT, "DARS-03", from_="2013-04-01", to="2016-07-05")
def applicant_and_recipient_were_of_record(case: Case) -> Finding | None:
    """Before the data security standards too both were known, and what left was sealed to the recipient."""
    return _of_record(case, "DARS-03")


@rule(Question.RECIPIENT, "DARS-03", "SEC-01", from_="2016-07-06")
def applicant_and_recipient_are_of_record(case: Case) -> Finding | None:
    """Both are organisations of record, and the recipient has a key to which data is encrypted."""
    return _of_record(case, "SEC-01")


@rule(Question.RECIPIENT, "DARS-03", from_="2013-04-01", when=ROWS)
def who_processes_or_stores_and_is_not_of_record_is_for_a_person(case: Case) -> Finding | None:
    """A processor or a place of storage that is no organisation of record may be anybody: a person says who it is."""
    unknown = [id for id in in_hand(case) if id not in receiving(case) and case.sole(Organisation, id) is None]
    if not unknown:
        return None
    return refer(
        f"The data would be in the hands of {listed(unknown)}, and nothing on record says who that is.",
        who=OPERATOR,
        missing=[f"an organisation record of {id}" for id in unknown],
        used=[case.application.agreement],
    )


@rule(Question.RECIPIENT, "DARS-03", "ANON-07", from_="2013-04-01", when=ROWS)
def who_receives_rows_has_signed_the_framework_contract(case: Case) -> Finding | None:
    """Rows go only to organisations approved for it: those with the framework contract, signed by exactly them. A table
    with small numbers suppressed needs none."""
    return _each_has(case, CONTRACT, "The framework contract is not in force with", receiving(case))


@rule(Question.RECIPIENT, "GDPR-18", "DARS-04", from_="2018-05-25", when=ROWS)
def who_answers_for_rows_has_paid_the_data_protection_fee(case: Case) -> Finding | None:
    """Who answers for personal data is registered with the Information Commissioner: who gets it, and each controller
    that gives it. Who only processes or stores it for them is not asked."""
    ids = sorted({*receiving(case), *given(case).asked})
    counts = f"in the last {case.number('fee-months')} months"
    return _each_has(case, FEE, f"The data protection fee is not on record as paid {counts} by", ids)


@rule(Question.RECIPIENT, "DARS-14", from_="2013-04-01", needs=Breach)
def an_open_breach_stops_supply(case: Case) -> Finding | None:
    """Nothing is given into the hands of anybody with a breach that nobody has closed."""
    found = [each for each in _breaches(case) if each.closed is None or each.closed > case.on]
    if not found:
        return None
    return forbid(
        f"A breach is open: {_said(found)}.",
        missing=["the closing of the breach by a person"],
        used=[each.id for each in found],
    )


@rule(Question.RECIPIENT, "DARS-14", from_="2013-04-01", needs=Breach)
def a_breach_closed_not_long_ago_is_for_a_person(case: Case) -> Finding | None:
    """After a breach a person looks at what has changed before more is given."""
    months = case.number("breach-months")
    found = [
        each
        for each in _breaches(case)
        if each.closed is not None and each.closed <= case.on < months_after(each.closed, months)
    ]
    if not found:
        return None
    return refer(
        f"A breach was closed less than {months} months ago: {_said(found)}.",
        who=OPERATOR,
        missing=["what has been done so that it does not happen again"],
        used=[each.id for each in found],
    )


def _of_record(case: Case, provision: str) -> Finding:
    recipient, known = case.recipient, [party.id for party in case.parties]
    unknown = [id for id in receiving(case) if id not in known]
    if unknown or recipient is None:
        return forbid(
            f"{listed(unknown)} {many(unknown, 'is no organisation', 'are no organisations')} of record.",
            missing=[f"an organisation record of {id}" for id in unknown],
        )
    if not recipient.age_key.startswith("age1"):
        return forbid(
            f"{recipient.name} has no key of record, so nothing can be encrypted to it.",
            missing=[f"the public key (age1…) of {recipient.name}"],
            used=[recipient.id],
        )
    sealed = _sealed(provision, recipient.id, recipient.age_key, recipient.name)
    return permit(
        lambda: f"{recipient.name} is an organisation of record with a key.", used=known, obligations=[sealed]
    )


@lru_cache(maxsize=MANY)
def _sealed(provision: str, recipient: str, age_key: str, name: str) -> EncryptTo:
    because = f"Only {name} can open the package."
    return EncryptTo(provisions=(provision,), recipient=recipient, age_key=age_key, because=because)


def _each_has(case: Case, use: str, says: str, ids: Iterable[str]) -> Finding | None:
    without = [id for id in ids if assured(case, id, use) is None]
    if not without:
        return None
    return forbid(
        f"{says} {listed(why_not(case, id, use) for id in without)}.",
        missing=[
            f"an accreditation of {titled(case, id)}, in force on {day(case.on)}: {accepted(use)}" for id in without
        ],
        used=[each.id for each in case.parties],
    )


def _breaches(case: Case) -> list[Breach]:
    """Breaches up to the day by anybody in whose hands the data will be, by id, name or ODS code. Where one of them is
    not on record, it may be whoever a breach names that is not on record either."""
    every = [each for each in case.facts.every(Breach) if each.on <= case.on]
    if not every:
        return []
    hands = frozenset[str]().union(*(spellings_of(case, id) for id in in_hand(case)))
    strangers = any(case.sole(Organisation, id) is None for id in in_hand(case))
    found = [
        each
        for each in every
        if hands & {bare(each.organisation), bare(each.ods)}
        or (strangers and not is_of_record(case, each.organisation, each.ods))
    ]
    return sorted(found, key=lambda each: each.id)


def _said(found: list[Breach]) -> str:
    return listed(f"{each.id} of {day(each.on)} ({each.organisation}: {each.what})" for each in found)
