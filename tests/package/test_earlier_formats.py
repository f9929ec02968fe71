"""Packages of every earlier format verify and open: one of each is kept, as it was made."""

import shutil
from pathlib import Path

import pytest

from openhaven.package.open import open_package
from openhaven.package.verify import read_trust, verify

KEPT = Path(__file__).parents[1] / "data"
EARLIER = [1]


@pytest.mark.parametrize("format", EARLIER)
def test_a_package_of_an_earlier_format_verifies_and_opens(format, tmp_path):
    kept = KEPT / f"package-{format}"
    trust = read_trust(kept / "trust.txt")
    report = verify(kept / "package", trust=trust, against=kept / "opened")
    assert report.verified and [each.kind for each in report.promised] == ["encrypt-to", "destroy-by"]
    files = open_package(kept / "package", key_file=kept / "recipient.key", out=tmp_path / "out")
    assert [each.read_bytes() for each in files] == [(kept / "opened" / each.name).read_bytes() for each in files]


@pytest.mark.parametrize("format", EARLIER)
def test_an_altered_one_does_not(format, tmp_path):
    kept, copy = KEPT / f"package-{format}", tmp_path / "package"
    shutil.copytree(kept / "package", copy)
    face = (copy / "certificate.json").read_bytes()
    (copy / "certificate.json").write_bytes(face.replace(b'"format":1', b'"format":2'))
    assert not verify(copy, trust=read_trust(kept / "trust.txt")).verified
