"""One haven put together: its folder, settings, keys and records. The only caller of django.setup()."""

import openhaven.haven.setup  # noqa: F401  (first: the records need Django)
from openhaven.haven.place import Haven, init_haven, open_haven

__all__ = ["Haven", "init_haven", "open_haven"]
