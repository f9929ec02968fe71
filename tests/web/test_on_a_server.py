"""Given PostgreSQL, gunicorn with several processes, and a worker beside them, when somebody applies, then the case
goes the whole road to a release as it does with SQLite on one machine: one setting is another, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from applying import act, answers_of, submitted
from by_http import Visitor, sessions
from postgresql import postgres_running

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))

from journeys_haven import MORE, Desk, check_again, make_haven

pytestmark = pytest.mark.xdist_group("server")
BIN = Path(sys.executable).parent
PATIENCE = 120  # seconds: a busy machine is no failure
POSTS = {
    "ann": [["applicant", "UNIVERSITY"]],
    "olu": [["case officer", ""]],
    "una": [["independent adviser", ""]],
    "sir": [["senior information risk owner", ""]],
}


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, Any]]:
    with postgres_running() as found:
        yield found


@pytest.fixture(scope="module")
def desk(database: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A haven whose records lie in PostgreSQL, by the section `database` of its settings."""
    from django.db import connection

    folder = tmp_path_factory.mktemp("server")
    section = "\n".join(f'{name} = "{value}"' for name, value in database.items())
    check_again(folder, make_haven(folder, more=f"{MORE}\n[database]\n{section}\n"))
    connection.close()
    yield Desk(folder)
    connection.close()


@pytest.fixture(scope="module")
def address(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """gunicorn with two processes, as the how-to starts it, and a worker."""
    served = f'openhaven.web.serving:application("{desk.home}")'
    pages = [BIN / "gunicorn", "--workers", "2", "--threads", "4", "--bind", "127.0.0.1:0", served]
    said = tmp_path_factory.mktemp("said") / "gunicorn.txt"
    with (
        said.open("w") as out,
        subprocess.Popen(pages, stdout=out, stderr=subprocess.STDOUT) as server,
        subprocess.Popen([BIN / "haven", "--haven", desk.home, "work"], stdin=subprocess.DEVNULL) as worker,
    ):
        try:
            yield _answering(server, said)
        finally:
            server.terminate()
            worker.terminate()


def _answering(server: subprocess.Popen[bytes], said: Path) -> str:
    """The address, once every process of the server has begun."""
    until = time.monotonic() + PATIENCE
    while said.read_text().count("Booting worker") < 2:
        assert server.poll() is None and time.monotonic() < until, said.read_text()
        time.sleep(0.1)
    found = re.search(r"Listening at: (http://\S+)", said.read_text())
    assert found
    return found[1]


@pytest.fixture(scope="module")
def people(desk: Desk, address: str) -> dict[str, Visitor]:
    found = sessions(desk.home, [{"email": f"{name}@example.org", "posts": posts} for name, posts in POSTS.items()])
    return {name: Visitor(address, found[f"{name}@example.org"]) for name in POSTS}


def test_an_application_goes_its_whole_road(desk: Desk, people: dict[str, Visitor]) -> None:
    case = submitted(people["ann"], "UNIVERSITY", answers_of(desk.path("applications", "1-university.toml")))
    said = {"says": "supports", "text": "It serves patients.", "conditions": ""}
    for name, act_name, typed in (
        ("olu", "check", {}),
        ("olu", "advisers", {}),
        ("una", "opinion", {"says": "supports", "text": "Sound."}),
        ("olu", "minute", said),
        ("sir", "approve", {"text": "Worth it.", "conditions": ""}),
    ):
        answer = act(people[name], case, act_name, **typed)
        assert answer.status == 302, (act_name, answer.text)
    assert _released(people["olu"], case) == f"{case}.R1"
    certificate = people["ann"].get(f"/desk/releases/{case}.R1/certificate")
    assert certificate.status == 200 and "Measured on the file" in certificate.text
    assert Visitor(people["ann"].address).get(f"/uses/{case}.R1").status == 200


def _released(officer: Visitor, case: str) -> str:
    """Ask for the release, and wait for the worker; the id of what it made."""
    choose = officer.get("/desk/releases/start").text
    form = re.findall(rf'href="(/desk/releases/start/{case}[^"]+)"', choose)[0]
    asked = officer.post(form, form=form)
    assert asked.status == 302, asked.text
    until = time.monotonic() + PATIENCE
    while not (found := officer.get(f"{asked.headers['location']}/progress").document)["over"]:
        assert time.monotonic() < until, found
        time.sleep(0.2)
    assert found["state"] == "done", found
    return str(re.findall(r"Released: (\S+),", found["said"])[0])


def test_nothing_of_it_lies_beside_postgresql(desk: Desk, database: dict[str, Any]) -> None:
    import psycopg

    assert not list(desk.home.glob("*.sqlite3*"))
    with psycopg.connect(
        dbname=database["name"], **{name: database[name] for name in ("host", "port", "user")}
    ) as open:
        (tables,) = open.execute("select count(*) from information_schema.tables where table_name like 'desk_%'")
    assert tables[0] > 5
    assert desk.haven("log", "fsck").status == 0


def test_every_page_brings_its_styles(people: dict[str, Visitor]) -> None:
    page = people["ann"].get("/").text
    for path in re.findall(r'href="(/static/[^"]+\.css)"', page):
        assert people["ann"].get(path).status == 200


def test_who_signed_in_is_known_to_every_process(people: dict[str, Visitor]) -> None:
    assert {people["olu"].get("/cases").status for _ in range(8)} == {200}
