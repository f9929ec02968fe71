"""Hospital episodes of the people: who is admitted when, to which trust, with what diagnosis and procedure."""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.demo.chance import Floats, Ints, draw_by_group
from openhaven.demo.lists import Listing, listing
from openhaven.demo.people import Days, People, years_between
from openhaven.demo.places import places

PROVIDERS = ("RZ1", "RZ2", "RZ3")
COLUMNS = (
    "episode_id",
    "local_patient_id",
    "nhs_number",
    "given_name",
    "family_name",
    "date_of_birth",
    "sex",
    "ethnicity",
    "postcode",
    "provider",
    "admission_date",
    "discharge_date",
    "diagnosis",
    "procedure",
    "admission_method",
    "age_at_admission",
)
MOST_EXPECTED = 40  # no one is expected to have more episodes than this; chance may add some
AT_HOME_TRUST = 0.92
OF_LASTING_CONDITION = 0.3

AGE_BANDS = (1, 15, 30, 45, 60, 75)  # where a new band of the tables below begins
ADMISSIONS = np.array([1.5, 0.35, 0.55, 0.8, 1.0, 1.8, 3.2])
AGE_PROFILES: dict[str, tuple[float, ...]] = {
    "any": (1, 1, 1, 1, 1, 1, 1),
    "newborn": (1, 0, 0, 0, 0, 0, 0),
    "child": (3, 3, 0.5, 0.1, 0.05, 0.05, 0.05),
    "young": (0, 0.4, 2, 1.5, 0.7, 0.3, 0.2),
    "fertile": (0, 0, 1.2, 1.0, 0, 0, 0),
    "adult": (0, 0, 1, 1, 1, 1, 1),
    "middle": (0, 0, 0.3, 0.9, 1.6, 1.3, 0.8),
    "old": (0, 0, 0.03, 0.2, 0.7, 1.6, 2.2),
}
# NHS Data Dictionary, admission method: 11-13 elective, 21-28 emergency, 31-32 maternity, 81-83 other.
ADMISSION_METHODS: dict[str, dict[str, float]] = {
    "emergency": {"21": 78, "22": 8, "24": 4, "28": 6, "81": 3, "11": 1},
    "elective": {"11": 48, "12": 28, "13": 16, "21": 6, "22": 1, "24": 1},
    "maternity": {"31": 88, "32": 6, "21": 6},
    "birth": {"82": 92, "83": 8},
}
SAME_DAY = {"emergency": 0.3, "elective": 0.72, "maternity": 0.35, "birth": 0.2}
MEAN_STAY = {"emergency": 6.0, "elective": 3.5, "maternity": 1.8, "birth": 2.5}  # days, of those who stay
AFTER_THIS_DIAGNOSIS, AFTER_ANY = 0.62, 0.1  # chance of a fitting, and of a general, procedure
BIRTH = "Z38.0"


@dataclass(frozen=True)
class Episodes:
    """Episodes, column by column; `person` is a position in the people."""

    person: Ints
    admitted: Days
    discharged: Days
    trust: Ints
    diagnosis: Ints
    procedure: Ints  # the length of the list of procedures where there is none
    method: Ints

    def __len__(self) -> int:
        return len(self.person)

    def then(self, later: "Episodes") -> "Episodes":
        """These and those of a later month."""
        columns = (np.concatenate([getattr(each, name) for each in (self, later)]) for name in vars(self))
        return Episodes(*columns)

    def take(self, rows: Ints) -> "Episodes":
        return Episodes(*(getattr(self, name)[rows] for name in vars(self)))


@dataclass(frozen=True)
class Habits:
    """What stays with a person from one month to the next: how often they come, and what they come for."""

    frequency: Floats
    condition: Ints  # a diagnosis that comes back


def make_habits(rng: np.random.Generator, people: People, *, ends: date) -> Habits:
    """Most people seldom come and some often (a gamma distribution), the old and the very young more."""
    band = np.digitize(people.age(ends), AGE_BANDS)
    frequency = rng.gamma(0.8, 1.0, size=len(people)) * ADMISSIONS[band]
    lasting = _lasting(listing("diagnoses"))
    condition = draw_by_group(rng, band * 2 + people.sex, weights=_diagnosis_weights() * lasting)
    return Habits(frequency=frequency, condition=condition)


def make_episodes(
    rng: np.random.Generator, people: People, habits: Habits, *, count: int, period: tuple[date, date]
) -> Episodes:
    """Exactly `count` episodes of people admitted within the period, first and last day included."""
    starts, ends = (np.datetime64(day) for day in period)
    from_day, to_day = np.maximum(people.born, starts), np.fmin(people.died, ends)
    days = np.maximum((to_day - from_day).astype(np.int64) + 1, 0)
    person = _who(rng, weights=habits.frequency * days, count=count)
    admitted = from_day[person] + np.floor(rng.random(count) * days[person]).astype("timedelta64[D]")
    first = np.concatenate([[True], person[1:] != person[:-1]])
    born_here = first & (people.born[person] >= starts)
    admitted = np.where(born_here, people.born[person], admitted)
    diagnosis = _diagnoses(rng, people, habits, person=person, admitted=admitted)
    diagnosis[born_here] = listing("diagnoses").texts("code").index(BIRTH)
    way = _ways()[diagnosis]
    return Episodes(
        person=person,
        admitted=admitted,
        discharged=np.fmin(admitted + _stays(rng, way), people.died[person]),
        trust=_trusts(rng, people.area[person]),
        diagnosis=diagnosis,
        procedure=draw_by_group(rng, diagnosis, weights=_procedure_weights()),
        method=draw_by_group(rng, way, weights=_method_weights()),
    )


def episode_columns(people: pa.Table, episodes: Episodes, *, born: Days, local_ids: pa.Array) -> pa.Table:
    """The episodes of one trust, in their order, as it delivers them; all but `episode_id` and in `COLUMNS` order.

    `people` is the people's table; `local_ids` the trust's own number for each person.
    """
    who = pa.array(episodes.person)
    own = people.select(["nhs_number", "given_name", "family_name", "date_of_birth", "sex", "ethnicity", "postcode"])
    procedures = pa.concat_arrays([listing("procedures").array("code"), pa.nulls(1, pa.string())])
    columns = {name: own[name].combine_chunks().take(who) for name in own.column_names} | {
        "local_patient_id": local_ids.take(who),
        "provider": pa.array(PROVIDERS).take(pa.array(episodes.trust)),
        "admission_date": pa.array(episodes.admitted),
        "discharge_date": pa.array(episodes.discharged),
        "diagnosis": listing("diagnoses").array("code").take(pa.array(episodes.diagnosis)),
        "procedure": procedures.take(pa.array(episodes.procedure)),
        "admission_method": pa.array(_method_codes()).take(pa.array(episodes.method)),
        "age_at_admission": pa.array(years_between(born[episodes.person], episodes.admitted), pa.int16()),
    }
    return pa.table({name: columns[name] for name in COLUMNS if name in columns})


def serial_ids(prefix: str, numbers: Ints, *, width: int) -> pa.Array:
    """The prefix and each number, with zeros to the width."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def _who(rng: np.random.Generator, *, weights: Floats, count: int) -> Ints:
    most = MOST_EXPECTED / count
    shares = weights / weights.sum()
    shares = np.minimum(shares, most) if most * len(shares) > 2 else shares
    return np.repeat(np.arange(len(weights)), rng.multinomial(count, shares / shares.sum()))


def _diagnoses(rng: np.random.Generator, people: People, habits: Habits, *, person: Ints, admitted: Days) -> Ints:
    band = np.digitize(years_between(people.born[person], admitted), AGE_BANDS)
    fresh = draw_by_group(rng, band * 2 + people.sex[person], weights=_diagnosis_weights())
    returning = rng.random(len(person)) < OF_LASTING_CONDITION
    return np.where(returning, habits.condition[person], fresh)


def _stays(rng: np.random.Generator, way: Ints) -> np.ndarray:
    same_day, mean = (np.array(list(table.values()))[way] for table in (SAME_DAY, MEAN_STAY))
    nights = rng.geometric(1 / mean)
    return np.where(rng.random(len(way)) < same_day, 0, nights).astype("timedelta64[D]")


def _trusts(rng: np.random.Generator, area: Ints) -> Ints:
    elsewhere = (rng.random(len(area)) >= AT_HOME_TRUST) * rng.integers(1, len(PROVIDERS), size=len(area))
    return (places().trust()[area] + elsewhere) % len(PROVIDERS)


def _diagnosis_weights() -> Floats:
    """Age band by sex (down) against diagnoses (across)."""
    codes = listing("diagnoses")
    by_age = np.array([AGE_PROFILES[ages] for ages in codes.texts("ages")]).T
    rows = []
    for band in by_age:
        for not_of in ("2", "1"):  # men first, as in `people`
            rows.append(codes.numbers("weight") * band * ~codes.equals("sex", not_of))
    return np.stack(rows)


def _lasting(codes: Listing) -> np.ndarray:
    """Diagnoses that may come back all life long: not births, pregnancies, injuries or passing infections."""
    passing = np.array([code[0] in "AOPSTUZ" or code == "N47" for code in codes.texts("code")])
    return ~passing & ~codes.equals("ages", "newborn") & ~codes.equals("ages", "fertile")


def _ways() -> Ints:
    return np.array([list(ADMISSION_METHODS).index(way) for way in listing("diagnoses").texts("way")])


def _method_codes() -> list[str]:
    return sorted({code for codes in ADMISSION_METHODS.values() for code in codes})


def _method_weights() -> Floats:
    return np.array([[codes.get(code, 0.0) for code in _method_codes()] for codes in ADMISSION_METHODS.values()])


@cache
def _procedure_weights() -> Floats:
    """Diagnoses (down) against procedures and, last, none (across)."""
    procedures = listing("procedures")
    weight = procedures.numbers("weight")
    general = procedures.equals("after", "*")
    rows = []
    for code in listing("diagnoses").texts("code"):
        fits = np.array([code.startswith(tuple(after.split())) for after in procedures.texts("after")])
        fitting = weight * fits / max((weight * fits).sum(), 1e-9) * AFTER_THIS_DIAGNOSIS
        chance = fitting + weight * general / (weight * general).sum() * AFTER_ANY
        rows.append(np.append(chance, 1 - chance.sum()))
    return np.stack(rows)
