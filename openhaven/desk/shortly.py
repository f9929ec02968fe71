"""What Django calls a cache, in the records: so that guesses at passwords, and codes that were used once, count for
every process together.

Names are kept as keyed hashes, since there are addresses of people in them, and nothing is kept once it has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from openhaven.desk.models import Shortly

_LONGEST = dt.timedelta(days=1)
_KEYED = "openhaven shortly 1"


class ShortlyCache(BaseCache):
    """Values are what JSON can hold; none stays longer than a day."""

    def __init__(self, location: str, params: Mapping[str, Any]) -> None:
        super().__init__(dict(params))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """What is known, else `default`."""
        found = Shortly.objects.filter(name=self._name(key, version), ends__gt=now())
        return next(iter(found.values_list("value", flat=True)), default)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Whether it was not known before; of several that ask at once it is so for one."""
        with _swept():
            made = {"value": value, "ends": self._end(timeout)}
            return bool(Shortly.objects.get_or_create(name=self._name(key, version), defaults=made)[1])

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Know it from now on."""
        with _swept():
            made = {"value": value, "ends": self._end(timeout)}
            Shortly.objects.update_or_create(name=self._name(key, version), defaults=made)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Whether it is known; then for longer."""
        known = Shortly.objects.filter(name=self._name(key, version), ends__gt=now())
        return bool(known.update(ends=self._end(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Whether it was known."""
        return bool(Shortly.objects.filter(name=self._name(key, version)).delete()[0])

    def clear(self) -> None:
        """Forget all."""
        Shortly.objects.all().delete()

    def validate_key(self, key: str) -> None:
        """Any will do: it is hashed."""

    def _name(self, key: str, version: int | None) -> str:
        whole = self.make_and_validate_key(key, version=version)
        return str(salted_hmac(_KEYED, whole, algorithm="sha256").hexdigest())

    def _end(self, timeout: Any) -> dt.datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        lasts = _LONGEST if seconds is None else min(dt.timedelta(seconds=seconds), _LONGEST)
        return now() + lasts


@contextmanager
def _swept() -> Iterator[None]:
    with transaction.atomic():
        forget_old(now())
        yield


def forget_old(at: dt.datetime) -> None:
    """Forget what has ended."""
    Shortly.objects.filter(ends__lte=at).delete()


def forget_all() -> None:
    """Forget everything, as after a restore."""
    Shortly.objects.all().delete()
