"""`haven hierarchy make` on plain files."""

from pathlib import Path

import pytest

from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.model.errors import BadInput
from openhaven.tools.anonymise import AnonymiseRequest, anonymise
from openhaven.tools.demands import Asked
from openhaven.tools.hierarchy import HierarchyRequest, as_file, make_hierarchy

TABLE = "age,diagnosis\n37,I21.4\n38,I21.0\n91,E11.9\n92,E11.5\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text(TABLE)
    return tmp_path / "in.csv"


def test_what_is_made_is_found_by_anonymise(table: Path) -> None:
    folder = table.parent / "hierarchies"
    assert make_hierarchy(table, HierarchyRequest("age", "age", folder)).groups == (4, 2, 2, 2, 1)
    make_hierarchy(table, HierarchyRequest("diagnosis", "icd10", folder))
    assert (folder / "in_hierarchy_diagnosis.csv").read_text().startswith("E11.5;E11;E10-E14;IV;*\n")
    done = anonymise(
        table, table.parent / "out.csv", AnonymiseRequest(("age", "diagnosis"), Asked(k=2), hierarchies=folder)
    )
    assert done.levels == {"age": 1, "diagnosis": 1}
    assert (table.parent / "out.csv").read_text() == "age,diagnosis\n35-39,I21\n35-39,I21\n90+,E11\n90+,E11\n"


def test_a_value_without_a_place_is_named_and_nothing_written(table: Path) -> None:
    with pytest.raises(BadInput, match=r"37"):
        make_hierarchy(table, HierarchyRequest("age", "date"))
    assert [file.name for file in table.parent.iterdir()] == ["in.csv"]


def test_a_hierarchy_that_is_there_stays(table: Path) -> None:
    make_hierarchy(table, HierarchyRequest("age", "age"))
    with pytest.raises(BadInput, match="already"):
        make_hierarchy(table, HierarchyRequest("age", "age", widths=(10,)))


def test_values_with_separators_quotes_and_line_ends_come_back() -> None:
    made = Hierarchy("c", (('a;"b"', "x\ny", ""), ("*", "*", "*")))
    assert Hierarchy.from_text("c", as_file(made)).levels == made.levels
