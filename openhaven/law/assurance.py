"""Whether an organisation has evidence of record that counts: security assurance, the fee, the framework contract."""

from functools import lru_cache

from openhaven.model.record import Accreditation, Organisation

from .case import Case
from .evidence import faults, faults_of_seen
from .plainly import day, listed, months_after
from .words import WORDS, Scheme, plain

SECURITY, FEE, CONTRACT, SECURE_ENVIRONMENT = "security", "fee", "contract", "secure environment"


def assured(case: Case, organisation: str, use: str) -> Accreditation | None:
    """The evidence of record that counts for this use on the day, if there is any."""
    fits = [each for each in _about(case, organisation, use) if not _faults(case, each, use)]
    return max(fits, key=lambda each: (each.ends, each.id), default=None)


def why_not(case: Case, organisation: str, use: str) -> str:
    """Why nothing of record counts, in words."""
    found = [f"{each.id} {listed(_faults(case, each, use))}" for each in _about(case, organisation, use)]
    return f"{organisation} ({'; '.join(found) or 'nothing of record'})"


def accepted(use: str) -> str:
    """What would count for this use, in words."""
    return listed((f"{each.name} ({listed(each.statuses, last='or')})" for each in WORDS.schemes if each.use == use),
                  last="or")  # fmt: skip


@lru_cache(maxsize=256)
def _scheme(use: str, name: str) -> Scheme | None:
    return next((each for each in WORDS.schemes if each.use == use and plain(each.name) == name), None)


def _about(case: Case, organisation: str, use: str) -> list[Accreditation]:
    found = case.facts.having(Accreditation, "organisation", organisation)
    return sorted((each for each in found if _scheme(use, plain(each.scheme))), key=lambda each: each.id)


def _faults(case: Case, each: Accreditation, use: str) -> list[str]:
    scheme = _scheme(use, plain(each.scheme))
    assert scheme is not None
    found = faults(
        (case.on < each.starts, lambda: f"starts only on {day(each.starts)}"),
        (case.on > each.ends, lambda: f"ended on {day(each.ends)}"),
        (_too_old(case, each, scheme), lambda: f"is of {day(each.starts)}, too long ago to count"),
        (plain(each.status) not in scheme.statuses, lambda: f"has the status {each.status}"),
        (not case.in_force(scheme.starts, scheme.ends), lambda: f"{scheme.name} does not count on that day"),
        (scheme.names == "scope" and not each.scope.strip(), lambda: "does not say what it covers"),
        (scheme.names == "ods" and not _of_this_code(case, each), lambda: _code(case, each)),
    )
    return found + faults_of_seen(case, each.seen)


def _too_old(case: Case, each: Accreditation, scheme: Scheme) -> bool:
    return bool(scheme.months) and case.on >= months_after(each.starts, case.number(scheme.months))


def _of_this_code(case: Case, each: Accreditation) -> bool:
    """Whether the evidence names the very ODS code of the organisation: that of a parent or a sister is not its own."""
    of = case.sole(Organisation, each.organisation)
    return of is not None and bool(each.ods.strip()) and each.ods.strip().upper() == of.ods.strip().upper()


def _code(case: Case, each: Accreditation) -> str:
    of = case.sole(Organisation, each.organisation)
    known = of.ods if of is not None and of.ods else "not of record"
    return f"is of the ODS code {each.ods or 'not stated'}, and that of {each.organisation} is {known}"
