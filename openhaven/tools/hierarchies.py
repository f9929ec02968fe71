"""Find and read the hierarchy files that belong to a file's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openhaven.disclosure.hierarchy import Hierarchy, suppress_only
from openhaven.model.errors import BadInput
from openhaven.tools.files import Coded


@dataclass(frozen=True)
class Found:
    """A hierarchy for each column, in order, and the columns for which none was found: shown or `*`."""

    hierarchies: tuple[Hierarchy, ...]
    without: tuple[str, ...]


def hierarchies_for(path: Path, columns: Mapping[str, Coded], *, folder: Path | None) -> Found:
    """For column C of FILE: `<file stem>_hierarchy_<C>.csv` in the folder, else the one ending `_hierarchy_<C>.csv`.

    Raises BadInput where two fit, or where a hierarchy is not a tree.
    """
    files = {name: hierarchy_file(path, name, folder=folder) for name in columns}
    made = (
        suppress_only(name, columns[name].values) if file is None else read_hierarchy(name, file).topped()
        for name, file in files.items()
    )
    return Found(tuple(made), tuple(name for name, file in files.items() if file is None))


def hierarchy_file(path: Path, column: str, *, folder: Path | None) -> Path | None:
    """The hierarchy file of a column, None where there is none."""
    if folder is None:
        return None
    if not folder.is_dir():
        raise BadInput("there is no such folder of hierarchies", where=str(folder))
    own = folder / f"{path.stem}_hierarchy_{column}.csv"
    if own.is_file():
        return own
    fitting = sorted(file for file in folder.iterdir() if file.name.endswith(f"_hierarchy_{column}.csv"))
    if len(fitting) > 1:
        names = ", ".join(file.name for file in fitting)
        raise BadInput(f"more than one hierarchy fits: {names}", where=column, todo=f"Name one of them {own.name}.")
    return fitting[0] if fitting else None


def read_hierarchy(column: str, file: Path) -> Hierarchy:
    """Read one hierarchy file: `;`-separated, level 0 first."""
    try:
        text = file.read_bytes().decode("utf-8-sig")  # line ends inside values stay as they are
    except UnicodeDecodeError as error:
        raise BadInput("the hierarchy is not UTF-8", where=str(file)) from error
    return Hierarchy.from_text(column, text)


def leaf_codes(hierarchies: Sequence[Hierarchy], columns: Mapping[str, Coded]) -> list[Coded]:
    """Each column's rows as leaf numbers of its hierarchy. Raises BadInput naming values that one misses."""
    return [
        Coded(hierarchy.leaves, hierarchy.encode(columns[hierarchy.column].values)[columns[hierarchy.column].codes])
        for hierarchy in hierarchies
    ]
