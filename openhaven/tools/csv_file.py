"""CSV by its bytes: checked whole, read as text, and rewritten field by field so that all else stays as it was.

Fields are parted by a separator and rows by LF or CRLF; a field may be quoted, with quotes inside doubled. What is
not so is refused, naming the row (the header is row 1), never guessed at.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from openhaven.disclosure.classes import Bools
from openhaven.disclosure.hierarchy import Ints
from openhaven.identity.nhs_number import clean
from openhaven.model.errors import BadInput
from openhaven.vault.texts import wide_encoding

Bytes = npt.NDArray[np.uint8]
BLOCK = 4 << 20  # bytes read at a time
LONGEST_ROW = 64 << 20
SAMPLE = 1 << 16
QUOTE, LF, CR = 34, 10, 13
BOM = b"\xef\xbb\xbf"
SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose header has been read."""

    path: Path
    separator: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """Whole rows. `starts` and `ends` (rows x columns) bound each field in `data`, its quotes included."""

    data: Bytes
    starts: Ints
    ends: Ints

    @property
    def rows(self) -> int:
        return len(self.starts)

    def text(self, column: int) -> pa.StringArray:
        """A column's values, quotes taken off."""
        start, end = self.starts[:, column], self.ends[:, column]
        quoted = (end > start) & (self.data[np.minimum(start, len(self.data) - 1)] == QUOTE)
        start, length = start + quoted, end - start - 2 * quoted
        offsets = np.concatenate(([0], np.cumsum(length))).astype(np.int32)
        data = gather(self.data, start, length)
        made = pa.StringArray.from_buffers(self.rows, pa.py_buffer(offsets), pa.py_buffer(data))
        return pc.replace_substring(made, '""', '"') if quoted.any() else made


def gather(data: Bytes, start: Ints, length: Ints) -> Bytes:
    """The pieces of `data` of these starts and lengths, one after the other."""
    ends = np.cumsum(length)
    shift = np.repeat(start - (ends - length), length)
    return data[np.arange(len(shift)) + shift]


def open_csv(path: Path, *, separator: str | None = None) -> CsvFile:
    """Find the separator (unless given) and read the header."""
    if separator is not None and (len(separator) != 1 or separator in '"\r\n' or not separator.isascii()):
        raise BadInput(f"{separator!r} cannot be a separator", todo="Give one character, such as ; or a tab.")
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    _check_encoding(path, sample)
    if not sample.removeprefix(BOM):
        raise BadInput("the file is empty", where=str(path))
    separator = separator or _find_separator(path, sample.removeprefix(BOM))
    header = next(_pieces(path, separator), None)
    if header is None:
        raise BadInput("the file has no header", where=str(path))
    columns = tuple(header.text(column)[0].as_py() for column in range(header.starts.shape[1]))
    for name in columns:
        if not name or columns.count(name) > 1:
            what = f"the header has {name!r} twice" if name else "a column has no name"
            raise BadInput(what, where=f"{path}, row 1")
        if clean(name):
            todo = "Put a line with the names of the columns before it."
            raise BadInput("row 1 holds an NHS number, so the file has no header", where=str(path), todo=todo)
    return CsvFile(path, separator, columns)


def _find_separator(path: Path, sample: bytes) -> str:
    data = np.frombuffer(sample, dtype=np.uint8)
    outside = data[~_inside_quotes(data)]
    rows = np.split(outside, np.flatnonzero(outside == LF) + 1)[:50]
    rows = rows[:1] if len(rows) < 3 else rows[:-1]  # the last may be cut by the end of the sample
    counts = {each: [int((row == ord(each)).sum()) for row in rows] for each in SEPARATORS}
    used = {each: count for each, count in counts.items() if count[0]}
    steady = [each for each, count in used.items() if len(set(count)) == 1]
    if len(steady) == 1 or len(used) == 1:
        return (steady or list(used))[0]
    if not used:
        return ","
    raise BadInput(
        f"the separator is not clear: it may be any of {' '.join(repr(each) for each in steady or used)}",
        where=str(path),
        todo="Say which with --separator.",
    )


def chunks(file: CsvFile) -> Iterator[Chunk]:
    """The rows after the header, in order. Raises BadInput on the first thing that is not right."""
    pieces = _pieces(file.path, file.separator)
    next(pieces)
    yield from pieces


def header_bytes(file: CsvFile, *, added: Sequence[str] = ()) -> bytes:
    """The header row just as it is, byte order mark and line end included, with further columns at its end."""
    header = next(_pieces(file.path, file.separator))
    with file.path.open("rb") as source:
        mark = BOM if source.read(3) == BOM else b""
    row, end = header.data.tobytes(), int(header.ends[0, -1])
    more = b"".join(file.separator.encode() + quoted(name, file.separator) for name in added)
    return mark + row[:end] + more + row[end:]


def _pieces(path: Path, separator: str) -> Iterator[Chunk]:
    """First the header alone, then the other rows by the block."""
    rest, done, width = b"", 0, 0
    with path.open("rb") as file:
        if file.read(3) != BOM:
            file.seek(0)
        while block := file.read(BLOCK):
            data = np.frombuffer(rest + block, dtype=np.uint8)
            whole, lines = _whole_rows(path, data, separator, done)
            rest = data[whole:].tobytes()
            if len(rest) > LONGEST_ROW:
                todo = "Perhaps a quote is opened and never closed."
                raise BadInput(f"row {done + lines + 1} is over 64 MB long", where=str(path), todo=todo)
            if whole:
                for chunk in _split(path, data[:whole], separator, done, width):
                    width = width or chunk.starts.shape[1]
                    yield chunk
                done += lines
    if rest:
        yield from _last(path, np.frombuffer(rest, dtype=np.uint8), separator, done, width)


def _whole_rows(path: Path, data: Bytes, separator: str, done: int) -> tuple[int, int]:
    """How many bytes are whole rows, and how many rows; checks what can be seen before the rows are parted."""
    inside = _inside_quotes(data)
    breaks = np.flatnonzero((data == LF) & ~inside)
    _refuse_at(path, data, np.flatnonzero(data == 0), done, "holds a NUL byte")
    _check_quotes(path, data, inside, separator, done)
    return (int(breaks[-1]) + 1 if len(breaks) else 0), len(breaks)


def _last(path: Path, data: Bytes, separator: str, done: int, width: int) -> Iterator[Chunk]:
    """A last row without a line end."""
    if _inside_quotes(data)[-1]:
        raise BadInput("the file is cut short inside a quoted field", where=f"{path}, row {done + 1}")
    for chunk in _split(path, np.append(data, np.uint8(LF)), separator, done, width):
        yield Chunk(data, chunk.starts, chunk.ends)


def _inside_quotes(data: Bytes) -> Bools:
    """For each byte: whether a quoted field is open after it."""
    inside: Bools = np.bitwise_xor.accumulate(data == QUOTE)
    return inside


def _check_quotes(path: Path, data: Bytes, inside: Bools, separator: str, done: int) -> None:
    quotes = np.flatnonzero(data == QUOTE)
    if not len(quotes):
        return
    opening, closing = quotes[inside[quotes]], quotes[~inside[quotes]]
    before = data[np.maximum(opening - 1, 0)]
    starts_field = (opening == 0) | np.isin(before, [ord(separator), LF, QUOTE])
    _refuse_at(path, data, opening[~starts_field], done, "has a quote inside a field that is not quoted")
    closing = closing[closing < len(data) - 1]
    ends_field = np.isin(data[closing + 1], [ord(separator), LF, CR, QUOTE])
    _refuse_at(path, data, closing[~ends_field], done, "has text after a closing quote")


def _refuse_at(path: Path, data: Bytes, places: Ints, done: int, what: str) -> None:
    if len(places):
        before = data[: places[0]]
        row = done + 1 + int(((before == LF) & ~_inside_quotes(before)).sum())
        raise BadInput(f"row {row} {what}", where=str(path), todo="The header is row 1. Nothing is written.")


def _split(path: Path, data: Bytes, separator: str, done: int, width: int) -> Iterator[Chunk]:
    """Whole rows into fields; the header (done = 0) as a chunk of its own."""
    _check_text(path, data, done)
    inside = _inside_quotes(data)
    lone = np.flatnonzero((data == CR) & ~inside)
    _refuse_at(path, data, lone[data[np.minimum(lone + 1, len(data) - 1)] != LF], done, "has a lone carriage return")
    stops = np.flatnonzero(((data == ord(separator)) | (data == LF)) & ~inside)
    ends_row = data[stops] == LF
    if not done:
        width = int(np.flatnonzero(ends_row)[0]) + 1
    _check_width(path, np.diff(np.flatnonzero(ends_row), prepend=-1), width, done)
    starts = np.concatenate(([0], stops[:-1] + 1)).reshape(-1, width)
    ends = stops.reshape(-1, width).copy()
    ends[:, -1] -= (data[ends[:, -1] - 1] == CR) & (ends[:, -1] > starts[:, -1])
    if done:
        yield Chunk(data, starts, ends)
        return
    begin = int(stops[width - 1]) + 1
    yield Chunk(data[:begin], starts[:1], ends[:1])
    if len(starts) > 1:
        yield Chunk(data[begin:], starts[1:] - begin, ends[1:] - begin)


def _check_width(path: Path, widths: Ints, width: int, done: int) -> None:
    ragged = np.flatnonzero(widths != width)
    if len(ragged):
        row, found = done + 1 + int(ragged[0]), int(widths[ragged[0]])
        raise BadInput(
            f"row {row} has {found} field(s), the header has {width}",
            where=str(path),
            todo="The header is row 1. Perhaps the file is cut short, or a separator stands unquoted in a value.",
        )


def _check_encoding(path: Path, sample: bytes) -> None:
    if wide := wide_encoding(sample):
        raise BadInput(f"the file is {wide}, not UTF-8", where=str(path), todo=_convert(path, wide))


def _check_text(path: Path, data: Bytes, done: int) -> None:
    try:
        data.tobytes().decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        row = done + 1 + int(((before == LF) & ~_inside_quotes(before)).sum())
        raise BadInput(
            f"row {row} is not UTF-8 (byte {data[error.start]:#04x}); the file may be Windows-1252",
            where=str(path),
            todo=_convert(path, "WINDOWS-1252"),
        ) from error


def _convert(path: Path, encoding: str) -> str:
    return f"Convert it: iconv -f {encoding} -t UTF-8 '{path}' > '{path.with_suffix('.utf8' + path.suffix)}'"


def quoted(value: str, separator: str) -> bytes:
    """A value as a field, in quotes where it needs them."""
    if any(mark in value for mark in (separator, '"', "\r", "\n")):
        value = '"' + value.replace('"', '""') + '"'
    return value.encode()


def splice(chunk: Chunk, columns: Sequence[int], texts: Sequence[Sequence[bytes]], codes: Sequence[Ints]) -> bytes:
    """The chunk's bytes with fields replaced: in column columns[j], row i becomes texts[j][codes[j][i]].

    A code of -1 leaves the field as it is. The column after the last is what is added at the end of a row.
    """
    order = sorted(range(len(columns)), key=lambda each: columns[each])
    pool, begins = _pool(texts)
    source = np.concatenate((chunk.data, pool))
    cursor = chunk.starts[:, 0]
    starts, lengths = [], []
    for each in order:
        start, end = _field(chunk, columns[each])
        starts += [cursor, _pick(codes[each], begins[each][:-1] + len(chunk.data), start)]
        lengths += [start - cursor, _pick(codes[each], np.diff(begins[each]), end - start)]
        cursor = end
    starts.append(cursor)
    lengths.append(np.append(chunk.starts[1:, 0], len(chunk.data)) - cursor)
    return gather(source, np.stack(starts, axis=1).ravel(), np.stack(lengths, axis=1).ravel()).tobytes()


def _field(chunk: Chunk, column: int) -> tuple[Ints, Ints]:
    if column == chunk.starts.shape[1]:
        return chunk.ends[:, -1], chunk.ends[:, -1]
    return chunk.starts[:, column], chunk.ends[:, column]


def _pool(texts: Sequence[Sequence[bytes]]) -> tuple[Bytes, list[Ints]]:
    """All texts in a row, and where each column's begin (one more entry: where the last ends)."""
    begins, at = [], 0
    for each in texts:
        lengths = np.array([len(text) for text in each], dtype=np.int64)
        begins.append(np.concatenate(([at], at + np.cumsum(lengths))).astype(np.int64))
        at = int(begins[-1][-1])
    return np.frombuffer(b"".join(text for each in texts for text in each), dtype=np.uint8), begins


def _pick(codes: Ints, chosen: Ints, otherwise: Ints) -> Ints:
    return np.where(codes < 0, otherwise, chosen[np.maximum(codes, 0)])
