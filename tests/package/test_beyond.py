"""`haven verify --against` looks at all that a certificate demands of the rows, and each miss is one failed check."""

import sys
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from openhaven.model.certificate import Line
from openhaven.model.obligation import (
    Checker,
    Evidence,
    KOverEvents,
    KOverKeys,
    LDiversity,
    NoPersonLink,
    Standing,
    TCloseness,
)
from openhaven.model.protection import Distance, Spread
from openhaven.model.words import Precision
from openhaven.package.open import open_package
from openhaven.package.report import Mark
from openhaven.package.verify import verify

story = sys.modules["package_story"]
WHY = {"provisions": ("ANON-03",), "because": "The agreement asks for it."}
QUASI = ("date_of_birth", "sex", "postcode")


def verified(tmp_path, *demands):
    """The checks beyond those of a package without demands, of one whose certificate says that these were measured."""
    made = story.table()
    pq.write_table(made, plain := tmp_path / "episodes.parquet")
    certificate = story.certificate(story.output(plain))
    more = tuple(Line(each, Evidence(each.kind, Standing.MEASURED, "It holds.", {}, Checker.RECIPIENT, {})) for each in demands)  # fmt: skip  # noqa: E501
    kept = story.make(tmp_path / "made", made=made, certificate=replace(certificate, lines=(*certificate.lines, *more)))
    open_package(kept.package, key_file=kept.key_file, out=tmp_path / "opened")
    return verify(kept.package, trust=story.TRUST, against=tmp_path / "opened")


def diversity(l):  # noqa: E741
    return LDiversity(field="diagnosis", l=l, spread=Spread.DISTINCT, c=None, at=Precision.AS_HELD, quasi=QUASI, **WHY)


def closeness(t):
    return TCloseness(field="diagnosis", t=t, distance=Distance.EQUAL, quasi=QUASI, **WHY)


@pytest.mark.parametrize(
    ("holds", "misses"),
    [
        (diversity(2), diversity(4)),
        (closeness(0.9), closeness(0.001)),
        (KOverKeys(k=15, keys=1, quasi=QUASI, **WHY), KOverKeys(k=40, keys=1, quasi=QUASI, **WHY)),
        (KOverEvents(k=4, events=2, quasi=QUASI, **WHY), KOverEvents(k=11, events=2, quasi=QUASI, **WHY)),
        (None, NoPersonLink(**WHY)),
    ],
    ids=["l", "t", "keys", "events", "link"],
)
def test_what_the_file_does_not_keep_is_found(tmp_path, holds, misses):
    asked = [each for each in (holds, misses) if each is not None]
    report = verified(tmp_path, *asked)
    assert not report.verified and report.status == 6
    failing = [each for each in report.checks if each.mark is Mark.FAILED]
    assert len(failing) == 1, report.as_text()
    assert len([each for each in report.checks if each.what == failing[0].what]) == len(asked)
    if holds is not None:
        assert verified_alone(tmp_path / "again", holds)


def verified_alone(folder, demand):
    folder.mkdir()
    return verified(folder, demand).verified


def hierarchical(field, t):
    return TCloseness(field=field, t=t, distance=Distance.HIERARCHICAL, quasi=QUASI, **WHY)


@pytest.mark.parametrize("field", ["diagnosis", "admission_date", "length_of_stay"])
def test_a_certificate_of_before_trees_were_told_is_checked_all_the_same(tmp_path, field):
    """Its lines say nothing of how values become coarser: whatever suits the column is tried, and all must agree."""
    assert verified_alone(tmp_path / "holds", hierarchical(field, 0.9))
    (tmp_path / "misses").mkdir()
    report = verified(tmp_path / "misses", hierarchical(field, 1e-5))
    misses = [each for each in report.checks if each.mark is not Mark.PASSED]
    assert [each.mark for each in misses] == [Mark.FAILED]


def test_where_it_depends_on_what_is_not_told_it_is_not_checked(tmp_path):
    """Sex as held may be of a plain field, of codes or of places; only what holds by all of them is passed."""
    assert verified_alone(tmp_path / "holds", hierarchical("sex", 1.0))
    (tmp_path / "open").mkdir()
    report = verified(tmp_path / "open", hierarchical("sex", 0.2))
    assert [each.mark for each in report.checks if each.mark is not Mark.PASSED] == [Mark.NOT_CHECKED]
