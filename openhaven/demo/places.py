"""Made-up places: postcodes in small areas (LSOA-like), in local-authority-like areas, in regions.

Outward codes look real. Inward codes end in letters that no postcode ever has (C I K M O V), so none exists.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from openhaven.demo.chance import Floats, Ints
from openhaven.demo.lists import listing

LSOAS_PER_AREA = 12
POSTCODES_PER_LSOA = 4
NEVER_USED = "CIKMOV"
PRACTICES_PER_AREA = 2
NORTH = ("North East", "North West", "Yorkshire and The Humber")
MIDDLE = ("East Midlands", "West Midlands", "East of England", "Wales")


@dataclass(frozen=True)
class Places:
    """Every postcode (one row each), the position of its area, and every area's share of its country."""

    table: pa.Table  # postcode, lsoa, area, region
    area: Ints  # of each postcode
    region: tuple[str, ...]  # of each area
    english: Floats  # weight of each area among residents of England
    welsh: Floats  # the same for Wales

    @property
    def areas(self) -> int:
        return len(self.region)

    def in_london(self) -> np.ndarray:
        return np.array(self.region) == "London"

    def trust(self) -> Ints:
        """The hospital trust (0, 1 or 2) that serves each area."""
        return np.array([0 if region in NORTH else 1 if region in MIDDLE else 2 for region in self.region])

    def practice_group(self) -> Ints:
        """The group of practices (0 northern, 1 southern) of each area."""
        return np.array(
            [0 if region in (*NORTH, *MIDDLE) and region != "East of England" else 1 for region in self.region]
        )


@cache
def places() -> Places:
    """The one map of the made-up country; it does not depend on the seed."""
    areas = listing("areas")
    rows = [row for position in range(len(areas)) for row in _postcodes(position)]
    wales = areas.equals("region", "Wales")
    size = areas.numbers("size")
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    return Places(
        table=pa.table(columns, names=["postcode", "lsoa", "area", "region"]),
        area=np.repeat(np.arange(len(areas)), LSOAS_PER_AREA * POSTCODES_PER_LSOA),
        region=areas.texts("region"),
        english=np.where(wales, 0, size),
        welsh=np.where(wales, size, 0),
    )


def _postcodes(position: int) -> list[tuple[str, str, str, str]]:
    areas = listing("areas")
    outwards = areas.texts("outwards")[position].split()
    area, region = areas.texts("area")[position], areas.texts("region")[position]
    country = "W" if region == "Wales" else "E"
    rows = []
    for number in range(LSOAS_PER_AREA * POSTCODES_PER_LSOA):
        small, unit = divmod(number, POSTCODES_PER_LSOA)
        lsoa = f"{country}019{position:02d}{small:03d}"
        letters = NEVER_USED[small % 6] + NEVER_USED[(small // 6 + unit) % 6]
        rows.append((f"{outwards[small % len(outwards)]} {unit * 2 + 1}{letters}", lsoa, area, region))
    return rows


def practice_codes() -> pa.Array:
    """Two made-up practices for each area, area by area: `Z` and five digits, a letter no practice has."""
    return pa.array(
        [
            f"Z{position // PRACTICES_PER_AREA + 10:02d}{position % PRACTICES_PER_AREA + 1:03d}"
            for position in range(places().areas * PRACTICES_PER_AREA)
        ]
    )
