"""What a person is here for, as the desk's accounts name it."""

from openhaven.casework.roles import OF_THE_HAVEN, Role, role_named

__all__ = ["OF_THE_HAVEN", "Role", "role_named"]
