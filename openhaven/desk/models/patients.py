"""What people ask of the haven about their own data: a request, sealed, with the day by which it is answered."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Request(models.Model):
    """One request. Who asked and in which words lies in `sealed` until it is answered; then it is wiped.

    `mark` is a keyed code of the person, so that they find their own requests; it names nobody."""

    kind = models.CharField(max_length=40)
    received = models.DateField()
    due = models.DateField()
    mark = models.CharField(max_length=64)
    sealed = models.TextField()
    answered = models.DateField(null=True)
    outcome = models.CharField(max_length=2000, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["mark"], name="request_mark")]
