"""Whatever csv.writer writes, the vault holds what csv.reader reads."""

import csv
import io
import itertools

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

value = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8) | st.sampled_from(
    ['"', "a,b", "a;b", "\n", "\r\n", " x ", "''", "NULL", "null", "=1+1", "\ufeff", "#", "\\", '\\"']
)
counter = itertools.count()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(value, value, value), min_size=1, max_size=15),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([0, 1]),
)
def test_every_text_is_kept_as_it_was_written(bench, made, rows, separator, end, quoting):
    dataset = bench.describe(
        fields=[made.field(name, "string", "content") for name in ("one", "two", "three")], id="texts", in_order=()
    )
    written = io.StringIO()
    if any("\r" in text for row in rows for text in row):
        quoting = csv.QUOTE_ALL  # where lines end in LF, csv.writer leaves a CR bare, and no reader could tell it
    writer = csv.writer(written, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerows([("one", "two", "three"), *rows])
    id = f"d{next(counter)}"
    bench.deliver(dataset, bench.file(written.getvalue()), id=id, controller=id)
    content = pq.read_table(bench.vault.delivery("texts", id) / "content.parquet").sort_by("_row").to_pylist()
    read = list(csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=separator))[1:]
    assert [[row["one"] or "", row["two"] or "", row["three"] or ""] for row in content] == read
