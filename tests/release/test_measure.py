"""Evidence is measured on the file: one that breaks an obligation gets no certificate, whatever the road believes."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from held import DAY, EPISODES, PLACES, SCOPE_KEY, P, decided, hold, number
from test_road import FIELDS, MATCHED, made_up, matched, pseudonym, with_matches

from openhaven.engines import open_engine
from openhaven.model.errors import Unmet
from openhaven.model.obligation import OnlyConsenting, OnlyFields, RestrictedCodes, SmallNumbers
from openhaven.model.words import Level
from openhaven.optouts.consent import Consent
from openhaven.release import certificate as certificates
from openhaven.release.cohort import Listed
from openhaven.release.measure import certify
from openhaven.release.optouts import MayFlow
from openhaven.release.precision import Places
from openhaven.release.reading import nhs_numbers_in
from openhaven.release.restricted import RestrictedList
from openhaven.release.road import Supplies, output, travel

WHY = {"provisions": (), "because": "the test says so"}
RESTRICTED = RestrictedCodes(lists=("example",), **WHY)


@pytest.fixture
def engine(tmp_path):
    engine = open_engine("duckdb", spill=tmp_path)
    yield engine
    engine.close()


@pytest.fixture
def made(engine, tmp_path):
    """A release that is as it should be: opt-outs applied, restricted codes left out, k of 3."""
    answer = MayFlow("NDO-1", pa.array([number(p) for p in range(1, 60) if p % 5]), 3, "x")
    lists = (RestrictedList("example", "ICD-10", ("A41",)),)
    supplies = Supplies(
        engine,
        EPISODES,
        (hold(tmp_path, made_up()),),
        DAY,
        places=Places(PLACES),
        answer=answer,
        scope_key=lambda scope: SCOPE_KEY,
        restricted=lists,
    )
    made = travel(decided(RESTRICTED, fields=FIELDS, k=3, suppression=0.3, applies=True), supplies, tmp_path)
    certify(made)
    return made


def rewritten(made, change):
    """The same release, with its file changed row by row behind its back."""
    table = pq.read_table(made.path)
    rows = change(table.to_pylist())
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), made.path)
    return made


def test_a_row_of_somebody_who_may_not_flow_is_found(made):
    stowaway = rewritten(made, lambda rows: [*rows, {**rows[0], "person": pseudonym(number(5))}])
    with pytest.raises(Unmet, match="may not flow"):
        certify(stowaway)


REFERRING = {
    "under pseudonyms": {"k": 1},
    "as held": {"level": Level.IDENTIFIABLE, "scope": False},
    "without the person's own key": {"k": 1, "fields": (("match", P.AS_HELD), ("diagnosis", P.AS_HELD))},
}


@pytest.mark.parametrize("more", REFERRING.values(), ids=REFERRING)
def test_a_reference_to_somebody_who_may_not_flow_is_found(engine, tmp_path, more):
    """A person may be named in another's row: by their pseudonym, or where keys leave by their key."""
    fields = tuple((name, P.AS_HELD) for name in ("nhs_number", "match", "parent", "diagnosis"))
    held = matched(tmp_path, with_matches(made_up()))
    answer = MayFlow("NDO-1", pa.array([number(p) for p in range(1, 60) if p % 5]), 3, "x")
    supplies = Supplies(engine, MATCHED, (held,), DAY, answer=answer, scope_key=lambda scope: SCOPE_KEY)
    made = travel(decided(**({"fields": fields, "applies": True} | more)), supplies, tmp_path)
    certify(made)
    other = number(5) if more.get("scope") is False else pseudonym(number(5))
    named = rewritten(made, lambda rows: [*rows[:-1], {**rows[-1], "match": other}])
    with pytest.raises(Unmet, match="people who may not flow are referred to in match"):
        certify(named)


@pytest.mark.parametrize(
    ("applies", "column", "who", "says"),
    [
        (False, "match", "S0", "only-consenting is not met: who did not consent is named in match"),
        (False, "study_id", "S0", "only-consenting is not met: who did not consent is named in study_id"),
        (True, "match", "S0", "people who may not flow are referred to in match"),
        (True, "match", "S1", "people who may not flow are referred to in match"),
        (True, "study_id", "S1", "1 people who may not flow are in the file"),
    ],
)
def test_who_leaves_under_a_study_id_consented_and_may_flow(engine, tmp_path, applies, column, who, says):
    """Also those whom a row refers to. S0 is not in the people file; S1 consented, and was not returned."""
    rows = with_matches(made_up())
    born = {row["nhs_number"]: row["date_of_birth"] for row in rows if row["nhs_number"]}
    listed = tuple(Listed(at, f"S{at}", each, born[each]) for at, each in enumerate(born) if at % 2)
    day = dt.date(2026, 1, 1)
    consents = {each.study_id: Consent(each.study_id, each.nhs_number, day, "v1", (), day) for each in listed}
    consenting = OnlyConsenting(consent="C", wordings=("v1",), items=(), own_from_age=16, **WHY)
    fields = tuple((name, P.AS_HELD) for name in ("nhs_number", "match", "diagnosis"))
    answer = MayFlow("NDO-1", pa.array(sorted({*born} - {listed[0].nhs_number})), 3, "x")
    held = (matched(tmp_path, rows),)
    supplies = Supplies(engine, MATCHED, held, DAY, answer=answer, listed=listed, consents=consents)
    decision = decided(consenting, fields=fields, level=Level.IDENTIFIABLE, scope=False, applies=applies)
    made = travel(decision, supplies, tmp_path)
    certify(made)
    left = pq.read_table(made.path).to_pylist()
    assert {row["match"] for row in left} <= {row["study_id"] for row in left} | {None}
    named = rewritten(made, lambda rows: [*rows[:-1], {**rows[-1], column: who}])
    with pytest.raises(Unmet, match=says):
        certify(named)


def test_a_restricted_code_is_found(made):
    with pytest.raises(Unmet, match="restricted codes stand in diagnosis"):
        certify(rewritten(made, lambda rows: [{**rows[0], "diagnosis": "A41"}, *rows[1:]]))


def test_a_class_of_too_few_people_is_found(made):
    def alone(rows):
        return [*rows, {**rows[0], "sex": "9"}]

    with pytest.raises(Unmet, match="k-anonymity is not met"):
        certify(rewritten(made, alone))


def test_a_value_finer_than_agreed_is_found(made):
    with pytest.raises(Unmet, match=r"finer than agreed: admitted"):
        certify(rewritten(made, lambda rows: [{**row, "admitted": dt.date(2026, 5, 17)} for row in rows]))


def test_a_pseudonym_of_another_scope_is_found(made):
    with pytest.raises(Unmet, match="pseudonym-scope is not met"):
        certify(rewritten(made, lambda rows: [{**row, "person": (row["person"] or "")[::-1]} for row in rows]))


def test_a_column_more_or_less_is_found(made):
    table = pq.read_table(made.path)
    pq.write_table(table.append_column("extra", pa.array(["x"] * len(table))), made.path)
    with pytest.raises(Unmet, match="only-fields is not met"):
        certify(made)


def test_a_table_that_is_not_the_one_audited_is_found(engine, tmp_path):
    fields = (("sex", P.AS_HELD), ("diagnosis", P.CATEGORY))
    decision = decided(fields=fields, level=Level.AGGREGATE, scope=False)
    table = replace(decision, obligations=(*decision.obligations, SmallNumbers(rule="HES-2018", **WHY)))
    supplies = Supplies(engine, EPISODES, (hold(tmp_path, made_up()),), DAY)
    made = travel(table, supplies, tmp_path)
    certify(made)
    text = made.path.read_text(encoding="utf-8")
    made.path.write_text(text.replace("\n1,A41,", "\n1,A41,1", 1), encoding="utf-8")
    with pytest.raises(Unmet, match="not the table that was audited"):
        certify(made)


def test_an_identifier_that_a_decision_lets_through_by_mistake_does_not_leave_as_de_identified(engine, tmp_path):
    decision = decided(fields=(("nhs_number", P.AS_HELD), ("date_of_birth", P.AS_HELD)), k=1)
    assert any(isinstance(each, OnlyFields) for each in decision.obligations)
    supplies = Supplies(engine, EPISODES, (hold(tmp_path, made_up()),), DAY, scope_key=lambda scope: SCOPE_KEY)
    with pytest.raises(Unmet, match="date_of_birth would identify people"):
        certify(travel(decision, supplies, tmp_path))


def test_in_a_large_file_people_are_told_apart_among_some_and_the_certificate_says_so(made, monkeypatch):
    heading = certificates.Heading("R", "t", "p", "A", "uni", DAY)
    whole = certificates.certificate(made, certify(made), output(made), heading)
    monkeypatch.setattr(certificates, "MOST_ROWS", output(made).rows // 3)
    part = certificates.certificate(made, certify(made), output(made), heading)
    assert not any("lowest pseudonyms" in said for said in whole.says)
    assert any("lowest pseudonyms" in said for said in part.says)
    assert 0 <= part.singled_out["1"] <= part.singled_out["2"] <= part.singled_out["all"] <= 1


@pytest.mark.parametrize("text", ["seen, NHS {}", " {}", "{}.", "({})"])
def test_an_nhs_number_anywhere_in_a_text_is_found(made, text):
    other = text.format(number(7))
    changed = rewritten(made, lambda rows: [{**rows[0], "diagnosis": other}, *rows[1:]])
    assert nhs_numbers_in(changed) == {"diagnosis": 1}


@pytest.mark.parametrize("written", ["A41.9", "a419", "A41 9"])
def test_a_restricted_code_is_the_same_code_however_it_is_written(engine, tmp_path, written):
    rows = [{**row, "diagnosis": written if place % 2 else "I10"} for place, row in enumerate(made_up(80, 12))]
    lists = (RestrictedList("example", "icd10", ("A41.9",)),)
    supplies = Supplies(
        engine, EPISODES, (hold(tmp_path, rows),), DAY, scope_key=lambda scope: SCOPE_KEY, restricted=lists
    )
    fields = (("nhs_number", P.AS_HELD), ("diagnosis", P.AS_HELD))
    left = pq.read_table(travel(decided(RESTRICTED, fields=fields, k=1), supplies, tmp_path).path)
    assert set(left["diagnosis"].to_pylist()) == {"I10"} and len(left) == 40
