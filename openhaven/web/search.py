"""Looking for words in what a page lists, and showing it a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

PAGE = 20  # entries


def found_in(plain: Any, asked: str) -> bool:
    """Whether every word asked for stands somewhere in the values, whatever its case."""
    text = " ".join(_values(plain)).casefold()
    return all(word in text for word in asked.casefold().split())


def paged(request: HttpRequest, listed: Sequence[Any]) -> dict[str, Any]:
    """The part of a list that `?page=` asks for, the nearest where it asks for one that is not there."""
    pages = Paginator(listed, PAGE)
    return {"shown": pages.get_page(request.GET.get("page")), "count": len(listed)}


def _values(plain: Any) -> Iterator[str]:
    if isinstance(plain, Mapping):
        plain = plain.values()
    elif isinstance(plain, str) or not isinstance(plain, Sequence):
        yield str(plain)
        return
    for each in plain:
        yield from _values(each)
