"""An England-like made-up population, written as the files that trusts, practices and a trial would deliver.

Everything follows from the arguments: the same seed, sizes and month give the same bytes. NHS numbers are of the
999 range, which is never issued; places, practices and trusts do not exist. See `Population` for what is made.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from openhaven.demo.chance import Ints, generators, some
from openhaven.demo.episodes import (
    COLUMNS,
    PROVIDERS,
    Episodes,
    episode_columns,
    make_episodes,
    make_habits,
    serial_ids,
)
from openhaven.demo.files import write
from openhaven.demo.people import People, make_people
from openhaven.demo.places import places
from openhaven.demo.practices import Practices, events_table, group_of, make_practices, register_table
from openhaven.demo.trial import Trial, make_trial
from openhaven.model.errors import BadInput

FEWEST_PEOPLE, FEWEST_EPISODES = 1_000, 1_000
YEARS_HELD = 5
NEXT_MONTH_SHARE = 0.015
OPTED_OUT = 0.05
NEW_OPT_OUTS, WITHDRAWN_OPT_OUTS = 40, 3

TRUSTS = ("aldermoor", "brackenfield", "carrowdale")  # as PROVIDERS
TRUST_FORMATS = ("csv", "parquet", "ndjson")
PRACTICE_GROUPS = ("northern", "southern")
DATASETS = Path(__file__).parent / "datasets"


def dataset_description(dataset: str) -> Path:
    """The description (`datapackage.json`) of "episodes", "gp_register" or "gp_events"."""
    return DATASETS / dataset / "datapackage.json"


@dataclass(frozen=True)
class Delivered:
    """One file of one controller; for episodes, also the file that replaces it a month later."""

    dataset: str
    controller: str
    file: Path
    rows: int
    next_file: Path | None = None
    next_rows: int = 0


@dataclass(frozen=True)
class Counts:
    """How many people of each kind there are, of those alive or held in the first month's files."""

    people: int
    without_number: int
    in_wales: int
    newborn: int  # born in the first month
    dead: int  # by the end of the first month
    aged_95_and_over: int  # alive at the end of the first month
    registered: int


@dataclass(frozen=True)
class Population:
    """What was made: the files, and the truth behind them that no haven is given.

    The first month's files hold five years up to `ends`; the next month's up to `next_ends`. NHS numbers are ten
    digits, in order. `opted_out` holds at the first month; the next month it is `opted_out_next`.
    """

    folder: Path
    starts: date
    ends: date
    next_ends: date
    deliveries: tuple[Delivered, ...]
    postcode_areas: Path
    trial_cohort: Path
    trial_consents: Path
    people: Path  # the truth of everyone: nhs_number to practice, with date_of_death
    counts: Counts
    opted_out: tuple[str, ...]
    new_opt_outs: tuple[str, ...]
    withdrawn_opt_outs: tuple[str, ...]
    type_1_objectors: tuple[str, ...]
    trial: Trial

    @property
    def opted_out_next(self) -> tuple[str, ...]:
        """Who is opted out nationally in the next month."""
        return tuple(sorted({*self.opted_out, *self.new_opt_outs} - {*self.withdrawn_opt_outs}))

    def of(self, dataset: str) -> tuple[Delivered, ...]:
        """The deliveries of one dataset."""
        return tuple(each for each in self.deliveries if each.dataset == dataset)


@dataclass(frozen=True)
class _Months:
    """The days that bound what is held: five years up to the end of the first month, then one month more."""

    starts: date
    first: date  # the first day of the first month
    ends: date
    next_ends: date

    @property
    def held(self) -> tuple[date, date]:
        return self.starts, self.ends

    @property
    def added(self) -> tuple[date, date]:
        return self.ends + timedelta(days=1), self.next_ends


def make_population(folder: Path, *, people: int, episodes: int, seed: int, month: date) -> Population:
    """Make everyone and write every file below `folder`, in one folder for each month.

    `people` live at some time in the five years up to the end of the month after `month` (any day of a month);
    `episodes` are those of the first month's files, and the next month's have 1.5% more. Raises BadInput where
    the sizes or the seed make no population.
    """
    _check(people=people, episodes=episodes, seed=seed)
    months = _months(month)
    chance = generators(seed, ("people", "episodes", "practices", "opt-outs", "trial", "ids"))
    who = make_people(chance["people"], count=people, starts=months.starts, ends=months.next_ends)
    first, later = _episodes(chance["episodes"], who, count=episodes, months=months)
    practices = make_practices(chance["practices"], who, on=months.ends)
    source = _Source(who, who.table(), chance["ids"])
    opted_out, new, withdrawn = _opt_outs(chance["opt-outs"], who, treated=np.unique(first.person), ends=months.ends)
    trial, cohort, consents = make_trial(
        chance["trial"], who, eligible=_adults_treated(who, first, on=months.ends), on=months.first
    )
    now, then = (folder / f"{day:%Y-%m}" for day in (months.ends, months.next_ends))
    return Population(
        folder=folder,
        starts=months.starts,
        ends=months.ends,
        next_ends=months.next_ends,
        deliveries=(
            *_deliver_episodes((now, then), source, (first, later), ends=months.ends),
            *_deliver_practices(now, source, practices),
        ),
        postcode_areas=write(places().table, folder / "postcode_areas.csv"),
        trial_cohort=write(cohort, now / "trial_cohort.csv"),
        trial_consents=write(consents, now / "trial_consents.csv"),
        people=write(source.table, folder / "people.parquet"),
        counts=_counts(who, months, practices),
        opted_out=_digits(who, opted_out),
        new_opt_outs=_digits(who, new),
        withdrawn_opt_outs=_digits(who, withdrawn),
        type_1_objectors=_digits(who, practices.objectors),
        trial=trial,
    )


@dataclass(frozen=True)
class _Source:
    """What every file is made from."""

    people: People
    table: pa.Table
    chance: np.random.Generator


def _check(*, people: int, episodes: int, seed: int) -> None:
    if people < FEWEST_PEOPLE or episodes < FEWEST_EPISODES:
        raise BadInput(
            f"{people:,} people with {episodes:,} episodes are too few to tell the story",
            todo=f"Ask for at least {FEWEST_PEOPLE:,} people and {FEWEST_EPISODES:,} episodes.",
        )
    if seed < 0:
        raise BadInput(f"the seed {seed} is negative", todo="Give a seed of 0 or more.")


def _months(month: date) -> _Months:
    def last_day(year: int, number: int) -> date:
        return date(year, number, calendar.monthrange(year, number)[1])

    ends = last_day(month.year, month.month)
    following = ends + timedelta(days=1)
    return _Months(
        starts=following.replace(year=following.year - YEARS_HELD),
        first=ends.replace(day=1),
        ends=ends,
        next_ends=last_day(following.year, following.month),
    )


def _episodes(rng: np.random.Generator, people: People, *, count: int, months: _Months) -> tuple[Episodes, Episodes]:
    habits = make_habits(rng, people, ends=months.ends)
    first = make_episodes(rng, people, habits, count=count, period=months.held)
    later = make_episodes(rng, people, habits, count=round(count * NEXT_MONTH_SHARE), period=months.added)
    return first, later


def _opt_outs(rng: np.random.Generator, people: People, *, treated: Ints, ends: date) -> tuple[Ints, Ints, Ints]:
    """Who is opted out at first, who opts out by the next month, and who of the first then withdraws."""
    numbered = np.flatnonzero((people.number > 0) & (people.born <= np.datetime64(ends)))
    opted_out = some(rng, numbered, count=round(len(numbered) * OPTED_OUT))
    living = np.flatnonzero(people.alive(ends) & (people.number > 0))
    might = np.setdiff1d(np.intersect1d(living, treated), opted_out)
    new = some(rng, might, count=NEW_OPT_OUTS)
    withdrawn = some(rng, np.intersect1d(opted_out, living), count=WITHDRAWN_OPT_OUTS)
    return opted_out, new, withdrawn


def _adults_treated(people: People, episodes: Episodes, *, on: date) -> Ints:
    treated = np.unique(episodes.person)
    age = people.age(on)[treated]
    fits = (people.number[treated] > 0) & people.alive(on)[treated] & (age >= 25) & (age < 85)
    return treated[fits]


def _deliver_episodes(
    folders: tuple[Path, Path], source: _Source, episodes: tuple[Episodes, Episodes], *, ends: date
) -> list[Delivered]:
    deliveries = []
    for trust, (name, form) in enumerate(zip(TRUSTS, TRUST_FORMATS, strict=True)):
        first, later = (_of_trust(each, trust) for each in episodes)
        whole = _trust_table(source, first.then(later), trust=trust)
        as_first = _as_known(whole.slice(0, len(first)), on=ends)
        file, next_file = (folder / f"episodes_{name}.{form}" for folder in folders)
        deliveries.append(
            Delivered(
                dataset="episodes",
                controller=name,
                file=write(as_first, file),
                rows=len(first),
                next_file=write(whole, next_file),
                next_rows=len(whole),
            )
        )
    return deliveries


def _of_trust(episodes: Episodes, trust: int) -> Episodes:
    own = np.flatnonzero(episodes.trust == trust)
    return episodes.take(own[np.argsort(episodes.admitted[own], kind="stable")])


def _trust_table(source: _Source, episodes: Episodes, *, trust: int) -> pa.Table:
    local = serial_ids("ABC"[trust], source.chance.permutation(len(source.people)) + 1, width=7)
    columns = episode_columns(source.table, episodes, born=source.people.born, local_ids=local)
    ids = serial_ids(f"{PROVIDERS[trust]}-", np.arange(1, len(episodes) + 1), width=8)
    return columns.add_column(0, COLUMNS[0], ids)


def _as_known(table: pa.Table, *, on: date) -> pa.Table:
    """The table as it stood on a day: who was still in hospital has no day of discharge yet."""
    place = table.schema.get_field_index("discharge_date")
    day = table["discharge_date"].combine_chunks().to_numpy(zero_copy_only=False)
    return table.set_column(place, "discharge_date", pa.array(day, mask=day > np.datetime64(on)))


def _deliver_practices(folder: Path, source: _Source, practices: Practices) -> list[Delivered]:
    deliveries = []
    for group, name in enumerate(PRACTICE_GROUPS):
        own = group_of(source.people, practices.registered) == group
        register = register_table(source.table, practices, keep=own, spaced=group == 1)
        events = practices.events.rows(group_of(source.people, practices.events.person) == group)
        for dataset, table in (
            ("gp_register", register),
            ("gp_events", events_table(source.table, events, prefix=f"{name[0].upper()}-")),
        ):
            file = write(table, folder / f"{dataset}_{name}.csv")
            deliveries.append(Delivered(dataset=dataset, controller=name, file=file, rows=len(table)))
    return deliveries


def _counts(people: People, months: _Months, practices: Practices) -> Counts:
    known = people.born <= np.datetime64(months.ends)
    return Counts(
        people=len(people),
        without_number=int((people.number == 0).sum()),
        in_wales=int((places().welsh[people.area] > 0).sum()),
        newborn=int((known & (people.born >= np.datetime64(months.first))).sum()),
        dead=int((people.died <= np.datetime64(months.ends)).sum()),
        aged_95_and_over=int((people.alive(months.ends) & (people.age(months.ends) >= 95)).sum()),
        registered=len(practices.registered),
    )


def _digits(people: People, positions: Ints) -> tuple[str, ...]:
    return tuple(str(number) for number in np.sort(people.number[positions]))
