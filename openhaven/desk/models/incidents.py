"""Incidents, and each thing that was done about one. What was done is only added to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openhaven.casework.incidents import Clock, Stage, clock
from openhaven.desk.models.cases import TEXT, WORD, Added
from openhaven.desk.models.people import ID, Person


class Incident(models.Model):
    """One incident. `about` is the organisation at which it happened, empty where it is the haven itself; `dataset` and
    `agreement` what it touches, where that is known. `known` is when somebody first knew: the clock runs from then."""

    id = models.CharField(max_length=ID, primary_key=True)
    reporter = models.ForeignKey(Person, models.PROTECT, related_name="+")
    title = models.CharField(max_length=ID)
    about = models.CharField(max_length=ID, blank=True)
    dataset = models.CharField(max_length=ID, blank=True)
    agreement = models.CharField(max_length=ID, blank=True)
    known = models.DateTimeField()
    reported = models.DateTimeField()
    stage = models.CharField(max_length=WORD)
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.title

    @property
    def stands(self) -> Stage:
        """The stage as its word."""
        return Stage(self.stage)

    @property
    def clock(self) -> Clock:
        """The regulator's clock."""
        return clock(self.known)


class IncidentStep(Added):
    """One thing that was done about an incident: by whom, as what, and in which words. `what` is a coded word of it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="steps")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=WORD)
    deed = models.CharField(max_length=WORD)
    what = models.CharField(max_length=ID, blank=True)
    text = models.CharField(max_length=TEXT)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
