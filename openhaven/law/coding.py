"""Is everything that is stated in coded words one of those words? Else bad input, with the words that are accepted.

What a record states is checked when it is written down, what an application and its agreement state before every
decision, so that a slip of the pen is never taken for a fact and refused as one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from openhaven.model.application import Application
from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput
from openhaven.model.facts import Policy
from openhaven.model.precision import ladder
from openhaven.model.record import (
    KINDS,
    Accreditation,
    Agreement,
    Authority,
    DataProtectionDocument,
    Exemption,
    Record,
    Requirement,
    Support,
)
from openhaven.model.words import Precision

from .case import Case
from .plainly import listed
from .references import check
from .table_rules import strength
from .words import ENACTMENTS, EXCEPTIONS, EXEMPTIONS, WORDS, plain

Words = Callable[[Any], Iterable[object]]
"""The words that a part of a record may state, some of which depend on what else it states."""

_SCHEMES = tuple(dict.fromkeys(each.name for each in WORDS.schemes))


def _statuses(each: Accreditation) -> Iterable[str]:
    own = [scheme.statuses for scheme in WORDS.schemes if plain(scheme.name) == plain(each.scheme)]
    return dict.fromkeys([*(word for words in own for word in words), *WORDS.in_bad_standing])


CODED: Mapping[tuple[type, str], Words] = MappingProxyType(
    {
        (Accreditation, "scheme"): lambda _: _SCHEMES,
        (Accreditation, "status"): _statuses,
        (DataProtectionDocument, "what"): lambda _: WORDS.documents,
        (Exemption, "code"): lambda _: (*EXEMPTIONS, *EXCEPTIONS),
        (Requirement, "law"): lambda _: ENACTMENTS,
        (Requirement, "serves"): lambda _: WORDS.regulation_3,
        (Support, "schedule"): lambda _: (each.number for each in WORDS.circumstances),
    }
)
"""Coded words that are no kind of their own in the model: what each part of a record may state, where it states any."""

NAMES = frozenset(
    "id organisation organisations controller controllers applicant recipient recipients dataset datasets agreement "
    "agreements application basis programme programmes processors storage ods age_key".split()
)
"""Parts that name something by its id or its code, which has no space before or after it."""


def check_record(record: Record, *, where: str) -> None:
    """Raises BadInput naming the field and the accepted words where a record states something else."""
    _check_names(record, where)
    for (kind, name), words in CODED.items():
        if isinstance(record, kind):
            _check_words(getattr(record, name), words(record), f"{where}: {name}")
    if isinstance(record, Agreement) and record.table_rule:
        strength(record.table_rule, where=f"{where}: table_rule")
    if isinstance(record, Authority):
        for each in record.grounds:
            check(each, where=f"{where}: grounds")


def check_policy(policy: Policy, *, where: str) -> None:
    """The same of the settings."""
    for name in ("table_rule", "sensitive_table_rule"):
        strength(getattr(policy, name), where=f"{where}: policy.{name}")
    _check_words(policy.optout_exemptions, EXEMPTIONS, f"{where}: policy.optout_exemptions")


def check_asked(case: Case) -> None:
    """The same of a case: its records are one of each kind and id, and its application and agreement state what can be
    stated."""
    application, facts, where = case.application, case.facts, f"application {case.application.id}"
    if facts.twice:
        kind, id = facts.twice[0]
        name = next(name for name, each in KINDS.items() if each is kind)
        raise BadInput(f"there are two records of kind {name} with the id {id}", where="records", todo="Keep one.")
    _check_names(application, where)
    check(application.data_protection, where=where)
    _check_precisions(case, ((each.name, each.precision) for each in application.fields), where)
    for agreement in facts.called(Agreement, application.agreement):
        if agreement.table_rule:
            strength(agreement.table_rule, where=f"agreement {agreement.id}: table_rule")
        agreed = ((each.name, each.precision) for each in agreement.fields if each.name in facts.dataset.named)
        _check_precisions(case, agreed, f"agreement {agreement.id}")


def _check_names(stated: Application | Record, where: str) -> None:
    for name in _named(type(stated)):
        value = getattr(stated, name)
        for text in value if type(value) is tuple else (value,):
            if text and (text[0].isspace() or text[-1].isspace()):
                raise BadInput(
                    f"{text!r} begins or ends with a space", where=f"{where}: {name}", todo=f"Write {text.strip()!r}."
                )


_NAMED: dict[type, tuple[str, ...]] = {}


def _named(kind: type) -> tuple[str, ...]:
    if kind not in _NAMED:
        _NAMED[kind] = tuple(each.name for each in fields(kind) if each.name in NAMES)
    return _NAMED[kind]


def _check_words(stated: Any, words: Iterable[object], where: str) -> None:
    known = {plain(str(each)): each for each in words}
    for each in stated if isinstance(stated, tuple) else (stated,):
        if each != "" and plain(str(each)) not in known:
            accepted = listed(map(repr, known.values()), last="or")
            raise BadInput(f"{each!r} is not known", where=where, todo=f"Accepted is {accepted}.")


def _check_precisions(case: Case, stated: Iterable[tuple[str, Precision]], where: str) -> None:
    known: set[tuple[str, Precision]] = case.outline.kept(_check_precisions, set)
    for each in stated:
        if each not in known:
            _check_precision(case.facts.dataset, *each, where=where)
            known.add(each)


def _check_precision(dataset: Dataset, name: str, precision: Precision, *, where: str) -> None:
    steps = ladder(dataset.field(name))
    if precision not in steps:
        accepted = listed((repr(each.value) for each in steps), last="or")
        raise BadInput(
            f"{name} cannot leave at {precision.value!r}", where=f"{where}: fields", todo=f"Accepted is {accepted}."
        )
