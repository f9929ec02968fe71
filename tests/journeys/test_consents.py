"""Consents person by person: the file that was recorded is the file that is read, or nothing leaves."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from journeys_haven import Desk, listing
from journeys_starter import Starter

KILL = signal.SIGKILL


def consents(desk: Desk) -> Path:
    (held,) = (desk.home / "vault" / "consents").iterdir()
    return held


def record_of(desk: Desk) -> Path:
    (paper,) = [path for path in desk.path("records").glob("*-consent-*.toml") if "trial_consents" in path.read_text()]
    return paper


def test_consents_changed_in_the_vault_are_noticed_and_nothing_leaves(desk: Desk) -> None:
    """Somebody takes the days of withdrawal out of the file: those people would be released."""
    held = consents(desk)
    rows = held.read_text("utf-8").splitlines(keepends=True)
    held.write_text(rows[0] + "".join(f"{row.rstrip().rsplit(',', 1)[0]},\n" for row in rows[1:]), "utf-8")

    desk.release("6-trial").refused_plainly(2, "consents in the vault are not those on record")

    assert not desk.path("packages").exists()


def test_the_log_commits_to_the_file_and_shows_nothing_of_it(desk: Desk) -> None:
    entered = [each for each in desk.entries() if each["type"] == "consent_recorded"]
    assert [sorted(each["commitments"]) for each in entered if "file" in each["commitments"]] == [
        ["file", "operator", "record"]
    ]
    assert desk.haven("log", "fsck").status == 0


def test_recorded_again_the_new_file_takes_the_place_of_the_old(desk: Desk) -> None:
    old, paper = consents(desk), record_of(desk)
    people = desk.path("records", "trial_consents.csv")
    people.write_text("".join(people.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")

    assert desk.haven("record", "consent", paper).status == 0

    assert consents(desk) != old and consents(desk).read_bytes() == people.read_bytes()
    assert desk.release("6-trial").status == 0


@pytest.mark.parametrize("name", ["../applications/trial_cohort.csv", "/etc/hostname"])
def test_only_a_file_beside_the_record_is_taken(desk: Desk, name: str) -> None:
    paper, before = record_of(desk), desk.held()
    paper.write_text(paper.read_text("utf-8").replace("trial_consents.csv", name), "utf-8")

    desk.haven("record", "consent", paper).refused_plainly(2, "beside the record, not a path")

    assert desk.held() == before


@pytest.mark.parametrize("at", range(1, 12))
def test_killed_at_any_moment_the_record_and_its_file_still_belong_together(
    desk: Desk, starter: Starter, at: int
) -> None:
    paper, people = record_of(desk), desk.path("records", "trial_consents.csv")
    rows = people.read_text("utf-8").splitlines(keepends=True)
    people.write_text("".join(rows[:-1]), "utf-8")
    recorded = len(desk.entries())

    ended = starter.run(
        desk.arguments("record", "consent", str(paper)), said=desk.folder.parent / "said", watch=desk.home, at=at,
        signal=KILL,
    )  # fmt: skip

    assert ended.status in (0, -KILL)
    desk.assert_sound()
    new = len(desk.entries()) > recorded
    assert desk.release("6-trial").status == 0, "what is on record can be read, whichever it is"
    assert len(consents(desk).read_text("utf-8").splitlines()) == len(rows) - new, "and nothing else is left"
    assert listing(desk.home / "work") == set()
