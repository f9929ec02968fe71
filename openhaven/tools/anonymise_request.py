"""What `haven anonymise` is asked to do with a file."""

from dataclasses import dataclass
from pathlib import Path

from openhaven.model.errors import BadInput
from openhaven.tools.demands import Asked
from openhaven.tools.people import check_known_events, check_qi

LEVELS = "recoding_levels"  # the column that a local recoding adds


@dataclass(frozen=True)
class AnonymiseRequest:
    """`suppression` is the largest share of rows (0 to 1) that may become `*`; `hierarchies` is a folder.

    `person` names the column of the person: k then counts people. `keep` names columns known to be safe. `groups` names
    columns by which to say whom suppression removed.
    """

    qi: tuple[str, ...]
    asked: Asked
    suppression: float = 0.0
    hierarchies: Path | None = None
    person: str | None = None
    keep: tuple[str, ...] = ()
    separator: str | None = None
    recoding: str = "global"
    groups: tuple[str, ...] = ()
    overwrite: bool = False

    def __post_init__(self) -> None:
        check_qi(self.qi, self.person)
        if self.recoding not in ("global", "local"):
            raise BadInput(f"recoding is global or local, not {self.recoding!r}")
        if self.asked.confidential in (*self.qi, *([self.person] if self.person else [])):
            raise BadInput(f"{self.asked.confidential!r} is named as confidential and as something else too")
        if self.asked.events is not None:
            check_known_events(self.asked.events, self.person)
            if self.recoding == "local":
                raise BadInput("known events go with global recoding", todo="Leave out --recoding local.")
            if not 0 <= self.suppression <= 1:
                raise BadInput(f"the share of rows to suppress lies between 0 and 1, not {self.suppression:g}")
