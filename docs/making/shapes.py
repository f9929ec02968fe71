"""How a class of the code is shown: its keys, with their types and defaults."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from enum import StrEnum
from typing import Any

from making.markdown import docstring, listed, table
from openhaven.model.protection import NONE, Protection


def default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return shown(field.default)
    return shown(field.default_factory()) if field.default_factory is not dataclasses.MISSING else "required"


def shown(value: Any) -> str:
    if value is None or value in ("", (), {}, NONE):
        return "none"
    if isinstance(value, tuple):
        return listed(value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def type_of(hint: Any) -> str:
    if hint is Protection:
        return "table: [Protection](records.md#protection)"
    if dataclasses.is_dataclass(hint):
        return f"table: [{hint.__name__}](#{hint.__name__.lower()})"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if isinstance(hint, types.UnionType):
        return " or ".join(type_of(each) for each in typing.get_args(hint) if each is not type(None))
    if typing.get_origin(hint) is tuple:
        inside = [each for each in typing.get_args(hint) if each is not Ellipsis]
        return "list of " + (type_of(inside[0]).replace("number", "numbers") if len(inside) == 1 else "pairs")
    if typing.get_origin(hint) is not None:
        return "table of text"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", dt.date: "date"}
    return names[hint]


def keys_of(kind: type) -> str:
    hints = typing.get_type_hints(kind)
    rows = [(f"`{each.name}`", type_of(hints[each.name]), default(each)) for each in dataclasses.fields(kind)]
    return table(("key", "type", "default"), rows)


def noun(kind: type, *, title: str = "", level: int = 2) -> str:
    return f"{'#' * level} {title or kind.__name__}\n\n{docstring(kind)}\n\n{keys_of(kind)}"


def enum(kind: type[StrEnum]) -> str:
    return f"## {kind.__name__}\n\n{docstring(kind)}\n\n{listed(kind)}"
