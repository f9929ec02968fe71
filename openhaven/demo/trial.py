"""A clinical trial's own file of consented people, with the trouble that such files have, and their consents."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from openhaven.demo.chance import Ints, some
from openhaven.demo.people import Days, People, free_numbers

SMALL, FULL = 60, 300  # people in the trial: SMALL, rising to FULL at 100,000 in the population
EARLIER_WORDING, WORDING = "1.0", "2.0"
ITEMS_OF_EARLIER_WORDING = "questionnaire"
ITEMS = "sex;admission_date;discharge_date;diagnosis;procedure;admission_method;age_at_admission"
FEWER_ITEMS = "sex;admission_date;discharge_date"
YEARS_OF_CONSENT = 10


@dataclass(frozen=True)
class Trial:
    """Which study ids have which trouble; all others match and their consent covers the release."""

    study_ids: tuple[str, ...]
    bad_check_digit: tuple[str, ...]
    wrong_birth_date: tuple[str, ...]
    repeated: tuple[str, ...]  # two study ids of one person
    not_held: tuple[str, ...]
    withdrawn: tuple[str, ...]
    earlier_wording: tuple[str, ...]
    fewer_items: tuple[str, ...]
    expired: tuple[str, ...]

    @property
    def troubled(self) -> frozenset[str]:
        """Every study id with any trouble, of matching or of consent."""
        return frozenset(one for name, ids in vars(self).items() if name != "study_ids" for one in ids)

    @property
    def releasable(self) -> tuple[str, ...]:
        """Study ids whose person is found and whose consent covers every item of `ITEMS`."""
        return tuple(one for one in self.study_ids if one not in self.troubled)


# How many rows have each trouble; they stand at chance places in the file, no row with two.
TROUBLES = {
    "bad_check_digit": 1,
    "wrong_birth_date": 2,
    "repeated": 2,
    "not_held": 1,
    "withdrawn": 4,
    "earlier_wording": 3,
    "fewer_items": 2,
    "expired": 3,
}


def make_trial(
    rng: np.random.Generator, people: People, *, eligible: Ints, on: date
) -> tuple[Trial, pa.Table, pa.Table]:
    """The truth, the cohort file and the consents file, for people drawn from the eligible, as known on a day."""
    size = min(FULL, max(SMALL, len(people) * FULL // 100_000))
    person = some(rng, eligible, count=size)
    rows = dict(zip(TROUBLES, np.split(rng.permutation(size), np.cumsum(list(TROUBLES.values()))), strict=False))
    person[rows["repeated"][1]] = person[rows["repeated"][0]]
    study_id = np.array([f"HT-{number:04d}" for number in rng.permutation(9_000)[:size] + 1_000])
    order = np.argsort(study_id)
    ids = {name: tuple(sorted(study_id[which].tolist())) for name, which in rows.items()}
    cohort = _cohort(rng, people, person=person, study_id=study_id, rows=rows)
    consents = _consents(rng, number=people.number[person], study_id=study_id, rows=rows, on=on)
    return Trial(study_ids=tuple(study_id[order].tolist()), **ids), cohort.take(order), consents.take(order)


def _cohort(
    rng: np.random.Generator, people: People, *, person: Ints, study_id: np.ndarray, rows: dict[str, Ints]
) -> pa.Table:
    number, born = people.number[person].copy(), people.born[person].copy()
    number[rows["bad_check_digit"]] = _mistyped(number[rows["bad_check_digit"]])
    number[rows["not_held"]] = some(rng, free_numbers(people), count=len(rows["not_held"]))
    born[rows["wrong_birth_date"]] += np.timedelta64(365, "D")
    return pa.table(
        {
            "study_id": pa.array(study_id, pa.string()),
            "nhs_number": pa.array(number).cast(pa.string()),
            "date_of_birth": pa.array(born),
        }
    )


def _mistyped(number: Ints) -> Ints:
    """One digit, the fourth from the end, typed one too high (or 0 for 9): the check digit always finds this."""
    digit = number // 1_000 % 10
    return number + np.where(digit == 9, -9, 1) * 1_000


def _consents(
    rng: np.random.Generator, *, number: Ints, study_id: np.ndarray, rows: dict[str, Ints], on: date
) -> pa.Table:
    size = len(number)
    day = np.datetime64(on)
    given: Days = day - rng.integers(200, 1_400, size=size).astype("timedelta64[D]")
    until = given + np.timedelta64(round(YEARS_OF_CONSENT * 365.25), "D")
    until[rows["expired"]] = day - rng.integers(20, 150, size=len(rows["expired"])).astype("timedelta64[D]")
    withdrawn = np.full(size, np.datetime64("NaT", "D"))
    withdrawn[rows["withdrawn"]] = day - rng.integers(5, 150, size=len(rows["withdrawn"])).astype("timedelta64[D]")
    wording = np.where(np.isin(np.arange(size), rows["earlier_wording"]), EARLIER_WORDING, WORDING)
    items = np.where(wording == EARLIER_WORDING, ITEMS_OF_EARLIER_WORDING, ITEMS).astype(object)
    items[rows["fewer_items"]] = FEWER_ITEMS
    return pa.table(
        {
            "study_id": pa.array(study_id, pa.string()),
            "nhs_number": pa.array(number).cast(pa.string()),
            "consented_on": pa.array(given),
            "wording_version": pa.array(wording, pa.string()),
            "items": pa.array(items, pa.string()),
            "valid_from": pa.array(given),
            "valid_to": pa.array(until),
            "withdrawn_on": pa.array(withdrawn),
        }
    )
