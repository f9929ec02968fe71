"""Cases: answers as they are written, what was submitted, every step, what was said, and documents, sealed.

All but the case itself are only added to: what was done stays."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from openhaven.casework.questions import said
from openhaven.casework.states import State
from openhaven.desk.models.people import ID, Person

WORD = 40  # characters: a state, an action, a role
TEXT = 10_000  # characters


def _answered(path: str) -> models.GeneratedField:
    """A part of the answers as a column of its own; empty while it is not answered."""
    made = Coalesce(KT(f"answers__{path}"), models.Value(""), output_field=models.TextField())
    return models.GeneratedField(expression=made, output_field=models.TextField(), db_persist=True)


class Added(models.Model):
    """A row that is added, and never changed or taken away."""

    class Meta:
        abstract = True

    def save(self, *arguments: Any, **named: Any) -> None:
        """Only once."""
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is only added to")
        super().save(*arguments, **named)

    def delete(self, *arguments: Any, **named: Any) -> Any:
        """Never."""
        raise TypeError(f"{type(self).__name__} is only added to")


class Case(models.Model):
    """One application on its way. `version` goes up with every change: who changes it says which one they saw.
    `amends` is the case whose agreement it would amend.

    `recipient`, `dataset` and `funding` are parts of the answers by which it is found; the database keeps them true."""

    id = models.CharField(max_length=ID, primary_key=True)
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    organisation = models.CharField(max_length=ID)
    state = models.CharField(max_length=WORD)
    since = models.DateTimeField()
    opened = models.DateTimeField()
    answers = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    amends = models.ForeignKey("self", models.PROTECT, related_name="amendments", null=True)
    recipient = _answered("recipient__recipient")
    dataset = _answered("dataset__dataset")
    funding = _answered("funding")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "since"], name="case_state"),
            models.Index(fields=["organisation", "state"], name="case_organisation"),
            models.Index(fields=["recipient"], name="case_recipient"),
            models.Index(fields=["dataset"], name="case_dataset"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What it is called, or that it is not called anything yet."""
        return said(self.answers, "title", "title") or "Application without a title"

    @property
    def stands(self) -> State:
        """The state as its word."""
        return State(self.state)


class Submission(Added):
    """The application as it was submitted, with what the engine said of it then."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    answers = models.JSONField()
    application = models.JSONField()
    decision = models.JSONField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "number"], name="one_submission")]
        ordering: ClassVar = ["number"]


class Step(Added):
    """One thing that was done: by whom, in which role, and where the case stood then and after. `what` is a question
    or a document, never what a person wrote."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=WORD)
    action = models.CharField(max_length=WORD)
    what = models.CharField(max_length=ID, blank=True)
    before = models.CharField(max_length=WORD)
    after = models.CharField(max_length=WORD)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]


class Message(Added):
    """A question, an answer, or a word between the applicant and the team."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=WORD)
    text = models.CharField(max_length=TEXT)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]


class Opinion(Added):
    """What one adviser thinks; a later one of the same person takes its place, and both are kept."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="opinions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    says = models.CharField(max_length=WORD)
    text = models.CharField(max_length=TEXT)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]


class Minute(Added):
    """What came of the discussion. `conditions` are one on each line; `reasons` why."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="minutes")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    says = models.CharField(max_length=WORD)
    text = models.CharField(max_length=TEXT)
    conditions = models.CharField(max_length=TEXT, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]


class Upload(Added):
    """A document, sealed under the service's key. Taken back, it is kept and shown no more: `Removal` says so."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="uploads")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=ID)
    media = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sealed = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]


class Removal(Added):
    """That the applicant took a document back."""

    upload = models.OneToOneField(Upload, models.PROTECT, related_name="removal")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
