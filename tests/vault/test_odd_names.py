"""A field may have any name that a description can give, also one that the work on a delivery would come upon."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

NAMES = """again at bad before distinct_0 duplicates earliest_0 field file file_index file_row_number filename filled_0 first gone
hash held json key last left_side n n0 name nhs_number_1 number objector objects over p person_key problems quarantined
reason right_side row rowid row_number select sent text times twice value values where written x""".split()


def one_of_each(made, name):
    """A GP dataset in which every kind of field has a neighbour of that name, itself unique and ordered."""
    return [
        made.field("nhs_number", "string", "person", kind="nhs_number"),
        made.field("other", "string", "content", refers_to="nhs_number"),
        made.field(name, "date", "quasi", constraints={"required": True, "unique": True}),
        made.field("until", "date", "quasi"),
    ]


def lines(made):
    """Six rows: two alike in the unique field, one of a dissenter, one with a bad date, and two good ones."""
    people = made.numbers
    return [
        (people[0], people[1], "2026-01-01", "2026-01-02"),
        (people[1], "", "2026-01-02", "2026-01-02"),
        (people[2], "", "2026-01-03", ""),
        (people[3], "", "2026-01-04", ""),
        (people[4], "", "2026-01-04", ""),
        (people[4], "", "2026-01-05", "2026-01-01"),
    ]


def as_file(bench, names, rows, form):
    if form == "csv":
        return bench.file("\n".join(",".join(row) for row in [names, *rows]) + "\n")
    if form == "ndjson":
        return bench.file("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows), "e.ndjson")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    pq.write_table(pa.table(columns), bench.folder / "e.parquet")
    return bench.folder / "e.parquet"
