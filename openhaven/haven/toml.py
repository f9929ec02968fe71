"""The haven.toml that a new haven begins with: what must be set, and what may be."""

from __future__ import annotations

import json


def first_settings(*, operator: str, origin: str, contact: str, demo: bool, more: str = "") -> str:
    """The text of a first haven.toml; `more` is appended (further sections, as TOML)."""
    text = f"""# Settings of this haven. `haven settings` prints every setting with its value and where it comes from.
format = 1

[haven]
operator = {json.dumps(operator)}
origin = {json.dumps(origin)}
contact = {json.dumps(contact)}
demo = {json.dumps(demo)}
"""
    return f"{text}\n{more.strip()}\n" if more.strip() else text
