"""`haven risk OUT --attack ORIGINAL`: no attack does better than the report says, and a bad file falls."""

from pathlib import Path

import pytest

from openhaven.model.errors import BadInput
from openhaven.tools.anonymise import AnonymiseRequest, anonymise
from openhaven.tools.demands import Asked
from openhaven.tools.risk import RiskRequest, risk
from openhaven.tools.risk_page import as_html

ADULT = Path(__file__).resolve().parents[3] / "shared" / "data" / "adult"
QI = ("sex", "age", "race", "marital-status", "education", "native-country", "workclass", "salary-class")


def made_up(folder: Path) -> Path:
    """600 people, two columns of forty values, a secret that goes with nothing."""
    rows = [f"{n * 7919 % 40},{n * 104729 % 797 % 40},s{n * 31 % 101 % 5}" for n in range(600)]
    (folder / "in.csv").write_text("age,ward,secret\n" + "\n".join(rows) + "\n")
    for name in ("age", "ward"):
        lines = [f"{n};{n // 5 * 5}-{n // 5 * 5 + 4};{n // 10 * 10}-{n // 10 * 10 + 9};*" for n in range(40)]
        (folder / f"in_hierarchy_{name}.csv").write_text("\n".join(lines) + "\n")
    return folder / "in.csv"


@pytest.mark.parametrize(
    ("recoding", "asked"),
    [
        ("global", Asked(k=5)),
        ("local", Asked(k=5)),
        ("local", Asked(k=5, l=3, confidential="secret")),
    ],
)
def test_no_attack_beats_what_the_report_says(tmp_path: Path, recoding: str, asked: Asked) -> None:
    path, out = made_up(tmp_path), tmp_path / "out.csv"
    anonymise(path, out, AnonymiseRequest(("age", "ward"), asked, hierarchies=tmp_path, recoding=recoding))
    request = RiskRequest(("age", "ward"), confidential="secret", hierarchies=tmp_path, original=path)
    report = risk(out, request)
    assert report.risk.k >= 5 and report.attacks is not None
    assert [each.name for each in report.attacks.attacks if each.beats] == []
    assert report.attacks.attacks[0].attack.successes == 0
    assert report.attacks.downcoding.loss_left <= report.attacks.downcoding.loss
    document = report.as_json()
    assert {each["name"] for each in document["attacks"]} == {  # type: ignore[attr-defined]
        "singling out",
        "linkage",
        "linkability",
        "inference",
        "singling out by parts of a class",
    }
    assert "no more than the measured risk allows" in report.as_text() and "Attacks tried" in as_html(report)


def test_a_file_that_is_not_recoded_falls(tmp_path: Path) -> None:
    path = made_up(tmp_path)
    request = RiskRequest(("age", "ward"), confidential="secret", original=path)
    found = {each.name: each for each in risk(path, request).attacks.attacks}  # type: ignore[union-attr]
    assert found["singling out"].attack.low > 0.5 and found["singling out"].bound is None
    for name in ("linkage", "inference"):
        assert found[name].attack.low > found[name].control.high
    assert request.attempts == 500


def test_the_answer_comes_again(tmp_path: Path) -> None:
    path = made_up(tmp_path)
    request = RiskRequest(("age", "ward"), original=path, attempts=50)
    assert risk(path, request).attacks == risk(path, request).attacks


@pytest.mark.parametrize(
    ("original", "how", "says"),
    [
        ("age,ward,secret\n1,1,a\n", {}, "has 1 rows and the file 2"),
        ("age,ward,secret\n1,1,a\n2,2,a\n", {"confidential": "secret"}, "row by row"),
        ("age,ward,secret\n9,1,a\n2,2,b\n", {"hierarchies": True}, "misses|does not fit"),
        ("age,ward,secret\n1,1,a\n2,2,b\n", {"attempts": 0}, "at least one"),
        ("age,ward,secret\n1,1,a\n2,2,a\n", {"row_key": "secret"}, "does not tell the rows apart"),
        ("age,ward,secret\n1,1,a\n2,2,c\n", {"row_key": "secret"}, "not in the original, such as 'b'"),
    ],
)
def test_an_original_that_does_not_fit_is_refused(tmp_path: Path, original: str, how: dict, says: str) -> None:
    (tmp_path / "out.csv").write_text("age,ward,secret\n1,1,a\n2,2,b\n")
    (tmp_path / "in.csv").write_text(original)
    if how.pop("hierarchies", False):
        (tmp_path / "in_hierarchy_age.csv").write_text("1;*\n2;*\n9;*\n")
        how["hierarchies"] = tmp_path
    with pytest.raises(BadInput, match=says):
        risk(tmp_path / "out.csv", RiskRequest(("age", "ward"), original=tmp_path / "in.csv", **how))


def with_people(folder: Path) -> Path:
    """`made_up` with a key of each row, and two rows of each person."""
    lines = made_up(folder).read_text().splitlines()
    rows = [f"r{n},p{n // 2},{line}" for n, line in enumerate(lines[1:])]
    (folder / "in.csv").write_text("\n".join([f"id,who,{lines[0]}", *rows]) + "\n")
    return folder / "in.csv"


@pytest.mark.parametrize("recoding", ["global", "local"])
def test_attacks_count_people_where_they_are_named(tmp_path: Path, recoding: str) -> None:
    path, out = with_people(tmp_path), tmp_path / "out.csv"
    anonymise(
        path,
        out,
        AnonymiseRequest(("age", "ward"), Asked(k=4), hierarchies=tmp_path, recoding=recoding, person="who"),
    )
    request = RiskRequest(("age", "ward"), hierarchies=tmp_path, original=path, person="who", confidential="secret")
    found = risk(out, request).attacks
    assert found is not None and found.counts == "people" and found.dropped == 0
    assert [each.name for each in found.attacks if each.beats] == []
    assert {each.name: each for each in found.attacks}["singling out"].bound == 0
    on_people = [each for each in found.attacks if "singling" not in each.name]
    assert max(each.attack.attempts for each in on_people) <= 30, "a tenth of 300 people, by one row each"


def test_two_rows_of_one_person_are_one_person(tmp_path: Path) -> None:
    """A class of two rows of one person holds nobody else: by rows nothing is claimed, by people it falls."""
    lines = [f"r{n},p{n // 2},{n // 2},{n % 7}" for n in range(200)]
    (tmp_path / "in.csv").write_text("\n".join(["id,who,age,ward", *lines]) + "\n")
    by_rows = risk(tmp_path / "in.csv", RiskRequest(("age",), original=tmp_path / "in.csv")).attacks
    assert by_rows is not None and by_rows.attacks[0].attack.successes == 0 and by_rows.attacks[0].bound == 0
    request = RiskRequest(("age",), original=tmp_path / "in.csv", person="who")
    by_people = {each.name: each for each in risk(tmp_path / "in.csv", request).attacks.attacks}  # type: ignore[union-attr]
    assert by_people["singling out"].attack.rate == 1 and by_people["singling out"].bound is None
    assert by_people["linkage"].attack.rate == 1 == by_people["linkage"].bound


@pytest.mark.parametrize("left_out", ["dropped", "suppressed", "in another order"])
def test_a_file_of_fewer_rows_is_matched_by_a_key(tmp_path: Path, left_out: str) -> None:
    path, out = made_up(tmp_path), tmp_path / "out.csv"
    rows = [f"r{n},{n % 10},{n // 10 % 10},s{n % 3}" for n in range(600)]
    odd = [f"o{n},{20 + n},{30 - n},s1" for n in range(7)]
    path.write_text("\n".join(["id,age,ward,secret", *rows[:200], *odd, *rows[200:]]) + "\n")
    how = AnonymiseRequest(("age", "ward"), Asked(k=5), hierarchies=tmp_path, suppression=0.05)
    suppressed = anonymise(path, out, how).suppressed
    heading, *rows = out.read_text().splitlines()
    if left_out == "dropped":
        rows = [row for row in rows if ",*,*," not in row]
    if left_out == "in another order":
        rows = rows[::-1]
    out.write_text("\n".join([heading, *rows]) + "\n")
    request = RiskRequest(
        ("age", "ward"),
        hierarchies=tmp_path,
        original=path,
        confidential="secret",
        row_key=None if left_out == "suppressed" else "id",
    )
    found = risk(out, request).attacks
    assert suppressed and found is not None and found.dropped == suppressed and found.counts == "rows"
    assert [each.name for each in found.attacks if each.beats] == []
    assert found.attacks[0].bound == 0 and "rows of the original are not shown" in "\n".join(found.lines())
    if left_out == "dropped":
        with pytest.raises(BadInput, match="--row-key"):
            risk(out, RiskRequest(("age", "ward"), hierarchies=tmp_path, original=path))


def test_a_row_key_goes_with_attacks() -> None:
    with pytest.raises(BadInput, match="--attack"):
        RiskRequest(("age",), row_key="id")


@pytest.mark.skipif(not ADULT.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize("recoding", ["global", "local"])
def test_no_attack_beats_what_the_report_says_of_adult(tmp_path: Path, recoding: str) -> None:
    out, suppression = tmp_path / "out.csv", 0.05 if recoding == "global" else 0.0
    how = AnonymiseRequest(QI, Asked(k=5), hierarchies=ADULT, recoding=recoding, suppression=suppression)
    anonymise(ADULT / "adult.csv", out, how)
    request = RiskRequest(QI, confidential="occupation", hierarchies=ADULT, original=ADULT / "adult.csv")
    report = risk(out, request)
    assert report.attacks is not None
    assert [each.name for each in report.attacks.attacks if each.beats] == []
    assert report.attacks.attacks[0].attack.successes == 0


@pytest.mark.skipif(not ADULT.is_dir(), reason="the shared data is not here")
def test_adult_as_it_is_falls() -> None:
    path = ADULT / "adult.csv"
    found = risk(path, RiskRequest(QI, confidential="occupation", original=path)).attacks
    assert found is not None
    for each in found.attacks:
        assert each.attack.low > each.control.high, each.name
