"""What is done after the certificate is made is promised, never called met; and nothing else may be promised."""

import datetime as dt
import json
from dataclasses import replace

import package_story as story
import pytest

from openhaven.model.certificate import Certificate, Line
from openhaven.model.errors import BadInput
from openhaven.model.obligation import (
    MAY_BE_PROMISED,
    Checker,
    Evidence,
    Promise,
    Promiser,
    Standing,
    promise,
)
from openhaven.package.certificate import full, public, recipient
from openhaven.package.open import promised_by_recipient
from openhaven.package.page import as_html
from openhaven.package.promised import measured, promised
from openhaven.package.report import Mark
from openhaven.package.verify import verify
from openhaven.release.measure import MEASURES

KINDS = sorted(each.kind for each in MEASURES)
BY_2027 = promise("destroy-by", dt.date(2027, 11, 30))


@pytest.fixture(scope="module")
def certificate(whole) -> Certificate:
    return story.certificate(story.output(whole.plain))


@pytest.fixture(scope="module", params=["controllers", "recipient", "public"])
def face(request, certificate):
    if request.param == "controllers":
        return full(certificate)
    return {"recipient": recipient, "public": public}[request.param](certificate, rule=story.hes_2018)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in MAY_BE_PROMISED])
def test_what_can_be_measured_on_the_file_can_never_be_promised(kind):
    with pytest.raises(ValueError, match=f"{kind} must be measured"):
        promise(kind, None)
    with pytest.raises(ValueError, match=f"{kind} must be measured"):
        Evidence(kind, Standing.PROMISED, "later", {}, Checker.ANYONE, {}, BY_2027)


def test_only_what_is_done_after_the_certificate_may_be_promised():
    where, until = {"used-in", "kept-at", "within", "conditions"}, {"review", "use-until", "destroy-by", "replace"}
    assert set(MAY_BE_PROMISED) == {"encrypt-to", "register", "destroy-identifiers", *where, *until}
    assert set(MAY_BE_PROMISED) <= set(KINDS)


@pytest.mark.parametrize(
    "standing, made", [(Standing.PROMISED, None), (Standing.MEASURED, BY_2027), (Standing.NOT_MET, BY_2027)]
)
def test_a_promise_says_what_and_nothing_else_does(standing, made):
    with pytest.raises(ValueError, match="what is promised says what"):
        Evidence("destroy-by", standing, "later", {}, Checker.ANYONE, {}, made)


def test_a_promise_has_its_last_day_in_words_and_as_a_date():
    assert BY_2027.by_when == "by 30 November 2027" and BY_2027.due == dt.date(2027, 11, 30)
    assert promise("register", None).by_when == "before the key is given"


def test_an_obligation_that_is_not_met_has_no_certificate(certificate):
    line = certificate.lines[0]
    missed = Line(line.obligation, replace(line.evidence, standing=Standing.NOT_MET))
    with pytest.raises(ValueError, match="not met: only-fields"):
        replace(certificate, lines=(missed,))


def test_every_face_says_of_each_line_whether_it_was_measured_or_promised(face):
    standings = {line["obligation"]["kind"]: line["standing"] for line in face["lines"]}
    assert {kind for kind, standing in standings.items() if standing == "promised"} == {"encrypt-to", "destroy-by"}
    assert set(standings.values()) == {"measured", "promised"} and "met" not in face["lines"][0]
    assert face["lines"][-1]["promise"] == {
        "by_whom": "the recipient",
        "by_when": "by 30 November 2027",
        "shown_by": "a certificate of destruction from the recipient, as the agreement asks",
        "due": "2027-11-30",
    }


def test_the_page_parts_what_was_measured_from_what_is_promised(face):
    page = as_html(face, naming=story.NAMING)
    before, after = page.split('id="promises"')
    assert "6 were measured and met" in before and "2 are promised" in before
    assert page.count('class="tick"') == before.count('class="tick"') == 6
    assert "The recipient</strong>, by 30 November 2027" in after
    assert "every obligation met" not in page


def test_verify_shows_what_is_promised_and_checks_no_more_than_it_can(whole):
    report = verify(whole.package, trust=story.TRUST)
    assert [each.kind for each in report.promised] == ["encrypt-to", "destroy-by"]
    assert "do not show that it was done" in report.as_text() and "by 30 November 2027" in report.as_text()
    assert [each["due"] for each in report.as_plain()["promised"]] == [None, "2027-11-30"]
    (lines,) = [check for check in report.checks if check.what.startswith("Each obligation")]
    assert lines.found == "certificate.json: 6 measured, 2 promised"


def test_open_tells_the_recipient_what_was_promised_in_their_name(whole):
    (only,) = promised_by_recipient(whole.package)
    assert only.promise == Promise(Promiser.RECIPIENT, "by 30 November 2027", BY_2027.shown_by, BY_2027.due)
    assert only.as_text().startswith("The recipient destroys the data by 30 November 2027.")


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda face: face["lines"][4].update(standing="promised", promise=face["lines"][-1]["promise"]), "measured"),
        (lambda face: face["lines"][4].update(standing="not met"), "k-anonymity is not met"),
        (lambda face: face["lines"][4].update(standing="fine"), "fine"),
        (lambda face: face["lines"][-1].pop("promise"), "promise"),
        (lambda face: face.update(lines=[]), "no line of evidence"),
        (lambda face: face.update(lines=["met"]), "not as it should be"),
        (lambda face: face.update(format=3), "format 3 is not known"),
        (lambda face: face.pop("format"), "format None is not known"),
    ],
)
def test_a_certificate_that_stands_on_anything_else_does_not_verify(copy, change, says):
    face = json.loads((copy / "certificate.json").read_bytes())
    change(face)
    with pytest.raises(BadInput, match=says):
        promised(face)
    (copy / "certificate.json").write_text(json.dumps(face))
    (lines,) = [check for check in verify(copy, trust=story.TRUST).checks if check.what.startswith("Each obligation")]
    assert lines.mark is Mark.FAILED and says in lines.found


def test_format_1_called_everything_met_and_its_promises_are_told_by_their_kind(certificate):
    face = recipient(certificate, rule=story.hes_2018)
    former = json.loads(json.dumps(face)) | {"format": 1}
    for line in former["lines"]:
        line.pop("standing"), line.pop("promise", None), line.update(met=True)
    assert promised(former) == promised(face) and measured(former) == measured(face) == 6
