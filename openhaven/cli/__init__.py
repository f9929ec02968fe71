"""The command `haven`: a face without logic. Each command hands over to a room and prints what comes back."""

from openhaven.cli.main import main

__all__ = ["main"]
