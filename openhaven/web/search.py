"""Looking for words in what a page lists, and showing it a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest

PAGE = 20  # entries
ROWS = 25  # entries of a list that the database gives a page at a time


def found_in(plain: Any, asked: str) -> bool:
    """Whether every word asked for stands somewhere in the values, whatever its case."""
    text = " ".join(_values(plain)).casefold()
    return all(word in text for word in asked.casefold().split())


def paged(request: HttpRequest, listed: Any, *, each: int = PAGE) -> dict[str, Any]:
    """The part of a list that `?page=` asks for, the nearest where it asks for one that is not there. Of a query only
    that part is read."""
    pages = Paginator(listed, each)
    return {"shown": pages.get_page(request.GET.get("page")), "count": pages.count}


def the_one(listed: Iterable[Mapping[str, Any]], id: str, *, by: str = "id") -> Mapping[str, Any]:
    """What a page lists under that id. Raises Http404."""
    for each in listed:
        if each[by] == id:
            return each
    raise Http404(id)


def chosen_of(request: HttpRequest, states: Iterable[str]) -> str:
    """The state that `?state=` asks for; empty for all of them, and for one that there is not."""
    asked = request.GET.get("state", "")
    return next((str(each) for each in states if each == asked), "")


def _values(plain: Any) -> Iterator[str]:
    if isinstance(plain, Mapping):
        plain = plain.values()
    elif isinstance(plain, str) or not isinstance(plain, Sequence):
        yield str(plain)
        return
    for each in plain:
        yield from _values(each)
