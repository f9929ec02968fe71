"""The public register: made from the log and from what matches it, and it says no more than is public."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

from journeys_haven import Desk, listing


def register(desk: Desk, name: str = "register") -> dict[str, object]:
    assert desk.haven("register", "--out", desk.path(name)).status == 0
    assert listing(desk.path(name)) == {"index.html", "register.json"}
    return dict(json.loads(desk.path(name, "register.json").read_text("utf-8")))


def test_it_says_who_got_which_data_and_why(desk: Desk) -> None:
    assert desk.release("1-university").status == 0
    assert desk.release("3-insurer").status == 3

    made = register(desk)

    (release,) = made["releases"]
    assert release["release"] == "APP-001.R1" and release["state"] == "finished" and release["provisions"]
    assert "not applied" in release["opt_outs"]
    rows = json.loads((desk.home / "releases/APP-001.R1/certificate-full.json").read_text())["output"]["rows"]
    assert int(release["rows"]) % 5 == 0 and abs(int(release["rows"]) - rows) <= 2, "by the rule for small numbers"
    (refused,) = made["not_released"]
    assert (refused["verdict"], refused["applicant"]) == ("refuse", "(not named)")
    page = desk.path("register", "index.html").read_text("utf-8")
    assert release["title"] in page and release["recipient"] in page and refused["purpose"] in page
    assert "anonymous" not in page and "lawful" not in page
    assert "Hospital episodes, de-identified" in page, "the data by its title, as people know it"
    assert "A clear basis, and only what the purpose needs (LAW-04)" in page, "the law by its title"
    assert not re.search(r"\d{4}-\d\d-\d\d", page), "days as people write them"


def test_who_was_refused_is_named_where_the_installation_chose_so(desk: Desk) -> None:
    assert desk.release("3-insurer").status == 3
    name = next(line for line in desk.application("3-insurer").read_text().splitlines() if line.startswith("title"))
    title = name.split('"')[1]
    assert title not in json.dumps(register(desk), ensure_ascii=False)
    with (desk.home / "haven.toml").open("a", encoding="utf-8") as toml:
        toml.write("\n[register]\nname_refused = true\n")

    (refused,) = register(desk, "named")["not_released"]

    assert refused["title"] == title and refused["applicant"] != "(not named)"


def test_what_was_erased_is_said_to_be(desk: Desk) -> None:
    assert desk.release("1-university").status == 0
    index = next(place for place, each in enumerate(desk.entries()) if each["type"] == "released")
    assert desk.haven("log", "erase", index, "--body", "certificate", "--because", "x").status == 0
    (release,) = register(desk)["releases"]
    assert release["title"] == release["provisions"] == "(erased)" and release["agreement"]


def test_a_body_that_is_not_what_the_log_commits_to_makes_no_register(desk: Desk) -> None:
    assert desk.release("1-university").status == 0
    with closing(sqlite3.connect(desk.home / "records.sqlite3")) as records, records:
        records.execute(
            "update records_body set data = cast(replace(data, 'research', 'renown') as blob) "
            "where name = 'certificate'"
        )

    desk.haven("register", "--out", desk.path("register")).refused_plainly(6, "is not what it commits to")

    assert not desk.path("register").exists()


def test_it_is_not_written_over_anything(desk: Desk) -> None:
    desk.haven("register", "--out", desk.path("records")).refused_plainly(2, "is in use")
