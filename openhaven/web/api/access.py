"""Who asks, by the token that they show; and what is said where there is nothing for them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.errors import HttpError
from ninja.security import HttpBearer

from openhaven.desk import sight, tokens
from openhaven.desk.models import Token
from openhaven.desk.tokens import Scope
from openhaven.web.api.shapes import Wrong
from openhaven.web.slowing import Often, too_often

Refusals = {401: Wrong, 403: Wrong}


class By(HttpBearer):
    """A token with a scope."""

    openapi_name = "token"

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The token that was shown. Raises HttpError where it is for something else."""
        found = tokens.of(token, now=request.haven.clock())
        if found is not None and self.scope not in found.scopes:
            raise HttpError(403, f"this token is not for {self.scope}")
        return found


def check_staff(request: HttpRequest) -> None:
    if not sight.is_staff(request.auth.person):
        raise HttpError(403, "this is for staff of the haven")


def check_pace(request: HttpRequest, what: Often) -> None:
    """Count one more by the account of the token. Raises HttpError where it is too many in this hour."""
    if too_often(what, request.auth.person.pk):
        raise HttpError(429, f"too many {what} in this hour: go on in the next")


def none(request: HttpRequest, wanted: object) -> HttpResponse:
    return JsonResponse({"what": f"there is no {wanted}"}, status=404)
