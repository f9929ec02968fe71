"""Anyone can read which approvals are relied on, and check that each stands in the log."""

from __future__ import annotations

import csv
import io
import json

import pytest

pytestmark = pytest.mark.xdist_group("service")


def test_an_approval_shows_the_particulars_and_says_whose_register_counts(service):
    page = service.get("/approvals/26-CAG-0101")
    assert page.status == 200
    for said in ("authoritative", "Secretary of State", "clinical audit", "APP-002.R1", "security assurance in date",
                 "It applies", "letter of final support", "In force"):  # fmt: skip
        assert said.casefold() in page.text.casefold(), said
    assert "data access team" not in page.text


@pytest.mark.parametrize(("asked", "found"), [("CANCER+audit", True), ("unicorn", False)])
def test_a_word_is_looked_for_in_all_that_an_approval_says(service, asked, found):
    assert ('href="/approvals/26-CAG-0101"' in service.get(f"/approvals?q={asked}").text) is found


def test_csv_and_json_say_the_same(service):
    plain = json.loads(service.get("/approvals.json").text)
    rows = list(csv.DictReader(io.StringIO(service.get("/approvals.csv").text)))
    assert [row["id"] for row in rows] == [each["id"] for each in plain["approvals"]] == ["26-CAG-0101"]
    assert "authoritative" in plain["says"]


def test_the_proof_of_an_approval_is_of_its_entry(service):
    entry = json.loads(service.get("/approvals.json").text)["approvals"][0]["entry"]
    proof = service.get("/approvals/26-CAG-0101/proof").text
    assert f"index {entry}\n" in proof


@pytest.mark.parametrize("path", ["/approvals/none", "/approvals/none/proof", "/approvals/26-CAG-0101/more"])
def test_an_approval_that_is_not_there_is_not_found(service, path):
    assert service.get(path).status == 404
