"""One release, made up, whole enough to certify, package, verify and open."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from openhaven.log import Checkpoint, Entry, EntryType, commitment, make_proof, sign_checkpoint, verifier_key
from openhaven.log.tree import append, leaf_hash, root
from openhaven.model.certificate import Bar, Certificate, Column, Line, Output, Removed
from openhaven.model.obligation import (
    AtLevel,
    Checker,
    DestroyBy,
    EncryptTo,
    Evidence,
    KAnonymity,
    NationalOptOut,
    Obligation,
    OnlyFields,
    PseudonymScope,
    RestrictedCodes,
    Standing,
    promise,
)
from openhaven.model.words import Level, Precision
from openhaven.package.build import Built, Entered, PackageInput, build, finish
from openhaven.package.certificate import FORMAT
from openhaven.package.page import Naming
from openhaven.package.sealing import new_identity, recipient_of

LOG_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = verifier_key("haven.example/log", LOG_PRIVATE)
SIGN_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SIGN_KEY = verifier_key("haven.example/log/packages", SIGN_PRIVATE)
TRUST = (str(LOG_KEY), str(SIGN_KEY))
RECIPIENT_IDENTITY = new_identity()
RECIPIENT_KEY = recipient_of(RECIPIENT_IDENTITY)
SALT = bytes(range(100, 132))

NAMING = Naming(
    provisions={
        "NDO-02": "National data opt-out policy: data that is not confidential patient information",
        "ANON-03": "DCB1523: stronger k for higher risk",
        "ANON-08": "Direct identifiers to strip by default",
        "ANON-09": "Pseudonyms keyed for one purpose and recipient",
        "LAW-18": "Common law: no confidential patient information leaves",
        "DARS-10": "The signed data sharing agreement",
        "CAL-3": "Caldicott principle 3: the minimum necessary",
    },
    organisations={
        "uni-north": "University of the North",
        "trust-a": "Ayrfield Hospitals NHS Trust",
        "trust-b": "Brookmoor NHS Foundation Trust",
    },
)
COLUMNS = (
    Column("person", "string", "patient_key", "pseudonym", "Pseudonym of the person", "person"),
    Column("age_band", "string", "date_of_birth", "10-year band", "Age at admission", "quasi"),
    Column("sex", "string", "sex", "as held", "Sex as recorded", "quasi"),
    Column("area", "string", "postcode", "region", "Region of residence", "quasi"),
    Column("admitted", "date", "admission_date", "month", "Month of admission"),
    Column("diagnosis", "string", "diagnosis", "3-character code", "Main diagnosis, ICD-10"),
    Column("days", "integer", "length_of_stay", "as held", "Days in hospital"),
)


def hes_2018(count: int) -> str:
    """0 stays, 1 to 7 is hidden, others go to the nearest 5 (rule SDC-HES-2018)."""
    if count == 0:
        return "0"
    return "*" if count <= 7 else str(5 * round(count / 5))


def table(people: int = 60) -> pa.Table:
    """Rows in pseudonym order; every class of age band, sex and area holds at least five people."""
    rows = []
    for person in range(people):
        pseudonym = hashlib.sha256(f"person {person}".encode()).hexdigest()[:32]
        for visit in range(1 + person % 3):
            rows.append(
                {
                    "person": pseudonym,
                    "age_band": ("40-49", "50-59")[person % 2],
                    "sex": ("1", "2")[person // 2 % 2],
                    "area": ("North West", "London")[person // 4 % 2],
                    "admitted": dt.date(2026, 1 + visit, 1),
                    "diagnosis": ("C34", "I21", "J45")[visit],
                    "days": person % 9,
                }
            )
    rows.sort(key=lambda row: row["person"])
    schema = pa.schema(
        [
            (column.name, {"date": pa.date32(), "integer": pa.int64()}.get(column.type, pa.string()))
            for column in COLUMNS
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def output(path: Path, *, columns: tuple[Column, ...] = COLUMNS) -> Output:
    data = path.read_bytes()
    return Output(
        path.name, pq.ParquetFile(path).metadata.num_rows, len(data), hashlib.sha256(data).hexdigest(), columns
    )


def _line(
    obligation: Obligation,
    says: str,
    measured: Mapping[str, Any],
    checker: Checker,
    only: Mapping[str, Any] | None = None,
) -> Line:
    return Line(obligation, Evidence(obligation.kind, Standing.MEASURED, says, measured, checker, only or {}))


def _promise(obligation: Obligation, says: str, checker: Checker) -> Line:
    made = promise(obligation.kind, obligation.due)
    return Line(obligation, Evidence(obligation.kind, Standing.PROMISED, says, {}, checker, {}, made))


def lines() -> tuple[Line, ...]:
    asked = tuple((column.source, Precision.AS_HELD) for column in COLUMNS)
    return (
        _line(
            OnlyFields(provisions=("CAL-3", "DARS-10"), because="The agreement covers these fields.", fields=asked),
            "The file has exactly these columns, none finer than agreed.",
            {"columns": 7},
            Checker.ANYONE,
        ),
        _line(
            AtLevel(
                provisions=("ANON-08", "LAW-18"),
                because="No confidential patient information may leave.",
                level=Level.DE_IDENTIFIED,
            ),
            "No column holds a name, an address or a valid NHS number.",
            {"valid_nhs_numbers": 0},
            Checker.RECIPIENT,
        ),
        _line(
            NationalOptOut(
                provisions=("NDO-02",),
                applies=False,
                max_age_days=21,
                because="The opt-out covers confidential patient information, and none leaves here.",
            ),
            "Not applied, as the decision says.",
            {},
            Checker.CONTROLLER,
            {"people_who_opted_out_in_the_file": 3127},
        ),
        _line(
            PseudonymScope(
                provisions=("ANON-09",),
                because="Files of two recipients must not join.",
                recipient="uni-north",
                agreement="DSA-2026-014",
                epoch="1",
            ),
            "Every key is a pseudonym of this scope; {people} people are in the file.",
            {"people": 60},
            Checker.CONTROLLER,
        ),
        _line(
            KAnonymity(
                provisions=("ANON-03",),
                because="Limited release under contract; k is policy here.",
                k=5,
                quasi=("date_of_birth", "sex", "postcode"),
                suppression=0.05,
            ),
            "The smallest class holds 7 people; {rows_removed} rows were left out for it.",
            {"k": 7, "share_of_rows_removed": 0.01234},
            Checker.RECIPIENT,
            {"rows_removed": 1549, "classes_removed": 208},
        ),
        _line(
            RestrictedCodes(
                provisions=("LAW-18",),
                because="Some codes may never be disclosed.",
                lists=("fertility-2026", "gender-recognition-2026"),
            ),
            "Every coded column was searched; 4 records were left out.",
            {"columns": 1},
            Checker.CONTROLLER,
            {"records_removed": 4},
        ),
        _promise(
            EncryptTo(
                provisions=("DARS-10",),
                because="Only the recipient may open it.",
                recipient="uni-north",
                age_key=RECIPIENT_KEY,
            ),
            "The package's own key is sealed to the recipient's key of record.",
            Checker.RECIPIENT,
        ),
        _promise(
            DestroyBy(provisions=("DARS-10",), because="The term of the agreement.", by=dt.date(2027, 11, 30)),
            "The recipient destroys this data, with every copy.",
            Checker.CONTROLLER,
        ),
    )


def certificate(made_of: Output) -> Certificate:
    return Certificate(
        format=FORMAT,
        release="R-2026-0007",
        application="APP-2026-031",
        title="Admissions for lung cancer in the north",
        agreement="DSA-2026-014",
        recipient="uni-north",
        controllers=("trust-a", "trust-b"),
        decided_on=dt.date(2026, 11, 20),
        made_on=dt.date(2026, 11, 21),
        ruleset="2026.11",
        level="de-identified",
        says=(
            "No confidential patient information leaves, so the duty of confidence does not stand in the way.",
            "The national data opt-out was not required; 3,127 people who opted out are among those described.",
        ),
        lines=lines(),
        output=made_of,
        before=(
            Bar(1, 1, 18203, 18203),
            Bar(2, 4, 9120, 24690),
            Bar(5, 9, 2901, 18870),
            Bar(10, 49, 1210, 26120),
            Bar(50, 1 << 31, 90, 12117),
        ),
        after=(Bar(5, 9, 211, 1490), Bar(10, 49, 840, 21260), Bar(50, 1 << 31, 502, 75701)),
        singled_out={"one": 0.0, "two": 0.0312, "three": 0.1173, "all_rows": 0.2841},
        removed=(
            Removed("age", "0-9", 31, 9120, group="age"),
            Removed("age", "40-49", 4, 12044, group="age"),
            Removed("age", "80-89", 702, 8011, group="age"),
            Removed("age", "90 or over", 812, 2101, group="age"),
            Removed("sex", "1", 702, 48111, group="sex"),
            Removed("sex", "2", 847, 51889, group="sex"),
            Removed("ethnicity", "A", 612, 80120, group="ethnicity", leaves=False),
            Removed("ethnicity", "H", 391, 4120, group="ethnicity", leaves=False),
            Removed("ethnicity", "M", 546, 2011, group="ethnicity", leaves=False),
            Removed("area", "North West", 149, 13870, group="area"),
            Removed("area", "Isles of Scilly", 3, 3, group="area"),
            Removed("area", "London", 1397, 15998, group="area"),
        ),
        counts=(
            ("Rows delivered", 600124),
            ("Rows of the cohort", 128400),
            ("Rows after restricted codes", 128396),
            ("Rows after protection", 126847),
        ),
        policy=("k is 5 for release under contract.", "Counts are published under the rule HES-2018."),
        to_be_confirmed=("21 days as the longest age of an opt-out answer (NDO-14).",),
        decision={
            "verdict": "permit",
            "questions": [
                {
                    "question": "confidentiality",
                    "answer": "met",
                    "findings": [
                        {
                            "rule": "not-confidential",
                            "effect": "permit",
                            "provisions": ["LAW-18"],
                            "used": ["classification-3"],
                            "because": "A named person classified this kind of release.",
                        }
                    ],
                },
                {
                    "question": "agreement",
                    "answer": "met",
                    "findings": [
                        {
                            "rule": "agreement-in-force",
                            "effect": "permit",
                            "provisions": ["DARS-10"],
                            "used": ["DSA-2026-014"],
                            "because": "The agreement is signed and runs until 30 November 2027.",
                        }
                    ],
                },
            ],
        },
        purpose="Research into how quickly people with lung cancer come to treatment, and whether places differ.",
    )


@dataclass(frozen=True)
class Story:
    """A finished package with everything that made it."""

    package: Path
    plain: Path
    built: Built
    key_file: Path


def package_input(plain: Path, **changes: Any) -> PackageInput:
    made = changes.pop("certificate", None) or certificate(output(plain))
    whole = PackageInput(
        certificate=made,
        rule=hes_2018,
        naming=NAMING,
        data=plain,
        letter="<!DOCTYPE html><html lang='en-GB'><title>Letter</title><p>Dear applicant</p></html>",
        key=SIGN_KEY,
        signer=SIGN_PRIVATE,
        released_by="The North Haven",
        dataset="Hospital admissions",
        conditions="Use under agreement DSA-2026-014 only; destroy by 30 November 2027.",
    )
    return replace(whole, **changes)


def entered(built: Built, *, release: str = "R-2026-0007", salt: bytes = SALT) -> Entered:
    """Enter the release in a small log, between others."""
    entry = Entry(
        EntryType.RELEASED, "2026-11-21T20:00:00Z", {"release": release}, {"manifest": commitment(built.body, salt)}
    )
    others = [bytes(Entry(EntryType.DECIDED, f"2026-11-21T19:00:0{n}Z", {"application": "APP"}, {})) for n in range(3)]
    nodes: dict[tuple[int, int], bytes] = {}
    leaves = [*others, bytes(entry), *others]
    for size, leaf in enumerate(leaves):
        for node in append(size, leaf_hash(leaf), lambda level, index: nodes[level, index]):
            nodes[node.level, node.index] = node.hash

    def read(level: int, index: int) -> bytes:
        return nodes[level, index]

    head = Checkpoint(LOG_KEY.name, len(leaves), root(len(leaves), read))
    note = sign_checkpoint(head, key=LOG_KEY, signer=LOG_PRIVATE)
    return Entered(entry=bytes(entry), proof=make_proof(3, checkpoint=note, read_node=read), salt=salt)


def make(folder: Path, *, made: pa.Table | None = None, **changes: Any) -> Story:
    """Build and finish one package of Parquet data in a folder."""
    folder.mkdir(exist_ok=True)
    plain = folder / "episodes.parquet"
    pq.write_table(table() if made is None else made, plain)
    return packed(folder, plain, **changes)


def packed(folder: Path, plain: Path, **changes: Any) -> Story:
    """Build and finish one package of the data given."""
    package = folder / "package"
    built = build(package_input(plain, **changes), package)
    finish(package, entered=entered(built), identity=built.identity, recipient_key=RECIPIENT_KEY)
    key_file = folder / "recipient.key"
    key_file.write_text(f"# made for a test\n{RECIPIENT_IDENTITY}\n")
    return Story(package, plain, built, key_file)
