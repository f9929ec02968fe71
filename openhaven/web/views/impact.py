"""The draft of an impact assessment, to print or to keep. It says of itself that a person has to finish it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from openhaven.casework.impact import DRAFT
from openhaven.desk import assessing, cases
from openhaven.desk.models import Case
from openhaven.model.errors import BadInput
from openhaven.web.pages import page
from openhaven.web.staying import or_404, signed_in


@signed_in
def draft(request: HttpRequest, id: str) -> HttpResponse:
    """The draft, for whoever may see the case."""
    case: Case = or_404(cases.find(request.haven, id, request.user))
    try:
        found, wrong = assessing.drafted(request.haven, case), ""
    except BadInput as problem:
        found, wrong = (), f"{problem.what}."
    return page(request, "impact.html", case=case, found=found, wrong=wrong, says=DRAFT)


@signed_in
def as_text(request: HttpRequest, id: str) -> HttpResponse:
    """The same as a text."""
    case: Case = or_404(cases.find(request.haven, id, request.user))
    try:
        text = assessing.as_text(request.haven, case)
    except BadInput:
        return draft(request, id)
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{case.pk}-impact-draft.txt"'
    return answer
