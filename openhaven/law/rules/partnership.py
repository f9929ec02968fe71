"""Where the recipient or who pays is no public body, or the agreement is commercial: are the five principles of 2019
met, and did a board say so?"""

from openhaven.model.decision import Finding
from openhaven.model.record.agreement import Partnership

from ..algebra import Question, forbid, permit, rule
from ..case import Case
from ..evidence import faults, faults_of_seen
from ..flow import outsiders, receiving
from ..owing import reviewed
from ..plainly import day, listed, many
from ..provisions import PROVISIONS

STATED = PROVISIONS["FIVE-1"].starts
FIVE = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")


@rule(Question.PARTNERSHIP, "DARS-07", from_="2013-04-01")
def public_bodies_form_no_partnership(case: Case) -> Finding | None:
    """The principles are about arrangements with others than public bodies."""
    if outsiders(case) or _commercial(case):
        return None
    paid = ", and whoever pays is one, or a charity that carries on no business" if case.application.funders else ""
    if len(case.parties) < len(receiving(case)):
        return permit(f"Of applicant and recipient, nobody on record is other than a public body{paid}.")
    return permit(f"Applicant and recipient are public bodies of record{paid}.")


@rule(Question.PARTNERSHIP, "DARS-07", from_="2013-04-01", to="2019-07-14")
def no_principles_were_stated_yet(case: Case) -> Finding | None:
    """Before 15 July 2019 commercial interest was looked through, and no principles of partnership were stated."""
    return permit("The five principles were not stated yet.") if outsiders(case) or _commercial(case) else None


@rule(Question.PARTNERSHIP, *FIVE, from_="2019-07-15")
def all_five_principles_are_met(case: Case) -> Finding | None:
    """With a partner that is no public body, or for commercial gain, all five principles are met, for any data not in
    the public domain, and the board's approval was seen. That one unmet principle refuses is the choice of this
    installation."""
    outside = outsiders(case)
    if not outside and not _commercial(case):
        return None
    found = _weighed(case)
    fits = [each for each in found if not _faults(case, each)]
    if fits and not any(_unmet(each) for each in found):  # one that fails is a no, whatever another says
        return permit(
            lambda: f"{_why(case, outside)}; all five principles are met ({listed(each.id for each in fits)}).",
            used=[each.id for each in fits],
            obligations=[one for each in fits for one in reviewed(Partnership, each.id, each.review, "FIVE-5")],
        )
    wrong = [f"{each.id} {listed(words)}" for each in found if (words := _faults(case, each))]
    agreement = case.application.agreement or "the agreement"
    return forbid(
        f"{_why(case, outside)}, and {'; '.join(wrong) or 'the five principles of partnership were not weighed'}.",
        missing=[f"a partnership of record for {agreement}, all five principles met and the board's approval seen"],
        used=[each.id for each in found],
        cites=sorted({id for each in found for id in _unmet(each)}),
    )


def _commercial(case: Case) -> bool:
    """Whether the agreement says that somebody gains commercially, public body or not."""
    return case.agreement is not None and case.agreement.commercial


def _why(case: Case, names: tuple[str, ...]) -> str:
    if not names:
        return f"{case.application.agreement} is commercial"
    return f"{listed(names)} {many(names, 'is no public body', 'are no public bodies')} of record"


def _weighed(case: Case) -> list[Partnership]:
    found = case.facts.having(Partnership, "agreement", case.application.agreement)
    return sorted(found, key=lambda each: each.id)


def _unmet(each: Partnership) -> list[str]:
    return [one.id for one in each.principles if not one.met]


def _faults(case: Case, each: Partnership) -> list[str]:
    found = faults(
        (bool(_unmet(each)), lambda: f"finds unmet {_in_words(each)}"),
        (not all(one.because.strip() for one in each.principles), lambda: f"does not say why {_unsaid(each)}"),
        (not each.by.strip(), lambda: "does not say who weighed them"),
        (case.on > each.review, lambda: f"was due for review on {day(each.review)}"),
        (each.board.on < STATED, lambda: f"was before the board by {day(each.board.on)}, when none was stated yet"),
    )
    return found + faults_of_seen(case, each.board)


def _unsaid(each: Partnership) -> str:
    without = [one.id for one in each.principles if not one.because.strip()]
    return f"{listed(without)} {many(without, 'is', 'are')} met or not"


def _in_words(each: Partnership) -> str:
    return listed(f"{one.id} ({one.because})" for one in each.principles if not one.met)
