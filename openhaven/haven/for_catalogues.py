"""What is held, as other catalogues take it: HDR UK's dataset schema 4.0.0, and DCAT-AP 3 as JSON-LD.

Nothing is said that is not on record: how many people a dataset is about is given as not reported."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openhaven.model.words import Role

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NOT_REPORTED = -1
_COLLECTED_IN = {"hospitals": "Secondary care - In-patients", "GP practices": "Primary care - Clinic",
                 "councils": "Local authority"}  # fmt: skip
_PRIVATE = frozenset(role.value for role in Role) - {Role.CONTENT.value, Role.QUASI.value, Role.KEY.value}
ACCESS = "http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC"

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who runs the haven. `at` is the address of the catalogue's page, under which each dataset has its own;
    `origin` the name of the log, which stays the same for ever."""

    operator: str
    contact: str
    origin: str
    at: str

    @property
    def email(self) -> str | None:
        """The address in the contact, where there is one."""
        found = _EMAIL.search(self.contact)
        return found[0] if found else None


def as_hdruk(listed: Plain, by: Publisher) -> dict[str, Any]:
    """One dataset of the catalogue under HDR UK's schema 4.0.0. Its identifier is made of the haven's own name and the
    dataset's, so it stays the same."""
    issued = f"{listed['described']}T00:00:00Z"
    words = listed["description"] if len(listed["description"]) >= 5 else f"{listed['title']}, no description yet"
    return {
        "identifier": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{by.origin}/{listed['id']}")),
        "version": "1.0.0",
        "revisions": [],
        "issued": issued,
        "modified": f"{listed['updated']}T00:00:00Z" if listed["updated"] else issued,
        "summary": _summary(listed, by, words),
        "documentation": {"description": words[:10_000], "associatedMedia": f"{by.at}/{listed['id']}"},
        "coverage": {"spatial": f"United Kingdom, {listed['territory']}"},
        "provenance": _provenance(listed, issued),
        "accessibility": _accessibility(listed),
        "observations": _observations(listed),
        "structuralMetadata": {"tables": [_table(listed)]},
    }


def _summary(listed: Plain, by: Publisher, words: str) -> dict[str, Any]:
    return {
        "title": listed["title"][:150],
        "abstract": words[:500],
        "dataCustodian": {"identifier": by.origin[:50], "name": by.operator[:150], "contactPoint": by.email},
        "populationSize": NOT_REPORTED,
        "keywords": sorted({each["title"][:150] for each in listed["fields"] if len(each["title"]) > 1}),
        "contactPoint": by.email,
    }


def _provenance(listed: Plain, issued: str) -> dict[str, Any]:
    return {
        "origin": {
            "purpose": ["Care"],
            "datasetType": [{"name": "Health and disease", "subTypes": ["Others"]}],
            "collectionSource": [_COLLECTED_IN.get(listed["made_in"], "Other")],
        },
        "temporal": {"publishingFrequency": "Irregular", "startDate": issued, "timeLag": "Variable"},
    }


def _accessibility(listed: Plain) -> dict[str, Any]:
    needed = " ".join(f"{each['what']}" for each in listed["takes"])
    return {
        "usage": {
            "dataUseLimitation": ["Project-specific restrictions", "User-specific restrictions"],
            "dataUseRequirements": ["Project-specific restrictions", "Time limit on use", "Disclosure control"],
        },
        "access": {
            "accessRights": needed,
            "accessServiceCategory": "Varies based on project",
            "deliveryLeadTime": "Variable",
            "jurisdiction": ["GB"],
            "dataController": f"Each of its own: {', '.join(listed['controllers']) or 'none yet'}",
        },
        "formatAndStandards": {
            "vocabularyEncodingScheme": ["LOCAL"],
            "conformsTo": ["LOCAL"],
            "language": ["en"],
            "format": ["text/csv", "application/vnd.apache.parquet"],
        },
    }


def _observations(listed: Plain) -> list[dict[str, Any]]:
    """The rows by the publication rule, where it lets them be said."""
    if not listed["rows"].isdecimal() or not listed["updated"]:
        return []
    return [
        {
            "observedNode": "Events",
            "measuredProperty": "Count",
            "measuredValue": int(listed["rows"]),
            "observationDate": listed["updated"],
        }
    ]


def _table(listed: Plain) -> dict[str, Any]:
    return {
        "name": listed["id"],
        "description": listed["title"],
        "columns": [
            {
                "name": each["name"],
                "dataType": each["type"],
                "description": each["description"] or each["title"],
                "sensitive": each["role"] in _PRIVATE,
            }
            for each in listed["fields"]
        ],
    }


def as_dcat(listed: Sequence[Plain], by: Publisher) -> dict[str, Any]:
    """The catalogue as JSON-LD (W3C DCAT 3, DCAT-AP 3.0.1)."""
    publisher = {"@type": "foaf:Agent", "foaf:name": by.operator}
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{by.at}#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": f"Data held by {by.operator}",
        "dct:description": "Health and care records that can be applied for.",
        "dct:publisher": publisher,
        "foaf:homepage": {"@id": by.at, "@type": "foaf:Document"},
        "dcat:dataset": [_dcat(each, publisher, by) for each in listed],
    }


def _dcat(listed: Plain, publisher: Plain, by: Publisher) -> dict[str, Any]:
    at = f"{by.at}/{listed['id']}"
    contact = {"@type": "vcard:Kind", "vcard:fn": by.operator, "vcard:note": by.contact}
    made: dict[str, Any] = {
        "@id": f"{at}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": listed["id"],
        "dct:title": listed["title"],
        "dct:description": listed["description"] or listed["title"],
        "dct:publisher": publisher,
        "dct:spatial": {"@type": "dct:Location", "rdfs:label": listed["territory"]},
        "dct:issued": {"@type": "xsd:date", "@value": listed["described"]},
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": "; ".join(listed["routes"]) or "none yet"},
        "dcat:contactPoint": contact | ({"vcard:hasEmail": {"@id": f"mailto:{by.email}"}} if by.email else {}),
        "dcat:keyword": sorted({each["title"] for each in listed["fields"]}),
        "dcat:landingPage": {"@id": at, "@type": "foaf:Document"},
        "dct:accessRights": {"@id": ACCESS, "@type": "dct:RightsStatement"},
    }
    if listed["updated"]:
        made["dct:modified"] = {"@type": "xsd:date", "@value": listed["updated"]}
    return made
