"""Does the application declare who pays, and for whom it is done, as far as papers that others wrote say it?"""

from openhaven.model.decision import Finding
from openhaven.model.facts import ActsFor, PaidBy

from ..algebra import Question, forbid, refer, rule
from ..bodies import titled
from ..case import Case
from ..paying import Client, acting_for, undeclared
from ..plainly import listed
from ..settling import settled
from .purpose import WHO, an_answer, answered


@rule(Question.PURPOSE, "DARS-07", "LAW-50", from_="2013-04-01", needs=PaidBy)
def who_pays_by_a_paper_is_declared(case: Case) -> Finding | None:
    """Commercial interest is looked through only where it is known: who pays by the agreement, by the five principles
    weighed, by support, or by the opinion or approval of the research is declared by the application."""
    found = undeclared(case)
    if not found:
        return None
    names = listed(dict.fromkeys(each.name for each in found))
    return forbid(
        f"{listed(f'{each.paper} says that {each.name} pays' for each in found)}, and the application does not declare "
        "it.",
        missing=[f"an application that declares {names} among its funders, or papers that are put right"],
        used=sorted({each.paper for each in found}),
    )


@rule(Question.PURPOSE, "DARS-07", "LAW-50", "DARS-12", from_="2013-04-01", needs=ActsFor)
def for_whom_somebody_acts_is_declared(case: Case) -> Finding | None:
    """Who has the data in hand and acts for somebody else, by its own record, may do so here: the application declares
    for whom, among its funders, or a person says that this is not for them."""
    doubted = acting_for(case)
    if not doubted:
        return None
    found = [each for each in doubted if not settled(case, each.name)]
    if not found:
        return answered(case)
    names = listed(dict.fromkeys(each.name for each in found))
    return refer(
        f"{listed(_acts(case, each) for each in found)}, and the application does not declare it.",
        who=WHO,
        missing=[
            f"an application that declares {names} among its funders; or that this is not done for {names}, and then "
            f"{an_answer(names)}"
        ],
        used=sorted({each.agent.id for each in found}),
    )


def _acts(case: Case, each: Client) -> str:
    return f"{each.agent.name} acts for {titled(case, each.said)}"
