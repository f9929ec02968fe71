"""The registers for anyone: each use with all that is asked about it, its proof, and the page that checks it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("service")
VERIFIER = Path(__file__).parents[2] / "verifier" / "verify.py"


def rows(service, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(service.get(path).text)))


def test_the_form_of_hdr_uk_has_its_headings_and_what_it_requires(service):
    found = rows(service, "/uses-hdruk.csv")
    assert len(found) == len(json.loads(service.get("/uses.json").text)["releases"])
    assert list(found[0])[:2] == ["Project ID", "Organisation name*"] and len(found[0]) == 31
    for row in found:
        assert all(row[heading] for heading in row if heading.endswith("*")), row["Project ID"]
    assert "anonymous" not in json.dumps(found).casefold()


def test_each_use_has_the_fields_of_the_nhs_register(service):
    (audit,) = [row for row in rows(service, "/uses.csv") if row["release"] == "APP-002.R1"]
    assert audit["confidentiality"] == "Section 251 support (COPI regulation 5)" and audit["level"] == "identifiable"
    assert audit["commercial"] == "no" and audit["starts"] < audit["ends"] and "NHS number" in audit["fields"]


def test_a_field_is_told_as_it_left(service):
    (study,) = [row for row in rows(service, "/uses.csv") if row["release"] == "APP-001.R1"]
    became = ("NHS number (replaced by a code)", "Admitted on (year only)", "Age on admission, in years (left empty)")
    for told in became:
        assert told in study["fields"]
    assert study["fields"].split("; ")[1] == "Sex"


def test_refusals_are_among_the_registers_and_name_nobody(service):
    found = rows(service, "/uses/not-released.csv")
    assert {row["verdict"] for row in found} == {"refuse", "refer"} and {row["applicant"] for row in found} == {
        "(not named)"
    }


def test_a_use_is_proven_with_what_its_page_offers_and_nothing_of_ours(service, tmp_path):
    page = service.get("/uses/APP-002.R1").text
    paths = re.findall(r'href="([^"]+)" download', page)
    assert len(paths) == 3
    for name, path in zip(("entry", "proof", "key"), paths, strict=True):
        (tmp_path / name).write_text(service.get(path).text, encoding="utf-8")
    command = [sys.executable, VERIFIER, "entry", *(tmp_path / name for name in ("entry", "proof", "key"))]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 0 and "holds it as entry" in said.stdout, said.stderr
    (tmp_path / "entry").write_text((tmp_path / "entry").read_text().replace("APP-002", "APP-003"), encoding="utf-8")
    assert subprocess.run(command, capture_output=True).returncode == 6


def test_the_page_that_checks_is_the_one_of_the_repository_and_may_reach_no_network(service):
    page = service.get("/check")
    assert page.text == VERIFIER.with_name("check.html").read_text("utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sha256-" in policy and "unsafe" not in policy and "nonce" not in policy
    assert service.get("/check/verify.py").text == VERIFIER.read_text("utf-8")


def test_the_page_that_checks_works_as_served(service, browser, tmp_path):
    for name, path in (("entry", "/uses/APP-002.R1/entry"), ("proof", "/uses/APP-002.R1/proof")):
        (tmp_path / name).write_text(service.get(path).text, encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{service.address}/check")
    page.get_by_label("If the log holds an entry").check()
    page.set_input_files("#first", tmp_path / "entry")
    page.set_input_files("#second", tmp_path / "proof")
    page.get_by_label("The key of the log").fill(service.get("/log-key.txt").text.strip())
    page.get_by_role("button", name="Check").click()
    page.get_by_text("It is so:").wait_for()
    page.close()


@pytest.mark.parametrize("what", ["assured", "breaches"])
def test_csv_and_json_of_a_register_say_the_same(service, what):
    plain = json.loads(service.get(f"/{what}.json").text)[what]
    assert [row["id"] for row in rows(service, f"/{what}.csv")] == [each["id"] for each in plain]
    assert service.get(f"/{what}").status == 200


def test_who_is_assured_until_when_is_shown(service):
    page = service.get("/assured?q=cancer").text
    assert "National Cancer Audit" in page or "Cancer" in page
    assert "in date" in page and "data access team" not in page
