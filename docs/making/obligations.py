"""The page of obligations. How each is measured stands here; a missing or a stray line is an error."""

from __future__ import annotations

import dataclasses

from making.markdown import docstring, listed, words_of
from openhaven.model import errors
from openhaven.model.obligation import MAY_BE_PROMISED, Obligation
from openhaven.release.measure import MEASURES

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
    "figures": "the file has these figures and no others: those of counts are made again of the counts as they print, "
    "those of amounts attacked again as they print",
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


def obligations_page() -> str:
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
    said = f"\n\nKeys: {listed(keys)}." if keys else ""
    return f"## {kind.kind}\n\n{docstring(kind)}{said}\n\n*On the certificate:* {_on_certificate(kind.kind)}."


def _on_certificate(kind: str) -> str:
    if (promise := MAY_BE_PROMISED.get(kind)) is None:
        return f"measured: {MEASURED[kind]}"
    when = promise.by_when or "by the day that the obligation names"
    return f"promised by {promise.by_whom}, {when}; shown by {promise.shown_by}. {MEASURED[kind].capitalize()}"
