"""A bare Django page behind the same server with the same threads: what the service's pages are compared with."""

from __future__ import annotations

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path


def hello(request: HttpRequest) -> HttpResponse:
    """A page that asks nothing of anybody."""
    return HttpResponse("<!DOCTYPE html><html lang=en><title>Hello</title><h1>Hello</h1></html>")


urlpatterns = [path("", hello)]


def main() -> None:
    """Serve on a free port, which is said on standard error."""
    settings.configure(ROOT_URLCONF="bench.bare", ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], SECRET_KEY="bare")
    import django

    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from waitress.server import create_server

    from openhaven.web.serving import THREADS

    server = create_server(WSGIHandler(), host="127.0.0.1", port=0, threads=THREADS, ident=None)
    print(f"http://127.0.0.1:{server.effective_port}", file=sys.stderr, flush=True)
    server.run()


if __name__ == "__main__":
    main()
