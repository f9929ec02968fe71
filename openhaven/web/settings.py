"""Django's settings for the service: those of the records, and what pages need. One function, no module of globals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF

from openhaven.records.settings import django_settings

HERE = Path(__file__).parent
YEAR = 365 * 24 * 3600  # seconds
LARGEST_FORM = 1_000_000  # bytes, files aside


def web_settings(
    *, database: Mapping[str, Any], secret: str, hosts: Sequence[str] = (), secure: bool = False
) -> dict[str, Any]:
    """Keyword arguments for Django's settings.configure.

    `secret` signs cookies. `hosts` are the names by which the service is called; `secure` says that it is reached
    over HTTPS: then cookies travel over nothing else and browsers are told so for a year.
    """
    records = django_settings(database=database)
    return {
        **records,
        "INSTALLED_APPS": [*records["INSTALLED_APPS"], "django.contrib.staticfiles", "csp"],
        "SECRET_KEY": secret,
        "ALLOWED_HOSTS": list(hosts) or ["localhost", "127.0.0.1", "[::1]"],
        "ROOT_URLCONF": "openhaven.web.urls",
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            "csp.middleware.CSPMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
            "openhaven.web.pages.HavenMiddleware",
        ],
        "TEMPLATES": [_templates()],
        "STATIC_URL": "/static/",
        "STATICFILES_DIRS": [HERE / "static"],
        "WHITENOISE_USE_FINDERS": True,
        "WHITENOISE_AUTOREFRESH": False,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LARGEST_FORM,
        "LANGUAGE_CODE": "en-gb",
        "USE_I18N": False,
        "DEFAULT_CHARSET": "utf-8",
        **_headers(secure=secure),
    }


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"environment": "openhaven.web.pages.environment"},
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
                "base-uri": [NONE],
                "manifest-src": [SELF],
            }
        },
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_SSL_REDIRECT": secure,
        "SECURE_HSTS_SECONDS": YEAR if secure else 0,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": secure,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if secure else None,
        "SESSION_COOKIE_SECURE": secure,
        "CSRF_COOKIE_SECURE": secure,
    }
