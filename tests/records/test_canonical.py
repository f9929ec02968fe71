"""The quick ways of the write path leave the same bytes and rows as the slow ones."""

from enum import StrEnum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from openhaven.model.errors import BadInput
from openhaven.records import logstore, models
from openhaven.records.guard import MOST_VALUES, write_open
from openhaven.records.logstore import canonical

words = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


class Coded(StrEnum):
    ONE = "one, and more"


@given(values)
def test_a_body_is_written_as_rfc_8785_says(plain):
    assert canonical(plain) == rfc8785.dumps(plain)


def test_a_coded_word_is_written_as_its_text():
    assert canonical({"what": Coded.ONE, "all": [Coded.ONE]}) == b'{"all":["one, and more"],"what":"one, and more"}'


@pytest.mark.parametrize("bad", ["\ud800", {"a": "\ud800"}, {"\udfff": 1}, 2**53, -(2**53), float("nan"), {2}])
def test_what_json_cannot_hold_exactly_is_refused(bad):
    for plain in (bad, [bad], {"in": bad}):
        with pytest.raises(BadInput, match="cannot be kept as JSON"):
            canonical(plain)


@pytest.mark.parametrize("many", [0, 1, MOST_VALUES // 3 - 1, MOST_VALUES // 3, MOST_VALUES // 3 + 1, MOST_VALUES])
def test_as_many_rows_as_one_statement_holds_and_more_are_all_inserted(haven, many):
    rows = [(9, index, index.to_bytes(32, "big")) for index in range(many)]
    with logstore._transaction(), write_open():
        models.Node.objects.all().insert(("level", "index", "hash"), rows)
    found = models.Node.objects.filter(level=9).order_by("index").values_list("level", "index", "hash")
    assert [(level, index, bytes(hash)) for level, index, hash in found] == rows
