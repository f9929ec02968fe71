"""Text that people type into a form, brought into one form before anything is checked."""

from __future__ import annotations

from typing import Any

from django import forms

from openhaven.casework.reading import tidy


class Text(forms.CharField):
    """As the questions of an application are read: composed, and without signs that turn text round or steer a
    terminal."""

    def to_python(self, value: Any) -> Any:
        """The text."""
        return super().to_python(tidy(value) if isinstance(value, str) else value)
