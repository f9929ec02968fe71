"""Every setting of a haven, as haven.toml holds it. What the law leaves open, or we are unsure of, is said to be so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from .facts import Policy
from .plain import from_plain, to_plain
from .ranges import check_range

FORMAT = 1
MOST_FILLING = 65_536
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Haven:
    """Who runs it. `contact` is where a review is asked for; `demo` admits NHS numbers of the 999 range, only then."""

    operator: str
    origin: str
    contact: str
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Engine:
    """Where relational work is done: `duckdb` in the process, or `spark`; `memory` as DuckDB writes it."""

    name: str = "duckdb"
    memory: str = "2GB"
    threads: int = 0

    def __post_init__(self) -> None:
        if self.name not in ("duckdb", "spark"):
            raise ValueError(f"engine {self.name!r}: choose duckdb or spark")
        check_range("engine.threads", self.threads)


@dataclass(frozen=True, slots=True)
class OptOutLists:
    """`largest_share_removed`: an answer of the national check that removes more of those asked is refused.
    `mailbox`: ours in MESH, for the names of questions. `type_1_max_age_days`: of the list with which GP data is
    taken in; as for the national check, to be confirmed."""

    largest_share_removed: float = 0.25
    mailbox: str = ""
    type_1_max_age_days: int = 21
    type_1_dissent: tuple[str, ...] = ("827241000000103",)
    type_1_withdrawn: tuple[str, ...] = ("827261000000102",)

    def __post_init__(self) -> None:
        for name in ("largest_share_removed", "type_1_max_age_days"):
            check_range(f"optouts.{name}", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness of the log: where it is asked, the key by which it is known, and which organisation runs it."""

    url: str
    key: str
    run_by: str

    def __post_init__(self) -> None:
        if not self.run_by.strip():
            raise ValueError("a witness needs run_by, the organisation that runs it: the operator's own never counts")


@dataclass(frozen=True, slots=True)
class Log:
    """`witnesses`: how many independent ones of `witness` must have cosigned before a package can be opened. At the
    times of day of `private_at` (in London) the head of the private log is entered, its entries filled up to a
    multiple of `private_filling`."""

    witnesses: int = 0
    witness: tuple[Witness, ...] = ()
    private_at: tuple[str, ...] = ("00:00",)
    private_filling: int = 64

    def __post_init__(self) -> None:
        if self.witnesses < 0:
            raise ValueError("log.witnesses is how many must have cosigned: 0 or more")
        if not self.private_at:
            raise ValueError("log.private_at needs one time of day at least")
        for time in self.private_at:
            dt.time.fromisoformat(time)
        if not 1 <= self.private_filling <= MOST_FILLING:
            raise ValueError(f"log.private_filling is a number from 1 to {MOST_FILLING}")

    def independent(self, operator: str) -> tuple[Witness, ...]:
        """Those that count: run by others than the operator, and only the first that an organisation runs."""
        first = {_folded(each.run_by): each for each in reversed(self.witness)}
        first.pop(_folded(operator), None)
        return tuple(each for each in self.witness if each in first.values())


def _folded(organisation: str) -> str:
    return " ".join(organisation.casefold().split())


@dataclass(frozen=True, slots=True)
class Keys:
    """What holds the keys. `files`: the haven's own folder. `credentials`: files that the system gives to the
    service, in `folder` or else in systemd's. `pkcs11`: the `token` of this name, by the library `module`, under names
    that begin with `label`; its PIN stands in `pin_file`, or else in a credential named pkcs11.pin."""

    provider: str = "files"
    folder: str = ""
    module: str = ""
    token: str = ""
    label: str = "openhaven"
    pin_file: str = ""

    def __post_init__(self) -> None:
        if self.provider not in ("files", "credentials", "pkcs11"):
            raise ValueError(f"keys.provider {self.provider!r}: choose files, credentials or pkcs11")
        needed = ("module", "token", "label") if self.provider == "pkcs11" else ()
        if missing := [each for each in needed if not getattr(self, each).strip()]:
            raise ValueError(f"keys.provider is pkcs11, which needs keys.{missing[0]}")
        serving = {"credentials": ("folder",), "pkcs11": ("module", "token", "label", "pin_file")}
        for each in ("folder", "module", "token", "pin_file"):
            if getattr(self, each) and each not in serving.get(self.provider, ()):
                raise ValueError(f"keys.{each} serves nothing where keys.provider is {self.provider}")


@dataclass(frozen=True, slots=True)
class Register:
    """`name_refused`: the public register names who was refused or referred."""

    name_refused: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """The web service: `hosts` are the names by which it is called, this machine's own when none is given; `https`
    says that it is reached over HTTPS only. `packages` is the folder for what its worker releases, relative to the
    haven and outside it; empty is the one beside the haven that is called after it, with "-packages".

    Who signed in is signed out after `idle_minutes` without a page, and after `session_hours` whatever they do.
    `servers_in_front` are those that each add an address to X-Forwarded-For. `stolen_passwords` is a file of SHA-1
    hashes in their order, relative to the haven. `clamd` looks documents through for viruses: the path of its socket,
    or HOST:PORT; empty is nobody."""

    hosts: tuple[str, ...] = ()
    https: bool = False
    packages: str = ""
    idle_minutes: int = 30
    session_hours: int = 12
    servers_in_front: int = 0
    stolen_passwords: str = ""
    clamd: str = ""

    def __post_init__(self) -> None:
        for name in ("idle_minutes", "session_hours", "servers_in_front"):
            check_range(f"service.{name}", getattr(self, name))


@dataclass(frozen=True, slots=True)
class Patients:
    """Who proves the identity of people who look at their own data, by OpenID Connect: `issuer`, our `client_id` there,
    and `key_file`, our private RSA key, relative to the haven. Without an issuer nobody signs in. `level` is what the
    claim `level_claim` has to say, `number_claim` the one that holds the NHS number, `trust` the vectors of trust that
    are asked for. `leave_to` is where the quick exit leads. `data_protection_officer` is who that is and how they are
    reached, as people read it; empty is the haven's own contact."""

    issuer: str = ""
    client_id: str = ""
    key_file: str = "keys/patients.pem"
    level: str = "P9"
    level_claim: str = "identity_proofing_level"
    number_claim: str = "nhs_number"
    trust: tuple[str, ...] = ("P9.Cp.Cd", "P9.Cp.Ck", "P9.Cm")
    leave_to: str = "https://www.bbc.co.uk/weather"
    data_protection_officer: str = ""

    def __post_init__(self) -> None:
        if self.issuer and not self.client_id:
            raise ValueError("patients.issuer needs patients.client_id, by which the issuer knows us")
        if not self.leave_to.startswith("https://"):
            raise ValueError("patients.leave_to is an https address")


class Secured(StrEnum):
    """How the way to the mail server is secured."""

    STARTTLS = "starttls"
    TLS = "tls"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Mail:
    """By which `server` people are told that something waits for them; without one nobody is told. `sender` is the
    address that letters come from, `service` the address of the service, which they name. `user` signs in there with
    the password in `password_file`, relative to the haven. `authorities` is a file with the certificates that vouch
    for the server; empty are the machine's own."""

    server: str = ""
    port: int = 587
    secured: Secured = Secured.STARTTLS
    user: str = ""
    password_file: str = ""
    authorities: str = ""
    sender: str = ""
    service: str = ""

    def __post_init__(self) -> None:
        if not self.server:
            return
        if "@" not in self.sender or not self.service.startswith(("https://", "http://")):
            raise ValueError("mail.server needs mail.sender, an e-mail address, and mail.service, the service's own")
        if self.secured is Secured.NO and self.server not in THIS_MACHINE:
            raise ValueError("mail.secured can be no only where mail.server is this machine")
        if bool(self.user) != bool(self.password_file):
            raise ValueError("mail.user and mail.password_file go together")


@dataclass(frozen=True, slots=True)
class Files:
    """Lookups, relative to the haven: postcode → lsoa, area, region; restricted code lists by name."""

    places: str = ""
    restricted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. `database` is a Django database setting; empty means SQLite in the haven."""

    format: int
    haven: Haven
    engine: Engine = field(default_factory=Engine)
    policy: Policy = field(default_factory=Policy)
    optouts: OptOutLists = field(default_factory=OptOutLists)
    log: Log = field(default_factory=Log)
    keys: Keys = field(default_factory=Keys)
    register: Register = field(default_factory=Register)
    service: Service = field(default_factory=Service)
    patients: Patients = field(default_factory=Patients)
    mail: Mail = field(default_factory=Mail)
    files: Files = field(default_factory=Files)
    database: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counting = len(self.log.independent(self.haven.operator))
        if self.log.witnesses > counting:
            raise ValueError(
                f"log.witnesses is {self.log.witnesses}, and {counting} of those in log.witness are run by others than "
                "the operator, each by another organisation"
            )


def settings_from(data: Mapping[str, Any], *, where: str) -> Settings:
    """Settings from plain data. Raises BadInput naming the setting."""
    return from_plain(Settings, data, where=where)


def flat(settings: Settings, given: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Each setting by its dotted name, its value, and whether it is from haven.toml or the default. A password is
    not shown."""
    for section in fields(settings):
        value = getattr(settings, section.name)
        stated = given.get(section.name, {})
        if not hasattr(value, "__dataclass_fields__"):
            shown = (
                {**value, "password": "(not shown)"} if section.name == "database" and "password" in value else value
            )
            yield section.name, shown, "haven.toml" if section.name in given else "default"
            continue
        for each in fields(value):
            yield (
                f"{section.name}.{each.name}",
                to_plain(getattr(value, each.name)) if each.name == "protection" else getattr(value, each.name),
                "haven.toml" if each.name in stated else "default",
            )
