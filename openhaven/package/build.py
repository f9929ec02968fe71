"""Make a package: certificate, metadata, sealed data and a signed manifest; then, once the log holds it, the key."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import rfc8785

from openhaven.log.cosignature import WitnessPolicy, check_witnessed
from openhaven.log.entries import commitment, parse_entry
from openhaven.log.note import Signer, VerifierKey
from openhaven.log.proof import parse_proof, verify_proof
from openhaven.model.certificate import Certificate
from openhaven.model.errors import BadInput, HavenError
from openhaven.package.certificate import Rule, as_json, recipient
from openhaven.package.contents import PATH as SEALED_CONTENTS
from openhaven.package.contents import Contents, Held
from openhaven.package.crate import NAME as CRATE
from openhaven.package.crate import CrateInput, Described, crate
from openhaven.package.manifest import (
    ENTRY,
    KEY,
    NAME,
    PROOF,
    Listed,
    Manifest,
    entry_body,
    open_envelope,
    read_object,
    sha256_of,
    sign_manifest,
)
from openhaven.package.page import Naming, as_html
from openhaven.package.sealing import (
    Digest,
    check_recipient,
    digest_file,
    new_identity,
    recipient_of,
    seal_bytes,
    seal_file,
)
from openhaven.package.writing import room, write_whole

CERTIFICATE, PAGE, LETTER = "certificate.json", "certificate.html", "letter.html"
RECODING = "recoding.json"


@dataclass(frozen=True, slots=True)
class PackageInput:
    """What goes in. `data` is the very file that the certificate measured; `letter` is a whole HTML page.

    `released_by` names the haven, `dataset` the dataset by its title, `conditions` the terms of use in words;
    `recoding` is what a recoding class by class left, in exact counts."""

    certificate: Certificate
    rule: Rule
    naming: Naming
    data: Path
    letter: str
    key: VerifierKey
    signer: Signer
    released_by: str
    dataset: str
    conditions: str
    recoding: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What must be kept until the package is finished. `identity` opens the package: secret, and kept nowhere else.

    `body` is what the log entry commits to under `manifest`; `output` is the commitment to the opened contents."""

    manifest_sha256: str
    body: bytes
    identity: str
    output: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What the log gave: the entry's canonical bytes, the proof's text, and the salt of commitments["manifest"].

    `witnesses` must have cosigned the checkpoint in the proof, which `log` signed, before a key is written."""

    entry: bytes
    proof: str
    salt: bytes
    witnesses: WitnessPolicy = field(default_factory=WitnessPolicy)
    log: VerifierKey | None = None


def build(package: PackageInput, out: Path) -> Built:
    """Write everything but the entry, the proof and the key. `out` must not exist, or be an empty folder.

    Raises BadInput where `out` is in use, HavenError where the data is not the file that the certificate measured.
    Nothing is left when it fails.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Give a new folder, or an empty one.")
    with _staged(out) as stage:
        identity = new_identity()
        output = _write_data(package, stage, identity)
        _write_words(package, stage)
        envelope = _sign(package, stage, output=output, identity=identity)
        write_whole(stage / NAME, envelope)
    digest = sha256_of(envelope)
    return Built(digest, entry_body(digest), identity, output)


def finish(out: Path, *, entered: Entered, identity: str, recipient_key: str) -> None:
    """Write the entry, the proof and, last of all, `key.age`. May be done again after a break.

    Raises HavenError where entry, identity or recipient do not belong to the package, NotVerified where the log is
    not witnessed as it must be: then no key is given.
    """
    envelope = (out / NAME).read_bytes()
    manifest = open_envelope(envelope)
    _check_belongs(manifest, sha256_of(envelope), entered, identity)
    _check_recipient_agreed(out, recipient_key)
    _check_witnessed(entered)
    sealed = seal_bytes(f"{identity}\n".encode(), to=recipient_key)
    extra = rfc8785.dumps({"format": 1, "key_sha256": sha256_of(sealed), "salt": entered.salt.hex()})
    with room(out):
        write_whole(out / ENTRY, entered.entry)
        write_whole(out / PROOF, str(replace(parse_proof(entered.proof), extra=extra)).encode())
        write_whole(out / KEY, sealed)


@contextmanager
def _staged(out: Path) -> Iterator[Path]:
    out.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    try:
        with room(out):
            (stage / "data").mkdir()
            yield stage
            stage.replace(out)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise


def _write_data(package: PackageInput, stage: Path, identity: str) -> str:
    """Seal the data, and beside it what only who opens it may know: exact size, rows and hash. The commitment."""
    to, measured = recipient_of(identity), package.certificate.output
    plain, _ = seal_file(package.data, stage / f"data/{_data_name(package)}.age", to=to)
    if plain != Digest(measured.size, measured.sha256):
        raise HavenError("is not the file that the certificate measured", where=str(package.data))
    held = Held(_data_name(package), plain.bytes, measured.rows, plain.sha256)
    contents = Contents(package.certificate.release, (held,), secrets.token_bytes(32))
    (stage / SEALED_CONTENTS).write_bytes(seal_bytes(bytes(contents), to=to))
    return contents.commitment


def _write_words(package: PackageInput, stage: Path) -> None:
    face = recipient(package.certificate, rule=package.rule)
    (stage / CERTIFICATE).write_bytes(as_json(face))
    (stage / PAGE).write_text(as_html(face, naming=package.naming), encoding="utf-8")
    (stage / LETTER).write_text(package.letter, encoding="utf-8")
    described = (
        Described(CERTIFICATE, "Certificate, the recipient's face, for machines", "application/json"),
        Described(PAGE, "Certificate, the recipient's face, to read and sign", "text/html"),
        Described(LETTER, "Letter with the outcome", "text/html"),
        Described(f"data/{_data_name(package)}.age", "The data, encrypted", "application/octet-stream"),
        Described(SEALED_CONTENTS, "Exact size, rows and hash of the data, encrypted", "application/octet-stream"),
        *_write_recoding(package, stage),
    )
    (stage / CRATE).write_bytes(
        crate(
            CrateInput(
                certificate=package.certificate,
                naming=package.naming,
                dataset=package.dataset,
                conditions=package.conditions,
                released_by=package.released_by,
                files=described,
            )
        )
    )


def _write_recoding(package: PackageInput, stage: Path) -> tuple[Described, ...]:
    """What a recoding class by class left of each label, its counts through the publication rule, and of every two
    columns together."""
    if package.recoding is None:
        return ()
    lines = [
        {**each, "before": package.rule(each["before"]), "after": package.rule(each["after"])}
        for each in package.recoding["marginals"]
    ]
    (stage / RECODING).write_bytes(rfc8785.dumps({**package.recoding, "marginals": lines}))
    return (Described(RECODING, "Labels and pairs of columns, before and after recoding", "application/json"),)


def _sign(package: PackageInput, stage: Path, *, output: str, identity: str) -> bytes:
    made = package.certificate
    manifest = Manifest(
        release=made.release,
        application=made.application,
        agreement=made.agreement,
        files=tuple(list_files(stage)),
        output=output,
        sealed_to=recipient_of(identity),
        signer=str(package.key),
    )
    return sign_manifest(manifest, key=package.key, signer=package.signer)


def list_files(folder: Path) -> Iterator[Listed]:
    """Every file under a folder, in the order of the manifest."""
    for path in sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()):
        digest = digest_file(folder / path)
        yield Listed(path, digest.bytes, digest.sha256)


def _data_name(package: PackageInput) -> str:
    name = package.certificate.output.name
    return name if name.endswith(package.data.suffix) else f"{name}{package.data.suffix}"


def _check_belongs(manifest: Manifest, manifest_sha256: str, entered: Entered, identity: str) -> None:
    entry = parse_entry(entered.entry)
    if entry.commitments.get("manifest") != commitment(entry_body(manifest_sha256), entered.salt):
        raise HavenError("the log entry does not commit to this package's manifest", where=manifest.release)
    if recipient_of(identity) != manifest.sealed_to:
        raise HavenError("the identity is not this package's own", where=manifest.release)


def _check_witnessed(entered: Entered) -> None:
    if not entered.witnesses.needed:
        return
    if entered.log is None:
        raise HavenError("witnesses are asked for, and nothing says of which log")
    proof = parse_proof(entered.proof)
    check_witnessed(proof.checkpoint, entered.witnesses, log=entered.log)
    verify_proof(entered.entry, entered.proof, [entered.log])


def _check_recipient_agreed(out: Path, recipient_key: str) -> None:
    """The key is given only to the recipient whom the decision names."""
    check_recipient(recipient_key, where="the recipient's key of record")
    face = read_object((out / CERTIFICATE).read_bytes(), where=CERTIFICATE)
    wanted = [line["obligation"]["age_key"] for line in face["lines"] if line["obligation"]["kind"] == "encrypt-to"]
    if wanted and wanted != [recipient_key]:
        raise HavenError("the key is not the recipient's key that the decision names", where=recipient_key)
