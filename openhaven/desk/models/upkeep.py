"""That somebody looked after the haven: whether its log was found whole, and when."""

from __future__ import annotations

from django.db import models


class Checkup(models.Model):
    """One look at the whole log, by a worker with nothing else to do."""

    at = models.DateTimeField(primary_key=True)
    whole = models.BooleanField()
    said = models.TextField(blank=True)
