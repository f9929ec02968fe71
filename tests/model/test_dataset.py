"""Which descriptions are read, and which are refused in words."""

import pytest

from openhaven.model.dataset import Field, dataset_from_package
from openhaven.model.errors import BadInput
from openhaven.model.words import FieldType, Role


@pytest.mark.parametrize("name", ["id", "case.id", "marital-status", "Date of Birth", "DIAG_3_01", "A"])
def test_a_column_may_be_called_as_files_call_them(name):
    assert Field(name, FieldType.STRING, Role.CONTENT).name == name


@pytest.mark.parametrize("name", ["", "_row", "1st", " id", "id ", "a-", "a,b", 'a"b', "a;b", "naïve", "a\nb", "a/b"])
def test_a_name_that_files_or_engines_could_misread_is_refused(name):
    with pytest.raises(ValueError, match="field name"):
        Field(name, FieldType.STRING, Role.CONTENT)


def package(**schema):
    ours = {"format": 1, "dataset": "d", "setting": "hospital", "territory": "England"}
    fields = [{"name": "id", "type": "string", "role": "person"}]
    return {"openhaven": ours, "title": "D", "resources": [{"schema": {"fields": fields, **schema}}]}


def test_words_for_a_missing_value_are_not_passed_over_in_silence():
    assert dataset_from_package(package(missingValues=[""]), where="d.json").id == "d"
    with pytest.raises(BadInput, match=r"d\.json: missingValues \['', 'NULL'\] are not read by this version"):
        dataset_from_package(package(missingValues=["", "NULL"]), where="d.json")
