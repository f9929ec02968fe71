"""Opened data against its package: the very file, and measured again on it what anybody who holds it can measure."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from openhaven.disclosure.moved import any_rule_named
from openhaven.disclosure.rules import Rule
from openhaven.identity.nhs_number import LIKE_A_NUMBER, numbers_within
from openhaven.model.errors import BadInput
from openhaven.model.words import Level
from openhaven.package import contents
from openhaven.package.beyond import check_beyond
from openhaven.package.contents import Contents, parse_contents
from openhaven.package.manifest import Manifest
from openhaven.package.opened_file import Opened, class_sizes
from openhaven.package.report import Check, failed, not_checked, passed
from openhaven.package.sealing import Digest, digest_file

_SAME = "The opened file is the one that was sealed"
_ROWS = "It has the rows that were sealed"
_COLUMNS = "It has exactly the columns and types of the certificate"
_NHS = "No column holds a valid NHS number"
_K = "Every class holds enough people"
_SMALL = "No count stands in it that the rule for small numbers hides"
_ORDER = "Rows stand in the order of the pseudonyms"


def check_opened(against: Path, *, manifest: Manifest, certificate: Mapping[str, Any]) -> Iterator[Check]:
    """Check opened data, a file or its folder, with contents.json beside it, as `open_package` leaves it."""
    folder = against if against.is_dir() else against.parent
    inside, problem = _contents(folder / contents.NAME, manifest)
    if inside is None:
        yield failed(_SAME, problem)
        return
    wanted = [each for each in inside.files if against.is_dir() or each.path == against.name]
    if not wanted:
        yield failed(
            _SAME,
            f"{against.name} is not a file of this package; it has {', '.join(each.path for each in inside.files)}",
        )
    for held in wanted:
        yield from _check_file(Opened(folder / held.path, held, certificate))


def _contents(path: Path, manifest: Manifest) -> tuple[Contents | None, str]:
    try:
        inside = parse_contents(path.read_bytes())
    except OSError:
        return None, f"{path.name} is not beside the data; open the package again to get it"
    except BadInput as problem:
        return None, str(problem)
    if inside.commitment != manifest.output or inside.release != manifest.release:
        return None, f"{path.name} commits to {inside.commitment}; the manifest says {manifest.output}"
    return inside, ""


def _check_file(opened: Opened) -> Iterator[Check]:
    found = digest_file(opened.path) if opened.path.is_file() else None
    if found != Digest(opened.held.bytes, opened.held.sha256):
        stated = f"sealed were {opened.held.bytes:,} bytes with the hash {opened.held.sha256}"
        yield failed(_SAME, f"{opened.path.name} {_as_found(found)}; {stated}")
        return
    yield passed(_SAME, f"{opened.path.name}: {found.bytes:,} bytes, hash {found.sha256}, as committed in the manifest")
    try:
        yield from _measured(opened)
    except (pa.ArrowException, OSError, KeyError, UnicodeDecodeError) as problem:
        yield failed(_COLUMNS, f"{opened.path.name} cannot be read as the certificate describes it ({problem})")


def _as_found(found: Digest | None) -> str:
    return "is missing" if found is None else f"has {found.bytes:,} bytes with the hash {found.sha256}"


def _measured(opened: Opened) -> Iterator[Check]:
    table = opened.read() if opened.path.suffix == ".csv" else None
    rows = table.num_rows if table is not None else pq.ParquetFile(opened.path).metadata.num_rows
    yield (
        passed(_ROWS, f"{rows:,}")
        if rows == opened.held.rows
        else failed(_ROWS, f"{rows:,}; sealed were {opened.held.rows:,}")
    )
    if table is None:
        yield _columns(opened)
    if opened.certificate["level"] != Level.IDENTIFIABLE:
        yield _nhs_numbers(opened)
    if (k := opened.obligation("k-anonymity")) is not None:
        yield _classes(opened, k)
    yield from check_beyond(opened)
    if table is not None and (small := opened.obligation("small-numbers")) is not None:
        yield _small_numbers(opened, table, any_rule_named(small["rule"]))
    if opened.certificate["level"] == Level.DE_IDENTIFIED and opened.person is not None:
        yield _order(opened, opened.person)


def _columns(opened: Opened) -> Check:
    schema = pq.read_schema(opened.path)
    stated = [(each["name"], each["type"]) for each in opened.columns]
    if schema.names != [name for name, _ in stated]:
        return failed(
            _COLUMNS,
            f"the file has {', '.join(schema.names)}; the certificate says {', '.join(name for name, _ in stated)}",
        )
    odd = [
        f"{name} is {schema.field(name).type}, not {kind}"
        for name, kind in stated
        if kind not in (str(schema.field(name).type), plain_type(schema.field(name).type))
    ]
    return failed(_COLUMNS, "; ".join(odd)) if odd else passed(_COLUMNS, ", ".join(schema.names))


def plain_type(kind: pa.DataType) -> str:
    """The Frictionless type of an Arrow type."""
    tests = (
        ("string", pa.types.is_string),
        ("string", pa.types.is_large_string),
        ("boolean", pa.types.is_boolean),
        ("integer", pa.types.is_integer),
        ("number", pa.types.is_floating),
        ("number", pa.types.is_decimal),
        ("date", pa.types.is_date),
        ("datetime", pa.types.is_timestamp),
    )
    return next((name for name, test in tests if test(kind)), str(kind))


def _nhs_numbers(opened: Opened) -> Check:
    """Every text and whole number is looked through, also inside longer text."""
    looked, found = 0, []
    names = pq.read_schema(opened.path).names if opened.path.suffix != ".csv" else opened.read().column_names
    for name in names:
        column = opened.read([name])[name]
        if plain_type(column.type) in ("string", "integer"):
            looked += 1
            if count := _numbers_in(column):
                found.append(f"{name} ({count} different)")
    if found:
        return failed(_NHS, f"found in {', '.join(found)}")
    return passed(_NHS, f"{looked} columns of text and whole numbers were looked through")


def _numbers_in(column: pa.ChunkedArray) -> int:
    """Every number in every text counts, as where the release was measured: a text may hold two."""
    texts = pc.unique(column.cast(pa.string()).drop_null())
    likely = texts.filter(pc.match_substring_regex(texts, LIKE_A_NUMBER))
    return len(numbers_within(likely.to_pylist()))


def _classes(opened: Opened, obligation: Mapping[str, Any]) -> Check:
    """k over the quasi-identifiers, people told apart by pseudonym; a row without one counts as nobody."""
    names = opened.quasi(obligation["quasi"])
    k, person = int(obligation["k"]), opened.person
    if not names:
        return passed(_K, "none of the quasi-identifiers is in the file")
    if person is None and _counts_people(opened):
        return not_checked(_K, "the certificate does not say which column tells people apart")
    sizes = class_sizes(opened.read([*names, *([person] if person else [])]), by=names, person=person)
    smallest = int(sizes.min()) if len(sizes) else k
    counted = "people" if person else "rows"
    by = f" told apart by {person}" if person else ""
    says = f"{len(sizes):,} classes of {', '.join(names)}; the smallest holds {smallest:,} {counted}{by}, k is {k}"
    return passed(_K, says) if smallest >= k else failed(_K, f"{says}; {int((sizes < k).sum()):,} hold fewer")


def _counts_people(opened: Opened) -> bool:
    lines = (line for line in opened.certificate["lines"] if line["obligation"]["kind"] == "k-anonymity")
    return any(line["figures"].get("counted", "rows") == "people" for line in lines)


def _small_numbers(opened: Opened, table: pa.Table, rule: Rule) -> Check:
    """Whether counts were hidden well enough to resist arithmetic is audited before a table leaves, not here."""
    asked = opened.obligation("only-fields") or {"fields": []}
    others = {name for name, _ in asked["fields"]} | _figures(opened)
    counts = [name for name in table.column_names if name not in others]
    found = [f"{name} {value}" for name in counts for value in table[name].to_pylist() if _never_prints(value, rule)]
    if found:
        return failed(_SMALL, f"{len(found)}, the first is {found[0]}; the rule is {rule.name}")
    return passed(_SMALL, f"{', '.join(counts)}, by the rule {rule.name}")


def _figures(opened: Opened) -> set[str]:
    """The columns that are no counts, as the certificate names them."""
    lines = (line for line in opened.certificate["lines"] if line["obligation"]["kind"] == "figures")
    return {name for line in lines for name in line["figures"]["figures"]}


def _never_prints(value: str | None, rule: Rule) -> bool:
    return value is not None and value.isdecimal() and rule.never_prints(int(value))


def _order(opened: Opened, person: str) -> Check:
    last, row = None, 1
    for batch in pq.ParquetFile(opened.path).iter_batches(columns=[person]):
        column = pa.concat_arrays([pa.array([last], pa.string()), batch.column(0).cast(pa.string())]).drop_null()
        places = pc.indices_nonzero(pc.less(column[1:], column[:-1]))
        if len(places):
            return failed(_ORDER, f"near row {row + places[0].as_py():,} one stands before its place")
        last, row = column[-1].as_py() if len(column) else None, row + len(batch)
    return passed(_ORDER, f"by {person}, so that the order says nothing of the order in which they were held")
