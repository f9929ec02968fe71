"""The page of settings. What each does stands here; a missing or a stray line is an error."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator

from making.markdown import listed, table, words_of
from making.shapes import default, enum, noun, type_of
from openhaven.disclosure import rules as small_numbers
from openhaven.model.ranges import RANGES
from openhaven.model.settings import Secured, Settings, Witness

SETTINGS = {
    "format": "the format of haven.toml",
    "haven.operator": "the organisation that runs the haven, as letters and certificates name it",
    "haven.origin": "the log's name, like a domain; it never changes",
    "haven.contact": "where an applicant asks for a review",
    "haven.demo": "admit NHS numbers of the 999 range; never where real data is held",
    "engine.name": "`duckdb` in the process, or `spark` (with the extra `spark`, and Java)",
    "engine.memory": "the most memory that DuckDB may use",
    "engine.threads": "how many processors to use; 0 is all",
    "policy.optout_max_age_days": "days for which an answer of the national check is relied on; to be confirmed",
    "policy.optout_wider": "apply the national opt-out also where no confidential patient information leaves",
    "policy.support_review_grace_days": "days after a missed review for which support is relied on, with a warning",
    "policy.k_limited": "the k of an agreement that does not state its own",
    "policy.suppression": "the largest share of rows suppressed, where the agreement does not say",
    "policy.protection": "what is demanded of rows beyond k, whatever an agreement says: see "
    "[ask for more than k](../how-to/ask-for-more-than-k.md)",
    "policy.table_rule": "the rule for small numbers, where the agreement does not say",
    "policy.numbers": "values chosen for numbers of the law that are open to choice; `haven settings` prints each, and "
    "[the law](law.md#numbers) says which",
    "policy.restricted_lists": "which lists of restricted codes are looked for; each is named in `files.restricted`",
    "policy.gender_recognition_lists": "those that hold protected information about gender recognition, to which the "
    "dated exceptions of section 22 apply",
    "policy.sensitive_lists": "lists of codes that are sensitive by policy: left out, unless the agreement admits them "
    "with an approval",
    "policy.sensitive_table_rule": "the rule for small numbers where codes sensitive by policy are admitted",
    "policy.national_body": "the operator is the national body, to which section 261 speaks",
    "policy.optout_exemptions": "which exemptions from the national opt-out this installation has confirmed, by their "
    "codes; the others count for nothing until they are named here",
    "policy.type_1_where_law_requires": "respect Type 1 objections also where a law requires the flow of GP data",
    "policy.case_managers": "decide for case managers as was proposed in 2014; not law",
    "policy.safe_havens": "decide for accredited safe havens as was proposed in 2014; not law",
    "optouts.largest_share_removed": "an answer that removes more of those asked is refused as probably broken",
    "optouts.mailbox": "this haven's mailbox in MESH, which questions to the national check are named after",
    "optouts.type_1_max_age_days": "days after loading a Type 1 list for which GP data is taken in under it; to be "
    "confirmed",
    "optouts.type_1_dissent": "SNOMED CT codes by which a person objects (Type 1)",
    "optouts.type_1_withdrawn": "SNOMED CT codes by which an objection is withdrawn",
    "log.witnesses": "how many independent witnesses must have cosigned the log before a package can be opened; two of "
    "three in production",
    "log.witness": "the witnesses that are asked, each with `url`, `key` and `run_by`, the organisation that runs it; "
    "one that the operator runs never counts ([how to](../how-to/witness.md))",
    "log.private_at": "times of day (in London) at which the head of the private log is entered in the public one, by "
    "the next command that writes",
    "log.private_filling": "the private log is filled up to a multiple of this each time, so that its size does not "
    "tell how many look-ups there were",
    "keys.provider": "what holds the keys: `files` in the haven, `credentials` that the system gives to the service, "
    "or `pkcs11`, a token ([how to](../how-to/keys.md))",
    "keys.folder": "the folder of credentials; empty is systemd's, `$CREDENTIALS_DIRECTORY`",
    "keys.module": "the library of the token, a path",
    "keys.token": "the name of the token",
    "keys.label": "how the names of this haven's keys in the token begin",
    "keys.pin_file": "a file with the token's PIN, which the service alone may read; empty is a credential named "
    "`pkcs11.pin`",
    "patients.issuer": "who proves the identity of people who look at their own data, by OpenID Connect; without one "
    "nobody signs in",
    "patients.client_id": "the name by which the issuer knows this haven",
    "patients.key_file": "the haven's private RSA key there, as PEM, relative to the haven",
    "patients.level": "how well an identity has to be proven: what the claim of the next setting has to say",
    "patients.level_claim": "the claim that says how well",
    "patients.number_claim": "the claim that holds the NHS number",
    "patients.trust": "the vectors of trust that are asked for",
    "patients.leave_to": "where the quick exit leads",
    "patients.data_protection_officer": "who the data protection officer is and how they are reached, as people read "
    "it where they can complain; empty is `haven.contact`",
    "service.hosts": "the names by which the web service is called; this machine's own when none is given",
    "service.https": "the service is reached over HTTPS only",
    "service.packages": "the folder for what the service's worker releases, relative to the haven and outside it; "
    "empty is the one beside the haven that is called after it, with `-packages`",
    "service.idle_minutes": "who signed in is signed out after so many minutes without a page; what they typed is "
    "given back once they sign in again",
    "service.session_hours": "and after so many hours whatever they do",
    "service.servers_in_front": "how many web servers stand in front and each add an address to `X-Forwarded-For`; "
    "with 0 guesses are counted for all together who come through one",
    "service.stolen_passwords": "a file of SHA-1 hashes of passwords that were stolen elsewhere, in their order, one a "
    "line, relative to the haven; nobody may choose one of them ([how to](../how-to/serve.md#passwords))",
    "service.clamd": "the ClamAV daemon that looks documents through for viruses: the path of its socket, or "
    "`HOST:PORT`; without one the pages say that nobody does ([how to](../how-to/serve.md#viruses))",
    "mail.server": "the mail server by which people are told that something waits for them; without one nobody is told "
    "([how to](../how-to/serve.md#tell-people-by-mail))",
    "mail.port": "its port",
    "mail.secured": "`starttls`, `tls`, or `no`, which goes only where the server is this machine",
    "mail.user": "the name by which we sign in there; empty where it asks for none",
    "mail.password_file": "a file with the password, which the service alone may read, relative to the haven",
    "mail.authorities": "a file with the certificates that vouch for the server; empty are the machine's own",
    "mail.sender": "the address that letters come from",
    "mail.service": "the address of the service, which letters name",
    "register.name_refused": "the public register names who was refused or referred, and the title",
    "files.places": "a CSV file with postcode, lsoa, area, region; without it a postcode leaves as held or not at all",
    "files.restricted": "CSV files of restricted codes (system, code) by the name of the list",
    "database": "where the records lie; empty is SQLite in the haven. See [use PostgreSQL](../how-to/postgresql.md)",
}


def settings_page() -> str:
    rows = list(every_setting())
    words_of(SETTINGS, [name for name, _, _ in rows])
    says = {name: f"{said}. From {RANGES[name]}" if name in RANGES else said for name, said in SETTINGS.items()}
    return f"""# Settings

All of them stand in `haven.toml`, in the haven's folder. `haven settings` prints each with its value and where it comes
from. A setting that the law leaves open is named in what it produces: decisions and certificates.

{table(("setting", "type", "default", "what it does"), [(f"`{n}`", t, d, says[n]) for n, t, d in rows])}

A number outside its range is refused. One of `policy.numbers` may be from 1 to ten times the largest value it ever had.

The rules for small numbers are {listed(sorted(small_numbers.NAMED))}, and `threshold-n`, such as `threshold-10`.

{noun(Witness)}

{enum(Secured)}"""


def every_setting() -> Iterator[tuple[str, str, str]]:
    """Each setting by its dotted name, with its type and default."""
    hints = typing.get_type_hints(Settings)
    for section in dataclasses.fields(Settings):
        kind = hints[section.name]
        if not dataclasses.is_dataclass(kind):
            yield section.name, type_of(kind), default(section)
            continue
        inner = typing.get_type_hints(kind)
        for each in dataclasses.fields(kind):
            yield f"{section.name}.{each.name}", type_of(inner[each.name]), default(each)
