"""The decision: every question settled alone, and all of them needed. Pure, total, deterministic.

Only answers and obligations are worked out at once; the reasons are put in words when somebody reads them."""

import datetime as dt
from typing import NamedTuple

from openhaven.model.application import Application
from openhaven.model.decision import Answer, Decision, Questions, Settled, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.facts import Facts
from openhaven.model.obligation import Obligation

from .agenda import ALL, Agenda, Said, counted, hear, in_order
from .algebra import BIT, Question, settled
from .case import Case
from .coding import check_asked
from .ruleset import RULESET, Ruleset


def decide(application: Application, facts: Facts, *, on: dt.date, ruleset: Ruleset = RULESET) -> Decision:
    """Decide as at a day. Raises BadInput where the application names another dataset or a field it does not have,
    where it or its agreement states what is no coded word, and where two records share kind and id."""
    _check(application, facts)
    case = Case(application, facts, on, ruleset.numbers)
    agenda = ruleset.agenda(case)
    case.outline = agenda.outline
    check_asked(case)
    said = hear(agenda, case)
    permits, refers, forbids = counted(said)
    heard = _Heard(agenda, said, agenda.permits | permits, agenda.refers | refers, agenda.forbids | forbids)
    verdict = heard.verdict()
    obligations = heard.obligations() if verdict is Verdict.PERMIT else ()
    return Decision(application.id, on, ruleset.name, verdict, Questions(heard), obligations)


class _Heard(NamedTuple):
    """What every rule said of a case, and the questions to which one says permit, refer or forbid, a bit for each."""

    agenda: Agenda
    said: list[Said]
    permits: int
    refers: int
    forbids: int

    def verdict(self) -> Verdict:
        """`overall` of the answers: a forbid, or a question to which nobody speaks, refuses; else a referral refers."""
        if self.forbids or self.permits | self.refers != ALL:
            return Verdict.REFUSE
        return Verdict.REFER if self.refers else Verdict.PERMIT

    def obligations(self) -> tuple[Obligation, ...]:
        """The obligations of the findings that permit. Asked of a permitted use, where every question is met."""
        every = [*self.agenda.owed]
        for _, finding in self.said:
            every += finding.obligations
        return in_order(every)

    def answers(self) -> dict[str, Answer]:
        """The answer to each question."""
        return {question.value: self._answer(bit) for question, bit in BIT.items()}

    def _answer(self, bit: int) -> Answer:
        if self.forbids & bit:
            return Answer.NOT_MET
        if self.refers & bit:
            return Answer.REFERRED
        return Answer.MET if self.permits & bit else Answer.NOT_MET

    def in_words(self) -> tuple[Settled, ...]:
        """Every question with its reasons."""
        every = (*self.agenda.known, *self.said)
        return tuple(
            settled(question, (rule.in_words(said) for rule, said in every if rule.question is question))
            for question in Question
        )


def _check(application: Application, facts: Facts) -> None:
    dataset = facts.dataset
    if application.dataset != dataset.id:
        raise BadInput(
            f"the application asks for {application.dataset!r}, and these are the facts of {dataset.id!r}",
            where=f"application {application.id}",
        )
    for asked in application.fields:
        if asked.name not in dataset.named:
            dataset.field(asked.name)
    for clause in application.cohort:
        if clause.field not in dataset.named:
            dataset.field(clause.field)
