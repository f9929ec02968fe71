"""The cases that wait to be looked at, what is due first coming first: asked of the database a page at a time."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import QuerySet

from openhaven.casework.clocks import Clock, clocks
from openhaven.desk.models import Case
from openhaven.haven.place import LONDON

Row = tuple[dt.date, dt.datetime, str]
"""By when it is due, since when it stands so, and its id: what orders it."""


class Queue:
    """Cases with a clock by the day on which it runs out, then the others, the latest first. It can be counted, and cut
    into pages; of a page no more is read than what could stand on it."""

    def __init__(self, found: QuerySet[Case], today: dt.date) -> None:
        self.found = found
        self.clocks = clocks(today)
        self.states = tuple({each.state for each in self.clocks})

    def count(self) -> int:
        """How many cases there are."""
        return self.found.count()

    def __getitem__(self, part: slice) -> Sequence[Case]:
        ids = self._ids(part.start or 0, part.stop)
        by_id = {each.pk: each for each in self.found.filter(pk__in=ids)}
        return [by_id[each] for each in ids if each in by_id]

    def _ids(self, start: int, stop: int) -> list[str]:
        due = heapq.merge(*(self._of(each, stop) for each in self.clocks))
        first = [id for _, _, id in islice(due, stop)]
        if len(first) == stop:
            return first[start:]
        others = self.found.exclude(state__in=self.states).order_by("-since", "pk").values_list("pk", flat=True)
        return [*first[start:], *others[max(0, start - len(first)) : stop - len(first)]]

    def _of(self, clock: Clock, most: int) -> Iterator[Row]:
        """The first cases of a clock. What stands so for longest is due first."""
        rows = self.found.filter(state=clock.state).order_by("since", "pk").values_list("since", "pk")[:most]
        for since, id in rows:
            yield clock.due(since.astimezone(LONDON).date()), since, id
