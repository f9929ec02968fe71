"""What falls due beside agreements: reviews of support, and requests of patients, by numbers and clocks alone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from openhaven.desk.patients.requests import waiting
from openhaven.desk.reminding import OF_SUPPORT, WHO_ANSWER
from openhaven.desk.tokens import Scope
from openhaven.haven.approvals import due
from openhaven.web.api.access import By
from openhaven.web.api.reading import Limit, Refused, Start
from openhaven.web.api.shapes import MOST, RequestOut, SupportDueOut

falling = Router(tags=["what falls due"])


@falling.get(
    "/requests", auth=By(Scope.REQUESTS), response={200: list[RequestOut], **Refused}, summary="Requests of patients"
)
def all_requests(request: HttpRequest, start: Start = 0, limit: Limit = MOST) -> Any:
    """What is not answered yet, by the day on which it is due: never by whom, nor what they wrote. For those who
    answer, who read it on the pages, where each look is entered first."""
    _check(request, WHO_ANSWER)
    today = request.haven.today()
    return [
        {
            "number": each.pk,
            "stage": each.stage,
            "received": each.received,
            "due": each.due,
            "late": each.due is not None and each.due < today,
        }
        for each in waiting()[start : start + limit]
    ]


@falling.get(
    "/approvals/due",
    auth=By(Scope.AGREEMENTS),
    response={200: list[SupportDueOut], **Refused},
    summary="Support that falls due",
)
def approvals_due(request: HttpRequest) -> Any:
    """Yearly reviews and ends of support within sixty days, and reviews that are late; for staff and guardians."""
    _check(request, OF_SUPPORT)
    return [
        {"support": each.support, "what": each.what, "by": each.on, "late": each.late} for each in due(request.haven)
    ]


def _check(request: HttpRequest, roles: frozenset[str]) -> None:
    if not {each.role for each in request.auth.person.posts.all()} & roles:
        raise HttpError(403, "you hold no post for which this is")
