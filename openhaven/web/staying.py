"""Pages for people who have signed in. Where a session ended in the middle, what was typed is kept and given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from openhaven.desk.cases import NotAllowed
from openhaven.desk.patients.sealed import seal, unsealed
from openhaven.model.errors import BadInput
from openhaven.web import known
from openhaven.web.pages import page

KEPT = "typed"
MOST = 64_000  # characters that are kept for somebody who is not signed in
Typed = Mapping[str, Sequence[str]]
View = Callable[..., HttpResponse]
F = TypeVar("F", bound=forms.Form)


def signed_in(view: View) -> View:
    """Only for who has signed in; others sign in first, and find what they had typed."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if request.method == "POST" and settings.SESSION_COOKIE_NAME in request.COOKIES:
                _keep(request)
            return redirect_to_login(request.get_full_path())
        prefetch_related_objects([request.user], "posts")  # asked for again and again
        try:
            return view(request, *arguments, **named)
        except NotAllowed as refused:
            return page(request, "wrong.html", status=403, title="You cannot do this", todo=f"{refused.what}.")

    return guarded


def _keep(request: HttpRequest) -> None:
    """For the account whose session it was, by what it said or else what the browser knows; for nobody else."""
    typed = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    of = getattr(request, "was_signed_in", None) or known.signed_in_last(request)
    if of and sum(len(each) for values in typed.values() for each in values) <= MOST:
        request.session[KEPT] = {"at": request.path, "typed": seal(request.haven, typed), "of": of}


def given_back(request: HttpRequest) -> Typed | None:
    """What was typed on this page before a session ended, once; None where nothing was, or by somebody else."""
    kept = request.session.get(KEPT)
    if not kept or kept["at"] != request.path:
        return None
    del request.session[KEPT]
    if kept["of"] != request.user.pk:
        return None
    request.given_back = True  # the page says so
    return unsealed(request.haven, kept["typed"])


def filled(request: HttpRequest, form: type[F], **given: Any) -> F:
    """A form as it was sent; else as it was typed before a session ended; else empty."""
    if request.method == "POST":
        return form(request.POST, **given)
    if (kept := given_back(request)) is None:
        return form(**given)
    made = form(**given)
    several = {name for name, each in made.fields.items() if isinstance(each, forms.MultipleChoiceField)}
    made.initial = {name: [*values] if name in several else values[-1] for name, values in kept.items() if values}
    made.given_back = True
    return made


@contextmanager
def wrong_in(form: forms.Form) -> Iterator[None]:
    """What is wrong with what was sent is said in the form, which is shown again."""
    try:
        yield
    except BadInput as error:
        form.add_error(None, str(error))


def typed_in(request: HttpRequest) -> Typed:
    """What a form sent."""
    return dict(request.POST.lists())


def or_404(found: Any) -> Any:
    """What was found; the same answer for what is not there and for what is none of a person's business."""
    if found is None:
        raise Http404
    return found
