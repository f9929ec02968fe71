"""The people: who they are, when they were born and died, where they live. England-like, and nobody (LINK-03)."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from openhaven.demo.chance import Floats, Ints, draw, draw_by_group, some
from openhaven.demo.lists import listing
from openhaven.demo.places import PRACTICES_PER_AREA, places, practice_codes
from openhaven.model.errors import BadInput

Days = NDArray[np.datetime64]  # datetime64[D]; NaT where there is no such day

WITHOUT_NUMBER = 0.01
IN_WALES = 0.01
WITHOUT_POSTCODE = 0.002
NOT_REGISTERED = 0.02
SEX_CODES = pa.array(["1", "2"])  # NHS Data Dictionary: 1 male, 2 female


@dataclass(frozen=True)
class People:
    """The population, column by column; positions point into the built-in lists."""

    number: Ints  # NHS number, 0 where there is none
    born: Days
    died: Days  # NaT while alive
    sex: Ints
    ethnicity: Ints
    given: Ints
    family: Ints
    postcode: Ints  # -1 where there is none
    area: Ints
    practice: Ints  # -1 where not registered with one

    def __len__(self) -> int:
        return len(self.number)

    def age(self, on: date | Days) -> Ints:
        """Whole years on a day; negative before birth."""
        return years_between(self.born, np.datetime64(on) if isinstance(on, date) else on)

    def alive(self, on: date) -> np.ndarray:
        """Born by, and not dead before the end of, this day."""
        day = np.datetime64(on)
        return (self.born <= day) & ~(self.died <= day)

    def numbers(self) -> pa.Array:
        """NHS numbers as ten digits, null where there is none."""
        return pa.array(self.number, mask=self.number == 0).cast(pa.string())

    def table(self) -> pa.Table:
        """Everyone, in words: the truth behind the files, which no haven is given."""
        place = places().table.take(_positions(self.postcode))
        return pa.table(
            {
                "nhs_number": self.numbers(),
                "given_name": listing("given_names").array("name").take(pa.array(self.given)),
                "family_name": listing("family_names").array("name").take(pa.array(self.family)),
                "date_of_birth": pa.array(self.born),
                "date_of_death": pa.array(self.died),
                "sex": SEX_CODES.take(pa.array(self.sex)),
                "ethnicity": listing("ethnicities").array("code").take(pa.array(self.ethnicity)),
                "postcode": place["postcode"].combine_chunks(),
                "practice": practice_codes().take(_positions(self.practice)),
            }
        )


def make_people(rng: np.random.Generator, *, count: int, starts: date, ends: date) -> People:
    """Everyone who lives at some time from `starts` to `ends`; the last are born on about the last day."""
    born = _births(rng, count=count, ends=ends)
    sex = (rng.random(count) < 0.507).astype(np.int64)
    area, postcode = _homes(rng, count=count)
    ethnicity = draw_by_group(rng, places().in_london().astype(np.int64)[area], weights=_ethnic_shares())
    given, family = _names(rng, sex=sex, ethnicity=ethnicity, born=born)
    number = nhs_numbers(rng, count=count)
    unnumbered = some(rng, np.arange(count), count=round(count * WITHOUT_NUMBER))
    number[unnumbered] = 0
    practice = area * PRACTICES_PER_AREA + rng.integers(0, PRACTICES_PER_AREA, size=count)
    practice[(rng.random(count) < NOT_REGISTERED) | (number == 0)] = -1
    return People(
        number=number,
        born=born,
        died=_deaths(rng, born=born, starts=starts, ends=ends),
        sex=sex,
        ethnicity=ethnicity,
        given=given,
        family=family,
        postcode=postcode,
        area=area,
        practice=practice,
    )


@cache
def valid_numbers() -> Ints:
    """Every valid NHS number of the 999 range, in order: check digit modulus 11, not all one digit (PID-01, 02)."""
    body = np.arange(999_000_000, 1_000_000_000)
    weighted = sum((body // 10**power % 10) * (power + 2) for power in range(9))
    check = 11 - weighted % 11
    check[check == 11] = 0
    numbers = (body * 10 + check)[check != 10]
    numbers = numbers[numbers != 9_999_999_999]
    numbers.setflags(write=False)
    return numbers


def nhs_numbers(rng: np.random.Generator, *, count: int) -> Ints:
    """`count` different valid NHS numbers of the 999 range. Raises BadInput when there are not so many."""
    valid = valid_numbers()
    if count >= len(valid):
        raise BadInput(
            f"{count:,} people asked for, but the 999 range has {len(valid):,} NHS numbers",
            todo=f"Ask for fewer than {len(valid):,}: one stays free for somebody who is not held.",
        )
    return some(rng, valid, count=count)


def free_numbers(people: People) -> Ints:
    """Valid NHS numbers of the 999 range that none of these people has."""
    held = np.zeros(10_000_000, dtype=bool)
    held[people.number[people.number > 0] - 9_990_000_000] = True
    return valid_numbers()[~held[valid_numbers() - 9_990_000_000]]


def years_between(born: Days, on: Days) -> Ints:
    """Whole years from `born` to `on`; a birthday on 29 February is kept on 1 March in other years."""
    years, days = born.astype("datetime64[Y]"), on.astype("datetime64[Y]")
    return (days - years).astype(np.int64) - (_month_and_day(on) < _month_and_day(born))


def _month_and_day(day: Days) -> Ints:
    month = day.astype("datetime64[M]")
    return month.astype(np.int64) % 12 * 100 + (day - month.astype("datetime64[D]")).astype(np.int64)


def _births(rng: np.random.Generator, *, count: int, ends: date) -> Days:
    bands = listing("ages")
    band = draw(rng, bands.numbers("share"), size=count)
    first, last = bands.numbers("from_age")[band], bands.numbers("to_age")[band] + 1
    spread = rng.random(count)
    # Within the oldest band the very old are fewer and fewer.
    spread = np.where(band == len(bands) - 1, spread**3, spread)
    age = first + spread * (last - first)
    return np.datetime64(ends) - np.floor(age * 365.25).astype("timedelta64[D]")


def _deaths(rng: np.random.Generator, *, born: Days, starts: date, ends: date) -> Days:
    """About one in a hundred dies each year, by Gompertz's law: the risk rises by a tenth with each year of age."""
    span = (np.datetime64(ends) - np.datetime64(starts)).astype(np.int64)
    yearly = np.minimum(0.6, 3e-5 * np.exp(0.095 * np.maximum(years_between(born, np.datetime64(ends)), 0)))
    dies = rng.random(len(born)) < 1 - (1 - yearly) ** (span / 365.25)
    from_day = np.maximum(born, np.datetime64(starts))
    left = (np.datetime64(ends) - from_day).astype(np.int64) + 1
    day = from_day + np.floor(rng.random(len(born)) * left).astype("timedelta64[D]")
    return np.where(dies, day, np.datetime64("NaT", "D"))


def _homes(rng: np.random.Generator, *, count: int) -> tuple[Ints, Ints]:
    """Area and postcode of each person."""
    welsh = np.zeros(count, dtype=np.int64)
    welsh[some(rng, np.arange(count), count=round(count * IN_WALES))] = 1
    area = draw_by_group(rng, welsh, weights=np.stack([places().english, places().welsh]))
    in_area = len(places().area) // places().areas
    postcode = area * in_area + rng.integers(0, in_area, size=count)
    postcode[rng.random(count) < WITHOUT_POSTCODE] = -1
    return area, postcode


def _ethnic_shares() -> Floats:
    shares = listing("ethnicities")
    return np.stack([shares.numbers("elsewhere"), shares.numbers("london")])


def _names(rng: np.random.Generator, *, sex: Ints, ethnicity: Ints, born: Days) -> tuple[Ints, Ints]:
    """Given names follow heritage, sex and generation; family names follow heritage."""
    heritages = listing("heritages")
    kinds = [column for column in heritages.columns if column != "ethnicity"]
    mixture = np.stack([heritages.numbers(kind) for kind in kinds], axis=1)
    heritage = draw_by_group(rng, ethnicity, weights=mixture)
    year = born.astype("datetime64[Y]").astype(np.int64) + 1970
    era = np.digitize(year, [1952, 1978])
    given = draw_by_group(rng, (heritage * 2 + sex) * 3 + era, weights=_given_name_weights(kinds))
    family = draw_by_group(rng, heritage, weights=_family_name_weights(kinds))
    return given, family


def _given_name_weights(kinds: list[str]) -> Floats:
    names = listing("given_names")
    rows = []
    for kind in kinds:
        for sex in ("1", "2"):
            for era in ("old", "middle", "young"):
                fits = names.equals("heritage", kind) & names.equals("sex", sex)
                timely = np.where(names.equals("era", era) | names.equals("era", ""), 1.0, 0.04)
                rows.append(names.numbers("weight") * fits * timely)
    return np.stack(rows)


def _family_name_weights(kinds: list[str]) -> Floats:
    names = listing("family_names")
    return np.stack([names.numbers("weight") * names.equals("heritage", kind) for kind in kinds])


def _positions(index: Ints) -> pa.Array:
    """Positions to take, null for -1."""
    return pc.if_else(pa.array(index >= 0), pa.array(index), pa.scalar(None, pa.int64()))
