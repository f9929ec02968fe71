"""What the road made, before anything is certified."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import narwhals.stable.v2 as nw

from openhaven.model.decision import Decision
from openhaven.model.obligation import Obligation
from openhaven.model.words import Level, Precision

from .cohort import Outcome
from .counting import Ints, Quasi
from .leave import Leaving
from .local import LEVELS
from .objections import Objectors
from .optouts import MayFlow
from .plan import Plan
from .protect import Protected
from .restricted import RestrictedList
from .table import MadeTable


@dataclass(frozen=True, slots=True)
class Made:
    """The file that would leave, and all that measuring it needs. `answer` is the national check relied on."""

    decision: Decision
    plan: Plan
    everyone: Plan
    columns: tuple[Leaving, ...]
    recoding: Mapping[str, Precision]
    path: Path
    level: Level
    on: dt.date
    key: bytes | None = None
    quasi: Quasi | None = None
    protected: Protected | None = None
    table: MadeTable | None = None
    answer: MayFlow | None = None
    objectors: Objectors | None = None
    restricted: Sequence[RestrictedList] = ()
    sizes: tuple[Ints, Ints] | None = None
    people_in_file: nw.LazyFrame | None = None
    outcomes: Sequence[Outcome] = ()

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        return self.decision.obligations

    @property
    def names(self) -> list[str]:
        """The columns of the file: those agreed and, where rows are coarsened class by class, that of the levels."""
        return [*(each.name for each in self.columns), *([LEVELS] if self.local else [])]

    @property
    def local(self) -> bool:
        """Whether rows are coarsened class by class."""
        return self.protected is not None and self.protected.left is not None

    @property
    def person(self) -> Leaving | None:
        """The column under which a person leaves, where there is one."""
        key = self.plan.dataset.person
        return next((each for each in self.columns if each.field is key and each.precision is not Precision.ALL), None)
