"""Django's settings for the service: those of the desk, and what pages need. One function, no module of globals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from openhaven.desk.setup import desk_settings, password_checks
from openhaven.desk.stolen import check_stolen
from openhaven.model.settings import Service
from openhaven.web.logged import logging_settings

HERE = Path(__file__).parent
YEAR = 365 * 24 * 3600  # seconds
HOUR = 3600  # seconds
GUESSES = "5/5m/key"
"""Wrong passwords, or wrong codes, for one account."""
LARGEST_FORM = 1_000_000  # bytes, files aside
LARGEST_FILE = 12_000_000  # bytes; a little more than is taken, so that who sends too much is told so


def web_settings(*, secret: str, hosts: Sequence[str] = (), secure: bool = False) -> dict[str, Any]:
    """Keyword arguments for Django's settings.configure.

    `secret` signs cookies. `hosts` are the names by which the service is called; `secure` says that it is reached
    over HTTPS: then cookies travel over nothing else and browsers are told so for a year.
    """
    desk = desk_settings()
    apps = [
        *desk["INSTALLED_APPS"],
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "csp",
        "allauth",
        "allauth.account",
        "allauth.mfa",
    ]
    return {
        **desk,
        "INSTALLED_APPS": apps,
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": list(hosts) or ["localhost", "127.0.0.1", "[::1]"],
        "ROOT_URLCONF": "openhaven.web.urls",
        "MIDDLEWARE": _MIDDLEWARE,
        "TEMPLATES": [_templates()],
        "STATIC_URL": "/static/",
        "STATICFILES_DIRS": [HERE / "static"],
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "WHITENOISE_ALLOW_ALL_ORIGINS": False,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST_FORM,
        "FILE_UPLOAD_MAX_MEMORY_SIZE": LARGEST_FILE,
        "FILE_UPLOAD_HANDLERS": ["django.core.files.uploadhandler.MemoryFileUploadHandler"],  # never plain on disk
        "LANGUAGE_CODE": "en-gb",
        "USE_I18N": False,
        "LOGGING": logging_settings(),
        **_accounts(),
        "CACHES": {"default": {"BACKEND": "openhaven.desk.shortly.ShortlyCache"}},
        **_headers(secure=secure),
    }


def chosen_settings(service: Service, *, operator: str, folder: Path) -> dict[str, Any]:
    """What the settings of a haven say of signing in. Raises BadInput where the file of stolen passwords is none."""
    stolen = folder / service.stolen_passwords if service.stolen_passwords else None
    if stolen:
        check_stolen(stolen)
    return {
        "SESSION_COOKIE_AGE": service.session_hours * HOUR,
        "ALLAUTH_TRUSTED_PROXY_COUNT": service.servers_in_front,
        "AUTH_PASSWORD_VALIDATORS": password_checks(names=[operator], stolen=str(stolen or "")),
    }


_MIDDLEWARE = [
    "openhaven.web.logged.LoggedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "openhaven.web.guarding.MethodsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "openhaven.web.guarding.NotKeptMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "openhaven.web.pages.HavenMiddleware",
    "openhaven.web.signing_in.SessionMiddleware",
    "openhaven.web.signing_in.SecondFactorMiddleware",
]


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "environment": "openhaven.web.pages.environment",
            "context_processors": ["openhaven.web.pages.on_every_page"],
        },
    }


def _accounts() -> dict[str, Any]:
    """Who signs in does so by e-mail address and password, and a code from an app; nobody makes their own account."""
    return {
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "ACCOUNT_ADAPTER": "openhaven.web.signing_in.Accounts",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "none",  # the link that made the account was sent to the address
        "ACCOUNT_SESSION_REMEMBER": False,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
        "ACCOUNT_RATE_LIMITS": {"login_failed": GUESSES, "login": None},  # those at passwords count in `Accounts`
        "MFA_ADAPTER": "openhaven.web.signing_in.SecondFactors",
        "MFA_SUPPORTED_TYPES": ["totp"],  # recovery codes are ours
        "MFA_FORMS": {
            "authenticate": "openhaven.web.recovery.SignIn",
            "reauthenticate": "openhaven.web.recovery.ShowAgain",
        },
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "desk",
        "SESSION_EXPIRE_AT_BROWSER_CLOSE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_FAILURE_VIEW": "openhaven.web.views.home.stale",
    }


def _headers(*, secure: bool) -> dict[str, Any]:
    """No request leaves the host, no script runs that has no nonce, nobody frames a page."""
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": [NONE],
                "script-src": [SELF, NONCE],
                "style-src": [SELF],
                "img-src": [SELF, "data:"],
                "font-src": [SELF],
                "connect-src": [SELF],
                "form-action": [SELF],
                "frame-ancestors": [NONE],
                "object-src": [NONE],
                "base-uri": [NONE],
                "manifest-src": [SELF],
            }
        },
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_SSL_REDIRECT": secure,
        "SECURE_REDIRECT_EXEMPT": [r"^api/", r"^metrics$"],  # a program is refused: it would send its token again
        "SECURE_HSTS_SECONDS": YEAR if secure else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": secure,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "CSRF_COOKIE_SECURE": secure,
        "CSRF_COOKIE_NAME": "__Host-csrf" if secure else "csrf",
    }
