"""`haven hierarchy make`: write the hierarchy of one column, under the name by which `haven anonymise` finds it."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from openhaven.disclosure.hierarchy import Hierarchy
from openhaven.disclosure.making import WIDTHS, make
from openhaven.model.errors import BadInput
from openhaven.tools.files import check_out, open_source, read_coded, written_whole


@dataclass(frozen=True)
class HierarchyRequest:
    """`kind` is one of disclosure.making.KINDS; `out` a folder, else the file's own; `top` the first open band."""

    column: str
    kind: str
    out: Path | None = None
    widths: tuple[int, ...] = WIDTHS
    top: float | None = None
    separator: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class HierarchyReport:
    """`groups` is how many labels each level has, level 0 first."""

    column: str
    kind: str
    out: str
    groups: tuple[int, ...]

    def as_json(self) -> dict[str, object]:
        """One document."""
        return {"column": self.column, "kind": self.kind, "out": self.out, "groups": list(self.groups)}

    def as_text(self) -> str:
        """For a person to read."""
        levels = ", ".join(f"{count:,}" for count in self.groups)
        return f"{self.groups[0]:,} values of {self.column} written to {self.out}\nlabels at each level: {levels}"


def make_hierarchy(path: Path | str, request: HierarchyRequest) -> HierarchyReport:
    """Write the file. Raises BadInput naming the values that have no place, and where the file is there already."""
    path = Path(path)
    source = open_source(path, separator=request.separator)
    values = sorted(read_coded(source, [request.column])[request.column].values)
    made = make(request.column, request.kind, values, widths=request.widths, top=request.top)
    folder = path.parent if request.out is None else request.out
    out = folder / f"{path.stem}_hierarchy_{request.column}.csv"
    check_out(out, inputs=(path,), overwrite=request.overwrite)
    if folder.exists() and not folder.is_dir():
        raise BadInput("this is a file, not a folder", where=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as temporary:
        temporary.write_text(as_file(made), encoding="utf-8", newline="")
    groups = tuple(len(level.labels) for level in made.groupings)
    return HierarchyReport(request.column, request.kind, str(out), groups)


def as_file(hierarchy: Hierarchy) -> str:
    """The text of a hierarchy file as ARX has it: one leaf a line, level 0 first, `;` between, no heading."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(zip(*hierarchy.levels, strict=True))
    return text.getvalue()
