"""The decision: every question settled alone, and all of them needed. Pure, total, deterministic.

Only answers and obligations are worked out at once; the reasons are put in words when somebody reads them."""

import datetime as dt

from openhaven.model.application import Application
from openhaven.model.decision import Decision, Questions, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.facts import Facts

from .agenda import hear, in_order
from .case import Case
from .coding import check_asked
from .ruleset import RULESET, Ruleset


def decide(application: Application, facts: Facts, *, on: dt.date, ruleset: Ruleset = RULESET) -> Decision:
    """Decide as at a day. Raises BadInput where the application names another dataset or a field it does not have,
    where it or its agreement states what is no coded word, and where two records share kind and id."""
    if application.dataset != facts.dataset.id:
        raise BadInput(
            f"the application asks for {application.dataset!r}, and these are the facts of {facts.dataset.id!r}",
            where=f"application {application.id}",
        )
    agenda, of_standing, of_register = ruleset.agenda(application, facts, on)
    case = Case(application, facts, on, ruleset.numbers, (agenda.outline, of_standing, of_register))
    check_asked(case)
    heard = hear(agenda, case)
    verdict = heard.verdict()
    obligations = in_order(heard.owed) if verdict is Verdict.PERMIT else ()
    return Decision(application.id, on, ruleset.name, verdict, Questions(heard), obligations)
