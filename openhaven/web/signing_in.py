"""How people sign in: with a second factor, always; for how long; and what is kept of it is sealed."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.utils import url_str_to_user_pk
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from openhaven.desk import sign_ins
from openhaven.desk.models import Person
from openhaven.web import known
from openhaven.web.logged import tell
from openhaven.web.settings import GUESSES

RECENT = 5 * 60  # seconds
FROM_ANYWHERE = f"10/m/ip,{GUESSES}"
"""Wrong passwords from browsers that are not known: so many a minute from one address, too."""
SETS_UP = "mfa_activate_totp"
OPEN_BEFORE = {SETS_UP, "account_logout", "account_reauthenticate", "home", "health"}
"""What a person may reach who has signed in and set up no second factor yet."""
CODES = {"mfa_authenticate", "mfa_reauthenticate"}
HERE = "sign_in"
"""Under which a session holds its own number."""
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""In this order: each names itself as those after it too."""
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
_CALLED = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "Mac"}


class Accounts(DefaultAccountAdapter):
    """Nobody makes their own account: people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def is_reauthentication_required(self, app: str = "") -> bool:
        """Some minutes after a person last showed who they are."""
        shown = get_authentication_records(self.request, self.request.user)
        return not shown or time.time() - shown[-1]["at"] > RECENT

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        """Guesses count by the account alone, by whatever name of the service they come."""
        return credentials.get("email", "").strip().casefold()

    def login(self, request: HttpRequest, user: Person) -> None:
        """Signed in, and listed as that."""
        super().login(request, user)
        now = request.haven.clock()
        request.session[HERE] = sign_ins.begin(user, browser=browser_of(request), now=now)
        known.remember(request, user.pk, signed_in=True)
        by = [each["method"] for each in get_authentication_records(request, user)]
        tell("signed in", account=user.pk, by=by)

    def logout(self, request: HttpRequest) -> None:
        """Signed out, whoever still holds the cookie."""
        if isinstance(request.user, Person) and (here := request.session.get(HERE)):
            sign_ins.end(request.user, here)
            tell("signed out", account=request.user.pk)
        super().logout(request)

    def set_password(self, user: Person, password: str) -> None:
        """Another password ends every other session."""
        super().set_password(user, password)
        sign_ins.end_all(user, but=self.request.session.get(HERE))
        tell("password changed", account=user.pk)

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Refused, and written down, where somebody guesses too often. A browser in which this account was signed in
        before has a count of its own, so that nobody else's guesses keep its owner out."""
        account = _account(credentials)
        name = known.name_for(request, account)
        self._login_failed_rl_usage = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed",
            config={"login_failed": GUESSES if name else FROM_ANYWHERE},
            key=f"{self._get_login_attempts_cache_key(request, **credentials)} {name}",
        )
        if not self._login_failed_rl_usage:
            tell("slowed down", account=account)
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        """Written down."""
        tell("password refused", account=_account(credentials))


def _account(credentials: Mapping[str, str]) -> int | None:
    found = Person.objects.filter(email=credentials.get("email", "").strip().lower())
    return found.values_list("pk", flat=True).first()


def browser_of(request: HttpRequest) -> str:
    """By what a person knows their session again, in two words; no more of it is kept."""
    agent = request.headers.get("User-Agent", "")
    browser, system = (next((each for each in known if each in agent), "") for known in (_BROWSERS, _SYSTEMS))
    said = [_CALLED.get(each, each) for each in (browser or "a browser", system)]
    return " on ".join(each for each in said if each)


class SessionMiddleware:
    """Who did nothing for too long, or whose session was ended elsewhere, is signed out; who signed in is known."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; as to nobody in particular, where the session is over."""
        person = request.user
        if person.is_authenticated:
            lasting = sign_ins.Lasting.of(request.haven.settings.service)
            here = request.session.get(HERE)
            if not sign_ins.is_open(person, here, now=request.haven.clock(), lasting=lasting):
                logout(request)
                request.was_signed_in = person.pk
                tell("session ended", account=person.pk)
            else:
                request.account = person.pk
        answer = self.respond(request)
        known.write_down(request, answer)
        _tell_of_codes(request, answer)
        return answer


def _tell_of_codes(request: HttpRequest, answer: HttpResponse) -> None:
    """A code that was wrong brings its form again."""
    found = request.resolver_match
    if request.method == "POST" and answer.status_code == 200 and found and found.url_name in CODES:
        begun = (request.session.get("account_login") or {}).get("user_pk")
        number = url_str_to_user_pk(begun) if begun else getattr(request, "account", None)
        tell("code refused", account=number)


class SecondFactors(DefaultMFAAdapter):
    """The secrets behind codes lie sealed in the records, under the service's key."""

    def encrypt(self, text: str) -> str:
        """Sealed, as text."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. Raises InvalidToken where it is not ours, or was changed."""
        return _seal().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """What the app calls the account."""
        from openhaven.web.pages import the_haven

        return the_haven().settings.haven.operator


class SecondFactorMiddleware:
    """Who has signed in with a password alone sets up the second factor before anything else."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what `process_view` says goes first."""
        return self.respond(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """The page that sets up a second factor, where there is none; the account's page for who asks for another."""
        if not request.user.is_authenticated:
            return None
        asked, enabled = request.resolver_match.url_name, is_mfa_enabled(request.user)
        if enabled and asked == SETS_UP:
            return redirect("mfa_index")
        return None if enabled or asked in OPEN_BEFORE else redirect(SETS_UP)


def showed_second_factor(request: HttpRequest) -> bool:
    """Whether the person has typed a code in this session. Who has just set up their app has not yet."""
    return any(each.get("method") == "mfa" for each in get_authentication_records(request, request.user))


def second_factor_first(request: HttpRequest) -> HttpResponse | None:
    """The page that asks for a code, then leads back; None for who has typed one in this session."""
    if showed_second_factor(request):
        return None
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")


def _seal() -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"openhaven second factors 1").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
