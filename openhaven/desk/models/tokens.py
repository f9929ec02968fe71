"""What programs show in the place of a password."""

from __future__ import annotations

from django.db import models

from openhaven.desk.models.people import ID, Person


class Token(models.Model):
    """A token of one person, for what its scopes name, until it ends. Only its SHA-256 is kept."""

    number = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=ID)
    scopes = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField()
    ends = models.DateTimeField()
