"""Who is signed in where, and what is counted or remembered for minutes: guesses at passwords, codes that were used."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openhaven.desk.models.people import Person

NAME = 64  # characters: a keyed hash in hexadecimal


class SignIn(models.Model):
    """One session of a person. It is over once this is gone, whoever still holds its cookie."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="sign_ins")
    began = models.DateTimeField()
    seen = models.DateTimeField()
    browser = models.CharField(max_length=60)

    class Meta:
        ordering: ClassVar = ["-seen", "-pk"]


class Shortly(models.Model):
    """Something known under the keyed hash of its name until it ends; every process reads it."""

    name = models.CharField(max_length=NAME, primary_key=True)
    value = models.JSONField()
    ends = models.DateTimeField(db_index=True)
