"""What falls due beside agreements: reviews of support."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.errors import HttpError

from openhaven.desk.reminding import OF_SUPPORT
from openhaven.desk.tokens import Scope
from openhaven.haven.approvals import due
from openhaven.web.api.access import By
from openhaven.web.api.reading import Refused
from openhaven.web.api.shapes import SupportDueOut

falling = Router(tags=["what falls due"])


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
