"""Open a package with the recipient's key: to a temporary name, checked, and only then under its own name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from openhaven.model.errors import BadInput, NotVerified
from openhaven.model.obligation import Promiser
from openhaven.package import contents
from openhaven.package.contents import Contents, Held, parse_contents
from openhaven.package.manifest import KEY, Manifest
from openhaven.package.promised import Promised, promised
from openhaven.package.sealing import Digest, recipient_of, unseal_bytes, unseal_key, unseal_stream
from openhaven.package.verify import file_problems, read_certificate, read_manifest, read_small
from openhaven.package.writing import room


def open_package(path: Path, *, key_file: Path, out: Path) -> list[Path]:
    """Decrypt into the folder `out` (made where needed): the data, and contents.json, which `verify` needs.

    Raises BadInput for a wrong or unreadable key or files in the way, NotVerified where the package is not as its
    manifest says or its ciphertext was altered. Nothing is left then. Who signed is for `verify` to say.
    """
    if not path.is_dir():
        raise BadInput("is not a package: a package is a folder", where=str(path))
    manifest = read_manifest(path)
    if problems := file_problems(path, manifest):
        raise NotVerified("; ".join(problems), where=str(path), todo="Ask for the package again.")
    identity = _identity(path, manifest, key_file)
    inside = _contents(path, manifest, identity)
    with room(out), _folder(out):
        return _write(path, inside, identity=identity, out=out)


def promised_by_recipient(path: Path) -> tuple[Promised, ...]:
    """What the certificate of a package promises in the recipient's name. Raises BadInput, NotVerified."""
    return tuple(each for each in promised(read_certificate(path)) if each.promise.by_whom is Promiser.RECIPIENT)


def check_permitted(path: Path) -> None:
    """Raises BadInput for the folder of a use that was refused or referred: its recipient got a letter alone."""
    if (path / "decision.json").exists() and not (path / KEY).exists():
        todo = "Read letter.html in it: it says why."
        raise BadInput("holds the letter about a use that was not permitted, and no data", where=str(path), todo=todo)


def _identity(path: Path, manifest: Manifest, key_file: Path) -> str:
    if not (path / KEY).exists():
        raise NotVerified(
            "is missing: the release has not been entered in the log",
            where=KEY,
            todo="Ask the operator for the finished package.",
        )
    identity = unseal_key(read_small(path / KEY), key_file=key_file, where=KEY)
    if recipient_of(identity) != manifest.sealed_to:
        raise NotVerified(
            f"opens another package ({recipient_of(identity)}), not this one ({manifest.sealed_to})",
            where=KEY,
            todo="Ask for the package again.",
        )
    return identity


def _contents(path: Path, manifest: Manifest, identity: str) -> Contents:
    plain = unseal_bytes(read_small(path / contents.PATH), identity=identity, where=contents.PATH)
    try:
        inside = parse_contents(plain)
    except BadInput as problem:
        raise NotVerified(problem.what, where=contents.PATH) from None
    if inside.commitment != manifest.output:
        raise NotVerified(f"commits to {inside.commitment}; the manifest says {manifest.output}", where=contents.PATH)
    return inside


def _write(path: Path, inside: Contents, *, identity: str, out: Path) -> list[Path]:
    """Everything to temporary names first; then all names at once, the last step that can hardly fail."""
    targets = [out / held.path for held in inside.files] + [out / contents.NAME]
    if in_the_way := [str(each) for each in targets if each.exists()]:
        raise BadInput(f"is there already: {', '.join(in_the_way)}", where=str(out), todo="Choose another folder.")
    parts = [each.with_name(f".{each.name}.part") for each in targets]
    try:
        for held, part in zip(inside.files, parts, strict=False):
            _unseal(path / f"data/{held.path}.age", part, held=held, identity=identity)
        _create(parts[-1], bytes(inside))
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    except BaseException:
        for each in (*parts, *targets):
            each.unlink(missing_ok=True)
        raise
    return targets


def _unseal(sealed: Path, part: Path, *, held: Held, identity: str) -> None:
    where = f"data/{sealed.name}"
    with sealed.open("rb") as source, _private(part) as target:
        found = unseal_stream(source, target, identity=identity, where=where)
        target.flush()
        os.fsync(target.fileno())
    if found != Digest(held.bytes, held.sha256):
        raise NotVerified(
            f"opens to {found.bytes:,} bytes with the hash {found.sha256}; stated were "
            f"{held.bytes:,} and {held.sha256}",
            where=where,
        )


def _create(part: Path, data: bytes) -> None:
    with _private(part) as target:
        target.write(data)


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as target:
        yield target


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """The folder, taken away again where it was made for nothing."""
    made = not out.exists()
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise BadInput(f"cannot be made a folder ({problem.strerror})", where=str(out)) from None
    try:
        yield
    except BaseException:
        if made:
            out.rmdir()
        raise
