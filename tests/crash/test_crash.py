"""A release that is killed, or whose disk fails, at any moment: nothing half-made, nothing acknowledged and lost,
nothing delivered unlogged, nothing logged twice.

`make test` tries some moments, `make crash` a thousand releases under a thousand kills and every call to a file that
one release makes. OPENHAVEN_CRASH says how many releases; OPENHAVEN_CRASH_CALLS=1 that every call is tried;
OPENHAVEN_SEED that other moments are chosen than the last time."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable

import pytest
from crash_breaking import LISTED, READS, ROADS, Breaking, Counts, faults_at
from crash_starter import Fault
from crash_witness import Witness

RELEASES = int(os.environ.get("OPENHAVEN_CRASH", "0"))
EVERY_CALL = bool(os.environ.get("OPENHAVEN_CRASH_CALLS"))
SEED = int(os.environ.get("OPENHAVEN_SEED", "0"))
SHARES = 16
"""The whole is tried in so many tests, so that two processes can share them."""
FEW_KILLS, FEW_FAULTS = 2, 3

needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="strace injects the faults: apt-get install strace"
)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[Counts, str], None]:
    """Has the report say how much was tried."""

    def tell(counts: Counts, what: str) -> None:
        request.node.user_properties.append(("cases", f"{what}: {counts}\n"))

    return tell


def then_said_plainly(counts: Counts) -> None:
    assert counts.not_plain == []


def test_releases_killed_at_some_moments(breaking: Breaking, told: Callable[[Counts, str], None]) -> None:
    breaking.kill_roads(
        chance=random.Random(7 + SEED), seconds=breaking.takes(LISTED), roads=(LISTED,), at_least=FEW_KILLS
    )

    assert breaking.counts.kills >= FEW_KILLS
    told(breaking.counts, "releases killed")
    then_said_plainly(breaking.counts)


def test_a_release_that_waits_for_a_witness_is_killed_before_and_after_it_is_heard(
    breaking: Breaking, told: Callable[[Counts, str], None]
) -> None:
    """Until the witness has cosigned, there is a key nowhere; afterwards it is handed over once."""
    chance, seconds = random.Random(5 + SEED), breaking.takes(LISTED)
    breaking.afresh()
    with Witness(breaking) as witness:
        for moment in (0.8 * seconds, chance.uniform(0.3, 0.9) * seconds):
            ended = breaking.starter.run(breaking.next(LISTED), kill_after=moment)
            breaking.counts.kills += ended.killed
            assert not breaking.heard(LISTED, ended, how="killed before it was heard")
        waiting = breaking.starter.run(breaking.next(LISTED))
        assert waiting.status == 5 and "waits for witnesses" in waiting.err, waiting
        assert not breaking.heard(LISTED, waiting, how="not heard") and not list(breaking.desk.rglob("key.age"))
        witness.up()
        for _ in range(2 + RELEASES // 100):
            ended = breaking.starter.run(breaking.next(LISTED), kill_after=chance.uniform(0, 0.5) * seconds)
            breaking.counts.kills += ended.killed
            if breaking.heard(LISTED, ended, how="killed as it was heard"):
                break
        else:
            breaking.finish(LISTED)
    breaking.rest([LISTED])

    told(breaking.counts, "a release that waits, killed")
    then_said_plainly(breaking.counts)


@needs_strace
def test_some_calls_of_a_release_fail(breaking: Breaking, told: Callable[[Counts, str], None]) -> None:
    """A different kind of call for each, among those that change a file."""
    calls = [each for each in breaking.calls(LISTED) if each.name not in READS]
    chance = random.Random(11 + SEED)
    names = chance.sample(sorted({each.name for each in calls}), FEW_FAULTS)
    for name, what in zip(names, ("EIO", "ENOSPC", "KILL") * FEW_FAULTS, strict=False):
        breaking.strike(LISTED, Fault(chance.choice([each for each in calls if each.name == name]), what))

    told(breaking.counts, "calls that failed")
    assert breaking.counts.faults.total() + breaking.counts.not_reached == FEW_FAULTS
    then_said_plainly(breaking.counts)


@needs_strace
def test_a_release_that_is_done_says_so_though_its_workshop_cannot_be_emptied(breaking: Breaking) -> None:
    """What is left there is removed when the next command begins; an error would say that the release had failed."""
    emptying = [each for each in breaking.calls(LISTED) if each.name == "unlinkat" and "/package" in each.path]

    breaking.afresh()
    ended = breaking.starter.run(breaking.begin(LISTED), fault=Fault(emptying[-1], "EIO"))

    assert breaking.starter.hit() and ended.status == 0, ended
    assert breaking.heard(LISTED, ended, how="its workshop could not be emptied")
    breaking.rest([LISTED])


@needs_strace
def test_a_disk_that_fails_while_the_data_is_opened_is_said_plainly(breaking: Breaking) -> None:
    opening = next(
        each for each in breaking.calls(LISTED) if each.name == "openat" and each.path.endswith("people.parquet")
    )

    breaking.strike(LISTED, Fault(opening, "ENOSPC"))

    then_said_plainly(breaking.counts)


@pytest.mark.skipif(not RELEASES, reason="OPENHAVEN_CRASH says how many: make crash")
@pytest.mark.parametrize("share", range(SHARES))
def test_a_thousand_releases_under_a_thousand_kills(
    breaking: Breaking, told: Callable[[Counts, str], None], share: int
) -> None:
    chance, seconds = random.Random(share + SHARES * SEED), breaking.takes(LISTED)
    while breaking.counts.releases * SHARES < RELEASES or breaking.counts.kills * SHARES < RELEASES:
        breaking.kill_roads(chance=chance, seconds=seconds, roads=ROADS)

    told(breaking.counts, "releases killed")
    then_said_plainly(breaking.counts)


@needs_strace
@pytest.mark.skipif(not EVERY_CALL, reason="OPENHAVEN_CRASH_CALLS asks for it: make crash")
@pytest.mark.parametrize("share", range(SHARES))
def test_every_call_of_a_release_fails(breaking: Breaking, told: Callable[[Counts, str], None], share: int) -> None:
    faults = sorted(faults_at(breaking.calls(LISTED)), key=str)
    for fault in faults[share::SHARES]:
        breaking.strike(LISTED, fault)

    told(breaking.counts, "calls that failed")
    assert breaking.counts.not_reached <= len(faults) // SHARES // 10, "threads differ from run to run, but not so much"
    then_said_plainly(breaking.counts)


def test_the_checker_sees_what_is_wrong(breaking: Breaking) -> None:
    """A check that never fails would prove nothing: each of these is found."""
    breaking.finds_what_is_wrong(LISTED)
