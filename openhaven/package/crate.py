"""ro-crate-metadata.json: the package described for machines (RO-Crate 1.2), in the terms of the Five Safes profile.

The profile (0.4) is written for running a workflow inside a secure environment, and a release cannot conform to it
(docs/adr/0007). The crate takes its terms for request, project, agents, sign-off, disclosure check and checksums, says
that it is based on the profile, and does not claim to conform. It holds no hash of plain data and names no person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import rfc8785

from openhaven.model.certificate import Certificate
from openhaven.model.obligation import DestroyIdentifiers, Promiser, Replace, Standing
from openhaven.package import manifest
from openhaven.package.page import Naming
from openhaven.package.required import required

NAME = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.2"
PROFILE = "https://w3id.org/5s-crate/0.4"
SHP = "https://w3id.org/shp#"
AGE = "https://age-encryption.org/v1"
SHA_256 = "https://www.iana.org/assignments/named-information#sha-256"
_COMPLETED = "http://schema.org/CompletedActionStatus"
_POTENTIAL = "http://schema.org/PotentialActionStatus"
_LATER = (
    (manifest.NAME, "Signed manifest", "application/json"),
    (manifest.ENTRY, "The entry in the log", "application/json"),
    (manifest.PROOF, "Proof that the log holds the entry", "text/plain"),
    (manifest.KEY, "The key of this package, for the recipient alone", "application/octet-stream"),
)
_OF_OTHERS = (DestroyIdentifiers.kind, Replace.kind)
"""Promises about files that are not in this package: what was sent for matching, and the release before."""
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
        "mentions": [{"@id": each["@id"]} for each in _acts(about)],
    }


def _files(about: CrateInput) -> list[Entity]:
    later = [Described(*each) for each in _LATER]
    return [_file(each) for each in (*about.files, *later)]


def _file(each: Described) -> Entity:
    plain: Entity = {"@id": each.path, "@type": "File", "name": each.name, "encodingFormat": each.media}
    if each.path.endswith(".age"):
        plain["encodingFormat"] = [each.media, {"@id": AGE}]
    if each.path.startswith("data/"):
        plain |= {"@type": ["File", "DigitalDocument"], "hasDigitalDocumentPermission": {"@id": "#permission"}}
    return plain


def _who(about: CrateInput) -> list[Entity]:
    made, names = about.certificate, about.naming.organisations
    bodies = dict.fromkeys((made.recipient, *made.controllers))
    organisations = [
        {"@id": _body(each), "@type": "Organization", "name": names.get(each, each), "identifier": each}
        for each in bodies
    ]
    haven = {"@id": "#haven", "@type": "Organization", "name": about.released_by}
    software = {
        "@id": "#software",
        "@type": "SoftwareApplication",
        "name": f"Openhaven, run by {about.released_by}",
        "provider": {"@id": "#haven"},
    }
    project = {
        "@id": "#project",
        "@type": "Project",
        "name": made.title,
        "description": made.purpose,
        "identifier": {"@id": "#application-id"},
        "member": [{"@id": _body(made.recipient)}],
    }
    id = {
        "@id": "#application-id",
        "@type": "PropertyValue",
        "name": f"Application, as {about.released_by} numbers it",
        "value": made.application,
    }
    return [haven, software, project, id, *organisations]


def _acts(about: CrateInput) -> list[Entity]:
    """In the order of the profile's phases: asked, signed off, released, checked, summed; then what is promised."""
    return [_request(about), _sign_off(about), _release(about), _disclosure(about), _sums(), *_promises(about)]


def _request(about: CrateInput) -> Entity:
    made = about.certificate
    return {
        "@id": "#request",
        "@type": "Action",
        "name": f"Application {made.application}: {made.title}",
        "actionStatus": _COMPLETED,
        "agent": {"@id": _body(made.recipient)},
        "object": {"@id": "#dataset"},
    }


def _release(about: CrateInput) -> Entity:
    made = about.certificate
    return {
        "@id": "#release",
        "@type": "CreateAction",
        "name": f"Release {made.release}",
        "actionStatus": _COMPLETED,
        "agent": {"@id": "#software"},
        "object": {"@id": "#dataset"},
        "participant": {"@id": _body(made.recipient)},
        "endTime": made.made_on.isoformat(),
        "result": [{"@id": each.path} for each in about.files if each.path.endswith(".age")],
    }


def _sign_off(about: CrateInput) -> Entity:
    made = about.certificate
    return _assessment("#sign-off", "SignOff", f"Decision by the rules {made.ruleset}: permitted") | {
        "object": [{"@id": "./"}, {"@id": "#project"}],
        "instrument": [{"@id": "#agreement"}, {"@id": "#rules"}],
        "endTime": made.decided_on.isoformat(),
    }


def _disclosure(about: CrateInput) -> Entity:
    made = about.certificate
    measured = sum(line.evidence.standing is Standing.MEASURED for line in made.lines)
    return _assessment("#disclosure", "DisclosureCheck", f"{measured} obligations measured: every one is met") | {
        "object": {"@id": "./"},
        "instrument": {"@id": "certificate.json"},
        "endTime": made.made_on.isoformat(),
    }


def _assessment(id: str, kind: str, name: str) -> Entity:
    return {
        "@id": id,
        "@type": "AssessAction",
        "additionalType": {"@id": f"{SHP}{kind}"},
        "name": name,
        "agent": {"@id": "#software"},
        "actionStatus": _COMPLETED,
    }


def _sums() -> Entity:
    """Written before the manifest is signed, so without a time; the profile has it stand as completed all the same."""
    return {
        "@id": "#checksums",
        "@type": "UpdateAction",
        "additionalType": {"@id": f"{SHP}GenerateCheckValue"},
        "name": "Signed manifest with the SHA-256 of every file",
        "object": {"@id": "./"},
        "instrument": {"@id": SHA_256},
        "agent": {"@id": "#software"},
        "actionStatus": _COMPLETED,
    }


def _promises(about: CrateInput) -> Iterator[Entity]:
    agents = {Promiser.OPERATOR: "#haven", Promiser.RECIPIENT: _body(about.certificate.recipient)}
    for line in about.certificate.lines:
        if (promise := line.evidence.promise) is not None:
            kind = line.obligation.kind
            yield {
                "@id": f"#promise-{kind}",
                "@type": "DeleteAction" if kind.startswith("destroy") else "Action",
                "name": f"{required(line.obligation)} Promised, {promise.by_when}.",
                "agent": {"@id": agents[promise.by_whom]},
                "actionStatus": _POTENTIAL,
                **({} if kind in _OF_OTHERS else {"object": {"@id": "./"}}),
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
        {"@id": "#rules", "@type": "CreativeWork", "name": f"Rules {made.ruleset}", "version": made.ruleset},
        {
            "@id": "#permission",
            "@type": "DigitalDocumentPermission",
            "name": "Only the recipient's key opens the data",
            "permissionType": "http://schema.org/ReadPermission",
            "grantee": {"@id": "#project"},
        },
        {
            "@id": "#conditions",
            "@type": "CreativeWork",
            "name": "Conditions of use",
            "description": about.conditions,
            "isBasedOn": {"@id": "#agreement"},
        },
        {"@id": PROFILE, "@type": ["CreativeWork", "Profile"], "name": "Five Safes RO-Crate profile 0.4"},
        {"@id": SHA_256, "@type": "DefinedTerm", "name": "SHA-256"},
        {"@id": AGE, "@type": "WebPage", "name": "The age encryption format, version 1"},
    ]


def _body(id: str) -> str:
    return f"#organisation-{quote(id)}"
