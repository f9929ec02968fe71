"""ro-crate-metadata.json: the package described for machines (RO-Crate 1.2), in the terms of the Five Safes profile.

The profile (0.4) is written for running a workflow inside a secure environment: it requires a workflow crate and a
requesting person by name. A release has neither, so the crate takes the profile's terms for project, sign-off and
disclosure check, says that it is based on the profile, and does not claim to conform. It holds no hash of plain data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import rfc8785

from openhaven.model.certificate import Certificate
from openhaven.model.obligation import Standing
from openhaven.package import manifest
from openhaven.package.page import Naming

NAME = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.2"
PROFILE = "https://w3id.org/5s-crate/0.4"
AGE = "https://age-encryption.org/v1"
_COMPLETED = "http://schema.org/CompletedActionStatus"
_LATER = (
    (manifest.NAME, "Signed manifest", "application/json"),
    (manifest.ENTRY, "The entry in the log", "application/json"),
    (manifest.PROOF, "Proof that the log holds the entry", "text/plain"),
    (manifest.KEY, "The key of this package, for the recipient alone", "application/octet-stream"),
)
Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Described:
    """One file of the package: path, what it is, and its media type."""

    path: str
    name: str
    media: str


@dataclass(frozen=True, slots=True)
class CrateInput:
    """What the metadata says. `conditions` are the terms of use, `dataset` the title of the dataset released from."""

    certificate: Certificate
    naming: Naming
    dataset: str
    conditions: str
    released_by: str
    files: Sequence[Described]


def crate(about: CrateInput) -> bytes:
    """The metadata document, in canonical JSON."""
    graph = [_descriptor(), _root(about), *_files(about), *_who(about), *_acts(about), *_things(about)]
    return rfc8785.dumps({"@context": f"{SPECIFICATION}/context", "@graph": graph})


def _descriptor() -> Entity:
    return {"@id": NAME, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": SPECIFICATION}}


def _root(about: CrateInput) -> Entity:
    made = about.certificate
    described = [*(each.path for each in about.files), *(path for path, _, _ in _LATER)]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Release {made.release}: {made.title}",
        "description": f"{about.dataset}, {made.level}, released under agreement {made.agreement}. Data files are "
        "encrypted, and open only with the recipient's key.",
        "datePublished": made.made_on.isoformat(),
        "identifier": made.release,
        "license": {"@id": "#conditions"},
        "publisher": {"@id": "#haven"},
        "sourceOrganization": {"@id": "#project"},
        "isBasedOn": [{"@id": "#dataset"}, {"@id": PROFILE}],
        "hasPart": [{"@id": path} for path in described],
        "mentions": [{"@id": "#release"}, {"@id": "#sign-off"}, {"@id": "#disclosure"}],
    }


def _files(about: CrateInput) -> list[Entity]:
    later = [Described(*each) for each in _LATER]
    return [_file(each) for each in (*about.files, *later)]


def _file(each: Described) -> Entity:
    media: Any = [each.media, {"@id": AGE}] if each.path.endswith(".age") else each.media
    return {"@id": each.path, "@type": "File", "name": each.name, "encodingFormat": media}


def _who(about: CrateInput) -> list[Entity]:
    made, names = about.certificate, about.naming.organisations
    bodies = dict.fromkeys((made.recipient, *made.controllers))
    organisations = [
        {"@id": _body(each), "@type": "Organization", "name": names.get(each, each), "identifier": each}
        for each in bodies
    ]
    haven = {"@id": "#haven", "@type": "Organization", "name": about.released_by}
    project = {
        "@id": "#project",
        "@type": "Project",
        "name": made.title,
        "description": made.purpose,
        "identifier": made.application,
        "member": [{"@id": _body(made.recipient)}],
    }
    return [haven, project, *organisations]


def _acts(about: CrateInput) -> list[Entity]:
    made = about.certificate
    release = {
        "@id": "#release",
        "@type": "CreateAction",
        "name": f"Release {made.release}",
        "actionStatus": _COMPLETED,
        "agent": {"@id": "#haven"},
        "object": {"@id": "#dataset"},
        "participant": {"@id": _body(made.recipient)},
        "endTime": made.made_on.isoformat(),
        "result": [{"@id": each.path} for each in about.files if each.path.endswith(".age")],
    }
    sign_off = _assessment("#sign-off", "SignOff", f"Decision by the rules {made.ruleset}: permitted")
    sign_off |= {
        "object": [{"@id": "./"}, {"@id": "#project"}],
        "instrument": {"@id": "#agreement"},
        "endTime": made.decided_on.isoformat(),
    }
    measured = sum(line.evidence.standing is Standing.MEASURED for line in made.lines)
    disclosure = _assessment("#disclosure", "DisclosureCheck", f"{measured} obligations measured: every one is met")
    disclosure |= {
        "object": {"@id": "./"},
        "instrument": {"@id": "certificate.json"},
        "endTime": made.made_on.isoformat(),
    }
    return [release, sign_off, disclosure]


def _assessment(id: str, kind: str, name: str) -> Entity:
    return {
        "@id": id,
        "@type": "AssessAction",
        "additionalType": {"@id": f"https://w3id.org/shp#{kind}"},
        "name": name,
        "agent": {"@id": "#haven"},
        "actionStatus": _COMPLETED,
    }


def _things(about: CrateInput) -> list[Entity]:
    made = about.certificate
    return [
        {
            "@id": "#dataset",
            "@type": "Dataset",
            "name": about.dataset,
            "description": "The dataset held in the haven. It is not in this package.",
            "maintainer": [{"@id": _body(each)} for each in made.controllers],
        },
        {
            "@id": "#agreement",
            "@type": "DigitalDocument",
            "name": f"Data sharing agreement {made.agreement}",
            "identifier": made.agreement,
        },
        {
            "@id": "#conditions",
            "@type": "CreativeWork",
            "name": "Conditions of use",
            "description": about.conditions,
            "isBasedOn": {"@id": "#agreement"},
        },
        {"@id": PROFILE, "@type": ["CreativeWork", "Profile"], "name": "Five Safes RO-Crate profile 0.4"},
        {"@id": AGE, "@type": "WebPage", "name": "The age encryption format, version 1"},
    ]


def _body(id: str) -> str:
    return f"#organisation-{quote(id)}"
