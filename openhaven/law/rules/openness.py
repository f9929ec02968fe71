"""Does a hold stand in the way, and do people get to know? Programme holds and the public register."""

from openhaven.model.decision import Finding
from openhaven.model.obligation import Register
from openhaven.model.record import Hold

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case
from ..plainly import day


@rule(Question.HOLD, "COM-01", from_="2013-04-01")
def a_hold_stops_everything_it_covers(case: Case) -> Finding | None:
    """Nothing leaves while a hold stands on the programme, the dataset, or everything."""
    found = sorted((each for each in _standing(case) if _covers(case, each)), key=lambda each: each.id)
    if not found:
        return None
    said = "; ".join(f"{each.id}, since {day(each.starts)} by {each.by}: {each.reason}" for each in found)
    return forbid(f"On hold ({said}).", missing=["the end of the hold"], used=[each.id for each in found])


@rule(Question.HOLD, "COM-01", from_="2013-04-01")
def a_programme_not_named_is_for_a_person(case: Case) -> Finding | None:
    """While a programme is on hold, an application that names none may belong to it: a person says."""
    found = sorted(each.id for each in _standing(case) if each.programme and not _covers(case, each))
    if case.application.programme or not found:
        return None
    return refer(
        "A programme is on hold, and the application does not say to which programme it belongs.",
        who="the operator's senior responsible person",
        missing=["the programme to which the application belongs"],
        used=found,
    )


@rule(Question.HOLD, "COM-01", from_="2013-04-01")
def nothing_is_on_hold(case: Case) -> Finding | None:
    """No hold of record covers this."""
    return None if any(_covers(case, each) for each in _standing(case)) else permit("No hold of record covers this.")


@rule(Question.TRANSPARENCY, "REG-01", "REG-02", from_="2014-04-01", to="2020-12-07")
def the_use_enters_the_register_as_before_2020(case: Case) -> Finding | None:
    """Each use is entered in the public register, no later than the release."""
    return _entered("REG-01", "REG-02")


@rule(Question.TRANSPARENCY, "REG-01", "REG-02", "CAL-8", "GDPR-18", from_="2020-12-08")
def the_use_enters_the_register(case: Case) -> Finding | None:
    """Each use is entered in the public register, no later than the release, so that nobody is surprised."""
    return _entered("REG-01", "REG-02", "CAL-8", "GDPR-18")


def _standing(case: Case) -> list[Hold]:
    return [each for each in case.facts.every(Hold) if case.in_force(each.starts, each.ends)]


def _covers(case: Case, hold: Hold) -> bool:
    named = {hold.programme, hold.dataset} - {""}
    return not named or bool(named & {case.application.programme, case.application.dataset})


def _entered(*provisions: str) -> Finding:
    entry = Register(provisions=provisions, because="Patients can see who had data, why, and what became of opt-outs.")
    return permit("The use is entered in the public register no later than the release.", obligations=[entry])
