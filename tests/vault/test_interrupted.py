"""Killed, interrupted, or out of room in the middle: the vault is as before, or has one whole delivery on record."""

import os
import resource
import signal
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from openhaven.model.errors import HavenError, NotVerified
from openhaven.vault.arrival import deliveries
from openhaven.vault.deliver import stage
from openhaven.vault.staged import sweep

STEPS = (
    "reading",
    "checking values",
    "numbering people",
    "writing content",
    "writing identifiers",
    "measuring quality",
)


@pytest.fixture
def vault_with_one(bench, made):
    """A dataset, one delivery on record, and the file of the next."""
    dataset = bench.describe()
    bench.deliver(dataset, bench.file(made.csv(*made.rows(2)), "before.csv"), id="before")
    return dataset, bench.file(made.csv(*made.rows()))


def in_a_child(work, *, file_size_limit=None):
    """Run the function in another process and return how that ended, negative for a signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if file_size_limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size_limit, file_size_limit))
        work()
        status = 0
    except KeyboardInterrupt:
        status = 130
    except HavenError as error:
        sys.stderr.write(str(error))
        status = error.status
    finally:
        os._exit(status)


def at_step(name, act):
    return lambda step, done, of: act() if step.startswith(name) else None


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("step", STEPS)
def test_kill_9_in_the_middle_leaves_the_vault_as_before(bench, vault_with_one, step):
    dataset, path = vault_with_one
    before = bench.state()
    work = lambda: stage(bench.vault, dataset, [path], arrival=bench.arrival(), progress=at_step(step, kill))  # noqa: E731
    assert in_a_child(work) == -signal.SIGKILL
    assert {name: held for name, held in bench.state().items() if "/staging/" not in name} == before
    assert [delivery.id for delivery in deliveries(bench.vault, "episodes")] == ["before"]
    assert sweep(bench.vault, on_record={"before"}.__contains__) == (() if step == "reading" else ("d1",))
    assert bench.state() == before
    assert bench.deliver(dataset, path).rows == 5


def test_kill_9_once_it_is_ready_leaves_nothing_visible(bench, vault_with_one):
    dataset, path = vault_with_one
    before = bench.state()

    def work():
        with stage(bench.vault, dataset, [path], arrival=bench.arrival()):
            kill()

    assert in_a_child(work) == -signal.SIGKILL
    assert sweep(bench.vault, on_record={"before"}.__contains__) == ("d1",)
    assert bench.state() == before


@pytest.mark.parametrize("recorded", [False, True])
def test_kill_9_after_the_rename_leaves_the_delivery_only_if_it_is_on_record(bench, made, vault_with_one, recorded):
    dataset, _ = vault_with_one
    path = bench.file(made.csv(*made.rows()).replace("I23", "bad"), "next.csv")
    before = bench.state()

    def work():
        with stage(bench.vault, dataset, [path], arrival=bench.arrival(quarantine=True)) as staged:
            staged.commit()
            kill()

    assert in_a_child(work) == -signal.SIGKILL
    record = {"before", "d1"} if recorded else {"before"}
    assert sweep(bench.vault, on_record=record.__contains__) == (() if recorded else ("d1",))
    assert {delivery.id for delivery in deliveries(bench.vault, "episodes")} == record
    assert (bench.state() == before) is not recorded
    assert bench.vault.quarantine("d1").exists() is recorded


def test_a_delivery_that_was_recorded_is_never_swept_though_older_records_were_put_back(bench, vault_with_one):
    dataset, path = vault_with_one
    with stage(bench.vault, dataset, [path], arrival=bench.arrival()) as staged:
        staged.commit()
    before = bench.state()
    for _ in range(2):
        with pytest.raises(NotVerified, match="delivery d1 was recorded, and is not on record now"):
            sweep(bench.vault, on_record={"before"}.__contains__)
        assert bench.state() == before
    assert sweep(bench.vault, on_record={"before", "d1"}.__contains__) == ()


@pytest.mark.parametrize("step", STEPS)
def test_ctrl_c_in_the_middle_leaves_the_vault_as_before(bench, vault_with_one, step):
    dataset, path = vault_with_one
    before = bench.state()
    press = at_step(step, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert in_a_child(lambda: stage(bench.vault, dataset, [path], arrival=bench.arrival(), progress=press)) == 130
    assert bench.state() == before
    assert not any((bench.vault.dataset("episodes") / "staging").iterdir())


def test_what_is_staged_and_never_committed_is_gone(bench, vault_with_one):
    dataset, path = vault_with_one
    before = bench.state()
    with stage(bench.vault, dataset, [path], arrival=bench.arrival()):
        pass
    assert bench.state() == before


def test_a_record_that_fails_after_the_rename_takes_the_delivery_back(bench, vault_with_one):
    dataset, path = vault_with_one
    before = bench.state()
    with (
        pytest.raises(RuntimeError, match="the database"),
        stage(bench.vault, dataset, [path], arrival=bench.arrival()) as staged,
    ):
        staged.commit()
        raise RuntimeError("the database is gone")
    assert bench.state() == before


def test_sweeping_leaves_alone_what_another_command_is_working_on(bench, vault_with_one):
    dataset, path = vault_with_one
    with stage(bench.vault, dataset, [path], arrival=bench.arrival()) as staged:
        assert sweep(bench.vault, on_record={"before"}.__contains__) == ()
        staged.commit()
        assert sweep(bench.vault, on_record={"before"}.__contains__) == ()
    assert sweep(bench.vault, on_record={"before", "d1"}.__contains__) == ()
    assert len(deliveries(bench.vault, "episodes")) == 2


def big(bench, made):
    from openhaven.identity.nhs_number import check_digit

    nines = (f"99900{at:04d}" for at in range(6000))
    numbers = [nine + str(check_digit(nine)) for nine in nines if check_digit(nine) is not None]
    return bench.file(
        made.csv(
            *(
                f"{at},{number},Name {at * 7919},1980-01-01,1,2026-01-01,02/01/2026,I20,{at}.25"
                for at, number in enumerate(numbers)
            )
        ),
        "big.csv",
    )


@pytest.mark.parametrize("limit", [1 << 10, 20 << 10, 80 << 10])
def test_a_file_that_cannot_grow_any_more_is_said_plainly_and_leaves_the_vault_as_before(
    bench, made, vault_with_one, limit, capfd
):
    dataset, path = vault_with_one[0], big(bench, made)
    before = bench.state()
    work = lambda: stage(bench.vault, dataset, [path], arrival=bench.arrival())  # noqa: E731
    assert in_a_child(work, file_size_limit=limit) == 1
    assert "the disk refused" in capfd.readouterr().err
    assert bench.state() == before
    assert not any((bench.vault.dataset("episodes") / "staging").iterdir())


@pytest.mark.parametrize("kilobytes", [150, 300])
def test_a_disk_that_fills_up_is_said_plainly_and_leaves_the_vault_as_before(bench, made, kilobytes):
    path = big(bench, made)
    bench.vault.folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(bench.vault.folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount the small disk that this test fills")
    try:
        dataset = bench.describe()
        before = bench.state()
        with pytest.raises(HavenError, match=r"the disk refused.*MB are free|not enough memory or room") as full:
            bench.deliver(dataset, path)
        assert full.value.status == 1
        assert bench.state() == before
        bench.deliver(dataset, bench.file(made.csv(*made.rows())))
        assert pq.read_table(bench.vault.delivery("episodes", "d1") / "content.parquet").num_rows == 5
    finally:
        subprocess.run(["umount", "--lazy", str(bench.vault.folder)], check=True)
