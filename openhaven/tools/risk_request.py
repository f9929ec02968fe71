"""What `haven risk` is asked to measure."""

from dataclasses import dataclass
from pathlib import Path

from openhaven.disclosure.risk import THRESHOLD
from openhaven.disclosure.special_uniques import MOST_COLUMNS
from openhaven.model.errors import BadInput
from openhaven.tools.people import check_known_events, check_qi


@dataclass(frozen=True)
class RiskRequest:
    """What to measure: the quasi-identifiers, and the column that names the person where there is one.

    `fraction` is the share of the population that is in the file (0 to 1); with `population`, a file, it is known.
    `threshold`: a row in a smaller class is at risk. `largest_set` of columns for the special uniques. `original`: the
    file that this one was made from, to try attacks with, row by row or matched by `row_key`. `events`: so many rows of
    a person are known.
    """

    qi: tuple[str, ...]
    person: str | None = None
    confidential: str | None = None
    separator: str | None = None
    hierarchies: Path | None = None
    population: Path | None = None
    fraction: float | None = None
    threshold: int = THRESHOLD
    largest_set: int = MOST_COLUMNS
    original: Path | None = None
    row_key: str | None = None
    attempts: int = 500
    events: int | None = None

    def __post_init__(self) -> None:
        check_qi(self.qi, self.person)
        if self.confidential in (*self.qi, *([self.person] if self.person else [])):
            raise BadInput(f"{self.confidential!r} is named as confidential and as something else too")
        if self.fraction is not None and not 0 < self.fraction <= 1:
            raise BadInput(f"a sampling fraction lies above 0 and up to 1, not {self.fraction:g}")
        if self.threshold < 2:
            raise BadInput(f"the threshold is a size of class from 2 up, not {self.threshold}")
        if self.largest_set < 1:
            raise BadInput(f"sets of columns have at least 1, not {self.largest_set}")
        if self.row_key is not None and self.original is None:
            raise BadInput("--row-key matches rows with those of the original", todo="Name it with --attack.")
        if self.row_key in self.qi:
            raise BadInput(f"{self.row_key!r} is a quasi-identifier, so it is no key of rows")
        if self.events is not None:
            check_known_events(self.events, self.person)
        if self.attempts < 1:
            raise BadInput(f"attacks need at least one attempt, not {self.attempts}")
