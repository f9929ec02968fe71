"""Passwords that are guessed first: the common ones however dressed up, and those made of a person's own words.

The list of 20,000 common passwords is Django's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from openhaven.model.record.organisations import Organisation

SHORTEST_WORD = 4
"""Letters of a word that is looked for in a password: shorter ones stand in everything."""
THIS = ("openhaven", "haven", "password", "passwort", "letmein", "welcome")
"""Words of this place, which every guesser tries at its door."""
_READ_AS = str.maketrans("013457@$!", "oleastasi")


class Known(Protocol):
    """Whose password it is to be."""

    pk: int | None
    email: str
    name: str
    posts: Any


class Dressed:
    """Refuses a common password with figures or signs around it or for letters, one said again, and one of few
    letters."""

    def __init__(self) -> None:
        self._common: set[str] = CommonPasswordValidator().passwords

    def validate(self, password: str, user: Known | None = None) -> None:
        """Raises ValidationError."""
        plain = password.casefold()
        if any(each in self._common for each in _undressed(plain)):
            raise ValidationError("This password is too common, also with other signs in it or around it.", "common")
        if len(set(plain)) < SHORTEST_WORD + 1:
            raise ValidationError("This password has too few different letters.", "few")

    def get_help_text(self) -> str:
        """What is asked of a password."""
        return "It cannot be a common password, also with figures or signs around it."


def _undressed(plain: str) -> Iterator[str]:
    for each in (plain, plain.translate(_READ_AS)):
        for bare in (each.strip("0123456789"), each.strip("0123456789!?.-_*#@$+& ")):
            yield _once(bare)
    yield _once(plain)


def _once(text: str) -> str:
    """The part that is said again and again, else all of it."""
    again = (text + text).find(text, 1) if text else 0
    return text[:again] if again else text


class OwnWords:
    """Refuses a password that holds somebody's address or an organisation's name; their single words do not count to
    its length."""

    def __init__(self, names: Sequence[str] = (), least: int = 12) -> None:
        self._names, self._least = tuple(names), least

    def validate(self, password: str, user: Known | None = None) -> None:
        """Raises ValidationError."""
        typed, whole = _letters(password), [*self._names, *(_of(user) if user else ())]
        if any(len(_letters(each)) >= SHORTEST_WORD and _letters(each) in typed for each in whole):
            raise ValidationError("This password holds your address, your name or your organisation’s.", "own")
        left = password.casefold()
        for word in sorted({*THIS, *_words(whole)}, key=len, reverse=True):
            left = left.replace(word, "")
        if len(left) < self._least <= len(password):  # one that is short in any case is told so elsewhere
            raise ValidationError(
                f"Without words of yours, of your organisation and of this place it needs {self._least} characters.",
                "own",
            )

    def get_help_text(self) -> str:
        """What is asked of a password."""
        return "It cannot hold your address, or the name of your organisation. Three random words make a good one."


def _of(person: Known) -> Iterator[str]:
    """Everything by which a person is known here."""
    yield from (person.email, person.email.partition("@")[0], person.name)
    posts = person.posts.all() if person.pk else ()
    organisations = {each.organisation for each in posts if each.organisation}
    yield from organisations
    if organisations:
        yield from _names_of(organisations)


def _names_of(organisations: set[str]) -> Iterator[str]:
    from openhaven.records import reads  # only now: it needs Django

    for each in reads.records_of("organisation"):
        if isinstance(each, Organisation) and each.id in organisations:
            yield each.name


def _letters(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


def _words(names: Sequence[str]) -> Iterator[str]:
    for each in names:
        yield from (word for word in re.findall(r"[^\W_]+", each.casefold()) if len(word) >= SHORTEST_WORD)
