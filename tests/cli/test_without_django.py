"""Whoever receives a package, or has a plain file, needs no Django: `verify`, `open` and `anonymise` run without it."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from complete import Complete, as_toml, kind_of, ods_of

from openhaven.cli.main import run
from openhaven.model.plain import from_plain, read_toml
from openhaven.model.record.agreement import Agreement
from openhaven.model.words import Route

BLOCKED = """
import sys

class NoDjango:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "django":
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, NoDjango())
from openhaven.cli.main import run
sys.exit(run(sys.argv[1:]))
"""


def haven(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command in an interpreter that has no Django."""
    return subprocess.run([sys.executable, "-c", BLOCKED, *map(str, arguments)], capture_output=True, text=True)


def test_the_interpreter_of_these_tests_really_has_no_django():
    done = haven("status")
    assert done.returncode == 1 and "django" in done.stderr


def test_anonymise(tmp_path):
    rows = "".join(f"{age},{sex}\n" for age in (30, 31, 32, 33) for sex in ("f", "m", "f"))
    (tmp_path / "a.csv").write_text(f"age,sex\n{rows}")
    done = haven("anonymise", tmp_path / "a.csv", tmp_path / "b.csv", "--qi", "age,sex", "--k", 3)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "b.csv").read_text().startswith("age,sex\n")


@pytest.mark.parametrize("command", [["--help"], ["risk", "--help"], ["verify", "--help"], ["open", "--help"]])
def test_help(command):
    assert haven(*command).returncode == 0


def test_verify_and_open(a_package, tmp_path):
    package, trust, key = a_package
    assert haven("verify", package, "--trust", trust).returncode == 0
    opened = haven("open", package, "--key", key, "--out", tmp_path / "opened")
    assert opened.returncode == 0, opened.stderr
    against = haven("verify", package, "--trust", trust, "--against", tmp_path / "opened")
    assert against.returncode == 0, against.stdout


@pytest.fixture(scope="module")
def a_package(tmp_path_factory) -> tuple[Path, Path, Path]:
    """A package that a small haven made, the keys to trust, and the recipient's key."""
    folder = tmp_path_factory.mktemp("haven")
    key, haven_ = folder / "key.txt", str(folder / "haven")
    identity = pyrage.x25519.Identity.generate()
    key.write_text(f"{identity}\n")
    papers = _papers(folder, str(identity.to_public()))
    init = ["init", haven_, "--operator-name", "A haven", "--origin", "haven.example", "--contact", "here", "--demo"]
    assert run(init) == 0
    assert run(["--haven", haven_, "dataset", str(papers / "datapackage.json")]) == 0
    for paper in sorted(papers.glob("*.toml"), key=lambda each: ("organisation" not in each.stem, each.stem)):
        if paper.stem != "application":
            assert run(["--haven", haven_, "record", paper.stem.split("-")[0], str(paper)]) == 0
    deliver = ["--haven", haven_, "deliver", "visits", str(papers / "visits.csv"), "--controller", "trust"]
    assert run([*deliver, "--route", "direct care records held by us"]) == 0
    assert run(["--haven", haven_, "release", str(papers / "application.toml"), "--out", str(folder / "package")]) == 0
    return folder / "package", folder / "haven" / "trust.txt", key


def _papers(folder: Path, age_key: str) -> Path:
    papers = folder / "papers"
    papers.mkdir()
    term = "starts = 2026-01-01\nends = 2028-12-31"
    seen = 'document = "a letter"\nby = "the team"\non = 2026-01-01'
    (papers / "organisation.toml").write_text(
        f'id = "uni"\nname = "A university"\nbodies = ["university"]\nage_key = "{age_key}"\nods = "{ods_of("uni")}"\n'
        'country = "England"\n'
    )
    (papers / "organisation-trust.toml").write_text(
        f'id = "trust"\nname = "A trust"\nbodies = ["nhs trust"]\nods = "{ods_of("trust")}"\ncountry = "England"\n'
    )
    grounds = 'grounds = [{ article_6 = "6(1)(e)", article_9 = "9(2)(j)", schedule_1 = "Part 1 paragraph 4" }]'
    (papers / "authority.toml").write_text(
        'id = "yes"\ncontroller = "trust"\ndataset = "visits"\nsays = "yes"\npurposes = ["research"]\n'
        f"{term}\n{grounds}\n[seen]\n{seen}\n"
    )
    (papers / "classification.toml").write_text(
        'id = "class"\ndataset = "visits"\nlevel = "de-identified"\nrelease_model = "contract"\nby = "a person"\n'
        'role = "statistician"\non = 2026-01-01\nreview = 2028-12-31\nreasons = "k and contract"\n'
        'fields = [{ name = "person" }, { name = "sex" }]\nrecipients = ["uni"]\nsettings = ["extract"]\n'
    )
    agreement = (
        'id = "dsa"\ntitle = "Visits"\nrecipient = "uni"\ncontrollers = ["trust"]\npurpose = "research"\n'
        'dataset = "visits"\nlevel = "de-identified"\nfields = [{ name = "person" }, { name = "sex" }]\n'
        f'{term}\ndestroy_within_days = 30\nepoch = "1"\nk = 5\neveryone = "all of them come"\n[signed]\n{seen}\n'
    )
    _rest(papers, from_plain(Agreement, read_toml(agreement, where="agreement"), where="agreement"))
    (papers / "application.toml").write_text(
        'format = 1\nid = "app"\ntitle = "Visits"\napplicant = "uni"\nrecipient = "uni"\npurpose = "research"\n'
        'purpose_text = "why people come"\neveryone = "all of them come"\n'
        'route = "no confidential patient information"\ndataset = "visits"\n'
        'level = "de-identified"\nagreement = "dsa"\n'
        'fields = [{ name = "person", reason = "to follow people" }, { name = "sex", reason = "rates differ" }]\n'
        '[data_protection]\narticle_6 = "6(1)(e)"\narticle_9 = "9(2)(j)"\nschedule_1 = "Part 1 paragraph 4"\n'
    )
    (papers / "datapackage.json").write_text(
        '{"title": "Visits", "openhaven": {"format": 1, "dataset": "visits", "setting": "hospital", "territory": '
        '"England"}, "resources": [{"schema": {"fields": [{"name": "person", "type": "integer", "role": "person"}, '
        '{"name": "sex", "type": "string", "role": "quasi"}]}}]}'
    )
    (papers / "visits.csv").write_text("person,sex\n" + "".join(f"{i % 20},{'fm'[i % 2]}\n" for i in range(60)))
    return papers


def _rest(papers: Path, agreement: Agreement) -> None:
    """The agreement with all its terms, and every other record that the use needs."""
    start = dt.date.today() - dt.timedelta(days=30)
    whole = Complete(agreement, Route.NOT_CONFIDENTIAL, start, agreement.ends)
    for number, record in enumerate((whole.agreed, *whole.records)):
        (papers / f"{kind_of(record)}-{number}.toml").write_text(as_toml(record))
