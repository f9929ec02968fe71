"""Agreements as they are drawn up, signed and ended; and what falls due of them. All but reminders are only added."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from django.db import models

from openhaven.casework.wording import Clause
from openhaven.desk.models.cases import TEXT, WORD, Added, Case
from openhaven.desk.models.people import ID, Person
from openhaven.model.plain import from_plain
from openhaven.model.record.agreement import Agreement


class Side(StrEnum):
    """For whom somebody signs."""

    RECIPIENT = "the recipient"
    HAVEN = "the haven"


class Why(StrEnum):
    """Why a version was drawn up."""

    FIRST = "the first version"
    AMENDED = "an amendment"
    EXTENDED = "a longer term"


class AgreementVersion(Added):
    """One version: its terms as a record would have them, its words clause by clause, why the term was cut, and the
    SHA-256 of terms and words, over which both sides sign."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    why = models.CharField(max_length=WORD)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    terms = models.JSONField()
    clauses = models.JSONField()
    cut = models.CharField(max_length=TEXT, blank=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="one_version")]
        ordering: ClassVar = ["number"]

    @property
    def agreement(self) -> Agreement:
        """The terms as the noun."""
        return from_plain(Agreement, self.terms, where=f"version {self.number} of {self.terms['id']}")

    @property
    def worded(self) -> tuple[Clause, ...]:
        """The clauses."""
        return tuple(Clause(heading, tuple(paragraphs)) for heading, paragraphs in self.clauses)

    def signature(self, side: Side) -> Signature | None:
        """Who signed for a side, None while nobody has."""
        return next((each for each in self.signatures.all() if each.side == side), None)


class Signature(Added):
    """That a person signed one version for one side."""

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=WORD)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=WORD)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "side"], name="one_signature")]
        ordering: ClassVar = ["pk"]


class Destruction(Added):
    """What the recipient certifies as destroyed: on which day, how, the backups, and which of those who held the data
    destroyed it. `left` says what is still there, and why."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="destructions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    done = models.DateField()
    how = models.CharField(max_length=TEXT)
    backups = models.BooleanField()
    holders = models.JSONField(default=list)
    left = models.CharField(max_length=TEXT, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]


class Reminder(models.Model):
    """What falls due of a case, since when it has been told, and how often. It goes when it is done. `kind` is its
    coded word, `what` says it in full."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=WORD)
    what = models.CharField(max_length=ID)
    due = models.DateField()
    since = models.DateField()
    last = models.DateField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "what", "due"], name="one_reminder")]
        ordering: ClassVar = ["due", "pk"]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.what}"

    def told_again(self, on: Any) -> None:
        """Count one more day on which it was told."""
        if self.last != on:
            Reminder.objects.filter(pk=self.pk).update(last=on, times=self.times + 1)
