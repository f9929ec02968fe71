"""What can go wrong, in words a person can act on. The face turns each class into one exit status."""


class HavenError(Exception):
    """Something stopped, and the message says what, where, and what to do."""

    status = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        said = f"{where}: {what}" if where else what
        if todo and not said.endswith((".", "!", "?")):
            said += "."
        super().__init__(f"{said} {todo}" if todo else said)


class BadInput(HavenError):
    """Bad usage or input: exit status 2, nothing written."""

    status = 2


class Referred(HavenError):
    """A named person has to decide, so nothing left: exit status 4."""

    status = 4


class Unmet(HavenError):
    """An obligation could not be met, so nothing left: exit status 5."""

    status = 5


class NotVerified(HavenError):
    """A signature, hash or proof does not hold: exit status 6."""

    status = 6
