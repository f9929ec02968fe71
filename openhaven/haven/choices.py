"""Every setting as it stands, with what is to be confirmed of it, and numbers of the law that are open to choice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openhaven.haven.place import Haven
from openhaven.law.numbers import OWN, Choice, choices
from openhaven.law.provisions import PROVISIONS, Confidence
from openhaven.model.settings import flat


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its value, whether it stands in haven.toml, and what is said of it (empty where nothing is)."""

    setting: str
    value: Any
    source: str
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.setting} = {_as_toml(self.value)}    ({'; '.join((self.source, *self.notes))})"


def settings_of(haven: Haven) -> tuple[Setting, ...]:
    """All of them, those of `policy.numbers` one by one, each with its provision and how sure we are of it."""
    open_to_choice = list(choices(haven.settings.policy.numbers, on=haven.today()))
    found: list[Setting] = []
    for name, value, source in flat(haven.settings, haven.given):
        if name == OWN:
            found += map(_of_number, filter(_own, open_to_choice))
            continue
        notes = tuple(_of_provisions(name)) or tuple(_note(each) for each in open_to_choice if each.setting == name)
        found.append(Setting(name, value, source, notes))
    return tuple(found)


def _own(choice: Choice) -> bool:
    return choice.setting.startswith(f"{OWN}.")


def _of_number(choice: Choice) -> Setting:
    notes = (choice.unit, _note(choice), choice.not_read)
    source = "haven.toml" if choice.chosen else "default"
    return Setting(choice.setting, choice.value, source, tuple(note for note in notes if note))


def _note(choice: Choice) -> str:
    return _sure(choice.citation, choice.confidence, choice.checked)


def _sure(id: str, confidence: Confidence, checked: dt.date | None = None) -> str:
    looked = f", last checked {checked}" if checked else ""
    return f"{id}: {confidence}{looked}"


def _of_provisions(name: str) -> Iterator[str]:
    for each in PROVISIONS.values():
        if name in each.settings:
            yield _sure(each.id, each.confidence) + (f" ({each.doubt})" if each.doubt else "")


def _as_toml(value: object) -> str:
    """A value as it would be written in haven.toml."""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_as_toml, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {_as_toml(each)}" for name, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | int | float | str) else str(value)
