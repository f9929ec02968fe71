"""What was entered wrongly is put right by an entry: the body stays, and the register shows what takes its place; or it
is erased, and the entry says why.

A certificate that was corrected can be issued again: signed, entered and provable like the first, with no data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import rfc8785

from openhaven.haven.place import Haven
from openhaven.haven.whole import whole_folder
from openhaven.haven.witnesses import hear
from openhaven.identity.nhs_number import numbers_within
from openhaven.law.plainly import day
from openhaven.law.provisions import PROVISIONS
from openhaven.log.proof import parse_proof
from openhaven.model.errors import BadInput, NotVerified
from openhaven.model.record.organisations import Organisation
from openhaven.package.build import CERTIFICATE, PAGE, list_files
from openhaven.package.certificate import Face, as_json
from openhaven.package.manifest import ENTRY, NAME, PROOF, open_envelope, sha256_of, sign_manifest
from openhaven.package.page import Naming, as_html
from openhaven.package.verify import file_problems, read_certificate, read_small
from openhaven.package.writing import write_whole
from openhaven.records import kept, reads, writes

CORRECTABLE: Mapping[str, tuple[str, ...]] = {"certificate": ("title", "purpose"), "application": ("title",)}
"""The words that can take the place of others, by the body that holds them; all else is corrected by a remark."""


def correct(haven: Haven, index: int, *, what: str, now: str, because: str) -> int:
    """Enter that `what` of an entry should say `now`; or, where `what` is empty, a remark. Both are public. Returns
    the place of the correction. Raises BadInput."""
    body = _body_of(index, what)
    for name, text in (("--now", now), ("--because", because)):
        if not text.strip():
            raise BadInput("nothing is said", where=name, todo="Say what it should have been, and why.")
        if numbers_within([text]):
            raise BadInput("this names a person by an NHS number, and a correction is public", where=name)
    made = kept.Correction(index, body, what, now, because)
    return writes.record_correction(correction=made, act=haven.act()).index


def erase(haven: Haven, index: int, *, body: str, because: str) -> int:
    """Erase a body of an entry of the public log. Returns the place of the entry that says so. Raises BadInput."""
    bodies = reads.bodies(index)
    if body not in bodies or not because.strip():
        raise BadInput(
            f"name one of its bodies and say why: it has {', '.join(sorted(bodies))}",
            where=f"entry {index}",
            todo="haven log erase INDEX --body NAME --because TEXT",
        )
    return writes.erase_body(index=index, name=body, reason=because, act=haven.act()).index


def _body_of(index: int, what: str) -> str:
    """The body that holds what is corrected; empty for a remark. Raises BadInput."""
    bodies = reads.bodies(index)
    if not what:
        return ""
    if "record" in bodies:
        raise BadInput(
            "this is a fact of record, from which is decided", where=f"entry {index}", todo="Record a later version."
        )
    for name in sorted(bodies):
        if what in CORRECTABLE.get(name, ()):
            if bodies[name] is None:
                raise BadInput(f"its body {name!r} was erased", where=f"entry {index}")
            return name
    known = sorted({each for name in bodies for each in CORRECTABLE.get(name, ())})
    can = f"what can be: {', '.join(known)}" if known else "it holds nothing that can be"
    raise BadInput(f"{what!r} cannot be corrected here; {can}", where=f"entry {index}", todo="Leave out --what.")


def corrected(plain: Mapping[str, Any], said: Iterable[kept.Corrected], *, body: str) -> dict[str, Any]:
    """A body with what took the place of its words, the latest correction of each. `said` is of its entry."""
    words = (each.said for each in said if each.said is not None)
    return {**plain, **{each.what: each.now for each in words if each.what and each.body == body}}


def reissue(haven: Haven, id: str, *, package: Path | None, out: Path, because: str) -> int:
    """Issue the certificate of a release again, with its corrections, into a new folder. `package` is the package as
    it was handed over. Returns the place of the entry. Raises BadInput, NotVerified."""
    found = reads.release(id)
    if found is None or found.state is not kept.ReleaseState.FINISHED:
        raise BadInput(f"there is no release {id} that was handed over")
    said = [each for each in reads.corrections() if each.entry == found.index and each.said is not None]
    if not said or not because.strip():
        raise BadInput(
            "nothing was corrected, or nothing says why it is issued again",
            where=f"release {id}",
            todo=f"Enter a correction first: haven log correct {found.index} --what title --now TEXT --because TEXT",
        )
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder.")
    package = package or Path(found.release.out)
    face = _recipients_face(package, found.release)
    with whole_folder(out) as part:
        return _issue(haven, found, part, corrected_face(face, said), package, because)


def corrected_face(face: Face, said: Sequence[kept.Corrected]) -> Face:
    """The face with what was corrected, and a sentence of each correction before all others."""
    made = corrected(face, said, body="certificate")
    return {**made, "says": [*map(_sentence, said), *face["says"]]}


def _sentence(each: kept.Corrected) -> str:
    words = each.said
    now = "" if words is None else f"the {words.what} now reads as it stands here." if words.what else words.now
    return f"Corrected on {day(each.on)}: {now}"


def _recipients_face(package: Path, release: kept.Release) -> Face:
    """The certificate in the package, once it is seen to be the package of this release."""
    if not (package / NAME).is_file():
        raise BadInput(
            "the package as it was handed over is not here", where=str(package), todo="Name it with --package DIR"
        )
    envelope = read_small(package / NAME)
    if sha256_of(envelope) != release.manifest_sha256:
        raise NotVerified(f"this is not the package of release {release.id}", where=str(package))
    if problems := file_problems(package, open_envelope(envelope)):
        raise NotVerified("; ".join(problems), where=str(package))
    return dict(read_certificate(package))


def _issue(haven: Haven, found: kept.ReleaseKept, part: Path, face: Face, package: Path, because: str) -> int:
    (part / CERTIFICATE).write_bytes(as_json(face))
    (part / PAGE).write_text(as_html(face, naming=_naming()), encoding="utf-8")
    former = open_envelope(read_small(package / NAME))
    manifest = replace(former, files=tuple(list_files(part)), signer=str(haven.signing_key))
    envelope = sign_manifest(manifest, key=haven.signing_key, signer=haven.keys.sign)
    write_whole(part / NAME, envelope)
    made = kept.Reissued(found.release.id, sha256_of(envelope), because)
    position = writes.reissue_certificate(reissued=made, certificate=face, act=haven.act())
    heard = hear(haven)
    sealed = position.bodies["manifest"]
    assert sealed is not None
    extra = rfc8785.dumps({"format": 1, "key_sha256": "", "salt": sealed.salt.hex()})
    proof = parse_proof(reads.proof(position.index, note=heard.note))
    write_whole(part / ENTRY, position.entry)
    write_whole(part / PROOF, str(replace(proof, extra=extra)).encode())
    return position.index


def _naming() -> Naming:
    organisations = {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}
    return Naming(provisions={id: each.title for id, each in PROVISIONS.items()}, organisations=organisations)
