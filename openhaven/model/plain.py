"""Nouns to and from plain data (what TOML and JSON hold). Unknown keys and wrong types are refused by name."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory, is_namedtuple, namedtuple_dict_unstructure_factory
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.v import format_exception

from .errors import BadInput

T = TypeVar("T")


def _exactly(kind: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def check(value: Any, asked: Callable[[Any], Any]) -> Any:
        if asked is not kind:  # a coded word, which is text too
            return _coded(asked, value)
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise TypeError(f"expected {_KINDS[kind]}, got {_as_written(value)}")
        return kind(value)

    return check


_KINDS: Mapping[Any, str] = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _as_written(value: Any) -> str:
    """A value as the file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else repr(value)


def _coded(words: Any, value: Any) -> Any:
    try:
        return words(value)
    except ValueError:
        if not issubclass(words, Enum):
            raise
        known = ", ".join(repr(each.value) for each in words)
        raise ValueError(f"{_as_written(value)} is not one of {known}") from None


def _date(value: Any, _: Any) -> dt.date:
    if type(value) is dt.date:
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return dt.date.fromisoformat(value)
    raise TypeError(f"expected a date such as 2026-11-30, got {_as_written(value)}")


def _is_list(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis


def _listed(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    """As the converter's own, but a text is never taken for a list of its letters, nor a table for one of its keys."""
    own = homogenous_tuple_structure_factory(kind, converter)

    def check(value: Any, asked: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise TypeError(f"expected a list in square brackets, got {_as_written(value)}")
        return own(value, asked)

    return check


def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True, prefer_attrib_converters=True)
    for kind in (str, int, float, bool):
        made.register_structure_hook(kind, _exactly(kind))  # by class: the converter's own come before any predicate
    made.register_structure_hook(dt.date, _date)
    made.register_structure_hook_factory(_is_list, _listed)
    made.register_unstructure_hook(dt.date, lambda day: day.isoformat())
    made.register_unstructure_hook_factory(is_namedtuple, namedtuple_dict_unstructure_factory)
    return made


_CONVERTER = _converter()


def _explain(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return _MISSING
    if isinstance(error, ForbiddenExtraKeysError):
        return "; ".join(_unknown(name, error.cl) for name in sorted(error.extra_fields))
    if isinstance(error, AttributeError):  # of a text or number that should have had keys
        return "expected a table of keys and values"
    return str(error) if isinstance(error, TypeError | ValueError) else format_exception(error, kind)


_MISSING = "is missing"


def _unknown(name: str, kind: type) -> str:
    near = get_close_matches(name, get_type_hints(kind), n=1)
    return f"there is no key {name!r} here" + (f"; perhaps it is {near[0]!r}" if near else "")


def _plainly(kind: type, line: str) -> str:
    """A line of the converter, `what @ .path[0].key`, as people read it: where, then what."""
    what, _, path = line.rpartition(" @ ")
    if not path:
        return what
    steps = [name or key or int(at) + 1 for name, at, key in _STEP.findall(path)]
    where = " of ".join(f"number {each}" if isinstance(each, int) else each for each in reversed(steps))
    return f"{where}: {what}" if what != _MISSING else f"{where} is missing{_accepted(kind, steps)}"


_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\['(.*?)'\]")


def _accepted(kind: type, steps: Iterable[str | int]) -> str:
    """The words that what is missing could be, where they are coded ones."""
    for name in steps:
        kind = kind if isinstance(name, int) else _inner(get_type_hints(kind).get(name, str))
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return ""
    return f", which is one of {', '.join(repr(each.value) for each in kind)}"


def _inner(hint: Any) -> Any:
    """The type of what a list or a part that may be missing holds."""
    held = [each for each in get_args(hint) if each not in (type(None), Ellipsis)]
    return _inner(held[0]) if held else hint


def from_plain(kind: type[T], data: Mapping[str, Any], *, where: str) -> T:
    """Make a noun from plain data. Raises BadInput naming `where`, the path inside it, and what is wrong."""
    try:
        return _CONVERTER.structure(data, kind)
    except BaseValidationError as error:
        lines = transform_error(error, path="", format_exception=_explain)
        raise BadInput("; ".join(_plainly(kind, line) for line in lines), where=where) from None


def to_plain(value: Any) -> Any:
    """Plain data for JSON: dates as ISO text, enums as their values, empty optional parts kept."""
    if isinstance(value, Enum):
        return value.value
    return _CONVERTER.unstructure(value)


def read_toml(text: str, *, where: str) -> dict[str, Any]:
    """TOML as plain data. Raises BadInput with the line that does not parse."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise BadInput("this is not TOML: its lists and tables lie too deep in each other", where=where) from None
    except ValueError as error:  # also of a number with thousands of digits
        raise BadInput(f"this is not TOML: {error}", where=where) from None
