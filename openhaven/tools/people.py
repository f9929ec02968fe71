"""What a request says of people: which columns tell them apart, and which of their events are known."""

from collections.abc import Sequence

import numpy as np

from openhaven.disclosure.events import NOBODY, check_events
from openhaven.disclosure.hierarchy import Ints
from openhaven.model.errors import BadInput


def check_qi(qi: Sequence[str], person: str | None) -> None:
    """Raises BadInput where the quasi-identifiers are none, named twice, or the person's own column."""
    if not qi or len(set(qi)) < len(qi):
        raise BadInput("name each quasi-identifier once", todo="For example --qi age,sex,area.")
    if person in qi:
        raise BadInput(f"{person!r} names the person, so it cannot be a quasi-identifier too")


def check_known_events(events: int, person: str | None) -> None:
    """Raises BadInput where so many known events of a person cannot be looked at."""
    check_events(events)
    if person is None:
        raise BadInput("known events are those of a person", todo="Name the column with --person.")


def named_people(codes: Ints, values: Sequence[str]) -> Ints:
    """The number of each row's person; NOBODY where the cell is empty."""
    return np.where(codes == values.index(""), NOBODY, codes) if "" in values else codes
