"""Is the security of everybody who holds the data assured? By ODS code, in date, for each of them alone."""

from openhaven.model.decision import Finding

from ..algebra import Question, forbid, outline_rule, permit, rule
from ..assurance import SECURITY, accepted, assured, why_not
from ..bodies import each_titled, titled
from ..case import Case, Outline
from ..flow import ROWS, TABLES, sites
from ..plainly import day, listed


@rule(Question.SECURITY, "DARS-03", "DARS-04", from_="2013-04-01", to="2018-03-31", when=ROWS)
def everybody_who_holds_rows_was_assured(case: Case) -> Finding | None:
    """Security evidence of controllers, applicant, recipient, processors and storage, as it was then."""
    return _everybody(case)


@rule(Question.SECURITY, "SEC-12", "SEC-13", "SEC-14", "DARS-03", "DARS-04", from_="2018-04-01", when=ROWS)
def everybody_who_holds_rows_is_assured(case: Case) -> Finding | None:
    """Security assurance in date, by ODS code, of the controllers, applicant, recipient, every processor and
    every place of storage: the DSPT met or exceeded, or ISO 27001, or an accepted exception."""
    return _everybody(case)


@outline_rule(Question.SECURITY, "DARS-03", from_="2013-04-01", when=TABLES)
def a_table_needs_no_assurance(use: Outline) -> Finding | None:
    """What is asked of those who hold records is not asked of those who get a table with small numbers suppressed."""
    return permit("What leaves is a table with small numbers suppressed, and no record of anybody.")


def _everybody(case: Case) -> Finding:
    found = {id: assured(case, id, SECURITY) for id in sites(case)}
    without = [id for id, each in found.items() if each is None]
    if not without:
        return permit(
            lambda: f"Security assurance is in date for {each_titled(case, found)}.",
            used=[each.id for each in found.values() if each is not None],
            unsure=case.caveat("dspt-months"),
        )
    return forbid(
        f"No security assurance in date counts for {listed(why_not(case, id, SECURITY) for id in without)}.",
        missing=[
            f"an accreditation of {titled(case, id)}, in force on {day(case.on)}: {accepted(SECURITY)}"
            for id in without
        ],
        used=[each.id for each in found.values() if each is not None],
    )
