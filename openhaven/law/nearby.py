"""Words that tell only together what a text is about: see near.toml."""

from dataclasses import dataclass

from openhaven.model.plain import from_plain, read_toml

from .matching import NEAR, OR
from .provisions import data_text


@dataclass(frozen=True, slots=True)
class Near:
    """One of the first words near one of the second."""

    first: tuple[str, ...]
    second: tuple[str, ...]

    def __str__(self) -> str:
        return NEAR.join((OR.join(self.first), OR.join(self.second)))


@dataclass(frozen=True, slots=True)
class _Spoken:
    format: int
    campaigns: tuple[str, ...]
    misspelt: tuple[str, ...]
    of_business: tuple[str, ...]
    near: tuple[Near, ...]


_SPOKEN = from_plain(_Spoken, read_toml(data_text("near.toml"), where="near.toml"), where="near.toml")
CAMPAIGNS = _SPOKEN.campaigns
"""What public bodies advertise for the sake of health."""
MISSPELT = _SPOKEN.misspelt
"""Long words that are read with a slip too."""
OF_BUSINESS = _SPOKEN.of_business
"""Words that a person reads only where somebody may gain."""
NEAR_EACH_OTHER = tuple(map(str, _SPOKEN.near))
