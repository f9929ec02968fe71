"""Each use of data with all that public registers ask about it: the fields of the NHS register, and HDR UK's form.

Made from the log and from nothing else: the certificate, the application, the agreement and organisations on record.
Applicants are organisations; no person is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openhaven.haven.catalogue import titles
from openhaven.haven.place import Haven
from openhaven.haven.register import register
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.approvals import Opinion
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Access, Level, Route
from openhaven.records import kept, reads

SENSITIVE = {
    Level.IDENTIFIABLE: "Personally identifiable",
    Level.DE_IDENTIFIED: "De-personalised",
    Level.AGGREGATE: "Aggregate, small numbers suppressed",
}
"""How HDR UK's form calls a level. We never say anonymous of rows."""
CONFIDENCE = {
    Route.CONSENT: "Informed consent",
    Route.COPI_2: "Section 251 support (COPI regulation 2)",
    Route.COPI_5: "Section 251 support (COPI regulation 5)",
    Route.COPI_3: "Statutory basis (COPI regulation 3)",
    Route.STATUTORY_DUTY: "Statutory basis",
    Route.COURT_ORDER: "Court order",
    Route.NOT_CONFIDENTIAL: "Not applicable: no confidential patient information",
}
NHS_COLUMNS = (
    "release", "entered", "state", "title", "recipient", "controllers", "purpose", "purpose_text", "dataset_title",
    "level", "fields", "rows", "data_protection", "confidentiality", "opt_outs", "commercial", "onward_sharing",
    "sensitive", "access", "agreement", "starts", "ends", "objective", "benefits", "funders", "provisions",
    "replaces", "identifiers_destroyed", "entry",
)  # fmt: skip
REFUSED_COLUMNS = ("entry", "decided", "verdict", "purpose", "dataset", "applicant", "title")


@dataclass(frozen=True, slots=True)
class _Behind:
    """What stands behind one release, as far as it was not erased."""

    application: Mapping[str, Any]
    face: Mapping[str, Any]
    agreement: Agreement | None
    opinions: tuple[Opinion, ...]


def data_uses(haven: Haven) -> list[dict[str, Any]]:
    """Every release, the first first, with the fields of the NHS register beside those of ours (REG-01)."""
    kept_by = {each.release.id: each for each in reads.releases()}
    bodies = {each.id: each for each in reads.records_of("organisation") if isinstance(each, Organisation)}
    named = titles(haven)
    found = []
    for each in register(haven)["releases"]:
        behind = _behind(kept_by[each["release"]])
        more = {"dataset_title": named.get(each["dataset"], each["dataset"])}
        found.append({**each, **more, **_of_application(behind, bodies), **_of_agreement(behind)})
    return found


def _behind(each: kept.ReleaseKept) -> _Behind:
    noun = each.release
    sealed = reads.bodies(each.index)["certificate"]
    decided = next((one for one in reads.decisions(noun.application) if one.id == noun.decision), None)
    agreements = [one for one in reads.records_of("agreement") if isinstance(one, Agreement)]
    opinions = [one for one in reads.records_of("opinion") if isinstance(one, Opinion)]
    return _Behind(
        (decided.application if decided else None) or {},
        {} if sealed is None else json.loads(sealed.body),
        next((one for one in agreements if one.id == noun.agreement), None),
        tuple(one for one in opinions if noun.agreement in one.agreements),
    )


def _of_application(behind: _Behind, bodies: Mapping[str, Organisation]) -> dict[str, Any]:
    asked = behind.application
    relied = asked.get("data_protection", {})
    funders = [bodies[each["organisation"]].name if each["organisation"] in bodies else each["organisation"]
               for each in asked.get("funders", ())]  # fmt: skip
    applicant = bodies.get(asked.get("recipient", ""))
    return {
        "purpose_text": asked.get("purpose_text", ""),
        "article_6": relied.get("article_6", ""),
        "article_9": relied.get("article_9", ""),
        "data_protection": " with ".join(f"Article {each}" for each in list(relied.values())[:2] if each),
        "confidentiality": CONFIDENCE.get(asked.get("route", ""), str(asked.get("route", ""))),
        "funders": funders,
        "ods": applicant.ods if applicant else "",
        "sector": list(applicant.bodies + applicant.business) if applicant else [],
        "fields": [_as_it_left(each) for each in behind.face.get("output", {}).get("columns", ())],
        "required": [line["required"] for line in behind.face.get("lines", ())],
    }


def _as_it_left(column: Mapping[str, Any]) -> str:
    """A field of a release by its title, with what became of it on the way out."""
    became = {"as held": "", "pseudonym": "replaced by a code", "*": "left empty"}
    how = became.get(column["precision"], f"{column['precision']} only")
    return f"{column.get('title') or column['source']}{how and f' ({how})'}"


def _of_agreement(behind: _Behind) -> dict[str, Any]:
    agreed = behind.agreement
    opinions = [f"{each.body}, {each.reference}" for each in behind.opinions]
    if agreed is None:
        return dict.fromkeys(("starts", "ends", "approved", "objective", "onward_sharing", "access"), "") | {
            "benefits": [], "commercial": False, "sensitive": [], "opinions": opinions}  # fmt: skip
    return {
        "starts": agreed.starts.isoformat(),
        "ends": agreed.ends.isoformat(),
        "approved": (agreed.signed_on or agreed.signed.on).isoformat(),
        "objective": agreed.objective,
        "benefits": [each.what for each in agreed.benefits],
        "commercial": agreed.commercial,
        "onward_sharing": agreed.onward_sharing or "none",
        "sensitive": list(agreed.sensitive),
        "access": str(agreed.setting or Access.EXTRACT),
        "opinions": opinions,
    }


def as_hdruk_form(each: Mapping[str, Any], *, again: bool) -> dict[str, Any]:
    """One use under the headings of HDR UK's data use form, which its Gateway takes. `again`: the same agreement had
    another release."""
    applied = str(each["opt_outs"])
    return {
        "Project ID": each["release"],
        "Organisation name*": each["recipient"],
        "Organisation ID": each["ods"],
        "Organisation sector": each["sector"],
        "Applicant name(s)": "",
        "Applicant ID": "",
        "Funders/ Sponsors": each["funders"],
        "DEA accredited researcher?": "",
        "Sub-licence arrangements (if any)?": each["onward_sharing"],
        "Project title*": each["title"],
        "Lay summary*": each["purpose_text"],
        "Public benefit statement*": each["benefits"] or each["purpose_text"],
        "Request category type": each["purpose"],
        "Technical summary": each["objective"],
        "Other approval committees": each["opinions"],
        "Project start date": each["starts"],
        "Project end date": each["ends"],
        "Latest approval date*": each["approved"],
        "Dataset(s) name*": each["dataset_title"],
        "Data sensitivity level": SENSITIVE.get(each["level"], each["level"]),
        "Legal basis for provision of data under Article 6": each["article_6"],
        "Lawful conditions for provision of data under Article 9": each["article_9"],
        "Common Law Duty of Confidentiality": each["confidentiality"],
        "National data opt-out applied?": "No" if "not applied" in applied else "Yes" if applied else "",
        "Request frequency": "Recurring" if again else "One-off",
        "For linked datasets, specify how the linkage will take place": "",
        "Description of the confidential data being used": each["fields"],
        "Release/Access date": each["entered"],
        "Access type*": "TRE" if each["access"] == Access.SECURE_ENVIRONMENT else "Release",
        "How has data been processed to enhance privacy?": each["required"],
        "Link to research outputs": "",
    }


def hdruk_forms(uses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every use that was not given up, under those headings."""
    under = [each["agreement"] for each in uses]
    return [
        as_hdruk_form(each, again=under.count(each["agreement"]) > 1)
        for each in uses
        if each["state"] != kept.ReleaseState.ABANDONED
    ]
