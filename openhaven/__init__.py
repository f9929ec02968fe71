"""Openhaven: the safe haven as software. See MAP.md for the order in which to read it."""

__version__ = "0.1.0"
