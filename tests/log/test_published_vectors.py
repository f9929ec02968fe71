"""The published vectors of others, which every verifier of ours has to answer as they say."""

import base64
import json
from pathlib import Path

import pytest
from verifiers import NODE, REFUSED, verify_js, verify_py

from openhaven.log.tree import verify_consistency, verify_inclusion
from openhaven.model.errors import NotVerified

VECTORS = json.loads((Path(__file__).parent / "data" / "transparency_dev.json").read_text("utf-8"))


def unbase64(text):
    return base64.b64decode(text or "")


def shown(function, *arguments, **named):
    try:
        function(*arguments, **named)
    except (NotVerified, *REFUSED):
        return False
    return True


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda each: each["file"])
def test_inclusion_as_transparency_dev_publishes_it(vector):
    leaf, root = unbase64(vector["leafHash"]), unbase64(vector["root"])
    path, index, size = [unbase64(each) for each in vector["proof"] or []], vector["leafIdx"], vector["treeSize"]
    assert shown(verify_inclusion, leaf, path, index=index, size=size, root=root) is not vector["wantErr"]
    assert shown(verify_py.included, leaf, index, path, size, root) is not vector["wantErr"]


def wanted(vector):
    """Whether the vector has to be accepted. One has roots of 12 bytes, which are no hashes: we say so, others not."""
    return not vector["wantErr"] and len(unbase64(vector["root1"])) == 32


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda each: each["file"])
def test_consistency_as_transparency_dev_publishes_it(vector):
    first, second = vector["size1"], vector["size2"]
    older, newer = unbase64(vector["root1"]), unbase64(vector["root2"])
    path = [unbase64(each) for each in vector["proof"] or []]
    ours = shown(verify_consistency, path, first=first, second=second, first_root=older, second_root=newer)
    assert ours is wanted(vector)
    assert shown(verify_py.grown, first, older, path, second, newer) is (first > 0 and wanted(vector))


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_the_page_answers_them_alike():
    """Growth is shown from a log that holds something, so none of the vectors from an empty one."""
    asked, expected = [], []
    for each in VECTORS["inclusion"]:
        leaf, root = ({"bytes": each[name] or ""} for name in ("leafHash", "root"))
        path = {"path": each["proof"] or []}
        asked.append(["included", leaf, big(each["leafIdx"]), path, big(each["treeSize"]), root])
        expected.append(not each["wantErr"])
    for each in VECTORS["consistency"]:
        path, roots = {"path": each["proof"] or []}, [{"bytes": each[name] or ""} for name in ("root1", "root2")]
        asked.append(["grown", big(each["size1"]), roots[0], path, big(each["size2"]), roots[1]])
        expected.append(each["size1"] > 0 and wanted(each))
    assert [answer is not None for answer, _ in verify_js(asked)] == expected


def big(number):
    return {"big": str(number)}
