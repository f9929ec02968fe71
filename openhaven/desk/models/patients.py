"""What people ask of the haven about their own data, who acts for whom, and who was helped by staff.

Who somebody is lies sealed and is wiped once it is no longer needed; a mark, which is a keyed code, finds it again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openhaven.casework.asking import Stage
from openhaven.desk.models.cases import Added
from openhaven.desk.models.people import ID

MARK = 64  # characters of a keyed code
WORD = 40  # characters: a kind, a stage, a deed
SAID = 2000  # characters


class Proxy(models.Model):
    """Somebody who acts for another. Numbers, names and a child's day of birth lie in `sealed` until it is ended."""

    who = models.CharField(max_length=WORD)
    mark_of = models.CharField(max_length=MARK)
    mark_by = models.CharField(max_length=MARK, blank=True)
    sealed = models.TextField(blank=True)
    evidence = models.CharField(max_length=SAID)
    since = models.DateField()
    until = models.DateField()
    reviewed = models.DateField(null=True)
    died = models.DateField(null=True)
    ended = models.DateField(null=True)
    ended_why = models.CharField(max_length=SAID, blank=True)
    deeds = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["mark_of"], name="proxy_mark_of"),
            models.Index(fields=["mark_by"], name="proxy_mark_by"),
        ]


class Request(models.Model):
    """One request. Who asked and in which words lies in `sealed` until it is answered; then it is wiped.

    `mark` is a keyed code of the person whom it is about; it names nobody. `due` is None while the clock stands;
    `on_record` is the id of the objection that was made of it, or of the consent that it takes back."""

    kind = models.CharField(max_length=WORD)
    received = models.DateField()
    due = models.DateField(null=True)
    mark = models.CharField(max_length=MARK)
    sealed = models.TextField()
    answered = models.DateField(null=True)
    outcome = models.CharField(max_length=SAID, blank=True)
    stage = models.CharField(max_length=WORD, default=Stage.RUNNING.value)
    proxy = models.ForeignKey(Proxy, models.PROTECT, null=True, related_name="requests")
    channel = models.CharField(max_length=WORD, default="these pages")
    proven = models.DateField(null=True)
    stops = models.JSONField(default=list)
    extended = models.BooleanField(default=False)
    recent = models.BooleanField(default=True)
    on_record = models.CharField(max_length=ID, blank=True)
    entered = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["mark"], name="request_mark")]


class RequestStep(Added):
    """One step of a request: what was done, by whom, in which words. It never names the person."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    deed = models.CharField(max_length=WORD)
    by = models.CharField(max_length=ID)
    words = models.CharField(max_length=SAID, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]


class Omission(models.Model):
    """Something left out of a copy: where and under which exemption. Why is sealed."""

    request = models.ForeignKey(Request, models.CASCADE, related_name="omissions")
    what = models.JSONField()
    sealed = models.TextField()
    by = models.CharField(max_length=ID)
    at = models.DateTimeField()


class OwnCopy(models.Model):
    """A copy that waits to be collected, sealed. It is wiped once it was, and after a while in any case."""

    request = models.OneToOneField(Request, models.CASCADE, related_name="copy")
    made = models.DateTimeField()
    collected = models.DateTimeField(null=True)
    sealed = models.BinaryField()


class Visit(models.Model):
    """Somebody whom staff help, by telephone, letter or in person. Who it is lies sealed until the visit ends."""

    began = models.DateTimeField()
    by = models.CharField(max_length=ID)
    channel = models.CharField(max_length=WORD)
    shown = models.CharField(max_length=WORD)
    words = models.CharField(max_length=SAID, blank=True)
    mark = models.CharField(max_length=MARK)
    proxy = models.ForeignKey(Proxy, models.PROTECT, null=True, related_name="visits")
    sealed = models.TextField()
    ended = models.DateTimeField(null=True)


class Hidden(models.Model):
    """A use that a person hides from who acts for them. `mark` is a keyed code of both: it tells neither."""

    mark = models.CharField(max_length=MARK, primary_key=True)
