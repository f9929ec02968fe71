"""Papers as clumsy hands send them: told in one plain message, never our fault."""

import json

import pytest

from openhaven.model.dataset import dataset_from_package
from openhaven.model.errors import BadInput
from openhaven.model.plain import read_toml
from openhaven.vault.places import read_json

DATASET = {
    "openhaven": {"format": 1, "dataset": "visits", "setting": "hospital", "territory": "England"},
    "resources": [{"schema": {"fields": [{"name": "sex", "type": "string", "role": "quasi"}]}}],
}


@pytest.mark.parametrize(
    ("text", "says"), [("a = " + "[" * 5000, "too deep"), ("k = " + "9" * 5000, "4300"), ("k = 1\nk = 2", "overwrite")]
)
def test_toml_that_no_program_reads_is_bad_input(text, says):
    with pytest.raises(BadInput, match=r"^x\.toml: this is not TOML") as error:
        read_toml(text, where="x.toml")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 200_000, "too deep"),
        ('{"role": "identifier", "role": "content"}', "'role' stands twice"),
        ('{"title": "\\ud800"}', "half a character"),
        ("", "this is not JSON"),
    ],
)
def test_json_that_no_program_reads_alike_is_bad_input(tmp_path, text, says):
    (tmp_path / "x.json").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"^x\.json") as error:
        read_json(tmp_path / "x.json", where="x.json")
    assert says in str(error.value)


def test_json_saved_with_a_byte_order_mark_is_read_and_in_another_encoding_is_refused_plainly(tmp_path):
    (tmp_path / "x.json").write_text('{"a": 1}', "utf-8-sig")
    assert read_json(tmp_path / "x.json", where="x.json") == {"a": 1}
    (tmp_path / "x.json").write_text('{"a": 1}', "utf-16")
    with pytest.raises(BadInput, match=r"^x\.json: this is not UTF-8 text. Save it as UTF-8\.$"):
        read_json(tmp_path / "x.json", where="x.json")


def described(**changed):
    return dataset_from_package(json.loads(json.dumps(DATASET)) | changed, where="dp.json")


@pytest.mark.parametrize(
    "changed",
    [
        {"openhaven": None},
        {"openhaven": []},
        {"resources": None},
        {"resources": {}},
        {"resources": [None]},
        {"resources": [{"schema": None}]},
        {"resources": [{"schema": {"fields": None}}]},
        {"resources": [{"schema": {"fields": [None]}}]},
        {"resources": [{"schema": {"fields": [{"name": "a", "role": "quasi", "constraints": 3}]}}]},
    ],
)
def test_a_description_of_another_shape_is_bad_input(changed):
    assert described().fields[0].name == "sex"
    with pytest.raises(BadInput, match=r"^dp\.json: "):
        described(**changed)


def test_a_description_without_fields_is_not_taken_since_it_could_never_be_changed():
    with pytest.raises(BadInput, match="no field"):
        described(resources=[{"schema": {"fields": []}}])
