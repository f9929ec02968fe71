"""The whole road through the command, on real files: records made by hand, packages opened and read by other code."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pyrage
import pytest
from complete import Complete, as_toml, kind_of, ods_of

from openhaven.cli.main import run
from openhaven.model.plain import from_plain, to_plain
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.kinds import Record
from openhaven.model.words import Purpose, Route

DATA = Path(__file__).parents[2].parent / "shared" / "data"
DESCRIPTIONS = Path(__file__).parents[1] / "data"
TODAY = dt.date.today()
TERM = {"starts": TODAY - dt.timedelta(days=30), "ends": TODAY + dt.timedelta(days=300)}
SEEN = {"document": "signed paper", "by": "the data access team", "on": TODAY - dt.timedelta(days=30)}

RESEARCH = {"article_6": "6(1)(e)", "article_9": "9(2)(j)", "schedule_1": "Part 1 paragraph 4"}
SERVICE = {"article_6": "6(1)(e)", "article_9": "9(2)(h)", "schedule_1": "Part 1 paragraph 2"}


def described(id: str, *, territory: str = "", more: tuple[dict[str, Any], ...] = (), **changed: Any) -> dict[str, Any]:
    """A description that the tests keep, with another territory, fields changed by name, or more of them."""
    package = json.loads((DESCRIPTIONS / id / "datapackage.json").read_text())
    package["openhaven"] |= {"territory": territory} if territory else {}
    fields = package["resources"][0]["schema"]["fields"]
    fields[:] = [*({**field, **changed.get(field["name"], {})} for field in fields), *more]
    return package


class Road:
    """One haven, driven by its command, and the recipient's side of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place, self.trust = folder, folder / "haven", folder / "trust.txt"
        self.described: dict[str, list[dict[str, Any]]] = {}
        self.haven("init", str(self.place), "--operator-name", "A haven", "--origin", "haven.example.org",
                   "--contact", "1 Mill Lane", "--demo", json=False)  # fmt: skip
        self.trust.write_text(self.haven("log", "keys", json=False))

    def haven(self, *arguments: str, status: int = 0, json: bool = True) -> Any:
        """Run the command; the document that it prints, or its text."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            given = ["--haven", str(self.place), "--operator", "tester", *arguments, *(["--json"] if json else [])]
            found = run(given)
        assert found == status, f"haven {' '.join(arguments)}: status {found}\n{out.getvalue()}{err.getvalue()}"
        return self.loads(out.getvalue()) if json and out.getvalue() else out.getvalue() + err.getvalue()

    loads = staticmethod(json.loads)

    def settings(self, text: str) -> None:
        """Add to haven.toml."""
        with (self.place / "haven.toml").open("a") as file:
            file.write(text)

    def record(self, kind: str, **record: Any) -> None:
        path = self.folder / f"{kind}-{record['id']}.toml"
        path.write_text(as_toml(record))
        self.haven("record", kind, str(path))

    def record_all(self, records: tuple[Record, ...]) -> None:
        """Record those that are not on record yet."""
        for each in records:
            if not (self.folder / f"{kind_of(each)}-{each.id}.toml").exists():
                self.record(kind_of(each), **to_plain(each))

    def recipient(self, id: str, *, bodies: tuple[str, ...] = ("university",)) -> None:
        """An organisation of record with a key of its own."""
        identity = pyrage.x25519.Identity.generate()
        self.key(id).write_text(f"{identity}\n")
        self.record("organisation", id=id, name=id.title(), bodies=bodies, age_key=str(identity.to_public()),
                    ods=ods_of(id), country="England")  # fmt: skip

    def key(self, id: str) -> Path:
        return self.folder / f"{id}.key"

    def controller(self, id: str, *datasets: str) -> None:
        """A controller that says yes to releases of these datasets."""
        self.record("organisation", id=id, name=id.title(), bodies=("nhs trust",), ods=ods_of(id), country="England")
        for name in datasets:
            given = {"says": "yes", "seen": SEEN, "purposes": tuple(Purpose), "grounds": (RESEARCH, SERVICE), **TERM}
            self.record("authority", id=f"yes-{id}-{name}", controller=id, dataset=name, **given)

    def describe(self, package: dict[str, Any]) -> None:
        path = self.folder / f"{package['openhaven']['dataset']}.datapackage.json"
        path.write_text(json.dumps(package))
        self.described[package["openhaven"]["dataset"]] = package["resources"][0]["schema"]["fields"]
        self.haven("dataset", str(path), json=False)

    def deliver(self, dataset: str, path: Path, *, controller: str) -> dict[str, Any]:
        sent = ("--controller", controller, "--route", "direction under section 254")
        return self.haven("deliver", dataset, str(path), *sent)["delivery"]

    def classify(self, dataset: str, *, level: str = "de-identified", to: tuple[str, ...] = ("university",)) -> None:
        """A named person's finding that this dataset at this level, in these hands, carries no confidential
        information, whichever of its fields leave."""
        self.record("classification", id=f"class-{dataset}-{level[:2]}", dataset=dataset, level=level, by="A. Person",
                    release_model="extract under agreement", role="statistician", on=TERM["starts"],
                    review=TERM["ends"], reasons="pseudonyms, k, agreement", recipients=to, settings=["extract"],
                    fields=[{"name": each["name"]} for each in self.described[dataset]])  # fmt: skip

    def agree(self, id: str, dataset: str, fields: dict[str, str], *, to: str, controllers: tuple[str, ...],
              level: str = "de-identified", purpose: str = "research", **more: Any) -> Path:  # fmt: skip
        """An agreement of record with all other records that it needs, and the application for all that it agrees."""
        if not {"cohort", "table", "people_file"} & set(more):
            more["everyone"] = "every row of the file is looked at"
        agreed = {"id": f"agreed-{id}", "title": id, "recipient": to, "controllers": controllers, "purpose": purpose,
                  "dataset": dataset, "level": level, "destroy_within_days": 30, "epoch": "1", "signed": SEEN, **TERM,
                  "fields": [{"name": name, "precision": step} for name, step in fields.items()],
                  **{name: more[name] for name in ("cohort", "everyone") if name in more},
                  **{name: more.pop(name) for name in ("k", "suppression") if name in more}}  # fmt: skip
        route = Route(more.get("route", Route.NOT_CONFIDENTIAL))
        whole = Complete(from_plain(Agreement, agreed, where="agree"), route, TERM["starts"], TERM["ends"])
        self.record_all((whole.agreed, *whole.records))
        asked = {"format": 1, "id": id, "title": id, "applicant": to, "recipient": to, "purpose": purpose,
                 "purpose_text": "What becomes of people.", "route": "no confidential patient information",
                 "dataset": dataset, "level": level, "agreement": f"agreed-{id}",
                 "data_protection": RESEARCH,
                 "fields": [{"name": n, "precision": s, "reason": "needed"} for n, s in fields.items()]}  # fmt: skip
        path = self.folder / f"application-{id}.toml"
        path.write_text(as_toml(asked | more))
        return path

    def release(self, application: Path, *, to: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """Release, verify, open, verify against what was opened: its rows, and the recipient's certificate."""
        package, out = self.folder / f"package-{application.stem}", self.folder / f"opened-{application.stem}"
        self.haven("release", str(application), "--out", str(package))
        self.haven("verify", str(package), "--trust", str(self.trust))
        files = self.haven("open", str(package), "--key", str(self.key(to)), "--out", str(out))["files"]
        self.haven("verify", str(package), "--trust", str(self.trust), "--against", str(out))
        (data,) = (Path(path) for path in files if path.endswith((".parquet", ".csv")))
        certificate = json.loads((package / "certificate.json").read_text())
        return (read_csv(data) if data.suffix == ".csv" else pq.read_table(data).to_pylist()), certificate

    def full(self, release: str) -> dict[str, Any]:
        """The controllers' certificate."""
        return json.loads((self.place / "releases" / release / "certificate-full.json").read_text())


def source_rows(*parts: str) -> list[dict[str, str]]:
    """A file beside the checkout as the csv module reads it; skipped, with the reason, where it is absent."""
    path = DATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"{Path(*parts)} is not among the data beside the checkout")
    return read_csv(path)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path: Path, rows: list[dict[str, str]], columns: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def made_up_numbers(count: int) -> list[str]:
    """So many NHS numbers of the 999 range; the last digit checks the others, and one that would be 10 is passed by."""
    found: list[str] = []
    for serial in range(2 * count):
        digits = f"999{serial:06d}"
        check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        found += [f"{digits}{check}"] if check < 10 else []
    return found[:count]


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    return Road(tmp_path_factory.mktemp("road"))


@pytest.fixture(scope="session")
def real() -> Any:
    """What a test needs from here, since tests do not import from one another."""
    tools = {"described": described, "rows": source_rows, "write": write_csv, "numbers": made_up_numbers}
    known = {"data": DATA, "term": TERM, "seen": SEEN}
    return type("Real", (), {name: staticmethod(each) for name, each in tools.items()} | known)
