"""What anyone can see without signing in: what is held, who used it, what was refused, and the log."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.xdist_group("service")


def test_a_use_of_data_says_who_what_for_and_by_which_rules(service):
    page = service.get("/uses/APP-001.R1")
    assert page.status == 200
    for said in ("University of Thornby", "research", "DSA-001", "rules of law and policy", "Hospital episodes"):
        assert said in page.text, said


def test_the_uses_are_those_of_the_register_the_latest_first(service):
    register = json.loads(service.get("/uses.json").text)
    shown = re.findall(r'href="/uses/(APP-\d+\.R\d+)"', service.get("/uses").text)
    assert shown == [each["release"] for each in reversed(register["releases"])]


@pytest.mark.parametrize(
    ("asked", "found"),
    [("trial+follow-up", ["APP-006.R1"]), ("Cancer+PROVIDER", ["APP-002.R1"]), ("unicorn", []), ("%3Cscript%3E", [])],
)
def test_a_word_is_looked_for_in_all_that_a_use_says(service, asked, found):
    assert re.findall(r'href="/uses/(APP-\d+\.R\d+)"', service.get(f"/uses?q={asked}").text) == found


def test_what_was_asked_for_is_shown_as_text_and_never_as_markup(service):
    assert "<script>alert" not in service.get("/uses?q=%3Cscript%3Ealert(1)%3C/script%3E").text


def test_the_feed_has_an_entry_for_each_use(service):
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(service.get("/uses.atom").text)
    assert len(feed.findall(f"{atom}entry")) == len(json.loads(service.get("/uses.json").text)["releases"])


def test_refusals_are_shown_without_the_name_of_who_asked(service):
    page = service.get("/uses/not-released")
    assert "refused" in page.text and "a person has to decide" in page.text
    assert "(not named)" in page.text and "We do not name who asked" in page.text
    found = service.get("/uses/not-released?q=INSURANCE").text
    assert "1 entry with “INSURANCE” in it." in found and "a person has to decide" not in found
    assert "0 entries with “&lt;b&gt;”" in service.get("/uses/not-released?q=%3Cb%3E").text


def test_a_dataset_shows_each_of_its_fields_and_what_it_can_tell(service, small_demo):
    package = json.loads((small_demo.haven / "vault/datasets/episodes/datapackage.json").read_text())
    page = service.get("/data/episodes").text
    for field in package["resources"][0]["schema"]["fields"]:
        assert f"<code>{field['name']}</code>" in page


def test_the_catalogue_is_linked_data_that_names_each_dataset(service):
    answer = service.get("/data.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    catalogue = json.loads(answer.text)
    assert catalogue["@type"] == "dcat:Catalog"
    for each in catalogue["dcat:dataset"]:
        assert service.get(each["@id"].removeprefix(service.address)).status == 200


def test_the_proof_of_a_use_and_the_checkpoint_are_those_of_the_log(service):
    checkpoint = service.get("/checkpoint").text
    assert checkpoint == (service.get("/uses/APP-002.R1/proof").text.partition("\n\n")[2])
    assert int(checkpoint.split("\n")[1]) > 100


def test_tiles_are_served_as_files_and_nothing_else_of_the_haven_is(service, small_demo):
    size = int(service.get("/checkpoint").text.split("\n")[1])
    assert service.get(f"/tile/0/000.p/{size}").status == 200
    for path in ("/tile/../../keys/master.key", "/tile/%2e%2e/%2e%2e/haven.toml", "/tile/0/999", "/tile/"):
        assert service.get(path).status == 404, path


@pytest.mark.parametrize("path", ["/nothing", "/uses/APP-999.R1", "/data/none", "/uses/APP-001.R1/nothing"])
def test_an_address_where_nothing_is_says_so_and_how_to_go_on(service, path):
    page = service.get(path)
    assert page.status == 404
    assert "Page not found" in page.text and 'href="/"' in page.text


@pytest.mark.parametrize(
    "path", ["/?page=x", "/uses?page=0", "/uses?page=-1", "/uses?page=999999999999", "/uses?q=%00"]
)
def test_an_odd_question_gets_a_page(service, path):
    assert service.get(path).status == 200


def test_headers_let_nothing_in_and_nothing_out(service):
    headers = service.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_a_nonce_is_never_used_twice(service):
    nonces = {re.search(r"'nonce-([^']+)'", service.get("/").headers["content-security-policy"])[1] for _ in range(5)}
    assert len(nonces) == 5


def test_the_service_says_whether_it_is_well(service):
    found = json.loads(service.get("/health").text)
    assert found["well"] and found["records"] and found["disk"] and found["log"] is not False
