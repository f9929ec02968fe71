"""What a verification found: one line for each check, with its evidence, for people and for machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openhaven.model.errors import NotVerified
from openhaven.package.promised import Promised


class Mark(StrEnum):
    """What came of one check. What was not checked proves nothing, so it does not verify."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


_SIGNS = {Mark.PASSED: "✓", Mark.FAILED: "✗", Mark.NOT_CHECKED: "–"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was asked, what came of it, and the evidence."""

    what: str
    mark: Mark
    found: str


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one package, in the order in which they were made.

    `promised` are the lines of its certificate that nobody can measure on the file: no check covers them."""

    package: str
    release: str
    checks: tuple[Check, ...]
    promised: tuple[Promised, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every check was made and passed."""
        return bool(self.checks) and all(check.mark is Mark.PASSED for check in self.checks)

    @property
    def status(self) -> int:
        """The exit status: 0, or 6."""
        return 0 if self.verified else NotVerified.status

    def require(self) -> None:
        """Raises NotVerified with every check that failed, else with those that could not be made."""
        if self.verified:
            return
        failed = [check for check in self.checks if check.mark is Mark.FAILED] or [
            check for check in self.checks if check.mark is not Mark.PASSED
        ]
        raise NotVerified("; ".join(f"{check.what}: {check.found}" for check in failed), where=self.package)

    def as_text(self) -> str:
        """One line for each check, with a tick or a cross, and the outcome last."""
        lines = [f"{_SIGNS[check.mark]} {check.what}\n    {check.found}" for check in self.checks]
        outcome = "Verified." if self.verified else "NOT verified."
        head = f"Package {self.release or '(unreadable)'}"
        return "\n".join([head, *lines, *self._promises(), outcome]) + "\n"

    def _promises(self) -> Iterator[str]:
        if self.promised:
            yield "Promised in the certificate, for after it was made; these checks do not show that it was done:"
            yield from (f"  … {each.as_text()}" for each in self.promised)

    def as_plain(self) -> dict[str, Any]:
        """Plain data for --json."""
        checks = [{"what": check.what, "mark": str(check.mark), "found": check.found} for check in self.checks]
        return {
            "format": 2,
            "package": self.package,
            "release": self.release,
            "verified": self.verified,
            "checks": checks,
            "promised": [each.as_plain() for each in self.promised],
        }


def passed(what: str, found: str) -> Check:
    """A check that held."""
    return Check(what, Mark.PASSED, found)


def failed(what: str, found: str) -> Check:
    """A check that did not hold; `found` is the evidence."""
    return Check(what, Mark.FAILED, found)


def not_checked(what: str, why: str) -> Check:
    """A check that could not be made."""
    return Check(what, Mark.NOT_CHECKED, why)
