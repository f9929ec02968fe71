"""What the worker does for people: one job for each release asked for, and who works."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from openhaven.desk.models.people import ID, Person


class State(StrEnum):
    """Where a job stands. A job that was broken off is waiting again; what the log holds of it decides the rest."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


UNDER_WAY = frozenset({State.WAITING, State.RUNNING})
"""States of a job that is not over."""


class Job(models.Model):
    """One release asked for. `decision` is the permit on record that it was asked on; `out` is where the package goes,
    by which the log is asked whether it was released; `worker` holds it until `lease`, and says so again and again.
    One that waited for witnesses `waits` times is taken up again `not_before` that moment."""

    number = models.BigAutoField(primary_key=True)
    application = models.CharField(max_length=ID)
    decision = models.CharField(max_length=ID)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="jobs")
    asked = models.DateTimeField()
    accepted = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, default=State.WAITING.value)
    out = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    waits = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    called_off = models.BooleanField(default=False)
    worker = models.CharField(max_length=ID, blank=True)
    lease = models.DateTimeField(null=True)
    began = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    steps = models.JSONField(default=list)
    status = models.SmallIntegerField(null=True)
    said = models.TextField(blank=True)
    release = models.CharField(max_length=ID, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "number"], name="jobs_by_state")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(state__in=sorted(each.value for each in UNDER_WAY)),
                name="one_job_of_an_application",
            )
        ]

    def __str__(self) -> str:
        return f"job {self.number}, {self.application}"

    @property
    def under_way(self) -> bool:
        """Whether it waits or runs."""
        return self.state in UNDER_WAY


class Worker(models.Model):
    """A process that works, and when it last said so."""

    id = models.CharField(max_length=ID, primary_key=True)
    began = models.DateTimeField()
    seen = models.DateTimeField(db_index=True)
