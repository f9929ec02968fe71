"""What a measure gives: the evidence of one obligation, measured on the file or promised for later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openhaven.model.obligation import Checker, Evidence, Obligation, Standing, promise

from .made import Made

Measure = Callable[[Any, Made], Evidence]


def evidence(
    obligation: Obligation,
    met: bool,
    says: str,
    checker: Checker,
    *,
    measured: Mapping[str, Any] | None = None,
    counts: Mapping[str, Any] | None = None,
) -> Evidence:
    standing = Standing.MEASURED if met else Standing.NOT_MET
    return Evidence(obligation.kind, standing, says, measured or {}, checker, counts or {})


def promised(says: Callable[[Any], str], checker: Checker) -> Measure:
    """Obligations that are carried out after the file is made: nothing is measured, so the certificate promises."""

    def made(obligation: Obligation, _: Made) -> Evidence:
        said = promise(obligation.kind, obligation.due)
        return Evidence(obligation.kind, Standing.PROMISED, says(obligation), {}, checker, {}, said)

    return made
