"""What holds of every answer, whatever page it is: known methods alone, and nothing kept of who has signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.cache import add_never_cache_headers

METHODS = ("GET", "HEAD", "POST", "OPTIONS")


class MethodsMiddleware:
    """No page and no program needs another method; TRACE would send back what it was sent."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer what is asked by a method that is known; a program that shows its token in the clear is told so."""
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            return JsonResponse({"what": "ask over https, and make another token: this one was seen"}, status=403)
        return self.respond(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)


class NotKeptMiddleware:
    """No browser and no proxy keeps a page that was made for somebody who has signed in."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, to be shown once where a session came with the question and the page says nothing else of it."""
        answer = self.respond(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in answer:
            add_never_cache_headers(answer)
        return answer
