"""What can be chosen in these tests, and answers to every question."""

from __future__ import annotations

from typing import Any

from openhaven.casework.questions import FieldOffered, Offered

CODES = ("as held", "3-character code", "first character", "*")
OFFERED = Offered(
    organisations={"UNIVERSITY": "University of Thornby", "INSURER": "Everglen Life"},
    datasets={"episodes": "Hospital episodes", "other": "Other data"},
    fields={
        "episodes": (
            FieldOffered("sex", "Sex", "could help to recognise a person", ("as held", "*")),
            FieldOffered(
                "age", "Age", "could help to recognise a person", ("as held", "5-year band", "*"), amounts=True
            ),
            FieldOffered("diagnosis", "Diagnosis", "private", CODES),
        ),
        "other": (FieldOffered("sex", "Sex", "could help", ("as held", "*")),),
    },
    agreements={"DSA-001": "Long-term conditions"},
    pairs=("6(1)(e) | 9(2)(j) | Part 1 paragraph 4", "6(1)(a) | 9(2)(a) | "),
)
ANSWERS: dict[str, Any] = {
    "title": {"title": "Long-term conditions"},
    "purpose": {"purpose": "research"},
    "why": {"text": "How admissions change with age."},
    "benefit": {"what": "Fewer admissions", "measure": "admissions a year", "by": "2027-11-30"},
    "programme": {"programme": ""},
    "commercial": {"gains": "no", "how": ""},
    "funding": [],
    "dataset": {"dataset": "episodes"},
    "level": {"level": "de-identified"},
    "fields": {"names": ["sex", "diagnosis"]},
    "reasons": [
        {"row": "sex", "precision": "as held", "reason": "rates differ"},
        {"row": "diagnosis", "precision": "3-character code", "reason": "the conditions studied"},
    ],
    "whom": {"whom": "rule"},
    "cohort": [{"row": "1", "field": "diagnosis", "test": "starts", "values": "I, J"}],
    "opt-outs": {"left_in": "no", "why": ""},
    "route": {"route": "no confidential patient information"},
    "basis": {"papers": [], "study": ""},
    "grounds": {"pair": "6(1)(e) | 9(2)(j) | Part 1 paragraph 4"},
    "ethics": {"committee": "", "authority": ""},
    "agreement": {"agreement": "DSA-001"},
    "recipient": {"recipient": "UNIVERSITY"},
    "processors": {"processors": []},
    "setting": {"setting": "secure environment", "why": ""},
    "storage": {"storage": ["UNIVERSITY"], "territory": "England"},
    "period": {"starts": "2026-12-01", "ends": "2027-11-30"},
    "publication": {"plan": "A paper that everybody can read."},
}
