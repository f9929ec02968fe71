"""A delivery made ready aside, taken by one rename or not at all, and what a killed one left behind swept away."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from openhaven.model.errors import BadInput, NotVerified

from .arrival import Delivery, deliveries, live
from .places import Vault, private_folder, sync


class Lock:
    """A file locked by whoever works on a delivery; the system unlocks it when that process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        private_folder(path.parent)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, *, wait: bool = False) -> bool:
        """Whether it could be taken; with `wait`, once it is free."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def end(self) -> None:
        """Let go of a lock that was taken and that nobody will want again."""
        if self._descriptor >= 0:
            self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of one delivery in the making: `taken` will be the delivery, `aside` what was not taken."""

    vault: Vault
    dataset: str
    id: str
    lock: Lock = field(repr=False)

    @classmethod
    def begin(cls, vault: Vault, dataset: str, id: str) -> Stage:
        """Make the folder and lock it. Raises BadInput where the id is in use, or another command is at it."""
        lock = Lock(vault.lock(id))
        if not lock.take():
            lock.close()
            raise BadInput(f"delivery {id} is being made by another command", todo="Wait until it has ended.")
        if vault.delivery(dataset, id).exists() or vault.quarantine(id).exists():
            lock.close()
            raise BadInput(f"there is a delivery {id} already", todo="Give this one another id.")
        made = cls(vault, dataset, id, lock)
        shutil.rmtree(made.folder, ignore_errors=True)
        for each in (made.taken, made.aside, made.work):
            private_folder(each)
        return made

    @property
    def folder(self) -> Path:
        return self.vault.staging(self.dataset, self.id)

    @property
    def taken(self) -> Path:
        return self.folder / "taken"

    @property
    def aside(self) -> Path:
        return self.folder / "aside"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def remove(self) -> None:
        """Leave nothing of it, whether still staged or already renamed, and unlock."""
        final = self.vault.delivery(self.dataset, self.id)
        for each in (final, self.vault.quarantine(self.id), self.folder):
            shutil.rmtree(each, ignore_errors=True)
        self.lock.end()

    def sync(self) -> None:
        """Have the disk hold every file that will stay."""
        shutil.rmtree(self.work)
        for folder in (self.taken, self.aside):
            for path in folder.iterdir():
                path.chmod(0o600)
                sync(path)
            sync(folder)


@dataclass(slots=True)
class Staged:
    """A delivery ready to be taken. As a context: what was not committed by its end, or fails, leaves nothing.

    with stage(...) as staged, record.atomic():
        staged.commit()                # one rename; then the record, in the same breath
        record_delivery(staged.delivery, ...)
    """

    stage: Stage
    delivery: Delivery
    committed: bool = False

    def commit(self) -> Delivery:
        """Rename the delivery into place. Raises BadInput when the same bytes, or another replacement, came first."""
        vault, dataset = self.stage.vault, self.delivery.dataset
        turn = Lock(vault.lock(f"dataset-{dataset}"))
        try:
            turn.take(wait=True)
            self._check_still_new()
            if any(self.stage.aside.iterdir()):
                _rename(self.stage.aside, vault.quarantine(self.delivery.id))
            _rename(self.stage.taken, vault.delivery(dataset, self.delivery.id))
        finally:
            turn.close()
        shutil.rmtree(self.stage.folder, ignore_errors=True)
        self.committed = True
        return self.delivery

    def _check_still_new(self) -> None:
        held = deliveries(self.stage.vault, self.delivery.dataset)
        if same := same_as(held, controller=self.delivery.controller, digests=self.delivery.digests):
            raise BadInput(
                f"the same bytes were delivered meanwhile as {same.id}", where=f"delivery {self.delivery.id}"
            )
        check_replaces(held, controller=self.delivery.controller, replaces=self.delivery.replaces)

    def discard(self) -> None:
        """Leave nothing of it, also after the rename: for when the record could not be written."""
        self.stage.remove()
        self.committed = False

    def __enter__(self) -> Staged:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or not self.committed:
            self.discard()
        self.stage.lock.end()


def _rename(source: Path, target: Path) -> None:
    private_folder(target.parent)
    source.rename(target)
    sync(target.parent)


def same_as(held: tuple[Delivery, ...], *, controller: str, digests: frozenset[str]) -> Delivery | None:
    """The live delivery of that controller with just these files, if there is one."""
    return next((each for each in live(held) if each.controller == controller and each.digests == digests), None)


def check_replaces(held: tuple[Delivery, ...], *, controller: str, replaces: str | None) -> None:
    """Raises BadInput unless what is to be replaced is a live delivery of the same controller."""
    mine = {each.id for each in live(held) if each.controller == controller}
    if replaces is not None and replaces not in mine:
        raise BadInput(
            f"there is no live delivery {replaces!r} of {controller} to replace",
            todo=f"Live are: {', '.join(sorted(mine)) or 'none'}.",
        )


def sweep(vault: Vault, *, on_record: Callable[[str], bool]) -> tuple[str, ...]:
    """Remove what interrupted deliveries left: staging, and folders of deliveries that are not on record.

    A delivery that another command is working on is left alone; `on_record` is asked only once that is ruled out, so
    that it sees what the other has recorded. Returns the ids removed. To be called when a haven is opened.

    Raises NotVerified where one is kept that was recorded, and is not on record now: whoever records it lets go of its
    lock after that, and whoever is killed before leaves it behind."""
    datasets = vault.folder / "datasets"
    found = {
        path
        for path in (
            *datasets.glob("*/staging/*"),
            *datasets.glob("*/deliveries/*"),
            *(vault.folder / "quarantine").glob("*"),
        )
        if path.is_dir()
    }
    return tuple(
        id
        for id in sorted({path.name for path in found})
        if _swept(vault, id, [path for path in found if path.name == id], on_record=on_record)
    )


def _swept(vault: Vault, id: str, folders: list[Path], *, on_record: Callable[[str], bool]) -> bool:
    interrupted = vault.lock(id).exists()
    lock = Lock(vault.lock(id))
    try:
        if not lock.take():
            return False
        gone = [path for path in folders if path.exists() and (path.parent.name == "staging" or not on_record(id))]
        kept = [path for path in gone if path.parent.name != "staging"]
        if kept and not interrupted:
            lock.path.unlink(missing_ok=True)
            raise NotVerified(
                f"delivery {id} was recorded, and is not on record now: older records were put back",
                where=str(kept[0]),
                todo="It was left. Put the newest records back, or move that folder away and deliver it again.",
            )
        for path in gone:
            shutil.rmtree(path)
        lock.path.unlink(missing_ok=True)
        return bool(gone)
    finally:
        lock.close()
