"""A worker beside the service that ended is started again, and at ever longer intervals where none of them lives."""

from itertools import accumulate, repeat

from openhaven.web.beside import LONGEST_REST, TO_REST, rest_after


def test_the_first_is_started_again_at_once_and_so_is_one_that_lived_long() -> None:
    assert rest_after(0, 0.5) == TO_REST
    assert rest_after(LONGEST_REST, 3600) == TO_REST


def test_where_each_ends_at_once_the_machine_is_left_in_peace() -> None:
    rests = list(accumulate(repeat(0.3, 10), rest_after, initial=0.0))
    assert rests == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
