"""What a person is here for. A person may hold several posts, each for one organisation."""

from enum import StrEnum

from openhaven.model.errors import BadInput


class Role(StrEnum):
    """One line of work (the five kinds of people who use the service; patients sign in by other means)."""

    APPLICANT = "applicant"
    CASE_OFFICER = "case officer"
    ADVISER = "independent adviser"
    GUARDIAN = "Caldicott Guardian"
    RISK_OWNER = "senior information risk owner"
    CONTROLLER = "staff of a controller"
    SIGNATORY = "signatory"
    KEEPER = "keeper of accounts"


OF_THE_HAVEN = frozenset({Role.CASE_OFFICER, Role.ADVISER, Role.RISK_OWNER, Role.KEEPER})
"""Roles that serve the haven itself; the others serve an organisation of record, which has to be named."""


def role_named(name: str) -> Role:
    """The role of that name. Raises BadInput listing them."""
    try:
        return Role(name)
    except ValueError:
        raise BadInput(f"{name!r} is no role here", todo=f"Roles: {', '.join(Role)}.") from None
