"""Whether an organisation has evidence of record that counts: security assurance, the fee, the framework contract."""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache

from openhaven.model.record.organisations import Accreditation, Organisation

from .bodies import titled
from .case import Register, of_register
from .evidence import faults_of_seen, was_seen
from .plainly import day, listed, months_after
from .reading import bare, plain
from .words import WORDS, Scheme

SECURITY, FEE, CONTRACT, SECURE_ENVIRONMENT = "security", "fee", "contract", "secure environment"
USES = tuple(dict.fromkeys(each.use for each in WORDS.schemes))
_BAD = frozenset(map(bare, WORDS.in_bad_standing))


def assured(case: Register, organisation: str, use: str) -> Accreditation | None:
    """The evidence of record that counts for this use on the day, if there is any; of several the longest in force."""
    return _counting_of(case, organisation).get(use)


@of_register
def _counting_of(case: Register, organisation: str) -> Mapping[str, Accreditation]:
    """The same for every use for which there is some: all evidence of an organisation is read once."""
    found, every = dict[str, Accreditation](), case.facts.having(Accreditation, "organisation", organisation)
    doubted = _said_badly_of(case, organisation)
    for each in every:
        for scheme in _counting(each.scheme, each.status, case.on):
            if not _in_order(case, each, scheme) or (doubted and _taken_back(case, each) is not None):
                continue
            best = found.get(scheme.use)
            if best is None or (each.ends, each.id) > (best.ends, best.id):
                found[scheme.use] = each
    return found


def _in_order(case: Register, each: Accreditation, scheme: Scheme) -> bool:
    """What is left to look at where scheme and status count: as `_CHECKS`, without making a list of what is wrong."""
    return (
        each.starts <= case.on <= each.ends
        and not (scheme.months and _too_old(case, each, scheme))
        and (_of_this_code(case, each) or not (scheme.names == "ods" or each.ods.strip()))
        and (scheme.names != "scope" or bool(each.scope.strip()))
        and was_seen(case, each.seen)
        and each.starts <= each.seen.on
    )


def _taken_back(case: Register, each: Accreditation) -> Accreditation | None:
    """What was said of the same scheme on that day or later, and takes it back; that needs no paper."""
    for later in _said_badly_of(case, each.organisation):
        if each.starts <= later.starts <= case.on and bare(later.scheme) == bare(each.scheme):
            return later
    return None


@of_register
def _said_badly_of(case: Register, organisation: str) -> list[Accreditation]:
    """What takes something back of an organisation, by its id, its name or its ODS code, however spelt."""
    known = _said_badly(case, takes_back)
    if not known:
        return []
    called = [text for each in case.facts.called(Organisation, organisation) for text in (each.name, each.ods)]
    every = [each for name in {bare(organisation), *map(bare, called)} - {""} for each in known.get(name, ())]
    return sorted(set(every), key=lambda each: each.id)


@of_register
def _said_badly(case: Register, bad: Callable[[str, str], bool]) -> Mapping[str, list[Accreditation]]:
    """All evidence of a bad standing, by the letters and digits of whom it names."""
    found: dict[str, list[Accreditation]] = {}
    for each in case.facts.every(Accreditation):
        if bad(each.scheme, each.status):
            for name in {bare(each.organisation), bare(each.ods)} - {""}:
                found.setdefault(name, []).append(each)
    return found


@lru_cache(maxsize=4096)
def takes_back(scheme: str, status: str) -> bool:
    """Whether a status takes back what was said of the scheme before: one of a bad standing, and of a scheme that is
    known any that is not among those that count, since nobody can tell that it stands."""
    if bare(status) in _BAD:
        return True
    own = [each.statuses for each in WORDS.schemes if plain(each.name) == plain(scheme)]
    return bool(own) and not any(plain(status) in each for each in own)


def why_not(case: Register, organisation: str, use: str) -> str:
    """Why nothing of record counts, in words."""
    found = [f"{each.id} {listed(_faults(case, each, use))}" for each in _about(case, organisation, use)]
    return titled(case, organisation, "; ".join(found) or "nothing of record")


def accepted(use: str) -> str:
    """What would count for this use, in words."""
    return listed((f"{each.name} ({listed(each.statuses, last='or')})" for each in WORDS.schemes if each.use == use),
                  last="or")  # fmt: skip


@lru_cache(maxsize=4096)
def _scheme(use: str, name: str) -> Scheme | None:
    called = plain(name)
    return next((each for each in WORDS.schemes if each.use == use and plain(each.name) == called), None)


@lru_cache(maxsize=4096)
def _status_counts(use: str, name: str, status: str) -> bool:
    scheme = _scheme(use, name)
    return scheme is not None and plain(status) in scheme.statuses


@lru_cache(maxsize=4096)
def _counting(name: str, status: str, on: dt.date) -> tuple[Scheme, ...]:
    """The schemes of that name, one for each use, that count on the day, where the status counts too."""
    schemes = [found for use in USES if (found := _scheme(use, name)) and _status_counts(use, name, status)]
    return tuple(each for each in schemes if each.starts <= on and (each.ends is None or on <= each.ends))


def _about(case: Register, organisation: str, use: str) -> list[Accreditation]:
    found = case.facts.having(Accreditation, "organisation", organisation)
    return sorted((each for each in found if _scheme(use, each.scheme)), key=lambda each: each.id)


def _faults(case: Register, each: Accreditation, use: str) -> list[str]:
    scheme = _scheme(use, each.scheme)
    assert scheme is not None
    return [words(case, each) for check, words in _CHECKS if check(case, each, scheme)]


def _too_old(case: Register, each: Accreditation, scheme: Scheme) -> bool:
    return bool(scheme.months) and case.on >= months_after(each.starts, case.number(scheme.months))


def _of_this_code(case: Register, each: Accreditation) -> bool:
    """Whether the evidence names the very ODS code of the organisation: that of a parent or a sister is not its own."""
    of, said = case.sole(Organisation, each.organisation), each.ods.strip()
    return of is not None and said != "" and (said == of.ods or said.upper() == of.ods.strip().upper())


def _code(case: Register, each: Accreditation) -> str:
    of = case.sole(Organisation, each.organisation)
    known = of.ods if of is not None and of.ods else "not of record"
    return f"is of the ODS code {each.ods or 'not stated'}, and that of {each.organisation} is {known}"


def _taken_back_by(case: Register, each: Accreditation) -> str:
    by = _taken_back(case, each)
    return "was taken back" if by is None or by.id == each.id else f"no longer stands since {by.id}"


_Wrong = Callable[[Register, Accreditation, Scheme], bool]
_Words = Callable[[Register, Accreditation], str]
_CHECKS: tuple[tuple[_Wrong, _Words], ...] = (
    (lambda case, each, _: case.on < each.starts, lambda _, each: f"starts only on {day(each.starts)}"),
    (lambda case, each, _: case.on > each.ends, lambda _, each: f"ended on {day(each.ends)}"),
    (_too_old, lambda _, each: f"is of {day(each.starts)}, too long ago to count"),
    (
        lambda _, each, scheme: not _status_counts(scheme.use, each.scheme, each.status),
        lambda _, each: f"has the status {each.status}",
    ),
    (
        lambda case, _, scheme: not case.in_force(scheme.starts, scheme.ends),
        lambda _, each: f"{each.scheme} does not count on that day",
    ),
    (
        lambda _, each, scheme: scheme.names == "scope" and not each.scope.strip(),
        lambda *_: "does not say what it covers",
    ),
    (
        lambda case, each, scheme: (scheme.names == "ods" or bool(each.ods.strip())) and not _of_this_code(case, each),
        _code,
    ),
    (
        lambda case, each, _: _taken_back(case, each) is not None,
        _taken_back_by,
    ),
    (
        lambda _, each, __: each.seen.on < each.starts,
        lambda _, each: f"was seen on {day(each.seen.on)}, before it was given on {day(each.starts)}",
    ),
    (
        lambda case, each, _: bool(faults_of_seen(case, each.seen)),
        lambda case, each: faults_of_seen(case, each.seen)[0],
    ),
)
"""What can be wrong with evidence, each with its words: looked at without making any, and put in words on demand."""
