"""Up to which step a person was told by mail, and when; and of what that falls due."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openhaven.desk.models.people import ID, Person


class Told(models.Model):
    """One row a person who was ever told of anything. `failed` is why the last letter did not go; empty if it did."""

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True, related_name="told")
    step = models.BigIntegerField()
    at = models.DateTimeField()
    failed = models.CharField(max_length=200, blank=True)


class Reminded(models.Model):
    """That a person was told of something that falls due, and on which day last. `what` names it by ids."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="reminded")
    what = models.CharField(max_length=ID)
    last = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "what"], name="one_reminded")]
