"""Where is the data used: do people go to it, in a secure environment, or does it go to them? Extracts come last."""

from openhaven.model.decision import Finding
from openhaven.model.words import Access, Purpose

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..assurance import SECURE_ENVIRONMENT, assured, why_not
from ..case import Case, Outline
from ..evidence import faults_of_seen
from ..flow import ROWS, TABLES, outsiders
from ..owing import placed
from ..plainly import listed


@rule(Question.SETTING, "ANON-07", "DARS-11", from_="2013-04-01", to="2022-12-22", when=ROWS)
def extracts_were_the_way(case: Case) -> Finding | None:
    """Before secure environments became the default, rows left as extracts under contract, kept where it says."""
    owed = () if case.agreement is None else placed(case, case.agreement)
    return permit("Secure environments were not the default on that day.", obligations=owed)


@rule(Question.SETTING, "SDE-04", from_="2022-12-23", when=ROWS)
def the_agreement_says_where_people_work(case: Case) -> Finding | None:
    """The agreement states the setting: silence is no extract."""
    agreement = case.agreement
    if agreement is not None and agreement.setting is not None:
        return None
    return forbid(
        f"{'No agreement of record says' if agreement is None else f'{agreement.id} does not say'} whether the data is "
        "used in a secure environment or leaves as an extract.",
        missing=["an agreement that states the setting"],
        used=[] if agreement is None else [agreement.id],
    )


@rule(Question.SETTING, "SDE-04", "DARS-11", from_="2022-12-23", when=ROWS)
def a_secure_environment_comes_first(case: Case) -> Finding | None:
    """Agreed for a secure environment: then every place of storage is one of record."""
    agreement = case.agreement
    if agreement is None or agreement.setting is not Access.SECURE_ENVIRONMENT:
        return None
    found = {id: assured(case, id, SECURE_ENVIRONMENT) for id in agreement.storage}
    without = [id for id, each in found.items() if each is None]
    if found and not without:
        return permit(
            lambda: f"The data stays in a secure environment: {listed(found)}.",
            used=[agreement.id, *(each.id for each in found.values() if each is not None)],
            obligations=placed(case, agreement),
        )
    others = listed(why_not(case, id, SECURE_ENVIRONMENT) for id in without)
    return forbid(
        f"{agreement.id} is for a secure environment, and the place of storage is not one of record: {others}.",
        missing=["an accreditation of each place of storage as a secure data environment"],
        used=[agreement.id],
    )


@rule(Question.SETTING, "SDE-04", "DARS-11", from_="2022-12-23", when=ROWS)
def an_extract_comes_last(case: Case) -> Finding | None:
    """For research, or where anybody is no public body, an extract needs a reason that a named person has accepted.
    Audit, public health, commissioning and planning by public bodies may have extracts."""
    agreement = case.agreement
    if agreement is None or agreement.setting is not Access.EXTRACT:
        return None
    if case.application.purpose is not Purpose.RESEARCH and not outsiders(case):
        return permit(
            "An extract is agreed, for a purpose of public bodies that is not research.",
            used=[agreement.id],
            obligations=placed(case, agreement),
        )
    seen = agreement.extract_agreed
    if agreement.why_extract.strip() and seen is not None and not faults_of_seen(case, seen):
        return permit(
            lambda: f"An extract is agreed, because {agreement.why_extract} (accepted by {seen.by}).",
            used=[agreement.id],
            obligations=placed(case, agreement),
        )
    return refer(
        f"{agreement.id} is for an extract, and no named person has accepted a reason why a secure environment does "
        "not do.",
        who="those who decide on access to data for the operator",
        missing=["why the work cannot be done in a secure environment"],
        used=[agreement.id],
    )


@outline_rule(Question.SETTING, "SDE-04", from_="2022-12-23", when=TABLES)
def a_table_may_leave(use: Outline) -> Finding | None:
    """Checked results may leave, from wherever they are made."""
    return permit("What leaves is a result with small numbers suppressed.")


@outline_rule(Question.SETTING, "ANON-07", from_="2013-04-01", to="2022-12-22", when=TABLES)
def a_table_could_leave(use: Outline) -> Finding | None:
    """A table with small numbers suppressed is no record of anybody."""
    return permit("What leaves is a table with small numbers suppressed.")
