"""Between the entry and the key, and between one release and the next: what changed is seen, and stops it."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyrage
import pytest
from journeys_haven import Answered, Desk, listing
from journeys_starter import Starter

TRIAL, UNIVERSITY, REFRESH = "6-trial", "1-university", "7-university-refresh"


def left_unfinished(desk: Desk, starter: Starter, name: str) -> str:
    """A release that was killed before its key was given."""
    words = desk.arguments("release", desk.application(name), "--out", desk.path("packages", name))
    said_at = desk.folder.parent / "said"
    ended = starter.run(words, said=said_at, watch=desk.folder, before="key.age", signal=signal.SIGKILL)
    assert ended.status == -signal.SIGKILL, ended
    (id,) = desk.haven("status", "--json").document["unfinished"]
    return str(id)


def new_key(desk: Desk) -> Answered:
    """The recipient has lost its key to somebody, and sends another."""
    paper = desk.path("records", "10-organisation-trials-unit.toml")
    lines = [each for each in paper.read_text("utf-8").splitlines() if not each.startswith("age_key")]
    paper.write_text(
        "\n".join([*lines, f'age_key = "{pyrage.x25519.Identity.generate().to_public()}"']) + "\n", "utf-8"
    )
    return desk.haven("record", "organisation", paper)


def everybody_withdraws(desk: Desk) -> Answered:
    consents = desk.path("records", "trial_consents.csv")
    heading, *rows = consents.read_text("utf-8").splitlines()
    left = [",".join([*each.split(",")[:-1], "2026-10-01"]) for each in rows]
    consents.write_text("\n".join([heading, *left]) + "\n", "utf-8")
    return desk.haven("record", "consent", desk.path("records", "50-consent-trial.toml"))


def fewer_fields_are_agreed(desk: Desk) -> Answered:
    wide, narrow = (
        '{ name = "diagnosis", precision = "as held" }',
        '{ name = "diagnosis", precision = "first character" }',
    )
    return desk.haven("record", "agreement", desk.paper("records", "40-agreement-006.toml", (wide, narrow)))


def a_trust_delivers_again(desk: Desk) -> Answered:
    file = desk.episodes("aldermoor")
    again = file.with_name("again.csv")
    again.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    (held,) = (each.name for each in desk.home.glob("vault/datasets/episodes/deliveries/*aldermoor*"))
    return desk.deliver(again, "--replaces", held, controller="aldermoor")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (new_key, "something else would now be demanded"),
        (everybody_withdraws, "consents on record are others"),
        (fewer_fields_are_agreed, "it would now be decided to refuse"),
        (a_trust_delivers_again, "what is held of the dataset has changed"),
    ],
)
def test_what_changed_while_a_release_waited_keeps_its_key_back(
    desk: Desk, starter: Starter, change: Callable[[Desk], Answered], why: str
) -> None:
    id = left_unfinished(desk, starter, TRIAL)
    assert change(desk).status == 0

    resumed = desk.haven("release", "--resume")

    resumed.refused_plainly(5, id, "abandoned", "its key never given", why)
    assert not list(desk.folder.rglob("key.age"))
    assert [each["type"] for each in desk.entries()].count("release_abandoned") == 1
    assert listing(desk.home / "releases" / id) >= {"certificate-full.json", "decision.json"}, "the controllers' face"
    desk.assert_sound()


def test_a_higher_k_agreed_while_a_release_waited_keeps_its_key_back(desk: Desk, starter: Starter) -> None:
    left_unfinished(desk, starter, UNIVERSITY)
    stricter = desk.paper("records", "40-agreement-001.toml", ("k = 10", "k = 50"))
    assert desk.haven("record", "agreement", stricter).status == 0

    desk.haven("release", "--resume").refused_plainly(5, "something else would now be demanded")

    assert not list(desk.folder.rglob("key.age"))


def test_a_package_changed_while_it_waited_is_not_handed_over(desk: Desk, starter: Starter) -> None:
    id = left_unfinished(desk, starter, UNIVERSITY)
    next(desk.home.glob("work/*/package/letter.html")).write_text("<p>Another letter", "utf-8")

    desk.haven("release", "--resume").refused_plainly(6, "letter.html", f"--abandon {id}")

    assert not list(desk.folder.rglob("key.age"))
    assert desk.haven("status", "--json").document["unfinished"] == [id]
    assert desk.haven("release", "--abandon", id, "--because", "it was changed").status == 0


def test_a_release_whose_workshop_is_lost_can_still_be_given_up(desk: Desk, starter: Starter) -> None:
    id = left_unfinished(desk, starter, TRIAL)
    assert desk.haven("backup", desk.path("backup.tar")).status == 0
    assert desk.haven("restore", desk.path("backup.tar"), desk.path("restored")).status == 0
    shutil.rmtree(desk.home)
    desk.path("restored").rename(desk.home)

    desk.haven("release", "--resume").refused_plainly(2, "not here", f"--abandon {id}")
    given_up = desk.haven("release", "--abandon", id, "--because", "restored from a backup")

    assert given_up.status == 0 and "ask for it again" in given_up.out, given_up
    assert listing(desk.home / "vault" / "cohorts") == set(), "the applicant's file of people is destroyed"
    assert desk.haven("release", "--resume").out == "Finished: nothing was unfinished.\n"
    desk.assert_sound()


def behind_the_back(desk: Desk, statement: str) -> None:
    with closing(sqlite3.connect(desk.home / "records.sqlite3")) as records:
        assert records.execute(statement).rowcount == 1
        records.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM records_fact WHERE kind = 'hold'",
        "UPDATE records_fact SET kind = 'breach' WHERE kind = 'hold'",
        "DELETE FROM records_fact WHERE record = 'aldermoor'",
    ],
)
def test_a_record_taken_away_behind_the_logs_back_stops_every_release(desk: Desk, statement: str) -> None:
    hold = desk.path("hold.toml")
    hold.write_text('id = "H"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n', "utf-8")
    assert desk.haven("record", "hold", hold).status == 0
    behind_the_back(desk, statement)
    before = desk.held()

    desk.release(UNIVERSITY).refused_plainly(6, "the records are not what the log says", "haven log fsck")

    assert desk.held() == before and not desk.path("packages").exists()


def test_a_record_taken_away_while_a_release_waited_keeps_its_key_back(desk: Desk, starter: Starter) -> None:
    left_unfinished(desk, starter, UNIVERSITY)
    hold = desk.path("hold.toml")
    hold.write_text('id = "H"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n', "utf-8")
    assert desk.haven("record", "hold", hold).status == 0
    behind_the_back(desk, "DELETE FROM records_fact WHERE kind = 'hold'")

    desk.haven("release", "--resume").refused_plainly(6, "the records are not what the log says")

    assert not list(desk.folder.rglob("key.age"))


def test_records_put_back_to_an_earlier_day_stop_every_release(desk: Desk) -> None:
    """The log of that day is whole; but a later one was written into the public files."""
    earlier = desk.path("earlier.sqlite3")
    shutil.copyfile(desk.home / "records.sqlite3", earlier)
    hold = desk.path("hold.toml")
    hold.write_text('id = "H"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n', "utf-8")
    assert desk.haven("record", "hold", hold).status == desk.haven("log", "tiles").status == 0
    for each in desk.home.glob("records.sqlite3*"):
        each.unlink()
    shutil.copyfile(earlier, desk.home / "records.sqlite3")

    desk.release(UNIVERSITY).refused_plainly(6, "the records are not what the log says")

    assert not desk.path("packages").exists()


def test_who_erased_something_and_why_is_not_erased(desk: Desk) -> None:
    assert desk.release(UNIVERSITY).status == 0
    index = len(desk.entries()) - 2
    assert desk.haven("log", "erase", index, "--body", "operator", "--because", "tidied").status == 0

    for body in ("operator", "erasure"):
        again = desk.haven("log", "erase", index + 2, "--body", body, "--because", "tidied")
        again.refused_plainly(2, "who erased something, and why, stays")


def lost(secret: Path) -> None:
    secret.unlink()


def another(secret: Path) -> None:
    secret.write_text("ab" * 32, "utf-8")


@pytest.mark.parametrize("happened", [lost, another])
def test_a_refresh_stops_where_its_pseudonyms_would_be_others_unseen(
    desk: Desk, happened: Callable[[Path], None]
) -> None:
    assert desk.release(UNIVERSITY).status == 0
    (secret,) = (desk.home / "keys" / "scopes").iterdir()
    happened(secret)

    desk.release(REFRESH).refused_plainly(5, "UNIVERSITY.DSA-001.1", "backup", "new epoch")

    assert not desk.path("packages", REFRESH).exists() and listing(desk.home / "work") == set()
    assert secret.exists() is (happened is another), "none is made in its place"


@pytest.mark.parametrize("inside", ["work/package", "vault/package", "package"])
def test_a_package_is_not_left_among_the_havens_own_files(desk: Desk, inside: str) -> None:
    """In its workshop the next command would sweep it away; elsewhere every backup would carry it."""
    before = desk.held()

    said = desk.haven("release", desk.application(UNIVERSITY), "--out", desk.home / inside)

    said.refused_plainly(2, "inside the haven", "another folder")
    assert desk.held() == before


@pytest.mark.parametrize("part", ["content", "identifiers", "people"])
def test_what_the_vault_holds_is_what_was_taken_or_nothing_is_made_from_it(desk: Desk, part: str) -> None:
    one, other = sorted(desk.home.glob(f"vault/datasets/episodes/deliveries/*/{part}.parquet"))
    shutil.copyfile(other, one)

    desk.release(UNIVERSITY).refused_plainly(6, f"{part}.parquet", one.parent.name, "not the one that was taken")

    assert not desk.path("packages").exists() and listing(desk.home / "work") == set()
    assert [each["type"] for each in desk.entries()][-1] == "decided", "only the decision is on record"


def test_a_part_that_is_gone_is_said_to_be(desk: Desk) -> None:
    next(desk.home.glob("vault/datasets/episodes/deliveries/*/identifiers.parquet")).unlink()

    desk.release(UNIVERSITY).refused_plainly(6, "identifiers.parquet")
