"""Recovery codes of an account: how many are left, and new ones, shown in the very answer that makes them."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.mfa.totp.internal.flows import activate_totp
from allauth.mfa.totp.views import ActivateTOTPView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from openhaven.web import recovery
from openhaven.web.logged import tell
from openhaven.web.pages import page
from openhaven.web.staying import signed_in


@never_cache
@signed_in
@reauthentication_required
def codes(request: HttpRequest) -> HttpResponse:
    """How many are left; by a form, new ones."""
    if request.method == "POST":
        return _shown(request)
    return page(request, "recovery_left.html", left=recovery.left(request.user), many=recovery.MANY, form=Form())


class SetsUpApp(ActivateTOTPView):
    """Sets up the app that shows codes, then shows the first recovery codes."""

    def form_valid(self, form: Form) -> HttpResponse:
        """The app counts from now on."""
        activate_totp(self.request, form)
        return _shown(self.request)


sets_up_app = never_cache(SetsUpApp.as_view())


def _shown(request: HttpRequest) -> HttpResponse:
    made = recovery.make(request.user)
    tell("recovery codes made", account=request.user.pk)
    return page(request, "recovery_codes.html", codes=made)
