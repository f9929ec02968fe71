"""Ctrl-C and kill -9 at any moment: afterwards nothing, or a whole one that the log holds; never half."""

from __future__ import annotations

import random
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
from journeys_haven import HELD_BACK, Desk, Held, listing
from journeys_starter import Ended, Starter

DELIVERY_FILES = {"content.parquet", "delivery.json", "identifiers.parquet", "people.parquet", "quality.json"}
KILL, CTRL_C = signal.SIGKILL, signal.SIGINT
LISTED, KEY = "6-trial", "trials_unit"  # with a file of people that has to be destroyed: the longest hand-over


@dataclass(frozen=True)
class Journeys:
    """A desk, and commands there that are broken off."""

    desk: Desk
    starter: Starter

    def deliver(self, **how: float | str) -> Ended:
        """The held back delivery, broken off."""
        words = self.desk.delivery(self.desk.episodes(HELD_BACK))
        return self._start(words, **how)

    def release(self, **how: float | str) -> Ended:
        """A release, broken off."""
        out = self.desk.path("packages", LISTED)
        return self._start(["release", str(self.desk.application(LISTED)), "--out", str(out)], **how)

    def resume(self, **how: float | str) -> Ended:
        """Finishing what was broken off, broken off again."""
        return self._start(["release", "--resume"], **how)

    def _start(self, words: list[str], **how: float | str) -> Ended:
        said = self.desk.folder.parent / "said"
        arguments = self.desk.arguments(*words)
        return self.starter.run(arguments, said=said, watch=self.desk.folder, **how)  # type: ignore[arg-type]


@pytest.fixture
def journeys(desk: Desk, starter: Starter) -> Journeys:
    return Journeys(desk, starter)


def then_interrupted_plainly(ended: Ended) -> None:
    assert ended.status in (0, 130), ended
    assert "Traceback" not in ended.err and "our fault" not in ended.err, ended
    if ended.status:
        assert "interrupted" in ended.err and ended.out == "", ended


def then_delivered_wholly_or_not_at_all(desk: Desk, before: Held) -> None:
    """The records know nothing of it, or the vault holds every file of what they know."""
    held = desk.held()
    desk.assert_sound()
    assert before.files <= held.files, "what was held before is still held"
    if recorded := _deliveries(desk) - 2:
        new = {Path(path).name for path in held.paths - before.paths if f"/episodes.{HELD_BACK}." in path}
        assert recorded == 1 and new == DELIVERY_FILES


def then_it_can_be_delivered(desk: Desk, before: Held) -> None:
    """The next try succeeds, and nothing is left of the one that was broken off."""
    assert desk.deliver(desk.episodes(HELD_BACK)).status == 0
    assert _deliveries(desk) == 3
    new = [Path(path).name for path in desk.held().paths - before.paths]
    assert sorted(new) == sorted(DELIVERY_FILES), "the new delivery, and nothing that was left over"
    desk.assert_sound()


def _deliveries(desk: Desk) -> int:
    return sum(each["type"].startswith("delivery") for each in desk.entries())


def then_released_wholly_or_not_at_all(desk: Desk) -> None:
    """No package without its entry; no package that does not verify; no entry that is not to be finished."""
    desk.assert_sound()
    out = desk.path("packages", LISTED)
    entered = [each for each in desk.entries() if each["type"] == "released"]
    if out.exists():
        assert entered, "a package lies there and the log does not hold it"
        assert desk.haven("verify", out, "--trust", desk.path("trust.txt")).status == 0
    status = desk.haven("status", "--json").document
    finished = [each for each in desk.entries() if each["type"] == "release_finished"]
    assert len(status["unfinished"]) == len(entered) - len(finished)


def then_resume_finishes_it(desk: Desk) -> None:
    """What the log holds is finished by --resume; what it does not hold can be begun again."""
    entered = any(each["type"] == "released" for each in desk.entries())
    resumed = desk.haven("release", "--resume")
    assert resumed.status == 0, resumed
    assert listing(desk.home / "work") == set(), "nothing is left in the haven's workshop"
    if not entered:
        again = desk.release(LISTED)
        assert again.status == 0, again
    then_it_was_handed_over(desk)


def then_it_was_handed_over(desk: Desk) -> None:
    """The package verifies and opens, the controllers have their face, the applicant's file of people is destroyed."""
    out, opened = desk.path("packages", LISTED), desk.path("opened")
    desk.assert_sound()
    types = [each["type"] for each in desk.entries()]
    assert [types.count(each) for each in ("released", "release_finished", "identifiers_destroyed")] == [1, 1, 1]
    assert desk.haven("open", out, "--key", desk.path("keys", f"{KEY}.txt"), "--out", opened).status == 0
    checked = desk.haven("verify", out, "--trust", desk.path("trust.txt"), "--against", opened)
    assert checked.status == 0, checked
    left = listing(desk.home / "releases" / "APP-006.R1")
    assert left >= {"certificate-full.json", "decision.json", "letter.html", "match-report.csv", "destruction.json"}
    assert listing(desk.path("packages")) == {LISTED} | {f"{LISTED}/{each}" for each in listing(out)}
    assert listing(desk.home / "work") == set()
    assert not list(desk.path("applications").glob("*trial_cohort*")), "one copy was left to destroy"
    assert listing(desk.home / "vault" / "cohorts") == set()


@dataclass(frozen=True)
class Moments:
    """How many times each command is about to change a file when nobody breaks it off."""

    delivery: int
    release: int


@pytest.fixture(scope="session")
def moments(havens: Path, starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Moments:
    folder = tmp_path_factory.mktemp("moments")
    undisturbed = Journeys(Desk(Path(shutil.copytree(havens / "fresh", folder / "desk"))), starter)
    ended = undisturbed.deliver(), undisturbed.release()
    assert [each.status for each in ended] == [0, 0], ended
    return Moments(*(each.changes for each in ended))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.95])
def test_a_delivery_killed_as_it_changes_a_file_leaves_nothing_or_all_of_it(
    journeys: Journeys, moments: Moments, share: float
) -> None:
    before = journeys.desk.held()

    ended = journeys.deliver(at=round(share * moments.delivery), signal=KILL)

    assert ended.status == -KILL
    then_delivered_wholly_or_not_at_all(journeys.desk, before)
    then_it_can_be_delivered(journeys.desk, before)


@pytest.mark.parametrize("share", [0.15, 0.7, 0.9])
def test_a_delivery_interrupted_leaves_the_vault_as_it_was(journeys: Journeys, moments: Moments, share: float) -> None:
    before = journeys.desk.held()

    ended = journeys.deliver(at=round(share * moments.delivery), signal=CTRL_C)

    then_interrupted_plainly(ended)
    if _deliveries(journeys.desk) == 2:
        assert ended.status == 130 and journeys.desk.held() == before
    then_delivered_wholly_or_not_at_all(journeys.desk, before)
    then_it_can_be_delivered(journeys.desk, before)


@pytest.mark.parametrize(("seed", "ends"), [(1, KILL), (2, CTRL_C)], ids=["kill", "ctrl-c"])
def test_a_delivery_broken_off_at_any_time(journeys: Journeys, seed: int, ends: int) -> None:
    before = journeys.desk.held()

    ended = journeys.deliver(after=random.Random(seed).uniform(0.02, 0.6), signal=ends)

    if ends == CTRL_C:
        then_interrupted_plainly(ended)
    then_delivered_wholly_or_not_at_all(journeys.desk, before)
    then_it_can_be_delivered(journeys.desk, before)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.65, 0.8, 0.95])
def test_a_release_killed_as_it_changes_a_file_is_finished_or_never_was(
    journeys: Journeys, moments: Moments, share: float
) -> None:
    ended = journeys.release(at=round(share * moments.release), signal=KILL)

    assert ended.status == -KILL
    then_released_wholly_or_not_at_all(journeys.desk)
    then_resume_finishes_it(journeys.desk)


@pytest.mark.parametrize("share", [0.15, 0.5, 0.7, 0.9])
def test_a_release_interrupted_says_whether_it_waits_to_be_finished(
    journeys: Journeys, moments: Moments, share: float
) -> None:
    ended = journeys.release(at=round(share * moments.release), signal=CTRL_C)

    then_interrupted_plainly(ended)
    unfinished = journeys.desk.haven("status", "--json").document["unfinished"]
    assert ("--resume" in ended.err) == bool(unfinished), ended
    if ended.status and not unfinished:
        assert not [path for path in (journeys.desk.home / "work").rglob("*") if path.is_file()]
        assert not journeys.desk.path("packages", LISTED).exists()
    then_released_wholly_or_not_at_all(journeys.desk)
    then_resume_finishes_it(journeys.desk)


@pytest.mark.parametrize(("seed", "ends"), [(1, KILL), (2, CTRL_C)], ids=["kill", "ctrl-c"])
def test_a_release_broken_off_at_any_time(journeys: Journeys, seed: int, ends: int) -> None:
    ended = journeys.release(after=random.Random(seed).uniform(0.02, 1.0), signal=ends)

    if ends == CTRL_C:
        then_interrupted_plainly(ended)
    then_released_wholly_or_not_at_all(journeys.desk)
    then_resume_finishes_it(journeys.desk)


@pytest.mark.parametrize(
    "before", [".key.age.part", "6-trial", ".trial_cohort.csv.destroying", ".APP-006.csv.destroying", "state.json"]
)
def test_a_release_killed_before_a_file_that_matters(journeys: Journeys, before: str) -> None:
    """The recipient's key; the package in its place; the applicant's file, taken in and destroyed; the last crumbs."""
    ended = journeys.release(before=before, signal=KILL)

    assert ended.status == -KILL
    then_released_wholly_or_not_at_all(journeys.desk)
    then_resume_finishes_it(journeys.desk)


@pytest.mark.parametrize("at", [3, 14])
def test_finishing_a_release_may_itself_be_killed(journeys: Journeys, at: int) -> None:
    journeys.release(before=".key.age.part", signal=KILL)
    assert journeys.desk.haven("status", "--json").document["unfinished"] == ["APP-006.R1"]

    ended = journeys.resume(at=at, signal=KILL)

    assert ended.status == -KILL
    then_released_wholly_or_not_at_all(journeys.desk)
    then_resume_finishes_it(journeys.desk)


def test_another_package_is_not_begun_while_one_waits_to_be_finished(journeys: Journeys) -> None:
    journeys.release(before=".key.age.part", signal=KILL)

    again = journeys.desk.release(LISTED)

    again.refused_plainly(2, "APP-006.R1", "haven release --resume")
    then_resume_finishes_it(journeys.desk)


def test_a_file_of_people_sent_again_takes_the_place_of_the_one_that_a_killed_release_left(journeys: Journeys) -> None:
    people = journeys.desk.path("applications", "trial_cohort.csv")
    whole = people.read_text("utf-8")
    people.write_text("".join(whole.splitlines(keepends=True)[:9]), "utf-8")
    journeys.release(before="certificate.json", signal=KILL)
    assert not people.exists(), "it was taken into the vault"
    people.write_text(whole, "utf-8")

    assert journeys.desk.release(LISTED).status == 0

    report = (journeys.desk.home / "releases" / "APP-006.R1" / "match-report.csv").read_text("utf-8")
    assert len(report.splitlines()) == len(whole.splitlines())
    then_it_was_handed_over(journeys.desk)


def test_a_release_that_a_hold_reached_while_it_was_broken_off_is_abandoned_and_its_key_never_given(
    journeys: Journeys,
) -> None:
    desk = journeys.desk
    assert journeys.release(before="key.age", signal=KILL).status == -KILL
    assert any(each["type"] == "released" for each in desk.entries())
    hold = desk.path("hold.toml")
    hold.write_text(
        'id = "HOLD-ALL"\nreason = "talks go on"\nby = "the board"\nstarts = 2026-01-01\n', encoding="utf-8"
    )
    assert desk.haven("record", "hold", hold).status == 0

    resumed = desk.haven("release", "--resume")

    assert resumed.status == 5 and "abandoned" in resumed.err, resumed
    assert not list(desk.folder.rglob("key.age"))
    assert [each["type"] for each in desk.entries()].count("release_abandoned") == 1
    assert desk.haven("log", "fsck").status == 0
    assert desk.haven("release", "--resume").status == 0
