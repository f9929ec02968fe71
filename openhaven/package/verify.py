"""Verify a package offline, from its files and the keys that the reader trusts; trusts nobody else.

Every check is made that can be, and each says what it found, so that one report shows all that is wrong.
"""

import datetime as dt
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openhaven.log.checkpoint import verify_checkpoint
from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.entries import EntryType, commitment, parse_entry
from openhaven.log.note import COSIGNATURE, VerifierKey, parse_note, parse_verifier_key
from openhaven.log.proof import LoggedEntry, parse_proof, verify_proof
from openhaven.log.rotation import Trusted, out_of_time
from openhaven.model.errors import BadInput, HavenError, NotVerified
from openhaven.package.manifest import (
    ENTRY,
    KEY,
    NAME,
    OUTSIDE,
    PROOF,
    Listed,
    Manifest,
    entry_body,
    open_envelope,
    parse_trust,
    parse_trusted_lines,
    read_object,
    sha256_of,
    trusted_signer,
)
from openhaven.package.promised import Promised, measured, promised
from openhaven.package.report import Check, Report, failed, not_checked, passed
from openhaven.package.sealing import digest_file

CERTIFICATE = "certificate.json"
LARGEST_READ = 16 << 20
"""Bytes of a file that is read whole; sealed data is never read whole."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the proof file carries besides the proof: the salt of the entry's commitment, and the hash of key.age."""

    salt: bytes
    key_sha256: str


def verify(
    path: Path, *, trust: Sequence[str] | None = None, witnesses: int = 0, against: Path | None = None
) -> Report:
    """Check a package: signature, files, log entry, proof, key; and opened data (file or folder) `against` it.

    `trust` holds verifier keys, one in each line (the signer's, the log's and those of witnesses); so many of its
    `witnesses` must have cosigned. Without keys the report says "signed by an unknown key" and does not verify.
    Raises BadInput where `path` is no folder, a key unreadable, or more witnesses are asked for than are named.
    """
    if not path.is_dir():
        raise BadInput("is not a package: a package is a folder", where=str(path))
    trusted = parse_trust(trust or ())
    policy = reader_policy(trusted, witnesses)
    envelope, manifest, signature = _signature(path, trusted)
    checks = [signature]
    if manifest is None or envelope is None:
        left = (_FILES, _LINES, _COMMITS, *((_WITNESSED,) if witnesses else ()))
        checks += [not_checked(what, f"{NAME} cannot be relied on") for what in left]
        checks += [not_checked(_AGAINST, f"{NAME} cannot be relied on")] if against is not None else []
        return Report(str(path), "", tuple(checks))
    lines, promises = _lines(path)
    checks += [check_files(path, manifest), lines, *_log_checks(path, manifest, sha256_of(envelope), trusted)]
    checks += [_witnessed(path, manifest, trusted, policy)] if witnesses else []
    checks += _in_time(path, manifest, parse_trusted_lines(trust or ()))
    if against is not None:
        checks += _opened_checks(path, manifest, against)
    return Report(str(path), manifest.release, tuple(checks), promises)


def reader_policy(trusted: Sequence[VerifierKey], needed: int) -> WitnessPolicy:
    """The witnesses among the keys that a reader trusts, and how many of them must have cosigned. Raises BadInput."""
    found = tuple(each for each in trusted if each.type == COSIGNATURE)
    if needed > len(found):
        raise BadInput(
            f"{needed} witnesses are asked for, and the file of keys names {len(found)} witnesses",
            where="--witnesses",
            todo="Add the key of each, one a line; a witness tells its own.",
        )
    return WitnessPolicy(found, needed)


def read_trust(path: Path) -> tuple[str, ...]:
    """The lines of a file of verifier keys. Raises BadInput."""
    try:
        lines = tuple(path.read_text(encoding="utf-8").splitlines())
        parse_trust(lines)
    except (OSError, UnicodeDecodeError, BadInput) as problem:
        raise BadInput(f"cannot be read as a file of keys ({problem})", where=str(path)) from None
    return lines


def read_manifest(path: Path) -> Manifest:
    """The manifest of a package, its signature fitting the key that it names. Raises NotVerified."""
    try:
        return open_envelope(read_small(path / NAME))
    except BadInput as problem:
        raise NotVerified(problem.what, where=NAME) from None


def read_certificate(path: Path) -> Mapping[str, Any]:
    """The recipient's face of the certificate in a package, of any format. Raises NotVerified."""
    try:
        return read_object(read_small(path / CERTIFICATE), where=CERTIFICATE)
    except BadInput as problem:
        raise NotVerified(problem.what, where=CERTIFICATE) from None


def read_small(path: Path) -> bytes:
    """A small file's bytes, never through a link. Raises NotVerified where it is missing, odd or too large."""
    found = _lstat(path)
    if found is None or not stat.S_ISREG(found.st_mode):
        raise NotVerified("is missing" if found is None else "is not a plain file", where=path.name)
    if found.st_size > LARGEST_READ:
        raise NotVerified(f"has {found.st_size:,} bytes, far more than such a file can have", where=path.name)
    return path.read_bytes()


def file_problems(path: Path, manifest: Manifest) -> list[str]:
    """What is wrong with the files, one sentence each: missing, extra, of another size, or of another hash."""
    present = dict(_walk(path))
    wanted = {each.path for each in manifest.files}
    problems = [f"{name} is not listed in the manifest" for name in sorted(set(present) - wanted - OUTSIDE)]
    problems += [f"{name} is not a plain file" for name, plain in sorted(present.items()) if not plain]
    for listed in manifest.files:
        if listed.path not in present:
            problems.append(f"{listed.path} is missing")
        elif present[listed.path]:
            problems += _altered(path, listed)
    return problems


def check_files(path: Path, manifest: Manifest) -> Check:
    """Whether the package holds exactly the files of its manifest, byte for byte."""
    problems = file_problems(path, manifest)
    if problems:
        return failed(_FILES, "; ".join(problems))
    total = sum(each.bytes for each in manifest.files)
    return passed(_FILES, f"{len(manifest.files)} files, {total:,} bytes; nothing more, nothing missing")


_SIGNED = "The manifest is signed by a trusted key"
_FILES = "Every file is as the manifest says, and no other is there"
_LINES = "Each obligation on the certificate is measured, or promised where only a promise can be made"
_COMMITS = "The log entry commits to this manifest"
_LOGGED = "The log holds the entry"
_WITNESSED = "Witnesses have cosigned the log"
_KEY = "The key is there, as it was given"
_IN_TIME = "What was signed by a key that was rotated since was entered before"
_AGAINST = "The opened data is what the package says"


def _signature(path: Path, trusted: Sequence[VerifierKey]) -> tuple[bytes | None, Manifest | None, Check]:
    try:
        envelope = read_small(path / NAME)
        manifest = open_envelope(envelope)
    except (BadInput, NotVerified) as problem:
        return None, None, failed(_SIGNED, f"{NAME}: {problem.what}")
    try:
        key = trusted_signer(manifest, trusted)
    except NotVerified as problem:
        return envelope, manifest, failed(_SIGNED, f"{NAME}: {problem.what}. {problem.todo}")
    return envelope, manifest, passed(_SIGNED, f"{NAME}: signed by {key.name}, key {key.key_id.hex()}")


def _log_checks(path: Path, manifest: Manifest, manifest_sha256: str, trusted: Sequence[VerifierKey]) -> list[Check]:
    try:
        entry, proof = read_small(path / ENTRY), read_small(path / PROOF).decode()
        receipt = _receipt(proof)
    except (BadInput, NotVerified, UnicodeDecodeError) as problem:
        return _not_readable(problem)
    return [
        _commits(entry, receipt, manifest, manifest_sha256),
        _logged(entry, proof, trusted, signer=parse_verifier_key(manifest.signer).name),
        _no_key(path, manifest) if _is_reissued(entry) else _key_there(path, receipt),
    ]


def _is_reissued(entry: bytes) -> bool:
    try:
        return parse_entry(entry).type is EntryType.CERTIFICATE_REISSUED
    except BadInput:
        return False


def _no_key(path: Path, manifest: Manifest) -> Check:
    """A certificate issued again goes out with neither data nor key."""
    data = [each.path for each in manifest.files if each.path.startswith("data/")]
    if data or _lstat(path / KEY) is not None:
        return failed(_KEY, f"a certificate issued again has no data and no key, and here is {(*data, KEY)[0]}")
    return passed(_KEY, "a certificate issued again: it goes out without data, and needs no key")


def _not_readable(problem: Exception) -> list[Check]:
    where = problem.where if isinstance(problem, NotVerified) else PROOF  # only the proof is parsed so early
    found = f"{where}: {problem.what if isinstance(problem, HavenError) else 'not text in UTF-8'}"
    return [failed(_COMMITS, found), *(not_checked(what, found) for what in (_LOGGED, _KEY))]


def _receipt(proof: str) -> Receipt:
    fields = read_object(parse_proof(proof).extra, where=PROOF)
    try:
        if fields["format"] != 1 or len(fields) != 3:
            raise ValueError("another format")
        return Receipt(bytes.fromhex(fields["salt"]), str(fields["key_sha256"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise BadInput(f"its extra line is not ours ({problem})", where=PROOF) from None


def _commits(entry: bytes, receipt: Receipt, manifest: Manifest, manifest_sha256: str) -> Check:
    try:
        parsed = parse_entry(entry)
        expected = commitment(entry_body(manifest_sha256), receipt.salt)
    except BadInput as problem:
        return failed(_COMMITS, f"{ENTRY} or {PROOF}: {problem}")
    if parsed.type not in (EntryType.RELEASED, EntryType.CERTIFICATE_REISSUED):
        return failed(_COMMITS, f"{ENTRY} enters {parsed.type}, not a release")
    stated = parsed.commitments.get("manifest", "nothing")
    if stated != expected:
        return failed(_COMMITS, f"{ENTRY} commits to {stated}; {NAME} with the salt in {PROOF} gives {expected}")
    ours = {"release": manifest.release, "application": manifest.application, "agreement": manifest.agreement}
    for name, value in ours.items():
        if parsed.ids.get(name, value) != value:
            return failed(_COMMITS, f"{ENTRY} names the {name} {parsed.ids[name]}, {NAME} {value}")
    word = "released" if parsed.type is EntryType.RELEASED else "its certificate issued again"
    return passed(_COMMITS, f"{ENTRY}: {word} at {parsed.time}")


def _logged(entry: bytes, proof: str, trusted: Sequence[VerifierKey], *, signer: str) -> Check:
    try:
        logged = verify_proof(entry, proof, trusted)
    except NotVerified as problem:
        return failed(_LOGGED, f"{ENTRY} with {PROOF}: {problem.what}")
    origin = logged.checkpoint.origin
    if signer != origin and not signer.startswith(f"{origin}/"):
        # a witness or another haven, trusted for its own log alone, does not speak for this one
        return failed(_LOGGED, f"{PROOF} is of the log {origin}, but {NAME} is signed by {signer}, no key of that log")
    return passed(
        _LOGGED,
        f"{PROOF}: entry {logged.index} of {logged.checkpoint.size} in {logged.checkpoint.origin}; "
        f"{_witnesses(logged)}",
    )


def _in_time(path: Path, manifest: Manifest, trusted: Sequence[Trusted]) -> Iterator[Check]:
    """Nothing to say unless a key that signed here has been retired."""
    retired = [each for each in trusted if each.until]
    try:
        entry, note = parse_entry(read_small(path / ENTRY)), parse_proof(read_small(path / PROOF).decode()).checkpoint
        signed = parse_note(note).signatures
    except (BadInput, NotVerified, UnicodeDecodeError):
        return  # as is said of the proof
    lines = {(each.name, each.key_id) for each in signed}
    logs = {each.key.name for each in trusted if not each.until and (each.key.name, each.key.key_id) in lines}
    heads = [each.key for each in retired if (each.key.name, each.key.key_id) in lines and each.key.name not in logs]
    keys = [*heads, *(each.key for each in retired if str(each.key) == manifest.signer)]
    if late := out_of_time(retired, keys, entry.time):
        yield failed(_IN_TIME, f"{ENTRY} is of {entry.time}, and {late[0].key} was retired at {late[0].until}")
    elif keys:
        yield passed(_IN_TIME, f"{ENTRY} is of {entry.time}, when {', '.join(each.name for each in keys)} was in use")


def _witnessed(path: Path, manifest: Manifest, trusted: Sequence[VerifierKey], policy: WitnessPolicy) -> Check:
    """Whether as many of the reader's witnesses have cosigned as the reader asks for; a key of the operator's own
    never counts, under whatever name."""
    try:
        note = parse_proof(read_small(path / PROOF).decode()).checkpoint
        checkpoint, signers = verify_checkpoint(note, [each for each in trusted if each.type != COSIGNATURE])
        log = next(each for each in signers if each.name == checkpoint.origin)
        own = {log.public, parse_verifier_key(manifest.signer).public}
        others = tuple(each for each in policy.witnesses if each.public not in own)
        if policy.needed > len(others):
            return failed(_WITNESSED, f"only {len(others)} of the witnesses named are others than the operator")
        counted = check_witnessed(note, replace(policy, witnesses=others), log=log)
    except (BadInput, NotVerified, UnicodeDecodeError) as problem:
        return failed(
            _WITNESSED, f"{PROOF}: {problem.what if isinstance(problem, HavenError) else 'not text in UTF-8'}"
        )
    said = ", ".join(f"{each.witness.name} at {_instant(each.time)}" for each in counted)
    return passed(_WITNESSED, f"{PROOF}: {policy} were asked for; {said}")


def _instant(seconds: int) -> str:
    """RFC 3339 in UTC, of whatever a witness stated."""
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"


def _witnesses(logged: LoggedEntry) -> str:
    others = sorted({key.name for key in logged.signers} - {logged.checkpoint.origin})
    return f"also signed by {', '.join(others)}" if others else "not witnessed"


def _key_there(path: Path, receipt: Receipt) -> Check:
    try:
        found = sha256_of(read_small(path / KEY))
    except NotVerified as problem:
        return failed(_KEY, f"{KEY} {problem.what}; the package cannot be opened")
    if found != receipt.key_sha256:
        return failed(_KEY, f"{KEY} has the hash {found}; {PROOF} says {receipt.key_sha256}")
    return passed(_KEY, f"{KEY}: for the recipient alone")


def _lines(path: Path) -> tuple[Check, tuple[Promised, ...]]:
    """Whether the certificate stands on measured lines, and the lines that it promises."""
    try:
        face = read_certificate(path)
        promises = promised(face)
    except (BadInput, NotVerified) as problem:
        return failed(_LINES, f"{CERTIFICATE}: {problem.what}"), ()
    return passed(_LINES, f"{CERTIFICATE}: {measured(face)} measured, {len(promises)} promised"), promises


def _opened_checks(path: Path, manifest: Manifest, against: Path) -> Iterator[Check]:
    # Arrow is needed here only: a package can be checked where it is not installed.
    from openhaven.package.opened import check_opened

    try:
        certificate = read_certificate(path)
    except NotVerified as problem:
        yield not_checked(_AGAINST, str(problem))
        return
    yield from check_opened(against, manifest=manifest, certificate=certificate)


def _walk(path: Path, under: str = "") -> Iterator[tuple[str, bool]]:
    """Everything in the package by its path, and whether it is a plain file; folders only where they are odd."""
    entries = sorted(os.scandir(path / under), key=lambda each: each.name)
    if not entries and under:
        yield under, False
    for each in entries:
        name = f"{under}/{each.name}" if under else each.name
        if each.is_dir(follow_symlinks=False):
            yield from _walk(path, name)
        else:
            yield name, each.is_file(follow_symlinks=False)


def _altered(path: Path, listed: Listed) -> Iterator[str]:
    found = digest_file(path / listed.path)
    if found.bytes != listed.bytes:
        yield f"{listed.path} has {found.bytes:,} bytes, the manifest says {listed.bytes:,}"
    elif found.sha256 != listed.sha256:
        yield f"{listed.path} has the hash {found.sha256}, the manifest says {listed.sha256}"


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None
