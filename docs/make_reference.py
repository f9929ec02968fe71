"""Writes the pages of docs/reference/ that are made from the code: `python docs/make_reference.py`.

A test compares the pages with the code. What the code does not say in words (what a setting does, how an obligation
is measured) stands in the tables below, and a missing or a stray line is an error.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.util
import inspect
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from openhaven.cli import deciding
from openhaven.cli.main import INTERRUPTED, commands
from openhaven.disclosure import rules as small_numbers
from openhaven.law.algebra import Question, Rule
from openhaven.law.coding import BODIES
from openhaven.law.countries import COUNTRIES, PLACES
from openhaven.law.numbers import NUMBERS
from openhaven.law.provisions import GROUPS, Confidence, Group, Provision
from openhaven.law.ruleset import RULESET, VERSION
from openhaven.law.words import WORDS
from openhaven.log.entries import EntryType
from openhaven.model import dataset as described
from openhaven.model import errors, record
from openhaven.model.application import Application
from openhaven.model.decision import Verdict
from openhaven.model.obligation import MAY_BE_PROMISED, Obligation
from openhaven.model.precision import OLDEST, TOP_AGE, ladder
from openhaven.model.protection import NONE, Protection
from openhaven.model.ranges import RANGES
from openhaven.model.settings import Settings, Witness
from openhaven.model.words import FieldType, Kind, Role
from openhaven.optouts.lists import Sense
from openhaven.release.measure import MEASURES

FOLDER = Path(__file__).parent / "reference"
MADE = "<!-- Made from the code by docs/make_reference.py. Change the code, then run it again. -->"

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
    "service.hosts": "the names by which the web service is called; this machine's own when none is given",
    "service.https": "the service is reached over HTTPS only",
    "service.packages": "the folder for what the service's worker releases, relative to the haven and outside it; "
    "empty is the one beside the haven that is called after it, with `-packages`",
    "register.name_refused": "the public register names who was refused or referred, and the title",
    "files.places": "a CSV file with postcode, lsoa, area, region; without it a postcode leaves as held or not at all",
    "files.restricted": "CSV files of restricted codes (system, code) by the name of the list",
    "database": "where the records lie; empty is SQLite in the haven. See [use PostgreSQL](../how-to/postgresql.md)",
}

MEASURED = {
    "only-controllers": "the controllers of the deliveries used, against those with authority",
    "only-cohort": "rows outside the conditions are counted again; there may be none",
    "only-consenting": "every study id in the file, also of those referred to, is one that was matched and "
    "whose own consent covers the release",
    "national-opt-out": "where it applies, the people who may not flow are looked for in the file under the key by "
    "which people leave, also in columns that refer to other people; where not, the reason is stated",
    "objections": "the people whom a list names are looked for in the file under the key by which people leave, also "
    "in columns that refer to other people",
    "audit-views": "nothing: no file can keep it, so nothing leaves",
    "restricted-codes": "the coded columns of the file are read again, for codes of the lists in the same code system",
    "only-fields": "the file's columns are those agreed, and each value is its own coarsened form",
    "pseudonym-scope": "every person key in the file is a pseudonym made under this scope's key",
    "k-anonymity": "classes are counted on the file: people where a key to them leaves; where none does, rows on the "
    "file, and people before it left",
    "l-diversity": "values are counted class by class on the file, and how often the best guess of one would be right",
    "t-closeness": "the values of each class are compared with those of the whole file",
    "k-over-keys": "each combination of so many characteristics is counted on the file, people one by one where few",
    "k-over-events": "every so many rows of everybody in the file are looked at, none sampled: who else has such rows",
    "no-person-link": "no column is a key to a person, no key stands in two rows; what values alone link is told",
    "local-recoding": "each cell is as coarse as the level beside it says, and that no finer than agreed",
    "small-numbers": "the table is attacked: no hidden count may be narrowed below the rule",
    "at-level": "below the identifiable level, no column described as an identifier leaves as held, and every text "
    "and whole number is looked through for valid NHS numbers",
    "encrypt-to": "the key is sealed after the certificate is made; opening the package shows it",
    "register": "the entry is made after the certificate; it lies in the package, with the log's proof",
    "replace": "the former file is with the recipient",
    "destroy-identifiers": "the destruction has its own record and entry",
    "used-in": "what people do with the data is seen in audits",
    "kept-at": "each place was assured by its ODS code when this was decided; that it lies nowhere else is for audits",
    "within": "where the data is kept and used is seen in audits",
    "conditions": "what is done about each is reported and seen later",
    "review": "the operator is bound: `haven status` says kept once the record has a later day of review",
    "use-until": "the recipient is bound by the agreement",
    "destroy-by": "the recipient is bound by the agreement",
}


def pages() -> dict[str, str]:
    """Every made page by its file name."""
    made = {
        "commands.md": _commands(),
        "settings.md": _settings(),
        "records.md": _records(),
        "applications.md": _applications(),
        "datasets.md": _datasets(),
        "obligations.md": _obligations(),
        "law.md": _law(),
        "log.md": _log(),
        "exit-statuses.md": _statuses(),
        "cases.md": _neighbour("make_cases").page(_table),
    }
    return {name: f"{MADE}\n\n{text.strip()}\n" for name, text in made.items()}


def _neighbour(name: str) -> types.ModuleType:
    """A module that lies beside this one, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def words_of(settings: Mapping[str, str], names: Iterable[str]) -> None:
    """Raises ValueError where a table of words and the code name different things."""
    if different := set(settings) ^ set(names):
        raise ValueError(f"docs/make_reference.py and the code differ on: {', '.join(sorted(different))}")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(_cell(each) for each in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _docstring(kind: type) -> str:
    return " ".join(part for part in inspect.cleandoc(kind.__doc__ or "").split("\n") if part)


def _list(values: Iterable[Any]) -> str:
    return ", ".join(f"`{each}`" for each in values)


# --- commands ---------------------------------------------------------------------------------------------------------


def _commands() -> str:
    found = "\n\n".join(_command(path, command) for path, command in every_command())
    return f"""# Commands

`haven COMMAND --help` says the same. Options of `haven` itself stand before the command.

{_options(commands)}

`--json` prints one JSON document on standard output; messages and progress go to standard error. See the
[exit statuses](exit-statuses.md).

{found}"""


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command with its full name, groups before their own commands."""
    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None
        yield f"haven {name}", command
        if isinstance(command, click.Group):
            yield from ((f"haven {name} {each}", command.commands[each]) for each in command.commands)


def _command(path: str, command: click.Command) -> str:
    if "Not built" in (command.help or ""):
        return f"## {path}\n\n{command.help}"
    usage = f"    {path} {' '.join(command.collect_usage_pieces(click.Context(command)))}"
    return "\n\n".join(part for part in (f"## {path}", command.help or "", usage, _options(command)) if part)


def _options(command: click.Command) -> str:
    rows = [_option(each) for each in command.params if isinstance(each, click.Option)]
    return _table(("option", "what it does"), rows) if rows else ""


def _option(option: click.Option) -> tuple[str, str]:
    names = ", ".join(f"`{each}`" for each in option.opts)
    shown = "" if option.is_flag else f" {option.make_metavar(click.Context(commands)).replace('|', ' or ')}"
    default = option.default if option.show_default and isinstance(option.default, (str, int, float)) else None
    notes = ["Required."] if option.required else []
    notes += [f"Default: {default}."] if default is not None else []
    return names + shown, " ".join([option.help or "", *notes])


# --- settings, records, applications, datasets ------------------------------------------------------------------------


def _settings() -> str:
    rows = list(every_setting())
    words_of(SETTINGS, [name for name, _, _ in rows])
    says = {name: f"{said}. From {RANGES[name]}" if name in RANGES else said for name, said in SETTINGS.items()}
    return f"""# Settings

All of them stand in `haven.toml`, in the haven's folder. `haven settings` prints each with its value and where it comes
from. A setting that the law leaves open is named in what it produces: decisions and certificates.

{_table(("setting", "type", "default", "what it does"), [(f"`{n}`", t, d, says[n]) for n, t, d in rows])}

A number outside its range is refused. One of `policy.numbers` may be from 1 to ten times the largest value it ever had.

The rules for small numbers are {_list(sorted(small_numbers.NAMED))}, and `threshold-n`, such as `threshold-10`.

{_noun(Witness)}"""


def every_setting() -> Iterator[tuple[str, str, str]]:
    """Each setting by its dotted name, with its type and default."""
    hints = typing.get_type_hints(Settings)
    for section in dataclasses.fields(Settings):
        kind = hints[section.name]
        if not dataclasses.is_dataclass(kind):
            yield section.name, _type(kind), _default(section)
            continue
        inner = typing.get_type_hints(kind)
        for each in dataclasses.fields(kind):
            yield f"{section.name}.{each.name}", _type(inner[each.name]), _default(each)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return _shown(field.default)
    return _shown(field.default_factory()) if field.default_factory is not dataclasses.MISSING else "required"


def _shown(value: Any) -> str:
    if value is None or value in ("", (), {}, NONE):
        return "none"
    if isinstance(value, tuple):
        return _list(value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(hint: Any) -> str:
    if hint is Protection:
        return "table: [Protection](records.md#protection)"
    if dataclasses.is_dataclass(hint):
        return f"table: [{hint.__name__}](#{hint.__name__.lower()})"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if isinstance(hint, types.UnionType):
        return " or ".join(_type(each) for each in typing.get_args(hint) if each is not type(None))
    if typing.get_origin(hint) is tuple:
        inside = [each for each in typing.get_args(hint) if each is not Ellipsis]
        return "list of " + (_type(inside[0]).replace("number", "numbers") if len(inside) == 1 else "pairs")
    if typing.get_origin(hint) is not None:
        return "table of text"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false", dt.date: "date"}
    return names[hint]


def _keys(kind: type) -> str:
    hints = typing.get_type_hints(kind)
    rows = [(f"`{each.name}`", _type(hints[each.name]), _default(each)) for each in dataclasses.fields(kind)]
    return _table(("key", "type", "default"), rows)


def _noun(kind: type, *, title: str = "", level: int = 2) -> str:
    return f"{'#' * level} {title or kind.__name__}\n\n{_docstring(kind)}\n\n{_keys(kind)}"


def _enum(kind: type[StrEnum]) -> str:
    return f"## {kind.__name__}\n\n{_docstring(kind)}\n\n{_list(kind)}"


def _records() -> str:
    kinds = {name: kind for name, kind in record.KINDS.items() if name != "dataset"}
    parts = [_noun(kind, title=name) for name, kind in kinds.items()]
    hints = [hint for kind in kinds.values() for hint in typing.get_type_hints(kind).values()]
    within = {hint for each in _nested(hints) for hint in typing.get_type_hints(each).values()}
    nested = sorted({*_nested(hints), *_nested(within)}, key=lambda each: each.__name__)
    parts += [_noun(each) for each in nested]
    hints += [hint for each in nested for hint in typing.get_type_hints(each).values()]
    parts += [_enum(each) for each in sorted(set(_enums(hints)), key=lambda each: each.__name__)]
    parts += [_words_of_the_law()]
    return f"""# Records

`haven record KIND FILE.toml` writes down what a person has seen and checked. A later record of the same kind and id
takes the place of the earlier one; all are kept. An unknown key is refused. Dates are days in London, written
`2026-11-30`; a term includes its last day.

The kinds: {_list(kinds)}.

{chr(10).join(f"{part}{chr(10)}" for part in parts)}"""


def _words_of_the_law() -> str:
    """The coded words that parts of records state and that are no kind of their own, compared in any case."""
    listed = {
        "organisation: `bodies`": BODIES,
        "organisation: `business`": WORDS.lines_of_business,
        "organisation: `country`; territory: `territory`": COUNTRIES,
        "agreement: `territory`, and where a description says that care was given": PLACES,
        "recommendation and classification: `role`": WORDS.roles,
        "support: `decided_by`": (*WORDS.decides_research, *WORDS.decides_other),
        "document: `what`": (*WORDS.documents, *WORDS.transfer_documents),
    }
    lines = "\n\n".join(f"**{part}**: {', '.join(words)}" for part, words in listed.items())
    return f"## Words of the law\n\n{lines}\n"


def _applications() -> str:
    hints = typing.get_type_hints(Application)
    nested = list(_nested(hints.values()))
    parts = [_noun(Application, title="The application"), *(_noun(each) for each in nested)]
    enums = {kind for noun in (Application, *nested) for kind in _enums(typing.get_type_hints(noun).values())}
    parts += [_enum(each) for each in sorted(enums, key=lambda each: each.__name__)]
    return f"""# The application file

TOML. It says what is asked, and nothing that only a [record](records.md) can say: there is no key for "approved",
"anonymised" or "consented". `basis` and `agreement` name records relied on. Format 1.

{chr(10).join(f"{part}{chr(10)}" for part in parts)}"""


def _inside(hint: Any) -> Iterator[Any]:
    yield hint
    for each in typing.get_args(hint):
        yield from _inside(each)


def _nested(hints: Iterable[Any]) -> Iterator[type]:
    for hint in hints:
        yield from (each for each in _inside(hint) if dataclasses.is_dataclass(each) and isinstance(each, type))


def _enums(hints: Iterable[Any]) -> Iterator[type[StrEnum]]:
    for hint in hints:
        yield from (each for each in _inside(hint) if isinstance(each, type) and issubclass(each, StrEnum))


def _datasets() -> str:
    fields = {
        "a date": described.Field("x", FieldType.DATE, Role.QUASI),
        "a whole number": described.Field("x", FieldType.INTEGER, Role.QUASI),
        "a postcode": described.Field("x", FieldType.STRING, Role.IDENTIFIER, kind=Kind.POSTCODE),
        "a coded field": described.Field("x", FieldType.STRING, Role.CONFIDENTIAL, codes="ICD-10"),
        "anything else": described.Field("x", FieldType.STRING, Role.QUASI),
    }
    ladders = [(name, _list(ladder(each))) for name, each in fields.items()]
    enums = "\n\n".join(_enum(each) for each in (Role, Kind, FieldType, described.Setting))
    return f"""# The description of a dataset

A Frictionless `datapackage.json` with one resource. Beside it stands an object `openhaven` with `format`
({described.FORMAT}), `dataset` (its id), `setting`, `territory` and, where dates must be in order, `in_order`. Each
field has a `role`. See [describe a dataset](../how-to/describe-a-dataset.md).

{_noun(described.Field, title="A field")}

`required`, `unique`, `enum`, `pattern`, `minimum` and `maximum` stand under `constraints`, as in Frictionless; any
other constraint is refused, since it would not be checked.

{enums}

## Precision

How far each kind of field can be coarsened. A field may leave as agreed or coarser, never finer.

{_table(("field", "precisions, finest first"), ladders)}

Bands of a whole number of kind `age` end in an open one, `{TOP_AGE}+`; those of any other do not. An age must lie
between 0 and {OLDEST}, or the delivery is refused: where a column holds codes beside ages, as 7001 to 7007 for parts of
the first year, send whole years instead, or describe it without a kind."""


# --- obligations, law, log, statuses ----------------------------------------------------------------------------------


def _obligations() -> str:
    words_of(MEASURED, [kind.kind for kind in MEASURES])
    found = "\n\n".join(_obligation(kind) for kind in MEASURES)
    return f"""# Obligations

A decision that permits carries obligations. They are the only input of the release road, and the certificate has one
line for each: *measured* on the file that leaves, or *promised*, with who promises, by when, and how it will be shown.
Only what is done after the certificate is made can be promised. Where one is not met, nothing leaves (status
{errors.Unmet.status}). Each also has `provisions` and `because`.

{found}"""


def _obligation(kind: type[Obligation]) -> str:
    common = {each.name for each in dataclasses.fields(Obligation)}
    keys = [each.name for each in dataclasses.fields(kind) if each.name not in common]
    said = f"\n\nKeys: {_list(keys)}." if keys else ""
    return f"## {kind.kind}\n\n{_docstring(kind)}{said}\n\n*On the certificate:* {_on_certificate(kind.kind)}."


def _on_certificate(kind: str) -> str:
    if (promise := MAY_BE_PROMISED.get(kind)) is None:
        return f"measured: {MEASURED[kind]}"
    when = promise.by_when or "by the day that the obligation names"
    return f"promised by {promise.by_whom}, {when}; shown by {promise.shown_by}. {MEASURED[kind].capitalize()}"


def _law() -> str:
    stated = RULESET.stated_by()
    questions = "\n\n".join(_question(question) for question in Question)
    provisions = "\n\n".join(_group(group, stated) for group in GROUPS)
    return f"""# The law as this version states it

Rules of version {VERSION}. A decision quotes the version and a digest of the rules' own text. For each question: a
forbid, or a rule that fails, is a no; else a rule that needs a person refers; else a permit is a yes; silence is a no.
All questions have to be met. How sure we are of a provision is said with it: {_list(Confidence)}. This page is not
legal advice.

{questions}

# Numbers

An installation may choose those that name a setting, in `haven.toml`; `haven settings` prints each.

{_table(("number", "what", "value", "from", "provision", "how sure", "setting"), _numbers())}

# Provisions

{provisions}"""


def _question(question: Question) -> str:
    rules = [each for each in RULESET.rules if each.question is question]
    rows = [(f"`{each.name}`", each.gist, _cited(each), _term(each.starts, each.ends)) for each in rules]
    return f"## Question: {question.capitalize()}\n\n{_table(('rule', 'what it says', 'provisions', 'in force'), rows)}"


def _cited(each: Rule) -> str:
    return ", ".join(f"[{id}](#{id.lower()})" for id in each.provisions)


def _term(starts: dt.date, ends: dt.date | None) -> str:
    return f"from {starts}" + (f" to {ends}" if ends else "")


def _numbers() -> Iterator[tuple[str, ...]]:
    for each in NUMBERS.values():
        for value in each.values:
            yield (
                f"`{each.id}`",
                each.title,
                each.said(value.value),
                _term(value.starts, value.ends),
                f"[{each.citation}](#{each.citation.lower()})",
                f"{value.confidence}, checked {value.checked}",
                f"`{each.setting}`" if each.setting else "",
            )


def _group(group: Group, stated: Mapping[str, tuple[str, ...]]) -> str:
    kept = "\n\n".join(_provision(each, stated[each.id]) for each in group.provisions)
    return f"## {group.title}\n\n{kept}"


def _provision(each: Provision, rules: tuple[str, ...]) -> str:
    stated = [f"Stated by {_list(rules)}."] if rules else []
    held = [f"Held in {_list(each.held_in)}."] if each.held_in else []
    answer = " ".join(stated + held) or f"Not stated by a rule: {each.not_modelled}"
    when = f"{_term(each.starts, each.ends)}; {each.confidence}"
    doubt = f" To be confirmed: {each.doubt}." if each.doubt else ""
    return f"### {each.id}\n\n**{each.title}.** {each.gist}\n\n{each.source} ({when}).{doubt} {answer}"


def _log() -> str:
    return f"""# The log

A tree of entries as in RFC 6962, under a signed checkpoint; `haven log tiles` writes it as C2SP tlog-tiles. Every
record and its entry are one transaction. An entry holds a type, a time, ids and salted commitments: never a person's
name or number, a hash of data, or a count. What it commits to is kept beside the log. [The package](package.md) says
how a commitment is made.

A private log of the same form, under the origin with `/private` behind it, holds who looked at what (`looked_up`); its
size and root enter the public one as `private_head`, a salted commitment, at the times of `log.private_at`. Witnesses
are asked as c2sp.org/tlog-witness says, and sign as in c2sp.org/tlog-cosignature.

## Entry types

{_list(EntryType)}

The list is closed.

## Senses of an opt-out list

{_list(Sense)}: who is named may flow, or who is named objects."""


def _statuses() -> str:
    rows = [
        ("0", "done; of `decide` and `release`: permit"),
        (str(errors.HavenError.status), "our fault, or the machine's: a full disk, keys that are missing"),
        (str(errors.BadInput.status), "bad usage or input; nothing was written"),
        (str(deciding.STATUS[Verdict.REFUSE]), "the decision is to refuse; the letter says why"),
        (str(deciding.STATUS[Verdict.REFER]), "a person must decide; the letter says who"),
        (str(errors.Unmet.status), "an obligation could not be met; nothing left"),
        (str(errors.NotVerified.status), "verification failed"),
        (str(INTERRUPTED), "interrupted"),
    ]
    return f"""# Exit statuses

{_table(("status", "meaning"), rows)}

Every message says what is wrong, where, and what to do. `OPENHAVEN_DEBUG=1` adds a traceback."""


def main() -> None:
    """Write every page that differs, and what tries the law beside it."""
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.name}", file=sys.stderr)
    _neighbour("make_cases").main()
    from make_tried import main as gather

    gather()


if __name__ == "__main__":
    main()
