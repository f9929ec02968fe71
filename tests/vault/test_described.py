"""Describing a dataset."""

import json

import pytest

from openhaven.model.errors import BadInput
from openhaven.vault.describe import add_dataset, dataset, datasets


def test_a_description_reads_back(bench):
    described = bench.describe()
    assert dataset(bench.vault, "episodes") == described and datasets(bench.vault) == ("episodes",)
    assert described.in_order == (("admitted", "discharged"),)


def test_the_same_description_again_changes_nothing_and_another_is_refused(bench, made):
    first = bench.describe()
    assert bench.describe() == first
    with pytest.raises(BadInput, match="described otherwise already"):
        bench.describe(fields=made.episodes[:4], in_order=())
    assert dataset(bench.vault, "episodes") == first


def test_a_dataset_that_is_not_there_is_named_with_those_that_are(bench):
    bench.describe()
    with pytest.raises(BadInput, match=r"no dataset 'episode' here\. There are: episodes\."):
        dataset(bench.vault, "episode")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"constraints": {"pattern": "("}}, "field name cannot be checked as described"),
        ({"type": "date", "format": "%Q"}, "field name cannot be checked as described"),
        ({"constraints": {"minimum": 1}}, "minimum and maximum are for numbers only"),
        ({"constraints": {"maxLength": 1}}, "'maxLength' is not checked by this version"),
        ({"role": "secret"}, "secret"),
        ({"refers_to": "nobody"}, "refers to nobody"),
    ],
)
def test_a_field_that_could_not_be_checked_is_refused(bench, made, changes, says):
    fields = [*made.episodes[:2], made.field("name", "string", "identifier", **{}) | changes]
    with pytest.raises(BadInput, match=says):
        bench.describe(fields=fields, in_order=())
    assert datasets(bench.vault) == ()


@pytest.mark.parametrize(("content", "says"), [("{", "not JSON"), ("[]", "not a data package"), ("{}", "format None")])
def test_what_is_not_a_description_is_refused(bench, content, says):
    with pytest.raises(BadInput, match=says):
        add_dataset(bench.vault, bench.file(content, "datapackage.json"))


def test_an_id_that_would_leave_the_vault_is_refused(bench):
    with pytest.raises(BadInput, match="cannot name a folder"):
        bench.describe(id="../episodes")


def test_the_description_is_kept_as_it_was_given(bench):
    bench.describe()
    kept = json.loads((bench.vault.dataset("episodes") / "datapackage.json").read_text())
    assert kept["title"] == "Made for a test"
