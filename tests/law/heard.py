"""What a decision of the tests says: its answers, its reasons, its obligations."""

from openhaven.law import decide
from openhaven.model.decision import Answer


def decided(asked):
    return decide(asked.application, asked.facts, on=asked.on)


def answers(asked):
    return {settled.question: settled.answer for settled in decided(asked).questions}


def unmet(asked):
    """The questions that stand in the way."""
    return {question for question, answer in answers(asked).items() if answer is not Answer.MET}


def findings(asked, question):
    return next(each for each in decided(asked).questions if each.question == question).findings


def rules(asked, question):
    """The rules that spoke to a question."""
    return {finding.rule for finding in findings(asked, question)}


def because(asked, question):
    """All reasons given under a question, and what is missing, in one text."""
    return " ".join(" ".join((finding.because, *finding.missing)) for finding in findings(asked, question))


def obligations(asked, kind):
    """The obligations of that kind that findings carry, whether or not the whole is permitted."""
    every = (
        each for settled in decided(asked).questions for finding in settled.findings for each in finding.obligations
    )
    return [each for each in every if isinstance(each, kind)]


def demanded(asked, kind):
    """The one obligation of that kind that the decision carries."""
    found = [each for each in decided(asked).obligations if isinstance(each, kind)]
    assert len(found) == 1, f"{kind.kind}: {len(found)}"
    return found[0]
