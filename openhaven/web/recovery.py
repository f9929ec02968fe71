"""Recovery codes: each signs a person in once, when their phone is not at hand.

They are shown when they are made and never again: only their hashes are kept. A code has 118 random bits, so nobody
finds it from its hash by guessing, and a quick hash will do (OWASP ASVS 5.0, 6.5.2)."""

from __future__ import annotations

import secrets
from hashlib import sha256

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from django.db import transaction

from openhaven.desk.models import Person

MANY = 8
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper."""
GROUPS, GROUP = 6, 4


def make(person: Person) -> list[str]:
    """New codes of a person; those that they had before work no more."""
    codes = [_code() for _ in range(MANY)]
    kept = {"hashes": [_hash(each) for each in codes]}
    Authenticator.objects.update_or_create(
        user=person, type=Authenticator.Type.RECOVERY_CODES, defaults={"data": kept, "last_used_at": None}
    )
    return codes


def left(person: Person) -> int:
    """How many codes of a person still work."""
    found = _of(person).first()
    return 0 if found is None else len(found.data["hashes"])


@transaction.atomic
def spend(person: Person, code: str) -> Authenticator | None:
    """What a code belongs to, which works no more from now on; None where it is none of this person's."""
    found, given = _of(person).select_for_update().first(), _hash(code)
    if found is None or given not in found.data["hashes"]:
        return None
    found.data = {"hashes": [each for each in found.data["hashes"] if each != given]}
    found.save(update_fields=["data"])
    return found


def forget_sealed() -> None:
    """Forget codes of earlier versions, which were kept sealed, not hashed."""
    Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).exclude(data__has_key="hashes").delete()


class _Shown:
    """A form with a code: of the app, or a recovery code."""

    def clean_code(self) -> str:
        """The code, spent. Raises ValidationError."""
        guessed_no_more = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        app = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).first()
        found = app if app is not None and app.wrap().validate_code(code) else spend(self.user, code)
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        guessed_no_more()
        return code


class SignIn(_Shown, AuthenticateForm):
    """The code after the password."""


class ShowAgain(_Shown, ReauthenticateForm):
    """The code before something that is asked for once more."""


def _of(person: Person) -> Authenticator:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.RECOVERY_CODES)


def _code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


def _hash(code: str) -> str:
    """However it was written: capitals, spaces and hyphens do not count."""
    return sha256("".join(code.casefold().replace("-", "").split()).encode()).hexdigest()
