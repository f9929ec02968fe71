"""What other catalogues are given is valid by their own schemas, whatever a dataset is called or lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pyshacl import validate
from rdflib import Graph

from openhaven.haven.for_catalogues import Publisher, as_dcat, as_hdruk
from openhaven.model.words import Role

DATA = Path(__file__).parents[1] / "data" / "catalogues"
HDRUK = Draft202012Validator(
    json.loads((DATA / "hdruk-4.0.0.schema.json").read_text("utf-8")),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
BY = Publisher("A haven", "1 Mill Lane, data@haven.example.org", "haven.example.org", "https://haven.example.org/data")
words = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=700).filter(str.strip)
field = st.fixed_dictionaries(
    {
        "name": words,
        "title": words,
        "description": st.just("") | words,
        "type": st.sampled_from(["string", "date"]),
        "role": st.sampled_from([each.value for each in Role]),
        "says": words,
        "codes": st.just(""),
    }
)
dataset = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True),
        "title": words.filter(lambda text: len(text) > 1),
        "description": st.just("") | words,
        "made_in": st.sampled_from(["hospitals", "GP practices", "councils", "other places"]),
        "territory": words,
        "fields": st.lists(field, min_size=1, max_size=4),
        "controllers": st.lists(words, max_size=3),
        "rows": st.sampled_from(["0", "*", "12345"]),
        "deliveries": st.integers(0, 3),
        "updated": st.sampled_from(["", "2026-11-01"]),
        "described": st.just("2026-10-01"),
        "routes": st.lists(words, max_size=2),
        "takes": st.just([{"what": "A purpose that serves health.", "provision": "LAW-50"}]),
    }
)


@given(dataset)
@settings(max_examples=100)
def test_every_dataset_is_valid_by_the_schema_of_hdr_uk(listed):
    assert [error.message for error in HDRUK.iter_errors(as_hdruk(listed, BY))] == []


@pytest.mark.parametrize("part", ["summary", "accessibility", "observations", "identifier"])
def test_the_schema_would_find_a_part_that_is_missing(part):
    made = as_hdruk(LISTED, BY)
    del made[part]
    assert not HDRUK.is_valid(made)


def test_the_identifier_stays_the_same_and_is_of_the_haven():
    other = Publisher("A haven", "", "other.example.org", BY.at)
    assert as_hdruk(LISTED, BY)["identifier"] == as_hdruk(LISTED | {"title": "Another title"}, BY)["identifier"]
    assert as_hdruk(LISTED, BY)["identifier"] != as_hdruk(LISTED, other)["identifier"]
    assert as_hdruk(LISTED, other)["summary"]["contactPoint"] is None


def test_counts_of_few_are_not_said():
    assert as_hdruk(LISTED | {"rows": "*"}, BY)["observations"] == []
    assert as_hdruk(LISTED, BY)["summary"]["populationSize"] == -1, "not reported"


def shacl(made):
    data = Graph().parse(data=json.dumps(made), format="json-ld")
    shapes = Graph().parse(DATA / "dcat-ap-3.0.1.shapes.ttl")
    conforms, _, said = validate(data, shacl_graph=shapes)
    return conforms, said


def test_the_catalogue_conforms_to_dcat_ap():
    conforms, said = shacl(as_dcat([LISTED, LISTED | {"id": "empty", "updated": "", "routes": []}], BY))
    assert conforms, said


@pytest.mark.parametrize("part", ["dct:title", "dct:description"])
def test_the_shapes_would_find_a_part_that_is_missing(part):
    made = as_dcat([LISTED], BY)
    del made["dcat:dataset"][0][part]
    assert not shacl(made)[0]


SEX = {"name": "sex", "title": "Sex", "description": "", "type": "string", "role": "quasi", "says": "", "codes": ""}
LISTED = {
    "id": "episodes",
    "title": "Hospital episodes",
    "description": "Admitted patient care.",
    "made_in": "hospitals",
    "territory": "England",
    "fields": [SEX],
    "controllers": ["A trust"],
    "rows": "2000",
    "deliveries": 1,
    "updated": "2026-11-01",
    "described": "2026-10-01",
    "routes": ["section 254"],
    "takes": [{"what": "A purpose that serves health.", "provision": "LAW-50"}],
}
