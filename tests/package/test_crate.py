"""The metadata for machines keeps the rules of RO-Crate 1.2, and claims no more of the Five Safes than is true."""

import json
import re

import pytest

from openhaven.package.crate import PROFILE, SHP

WEB = ("https://w3id.org/ro/", "http://schema.org/", SHP)
STATUSES = {f"http://schema.org/{name}ActionStatus" for name in ("Completed", "Potential")}


@pytest.fixture(scope="module")
def crate(whole):
    return json.loads((whole.package / "ro-crate-metadata.json").read_bytes())


@pytest.fixture(scope="module")
def graph(crate):
    return {entity["@id"]: entity for entity in crate["@graph"]}


@pytest.fixture(scope="module")
def root(graph):
    return graph["./"]


def each(value):
    return value if isinstance(value, list) else [value]


def types(entity):
    return each(entity["@type"])


def references(value):
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def acts(graph):
    return [entity for entity in graph.values() if any(kind.endswith("Action") for kind in types(entity))]


# ---- RO-Crate 1.2: the file, its descriptor, its root, its entities


def test_it_is_flattened_json_ld_each_entity_once_with_an_id_and_a_type(crate, graph):
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context" and set(crate) == {"@context", "@graph"}
    assert len(graph) == len(crate["@graph"])
    for entity in crate["@graph"]:
        assert entity["@id"] and entity["@type"]
        for value in (inner for name in entity for inner in each(entity[name])):
            assert isinstance(value, str | int) or set(value) == {"@id"}, "nothing but references stands within"


def test_the_descriptor_is_about_the_root_and_states_the_specification(graph):
    assert graph["ro-crate-metadata.json"] == {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.2"},
    }


def test_the_root_says_what_it_is_and_lists_every_file(graph, root, whole):
    files = {each.relative_to(whole.package).as_posix() for each in whole.package.rglob("*") if each.is_file()}
    assert root["@type"] == "Dataset" and root["name"] and root["description"]
    assert root["datePublished"] == "2026-11-21"
    assert {part["@id"] for part in root["hasPart"]} == files - {"ro-crate-metadata.json"}
    assert all("File" in types(graph[part["@id"]]) for part in root["hasPart"])
    assert "destroy by" in graph[root["license"]["@id"]]["description"]
    assert graph[root["publisher"]["@id"]]["name"] == "The North Haven"


def test_every_reference_leads_somewhere_and_every_entity_is_named_and_reached(crate, graph):
    reached = set(references(crate["@graph"]))
    for referred in reached:
        assert referred in graph or referred.startswith(WEB), referred
    assert set(graph) - reached == {"ro-crate-metadata.json"}
    assert all(entity.get("name") for id, entity in graph.items() if id != "ro-crate-metadata.json")


# ---- the Five Safes profile 0.4


def test_the_release_is_asked_for_signed_off_checked_and_summed_and_each_phase_is_mentioned(graph, root):
    assert [act["@id"] for act in root["mentions"]][:5] == [
        "#request",
        "#sign-off",
        "#release",
        "#disclosure",
        "#checksums",
    ]
    assert {act["@id"] for act in root["mentions"]} == {act["@id"] for act in acts(graph)}
    kinds = {
        act["@id"]: act["additionalType"]["@id"].removeprefix(SHP) for act in acts(graph) if "additionalType" in act
    }
    assert kinds == {"#sign-off": "SignOff", "#disclosure": "DisclosureCheck", "#checksums": "GenerateCheckValue"}


def test_every_act_says_who_did_it_and_how_it_stands(graph):
    for act in acts(graph):
        agent = graph[act["agent"]["@id"]]
        assert agent["@type"] in ("Organization", "SoftwareApplication") and act["actionStatus"] in STATUSES
        if agent["@type"] == "SoftwareApplication":
            assert graph[agent["provider"]["@id"]]["@type"] == "Organization"
        if "AssessAction" in types(act):
            assert {"@id": "./"} in each(act["object"]) and re.fullmatch(r"\d{4}-\d\d-\d\d", act["endTime"])


def test_who_asks_is_the_recipient_on_behalf_of_a_project(graph, root):
    project = graph[root["sourceOrganization"]["@id"]]
    assert project["@type"] == "Project" and {"@id": graph["#request"]["agent"]["@id"]} in project["member"]
    assert graph[project["identifier"]["@id"]]["value"] == "APP-2026-031"
    assert graph["#release"]["participant"] == {"@id": "#organisation-uni-north"}


def test_what_was_made_is_listed_and_may_be_read_by_the_project_alone(graph, root):
    for made in graph["#release"]["result"]:
        assert made in root["hasPart"] and "DigitalDocument" in types(graph[made["@id"]])
        permission = graph[graph[made["@id"]]["hasDigitalDocumentPermission"]["@id"]]
        assert permission["permissionType"] == "http://schema.org/ReadPermission"
        assert permission["grantee"] == root["sourceOrganization"]


def test_what_is_promised_is_not_said_to_be_done(graph):
    promises = {id: act for id, act in graph.items() if id.startswith("#promise-")}
    assert set(promises) == {"#promise-encrypt-to", "#promise-destroy-by"}
    assert {act["actionStatus"] for act in promises.values()} == {"http://schema.org/PotentialActionStatus"}
    assert promises["#promise-destroy-by"]["agent"] == {"@id": "#organisation-uni-north"}
    assert "6 obligations measured" in graph["#disclosure"]["name"]


def missed(graph, package):
    """What the profile says a crate must have, and this one has not."""
    root = graph["./"]
    created = [act for act in acts(graph) if "CreateAction" in types(act)]
    musts = {
        "mainEntity is a workflow crate": "mainEntity" in root,
        "the run has the workflow as its instrument": any("instrument" in act for act in created),
        "the agent of the run is a person": any("Person" in types(graph[act["agent"]["@id"]]) for act in created),
        "the run is mentioned": all({"@id": act["@id"]} in root["mentions"] for act in created),
        "the source organisation is a project": graph[root["sourceOrganization"]["@id"]]["@type"] == "Project",
        "it lies in a bag": (package / "bagit.txt").exists(),
        "the root is ./": root["@id"] == "./",
    }
    return {must for must, kept in musts.items() if not kept}


def test_it_claims_to_conform_only_if_it_does(graph, root, whole):
    """A release runs no workflow, and names no person where everybody may read it."""
    assert missed(graph, whole.package) == {
        "mainEntity is a workflow crate",
        "the run has the workflow as its instrument",
        "the agent of the run is a person",
        "it lies in a bag",
    }
    assert "conformsTo" not in root and {"@id": PROFILE} in root["isBasedOn"]
