"""`haven risk` on plain files."""

import json
import re
from pathlib import Path

import pytest

from openhaven.model.errors import BadInput
from openhaven.tools.identifiers import named_like_identifier
from openhaven.tools.risk import RiskRequest, risk
from openhaven.tools.risk_page import as_html, write_page


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


@pytest.mark.parametrize(
    ("qi", "how"),
    [
        (("height",), {}),
        (("age",), {"person": "height"}),
        (("age",), {"confidential": "height"}),
        ((), {}),
        (("age", "age"), {}),
        (("age",), {"person": "age"}),
        (("age",), {"confidential": "age"}),
        (("age",), {"fraction": 0.0}),
        (("age",), {"fraction": 2.0}),
        (("age",), {"threshold": 1}),
        (("age",), {"largest_set": 0}),
        (("age",), {"population": Path("nowhere.csv")}),
        (("age",), {"hierarchies": Path("nowhere")}),
    ],
)
def test_what_is_not_there_or_makes_no_sense_is_refused(tmp_path: Path, qi: tuple[str, ...], how: dict) -> None:
    path = put(tmp_path, "age,sex\n30,f\n")
    with pytest.raises(BadInput):
        risk(path, RiskRequest(qi, **how))


SEED = "person,area,age,disease\n" + "".join(
    f"p{area}{number},{area},{30 + number % 2},{'rare' if number == 0 and area == 'A' else 'common'}\n"
    for area in "ABC"
    for number in range(8)
)


def test_the_only_person_in_an_area_who_has_a_rare_disease(tmp_path: Path) -> None:
    """The example of ANON-07; one more person, in another area, has it too."""
    path = put(tmp_path, SEED.replace("pC0,C,30,common", "pC0,C,30,rare"))
    found = risk(path, RiskRequest(("area", "age"), person="person", confidential="disease")).as_json()
    alone = found["alone_by_two_facts"]
    assert next(pair for pair in alone["pairs"] if pair["rare"]) == {  # type: ignore[index]
        "first": "area",
        "second": "disease",
        "alone": 2,
        "rare": 2,
    }
    first = alone["examples"][0]  # type: ignore[index]
    assert first == {"facts": {"disease": "rare", "area": "A"}, "holders": {"disease": 2, "area": 8}}


def test_what_is_hidden_is_no_fact_that_somebody_knows(tmp_path: Path) -> None:
    rows = ["A,30", "A,31", "A,*", "B,30", "B,31", "B,31", "B,31"]
    found = risk(put(tmp_path, "area,age\n" + "\n".join(rows) + "\n*,30\n"), RiskRequest(("area", "age"))).rare
    assert found.examples and all("*" not in each.facts.values() for each in found.examples)


def test_a_class_that_shares_a_value_tells_it_of_all_its_people(tmp_path: Path) -> None:
    path = put(tmp_path, SEED)
    document = risk(path, RiskRequest(("area", "age"), person="person", confidential="disease")).as_json()
    told = document["attribute_disclosure"]
    assert (document["l"], told["classes"], told["rows"], told["people"]) == (1, 5, 20, 20)  # type: ignore[index]
    assert told["shared"] == [{"value": "common", "classes": 5, "rows": 20}]  # type: ignore[index]
    assert told["baseline"] == pytest.approx(23 / 24) and document["t"] == pytest.approx(1 / 4 - 1 / 24)  # type: ignore[index]


def test_a_population_says_who_is_unique_in_it(tmp_path: Path) -> None:
    path = put(tmp_path, "age,sex\n30,f\n31,f\n31,m\n31,m\n")
    (tmp_path / "all.csv").write_text("sex,age,more\n" + "f,30,x\n" * 3 + "f,31,x\n" + "m,31,x\nm,32,x\n")
    document = risk(path, RiskRequest(("age", "sex"), population=tmp_path / "all.csv")).as_json()
    assert document["population"] == {"rows": 6, "uniques": 1, "missing": 2}
    journalist = document["attackers"]["journalist"]  # type: ignore[index]
    assert journalist["mean"] == pytest.approx((1 / 3 + 1 + 1 / 2 + 1 / 2) / 4)
    assert document["population_uniqueness"]["fraction"] == pytest.approx(4 / 6)  # type: ignore[index]


def test_a_sampling_fraction_brings_the_models_and_dis(tmp_path: Path) -> None:
    rows = [f"{n % 7},{n % 5},{n * n % 11}" for n in range(60)]
    path = put(tmp_path, "a,b,c\n" + "\n".join(rows) + "\n")
    report = risk(path, RiskRequest(("a", "b", "c"), fraction=0.05))
    document = report.as_json()
    found = document["population_uniqueness"]
    assert found["population"] == 1200 and found["chosen"] in ("pitman", "zayatz")  # type: ignore[index]
    assert document["special_uniques"]["file_dis"] is not None  # type: ignore[index]
    assert "uniques expected in a population of 1,200" in report.as_text()
    assert "population_uniqueness" not in risk(path, RiskRequest(("a", "b"))).as_json()


def test_people_are_counted_in_special_uniques_too(tmp_path: Path) -> None:
    """Both rows of p stand alone by area; that is one person, so p is alone there."""
    path = put(tmp_path, "who,area,sex\np,A,f\np,A,f\nq,B,f\nr,B,f\n")
    by_row = risk(path, RiskRequest(("area", "sex"))).special
    by_person = risk(path, RiskRequest(("area", "sex"), person="who")).special
    assert (by_row.unique, by_person.unique, by_person.special) == (0, 1, 1)
    assert by_person.sets == ((("area",), 1),)


def test_hierarchies_show_what_each_level_buys_and_costs(tmp_path: Path) -> None:
    path = put(tmp_path, "age,sex\n30,f\n31,f\n40,m\n41,m\n*,*\n")
    (tmp_path / "in_hierarchy_age.csv").write_text("30;30-39;*\n31;30-39;*\n40;40-49;*\n41;40-49;*\n")
    report = risk(path, RiskRequest(("age", "sex"), hierarchies=tmp_path))
    levels = report.as_json()["levels"]
    assert levels["without_hierarchy"] == ["sex"]  # type: ignore[index]
    bands = levels["one_column"][0]  # type: ignore[index]
    assert (bands["column"], bands["k"], bands["uniques"], bands["loss"]) == ("age", 2, 0, pytest.approx(1 / 6))
    assert report.suppressed == 1 and "age to level 1" in report.as_text()


def test_a_million_like_rows_cost_no_more_than_their_combinations(tmp_path: Path) -> None:
    """Held are combinations: the numbers for one file repeated are those of the file, sizes aside."""
    once = "a,b\n" + "".join(f"{n % 13},{n % 7}\n" for n in range(500))
    few = risk(put(tmp_path, once), RiskRequest(("a", "b")))
    many = risk(put(tmp_path, once + once.removeprefix("a,b\n") * 3), RiskRequest(("a", "b")))
    assert many.risk.classes == few.risk.classes and many.risk.k == 4 * few.risk.k
    assert [size * 4 for size, _, _ in few.sizes] == [size for size, _, _ in many.sizes]


DIRECT = """nhs_number NHS-Number NEWNHSNO nhsno name Surname firstName patient_name address Address_Line_1 HOMEADD
    postcode post_code dob DateOfBirth date_of_birth email phone mobile LOPATID hospital_number
    uprn n_a_m_e initials CHI_number ip_address geo_lat Longitude grid_reference what3words face_image fingerprint
    vehicle_reg iban twitter_handle surname_2 email1 enw cod_post"""
OTHER = """hospital_name drug_name age sex id person_id diagnosis area admidate MYDOB token
    lat long chi_square drug_2 image latency initial_dose a_b_c stage2 icd10 opcs4 fingerprints_taken"""


@pytest.mark.parametrize("name", DIRECT.split())
def test_direct_identifiers_are_known_by_name(name: str) -> None:
    assert named_like_identifier(name)


@pytest.mark.parametrize("name", OTHER.split())
def test_other_columns_are_not_taken_for_identifiers(name: str) -> None:
    assert not named_like_identifier(name)


def test_the_page_has_every_part_and_fetches_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, SEED.replace("common", "<b>common</b>"))
    request = RiskRequest(
        ("area", "age"), person="person", confidential="disease", fraction=0.2, hierarchies=tmp_path, threshold=3
    )
    page = as_html(risk(path, request))
    for part in ("Rows by size of class", "Three attackers", "Which columns drive", "Alone by few", "A rare value"):
        assert part in page
    for part in ("What classes give away of disease", "Unique in the population", "What coarsening buys"):
        assert part in page
    assert "&lt;b&gt;common&lt;/b&gt;" in page and "<b>common" not in page
    assert not re.search(r"https?:|src=|<script|@import|url\(", page)
    assert page.count("<svg") == page.count("</svg>") == 1 and page.count('<ul class="bars"') >= 4
    assert re.search(r">1</text>", page), "the first step has its number in the picture"
    write_page(risk(path, request), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text() == page
    with pytest.raises(BadInput):
        write_page(risk(path, request), tmp_path / "nowhere" / "page.html")
