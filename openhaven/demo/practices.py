"""What general practices hold: their register of patients, and coded events with the Type 1 objections."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.demo.chance import Ints, draw, some
from openhaven.demo.episodes import serial_ids
from openhaven.demo.files import date_texts
from openhaven.demo.lists import listing
from openhaven.demo.people import Days, People, years_between
from openhaven.demo.places import places

DISSENT, WITHDRAWN = "827241000000103", "827261000000102"
UK_DATE = "%d/%m/%Y"
CLINICAL_EVENTS_EACH = 3.0
# What is recorded, in order, and for which share of those registered. Objecting: the latest wins, a tie dissents.
DISSENT_ONLY, THEN_WITHDRAWN, THEN_DISSENT, SAME_DAY = 0.026, 0.006, 0.002, 0.002


@dataclass(frozen=True)
class Events:
    """Coded events, column by column."""

    person: Ints
    day: Days
    code: np.ndarray  # SNOMED CT concept ids, as text

    def rows(self, keep: np.ndarray) -> "Events":
        return Events(person=self.person[keep], day=self.day[keep], code=self.code[keep])


@dataclass(frozen=True)
class Practices:
    """Who is registered (positions of people), since when, their events, and who objects on the whole."""

    registered: Ints
    since: Days
    events: Events
    objectors: Ints


def make_practices(rng: np.random.Generator, people: People, *, on: date) -> Practices:
    """The registers as they stand at the end of a day: the living who are registered and have an NHS number."""
    registered = np.flatnonzero(people.alive(on) & (people.practice >= 0))
    since = _day_between(rng, people.born[registered], on=on, years=25)
    objections, objectors = _objections(rng, people, registered=registered, on=on)
    events = _clinical(rng, people, registered=registered, on=on)
    return Practices(registered=registered, since=since, events=_in_order(rng, events, objections), objectors=objectors)


def register_table(people: pa.Table, practices: Practices, *, keep: np.ndarray, spaced: bool) -> pa.Table:
    """The register rows that `keep` marks. Dates as `31/12/1999`; numbers as `999 000 0018` where `spaced`."""
    own = people.take(pa.array(practices.registered[keep]))
    number = own["nhs_number"].combine_chunks()
    return pa.table(
        {
            "nhs_number": _spaced(number) if spaced else number,
            **{name: own[name] for name in ("given_name", "family_name")},
            "date_of_birth": date_texts(own["date_of_birth"], form=UK_DATE),
            **{name: own[name] for name in ("sex", "postcode", "practice")},
            "registered_date": date_texts(pa.array(practices.since[keep]), form=UK_DATE),
        }
    )


def events_table(people: pa.Table, events: Events, *, prefix: str) -> pa.Table:
    """The events of one group of practices, numbered in their order."""
    who = pa.array(events.person)
    return pa.table(
        {
            "event_id": serial_ids(prefix, np.arange(1, len(events.person) + 1), width=8),
            "nhs_number": people["nhs_number"].take(who),
            "practice": people["practice"].take(who),
            "event_date": pa.array(events.day),
            "code": pa.array(events.code, pa.string()),
        }
    )


def group_of(people: People, person: Ints) -> Ints:
    """The group of practices (0 or 1) of each of these people."""
    return places().practice_group()[people.area[person]]


def _objections(rng: np.random.Generator, people: People, *, registered: Ints, on: date) -> tuple[Events, Ints]:
    shares = (DISSENT_ONLY, THEN_WITHDRAWN, THEN_DISSENT, SAME_DAY)
    counts = [round(len(registered) * share) for share in shares]
    early = on - timedelta(days=400)
    chosen = some(rng, registered[people.born[registered] <= np.datetime64(early)], count=sum(counts))
    only, withdrew, returned, tied = np.split(chosen, np.cumsum(counts)[:-1])
    patterns = (
        (only, DISSENT, ""),
        (withdrew, DISSENT, WITHDRAWN),
        (returned, WITHDRAWN, DISSENT),
        (tied, DISSENT, WITHDRAWN),
    )
    parts: list[tuple[Ints, Days, str]] = []
    for who, before, after in patterns:
        day = _day_between(rng, people.born[who], on=early, years=8)
        gap = rng.integers(1, 400, size=len(who)).astype("timedelta64[D]")
        parts.append((who, day, before))
        if after:
            parts.append((who, day if who is tied else day + gap, after))
    return _events(parts), np.concatenate([only, returned, tied])


def _clinical(rng: np.random.Generator, people: People, *, registered: Ints, on: date) -> Events:
    codes = listing("snomed")
    count = round(len(registered) * CLINICAL_EVENTS_EACH)
    person = rng.choice(registered, size=count)
    code = draw(rng, codes.numbers("weight"), size=count)
    day = _day_between(rng, people.born[person], on=on, years=10)
    fits = years_between(people.born[person], day) >= codes.numbers("from_age")[code]
    return Events(person=person, day=day, code=np.array(codes.texts("code"))[code]).rows(fits)


def _day_between(rng: np.random.Generator, born: Days, *, on: date, years: int) -> Days:
    """A day of the last `years` years up to `on`, never before birth (on it, for those born later)."""
    last = np.datetime64(on)
    first = np.maximum(born, last - np.timedelta64(years * 365, "D"))
    days = np.maximum((last - first).astype(np.int64) + 1, 1)
    return first + np.floor(rng.random(len(born)) * days).astype("timedelta64[D]")


def _events(parts: list[tuple[Ints, Days, str]]) -> Events:
    return Events(
        person=np.concatenate([who for who, _, _ in parts]),
        day=np.concatenate([day for _, day, _ in parts]),
        code=np.concatenate([np.full(len(who), code) for who, _, code in parts]),
    )


def _in_order(rng: np.random.Generator, *parts: Events) -> Events:
    """By day, then by chance: of two events of one day either may stand first."""
    every = Events(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))
    shuffled = every.rows(rng.permutation(len(every.person)))
    return shuffled.rows(np.argsort(shuffled.day, kind="stable"))


def _spaced(number: pa.Array) -> pa.Array:
    parts = [pc.utf8_slice_codeunits(number, start, stop) for start, stop in ((0, 3), (3, 6), (6, 10))]
    return pc.binary_join_element_wise(*parts, " ")
