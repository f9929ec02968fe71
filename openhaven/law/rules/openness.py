"""Does a hold stand in the way, and do people get to know? Programme holds, the public register, and notices."""

from typing import NamedTuple

from openhaven.model import obligation as o
from openhaven.model.decision import Finding
from openhaven.model.record.controllers import Hold
from openhaven.model.record.data_protection import Notice
from openhaven.model.record.seen import Seen
from openhaven.model.words import Purpose

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..bodies import each_titled, titled
from ..case import Case, Outline, Register, kept, of_register
from ..evidence import counts_until, was_seen
from ..flow import ROWS, given, receiving
from ..plainly import counted, day, many
from ..reading import bare, plain


@rule(Question.HOLD, "COM-01", from_="2013-04-01", needs=Hold)
def a_hold_stops_everything_it_covers(case: Case) -> Finding | None:
    """Nothing leaves while a hold stands on the programme, the dataset, the agreement, or everything."""
    found = sorted((each for each in _standing(case) if _covers(case, each)), key=lambda each: each.id)
    if not found:
        return None
    said = "; ".join(f"{each.id}, since {day(each.starts)} by {each.by}: {each.reason}" for each in found)
    return forbid(
        f"On hold ({said}).",
        missing=["the end of the hold, which those who set it decide; no paper of an applicant ends it"],
        used=[each.id for each in found],
    )


@rule(Question.HOLD, "COM-01", "DARS-11", from_="2013-04-01")
def a_programme_is_one_of_the_agreement(case: Case) -> Finding | None:
    """An application that names a programme names one that its agreement lists, so that a hold is not escaped by a
    claim to belong elsewhere."""
    named, agreement = case.application.programme, case.agreement
    if not named or agreement is None or plain(named) in {plain(each) for each in agreement.programmes}:
        return None
    return forbid(
        f"The application names the programme {named}, which {agreement.id} does not list.",
        missing=[f"an agreement that lists the programme {named}, or an application that names the programme agreed"],
        used=[agreement.id],
    )


@rule(Question.HOLD, "COM-01", from_="2013-04-01", needs=Hold)
def a_programme_not_named_is_for_a_person(case: Case) -> Finding | None:
    """While a programme is on hold, a use that belongs to no programme of record may belong to it: a person says."""
    found = sorted(each.id for each in _standing(case) if bare(each.programme) and not _covers(case, each))
    if not found or _programmes(case):
        return None
    return refer(
        "A programme is on hold, and neither the application nor its agreement says to which programme it belongs.",
        who="the operator's senior responsible person",
        missing=["the programme to which the use belongs, listed in its agreement"],
        used=found,
    )


@rule(Question.HOLD, "COM-01", from_="2013-04-01")
def nothing_is_on_hold(case: Case) -> Finding | None:
    """No hold of record covers this."""
    return None if any(_covers(case, each) for each in _standing(case)) else _NOT_HELD


@outline_rule(Question.TRANSPARENCY, "DARS-04", from_="2013-04-01", to="2014-03-31")
def no_register_was_published_yet(use: Outline) -> Finding | None:
    """Before April 2014 transparency was looked at in each application, and no register of uses was published."""
    return permit("No register of uses was published yet.")


@outline_rule(Question.TRANSPARENCY, "REG-01", "REG-02", from_="2014-04-01", to="2020-12-07")
def the_use_enters_the_register_as_before_2020(use: Outline) -> Finding | None:
    """Each use is entered in the public register, no later than the release."""
    return _entered("REG-01", "REG-02")


@outline_rule(Question.TRANSPARENCY, "REG-01", "REG-02", "CAL-8", "GDPR-18", from_="2020-12-08")
def the_use_enters_the_register(use: Outline) -> Finding | None:
    """Each use is entered in the public register, no later than the release, so that nobody is surprised."""
    return _entered("REG-01", "REG-02", "CAL-8", "GDPR-18")


@rule(Question.TRANSPARENCY, "GDPR-18", from_="2018-05-25", when=ROWS)
def people_were_told_in_a_notice(case: Case) -> Finding | None:
    """Whoever answers for personal data, and whoever gets it, has published a notice that tells people of this use."""
    without = [name for name, told in _told(case).items() if not told.notices]
    if not without:
        return None
    ask = case.application
    return forbid(
        f"No notice of record tells people that {each_titled(case, without)} {many(without, 'uses', 'use')} "
        f"{ask.dataset} for {ask.purpose}.",
        missing=[
            f"a published notice of {titled(case, name)} that covers {ask.dataset} and {ask.purpose}, read by a named "
            f"person in the last {counted(case.number('finding-years'), 'year')}"
            for name in without
        ],
    )


@rule(Question.TRANSPARENCY, "CAL-8", from_="2020-12-08", when=ROWS)
def a_notice_says_how_to_object(case: Case) -> Finding | None:
    """A notice also tells people how they can opt out or object: no surprises."""
    found = _told(case)
    bare = [name for name, told in found.items() if told.notices and not told.how_to_object]
    if not bare:
        return None
    return forbid(
        f"{many(bare, 'The notice', 'The notices')} of {each_titled(case, bare)} {many(bare, 'does', 'do')} not tell "
        "people how they can opt out or object.",
        missing=[f"a notice of {titled(case, name)} that says how to opt out or object" for name in bare],
        used=sorted({each.id for name in bare for each in found[name].notices}),
    )


class _Told(NamedTuple):
    """The notices of an organisation that tell people of this use, and whether one of them says how to object."""

    notices: list[Notice]
    how_to_object: bool


@kept
def _told(case: Case) -> dict[str, _Told]:
    """For each party to the agreement with live data, who asks and who receives, the notices that tell people of this
    use."""
    purpose = case.application.purpose
    return {name: _notices(case, (name, purpose)) for name in _who_tells(case)}


def _who_tells(case: Case) -> tuple[str, ...]:
    asked, receive = given(case).asked, receiving(case)
    more = [each for each in receive if each not in asked]
    return tuple(sorted((*asked, *more))) if more else asked


@of_register
def _notices(case: Register, of: tuple[str, Purpose]) -> _Told:
    """The published notices of that organisation, as a named person read them, that cover dataset and purpose."""
    name, purpose = of
    dataset = case.facts.dataset.id
    found = [
        each
        for each in case.facts.having(Notice, "organisations", name)
        if dataset in each.datasets
        and purpose in each.purposes
        and each.where.strip()
        and _was_read(case, each.checked)
    ]
    return _Told(found, True in [each.how_to_object for each in found])


def _was_read(case: Register, checked: Seen) -> bool:
    """Whether a named person read it, and not so long ago that it may say something else by now."""
    return was_seen(case, checked) and case.on <= counts_until(case, checked.on)


_NOT_HELD = permit("No hold of record covers this.")


def _programmes(case: Case) -> set[str]:
    """The programmes to which the use belongs: those of its agreement, and the one that it names."""
    agreed = case.agreement.programmes if case.agreement else ()
    return {bare(each) for each in (*agreed, case.application.programme) if each.strip()}


def _standing(case: Case) -> list[Hold]:
    return [each for each in case.facts.every(Hold) if case.in_force(each.starts, each.ends)]


def _covers(case: Case, hold: Hold) -> bool:
    programme, dataset, agreement = bare(hold.programme), bare(hold.dataset), bare(hold.agreement)
    if not programme and not dataset and not agreement:
        return True
    if agreement and agreement == bare(case.application.agreement):
        return True
    return dataset == bare(case.application.dataset) or programme in _programmes(case)


def _entered(*provisions: str) -> Finding:
    because = "Patients can see who had data, why, and what became of opt-outs."
    entry = o.Register(provisions=provisions, because=because)
    return permit("The use is entered in the public register no later than the release.", obligations=[entry])
