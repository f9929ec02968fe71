"""What is promised, for a person to read: what is late in full, what is near, and of many on one day how many."""

from __future__ import annotations

import datetime as dt

from openhaven.haven.promises import Kept, PromiseOf, promise_lines
from openhaven.model.obligation import Promiser

DAY = dt.date(2028, 8, 22)


def promise(number, *, due=DAY, standing=Kept.OPEN, by=Promiser.RECIPIENT, required="The data is destroyed."):
    return PromiseOf(f"APP-{number}.R1", required, str(by), f"by {due}" if due else "always", "a paper", due, standing)


def test_nothing_waits():
    assert list(promise_lines([promise(1, standing=Kept.KEPT)])) == []


def test_few_of_one_day_are_told_one_by_one_the_nearest_first():
    later, near = promise(1), promise(2, due=dt.date(2026, 12, 22))
    head, first, second = promise_lines([later, near, promise(3, standing=Kept.KEPT)])
    assert head.startswith("Promised and not known to be kept: 2 ")
    assert first.startswith("  APP-2.R1: The data is destroyed. Promised by the recipient, by 2026-12-22")
    assert second.startswith("  APP-1.R1")


def test_many_of_one_day_are_counted_with_their_releases():
    many = [promise(number) for number in (1, 2, 2, 3, 4, 5, 6)]
    assert list(promise_lines(many))[1:] == [
        "  7 promises by the recipient, by 2028-08-22: APP-1.R1, APP-2.R1, APP-3.R1, APP-4.R1, APP-5.R1 and 1 more."
    ]


def test_two_sides_and_those_without_a_day_are_counted_apart():
    ours = [promise(n, by=Promiser.OPERATOR) for n in range(6)]
    lasting = [promise(n, due=None) for n in range(6)]
    lines = list(promise_lines([*lasting, *ours, *(promise(n) for n in range(6))]))
    assert [line.split(":")[0] for line in lines[1:]] == [
        "  6 promises by the operator, by 2028-08-22",
        "  6 promises by the recipient, by 2028-08-22",
        "  6 promises by the recipient, always",
    ]


def test_whatever_is_late_is_told_in_full_however_many():
    late = [promise(n, standing=Kept.PAST) for n in range(9)]
    lines = list(promise_lines([*late, promise(10, standing=Kept.PAST, by=Promiser.OPERATOR)]))
    assert len(lines) == 11
    assert sum("Its day has passed: ask the recipient." in line for line in lines) == 9
    assert sum("Its day has passed: it is ours to do." in line for line in lines) == 1
