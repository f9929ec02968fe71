"""Made-up episodes in the vault's layout, and as one file as they might have been delivered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from openhaven.identity.pseudonym import person_ids
from openhaven.model.words import FieldType

VAULT_KEY = b"vault key of the bench: 32 bytes"
OBJECTING = 20  # one in so many people has opted out

# Twelve columns. Areas and diagnoses are skewed; one person in eight thousand lives in one of three small areas, where
# nearly every class is smaller than k: their rows have to be found and left out.
_EPISODES = """
    with drawn as (select i, (hash(i * 7 + 1) % $people)::bigint p from range($rows) t(i))
    select i as _row, p, 'X' || i as episode_id, (9990000000 + p)::varchar as nhs_number,
        date '2025-04-01' + (hash(i) % 365)::int as admitted, date '2025-04-03' + (hash(i) % 365)::int as discharged,
        'D' || (pow((hash(i * 3) % 100000) / 100000.0, 3) * 300)::int as diagnosis,
        (hash(p) % 90)::bigint as age, ((hash(p * 11) % 2) + 1)::varchar as sex,
        chr(65 + (hash(p * 13) % 17)::int) as ethnicity,
        case when hash(p * 29) % 8000 = 0 then 'S' || (hash(p * 31) % 3)
            else 'E' || (pow((hash(p * 17) % 100000) / 100000.0, 2) * 150)::int end as area,
        'R' || (hash(i * 19) % 60) as provider, (hash(i * 23) % 10)::bigint as method
    from drawn
"""


@dataclass(frozen=True, slots=True)
class Data:
    """`delivered` is one file of twelve columns; `held` a delivery in the vault's layout; `rows` episodes."""

    folder: Path
    rows: int
    people: int

    @property
    def delivered(self) -> Path:
        return self.folder / "delivered.parquet"

    @property
    def held(self) -> Path:
        return self.folder / "held"


def make(folder: Path, rows: int, people: int) -> Data:
    """Make the files, unless they are there."""
    data = Data(folder / f"{rows}-rows", rows, people)
    if not (data.folder / "done").exists():
        data.held.mkdir(parents=True, exist_ok=True)
        _write(data)
        (data.folder / "done").touch()
    return data


def _write(data: Data) -> None:
    numbers = pc.cast(pa.array(range(9_990_000_000, 9_990_000_000 + data.people)), pa.string())
    ids = person_ids(numbers, key=VAULT_KEY, nhs=True, type=FieldType.STRING)
    people = pa.table({"_person": ids, "person_key": numbers, "nhs_number": numbers})
    people = people.append_column("held", pa.array([True] * len(people)))
    pq.write_table(people, data.held / "people.parquet", compression="zstd")
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        episodes = connection.sql(_EPISODES, params={"rows": data.rows, "people": data.people})
        episodes.write_parquet(str(data.folder / "drawn.parquet"), compression="zstd")
        drawn = connection.read_parquet(str(data.folder / "drawn.parquet"))
        drawn.select("* exclude (_row, p)").write_parquet(str(data.delivered), compression="zstd")
        known = connection.from_arrow(people).select("_person, nhs_number")
        keyed = drawn.join(known, "nhs_number")
        keyed.select("_row, _person, * exclude (_row, _person, p, nhs_number)").write_parquet(
            str(data.held / "content.parquet"), compression="zstd"
        )
        keyed.select("_row, _person, nhs_number").write_parquet(
            str(data.held / "identifiers.parquet"), compression="zstd"
        )
    (data.folder / "drawn.parquet").unlink()
