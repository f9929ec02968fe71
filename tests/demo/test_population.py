"""The made-up population keeps what it promises: numbers nobody has, England-like shares, the same bytes each time."""

import hashlib
import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.json as pa_json
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhaven.demo.people import valid_numbers
from openhaven.demo.population import DATASETS, Delivered, Population, dataset_description, make_population
from openhaven.identity.nhs_number import clean, is_valid, issued
from openhaven.model.dataset import Dataset, Field, dataset_from_package
from openhaven.model.errors import BadInput

MONTH = date(2026, 3, 17)
PEOPLE, EPISODES = 5_000, 30_000
DISSENT, WITHDRAWN = "827241000000103", "827261000000102"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Population:
    folder = tmp_path_factory.mktemp("population")
    return make_population(folder, people=PEOPLE, episodes=EPISODES, seed=1, month=MONTH)


def described(dataset: str) -> Dataset:
    package = json.loads(dataset_description(dataset).read_text(encoding="utf-8"))
    return dataset_from_package(package, where=dataset)


@cache
def load(path: Path) -> pa.Table:
    """A file as text, whatever its form; nothing is guessed."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
    elif path.suffix == ".ndjson":
        table = pa.Table.from_pylist([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
    else:
        names = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        as_text = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        )
        table = pa_csv.read_csv(path, convert_options=as_text)
    return table.cast(pa.schema([(name, pa.string()) for name in table.column_names]))


def rows(path: Path) -> list[dict[str, str | None]]:
    return load(path).to_pylist()


def episode_rows(population: Population) -> list[dict[str, str | None]]:
    return [row for delivered in population.of("episodes") for row in rows(delivered.file)]


def truth(population: Population) -> list[dict[str, object]]:
    return pq.read_table(population.people).to_pylist()


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# --- the same each time ---


def test_one_seed_gives_the_same_bytes_and_another_seed_others(small: Population, tmp_path: Path) -> None:
    again = make_population(tmp_path / "again", people=PEOPLE, episodes=EPISODES, seed=1, month=MONTH)
    other = make_population(tmp_path / "other", people=PEOPLE, episodes=EPISODES, seed=2, month=MONTH)
    first = digest(small.folder)
    assert digest(again.folder) == first
    assert (again.opted_out, again.trial) == (small.opted_out, small.trial)
    changed = {name for name, value in digest(other.folder).items() if first[name] != value}
    assert changed == set(first) - {"postcode_areas.csv"}


def test_no_passing_file_is_left_and_every_file_is_named_in_the_answer(small: Population) -> None:
    named = {small.postcode_areas, small.people, small.trial_cohort, small.trial_consents}
    named |= {each.file for each in small.deliveries} | {each.next_file for each in small.deliveries if each.next_file}
    assert named == {path for path in small.folder.rglob("*") if path.is_file()}


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**63),
    people=st.integers(1_000, 2_500),
    episodes=st.integers(1_000, 9_000),
    month=st.dates(date(2000, 1, 1), date(2090, 12, 31)),
)
def test_any_seed_size_and_month_makes_a_whole_population(
    seed: int, people: int, episodes: int, month: date, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = make_population(tmp_path_factory.mktemp("any"), people=people, episodes=episodes, seed=seed, month=month)
    assert made.ends.replace(day=1) == month.replace(day=1) and (made.ends + timedelta(days=1)).day == 1
    assert (made.next_ends + timedelta(days=1)).day == 1 and 27 < (made.next_ends - made.ends).days < 32
    assert sum(each.rows for each in made.of("episodes")) == episodes
    assert len(truth(made)) == people
    assert len(made.new_opt_outs) == 40 and len(made.withdrawn_opt_outs) == 3
    for row in episode_rows(made):
        assert made.starts.isoformat() <= row["admission_date"] <= made.ends.isoformat()
        assert row["date_of_birth"] <= row["admission_date"]
        assert row["discharge_date"] is None or row["admission_date"] <= row["discharge_date"] <= made.ends.isoformat()


@pytest.mark.parametrize(
    ("people", "episodes", "seed"), [(999, 30_000, 1), (5_000, 999, 1), (5_000, 30_000, -1), (909_090, 1_000, 1)]
)
def test_sizes_that_make_no_population_are_refused_with_nothing_written(
    people: int, episodes: int, seed: int, tmp_path: Path
) -> None:
    with pytest.raises(BadInput):
        make_population(tmp_path / "none", people=people, episodes=episodes, seed=seed, month=MONTH)
    assert not (tmp_path / "none").exists()


# --- the people ---


def test_every_nhs_number_is_valid_never_issued_and_one_persons(small: Population) -> None:
    numbers = [person["nhs_number"] for person in truth(small) if person["nhs_number"]]
    assert len(numbers) == len(set(numbers)) == PEOPLE - PEOPLE // 100
    assert all(is_valid(number) and number.startswith("999") for number in numbers)
    assert not any(issued(number, demo=False) for number in numbers)


def test_the_999_range_is_worked_out_as_the_slow_way_does() -> None:
    every = valid_numbers()
    assert 900_000 < len(every) < 910_000 and bool((np.diff(every) > 0).all())
    for start in (9_990_000_000, 9_995_554_000, 9_999_990_000):
        slow = [number for number in range(start, start + 10_000) if is_valid(str(number))]
        assert every[(every >= start) & (every < start + 10_000)].tolist() == slow
    assert not {9_999_999_999} & set(every[-10:].tolist())  # right check digit, but all one digit


def test_the_shares_of_people_are_as_promised(small: Population) -> None:
    everyone, counts = truth(small), small.counts
    assert counts.people == PEOPLE and counts.without_number == PEOPLE // 100 and counts.in_wales == PEOPLE // 100
    assert 1 <= counts.newborn < 25  # about 1.1% are born in a year
    assert 0.03 < counts.dead / PEOPLE < 0.10
    assert counts.aged_95_and_over >= 1
    assert 0.48 < sum(person["sex"] == "2" for person in everyone) / PEOPLE < 0.53
    over_65 = sum(person["date_of_birth"] < date(1961, 4, 1) for person in everyone) / PEOPLE
    assert 0.15 < over_65 < 0.27
    ethnicity = Counter(person["ethnicity"] for person in everyone)
    assert 0.66 < ethnicity["A"] / PEOPLE < 0.80 and len(ethnicity) == 17
    assert 0 < sum(person["postcode"] is None for person in everyone) < PEOPLE / 100


def test_nobody_dies_before_birth_or_is_born_after_the_last_day(small: Population) -> None:
    for person in truth(small):
        assert person["date_of_birth"] <= small.next_ends
        assert person["date_of_death"] is None or person["date_of_birth"] <= person["date_of_death"]


def test_every_postcode_lies_in_one_place_and_can_never_be_real(small: Population) -> None:
    places = rows(small.postcode_areas)
    assert list(places[0]) == ["postcode", "lsoa", "area", "region"]
    assert len({place["postcode"] for place in places}) == len(places)
    assert all(set(place["postcode"][-2:]) <= set("CIKMOV") for place in places)
    regions = {place["region"] for place in places}
    assert len(regions) == 10 and "Wales" in regions
    assert len({place["area"] for place in places if place["region"] != "Wales"}) == 60
    area_of_lsoa = {(place["lsoa"], place["area"], place["region"]) for place in places}
    assert len(area_of_lsoa) == len({place["lsoa"] for place in places})
    lived_in = {person["postcode"] for person in truth(small)} - {None}
    assert lived_in <= {place["postcode"] for place in places}


# --- every file is as its description says ---


def files(population: Population) -> list[tuple[str, Path]]:
    pairs = [(each.dataset, each.file) for each in population.deliveries]
    return pairs + [(each.dataset, each.next_file) for each in population.deliveries if each.next_file]


def test_every_file_matches_its_description_row_by_row(small: Population) -> None:
    for dataset, path in files(small):
        table = load(path)
        assert table.column_names == [field.name for field in described(dataset)], path.name
        for field in described(dataset):
            values = table[field.name].to_pylist()
            wrong = [value for value in values if not obeys(field, value)]
            assert not wrong, (path.name, field.name, wrong[:3])
            if field.unique:
                assert len(set(values)) == len(values), (path.name, field.name)


def obeys(field: Field, value: str | None) -> bool:
    """A plain reading of one field's description."""
    if value is None:
        return not field.required
    if field.type == "date":
        return bool(datetime.strptime(value, field.format or "%Y-%m-%d"))
    if field.type == "integer" and not field.minimum <= int(value) <= field.maximum:
        return False
    if field.kind == "nhs_number" and clean(value) is None:
        return False
    return (not field.enum or value in field.enum) and (not field.pattern or bool(re.fullmatch(field.pattern, value)))


def test_parquet_is_typed_and_ndjson_has_numbers_and_nulls(small: Population) -> None:
    parquet, ndjson = small.of("episodes")[1].file, small.of("episodes")[2].file
    schema = pq.read_schema(parquet)
    assert pa.types.is_date32(schema.field("admission_date").type)
    assert pa.types.is_integer(schema.field("age_at_admission").type)
    records = [json.loads(line) for line in ndjson.read_text(encoding="utf-8").splitlines()]
    assert all(isinstance(record["age_at_admission"], int) for record in records)
    assert any(record["procedure"] is None for record in records)
    assert pa_json.read_json(ndjson).num_rows == len(records)


def test_the_row_counts_in_the_answer_are_those_of_the_files(small: Population) -> None:
    for each in small.deliveries:
        assert len(rows(each.file)) == each.rows
        assert each.next_file is None or len(rows(each.next_file)) == each.next_rows


def test_descriptions_give_identifiers_their_roles() -> None:
    assert {path.name for path in DATASETS.iterdir()} == {"episodes", "gp_register", "gp_events"}
    for dataset in ("episodes", "gp_register", "gp_events"):
        numbers = [field.name for field in described(dataset) if field.kind == "nhs_number"]
        assert numbers == ["nhs_number"] == [field.name for field in described(dataset) if field.role == "person"]
    roles = {field.name: str(field.role) for field in described("episodes")}
    assert {name for name, role in roles.items() if role == "identifier"} == {
        "given_name",
        "family_name",
        "date_of_birth",
        "postcode",
    }
    assert roles["diagnosis"] == "confidential" and roles["local_patient_id"] == "key"


# --- hospital episodes ---


def test_an_episode_tells_of_its_person_what_is_true(small: Population) -> None:
    known = {person["nhs_number"]: person for person in truth(small) if person["nhs_number"]}
    for row in episode_rows(small):
        if row["nhs_number"] is None:
            continue
        person = known[row["nhs_number"]]
        same = ("given_name", "family_name", "sex", "ethnicity", "postcode")
        assert [row[name] for name in same] == [person[name] for name in same]
        assert row["date_of_birth"] == person["date_of_birth"].isoformat()
        died = person["date_of_death"]
        assert died is None or (row["discharge_date"] or row["admission_date"]) <= died.isoformat()


def test_age_at_admission_is_whole_years_as_counted_on_fingers(small: Population) -> None:
    for row in episode_rows(small):
        born, admitted = (date.fromisoformat(row[name]) for name in ("date_of_birth", "admission_date"))
        birthday_to_come = (admitted.month, admitted.day) < (born.month, born.day)
        assert int(row["age_at_admission"]) == admitted.year - born.year - birthday_to_come


def test_some_people_come_often_most_seldom_and_some_never(small: Population) -> None:
    each = Counter(row["nhs_number"] for row in episode_rows(small) if row["nhs_number"])
    never = PEOPLE - len(each)
    assert never > PEOPLE / 20
    assert max(each.values()) >= 35
    assert np.median(list(each.values())) < np.mean(list(each.values())) - 1


def test_a_hospital_number_is_one_persons_in_one_trust(small: Population) -> None:
    for delivered in small.of("episodes"):
        pairs = {(row["local_patient_id"], row["nhs_number"], row["date_of_birth"]) for row in rows(delivered.file)}
        assert len({pair[0] for pair in pairs}) == len(pairs)
    with_number = [{row["nhs_number"] for row in rows(each.file)} - {None} for each in small.of("episodes")]
    assert with_number[0] & with_number[1]  # people go to more than one trust


def test_diagnoses_have_the_shares_and_the_patients_that_they_have_in_england(small: Population) -> None:
    every = episode_rows(small)
    share = Counter(row["diagnosis"][0] for row in every)
    assert 0.08 < share["C"] / len(every) < 0.20
    assert 0.03 < (share["A"] + share["B"]) / len(every) < 0.10
    assert len({row["diagnosis"] for row in every}) > 350
    assert 0.35 < sum(row["procedure"] is None for row in every) / len(every) < 0.6
    common = Counter(row["diagnosis"] for row in every).most_common()
    assert common[0][1] > 100 * common[-1][1]
    mothers = [row for row in every if row["diagnosis"][0] == "O"]
    assert mothers and all(row["sex"] == "2" and 15 <= int(row["age_at_admission"]) < 45 for row in mothers)
    assert all(row["sex"] == "1" for row in every if row["diagnosis"] in ("C61", "N40"))
    births = [row for row in every if row["diagnosis"] == "Z38.0"]
    assert births and all(row["age_at_admission"] == "0" for row in births)


def test_next_months_files_hold_all_the_first_ones_and_about_one_and_a_half_percent_more(small: Population) -> None:
    delivered = small.of("episodes")
    more = sum(each.next_rows - each.rows for each in delivered)
    assert more == round(EPISODES * 0.015)
    discharged_since = 0
    for each in delivered:
        before, after = rows(each.file), rows(each.next_file)
        for old, new in zip(before, after, strict=False):
            changed = {name for name in old if old[name] != new[name]}
            assert changed <= {"discharge_date"}
            if changed:
                assert old["discharge_date"] is None and new["discharge_date"] > small.ends.isoformat()
                discharged_since += 1
        assert all(row["admission_date"] > small.ends.isoformat() for row in after[len(before) :])
    assert discharged_since > 0


# --- opt-outs, national and in practices ---


def test_one_in_twenty_is_opted_out_and_next_month_forty_more_and_three_fewer(small: Population) -> None:
    known = {person["nhs_number"] for person in truth(small)} - {None}
    assert set(small.opted_out) <= known and abs(len(small.opted_out) / len(known) - 0.05) < 0.001
    assert len(small.new_opt_outs) == 40 and not set(small.new_opt_outs) & set(small.opted_out)
    assert len(small.withdrawn_opt_outs) == 3 and set(small.withdrawn_opt_outs) <= set(small.opted_out)
    assert len(small.opted_out_next) == len(small.opted_out) + 37
    assert set(small.new_opt_outs) <= {row["nhs_number"] for row in episode_rows(small)}
    assert all(first < then for first, then in pairwise(small.opted_out))


def latest_wins(events: list[dict[str, str | None]]) -> set[str]:
    """Who objects: the latest of dissent and withdrawal, a tie of one day dissenting (T1-05)."""
    marks: dict[str, list[tuple[str, bool]]] = {}
    for event in events:
        if event["code"] in (DISSENT, WITHDRAWN):
            marks.setdefault(event["nhs_number"], []).append((event["event_date"], event["code"] == DISSENT))
    return {number for number, each in marks.items() if max(each)[1]}


def test_type_1_objectors_are_those_whose_latest_word_is_dissent(small: Population) -> None:
    events = [event for each in small.of("gp_events") for event in rows(each.file)]
    objectors = latest_wins(events)
    assert objectors == set(small.type_1_objectors)
    assert abs(len(objectors) / small.counts.registered - 0.03) < 0.002
    codes = Counter(event["code"] for event in events)
    assert codes[DISSENT] > len(objectors) and codes[WITHDRAWN] > 20
    dissenting = {event["nhs_number"] for event in events if event["code"] == DISSENT}
    withdrawing = {event["nhs_number"] for event in events if event["code"] == WITHDRAWN}
    assert dissenting - objectors and withdrawing & objectors


def test_of_two_words_of_one_day_either_may_stand_first(tmp_path: Path) -> None:
    made = make_population(tmp_path, people=12_000, episodes=12_000, seed=3, month=MONTH)
    order: dict[tuple[str, str], list[str]] = {}
    for event in (event for each in made.of("gp_events") for event in rows(each.file)):
        if event["code"] in (DISSENT, WITHDRAWN):
            order.setdefault((event["nhs_number"], event["event_date"]), []).append(event["code"])
    tied = [tuple(codes) for codes in order.values() if len(codes) == 2]
    assert {(DISSENT, WITHDRAWN), (WITHDRAWN, DISSENT)} == set(tied)


def test_registers_hold_the_living_once_each_and_every_event_is_a_registered_persons(small: Population) -> None:
    registers, events = small.of("gp_register"), small.of("gp_events")
    known = {person["nhs_number"]: person for person in truth(small) if person["nhs_number"]}
    numbers = [clean(row["nhs_number"]) for each in registers for row in rows(each.file)]
    assert len(numbers) == len(set(numbers)) == small.counts.registered
    for number in numbers:
        died = known[number]["date_of_death"]
        assert died is None or died > small.ends
    for register, event in zip(registers, events, strict=True):
        own = {clean(row["nhs_number"]): row["practice"] for row in rows(register.file)}
        assert all(own[row["nhs_number"]] == row["practice"] for row in rows(event.file))


def test_one_register_writes_numbers_with_spaces(small: Population) -> None:
    northern, southern = (rows(each.file)[0]["nhs_number"] for each in small.of("gp_register"))
    assert len(northern) == 10 and southern[3] == southern[7] == " "


# --- the trial's own file ---


def test_the_cohort_file_has_exactly_the_trouble_that_the_answer_names(small: Population) -> None:
    trial, cohort = small.trial, rows(small.trial_cohort)
    known = {person["nhs_number"]: person for person in truth(small) if person["nhs_number"]}
    assert tuple(row["study_id"] for row in cohort) == trial.study_ids and len(cohort) == 60
    bad = tuple(row["study_id"] for row in cohort if not is_valid(row["nhs_number"]))
    assert bad == trial.bad_check_digit and len(bad) == 1
    valid = [row for row in cohort if is_valid(row["nhs_number"])]
    assert tuple(row["study_id"] for row in valid if row["nhs_number"] not in known) == trial.not_held
    held = [row for row in valid if row["nhs_number"] in known]
    wrong = tuple(
        row["study_id"] for row in held if known[row["nhs_number"]]["date_of_birth"].isoformat() != row["date_of_birth"]
    )
    assert wrong == trial.wrong_birth_date and len(wrong) == 2
    times = Counter(row["nhs_number"] for row in cohort)
    assert tuple(row["study_id"] for row in cohort if times[row["nhs_number"]] > 1) == trial.repeated
    assert len(trial.repeated) == 2


def test_consents_fall_short_exactly_where_the_answer_says(small: Population) -> None:
    trial, on = small.trial, small.ends.isoformat()
    consents = rows(small.trial_consents)
    assert tuple(row["study_id"] for row in consents) == trial.study_ids
    short = {
        "withdrawn": [row["study_id"] for row in consents if row["withdrawn_on"] and row["withdrawn_on"] <= on],
        "expired": [row["study_id"] for row in consents if not row["valid_from"] <= on <= row["valid_to"]],
        "earlier_wording": [row["study_id"] for row in consents if row["wording_version"] == "1.0"],
        "fewer_items": [
            row["study_id"]
            for row in consents
            if row["wording_version"] == "2.0" and "diagnosis" not in row["items"].split(";")
        ],
    }
    for name, ids in short.items():
        assert tuple(ids) == getattr(trial, name) and ids, name
    assert len(trial.releasable) == 60 - 18


def test_every_trial_person_has_something_to_release(small: Population) -> None:
    treated = {row["nhs_number"] for row in episode_rows(small)}
    numbers = {row["study_id"]: row["nhs_number"] for row in rows(small.trial_cohort)}
    assert all(numbers[study_id] in treated for study_id in small.trial.releasable)


def test_answers_compare_by_what_they_hold(small: Population) -> None:
    first = small.deliveries[0]
    assert first == Delivered("episodes", "aldermoor", first.file, first.rows, first.next_file, first.next_rows)
