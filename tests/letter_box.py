"""A real mail server on this machine that keeps what it takes, with a certificate of its own authority."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "haven", "words of the haven"
NOT_HERE = "nobody@example.org"


@dataclass
class LetterBox:
    """Where it is reached, and the letters taken so far."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:
        """Takes letters to everybody but one."""
        if address == NOT_HERE:
            return "550 no such reader"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        """Keeps the letter."""
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@contextmanager
def letter_box(folder: Path | None = None, *, named: str = "127.0.0.1", at_once: bool = False) -> Iterator[LetterBox]:
    """A server on a free port; with a folder under TLS, its certificate in `server.pem` there, with a sign-in."""
    box, more = LetterBox(), {}
    if folder is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(_certificate(folder, named))
        way = {"ssl_context": context} if at_once else {"tls_context": context, "require_starttls": True}
        more = {**way, "authenticator": _let_in, "auth_required": True, "auth_require_tls": not at_once}
    made = _Free(box, hostname="127.0.0.1", port=0, **more)
    made.start()
    try:
        box.port = made.server.sockets[0].getsockname()[1]
        yield box
    finally:
        made.stop()


class _Free(Controller):
    """On a port that the system chooses: whether it listens is asked at that port, not at port 0."""

    def _trigger_server(self) -> None:
        socket.create_connection(self.server.sockets[0].getsockname()).close()


def _let_in(_: SMTP, __: Any, ___: Any, ____: str, said: Any) -> AuthResult:
    known = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=said == known)


def _certificate(folder: Path, named: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server")])
    today = dt.datetime.now(dt.UTC)
    try:
        of: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(named))
    except ValueError:
        of = x509.DNSName(named)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([of]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    (folder / "authority.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path
