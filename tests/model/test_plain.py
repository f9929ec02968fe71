"""Nouns come from plain data only when every key is known and every value is of its kind."""

import datetime as dt
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.application import Application
from openhaven.model.dataset import Field
from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain, read_toml, to_plain
from openhaven.model.record.advice import Advice, Classification, Recommendation
from openhaven.model.record.approvals import Support
from openhaven.model.record.controllers import Authority, Hold
from openhaven.model.record.data_protection import Assessment
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.organisations import Breach
from openhaven.model.record.seen import Seen
from openhaven.model.words import Kind, Level, Role

EARLIER, LATER = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


def test_coded_words_become_the_words_themselves_so_that_comparing_them_by_identity_holds():
    field = from_plain(Field, {"name": "n", "type": "string", "role": "person", "kind": "nhs_number"}, where="f")
    assert field.role is Role.PERSON and field.kind is Kind.NHS_NUMBER


@pytest.mark.parametrize(
    "wrong", [{"type": "no such type"}, {"role": "nonsense"}, {"kind": "x"}, {"name": 3}, {"extra": 1}]
)
def test_a_wrong_word_or_key_is_refused_by_name(wrong):
    with pytest.raises(BadInput, match=f"f.toml: .*{next(iter(wrong))}"):
        from_plain(Field, {"name": "n", "type": "string", "role": "person"} | wrong, where="f.toml")


def test_who_writes_an_unknown_word_is_told_the_known_ones():
    with pytest.raises(BadInput, match=r"f.toml: role: 'nonsense' is not one of 'person', 'key', 'identifier', "):
        from_plain(Field, {"name": "n", "type": "string", "role": "nonsense"}, where="f.toml")


def test_what_is_missing_misspelt_or_deep_within_is_told_as_people_count():
    with pytest.raises(BadInput) as told:
        from_plain(Field, {"nmae": "n", "type": "string"}, where="f.toml")
    said = "f.toml: name is missing; role is missing, which is one of 'person', 'key', "
    assert str(told.value).startswith(said) and "there is no key 'nmae' here; perhaps it is 'name'" in str(told.value)
    fields = [{"name": "a", "reason": "r"}, {"name": "b", "reason": "r", "precision": "yaer"}]
    with pytest.raises(BadInput, match=r"precision of number 2 of fields: 'yaer' is not one of "):
        from_plain(Application, {"fields": fields}, where="a.toml")


def test_text_where_keys_and_values_belong_is_said_to_be_that():
    seen = {"id": "a", "controller": "c", "dataset": "d", "says": "yes", "starts": "2026-01-01", "ends": "2026-02-01"}
    with pytest.raises(BadInput, match=r"a.toml: seen: expected a table of keys and values"):
        from_plain(Authority, seen | {"seen": "a letter"}, where="a.toml")


@pytest.mark.parametrize("said", ["heart", {"heart": 1}, 7])
def test_one_text_where_several_belong_is_not_taken_for_its_letters(said):
    known = {"id": "a", "controller": "c", "dataset": "d", "says": "yes", "starts": "2026-01-01", "ends": "2026-02-01"}
    seen = {"document": "d", "by": "b", "on": "2026-01-01"}
    with pytest.raises(BadInput, match=r"a.toml: purposes: expected a list in square brackets, got "):
        from_plain(Authority, known | {"seen": seen, "purposes": said}, where="a.toml")


def test_a_text_that_is_no_day_is_told_what_a_day_looks_like():
    with pytest.raises(BadInput, match=r"h.toml: starts: expected a date such as 2026-11-30, got 'soon'"):
        from_plain(Hold, {"id": "h", "reason": "r", "by": "x", "starts": "soon"}, where="h.toml")


@pytest.mark.parametrize(
    ("kind", "name", "value", "said"),
    [
        ("agreement", "title", 3, "title: expected a text in quotes, got 3"),
        ("agreement", "title", dt.date(2026, 1, 2), "title: expected a text in quotes, got 2026-01-02"),
        ("agreement", "title", True, "title: expected a text in quotes, got true"),
        ("agreement", "k", "five", "k: expected a whole number, got 'five'"),
        ("agreement", "suppression", "a little", "suppression: expected a number, got 'a little'"),
        ("agreement", "commercial", "no", "commercial: expected true or false, got 'no'"),
        ("agreement", "controllers", "x", "controllers: expected a list in square brackets, got 'x'"),
    ],
)
def test_what_is_expected_is_told_in_the_words_of_the_file(kind, name, value, said):
    with pytest.raises(BadInput, match=f"a.toml: .*{re.escape(said)}"):
        from_plain(KINDS[kind], {name: value}, where="a.toml")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            lambda: Assessment("a", "c", (), (), (), (), Seen("d", "b", LATER), EARLIER, False),
            "review is .*approved.on",
        ),
        (lambda: Classification("a", "d", Level.AGGREGATE, "m", "b", "r", LATER, EARLIER, "w"), "review is .* on, "),
        (lambda: Breach("a", "o", "w", LATER, EARLIER), "closed is .* on, "),
        (lambda: Recommendation("a", Advice.SUPPORTS, " ", "r", "o", EARLIER, LATER, "x"), "by is empty: say who"),
        (lambda: Recommendation("a", Advice.SUPPORTS, "b", " ", "o", EARLIER, LATER, "x"), "role is empty: say in"),
    ],
)
def test_what_contradicts_itself_is_told_by_the_names_of_its_parts(made, said):
    with pytest.raises(ValueError, match=said):
        made()


def test_dates_the_wrong_way_round_are_refused():
    with pytest.raises(BadInput, match="ends on 2026-01-01, before it starts on 2026-02-01"):
        from_plain(
            Hold, {"id": "h", "reason": "r", "by": "x", "starts": "2026-02-01", "ends": "2026-01-01"}, where="h.toml"
        )


def test_text_that_is_not_toml_is_refused_with_its_line():
    with pytest.raises(BadInput, match="line 2"):
        read_toml("a = 1\nb = = 2\n", where="a.toml")


@given(st.text(min_size=1), st.dates(), st.sampled_from(["yes", "declines"]))
def test_what_is_written_as_plain_data_reads_back_the_same(text, day, says):
    record = {
        "id": text,
        "controller": text,
        "dataset": text,
        "says": says,
        "starts": day.isoformat(),
        "ends": day.isoformat(),
        "seen": {"document": text, "by": text, "on": day.isoformat()},
    }
    made = from_plain(Authority, record, where="t")
    assert from_plain(Authority, json.loads(json.dumps(to_plain(made))), where="t") == made
    assert made.starts == day and isinstance(made.starts, dt.date)


@pytest.mark.parametrize(
    "wrong", [{"research": "false"}, {"research": 0}, {"regulation": "5"}, {"regulation": 5.0}, {"title": 7}]
)
def test_a_value_of_another_kind_is_refused_and_never_turned_into_one(wrong):
    seen = {"document": "letter", "by": "x", "on": "2026-01-01"}
    support = {
        "id": "s",
        "regulation": 5,
        "title": "t",
        "applicant": "a",
        "purpose": "research",
        "decided_by": "HRA",
        "starts": "2026-01-01",
        "ends": "2026-12-31",
        "review": "2026-12-31",
        "datasets": ["d"],
        "fields": ["f"],
        "recipients": ["r"],
        "schedule": [1],
        "national_opt_out": "applies",
        "letter": seen,
    }
    assert from_plain(Support, support, where="s").research is False
    with pytest.raises(BadInput, match=f"s.toml: {next(iter(wrong))}: expected "):
        from_plain(Support, support | wrong, where="s.toml")
