"""A small vault made by hand, and decisions made of obligations alone: the road looks at nothing else."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from openhaven.identity.nhs_number import check_digit
from openhaven.identity.pseudonym import person_ids
from openhaven.model.dataset import Dataset, Field
from openhaven.model.decision import Decision, Verdict
from openhaven.model.obligation import (
    AtLevel,
    EncryptTo,
    KAnonymity,
    NationalOptOut,
    OnlyCohort,
    OnlyControllers,
    OnlyFields,
    PseudonymScope,
)
from openhaven.model.words import FieldType, Kind, Level, Precision, Role, Setting
from openhaven.release.plan import Held

P = Precision
VAULT_KEY, SCOPE_KEY = b"v" * 32, b"s" * 32
DAY = dt.date(2026, 11, 2)

EPISODES = Dataset(
    id="episodes",
    title="Hospital episodes",
    setting=Setting.HOSPITAL,
    territory="England",
    fields=(
        Field("episode_id", FieldType.STRING, Role.KEY),
        Field("nhs_number", FieldType.STRING, Role.PERSON, kind=Kind.NHS_NUMBER),
        Field("date_of_birth", FieldType.DATE, Role.IDENTIFIER, kind=Kind.DATE_OF_BIRTH),
        Field("postcode", FieldType.STRING, Role.IDENTIFIER, kind=Kind.POSTCODE),
        Field("sex", FieldType.STRING, Role.QUASI),
        Field("age", FieldType.INTEGER, Role.QUASI, kind=Kind.AGE),
        Field("admitted", FieldType.DATE, Role.QUASI),
        Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL, codes="ICD-10"),
    ),
)
PLACES = (
    ("AA1 1AA", "L1", "Aldermoor", "North"),
    ("AA1 1AB", "L2", "Aldermoor", "North"),
    ("BB1 1AA", "L3", "Brack", "South"),
)


def number(serial: int) -> str:
    """A valid number of the 999 range, another for each serial."""
    nine = [f"999{each:06d}" for each in range(2 * serial, 2 * serial + 40)]
    valid = [each for each in nine if check_digit(each) is not None]
    return f"{valid[0]}{check_digit(valid[0])}"


def hold(
    folder: Path, rows: list[dict], *, controller: str = "RZ1", name: str = "D1", dataset: Dataset = EPISODES
) -> Held:
    """Write rows (nhs_number None: no person key) as one delivery in the vault's layout."""
    keys = pa.array([row["nhs_number"] for row in rows], pa.string())
    ids = person_ids(keys, key=VAULT_KEY, nhs=True, type=FieldType.STRING)
    place = folder / name
    place.mkdir(parents=True)
    order = pa.array(range(len(rows)), pa.int64())
    types = {FieldType.STRING: pa.string(), FieldType.INTEGER: pa.int64(), FieldType.DATE: pa.date32()}

    def columns(apart: bool) -> dict:
        chosen = {
            each.name: pa.array([row[each.name] for row in rows], types[each.type])
            for each in dataset
            if each.identifies == apart
        }
        return {"_row": order, "_person": ids, **chosen}

    pq.write_table(pa.table(columns(False)), place / "content.parquet")
    pq.write_table(pa.table(columns(True)), place / "identifiers.parquet")
    people = {row["nhs_number"]: id for row, id in zip(rows, ids.to_pylist(), strict=True) if row["nhs_number"]}
    pq.write_table(
        pa.table(
            {
                "_person": pa.array(people.values(), pa.int64()),
                "person_key": list(people),
                "nhs_number": list(people),
                "held": [True] * len(people),
            }
        ),
        place / "people.parquet",
    )
    return Held(name, controller, place)


def decided(*more, fields, cohort=(), applies=False, level=Level.DE_IDENTIFIED, k=None, suppression=1.0, scope=True):
    """A decision to permit, made of these obligations."""
    why = {"provisions": (), "because": "the test says so"}
    made = [
        OnlyFields(fields=tuple(fields), **why),
        OnlyCohort(conditions=tuple(cohort), **why),
        OnlyControllers(controllers=("RZ1", "RZ2"), declined=(), **why),
        NationalOptOut(applies=applies, max_age_days=21, **why),
        AtLevel(level=level, **why),
        EncryptTo(recipient="uni", age_key="age1", **why),
    ]
    if k is not None:
        quasi = [name for name, _ in fields if name in ("sex", "age", "admitted", "postcode")]
        made.append(KAnonymity(k=k, quasi=tuple(quasi), suppression=suppression, **why))
    if scope:
        made.append(PseudonymScope(recipient="uni", agreement="A", epoch="1", **why))
    return Decision("APP", DAY, "test", Verdict.PERMIT, (), (*made, *more))
