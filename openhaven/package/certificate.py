"""The certificate's faces: the full one for controllers; the recipient's and the public one, with counts protected.

A face is plain data. The page is made from a face alone, so it cannot show what its face does not hold.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from openhaven.model.certificate import Bar, Certificate, Line, Removed
from openhaven.model.errors import BadInput
from openhaven.model.obligation import Obligation
from openhaven.model.plain import to_plain
from openhaven.model.words import Level
from openhaven.package.required import required
from openhaven.package.uneven import uneven

FORMAT = 2
WITHHELD = "(kept by the controllers)"
ALMOST_NONE = "less than 1%"
Rule = Callable[[int], str]
"""The publication rule: a count to what may be published of it, such as 0 -> "0", 3 -> "*", 12 -> "10"."""
Face = dict[str, Any]

NOT_COUNTS = frozenset(
    {"earlier tables", "k", "l", "t", "c", "keys", "events", "age", "columns", "fields", "format", "level", "year"}
)
"""Figures that are properties of the file or terms of the decision, and count neither people nor rows."""

_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?![\w%-]|[.,]\d)")
_CITED = re.compile(r"\b(regulation|section|article|schedule|paragraph|part|type|rule|level|epoch)s? $", re.IGNORECASE)
_DATED = re.compile(
    r" (days?|weeks?|months?|years?|January|February|March|April|May|June|July|August|September"
    r"|October|November|December)\b"
)
_FINE_SHARE = re.compile(r"(?<![\w.,-])(\d+\.\d+)%")
THEIR_WORDS = frozenset({"title", "purpose", "agreement", "application", "recipient", "controllers"})
_NAMED = re.compile(r"\{(\w+)\}")
_NEVER = re.compile(r"\b(anonymous|lawful)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Protection:
    """How one face treats counts. `known` are the counts of this certificate, wherever a sentence repeats them."""

    rule: Rule
    known: frozenset[int]
    spared: frozenset[int] = field(default_factory=frozenset)

    def text(self, text: str) -> str:
        """A sentence with each count that it repeats put through the rule, and its shares in whole per cents."""
        return _NUMBER.sub(self._number, _FINE_SHARE.sub(lambda found: f"{float(found[1]):.0f}%", text))

    def figure(self, name: str, value: Any) -> Any:
        """One figure, looked into where it holds others. Shares lose all but whole per cents."""
        if isinstance(value, Mapping):
            return {str(key): self.figure(str(key), each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.figure(name, each) for each in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float):
            return round(value, 2)
        return self.rule(value) if _is_count(name, value) else value

    def _number(self, found: re.Match[str]) -> str:
        number = int(found[0].replace(",", ""))
        if number not in self.known or number in self.spared or _cites(found):
            return found[0]
        shown = self.rule(number)
        return f"{int(shown):,}" if shown.isdecimal() else shown


def full(certificate: Certificate) -> Face:
    """The controllers' face: everything. Raises BadInput where a sentence claims what we never claim."""
    face = _header(certificate, face="controllers")
    face["says"] = list(certificate.says)
    face["decision"] = _decision(certificate)
    face["lines"] = [_full_line(line) for line in certificate.lines]
    output = to_plain(certificate.output)
    face["output"] = {**output, "columns": [to_plain(each) for each in certificate.output.columns]}
    face["classes"] = {
        "before": [_bar(bar, rule=int) for bar in certificate.before],
        "after": [_bar(bar, rule=int) for bar in certificate.after],
    }
    face["singled_out"] = dict(certificate.singled_out) if certificate.singled_out is not None else None
    face["removed"] = to_plain(list(certificate.removed))
    face["removed_says"] = [*uneven(face["removed"]), *certificate.removed_says]
    face["counts"] = [list(step) for step in certificate.counts]
    return _checked(face)


def recipient(certificate: Certificate, *, rule: Rule) -> Face:
    """The recipient's face: every count through the rule, no picture "before", nothing kept for controllers."""
    return _protected(certificate, rule=rule, face="recipient")


def public(certificate: Certificate, *, rule: Rule) -> Face:
    """The public face: as the recipient's, and without the recipient's key."""
    face = _protected(certificate, rule=rule, face="public")
    for line in face["lines"]:
        line["obligation"].pop("age_key", None)
    return face


def as_json(face: Face) -> bytes:
    """A face in canonical JSON (RFC 8785)."""
    return rfc8785.dumps(face)


def _protected(certificate: Certificate, *, rule: Rule, face: str) -> Face:
    protection = _Protection(rule, _known(certificate))
    made = _header(certificate, face=face)
    made["says"] = [protection.text(each) for each in certificate.says]
    made["decision"] = _without_records(_decision(certificate))
    made["lines"] = [_protected_line(line, protection) for line in certificate.lines]
    output = certificate.output
    rows: int | str = output.rows if certificate.level == Level.AGGREGATE else rule(output.rows)
    made["output"] = {"name": output.name, "rows": rows, "columns": [to_plain(each) for each in output.columns]}
    made["classes"] = {"after": [_bar(bar, rule=rule) for bar in certificate.after]}
    shares = certificate.singled_out
    made["singled_out"] = None if shares is None else {name: _coarse(share) for name, share in shares.items()}
    made["removed"] = _protected_removed(certificate.removed, rule)
    made["removed_says"] = [*uneven(made["removed"]), *certificate.removed_says]
    return _checked(made)


def _header(certificate: Certificate, *, face: str) -> Face:
    names = ("release", "application", "title", "purpose", "agreement", "recipient", "ruleset", "level", "witness")
    verdict = str((certificate.decision or {}).get("verdict", "permit"))
    return {
        "format": FORMAT,
        "face": face,
        **{name: getattr(certificate, name) for name in names},
        "verdict": verdict,
        "controllers": list(certificate.controllers),
        "decided_on": certificate.decided_on.isoformat(),
        "made_on": certificate.made_on.isoformat(),
        "policy": list(certificate.policy),
        "to_be_confirmed": list(certificate.to_be_confirmed),
    }


def _decision(certificate: Certificate) -> list[dict[str, Any]]:
    """Question by question: the answer, and of each finding that speaks its reason and provisions."""
    return [
        {
            "question": question["question"],
            "answer": question["answer"],
            "findings": [_finding(each) for each in question["findings"] if each.get("effect") != "silent"],
        }
        for question in (certificate.decision or {}).get("questions", ())
    ]


def _finding(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": found["rule"],
        "effect": found["effect"],
        "because": found["because"],
        "provisions": list(found["provisions"]),
        "used": list(found.get("used", ())),
    }


def _without_records(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for question in questions:
        for found in question["findings"]:
            found.pop("used")
    return questions


def _full_line(line: Line) -> dict[str, Any]:
    evidence = line.evidence
    figures = {**evidence.measured, **evidence.controller_only}
    return {
        **_line(line),
        "says": _filled(evidence.says, figures),
        "figures": to_plain(dict(evidence.measured)),
        "controller_only": to_plain(dict(evidence.controller_only)),
    }


def _protected_line(line: Line, protection: _Protection) -> dict[str, Any]:
    terms = [number for _, number in _numbers(line.obligation.as_plain())]
    terms += [number for name, number in _numbers(line.evidence.measured) if not _is_count(name, number)]
    spared = _Protection(protection.rule, protection.known, frozenset(terms))
    figures = {name: spared.figure(name, to_plain(value)) for name, value in line.evidence.measured.items()}
    return {**_line(line), "says": spared.text(_filled(line.evidence.says, figures)), "figures": figures}


def _line(line: Line) -> dict[str, Any]:
    obligation: Obligation = line.obligation
    plain = {
        "obligation": obligation.as_plain(),
        "required": required(obligation),
        "standing": str(line.evidence.standing),
        "checker": str(line.evidence.checker),
    }
    return plain if line.evidence.promise is None else {**plain, "promise": to_plain(line.evidence.promise)}


def _filled(says: str, figures: Mapping[str, Any]) -> str:
    """Evidence may name its figures in braces, so that each face fills in what it may show."""

    def figure(found: re.Match[str]) -> str:
        value = figures.get(found[1], WITHHELD)
        return f"{value:,}" if isinstance(value, int) else str(value)

    return _NAMED.sub(figure, says)


def _bar(bar: Bar, *, rule: Callable[[int], int | str]) -> dict[str, Any]:
    """Classes of `low` to `high` people (`high` 0: or more), and the rows in them; a person may have several rows."""
    return {"low": bar.low, "high": bar.high, "classes": rule(bar.classes), "rows": rule(bar.rows)}


def _protected_removed(removed: Sequence[Removed], rule: Rule) -> list[dict[str, Any]]:
    """Each count through the rule. Of one characteristic no removed count is hidden alone: it could be worked out from
    the others where these print exactly, since every characteristic adds up to the same rows."""
    made = [{**to_plain(each), **_protected_counts(each, rule)} for each in removed]
    for by in dict.fromkeys(each.by for each in removed):
        together = [(each, shown) for each, shown in zip(removed, made, strict=True) if each.by == by]
        hidden = [shown for _, shown in together if not shown["removed"].isdecimal()]
        exact = [(each, shown) for each, shown in together if shown["removed"] == str(each.removed) and each.removed]
        if len(hidden) == 1 and exact and len(exact) == sum(each.removed > 0 for each, _ in together) - 1:
            min(exact, key=lambda pair: pair[0].removed)[1]["removed"] = hidden[0]["removed"]
    return made


def _protected_counts(each: Removed, rule: Rule) -> dict[str, str]:
    """Rows removed and rows held; where the rows that stay are too few to print, those removed are not printed."""
    stay = rule(each.of - each.removed)
    removed = rule(each.removed) if stay.isdecimal() or not each.removed else stay
    return {"removed": removed, "of": rule(each.of)}


def _coarse(share: float | None) -> str | None:
    """A share in whole per cents, since a fine share gives its count back."""
    if share is None:
        return None
    if share <= 0:
        return "none"
    return ALMOST_NONE if share < 0.01 else f"{share:.0%}"


def _known(certificate: Certificate) -> frozenset[int]:
    """Every count that the certificate holds."""
    counts = [number for _, number in certificate.counts] + [certificate.output.rows]
    for bar in (*certificate.before, *certificate.after):
        counts += [bar.classes, bar.rows]
    for each in certificate.removed:
        counts += [each.removed, each.of]
    for line in certificate.lines:
        figures = {**line.evidence.measured, **line.evidence.controller_only}
        counts += [number for name, number in _numbers(figures) if _is_count(name, number)]
    return frozenset(counts)


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """Whole numbers anywhere in plain data, each with the name under which it stands."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _numbers(each, str(key))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _numbers(each, name)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, value


def _cites(found: re.Match[str]) -> bool:
    """Whether a number belongs to a citation, a term or a date, such as regulation 3, 21 days, 1 May."""
    return bool(_CITED.search(found.string[: found.start()]) or _DATED.match(found.string[found.end() :]))


def _is_count(name: str, value: Any) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and name not in NOT_COUNTS
        and not re.search(r"[ _]days?$", name)
    )


def overclaim(text: str) -> str:
    """The word in a text that a certificate never says, or nothing; applications can be asked early."""
    found = _NEVER.search(text)
    return found[0] if found else ""


def _checked(face: Face) -> Face:
    """Refuse to say of pseudonymised data, or of a use, more than is true. What others wrote is theirs."""
    for text in _texts({name: value for name, value in face.items() if name not in THEIR_WORDS}):
        if word := overclaim(text):
            raise BadInput(
                f"a certificate never says {word!r}; here: {text[:120]!r}",
                where="certificate",
                todo="Say what was measured: pseudonymised, de-identified; permitted, by which provision.",
            )
    return face


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
