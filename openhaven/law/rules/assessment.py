"""Was the impact on people assessed, for this very flow, and is the assessment in date?"""

import datetime as dt

from openhaven.model.decision import Finding
from openhaven.model.record.data_protection import Assessment
from openhaven.model.words import Purpose

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..case import Case, Outline, Register, of_register
from ..evidence import Weighed, counts_until, faults_of_seen, was_seen, weigh
from ..flow import ROWS, TABLES, receiving
from ..owing import reviewed
from ..plainly import day
from ..studies import faults_of_study, is_of_study, state_it


@outline_rule(Question.ASSESSMENT, "DARS-04", "ANON-07", from_="2013-04-01", to="2018-05-24", when=ROWS)
def an_assessment_was_good_practice(use: Outline) -> Finding | None:
    """Before the UK GDPR an impact assessment was good practice and no duty."""
    return permit("No law required an impact assessment on that day.")


@rule(Question.ASSESSMENT, "DPIA-01", from_="2018-05-25", when=ROWS)
def an_assessment_covers_this_flow(case: Case) -> Finding | None:
    """An approved assessment, in date, covers the dataset, the purpose, the recipient and the level."""
    fits = [each for each in _of_this_flow(case) if _carries(case, each)]
    if fits:
        found = fits[0] if len(fits) == 1 else max(fits, key=lambda each: (_due(case, each), each.id))
        due = _due(case, found)
        return permit(
            lambda: f"{found.id}, for which {found.controller} answers, covers this flow (review due {day(due)}).",
            used=[found.id],
            obligations=reviewed(Assessment, found.id, due, "DPIA-01"),
        )
    ask = case.application
    return forbid(
        lambda: _weighed(case).why("impact assessment"),
        missing=[
            f"an impact assessment, approved and in date on {day(case.on)}, that covers {ask.dataset}, {ask.purpose}, "
            f"{ask.recipient} and {ask.level}",
            *(state_it(each) for each in _of_this_flow(case) if each.study_references and not ask.study_reference),
        ],
    )


@rule(Question.ASSESSMENT, "DPIA-02", from_="2018-05-25", needs=Assessment)
def a_high_risk_that_remains_is_for_a_person(case: Case) -> Finding | None:
    """Where an assessment of this flow finds a high risk that remains, the Commissioner is asked first."""
    found = [each for each in _of_this_flow(case) if each.high_residual_risk and each.approved.on <= case.on]
    if not found:
        return None
    return refer(
        f"A high risk remains after {' and '.join(each.id for each in found)}.",
        who="the data protection officer, who asks the Information Commissioner before anything is done",
        missing=["the Commissioner's answer, and an assessment after which no high risk remains"],
        used=[each.id for each in found],
    )


@outline_rule(Question.ASSESSMENT, "DARS-03", from_="2013-04-01", when=TABLES)
def a_table_needs_no_assessment(use: Outline) -> Finding | None:
    """A table with small numbers suppressed is about nobody, so there is no impact on a person to assess."""
    return permit("What leaves is a table with small numbers suppressed, and is about nobody.")


def _of_this_flow(case: Case) -> list[Assessment]:
    """Assessments of this dataset, purpose and recipient, whatever the level, by id."""
    return _of_recipient(case, (case.application.recipient, case.application.purpose))


@of_register
def _of_recipient(case: Register, of: tuple[str, Purpose]) -> list[Assessment]:
    recipient, purpose = of
    dataset = case.facts.dataset.id
    every = case.facts.having(Assessment, "recipients", recipient)
    found = [each for each in every if purpose in each.purposes and dataset in each.datasets]
    return sorted(found, key=lambda each: each.id) if found[1:] else found


def _carries(case: Case, each: Assessment) -> bool:
    """As `_faults` finds none, without making any."""
    return (
        case.application.level in each.levels
        and case.on <= _due(case, each)
        and (each.controller in case.facts.controllers or each.controller in receiving(case))
        and was_seen(case, each.approved)
        and (not each.study_references or is_of_study(case, each))
    )


def _due(case: Case, each: Assessment) -> dt.date:
    approved = each.approved.on
    return case.kept((Assessment, each.id), lambda: counts_until(case, approved, each.review))


def _weighed(case: Case) -> Weighed[Assessment]:
    return weigh(_of_this_flow(case), lambda each: _faults(case, each))


def _faults(case: Case, each: Assessment) -> list[str]:
    found = list[str]()
    if case.application.level not in each.levels:
        found.append(f"does not cover {case.application.level} data")
    if case.on > _due(case, each):
        found.append(f"was due for review on {day(_due(case, each))}")
    if each.controller not in case.facts.controllers and each.controller not in receiving(case):
        found.append(f"is one for which {each.controller} answers, no party to this")
    return found + faults_of_seen(case, each.approved) + faults_of_study(case, each)
