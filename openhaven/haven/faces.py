"""The certificate of a release in both its faces, as they were kept; counts by the way; and what differs from another.

The recipient's face lies in the package, the controllers' in the haven. Each is looked for where it was left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openhaven.disclosure.moved import any_rule_named
from openhaven.haven.place import Haven, staging
from openhaven.model.errors import BadInput, NotVerified
from openhaven.package.build import CERTIFICATE
from openhaven.package.certificate import Face
from openhaven.records import kept, reads

FULL = "certificate-full.json"


def recipients_face(release: kept.Release) -> Face:
    """What the recipient sees. Raises BadInput where the package lies no longer where it was handed over."""
    return _read(Path(release.out) / CERTIFICATE)


def controllers_face(haven: Haven, id: str) -> Face:
    """What the controllers see: everything. Raises BadInput where it is not here."""
    return _read(haven.releases / id / FULL)


def counts_so_far(haven: Haven, id: str) -> Sequence[tuple[str, str]]:
    """The steps of the road and what was counted at each, by the publication rule; none before they are certified."""
    for folder in (haven.releases / id, haven.work / staging(id) / "controllers"):
        if (folder / FULL).is_file():
            rule = any_rule_named(haven.settings.policy.table_rule)
            return [(step, rule.show(int(count))) for step, count in _read(folder / FULL)["counts"]]
    return ()


def check_faces(haven: Haven) -> None:
    """Raise NotVerified where the face of a release is kept that the log does not hold: faces are kept after the entry,
    so that records without it were put back to an earlier day."""
    kept_here = {each.name for each in haven.releases.iterdir() if each.is_dir() and not each.name.startswith(".")}
    for id in sorted(kept_here - reads.release_ids()):
        raise NotVerified(
            f"release {id} was entered, for its certificate is kept here, and the log does not hold it",
            where=str(haven.releases / id),
            todo="Find out who put older records back; the newest backup that holds it is the one to restore.",
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that two certificates do not share: empty where one of them has none."""

    what: str
    before: str
    now: str


def differences(before: Face, now: Face) -> tuple[Difference, ...]:
    """Which lines of two certificates differ, in the order of the later one. Both must be of the same kind of face.

    Days, ids and what is drawn are left aside: they differ always."""
    former, latter = dict(_lines(before)), dict(_lines(now))
    found = (Difference(each, former.get(each, ""), latter.get(each, "")) for each in {**latter, **former})
    return tuple(each for each in found if each.before != each.now)


def _lines(face: Face) -> Iterator[tuple[str, str]]:
    yield "Title", face["title"]
    yield "Purpose", face["purpose"]
    yield "Rules of law it was decided by", face["ruleset"]
    yield "Controllers", ", ".join(face["controllers"])
    yield "Rows", str(face["output"]["rows"])
    yield "Columns", ", ".join(_column(each) for each in face["output"]["columns"])
    for line in face["lines"]:
        kind = line["obligation"]["kind"].replace("-", " ").capitalize()
        yield f"{kind}: demanded", line["required"]
        yield f"{kind}: found", line["says"]
    for share, value in (face["singled_out"] or {}).items():
        yield f"People told apart by {share.replace('_', ' ')} of their rows", str(value)


def _column(column: Mapping[str, Any]) -> str:
    return f"{column['name']} ({column['precision']})" if column["precision"] else str(column["name"])


def _read(path: Path) -> Face:
    try:
        face: Face = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInput("the certificate is not where it was left", where=path.name) from None
    return face
