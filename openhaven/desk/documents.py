"""Documents that applicants attach: checked, sealed under a key of the haven, and opened only to be given back."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from openhaven.casework.documents import check_document, file_name
from openhaven.casework.states import Action
from openhaven.desk.cases import step
from openhaven.desk.models import Case, Person, Removal, Upload
from openhaven.haven import Haven
from openhaven.model.errors import BadInput, HavenError
from openhaven.outside.viruses import look_through

MOST = 20
"""Documents of one case."""
_NONCE = 12  # bytes


def attach(haven: Haven, case: Case, person: Person, *, name: str, content: bytes) -> Upload:
    """Keep a document. Raises BadInput, in words for whoever sends it, where it cannot be taken."""
    name, media = file_name(name), check_document(name, content)
    look_through(content, clamd=haven.settings.service.clamd)
    if case.uploads.count() >= MOST:
        raise BadInput(f"A case holds {MOST} documents at most")
    sealed = _seal(haven, content, of=f"{case.pk}/{name}")
    with step(haven, case, person, Action.ATTACH):
        return Upload.objects.create(case=case, person=person, name=name, media=media, size=len(content),
                                     sealed=sealed, at=haven.clock())  # fmt: skip


def take_back(haven: Haven, upload: Upload, person: Person) -> None:
    """Take a document back: it is shown no more. What was done with it stays on record."""
    with step(haven, upload.case, person, Action.ATTACH, what="taken back"):
        Removal.objects.get_or_create(upload=upload, defaults={"person": person, "at": haven.clock()})


def attached(case: Case) -> list[Upload]:
    """The documents of a case that were not taken back, without their content."""
    return list(case.uploads.filter(removal__isnull=True).defer("sealed").select_related("person"))


def content_of(haven: Haven, upload: Upload) -> bytes:
    """What was sent. Raises HavenError where it is not what was sealed."""
    sealed = bytes(upload.sealed)
    try:
        return _cipher(haven).decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{upload.case_id}/{upload.name}".encode())
    except InvalidTag:
        raise HavenError(f"document {upload.pk} is not what was sealed", where=upload.case_id) from None


def _seal(haven: Haven, content: bytes, *, of: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(haven).encrypt(nonce, content, of.encode())


def _cipher(haven: Haven) -> AESGCM:
    """AES-256-GCM under a key of its own, made from the service's secret."""
    return AESGCM(haven.keys.service_key("documents"))
