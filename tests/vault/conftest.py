"""A vault, a described dataset, and deliveries of it, small enough to read."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from openhaven.keys.folder import VaultKey
from openhaven.vault.arrival import Arrival, Screened
from openhaven.vault.deliver import Again, stage
from openhaven.vault.describe import add_dataset
from openhaven.vault.places import Vault

RECEIVED = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)
NUMBERS = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050")
HEADING = "episode_id,nhs_number,name,born,sex,admitted,discharged,diagnosis,cost"


def described(name: str, type: str, role: str, **more: object) -> dict[str, object]:
    return {"name": name, "type": type, "role": role, **more}


EPISODES = [
    described("episode_id", "integer", "key", constraints={"required": True, "unique": True}),
    described("nhs_number", "string", "person", kind="nhs_number"),
    described("name", "string", "identifier", kind="name"),
    described("born", "date", "identifier", kind="date_of_birth"),
    described("sex", "string", "quasi", constraints={"enum": ["1", "2", "9"]}),
    described("admitted", "date", "quasi"),
    described("discharged", "date", "quasi", format="%d/%m/%Y"),
    described("diagnosis", "string", "confidential", constraints={"pattern": "[A-Z][0-9]{2}[0-9X]?"}),
    described("cost", "number", "content", constraints={"minimum": 0, "maximum": 100000}),
]


def package(fields=EPISODES, *, id="episodes", setting="hospital", in_order=(("admitted", "discharged"),)):
    ours = {"format": 1, "dataset": id, "setting": setting, "territory": "England", "in_order": list(in_order)}
    return {"openhaven": ours, "title": "Made for a test", "resources": [{"schema": {"fields": list(fields)}}]}


def rows(count=5):
    """Good rows of the episodes dataset, one for each of the first people."""
    return [
        f'{100 + at},{NUMBERS[at]},"O\'Neil, Ann {at}",1980-02-0{at + 1},{1 + at % 2},2026-01-0{at + 1},'
        f"1{at}/01/2026,I2{at},{at}.50"
        for at in range(count)
    ]


def csv_text(*lines: str, heading: str = HEADING) -> str:
    return "\n".join((heading, *lines)) + "\n"


class Bench:
    """What a test needs to describe and deliver, in one place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vault = Vault(folder / "vault", VaultKey(bytes(range(32))), memory="500MB", threads=2)

    def describe(self, **given):
        path = self.folder / "datapackage.json"
        path.write_text(json.dumps(package(**given)))
        return add_dataset(self.vault, path)

    def file(self, content: str | bytes, name: str = "episodes.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def arrival(self, id: str = "d1", **given) -> Arrival:
        usual = {
            "controller": "trust-a",
            "received": RECEIVED,
            "inbound_route": "direction of 2026",
            "demo": True,
            "screened": Screened((), "the sender"),
        }
        return Arrival(delivery_id=id, **(usual | given))

    def deliver(self, dataset, *files: Path, **given):
        """Stage and take at once; the same bytes again: the earlier delivery."""
        staged = stage(self.vault, dataset, files, arrival=self.arrival(**given))
        if isinstance(staged, Again):
            return staged.delivery
        with staged:
            return staged.commit()

    def state(self) -> dict[str, bytes]:
        """Every file of the vault that others may see, apart from locks."""
        return {
            str(path.relative_to(self.vault.folder)): path.read_bytes()
            for path in self.vault.folder.rglob("*")
            if path.is_file() and "locks" not in path.parts
        }


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def made():
    """The builders of rows and files."""
    return type(
        "Made",
        (),
        {
            "rows": staticmethod(rows),
            "csv": staticmethod(csv_text),
            "numbers": NUMBERS,
            "episodes": EPISODES,
            "field": staticmethod(described),
            "heading": HEADING,
        },
    )
