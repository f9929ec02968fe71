"""An invitation taken up: the person sets a password, with which they sign in."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from openhaven.desk import accounts
from openhaven.desk.setup import LEAST_PASSWORD
from openhaven.web import known
from openhaven.web.pages import page


class Password(forms.Form):
    """A password, typed twice."""

    password = forms.CharField(
        label="Choose a password",
        help_text=f"At least {LEAST_PASSWORD} characters. Three random words make a good one.",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Type it again",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        """Both are the same."""
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", "Type the same password twice")


@never_cache
@sensitive_post_parameters()
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The form of the link, and what it does."""
    now = request.haven.clock()
    if accounts.invitation(token, now=now) is None:
        todo = "It may have been used, or be more than a week old. Ask who invited you for a new one."
        return page(request, "wrong.html", status=404, title="This link works no more", todo=todo)
    form = Password(request.POST or None)
    if form.is_valid():
        try:
            person = accounts.accept(request.haven, token, password=form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            known.remember(request, person.pk, signed_in=False)
            return redirect("account_login")
    return page(request, "join.html", form=form)
