"""What must hold of a haven's folder at any moment, read with the standard library and Ed25519 alone.

Nothing of the code under test is used: tables, tree, notes, commitments and packages are read here as their formats are
written down (RFC 6962, C2SP signed-note, tlog-checkpoint and tlog-cosignature; docs/reference)."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
import struct
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PUBLIC, PRIVATE = "records_", "records_private"
OUTSIDE = {"manifest.dsse.json", "entry.json", "release.tlog-proof", "key.age"}


class Broken(AssertionError):
    """Something that must always hold does not."""


@dataclass
class Seen:
    """What was there at the last look, and what somebody was told is done."""

    logs: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    acknowledged: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What the log says of releases: those entered, handed over, given up, by id."""

    entered: frozenset[str]
    finished: frozenset[str]
    abandoned: frozenset[str]
    types: tuple[str, ...]

    @property
    def unfinished(self) -> frozenset[str]:
        return self.entered - self.finished - self.abandoned


@dataclass(frozen=True)
class Witnesses:
    """Whose cosignatures a key needs, and how many: verifier keys of type 0x04."""

    keys: tuple[str, ...] = ()
    needed: int = 0


def check(desk: Path, seen: Seen, *, witnesses: Witnesses | None = None) -> Found:
    """Raise Broken unless the logs are whole and grew, nothing is in them twice, no key lies anywhere that they do not
    hold, every package that is in its place is whole, and what was acknowledged is there."""
    key = _log_key(desk / "trust.txt")
    with tempfile.TemporaryDirectory() as aside, closing(_copy(desk / "haven", Path(aside))) as records:
        public = _log(records, PUBLIC, head=1, key=key, seen=seen)
        _log(records, PRIVATE, head=2, key=key, seen=seen)
        found = _releases(records, public)
        manifests = _manifests(records)
    _check_keys(desk, manifests, witnesses or Witnesses())
    for package in _packages(desk):
        _check_whole(package, manifests)
    _check_acknowledged(desk, seen, found)
    return found


def check_at_rest(desk: Path, *, packages: set[str]) -> None:
    """Nothing is left over once every release was handed over and the next command has begun and ended."""
    left = [str(each) for each in (desk / "haven" / "work").iterdir()]
    _that(not left, f"left in the workshop: {left}")
    there = {each.name for each in (desk / "packages").iterdir()}
    _that(there == packages, f"beside the packages lie {sorted(there ^ packages)}")
    parts = [str(each) for each in (desk / "haven" / "releases").rglob("*.part")]
    _that(not parts, f"half copied: {parts}")


def _that(holds: object, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)


def _copy(haven: Path, aside: Path) -> sqlite3.Connection:
    """The records, copied with their journal: to look at them must not mend them."""
    for name in ("records.sqlite3", "records.sqlite3-wal"):
        if (haven / name).exists():
            shutil.copyfile(haven / name, aside / name)
    records = sqlite3.connect(aside / "records.sqlite3")
    (said,) = records.execute("PRAGMA integrity_check").fetchone()
    _that(said == "ok", f"SQLite says of its file: {said}")
    return records


def _log(records: sqlite3.Connection, table: str, *, head: int, key: bytes, seen: Seen) -> list[dict[str, Any]]:
    origin, size, root, note = records.execute(
        "SELECT origin, size, root, note FROM records_head WHERE id = ?", [head]
    ).fetchone()
    _check_note(note, f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n", origin, key)
    rows = records.execute(f'SELECT "index", type, data, leaf FROM {table}entry ORDER BY "index"').fetchall()
    _that([row[0] for row in rows] == list(range(size)), f"{table}: entries are not 0 to {size - 1}")
    leaves = [hashlib.sha256(b"\0" + bytes(row[2])).digest() for row in rows]
    _that(leaves == [bytes(row[3]) for row in rows], f"{table}: a leaf is not that of its entry")
    _that(_tree(leaves) == bytes(root), f"{table}: the root signed is not that of the entries")
    before, then = seen.logs.get(table, (0, hashlib.sha256().digest()))
    _that(size >= before and _tree(leaves[:before]) == then, f"{table}: the log no longer begins as it did")
    seen.logs[table] = size, bytes(root)
    entries = [json.loads(bytes(row[2])) for row in rows]
    _that([each["type"] for each in entries] == [row[1] for row in rows], f"{table}: a row names another type")
    _check_bodies(records, table, entries)
    stored = records.execute(f'SELECT level, "index", hash FROM {table}node').fetchall()
    wanted = {(level, at): hash for level, at, hash in _nodes(leaves)}
    _that({(level, at): bytes(hash) for level, at, hash in stored} == wanted, f"{table}: nodes are not the tree's")
    return entries


def _check_bodies(records: sqlite3.Connection, table: str, entries: list[dict[str, Any]]) -> None:
    found: dict[int, dict[str, str]] = {at: {} for at in range(len(entries))}
    for at, name, salt, data, erased in records.execute(
        f"SELECT entry_id, name, salt, data, erased_by_id FROM {table}body"
    ):
        _that(at in found, f"{table}: a body of entry {at}, which is not there")
        committed = entries[at]["commitments"].get(name)
        found[at][name] = committed if erased is not None else _commitment(bytes(data), bytes(salt))
    _that(
        [found[at] for at in range(len(entries))] == [each["commitments"] for each in entries],
        f"{table}: bodies are not what their entries commit to",
    )


def _commitment(body: bytes, salt: bytes) -> str:
    parts = (b"openhaven.log.commitment/1", salt, body)
    return hashlib.sha256(b"".join(struct.pack(">Q", len(part)) + part for part in parts)).hexdigest()


def _tree(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, level by level: what is left over moves up as it is."""
    if not leaves:
        return hashlib.sha256().digest()
    level = leaves
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) // 2 * 2 :]
    return level[0]


def _nodes(leaves: list[bytes]) -> Any:
    """Every complete node, by level and index."""
    level, hashes = 0, leaves
    while hashes:
        yield from ((level, at, hash) for at, hash in enumerate(hashes))
        whole = len(hashes) // 2 * 2
        hashes = [hashlib.sha256(b"\1" + hashes[at] + hashes[at + 1]).digest() for at in range(0, whole, 2)]
        level += 1


def _log_key(trust: Path) -> bytes:
    """The Ed25519 key of the log: the second line of what `haven init` leaves."""
    return base64.b64decode(trust.read_text("utf-8").splitlines()[1].split("+", 2)[2])[1:]


def _check_note(note: str, text: str, name: str, key: bytes) -> None:
    _that(note.startswith(f"{text}\n\u2014 {name} "), f"the note of {name} is not of its head: {note!r}")
    value = base64.b64decode(note.removeprefix(f"{text}\n\u2014 {name} ").splitlines()[0])
    Ed25519PublicKey.from_public_bytes(key).verify(value[4:], text.encode())


def _releases(records: sqlite3.Connection, entries: list[dict[str, Any]]) -> Found:
    """What is entered of each release, once at most; and the tables that repeat it."""
    by = {
        type: [each["ids"].get("release", "") for each in entries if each["type"] == type]
        for type in ("released", "release_finished", "release_abandoned", "identifiers_destroyed")
    }
    for type, ids in by.items():
        twice = [id for id, times in Counter(ids).items() if times > 1]
        _that(not twice, f"{type} is in the log twice: {twice}")
    ended = sorted(by["release_finished"] + by["release_abandoned"])
    _that(len(ended) == len(set(ended)) and set(ended) <= set(by["released"]), f"ended: {ended}")
    for table, ids in (("release", by["released"]), ("releaseend", ended)):
        column = "id" if table == "release" else "release"
        rows = [row[0] for row in records.execute(f"SELECT {column} FROM records_{table}")]
        _that(sorted(rows) == sorted(ids), f"records_{table} holds {rows}, the log {ids}")
    versions = [
        row[0] for row in records.execute("SELECT version FROM records_decisionrecord ORDER BY application, version")
    ]
    _that(
        versions.count(1) == len({each["ids"]["application"] for each in entries if each["type"] == "decided"}),
        "decisions are not numbered one after another",
    )
    sets = (frozenset(by[type]) for type in ("released", "release_finished", "release_abandoned"))
    return Found(*sets, tuple(each["type"] for each in entries))


def _manifests(records: sqlite3.Connection) -> dict[str, tuple[str, bytes]]:
    """By the SHA-256 of a manifest, the release that entered it and the entry's bytes."""
    rows = records.execute(
        'SELECT body.data, entry.data FROM records_body body JOIN records_entry entry ON entry."index" = body.entry_id '
        "WHERE body.name = 'manifest' AND entry.type = 'released'"
    )
    found = [(json.loads(bytes(body))["manifest_sha256"], bytes(entry)) for body, entry in rows]
    _that(len(found) == len({digest for digest, _ in found}), "two entries commit to one manifest")
    return {digest: (json.loads(entry)["ids"]["release"], entry) for digest, entry in found}


def _check_keys(desk: Path, manifests: dict[str, tuple[str, bytes]], witnesses: Witnesses) -> None:
    """Wherever a key lies, finished or half copied, the log holds its manifest, and witnesses said so."""
    for key in desk.rglob("*key.age*"):
        manifest = key.parent / "manifest.dsse.json"
        if not manifest.exists():
            _that(_on_its_way(key.relative_to(desk), manifests), f"a key without a package: {key}")
            continue
        digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
        _that(digest in manifests, f"{key} lies there, and the log holds no such release")
        if witnesses.needed:
            proof = (key.parent / "release.tlog-proof").read_text("utf-8")
            heard = sum(_cosigned(proof, each) for each in witnesses.keys)
            _that(heard >= witnesses.needed, f"{key} lies there, and {heard} witnesses have cosigned")


def _on_its_way(key: Path, manifests: dict[str, tuple[str, bytes]]) -> bool:
    """Whether it lies where a package that the log holds is half copied, or half removed once it was handed over."""
    entered = {id for id, _ in manifests.values()}
    if key.parts[:2] == ("haven", "work"):
        return key.parts[2].removeprefix("release-") in entered
    return (
        bool(entered) and key.parts[0] == "packages" and key.parts[1].startswith(".") and key.parts[1].endswith(".part")
    )


def _cosigned(proof: str, key: str) -> bool:
    """Whether a checkpoint within this text carries the cosignature of this key."""
    name, id, public = key.split("+", 2)
    checkpoint = proof[proof.index("\n\n") + 2 :]
    text = checkpoint[: checkpoint.index("\n\n") + 1]
    for line in checkpoint.splitlines():
        if not line.startswith(f"\u2014 {name} "):
            continue
        value = base64.b64decode(line.split(" ")[2])
        _that(value[:4].hex() == id, "a witness's line of another key")
        said = f"cosignature/v1\ntime {int.from_bytes(value[4:12], 'big')}\n{text}".encode()
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public)[1:]).verify(value[12:], said)
        return True
    return False


def _packages(desk: Path) -> list[Path]:
    return list((desk / "packages").glob("[!.]*"))


def _check_whole(package: Path, manifests: dict[str, tuple[str, bytes]]) -> None:
    """A package in its place has every file that its manifest lists, nothing else, and the entry that holds it."""
    envelope = (package / "manifest.dsse.json").read_bytes()
    _, entry = manifests[hashlib.sha256(envelope).hexdigest()]
    _that((package / "entry.json").read_bytes() == entry, f"{package} brings another entry")
    listed = json.loads(base64.b64decode(json.loads(envelope)["payload"]))["files"]
    there = {each.relative_to(package).as_posix() for each in package.rglob("*") if each.is_file()}
    _that(there == {each["path"] for each in listed} | OUTSIDE, f"{package} holds {sorted(there)}")
    for each in listed:
        data = (package / each["path"]).read_bytes()
        _that((len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"]), f"{package}: {each}")
    for name in OUTSIDE:
        _that((package / name).stat().st_size, f"{package / name} is empty")


def _check_acknowledged(desk: Path, seen: Seen, found: Found) -> None:
    """Whoever was told that a release is done finds it in the log, handed over, and its package in its place."""
    for id, package in seen.acknowledged.items():
        _that(id in found.finished, f"{id} was acknowledged, and the log does not say that it was handed over")
        _that((package / "key.age").exists(), f"{id} was acknowledged, and its package is not there")
        face = desk / "haven" / "releases" / id / "certificate-full.json"
        _that(face.exists(), f"{id} was acknowledged, and the controllers have no face of it")
