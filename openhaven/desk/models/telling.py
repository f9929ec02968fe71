"""Up to which step a person was told by mail, and when."""

from __future__ import annotations

from django.db import models

from openhaven.desk.models.people import Person


class Told(models.Model):
    """One row a person who was ever told of anything. `failed` is why the last letter did not go; empty if it did."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="told")
    step = models.BigIntegerField()
    at = models.DateTimeField()
    failed = models.CharField(max_length=200, blank=True)
