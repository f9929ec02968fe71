"""That a recipient destroyed a file that was released to it, as it certifies."""

from __future__ import annotations

import shutil
from pathlib import Path

from openhaven.haven.place import Haven
from openhaven.model.errors import BadInput
from openhaven.package.sealing import digest_file
from openhaven.records import kept, reads, writes


def file_destroyed(haven: Haven, release: str, *, certificate: Path, said_by: str) -> int:
    """Record that a recipient certified a former file as destroyed; the certificate stays with the controllers' face.
    Returns the entry's index. Raises BadInput."""
    found = reads.release(release)
    if found is None or found.state is not kept.ReleaseState.FINISHED:
        raise BadInput(f"no release {release} was handed over", todo="haven status names releases.")
    if release in reads.files_destroyed():
        raise BadInput(f"the file of release {release} is certified as destroyed already")
    if not said_by.strip() or not certificate.stat().st_size:
        raise BadInput("a certificate says something, and somebody says it", where=str(certificate))
    place = haven.releases / release / f"destroyed{certificate.suffix}"
    place.parent.mkdir(exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    shutil.copyfile(certificate, part)
    part.rename(place)
    said = {"release": release, "said_by": said_by, "file": certificate.name, "sha256": digest_file(place).sha256}
    return writes.record_file_destroyed(release=release, said=said, act=haven.act()).index
