"""`haven risk` on plain files."""

import json
from pathlib import Path

import pytest

from openhaven.model.errors import BadInput
from openhaven.tools.identifiers import named_like_identifier
from openhaven.tools.risk import RiskRequest, risk


def put(folder: Path, text: str) -> Path:
    (folder / "in.csv").write_text(text)
    return folder / "in.csv"


def test_rows_classes_k_and_uniques(tmp_path: Path) -> None:
    path = put(tmp_path, "age,sex\n30,f\n30,f\n30,m\n41,m\n41,m\n41,m\n")
    document = risk(path, RiskRequest(("age", "sex"))).as_json()
    assert (document["rows"], document["classes"], document["k"], document["uniques"]) == (6, 3, 1, 1)
    assert document["uniques_without"] == {"age": 0, "sex": 0}
    assert "people" not in document
    assert json.dumps(document)


def test_people_are_counted_and_their_rows_put_together(tmp_path: Path) -> None:
    path = put(tmp_path, "who,area\na,N\na,S\nb,N\nc,S\nc,S\n")
    report = risk(path, RiskRequest(("area",), person="who"))
    document = report.as_json()
    assert (document["people"], document["k"], document["k_people"]) == (3, 2, 2)
    assert document["singled_out"]["all_rows"] == 3  # type: ignore[index]
    assert "singled out by two rows   66.7% of people" in report.as_text()


def test_wholly_suppressed_rows_are_in_no_class(tmp_path: Path) -> None:
    report = risk(put(tmp_path, "age,sex\n*,*\n*,f\n*,f\n"), RiskRequest(("age", "sex")))
    assert (report.rows, report.suppressed, report.risk.k, report.risk.classes) == (3, 1, 2, 1)
    assert risk(put(tmp_path, "age,sex\n*,*\n*,*\n"), RiskRequest(("age", "sex"))).risk.k == 2


def test_what_is_not_built_or_not_there_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "age,sex\n30,f\n")
    for request in (
        RiskRequest(("age",), confidential="sex"),
        RiskRequest(("height",)),
        RiskRequest(("age",), person="height"),
        RiskRequest(()),
    ):
        with pytest.raises(BadInput):
            risk(path, request)


DIRECT = """nhs_number NHS-Number NEWNHSNO nhsno name Surname firstName patient_name address Address_Line_1 HOMEADD
    postcode post_code dob DateOfBirth date_of_birth email phone mobile LOPATID hospital_number"""
OTHER = "hospital_name drug_name age sex id person_id diagnosis area admidate MYDOB token"


@pytest.mark.parametrize("name", DIRECT.split())
def test_direct_identifiers_are_known_by_name(name: str) -> None:
    assert named_like_identifier(name)


@pytest.mark.parametrize("name", OTHER.split())
def test_other_columns_are_not_taken_for_identifiers(name: str) -> None:
    assert not named_like_identifier(name)
