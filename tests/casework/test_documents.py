"""A document is taken where it is what its name says, and nothing in it grows, hides or runs."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest

from openhaven.casework.documents import MOST, TYPES, check_document, file_name
from openhaven.model.errors import BadInput

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20) + b"\0\0\0\0IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20) + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


def archive(parts: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>"}
ODT = {"mimetype": TYPES["odt"].encode(), "content.xml": b"<document/>"}
GOOD = {
    "a.pdf": PDF,
    "a.PNG": PNG,
    "a.jpg": JPEG,
    "a.jpeg": JPEG,
    "a.txt": "Grüße, שלום\n".encode(),
    "a.csv": b"\xef\xbb\xbfa,b\r\n1,2\r\n",
    "a.docx": archive(DOCX),
    "a.odt": archive(ODT, zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_what_its_name_says_is_taken(name: str) -> None:
    assert check_document(name, GOOD[name]) == TYPES[name.rpartition(".")[2].lower()]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("other", GOOD)
def test_nothing_is_taken_under_the_ending_of_another(name: str, other: str) -> None:
    ending, kind = name.rpartition(".")[2].lower(), TYPES[other.rpartition(".")[2].lower()]
    if TYPES[ending] != kind and not {TYPES[ending], kind} <= {"text/plain", "text/csv"}:
        if kind == "application/pdf" and TYPES[ending].startswith("text/"):
            return  # a PDF of plain letters is text, and is given back as text
        with pytest.raises(BadInput, match="not what its name says"):
            check_document(name, GOOD[other])


@pytest.mark.parametrize("name", ["a.exe", "a", "a.html", "a.svg", "pdf", "a.pdf.exe", ".pdf.zip", ""])
def test_other_endings_are_not_taken(name: str) -> None:
    with pytest.raises(BadInput, match="kind of file"):
        check_document(name, PDF)


def test_an_empty_and_a_huge_file_are_not_taken() -> None:
    with pytest.raises(BadInput, match="empty"):
        check_document("a.txt", b"")
    with pytest.raises(BadInput, match="larger than 10 MB"):
        check_document("a.txt", b"a" * (MOST + 1))


def test_what_unpacks_to_far_more_is_not_taken() -> None:
    bomb = archive(DOCX | {f"word/{place}.xml": bytes(30_000_000) for place in range(4)})
    assert len(bomb) < 1_000_000
    with pytest.raises(BadInput, match="unpacks to far more"):
        check_document("a.docx", bomb)


def test_an_archive_that_lies_of_its_size_is_counted_as_it_unpacks() -> None:
    bomb = bytearray(archive(DOCX | {"word/big.xml": bytes(120_000_000)}))
    real = (120_000_000).to_bytes(4, "little")
    assert bomb.count(real) >= 1
    lied = bytes(bomb.replace(real, (10).to_bytes(4, "little")))
    with pytest.raises(BadInput):
        check_document("a.docx", lied)


def test_an_archive_of_very_many_parts_is_not_taken() -> None:
    with pytest.raises(BadInput, match="too many parts"):
        check_document("a.docx", archive(DOCX | {f"{place}": b"" for place in range(2_001)}))


@pytest.mark.parametrize(
    "name", ["word/vbaProject.bin", "word/activeX/activeX1.xml", "Scripts/python/x.py", "Basic/x.xml"]
)
def test_what_runs_is_not_taken(name: str) -> None:
    with pytest.raises(BadInput, match="runs"):
        check_document("a.docx", archive(DOCX | {name: b"x"}))


@pytest.mark.parametrize("cut", range(4, 200, 7))
def test_a_broken_archive_is_said_to_be_none(cut: int) -> None:
    whole = archive(DOCX)
    for broken in (whole[:-cut], whole[:cut] + b"\xff" + whole[cut + 1 :]):
        with contextlib.suppress(BadInput):  # some flipped bytes change nothing that is read
            check_document("a.docx", broken)


def test_text_with_a_patients_number_is_not_taken() -> None:
    with pytest.raises(BadInput, match="NHS number"):
        check_document("a.csv", b"nhs_number\n9990000018\n9990000026\n9990000034\n9990000042\n9990000050\n9990000069")


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\letter.pdf", "letter.pdf"), ("a\r\nb.pdf", "a__b.pdf"), ("", "document"),
     ("..", "document"), ('q"uote.pdf', "q_uote.pdf"), ("x" * 300 + ".pdf", "x" * 100 + ".pdf")],
)  # fmt: skip
def test_a_name_is_kept_without_folders_and_odd_signs(name: str, kept: str) -> None:
    assert file_name(name) == kept
