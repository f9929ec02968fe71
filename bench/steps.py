"""What is measured, each step in a process of its own: the plain copy, the road, measuring again, encryption."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyrage

from bench.data import OBJECTING, Data
from openhaven.engines import open_engine
from openhaven.model.dataset import Dataset, Field
from openhaven.model.decision import Decision, Verdict
from openhaven.model.obligation import (
    AtLevel,
    KAnonymity,
    NationalOptOut,
    OnlyControllers,
    OnlyFields,
    PseudonymScope,
)
from openhaven.model.words import FieldType, Kind, Level, Precision, Role, Setting
from openhaven.release.certificate import Heading, certificate
from openhaven.release.made import Made
from openhaven.release.measure import certify
from openhaven.release.optouts import MayFlow
from openhaven.release.plan import Held
from openhaven.release.road import Supplies, output, travel

DAY = dt.date(2026, 11, 2)
MEMORY, THREADS = "2GB", 2
SCOPE_KEY = b"scope key of the bench: 32 bytes"
LEAVING = ("nhs_number", "admitted", "diagnosis", "age", "sex", "ethnicity", "area", "provider")
QUASI = ("admitted", "age", "sex", "area")
COARSER = {"admitted": Precision.MONTH, "age": Precision.AGE_5}
EPISODES = Dataset(
    "episodes",
    "Made-up episodes",
    Setting.HOSPITAL,
    "England",
    (
        Field("nhs_number", FieldType.STRING, Role.PERSON, kind=Kind.NHS_NUMBER),
        Field("episode_id", FieldType.STRING, Role.KEY),
        Field("admitted", FieldType.DATE, Role.QUASI),
        Field("discharged", FieldType.DATE, Role.CONTENT),
        Field("diagnosis", FieldType.STRING, Role.CONFIDENTIAL),
        Field("age", FieldType.INTEGER, Role.QUASI, kind=Kind.AGE),
        Field("sex", FieldType.STRING, Role.QUASI),
        Field("ethnicity", FieldType.STRING, Role.CONTENT),
        Field("area", FieldType.STRING, Role.QUASI),
        Field("provider", FieldType.STRING, Role.CONTENT),
        Field("method", FieldType.INTEGER, Role.CONTENT),
    ),
)


def decision() -> Decision:
    """What the law would oblige the road to do, with k = 10 people."""
    why = {"provisions": (), "because": "the bench asks for it"}
    obligations = (
        OnlyFields(fields=tuple((name, COARSER.get(name, Precision.AS_HELD)) for name in LEAVING), **why),
        OnlyControllers(controllers=("bench",), declined=(), **why),
        NationalOptOut(applies=True, max_age_days=21, **why),
        AtLevel(level=Level.DE_IDENTIFIED, **why),
        KAnonymity(k=10, quasi=QUASI, suppression=0.05, **why),
        PseudonymScope(recipient="bench", agreement="bench", epoch="1", **why),
    )
    return Decision("bench", DAY, "bench", Verdict.PERMIT, (), obligations)


def answer(data: Data) -> MayFlow:
    """The national check: all numbers but those of every twentieth person come back."""
    numbers = pq.read_table(data.held / "people.parquet", columns=["nhs_number"])["nhs_number"].combine_chunks()
    flows = pa.array([number % OBJECTING != 0 for number in range(len(numbers))])
    return MayFlow("bench", numbers.filter(flows), 1, "")


def copy(data: Data, out: Path) -> None:
    """The yardstick: DuckDB copies the eight columns, Parquet to Parquet, and does nothing else."""
    with duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY}) as connection:
        connection.execute("set preserve_insertion_order = false; set enable_progress_bar = false")
        rows = connection.read_parquet(str(data.delivered)).select(", ".join(LEAVING))
        rows.write_parquet(str(out / "copy.parquet"), compression="zstd")


def supplies(data: Data, out: Path, *, engine: str = "duckdb") -> Supplies:
    """What the haven brings to the road: an engine, the delivery, the answer of the national check, a key."""
    spill = out / "spill"
    spill.mkdir(mode=0o700, exist_ok=True)
    return Supplies(
        open_engine(engine, spill=spill, memory=MEMORY, threads=THREADS),
        EPISODES,
        (Held("bench", "bench", data.held),),
        DAY,
        answer=answer(data),
        scope_key=lambda scope: SCOPE_KEY,
    )


def road(brought: Supplies, out: Path) -> Made:
    """From opt-outs to the written file."""
    return travel(decision(), brought, out)


def certified(made: Made) -> None:
    """Every obligation measured again on the file, the file hashed, the certificate put together."""
    heading = Heading("bench", "bench", "bench", "bench", "bench", DAY)
    certificate(made, certify(made), output(made), heading)


def encryption(data: Data, out: Path) -> None:
    """age, through pyrage, as the package does it."""
    recipient = pyrage.x25519.Identity.generate().to_public()
    pyrage.encrypt_file(str(out / "episodes.parquet"), str(out / "episodes.parquet.age"), [recipient])
