"""The draft of an impact assessment for a case, from what is answered and what the engine says today."""

from __future__ import annotations

from openhaven.casework.filling import waits_for
from openhaven.casework.impact import DRAFT, Drafted, draft
from openhaven.casework.wording import Clause
from openhaven.desk.models import Case
from openhaven.desk.offers import controllers_of, offered_to, on_record
from openhaven.desk.provisional import application, decided
from openhaven.haven import Haven
from openhaven.law.plainly import day
from openhaven.model.errors import BadInput


def drafted(haven: Haven, case: Case) -> tuple[Clause, ...]:
    """The draft. Raises BadInput while too little is answered to decide anything."""
    offered = offered_to(haven, case.organisation)
    if waits := waits_for(offered, case.answers):
        raise BadInput(f"These are answered first: {'; '.join(each.title for each in waits)}")
    found = decided(haven, application(case, offered))
    known = on_record(haven)
    lines = (line for each in case.minutes.all() for line in each.conditions.split("\n"))
    dataset = found.application.dataset
    return draft(
        Drafted(
            application=found.application,
            answers=case.answers,
            decision=found.decision,
            names=known.organisations,
            dataset=next((each.title for each in known.datasets if each.id == dataset), dataset),
            whose=controllers_of(haven, dataset),
            conditions=tuple(dict.fromkeys(each for line in lines if (each := line.strip()))),
        )
    )


def as_text(haven: Haven, case: Case) -> str:
    """The draft as a document to keep and to finish."""
    lines = [f"Data protection impact assessment: {case.title}", f"{case.pk}, {day(haven.today())}", "", DRAFT, ""]
    for place, each in enumerate(drafted(haven, case), start=1):
        lines += [f"{place}. {each.heading}", ""]
        lines += [f"{place}.{line} {text}" for line, text in enumerate(each.paragraphs, start=1)]
        lines.append("")
    return "\n".join(lines)
