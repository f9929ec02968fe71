"""Is a paper about the study that is asked for? By a reference of it: its IRAS ID, that of support, or a local one.

A paper may name a study by all the references that its letter gives; the application names its study by one of them."""

import re
from functools import lru_cache
from typing import Protocol

from openhaven.model.errors import BadInput
from openhaven.model.record.approvals import Support
from openhaven.model.record.choices import ConsentMaterial, ConsulteeAdvice

from .case import Case
from .plainly import listed
from .reading import MANY, plain

_IRAS = re.compile(r"iras(?: project)?(?: id)?:? ?(\d{4,7})")
_SUPPORT = re.compile(r"\d\d ?/ ?cag ?/ ?\d{4}")
"""CAG-05. The older forms (CAG, ECC or PIAG n-nn(x)/year) are compared as they are written."""
_CLAIMS = (
    (re.compile(r"iras\b"), _IRAS, "an IRAS ID", "IRAS 298765"),
    (re.compile(r"\d+ ?/ ?cag\b"), _SUPPORT, "a reference of support", "26/CAG/0012"),
)
"""What a reference claims to be, by how it begins; the shape that it then has; and an example."""


_CARRY: tuple[type[Support] | type[ConsentMaterial] | type[ConsulteeAdvice], ...] = (
    Support,
    ConsentMaterial,
    ConsulteeAdvice,
)
"""Records that carry a way round the duty of confidence, and are given for one study."""


class Paper(Protocol):
    """A record of a paper that is given for one study."""

    @property
    def study_references(self) -> tuple[str, ...]:
        """Every reference by which it names its study; empty where it names none."""


def check_reference(text: str, *, where: str) -> None:
    """Raises BadInput where a reference claims to be of a known form and has not its shape."""
    said = plain(text)
    for claims, shape, what, example in _CLAIMS:
        if claims.match(said) and not shape.fullmatch(said):
            raise BadInput(f"{text!r} is not {what}", where=where, todo=f"Write it such as {example}.")


def is_of_study(case: Case, paper: Paper) -> bool:
    """Whether a paper names the study that is asked for, or neither it nor the application names one, or it alone names
    none."""
    named = paper.study_references
    return not named or _one(case.application.study_reference) in map(_one, named)


def faults_of_study(case: Case, paper: Paper) -> list[str]:
    """Where a paper is about another study than is asked for, or the application does not say which that is."""
    if is_of_study(case, paper):
        return []
    asked, named = case.application.study_reference, listed(paper.study_references)
    if not asked:
        return [f"is for the study {named}, and the application does not say for which study it asks"]
    return [f"is for the study {named}, not {asked}"]


def lacks_study(case: Case) -> list[str]:
    """What to state where papers relied on are for one study, and the application does not say for which it asks."""
    if case.application.study_reference:
        return []
    relied = [each for kind in _CARRY for each in case.relied_on(kind)]
    return [state_it(each) for each in relied if each.study_references]


def state_it(paper: Paper) -> str:
    """What an application states, where a paper is for one study."""
    named = listed(paper.study_references, last="or")
    return f"an application that names its study (study_reference): {named}, where it is that one"


def says_no_study(case: Case, paper: Paper) -> bool:
    """Whether a paper does not say for which study it is, while the application asks for one."""
    return bool(case.application.study_reference) and not paper.study_references


@lru_cache(maxsize=MANY)
def _one(reference: str) -> str:
    """A reference however it is written: IRAS ID: 298765 and IRAS-298765 are one."""
    said = plain(reference)
    if iras := _IRAS.fullmatch(said):
        return f"iras {iras[1]}"
    return said.replace(" ", "")
