"""Where a haven lies and how it is opened: settings, keys, clock, records; swept and checked before anything else."""

from __future__ import annotations

import datetime as dt
import fcntl
import getpass
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from openhaven.engines import Engine, open_engine
from openhaven.haven.consents import sweep_consents
from openhaven.haven.in_force import enter_settings
from openhaven.haven.objections import sweep_objectors
from openhaven.haven.periods import enter_due_head
from openhaven.haven.whole import read_text
from openhaven.keys import Keys, Signing
from openhaven.log import Checkpoint, VerifierKey
from openhaven.log.checkpoint import sign_checkpoint, signer_ids
from openhaven.log.rotation import Trusted, read_announcement
from openhaven.model.errors import BadInput, HavenError
from openhaven.model.facts import Policy
from openhaven.model.plain import read_toml
from openhaven.model.settings import FORMAT, Settings, settings_from
from openhaven.package.writing import write_whole
from openhaven.records import reads, writes
from openhaven.records.act import Act
from openhaven.records.format import check_format, make_tables
from openhaven.records.fsck import private_keys
from openhaven.records.settings import point_at
from openhaven.release.remembered import sweep_memory
from openhaven.vault.places import Vault
from openhaven.vault.staged import sweep as sweep_deliveries

TOML = "haven.toml"
LONDON = ZoneInfo("Europe/London")
Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The only clock there is; everything else is told the time."""
    return dt.datetime.now(dt.UTC)


class InUse(BadInput):
    """Another command holds the haven: nothing is wrong, and later it works."""


@dataclass(frozen=True, slots=True)
class Haven:
    """An opened haven. `given` is haven.toml as written, to tell settings from defaults."""

    folder: Path
    settings: Settings
    given: Mapping[str, Any]
    keys: Keys
    operator: str
    clock: Clock = field(repr=False)

    @property
    def vault(self) -> Vault:
        chosen = self.settings.engine
        return Vault(self.folder / "vault", self.keys.vault, memory=chosen.memory, threads=chosen.threads)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def log_key(self) -> VerifierKey:
        """The key that signs checkpoints, named as the log's origin."""
        return VerifierKey(self.settings.haven.origin, self.keys.log_public)

    @property
    def signing_key(self) -> VerifierKey:
        """The key that signs manifests, named after the log's origin."""
        return VerifierKey(f"{self.settings.haven.origin}/packages", self.keys.signing_public)

    def today(self) -> dt.date:
        """The civil date in London."""
        return self.clock().astimezone(LONDON).date()

    def act(self) -> Act:
        """Who acts now, and by which means: every write takes one. Before it are entered settings that changed, and
        the head of the private log where it is time."""
        act = self.bare_act()
        enter_settings(self.folder, self.settings, act=act)
        enter_due_head(self.settings.log, act)
        return act

    def bare_act(self) -> Act:
        """The same with nothing entered before it: for what begins a haven, and for the private log."""
        return self.act_of(self.clock())

    def act_of(self, now: dt.datetime) -> Act:
        """Who acts, under a time that is given."""
        return Act(operator=self.operator, now=now, sign=self.sign_checkpoint, salts=secrets.token_bytes)

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str:
        """Sign for the public log or the private one, whose key is the same under another name. Raises BadInput."""
        keys = {each.name: each for each in (self.log_key, *private_keys([self.log_key]))}
        return sign_checkpoint(checkpoint, key=keys.get(checkpoint.origin, self.log_key), signer=self.keys.log_signer)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine that haven.toml names, its spill in the haven's own folder."""
        from openhaven.engines.on_duckdb import told_while_planned  # slow to load, and most commands compute nothing

        chosen = self.settings.engine
        spill = self.work / f"spill-{secrets.token_hex(4)}"
        try:
            spill.mkdir(mode=0o700, parents=True)
            made = open_engine(chosen.name, spill=spill, memory=chosen.memory, threads=chosen.threads)
            with closing(made) as engine, told_while_planned(self.folder):
                yield engine
        finally:
            shutil.rmtree(spill, ignore_errors=True)

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Hold the haven for one command that changes it, swept first. Raises InUse where another command does."""
        with self.locked(what):
            sweep(self)
            yield

    @contextmanager
    def locked(self, what: str) -> Iterator[None]:
        """Hold the haven, as it is. Raises InUse where another command holds it."""
        with (self.folder / "haven.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                raise InUse(
                    f"another command is at work here ({lock.read().strip() or 'unknown'})",
                    where=str(self.folder),
                    todo="Wait until it is done, then try again.",
                ) from None
            lock.truncate(0)
            lock.write(f"{what}, process {os.getpid()}")
            lock.flush()
            yield


def sweep(haven: Haven) -> None:
    """Remove what a killed command left: spill, staging of releases that are not to be finished, and deliveries and
    consents that never came on record; and finish the end of a pseudonym scope. Only for who holds the haven alone.
    Raises NotVerified where a delivery that was recorded is not on record now."""
    recorded = {each.id for each in reads.deliveries()}
    sweep_deliveries(haven.vault, on_record=recorded.__contains__)  # first, since it may refuse
    staged = {staging(each.release.id) for each in reads.unfinished_releases()}
    for left in haven.work.iterdir():
        if left.name not in staged:
            shutil.rmtree(left, ignore_errors=True)
    sweep_consents(haven.vault)
    sweep_objectors(haven.vault)
    released = {each.release.id for each in reads.releases()}
    sweep_memory(haven.vault.folder, on_record=released.__contains__)
    settle_keys(haven)
    for scope in reads.scopes_destroyed().keys() & set(haven.keys.scopes()):
        haven.keys.destroy_scope(scope)


def staging(release: str) -> str:
    """The name of a release's folder in `work`, until it is handed over."""
    return f"release-{release}"


def read_settings(folder: Path) -> tuple[Settings, dict[str, Any]]:
    """haven.toml, checked. Raises BadInput naming the setting, or when its format is not this version's."""
    where = str(folder / TOML)
    given = read_toml(read_text(folder / TOML), where=where)
    if given.get("format") != FORMAT:
        raise BadInput(
            f"format {given.get('format')!r} is not known; this version reads {FORMAT}",
            where=where,
            todo="An older haven: run haven upgrade. A newer one: use the version that made it.",
        )
    return _checked(settings_from(given, where=where), where=where), given


def _checked(settings: Settings, *, where: str) -> Settings:
    if settings.policy != Policy():  # the law is read only where it is needed
        from openhaven.law.coding import check_policy

        check_policy(settings.policy, where=where)
    if settings.policy.numbers:
        from openhaven.law.numbers import check_chosen

        check_chosen(settings.policy.numbers, where=where)
    return settings


def open_haven(folder: Path, *, operator: str | None = None, clock: Clock = utc_now) -> Haven:
    """Open a haven for work. Raises BadInput or HavenError saying what is wrong and what to do."""
    settings, given, keys = open_records(folder)
    check_format()
    return Haven(folder, settings, given, as_announced(keys), operator or getpass.getuser(), clock)


def as_announced(keys: Keys) -> Keys:
    """The keys that the log says are in use: a rotation that was broken off after its entry has taken place."""
    for name in Signing:
        after = keys.following(name)
        if after is not None and after.ring.signing[name].public in _announced():
            keys = after
    return keys


def settle_keys(haven: Haven) -> None:
    """Finish a rotation that was broken off, or leave nothing of it. Only for who holds the haven alone."""
    for name in Signing:
        if haven.keys.following(name) is not None:
            haven.keys.drop_following(name)  # not announced: as_announced would have taken it
    if haven.keys.kept:
        return
    if haven.log_key.key_id not in signer_ids(reads.checkpoint()):  # of a folder that did not say which keys it holds
        raise HavenError(
            "the key at hand is not the one that signed the log so far",
            where=haven.keys.provider.where,
            todo="Restore the haven's keys from the backup.",
        )
    if reads.rotations():
        write_trust(haven)
    haven.keys.keep()


def _announced() -> set[bytes]:
    return {read_announcement(note).new.public for _, note in reads.rotations()}


def trust_lines(haven: Haven) -> tuple[str, ...]:
    """The keys that others verify with: the two in use, then those retired, each with the time until which it was."""
    rotated = [read_announcement(note) for _, note in reversed(reads.rotations())]
    retired = [str(Trusted(each.old, each.time)) for each in rotated]
    return (str(haven.signing_key), str(haven.log_key), *retired)


def write_trust(haven: Haven) -> None:
    """Write trust.txt, for whoever shall verify this haven's packages."""
    write_whole(haven.folder / "trust.txt", "".join(f"{line}\n" for line in trust_lines(haven)).encode())


def open_records(folder: Path) -> tuple[Settings, dict[str, Any], Keys]:
    """Settings and keys of a haven, its records ready to be read, of whatever format they are."""
    settings, given = read_settings(folder)
    keys = Keys.open(folder / "keys", settings.keys)
    _point_at_records(folder, settings)
    return settings, given, keys


def init_haven(folder: Path, *, toml: str, operator: str | None = None, clock: Clock = utc_now) -> Haven:
    """Make a haven in a folder that is empty or not there yet. Raises BadInput, leaving nothing behind."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput("the folder is not empty", where=str(folder), todo="Name a new folder.")
    settings = _checked(settings_from(read_toml(toml, where=TOML), where=TOML), where=TOML)
    existed = folder.exists()
    try:
        _make(folder, toml, settings, operator or getpass.getuser(), clock)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=not existed)
        raise
    return open_haven(folder, operator=operator, clock=clock)


def _make(folder: Path, toml: str, settings: Settings, operator: str, clock: Clock) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for part in ("vault", "work", "releases", "tiles"):
        (folder / part).mkdir(mode=0o700)
    keys = Keys.create(folder / "keys", settings.keys)
    _point_at_records(folder, settings)
    make_tables()
    haven = Haven(folder, settings, {}, keys, operator, clock)
    writes.begin(origin=settings.haven.origin, act=haven.bare_act())
    enter_settings(folder, settings, act=haven.bare_act(), law=_law())
    write_trust(haven)
    (folder / TOML).write_text(toml, encoding="utf-8")  # last: a folder without it is no haven


def _law() -> str:
    from openhaven.law import RULESET  # a haven begins once: other commands read the law where they need it

    return RULESET.name


def _point_at_records(folder: Path, settings: Settings) -> None:
    point_at(dict(settings.database) or {"engine": "sqlite", "path": folder / "records.sqlite3"})
