"""Whether a document is what its name says: by its ending, its size, its first bytes, and what unpacks from it."""

import io
import zipfile
from collections.abc import Callable, Mapping

from openhaven.identity.nhs_number import numbers_within
from openhaven.model.errors import BadInput

MOST = 10_000_000
"""The most bytes of one document."""
UNPACKED = 100_000_000
"""The most bytes that may unpack from it."""
PARTS = 2_000
"""The most files that may lie in it."""
_PIECE = 1 << 16
_ACTIVE = ("vbaproject", "activex", "oleobject", "scripts/", "basic/")
"""What runs when a document is opened, by parts of names."""

TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "odt": "application/vnd.oasis.opendocument.text",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
}
"""The endings that are taken, with their media types."""


def check_document(name: str, content: bytes) -> str:
    """The media type of a document. Raises BadInput, in words for whoever sends it, where it cannot be taken."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in TYPES:
        raise BadInput(f"This kind of file is not taken. Send one of: {', '.join(sorted(TYPES))}")
    if not content:
        raise BadInput("The file is empty")
    if len(content) > MOST:
        raise BadInput(f"The file is larger than {MOST // 1_000_000} MB")
    if not _FITS[ending](content):
        raise BadInput(f"The file is not what its name says: it is no {ending.upper()} file that we can read")
    return TYPES[ending]


def file_name(name: str) -> str:
    """A name under which a document can be kept and given back: without folders and odd signs, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each if each.isalnum() or each in " ._-()" else "_" for each in last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[:100]}.{ending[:10]}" if dot else kept[:100] or "document"


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]


def _is_png(content: bytes) -> bool:
    return content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and b"IEND" in content[-16:]


def _is_jpeg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\0").endswith(b"\xff\xd9")


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(each < " " and each not in "\t\n\r\f" for each in text):
        return False
    if numbers_within([text]):
        raise BadInput("The file holds an NHS number. Send nothing about patients here")
    return True


def _is_docx(content: bytes) -> bool:
    parts = _unpacked(content)
    return "[Content_Types].xml" in parts and "word/document.xml" in parts


def _is_odt(content: bytes) -> bool:
    parts = _unpacked(content)
    return parts.get("mimetype") == TYPES["odt"].encode() and "content.xml" in parts


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The names of what lies in an archive, with its first bytes; all of it is unpacked and counted, since what an
    archive says of its own size may be a lie. Raises BadInput for one that grows too large, is locked, or runs."""
    if not content.startswith(b"PK\x03\x04"):
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_parts(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError):
        return {}  # broken, locked, or packed in a way that nobody's word processor uses
    except Exception as error:  # zlib's own, which has no common name with the others
        if type(error).__module__ != "zlib":
            raise
        return {}


def _read_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    found, left = dict[str, bytes](), UNPACKED
    if len(archive.infolist()) > PARTS:
        raise BadInput("The file holds too many parts")
    for each in archive.infolist():
        if any(word in each.filename.lower() for word in _ACTIVE):
            raise BadInput("The file holds something that runs. Send it without macros")
        with archive.open(each) as part:
            first = piece = part.read(_PIECE)
            while piece:
                left -= len(piece)
                if left < 0:
                    raise BadInput("The file unpacks to far more than it seems")
                piece = part.read(_PIECE)
        found[each.filename] = first
    return found


_FITS: Mapping[str, Callable[[bytes], bool]] = {
    "pdf": _is_pdf,
    "docx": _is_docx,
    "odt": _is_odt,
    "png": _is_png,
    "jpeg": _is_jpeg,
    "jpg": _is_jpeg,
    "txt": _is_text,
    "csv": _is_text,
}
